/* The arguments of a subscription from a stranger, as NAME=VALUE in lines: what
   is taken makes sense, and decides about any value. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "subscribe_form.h"
#include "subscribe_mode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Lines, each ended by a NUL. */
struct lines {
	const char *text;
	const char *end;
};

static const char *
argument(void *context, const char *name)
{
	const struct lines *l = context;
	size_t n = strlen(name);

	for (const char *line = l->text; line < l->end;
	     line += strlen(line) + 1)
		if (strncmp(line, name, n) == 0 && line[n] == '=')
			return line + n + 1;
	return NULL;
}

static void
use(const struct mode_rule *rule)
{
	static const double numbers[] = { 0, -1e308, 1e308, 1, NAN, INFINITY };
	struct mode_state state = { .told = false };
	struct buffer text = BUFFER_INIT;
	struct farm_value v;

	mode_print(rule, &text);
	if (rule->rest_ns < 0 || rule->every_ns < 0 ||
	    mode_word(rule->mode) == NULL)
		abort();
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		v = farm_double(numbers[i]);
		(void)mode_take(rule, &state, (int64_t)i, &v);
	}
	buffer_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new(0);
	char *text = arena_strndup(arena, (const char *)bytes, size);
	struct lines lines = { text, text + strnlen(text, size) };
	const char *place = NULL;
	struct mode_rule rule;
	enum format format;
	struct error err;

	(void)format_parse(text, &format, &err);
	for (char *p = text; (p = strchr(p, '\n')) != NULL;)
		*p++ = '\0';
	if (mode_parse(&rule, argument, &lines, &place, &err) == 0)
		use(&rule);
	else if (place == NULL)
		abort();
	arena_free(arena);
	return 0;
}
