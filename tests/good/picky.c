/* Finds fault with its options, in every way that check() may. */
#include <farm/module.h>
#include <string.h>

struct picky {
	struct farm_list words;
	struct farm_map pairs;
	const struct farm_tree *tree;
	const char *manner;
};

static const struct farm_option options[] = {
	FARM_OPTION_LIST("words", struct picky, words, NULL, "some words"),
	FARM_OPTION_MAP("pairs", struct picky, pairs, "some pairs"),
	FARM_OPTION_TREE("tree", struct picky, tree, "whatever"),
	FARM_OPTION_STRING(
	    "manner", struct picky, manner, "good", "how to fail"),
	FARM_OPTION_END
};

/* By a word that a host understands as a place, or takes for none. */
static int
say(struct farm_host *host, const struct picky *p)
{
	if (strcmp(p->manner, "long") == 0)
		return farm_fail(host, "manner: %0*d", 3000, 7);
	if (strcmp(p->manner, "beyond") == 0)
		return farm_fail(host, "words[7]: there is no seventh");
	if (strcmp(p->manner, "strange") == 0)
		return farm_fail(host, "a:1 is no place, manner: nor this");
	if (strcmp(p->manner, "emits") == 0)
		return farm_emit_double(host, NULL, "x", 1);
	return strcmp(p->manner, "silent") == 0 ? -1 : 0;
}

static int
picky_check(struct farm_host *host, const void *state)
{
	const struct picky *p = state;
	size_t i;

	for (i = 0; i < p->words.n; i++)
		if (strcmp(p->words.items[i], "bad") == 0)
			farm_fail(host, "words[%zu]: a bad one", i);
	for (i = 0; i < p->pairs.n; i++)
		if (strcmp(p->pairs.pairs[i].value, "bad") == 0)
			farm_fail(host, "pairs[%zu]: a bad one", i);
	if (p->tree != NULL && strcmp(p->tree->value, "bad") == 0)
		farm_fail(host, "%s:%u:%u: a bad tree", p->tree->file,
		    p->tree->line, p->tree->column);
	if (strcmp(p->manner, "doubtful") == 0)
		farm_log(host, FARM_WARNING, "manner: a doubtful one");
	farm_log(host, FARM_NOTICE, "for nobody");
	return say(host, p);
}

static int
picky_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	(void)host, (void)state, (void)target;
	return 0;
}

FARM_MODULE(picky, FARM_COLLECTOR) = {
	.summary = "never content",
	.options = options,
	.state_size = sizeof(struct picky),
	.check = picky_check,
	.collector = { .collect = picky_collect },
};
