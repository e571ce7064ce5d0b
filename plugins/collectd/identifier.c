/* identifier.c - HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE]. */
#include "abi.h"

int
format_name(char *ret, int ret_len, const char *hostname, const char *plugin,
    const char *plugin_instance, const char *type, const char *type_instance)
{
	bool of_plugin = plugin_instance != NULL && plugin_instance[0] != '\0';
	bool of_type = type_instance != NULL && type_instance[0] != '\0';
	int length;

	if (ret_len <= 0)
		return ENOBUFS;
	length = snprintf(ret, (size_t)ret_len, "%s/%s%s%s/%s%s%s", hostname,
	    plugin, of_plugin ? "-" : "", of_plugin ? plugin_instance : "",
	    type, of_type ? "-" : "", of_type ? type_instance : "");
	return length < 0 || length >= ret_len ? ENOBUFS : 0;
}

/* Cut the text at the first such character; what follows it, or NULL. */
static char *
cut(char *text, char c)
{
	char *at = strchr(text, c);

	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + 1;
}

int
parse_identifier(char *str, char **ret_host, char **ret_plugin,
    char **ret_plugin_instance, char **ret_type, char **ret_type_instance,
    char *default_host)
{
	char *host, *plugin, *type;

	if (str == NULL || ret_host == NULL || ret_plugin == NULL ||
	    ret_plugin_instance == NULL || ret_type == NULL ||
	    ret_type_instance == NULL)
		return EINVAL;
	host = str;
	plugin = cut(host, '/');
	if (plugin == NULL)
		return -1;
	type = cut(plugin, '/');
	if (type == NULL) {
		if (default_host == NULL)
			return -1;
		type = plugin;
		plugin = host;
		host = default_host;
	}
	*ret_plugin_instance = cut(plugin, '-');
	*ret_type_instance = cut(type, '-');
	*ret_host = host;
	*ret_plugin = plugin;
	*ret_type = type;
	return 0;
}

/* A field of a value list; a name that does not fit is refused. */
static int
put(char to[DATA_MAX_NAME_LEN], const char *from)
{
	if (from == NULL)
		from = "";
	if (strlen(from) >= DATA_MAX_NAME_LEN) {
		plugin_log(LOG_ERR,
		    "\"%s\" is longer than the %d bytes that "
		    "collectd has for a name",
		    from, DATA_MAX_NAME_LEN - 1);
		return ENAMETOOLONG;
	}
	sstrncpy(to, from, DATA_MAX_NAME_LEN);
	return 0;
}

int
parse_identifier_vl(const char *str, value_list_t *vl)
{
	char *host, *plugin, *plugin_instance, *type, *type_instance, *copy;
	value_list_t parsed;
	int status;

	if (str == NULL || vl == NULL)
		return EINVAL;
	copy = strdup(str);
	if (copy == NULL)
		return ENOMEM;
	parsed = *vl;
	status = parse_identifier(copy, &host, &plugin, &plugin_instance, &type,
	    &type_instance, NULL);
	if (status == 0)
		status = put(parsed.host, host);
	if (status == 0)
		status = put(parsed.plugin, plugin);
	if (status == 0)
		status = put(parsed.plugin_instance, plugin_instance);
	if (status == 0)
		status = put(parsed.type, type);
	if (status == 0)
		status = put(parsed.type_instance, type_instance);
	if (status == 0)
		*vl = parsed;
	free(copy);
	return status;
}
