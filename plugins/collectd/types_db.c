/* types_db.c - files of types: "TYPE SOURCE:KIND:MIN:MAX[, ...]". */
#include "types_db.h"

#include "text_file.h"

struct line {
	const char *at;
	const char *end;
	struct error *err;
};

/* The next word, without the commas and blanks round it; 0 if none is left. */
static size_t
next_word(struct line *l, const char **ret)
{
	while (
	    l->at < l->end && (isspace((unsigned char)*l->at) || *l->at == ','))
		l->at++;
	*ret = l->at;
	while (
	    l->at < l->end && !isspace((unsigned char)*l->at) && *l->at != ',')
		l->at++;
	return (size_t)(l->at - *ret);
}

static int
put_name(
    struct line *l, char to[DATA_MAX_NAME_LEN], const char *from, size_t length)
{
	if (length == 0)
		return error_set(l->err, "a name is missing");
	if (length >= DATA_MAX_NAME_LEN)
		return error_set(l->err,
		    "the name \"%.*s\" is longer than %d "
		    "bytes",
		    (int)length, from, DATA_MAX_NAME_LEN - 1);
	memset(to, 0, DATA_MAX_NAME_LEN);
	memcpy(to, from, length);
	return 0;
}

static int
parse_kind(const char *text)
{
	static const char *const kinds[] = { [DS_TYPE_COUNTER] = "COUNTER",
		[DS_TYPE_GAUGE] = "GAUGE",
		[DS_TYPE_DERIVE] = "DERIVE",
		[DS_TYPE_ABSOLUTE] = "ABSOLUTE" };
	int i;

	for (i = 0; i < 4; i++)
		if (strcasecmp(text, kinds[i]) == 0)
			return i;
	return -1;
}

/* "U" is unlimited, which is NaN. */
static int
parse_bound(const char *text, double *ret)
{
	char *end;

	if (strcmp(text, "U") == 0) {
		*ret = NAN;
		return 0;
	}
	*ret = strtod(text, &end);
	return end == text || *end != '\0' ? -1 : 0;
}

/* "NAME:KIND:MIN:MAX" */
static int
parse_source(
    struct line *l, const char *word, size_t length, data_source_t *ret)
{
	char text[512], *field[4], *at = text;
	int i;

	if (length >= sizeof(text))
		return error_set(l->err, "a source of %zu bytes", length);
	memcpy(text, word, length);
	text[length] = '\0';
	for (i = 0; i < 4; i++)
		if ((field[i] = strsep(&at, ":")) == NULL)
			break;
	if (i < 4 || at != NULL)
		return error_set(
		    l->err, "\"%s\" is not NAME:KIND:MIN:MAX", text);
	if (put_name(l, ret->name, field[0], strlen(field[0])) != 0)
		return -1;
	ret->type = parse_kind(field[1]);
	if (ret->type < 0)
		return error_set(
		    l->err, "\"%s\" is no kind of value", field[1]);
	for (i = 2; i < 4; i++)
		if (parse_bound(field[i], i == 2 ? &ret->min : &ret->max) != 0)
			return error_set(
			    l->err, "\"%s\" is no bound", field[i]);
	return 0;
}

/* One data set; its sources are the caller's to free, even after failure. */
static int
parse_line(struct line *l, data_set_t *ds)
{
	data_source_t *grown;
	const char *word;
	size_t length;

	if (memchr(l->at, '\0', (size_t)(l->end - l->at)) != NULL)
		return error_set(l->err, "a NUL byte");
	length = next_word(l, &word);
	if (put_name(l, ds->type, word, length) != 0)
		return -1;
	while ((length = next_word(l, &word)) > 0) {
		if (ds->ds_num >= TYPES_DB_SOURCES_MAX)
			return error_set(l->err, "%s has more than %d sources",
			    ds->type, TYPES_DB_SOURCES_MAX);
		grown = reallocarray(ds->ds, ds->ds_num + 1, sizeof(*grown));
		if (grown == NULL)
			return error_set(l->err, "out of memory");
		ds->ds = grown;
		if (parse_source(l, word, length, &ds->ds[ds->ds_num]) != 0)
			return -1;
		ds->ds_num++;
	}
	if (ds->ds_num == 0)
		return error_set(l->err, "%s has no source", ds->type);
	return 0;
}

static bool
says_nothing(const char *at, const char *end)
{
	while (at < end && isspace((unsigned char)*at))
		at++;
	return at == end || *at == '#';
}

size_t
types_db_parse(const char *name, const char *text, size_t length,
    void (*each)(void *data, const data_set_t *), void *data, struct error *err)
{
	const char *at = text, *end = text + length, *eol;
	struct error reason;
	size_t bad = 0;
	unsigned line;

	for (line = 1; at < end; line++, at = eol + (eol < end)) {
		data_set_t ds = { .ds_num = 0 };
		struct line l = { .at = at, .err = &reason };

		eol = memchr(at, '\n', (size_t)(end - at));
		if (eol == NULL)
			eol = end;
		l.end = eol;
		if (says_nothing(at, eol))
			continue;
		if (parse_line(&l, &ds) == 0)
			each(data, &ds);
		else if (bad++ == 0)
			error_set(err, "%s:%u: %s", name, line, reason.text);
		free(ds.ds);
	}
	return bad;
}

static void
add(void *data, const data_set_t *ds)
{
	bool *out_of_memory = data;

	if (data_set_register(ds) != 0)
		*out_of_memory = true;
}

int
types_db_read(const char *path, size_t *ret_skipped, struct error *err)
{
	struct buffer text = BUFFER_INIT;
	bool out_of_memory = false;
	size_t skipped = 0;
	int status;

	status = text_file_read(path, TYPES_DB_BYTES_MAX, &text, err);
	if (status == 0)
		skipped = types_db_parse(path, buffer_text(&text), text.size,
		    add, &out_of_memory, err);
	if (out_of_memory)
		status = error_set(err, "%s: out of memory", path);
	buffer_free(&text);
	if (status == 0)
		*ret_skipped = skipped;
	return status;
}
