#include "event_read.h"

#include <jansson.h>
#include <string.h>

#define MORE "..."

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static int
severity_of(const char *name)
{
	return strcmp(name, "failure") == 0   ? NOTIF_FAILURE
	       : strcmp(name, "warning") == 0 ? NOTIF_WARNING
					      : NOTIF_OKAY;
}

static int
set_name(char to[DATA_MAX_NAME_LEN], const char *what, const char *text,
    struct error *err)
{
	if (strlen(text) >= DATA_MAX_NAME_LEN)
		return error_set(err,
		    "an event's %s, \"%s\", has %zu bytes: collectd's names "
		    "have at most %d",
		    what, text, strlen(text), DATA_MAX_NAME_LEN - 1);
	strcpy(to, text);
	return 0;
}

/* Not within a character. */
static void
set_message(char to[NOTIF_MAX_MSG_LEN], const char *text)
{
	size_t n = NOTIF_MAX_MSG_LEN - sizeof(MORE);

	if (strlen(text) < NOTIF_MAX_MSG_LEN) {
		strcpy(to, text);
		return;
	}
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	memcpy(to, text, n);
	strcpy(to + n, MORE);
}

static void
attach(notification_t *n, const char *name, const json_t *value)
{
	if (json_is_string(value))
		plugin_notification_meta_add_string(
		    n, name, json_string_value(value));
	else if (json_is_integer(value))
		plugin_notification_meta_add_signed_int(
		    n, name, json_integer_value(value));
	else if (json_is_real(value))
		plugin_notification_meta_add_double(
		    n, name, json_real_value(value));
	else if (json_is_boolean(value))
		plugin_notification_meta_add_boolean(
		    n, name, json_is_true(value));
}

static int
set_names(notification_t *n, const json_t *o, struct error *err)
{
	const char *host = text_of(o, "host"), *plugin = text_of(o, "plugin");
	const char *event = text_of(o, "event");
	bool ours = plugin[0] == '\0';

	if (host[0] == '\0')
		host = text_of(o, "node");
	/* What has no names of collectd's is told by what has happened. */
	return set_name(n->host, "host", host, err) != 0 ||
		       set_name(n->plugin, "plugin", ours ? "farmd" : plugin,
			   err) != 0 ||
		       set_name(n->plugin_instance, "plugin_instance",
			   ours ? event : text_of(o, "plugin_instance"),
			   err) != 0 ||
		       set_name(n->type, "type", text_of(o, "type"), err) !=
			   0 ||
		       set_name(n->type_instance, "type_instance",
			   text_of(o, "type_instance"), err) != 0
		   ? -1
		   : 0;
}

static int
fill(notification_t *n, json_t *o, struct error *err)
{
	const char *text = text_of(o, "text"), *key;
	json_t *value;

	if (!json_is_object(o))
		return error_set(err, "an event that is no object");
	n->severity = severity_of(text_of(o, "severity"));
	set_message(n->message, text[0] != '\0' ? text : text_of(o, "event"));
	if (set_names(n, o, err) != 0)
		return -1;
	json_object_foreach (json_object_get(o, "meta"), key, value)
		attach(n, key, value);
	return 0;
}

int
event_read(const void *json, size_t size, int64_t time_ns, notification_t *ret,
    struct error *err)
{
	json_error_t why;
	notification_t own;
	json_t *o;
	int rc;

	memset(&own, 0, sizeof(own));
	own.time = NS_TO_CDTIME_T((cdtime_t)time_ns);
	o = json_loadb(json, size, 0, &why);
	if (o == NULL)
		return error_set(err, "an event: %s", why.text);
	rc = fill(&own, o, err);
	json_decref(o);
	if (rc == 0)
		*ret = own;
	return rc;
}
