/* conf_parse.c - the language of collectd.conf. */
#include "conf.h"

#include "buffer.h"
#include "conf_item.h"

struct reader {
	const char *name;
	const char *at;
	const char *end;
	unsigned line;
	size_t n_items; /* and values, of which there may be so many */
	struct error *err;
};

__attribute__((format(printf, 2, 3))) static int
fail(struct reader *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_vset(r->err, format, args);
	va_end(args);
	return error_prefix(r->err, "%s:%u", r->name, r->line);
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || (c != '\0' && strchr("_-+.:[]", c));
}

/* The byte there, or NUL at the end. */
static char
peek(const struct reader *r)
{
	return r->at < r->end ? *r->at : '\0';
}

/* How long the end of a line is there; 0 if there is none. */
static size_t
line_end(const char *at, const char *end)
{
	if (at < end && *at == '\n')
		return 1;
	return end - at >= 2 && at[0] == '\r' && at[1] == '\n' ? 2 : 0;
}

/* A backslash at the end of a line. */
static bool
skip_continuation(struct reader *r)
{
	size_t n;

	if (peek(r) != '\\' || (n = line_end(r->at + 1, r->end)) == 0)
		return false;
	r->at += 1 + n;
	r->line++;
	return true;
}

static void
skip_blanks(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r' ||
	       peek(r) == '\\')
		if (peek(r) != '\\')
			r->at++;
		else if (!skip_continuation(r))
			return;
}

static void
skip_comment(struct reader *r)
{
	if (peek(r) != '#')
		return;
	while (r->at < r->end && *r->at != '\n')
		r->at++;
}

/* Empty lines and comments, to where something begins. */
static void
skip_lines(struct reader *r)
{
	for (;;) {
		skip_blanks(r);
		skip_comment(r);
		if (peek(r) != '\n')
			return;
		r->at++;
		r->line++;
	}
}

static int
unexpected(struct reader *r)
{
	unsigned char c = (unsigned char)peek(r);

	if (r->at >= r->end)
		return fail(r, "the text ends too early");
	if (c == '\n')
		return fail(r, "the line ends too early");
	if (c <= ' ' || c >= 0x7f)
		return fail(r,
		    "unexpected byte 0x%02x: such values stand in \"quotes\"",
		    c);
	return fail(r, "unexpected %c: such values stand in \"quotes\"", c);
}

static int
end_line(struct reader *r)
{
	skip_blanks(r);
	skip_comment(r);
	return r->at < r->end && *r->at != '\n' ? unexpected(r) : 0;
}

static size_t
take_word(struct reader *r, const char **ret)
{
	*ret = r->at;
	while (is_word(peek(r)))
		r->at++;
	return (size_t)(r->at - *ret);
}

/* The name of an option or a block. */
static int
take_key(struct reader *r, char **ret)
{
	const char *word;
	size_t length;
	char *key;

	if (!isalpha((unsigned char)peek(r)) && peek(r) != '_')
		return unexpected(r);
	length = take_word(r, &word);
	if (conf_boolean(word, length) >= 0)
		return fail(r, "%.*s is a value, not the name of an option",
		    (int)length, word);
	key = strndup(word, length);
	if (key == NULL)
		return fail(r, "out of memory");
	*ret = key;
	return 0;
}

/* From behind the opening quote to behind the closing one. */
static int
take_quoted(struct reader *r, struct buffer *to)
{
	unsigned line = r->line;

	while (peek(r) != '"') {
		if (skip_continuation(r)) {
			while (peek(r) == ' ' || peek(r) == '\t')
				r->at++;
			continue;
		}
		if (peek(r) == '\\')
			r->at++;
		if (r->at >= r->end) {
			r->line = line;
			return fail(r, "a string without an end");
		}
		if (*r->at == '\0')
			return fail(r, "a NUL byte in a string");
		r->line += *r->at == '\n';
		buffer_putc(to, *r->at++);
	}
	r->at++;
	return 0;
}

static int
take_string(struct reader *r, oconfig_value_t *ret)
{
	struct buffer text = BUFFER_INIT;

	r->at++;
	if (take_quoted(r, &text) != 0) {
		buffer_free(&text);
		return -1;
	}
	ret->type = OCONFIG_TYPE_STRING;
	ret->value.string = buffer_take(&text, NULL);
	return ret->value.string == NULL ? fail(r, "out of memory") : 0;
}

