/* notification.c - severities by name, and a notification to begin with. */
#include "abi.h"

int
parse_log_severity(const char *severity)
{
	static const struct {
		const char *name;
		int level;
	} names[] = {
		{ "emerg", LOG_ERR },
		{ "alert", LOG_ERR },
		{ "crit", LOG_ERR },
		{ "err", LOG_ERR },
		{ "warning", LOG_WARNING },
		{ "notice", LOG_NOTICE },
		{ "info", LOG_INFO },
	};
	size_t i;

	/* "debug" is unknown, as in Debian's build, which has no such texts. */
	for (i = 0; i < STATIC_ARRAY_SIZE(names); i++)
		if (strcasecmp(severity, names[i].name) == 0)
			return names[i].level;
	return -1;
}

int
parse_notif_severity(const char *severity)
{
	if (strcmp(severity, "FAILURE") == 0)
		return NOTIF_FAILURE;
	if (strcmp(severity, "WARNING") == 0)
		return NOTIF_WARNING;
	if (strcmp(severity, "OKAY") == 0)
		return NOTIF_OKAY;
	return -1;
}

static void
put(char *to, size_t size, const char *from)
{
	if (from != NULL)
		sstrncpy(to, from, size);
}

int
notification_init(notification_t *n, int severity, const char *message,
    const char *host, const char *plugin, const char *plugin_instance,
    const char *type, const char *type_instance)
{
	memset(n, 0, sizeof(*n));
	n->severity = severity;
	put(n->message, sizeof(n->message), message);
	put(n->host, sizeof(n->host), host);
	put(n->plugin, sizeof(n->plugin), plugin);
	put(n->plugin_instance, sizeof(n->plugin_instance), plugin_instance);
	put(n->type, sizeof(n->type), type);
	put(n->type_instance, sizeof(n->type_instance), type_instance);
	return 0;
}
