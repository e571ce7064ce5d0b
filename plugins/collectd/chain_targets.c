/* chain_targets.c - the targets that are always there. */
#include "chain_private.h"

struct writers {
	char **names;
	size_t n;
};

static int
stop_invoke(const data_set_t *ds, value_list_t *vl, notification_meta_t **meta,
    void **data)
{
	(void)ds;
	(void)vl;
	(void)meta;
	(void)data;
	return FC_TARGET_STOP;
}

static int
return_invoke(const data_set_t *ds, value_list_t *vl,
    notification_meta_t **meta, void **data)
{
	(void)ds;
	(void)vl;
	(void)meta;
	(void)data;
	return FC_TARGET_RETURN;
}

static int
jump_create(const oconfig_item_t *ci, void **data)
{
	char *chain = NULL;
	int i;

	for (i = 0; i < ci->children_num; i++)
		if (strcasecmp(ci->children[i].key, "Chain") != 0 ||
		    cf_util_get_string(&ci->children[i], &chain) != 0) {
			plugin_log(LOG_ERR, "the target jump knows but Chain");
			free(chain);
			return -1;
		}
	if (chain == NULL) {
		plugin_log(LOG_ERR, "the target jump needs a Chain");
		return -1;
	}
	*data = chain;
	return 0;
}

static int
jump_destroy(void **data)
{
	free(*data);
	*data = NULL;
	return 0;
}

static int
jump_invoke(const data_set_t *ds, value_list_t *vl, notification_meta_t **meta,
    void **data)
{
	fc_chain_t *chain = fc_chain_get_by_name(*data);

	(void)meta;
	if (chain == NULL) {
		plugin_log(LOG_ERR, "there is no chain \"%s\" to jump to",
		    (char *)*data);
		return -1;
	}
	return fc_process_chain(ds, vl, chain);
}

static int
write_destroy(void **data)
{
	struct writers *w = *data;

	if (w != NULL)
		strarray_free(w->names, w->n);
	free(w);
	*data = NULL;
	return 0;
}

static int
write_add(struct writers *w, const oconfig_item_t *ci)
{
	int i;

	if (strcasecmp(ci->key, "Plugin") != 0) {
		plugin_log(LOG_ERR, "the target write knows but Plugin");
		return -1;
	}
	for (i = 0; i < ci->values_num; i++)
		if (ci->values[i].type != OCONFIG_TYPE_STRING ||
		    strarray_add(
			&w->names, &w->n, ci->values[i].value.string) != 0) {
			plugin_log(LOG_ERR, "Plugin needs names");
			return -1;
		}
	return 0;
}

static int
write_create(const oconfig_item_t *ci, void **data)
{
	struct writers *w = smalloc(sizeof(*w));
	int i;

	memset(w, 0, sizeof(*w));
	*data = w;
	for (i = 0; i < ci->children_num; i++)
		if (write_add(w, &ci->children[i]) != 0) {
			write_destroy(data);
			return -1;
		}
	return 0;
}

/* What a writer cannot take is its own affair. */
static int
write_invoke(const data_set_t *ds, value_list_t *vl, notification_meta_t **meta,
    void **data)
{
	const struct writers *w = *data;
	size_t i;

	(void)meta;
	if (w->n == 0)
		(void)plugin_write(NULL, ds, vl);
	for (i = 0; i < w->n; i++)
		if (plugin_write(w->names[i], ds, vl) == ENOENT)
			plugin_log(
			    LOG_INFO, "there is no writer \"%s\"", w->names[i]);
	return FC_TARGET_CONTINUE;
}

int
chain_own_target(const char *name, target_proc_t *ret)
{
	static const struct {
		const char *name;
		target_proc_t proc;
	} own[] = {
		{ "jump", { jump_create, jump_destroy, jump_invoke } },
		{ "stop", { NULL, NULL, stop_invoke } },
		{ "return", { NULL, NULL, return_invoke } },
		{ "write", { write_create, write_destroy, write_invoke } },
	};
	size_t i;

	for (i = 0; i < STATIC_ARRAY_SIZE(own); i++)
		if (strcasecmp(own[i].name, name) == 0) {
			*ret = own[i].proc;
			return 0;
		}
	return -1;
}

/* What happens to values where no chain is configured. */
int
fc_default_action(const data_set_t *ds, value_list_t *vl)
{
	return plugin_write(NULL, ds, vl);
}
