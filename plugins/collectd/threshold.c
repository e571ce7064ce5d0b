/*
 * threshold.c - thresholds, as the plugin of that name puts them into the tree:
 * the key is the name of a series, with empty fields where any will do.
 * threshold_lock is for those who call threshold_get() and threshold_search().
 */
#include "abi.h"

c_avl_tree_t *threshold_tree;
pthread_mutex_t threshold_lock = PTHREAD_MUTEX_INITIALIZER;

threshold_t *
threshold_get(const char *hostname, const char *plugin,
    const char *plugin_instance, const char *type, const char *type_instance)
{
	char name[6 * DATA_MAX_NAME_LEN];
	void *threshold = NULL;

	if (format_name(name, sizeof(name), hostname == NULL ? "" : hostname,
		plugin == NULL ? "" : plugin, plugin_instance,
		type == NULL ? "" : type, type_instance) != 0 ||
	    c_avl_get(threshold_tree, name, &threshold) != 0)
		return NULL;
	return threshold;
}

/* The one that names the most: the host counts most, then the plugin and its
   instance, then the type's instance. */
threshold_t *
threshold_search(const value_list_t *vl)
{
	const char *hosts[] = { vl->host, "" };
	const char *plugins[][2] = { { vl->plugin, vl->plugin_instance },
		{ vl->plugin, "" }, { "", "" } };
	const char *instances[] = { vl->type_instance, "" };
	threshold_t *found;
	size_t h, p, i;

	for (h = 0; h < 2; h++)
		for (p = 0; p < 3; p++)
			for (i = 0; i < 2; i++) {
				found = threshold_get(hosts[h], plugins[p][0],
				    plugins[p][1], vl->type, instances[i]);
				if (found != NULL)
					return found;
			}
	return NULL;
}

int
ut_search_threshold(const value_list_t *vl, threshold_t *ret_threshold)
{
	threshold_t *found;

	if (vl == NULL)
		return EINVAL;
	pthread_mutex_lock(&threshold_lock);
	found = threshold_search(vl);
	if (found != NULL && ret_threshold != NULL) {
		*ret_threshold = *found;
		ret_threshold->next = NULL;
	}
	pthread_mutex_unlock(&threshold_lock);
	return found == NULL ? ENOENT : 0;
}
