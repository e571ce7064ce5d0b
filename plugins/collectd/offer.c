#include "offer.h"

#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_writers.h"

/* Plugins of a collectd.conf that only write are far fewer. */
#define WRITERS_MAX 64
#define NAME_BYTES 64

struct offer {
	struct farm_host *host;
	const struct collectd_options *options;
	const char *instance;
	char names[WRITERS_MAX][NAME_BYTES];
	size_t n;
};

/* What the files' reader has to log (memory that is out) is its error, too. */
void
plugin_log(int severity, const char *format, ...)
{
	(void)severity, (void)format;
}

/* ------------------------------------------------------------------- names */

static bool
has(const struct offer *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (strcmp(o->names[i], name) == 0)
			return true;
	return false;
}

/* As the package writes them: in small letters. */
static void
add_name(struct offer *o, const char *plugin)
{
	char name[NAME_BYTES];
	size_t i;

	for (i = 0; plugin[i] != '\0' && i < sizeof(name) - 1; i++)
		name[i] = plugin[i] >= 'A' && plugin[i] <= 'Z'
			      ? (char)(plugin[i] - 'A' + 'a')
			      : plugin[i];
	name[i] = '\0';
	if (o->n < WRITERS_MAX && !has(o, name))
		strcpy(o->names[o->n++], name);
}

/* False if its chains decide on what is written. */
static bool
add_names(struct offer *o, const oconfig_item_t *root)
{
	bool automatic = conf_loads_all(root);
	const char *plugin;
	int i;

	for (i = 0; i < root->children_num; i++) {
		plugin = conf_loads(&root->children[i], automatic);
		if (plugin != NULL && conf_only_writes(plugin))
			add_name(o, plugin);
	}
	return !conf_has_chains(root);
}

/* -------------------------------------------------------------------- tree */

static struct farm_tree
list_of(const char *key, const struct farm_tree *const *children, size_t n)
{
	return (struct farm_tree){ .kind = FARM_SEQUENCE,
		.key = key,
		.value = "",
		.children = children,
		.n_children = n };
}

static struct farm_tree
text_of(const char *key, const char *value)
{
	return (struct farm_tree){
		.kind = FARM_SCALAR, .quoted = 1, .key = key, .value = value
	};
}

/* A list's texts as trees, which the caller frees; NULL if memory is out. */
static struct farm_tree *
texts_of(const struct farm_list *list, const struct farm_tree ***ret)
{
	struct farm_tree *texts = calloc(list->n + 1, sizeof(*texts));
	const struct farm_tree **pointers = calloc(
	    list->n + 1, sizeof(*pointers));
	size_t i;

	if (texts == NULL || pointers == NULL) {
		free(texts);
		free(pointers);
		return NULL;
	}
	for (i = 0; i < list->n; i++) {
		texts[i] = text_of("", list->items[i]);
		pointers[i] = &texts[i];
	}
	*ret = pointers;
	return texts;
}

/* NAME: {collectd: {plugin: NAME, include: [...], from: INSTANCE, ...}} */
static int
offer_one(const struct offer *o, const char *name)
{
	const struct farm_tree **files = NULL, **types = NULL;
	struct farm_tree *file_texts, *type_texts;
	struct farm_tree options[5], module, writer;
	const struct farm_tree *all[5], *modules[] = { &module };
	size_t i;
	int rc = -1;

	file_texts = texts_of(&o->options->include, &files);
	type_texts = texts_of(&o->options->types_db, &types);
	if (file_texts != NULL && type_texts != NULL) {
		options[0] = text_of("plugin", name);
		options[1] = text_of("from", o->instance);
		options[2] = text_of("plugin_dir", o->options->plugin_dir);
		options[3] = list_of("include", files, o->options->include.n);
		options[4] = list_of("types_db", types, o->options->types_db.n);
		for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			all[i] = &options[i];
		module = list_of("collectd", all, sizeof(all) / sizeof(all[0]));
		module.kind = FARM_MAPPING;
		writer = list_of(name, modules, 1);
		writer.kind = FARM_MAPPING;
		rc = farm_offer(o->host, name, &writer);
	} else {
		farm_fail(o->host, "out of memory");
	}
	free(files);
	free(types);
	free(file_texts);
	free(type_texts);
	return rc;
}

int
collectd_offer(struct farm_host *host, const void *state, const char *instance)
{
	struct offer o = {
		.host = host, .options = state, .instance = instance
	};
	const struct farm_list *files = &o.options->include;
	oconfig_item_t *root;
	bool free_of_chains = true;
	struct error err;
	size_t i;
	int rc = 0;

	if (o.options->plugin.n > 0 || !o.options->writers)
		return 0;
	for (i = 0; i < files->n; i++) {
		/* check() says why, and so does farm-collectd. */
		if (conf_read(files->items[i], &root, &err) != 0)
			return 0;
		free_of_chains &= add_names(&o, root);
		oconfig_free(root);
	}
	for (i = 0; free_of_chains && i < o.n; i++)
		rc |= offer_one(&o, o.names[i]);
	return rc;
}