static int
take_bare(struct reader *r, oconfig_value_t *ret)
{
	const char *word;
	size_t length = take_word(r, &word);

	if (length == 0)
		return unexpected(r);
	ret->type = OCONFIG_TYPE_BOOLEAN;
	ret->value.boolean = conf_boolean(word, length);
	if (ret->value.boolean >= 0)
		return 0;
	ret->type = OCONFIG_TYPE_NUMBER;
	if (conf_number(word, length, &ret->value.number))
		return 0;
	ret->type = OCONFIG_TYPE_STRING;
	ret->value.string = strndup(word, length);
	return ret->value.string == NULL ? fail(r, "out of memory") : 0;
}

static int
count(struct reader *r)
{
	if (++r->n_items > CONF_ITEMS_MAX)
		return fail(
		    r, "more than %d options and values", CONF_ITEMS_MAX);
	return 0;
}

static int
take_value(struct reader *r, oconfig_item_t *item)
{
	oconfig_value_t value;

	if (count(r) != 0)
		return -1;
	if ((peek(r) == '"' ? take_string(r, &value) : take_bare(r, &value)) !=
	    0)
		return -1;
	if (conf_add_value(item, &value) == 0)
		return 0;
	if (value.type == OCONFIG_TYPE_STRING)
		free(value.value.string);
	return fail(r, "out of memory");
}

/* Values up to the end of the line, or to what ends a block's head. */
static int
take_values(struct reader *r, oconfig_item_t *item, char until)
{
	for (;;) {
		skip_blanks(r);
		if (peek(r) == until || peek(r) == '#' || r->at >= r->end)
			return 0;
		if (take_value(r, item) != 0)
			return -1;
	}
}

static int
take_option(struct reader *r, oconfig_item_t *item)
{
	if (take_key(r, &item->key) != 0 || take_values(r, item, '\n') != 0)
		return -1;
	if (item->values_num == 0)
		return fail(r, "%s has no value", item->key);
	return end_line(r);
}

static int take_items(struct reader *r, oconfig_item_t *into, unsigned depth);

/* "</KEY>", of which the first two bytes are taken. */
static int
take_close(struct reader *r, const char *key, unsigned opened)
{
	const char *word;
	size_t length;

	skip_blanks(r);
	length = take_word(r, &word);
	if (length != strlen(key) || memcmp(word, key, length) != 0)
		return fail(r, "</%.*s> ends <%s> of line %u", (int)length,
		    word, key, opened);
	skip_blanks(r);
	if (peek(r) != '>')
		return unexpected(r);
	r->at++;
	return end_line(r);
}

static int
take_block(struct reader *r, oconfig_item_t *item, unsigned depth)
{
	unsigned opened = r->line;

	if (depth > CONF_DEPTH_MAX)
		return fail(
		    r, "blocks within blocks, more than %d", CONF_DEPTH_MAX);
	r->at++;
	skip_blanks(r);
	if (take_key(r, &item->key) != 0 || take_values(r, item, '>') != 0)
		return -1;
	if (peek(r) != '>')
		return unexpected(r);
	r->at++;
	if (end_line(r) != 0 || take_items(r, item, depth) != 0)
		return -1;
	if (r->at >= r->end) {
		r->line = opened;
		return fail(r, "<%s> without an end", item->key);
	}
	r->at += 2;
	return take_close(r, item->key, opened);
}

/* Up to the end, or to a "</". */
static int
take_items(struct reader *r, oconfig_item_t *into, unsigned depth)
{
	oconfig_item_t item;
	bool block;
	int status;

	for (skip_lines(r); r->at < r->end; skip_lines(r)) {
		block = *r->at == '<';
		if (block && r->end - r->at > 1 && r->at[1] == '/')
			return 0;
		memset(&item, 0, sizeof(item));
		status = count(r);
		if (status == 0)
			status = block ? take_block(r, &item, depth + 1)
				       : take_option(r, &item);
		/* A block that says nothing is as good as none. */
		if (status == 0 && item.values_num + item.children_num > 0) {
			if (conf_add_child(into, &item) == 0)
				continue;
			status = fail(r, "out of memory");
		}
		conf_clear(&item);
		if (status != 0)
			return -1;
	}
	return 0;
}

int
conf_parse(const char *name, const char *text, size_t length,
    oconfig_item_t **ret, struct error *err)
{
	struct reader r = { .name = name,
		.at = text,
		.end = text + length,
		.line = 1,
		.err = err };
	oconfig_item_t *root;
	int status;

	if (length > CONF_BYTES_MAX)
		return error_set(
		    err, "%s: larger than %d bytes", name, CONF_BYTES_MAX);
	root = calloc(1, sizeof(*root));
	if (root == NULL)
		return error_set(err, "%s: out of memory", name);
	status = take_items(&r, root, 0);
	if (status == 0 && r.at < r.end)
		status = fail(&r, "the end of a block that nothing began");
	if (status != 0) {
		oconfig_free(root);
		return -1;
	}
	conf_adopt(root);
	*ret = root;
	return 0;
}
