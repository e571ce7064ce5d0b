#include "plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "abi.h"
#include "conf.h"
#include "conf_tree.h"
#include "conf_writers.h"
#include "configure.h"
#include "imports.h"
#include "insist.h"
#include "life.h"
#include "load.h"
#include "option.h"
#include "say.h"
#include "settings.h"
#include "types_db.h"
#include "yaml.h"

static int
check(const struct plan *plan, struct error *err)
{
	if (plan->options.plugin.n > 0 || plan->options.include.n > 0)
		return 0;
	return error_set(err, "neither \"plugin\" nor \"include\" is given");
}

int
plan_read(struct plan *plan, const struct farm_tree *options, int64_t every_ns,
    struct arena *arena, struct error *err)
{
	memset(plan, 0, sizeof(*plan));
	plan->every_ns = every_ns;
	if (options_parse_one(
		collectd_options, options, &plan->options, arena, err) != 0)
		return -1;
	return check(plan, err);
}

int
plan_read_writer(struct plan *plan, struct collectd_writer_options *ret,
    const struct farm_tree *options, struct arena *arena, struct error *err)
{
	struct collectd_writer_options own = { .flush = false };

	memset(plan, 0, sizeof(*plan));
	if (options_parse_one(
		collectd_writer_options, options, &own, arena, err) != 0)
		return -1;
	plan->writer = true;
	plan->options = own.common;
	plan->every_ns = own.interval_ns;
	*ret = own;
	return check(plan, err);
}

/* --------------------------------------------------------- global options */

static int
read_types(const struct farm_list *files, struct error *err)
{
	size_t i, skipped;

	for (i = 0; i < files->n; i++)
		if (types_db_read(files->items[i], &skipped, err) != 0)
			return -1;
	settings.has_types = files->n > 0;
	return 0;
}

/* A plugin that is not this one's package is looked at by its imports. */
static int
check_package(struct error *err)
{
	char version[64];

	if (strcmp(settings.plugin_dir, "/usr/lib/collectd") != 0 ||
	    imports_package(version, sizeof(version)) != 0)
		return 0;
	return imports_known(version, err);
}

static int
prepare(const struct plan *plan, struct error *err)
{
	settings.plugin_dir = plan->options.plugin_dir;
	if (plan->every_ns > 0)
		interval_g = NS_TO_CDTIME_T((cdtime_t)plan->every_ns);
	if (check_package(err) != 0)
		return -1;
	return read_types(&plan->options.types_db, err);
}

/* ---------------------------------------------------------------- plugins */

/* Of several plugins, each has its own options below its name. */
static const struct farm_tree *
options_of(const struct plan *plan, const char *plugin)
{
	const struct farm_tree *all = plan->options.options;

	return plan->options.plugin.n == 1 ? all : tree_get(all, plugin);
}

static int
add_plugin(const struct plan *plan, const char *plugin, struct error *err)
{
	const struct farm_tree *options = options_of(plan, plugin);
	plugin_ctx_t context = { .interval = interval_g };
	oconfig_item_t *block;
	int rc = 0;

	if (strlen(plugin) >= DATA_MAX_NAME_LEN)
		return error_set(err,
		    "plugin \"%s\": collectd's names have at most %d bytes",
		    plugin, DATA_MAX_NAME_LEN - 1);
	if (load_plugin(plugin, &context, false, err) != 0)
		return error_prefix(err, "plugin %s", plugin);
	if (options == NULL)
		return 0;
	if (conf_from_tree("Plugin", plugin, options, &block, err) != 0)
		return error_prefix(err, "plugin %s", plugin);
	if (plan->writer)
		rc = insist_on_words(block, err);
	if (rc == 0 && configure_plugin(block) != 0)
		rc = error_set(
		    err, "plugin %s refused its options; see the log", plugin);
	oconfig_free(block);
	return rc;
}

static int
insist(oconfig_item_t *root, struct error *err)
{
	int i;

	for (i = 0; i < root->children_num; i++)
		if (strcasecmp(root->children[i].key, "Plugin") == 0 &&
		    insist_on_words(&root->children[i], err) != 0)
			return -1;
	return 0;
}

/* The files of `include'; what one loads may hang on what another says. */
static int
read_files(const struct farm_list *files, oconfig_item_t **roots,
    bool *ret_chains, struct error *err)
{
	size_t i;

	*ret_chains = false;
	for (i = 0; i < files->n; i++) {
		if (conf_read(files->items[i], &roots[i], err) != 0)
			return -1;
		*ret_chains = *ret_chains || conf_has_chains(roots[i]);
	}
	return 0;
}

static int
include(const struct plan *plan, const struct life_choice *choice,
    const char *path, oconfig_item_t *root, struct error *err)
{
	if (plan->writer && insist(root, err) != 0)
		return -1;
	/* Plugins may keep what they were configured with: it stays. */
	return life_configure(root, choice, err) == 0
		   ? 0
		   : error_prefix(err, "%s", path);
}

/* Of what is collected from, farmd has those that only write as writers. */
static int
include_all(const struct plan *plan, struct error *err)
{
	const struct collectd_options *o = &plan->options;
	oconfig_item_t **roots = calloc(o->include.n + 1, sizeof(*roots));
	struct life_choice choice = { o->plugin.items, o->plugin.n, false };
	bool chains;
	int rc;
	size_t i;

	if (roots == NULL)
		return error_set(err, "out of memory");
	rc = read_files(&o->include, roots, &chains, err);
	choice.no_writers = !plan->writer && o->writers && o->plugin.n == 0 &&
			    !chains;
	for (i = 0; i < o->include.n && rc == 0; i++)
		rc = include(plan, &choice, o->include.items[i], roots[i], err);
	free(roots);
	return rc;
}

int
plan_configure(const struct plan *plan, struct error *err)
{
	const struct collectd_options *o = &plan->options;
	oconfig_item_t nothing = { .key = NULL };
	size_t i;

	if (prepare(plan, err) != 0 || include_all(plan, err) != 0)
		return -1;
	if (o->include.n == 0 &&
	    life_configure(&nothing, &(struct life_choice){ 0 }, err) != 0)
		return -1;
	for (i = 0; i < o->plugin.n; i++)
		if ((o->include.n == 0 ||
			!load_is_loaded(o->plugin.items[i])) &&
		    add_plugin(plan, o->plugin.items[i], err) != 0)
			return -1;
	return 0;
}
