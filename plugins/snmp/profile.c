#include "profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "name.h"
#include "yaml.h"

#define SUFFIX ".yaml"

static const char *const own_keys[] = { "summary", "for", NULL };

static int
no_memory(struct problems *problems)
{
	return problem_at(problems, NULL, "out of memory");
}

static struct profile *
find(const struct profiles *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->items[i].name, name) == 0)
			return &p->items[i];
	return NULL;
}

static int
add_file(struct profiles *p, const char *folder, const char *file,
    struct problems *problems)
{
	size_t length = strlen(file);
	struct profile *item;
	char *name;

	if (*file == '.' || length <= strlen(SUFFIX) ||
	    strcmp(file + length - strlen(SUFFIX), SUFFIX) != 0)
		return 0;
	name = arena_strndup(p->arena, file, length - strlen(SUFFIX));
	if (name == NULL)
		return no_memory(problems);
	if (find(p, name) != NULL)
		return 0;
	if (p->n == PROFILES_MAX)
		return problem_in(problems, folder, 0, 0,
		    "more than %d profiles", PROFILES_MAX);
	item = &p->items[p->n++];
	item->name = name;
	item->path = arena_printf(p->arena, "%s/%s", folder, file);
	return item->path != NULL ? 0 : no_memory(problems);
}

static int
add_folder(struct profiles *p, const char *folder, struct problems *problems)
{
	const struct dirent *entry;
	DIR *dir = opendir(folder);
	int status = 0;

	if (dir == NULL)
		return problem_in(
		    problems, folder, 0, 0, "%s", strerror(errno));
	while (status == 0 && (entry = readdir(dir)) != NULL)
		status = add_file(p, folder, entry->d_name, problems);
	closedir(dir);
	return status;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct profile *)a)->name,
	    ((const struct profile *)b)->name);
}

int
profiles_find(struct profiles *ret, const char *const *folders, size_t n,
    struct problems *problems)
{
	struct profiles p = { .arena = arena_new(0) };
	int status = 0;
	size_t i;

	if (p.arena != NULL)
		p.items = arena_array(p.arena, PROFILES_MAX, sizeof(*p.items));
	if (p.items == NULL)
		status = no_memory(problems);
	for (i = 0; p.items != NULL && i < n; i++)
		status |= add_folder(&p, folders[i], problems);
	if (p.n > 0)
		qsort(p.items, p.n, sizeof(*p.items), by_name);
	*ret = p;
	return status;
}

void
profiles_free(struct profiles *p)
{
	arena_free(p->arena);
	*p = (struct profiles){ .arena = NULL };
}

/* ------------------------------------------------------------- reading -- */

/* The beginnings of sysObjectIDs, as numbers. */
static int
read_prefixes(struct profiles *p, struct profile *item,
    const struct farm_tree *list, struct problems *problems)
{
	struct error err;
	struct oid oid;
	uint8_t *copy;
	size_t i;

	if (list->kind != FARM_SEQUENCE)
		return problem_at(problems, list, "`for' is not a list");
	item->prefixes = arena_array(
	    p->arena, list->n_children, sizeof(*item->prefixes));
	for (i = 0; item->prefixes != NULL && i < list->n_children; i++) {
		if (oid_parse(list->children[i]->value, &oid, &err) != 0)
			return problem_at(
			    problems, list->children[i], "%s", err.text);
		copy = arena_alloc(p->arena, oid.size);
		if (copy == NULL)
			return no_memory(problems);
		memcpy(copy, oid.bytes, oid.size);
		item->prefixes[item->n_prefixes++] = (struct ber_bytes){ copy,
			oid.size };
	}
	return item->prefixes != NULL ? 0 : no_memory(problems);
}

static int
read_profile(
    struct profiles *p, struct profile *item, struct problems *problems)
{
	const struct farm_tree *list;

	if (item->tree != NULL)
		return 0;
	if (yaml_load(p->arena, item->path, &item->tree, problems) != 0)
		return -1;
	list = tree_get(item->tree, "for");
	return list == NULL ? 0 : read_prefixes(p, item, list, problems);
}

static void
explain_unknown(const struct profiles *p, const char *name, const char *said,
    struct problems *problems)
{
	const char *names[PROFILES_MAX], *meant;
	struct buffer list = BUFFER_INIT;
	size_t i;

	for (i = 0; i < p->n; i++) {
		names[i] = p->items[i].name;
		buffer_puts(&list, i > 0 ? ", " : "");
		buffer_puts(&list, names[i]);
	}
	meant = name_suggest(name, names, p->n);
	problem_at(problems, NULL, "%s: no profile \"%s\"%s%s%s There are %s",
	    said, name, meant != NULL ? "; did you mean \"" : ".",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "",
	    p->n > 0 ? buffer_text(&list) : "none");
	buffer_free(&list);
}

struct profile *
profiles_get(struct profiles *p, const char *name, const char *said,
    struct problems *problems)
{
	struct profile *item = find(p, name);

	if (item == NULL)
		explain_unknown(p, name, said, problems);
	else if (read_profile(p, item, problems) == 0)
		return item;
	return NULL;
}

int
profiles_read(struct profiles *p, struct problems *problems)
{
	int status = 0;
	size_t i;

	for (i = 0; i < p->n; i++)
		status |= read_profile(p, &p->items[i], problems);
	return status;
}

uint64_t
profiles_fitting(const struct profiles *p, struct ber_bytes id)
{
	const struct profile *item;
	uint64_t set = 0;
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		item = &p->items[i];
		for (k = 0; k < item->n_prefixes; k++)
			if (ber_oid_below(id, item->prefixes[k]))
				set |= UINT64_C(1) << i;
	}
	return set;
}

int
profile_add(const struct profile *item, struct plan *plan,
    const struct plan_defaults *defaults, struct problems *problems)
{
	return plan_add(plan, item->tree, own_keys, defaults, problems);
}
