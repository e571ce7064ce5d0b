#include <stdlib.h>
#include <string.h>

#include "proc.h"

static void
patterns_close(struct pattern **patterns)
{
	size_t i;

	for (i = 0; patterns != NULL && patterns[i] != NULL; i++)
		pattern_free(patterns[i]);
	free(patterns);
}

/* Compiled patterns, with a NULL behind them. */
static int
patterns_open(struct pattern ***ret, struct farm_list texts, struct error *err)
{
	struct pattern **patterns = calloc(texts.n + 1, sizeof(*patterns));
	size_t i;

	if (patterns == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < texts.n; i++)
		if (pattern_new(&patterns[i], texts.items[i], false, err) != 0)
			goto fail;
	*ret = patterns;
	return 0;
fail:
	patterns_close(patterns);
	return -1;
}

int
choice_open(struct choice *c, const char *option, struct error *err)
{
	if (patterns_open(&c->only, c->only_texts, err) != 0)
		return error_prefix(err, "%s", option);
	if (patterns_open(&c->except, c->except_texts, err) != 0)
		return error_prefix(err, "%s_except", option);
	return 0;
}

void
choice_close(struct choice *c)
{
	patterns_close(c->only);
	patterns_close(c->except);
	c->only = NULL;
	c->except = NULL;
}

static bool
any_matches(struct pattern *const *patterns, const char *name)
{
	size_t length = strlen(name);

	for (; *patterns != NULL; patterns++)
		if (pattern_match(*patterns, name, length))
			return true;
	return false;
}

bool
choice_has(const struct choice *c, const char *name)
{
	return (c->only[0] == NULL || any_matches(c->only, name)) &&
	       !any_matches(c->except, name);
}
