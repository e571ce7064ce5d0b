#include "config_build.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* A balanced tree of <search.h>: large farms have many instances. */
struct config_names {
	void *root;
};

struct name_place {
	const char *name;
	const struct farm_tree *place;
};

static int
compare_names(const void *a, const void *b)
{
	const struct name_place *x = a;
	const struct name_place *y = b;

	return strcmp(x->name, y->name);
}

const struct farm_tree *
config_name_taken(
    struct config_build *b, const char *name, const struct farm_tree *place)
{
	struct arena *arena = b->config->arena;
	struct name_place *entry = arena_alloc(arena, sizeof(*entry));
	struct name_place **found;

	if (b->names == NULL)
		b->names = arena_alloc(arena, sizeof(*b->names));
	if (b->names == NULL || entry == NULL)
		return NULL;
	*entry = (struct name_place){ name, place };
	found = tsearch(entry, &b->names->root, compare_names);
	return found == NULL || *found == entry ? NULL : (*found)->place;
}

static void
keep_entry(void *entry)
{
	(void)entry; /* the arena's */
}

void
config_names_free(struct config_build *b)
{
	if (b->names != NULL)
		tdestroy(b->names->root, keep_entry);
	b->names = NULL;
}
