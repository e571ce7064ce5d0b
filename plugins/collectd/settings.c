#include "settings.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"
#include "types_db.h"

#define TYPES_DB "/usr/share/collectd/types.db"
#define READ_THREADS_MAX 64
#define QUEUE_MAX 1000000

struct settings settings = SETTINGS_DEFAULT;

/* What collectd.h and globals.h promise to plugins. */
char *hostname_g;
cdtime_t interval_g = SETTINGS_INTERVAL;

/* Others may still read the old one: it is not freed. */
void
hostname_set(const char *name)
{
	char *copy = strdup(name);

	if (copy != NULL)
		hostname_g = copy;
}

/* ------------------------------------------------------- single options -- */

static int
take_hostname(const oconfig_item_t *item)
{
	char *name = NULL;

	if (cf_util_get_string(item, &name) != 0)
		return -1;
	if (strlen(name) < DATA_MAX_NAME_LEN)
		hostname_set(name);
	else
		say(LOG_ERR, "",
		    "Hostname \"%s\" is longer than the %d bytes that "
		    "collectd has for it, and is not taken",
		    name, DATA_MAX_NAME_LEN - 1);
	free(name);
	return 0;
}

/* Values that are written to relative paths go there, as with collectd. */
static int
take_base_dir(const oconfig_item_t *item)
{
	char *path = NULL;

	if (cf_util_get_string(item, &path) != 0)
		return -1;
	if ((mkdir(path, 0755) != 0 && errno != EEXIST) || chdir(path) != 0)
		say(LOG_WARNING, "", "BaseDir \"%s\": %s", path,
		    strerrordesc_np(errno));
	free(path);
	return 0;
}

static int
take_types(const oconfig_item_t *item)
{
	struct error err;
	size_t skipped;
	int i;

	for (i = 0; i < item->values_num; i++) {
		if (item->values[i].type != OCONFIG_TYPE_STRING)
			return -1;
		if (types_db_read(
			item->values[i].value.string, &skipped, &err) != 0)
			say(LOG_ERR, "", "%s", err.text);
		else if (skipped > 0)
			say(LOG_WARNING, "", "%s", err.text);
	}
	settings.has_types = true;
	return 0;
}

static int
take_text(const oconfig_item_t *item, const char **ret)
{
	char *text = NULL;

	if (cf_util_get_string(item, &text) != 0)
		return -1;
	*ret = text;
	return 0;
}

static int
take_count(const oconfig_item_t *item, int max, size_t *ret)
{
	int n;

	if (cf_util_get_int(item, &n) != 0 || n < 1 || n > max)
		return -1;
	*ret = (size_t)n;
	return 0;
}

static int
take_interval(const oconfig_item_t *item)
{
	cdtime_t interval;

	if (cf_util_get_cdtime(item, &interval) != 0 || interval == 0)
		return -1;
	interval_g = interval;
	return 0;
}

/* What is about collectd's own process, or its threads behind the queue. */
static bool
is_ignored(const char *key)
{
	static const char *const keys[] = { "PIDFile", "WriteThreads",
		"CollectInternalStats", "WriteQueueLimitLow" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcasecmp(keys[i], key) == 0)
			return true;
	return false;
}

static int
take(const oconfig_item_t *item)
{
	const char *key = item->key;

	if (strcasecmp(key, "Hostname") == 0)
		return take_hostname(item);
	if (strcasecmp(key, "FQDNLookup") == 0)
		return cf_util_get_boolean(item, &settings.fqdn);
	if (strcasecmp(key, "BaseDir") == 0)
		return take_base_dir(item);
	if (strcasecmp(key, "TypesDB") == 0)
		return take_types(item);
	if (strcasecmp(key, "PluginDir") == 0)
		return take_text(item, &settings.plugin_dir);
	if (strcasecmp(key, "AutoLoadPlugin") == 0)
		return cf_util_get_boolean(item, &settings.auto_load);
	if (strcasecmp(key, "Interval") == 0)
		return take_interval(item);
	if (strcasecmp(key, "MaxReadInterval") == 0)
		return cf_util_get_cdtime(item, &settings.max_read_interval);
	if (strcasecmp(key, "Timeout") == 0)
		return cf_util_get_int(item, &timeout_g);
	if (strcasecmp(key, "ReadThreads") == 0)
		return take_count(
		    item, READ_THREADS_MAX, &settings.read_threads);
	if (strcasecmp(key, "WriteQueueLimitHigh") == 0)
		return take_count(item, QUEUE_MAX, &settings.queue_max);
	if (strcasecmp(key, "PreCacheChain") == 0)
		return take_text(item, &settings.pre_cache);
	if (strcasecmp(key, "PostCacheChain") == 0)
		return take_text(item, &settings.post_cache);
	if (!is_ignored(key))
		say(LOG_WARNING, "", "%s is no option of collectd's", key);
	return 0;
}

int
settings_take(const oconfig_item_t *item, struct error *err)
{
	if (take(item) == 0)
		return 0;
	return error_set(err, "%s: this value is not possible", item->key);
}

/* ---------------------------------------------------------- the machine -- */

/* As DNS has it; NULL if it has none. */
static char *
full_name(const char *name)
{
	struct addrinfo hints = { .ai_flags = AI_CANONNAME };
	struct addrinfo *info = NULL, *one;
	char *full = NULL;

	if (getaddrinfo(name, NULL, &hints, &info) != 0)
		return NULL;
	for (one = info; one != NULL && full == NULL; one = one->ai_next)
		if (one->ai_canonname != NULL)
			full = strdup(one->ai_canonname);
	freeaddrinfo(info);
	return full;
}

static int
find_hostname(struct error *err)
{
	char name[DATA_MAX_NAME_LEN] = "";
	char *full;

	if (gethostname(name, sizeof(name)) != 0 ||
	    memchr(name, '\0', sizeof(name)) == NULL)
		return error_set(err, "the host's name: %m");
	full = settings.fqdn ? full_name(name) : NULL;
	hostname_set(
	    full != NULL && strlen(full) < DATA_MAX_NAME_LEN ? full : name);
	free(full);
	return hostname_g != NULL ? 0 : error_set(err, "out of memory");
}

int
settings_complete(struct error *err)
{
	size_t skipped;

	if (!settings.has_types && types_db_read(TYPES_DB, &skipped, err) != 0)
		return -1;
	settings.has_types = true;
	return hostname_g == NULL ? find_hostname(err) : 0;
}
