#include "configure.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf.h"
#include "context.h"
#include "say.h"

/* A plugin takes its block whole, or option by option. */
struct taker {
	struct taker *next;
	char *plugin;
	int (*complex)(oconfig_item_t *);
	int (*simple)(const char *key, const char *value);
	char **keys;
	size_t n_keys;
	plugin_ctx_t context;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct taker *takers;

static void
taker_free(struct taker *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n_keys; i++)
		free(t->keys[i]);
	free(t->keys);
	free(t->plugin);
	free(t);
}

/* -------------------------------------------------------------- registering */

static int
forget(const char *plugin, bool complex)
{
	struct taker **at, *t = NULL;

	pthread_mutex_lock(&lock);
	for (at = &takers; *at != NULL && t == NULL;) {
		if ((*at)->plugin != NULL &&
		    strcasecmp((*at)->plugin, plugin) == 0 &&
		    ((*at)->complex != NULL) == complex) {
			t = *at;
			*at = t->next;
		} else {
			at = &(*at)->next;
		}
	}
	pthread_mutex_unlock(&lock);
	taker_free(t);
	return t != NULL ? 0 : ENOENT;
}

static struct taker *
taker_new(const char *plugin)
{
	struct taker *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->context = plugin_get_ctx();
	t->plugin = strdup(plugin);
	if (t->plugin != NULL)
		return t;
	free(t);
	return NULL;
}

static void
add(struct taker *t)
{
	pthread_mutex_lock(&lock);
	t->next = takers;
	takers = t;
	pthread_mutex_unlock(&lock);
}

static int
copy_keys(struct taker *t, const char **keys, int n)
{
	int i;

	t->keys = calloc((size_t)n + 1, sizeof(*t->keys));
	if (t->keys == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		t->keys[i] = strdup(keys[i]);
		if (t->keys[i] == NULL)
			return -1;
		t->n_keys++;
	}
	return 0;
}

int
plugin_register_config(const char *plugin,
    int (*callback)(const char *key, const char *value), const char **keys,
    int n)
{
	struct taker *t = taker_new(plugin);

	if (t == NULL || n < 0 || copy_keys(t, keys, n) != 0) {
		taker_free(t);
		return ENOMEM;
	}
	t->simple = callback;
	(void)forget(plugin, false);
	add(t);
	return 0;
}

int
plugin_register_complex_config(
    const char *plugin, int (*callback)(oconfig_item_t *))
{
	struct taker *t = taker_new(plugin);

	if (t == NULL)
		return ENOMEM;
	t->complex = callback;
	(void)forget(plugin, true);
	add(t);
	return 0;
}

int
plugin_unregister_config(const char *plugin)
{
	return forget(plugin, false);
}

int
plugin_unregister_complex_config(const char *plugin)
{
	return forget(plugin, true);
}

/* A callback may unregister itself, but is not freed before the end of the
   configuration: one thread reads it. */
static struct taker *
find(const char *plugin, bool complex)
{
	struct taker *t;

	pthread_mutex_lock(&lock);
	for (t = takers; t != NULL; t = t->next)
		if (strcasecmp(t->plugin, plugin) == 0 &&
		    (t->complex != NULL) == complex)
			break;
	pthread_mutex_unlock(&lock);
	return t;
}

size_t
configure_count(void)
{
	const struct taker *t;
	size_t n = 0;

	pthread_mutex_lock(&lock);
	for (t = takers; t != NULL; t = t->next)
		n++;
	pthread_mutex_unlock(&lock);
	return n;
}

/* -------------------------------------------------------------- handing out */

static int
give_option(const struct taker *t, const oconfig_item_t *item)
{
	char *text;
	size_t i = 0;
	int rc;

	while (i < t->n_keys && strcasecmp(t->keys[i], item->key) != 0)
		i++;
	if (i == t->n_keys) {
		say(LOG_WARNING, t->plugin, "plugin %s has no option \"%s\"",
		    t->plugin, item->key);
		return -1;
	}
	text = conf_values_text(item);
	if (text == NULL)
		return -1;
	rc = t->simple(item->key, text);
	if (rc != 0)
		say(LOG_WARNING, t->plugin, "plugin %s refused %s \"%s\"",
		    t->plugin, item->key, text);
	free(text);
	return rc == 0 ? 0 : -1;
}

static int
give_options(const struct taker *t, const oconfig_item_t *block)
{
	int i, rc = 0;

	for (i = 0; i < block->children_num; i++) {
		if (block->children[i].children_num == 0)
			rc |= give_option(t, &block->children[i]);
		else
			say(LOG_WARNING, t->plugin,
			    "plugin %s takes no blocks: %s", t->plugin,
			    block->children[i].key);
	}
	return rc;
}

static int
give(const struct taker *t, const oconfig_item_t *block)
{
	struct context before = context_enter(&t->context, "config");
	int rc;

	if (t->complex != NULL)
		rc = t->complex((oconfig_item_t *)block);
	else
		rc = give_options(t, block);
	context_leave(before);
	return rc == 0 ? 0 : -1;
}

int
configure_plugin(const oconfig_item_t *block)
{
	const char *plugin = block->values[0].value.string;
	const struct taker *t = find(plugin, true);

	if (t == NULL)
		t = find(plugin, false);
	if (t == NULL) {
		say(LOG_WARNING, plugin, "plugin %s takes no options", plugin);
		return -1;
	}
	if (give(t, block) == 0)
		return 0;
	say(LOG_ERR, plugin, "plugin %s refused its configuration", plugin);
	return -1;
}
