#include "target_text.h"

#include <string.h>

/* The name's text; NULL if `at' begins none.  Its length with the braces. */
static const char *
name_at(const char *at, const struct farm_target *t, size_t *ret_length)
{
	const struct farm_pair names[] = {
		{ "{cluster}", t->cluster },
		{ "{node}", t->node },
		{ "{address}", t->address },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		*ret_length = strlen(names[i].key);
		if (strncmp(at, names[i].key, *ret_length) == 0)
			return names[i].value;
	}
	return NULL;
}

int
target_text_put(struct buffer *b, const char *word, const struct farm_target *t,
    struct error *err)
{
	const char *s = word, *text;
	size_t length;

	if (t == NULL) {
		buffer_puts(b, word);
		return 0;
	}
	while (*s != '\0') {
		length = strcspn(s, "{}");
		buffer_put(b, s, length);
		s += length;
		if (*s == '\0')
			break;
		if (s[0] == s[1]) {
			buffer_putc(b, *s);
			s += 2;
			continue;
		}
		text = name_at(s, t, &length);
		if (text == NULL)
			return error_set(err,
			    "\"%s\": byte %zu begins none of {cluster}, "
			    "{node}, {address}; {{ and }} stand for a brace",
			    word, (size_t)(s - word) + 1);
		buffer_puts(b, text);
		s += length;
	}
	return 0;
}

int
target_text_check(const char *word, struct error *err)
{
	static const struct farm_target none = {
		.cluster = "", .node = "", .address = ""
	};
	struct buffer b = BUFFER_INIT;
	int rc = target_text_put(&b, word, &none, err);

	buffer_free(&b);
	return rc;
}

int
target_text_put_url(struct buffer *b, const char *text,
    const struct farm_target *t, struct error *err)
{
	struct farm_target bracketed = *t;
	struct buffer address = BUFFER_INIT;
	int rc = 0;

	if (strchr(t->address, ':') != NULL && t->address[0] != '[') {
		buffer_printf(&address, "[%s]", t->address);
		bracketed.address = buffer_text(&address);
	}
	if (buffer_failed(&address))
		rc = error_set(err, "out of memory");
	else
		rc = target_text_put(b, text, &bracketed, err);
	buffer_free(&address);
	return rc;
}
