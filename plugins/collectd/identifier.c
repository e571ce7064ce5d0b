/* identifier.c - HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE]. */
#include "abi.h"

/* Behind what is there: its end, or NULL if it does not fit. */
static char *
append(char *at, const char *end, const char *text)
{
	char *behind = at == NULL ? NULL
				  : memccpy(at, text, '\0', (size_t)(end - at));

	return behind == NULL ? NULL : behind - 1;
}

static char *
append_instance(char *at, const char *end, const char *instance)
{
	if (instance == NULL || instance[0] == '\0')
		return at;
	return append(append(at, end, "-"), end, instance);
}

/* Each value passes here twice: snprintf() was 15 % of its way. */
int
format_name(char *ret, int ret_len, const char *hostname, const char *plugin,
    const char *plugin_instance, const char *type, const char *type_instance)
{
	const char *end = ret + ret_len;
	char *at = ret;

	if (ret_len <= 0)
		return ENOBUFS;
	at = append(at, end, hostname);
	at = append(append(at, end, "/"), end, plugin);
	at = append_instance(at, end, plugin_instance);
	at = append(append(at, end, "/"), end, type);
	at = append_instance(at, end, type_instance);
	if (at != NULL)
		return 0;
	ret[ret_len - 1] = '\0';
	return ENOBUFS;
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
