/* notify.c - notifications, and what is attached to them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "callbacks.h"
#include "delivery.h"
#include "notify.h"
#include "output.h"
#include "say.h"

static void
notify_one(struct callback *c, const notification_t *notification)
{
	struct context before;
	int rc;

	if (!delivery_wants(c, &rc))
		return;
	before = context_enter(&c->context, "notification");
	rc = c->notification(notification, &c->data);
	context_leave(before);
	delivery_note(c, rc);
	if (rc != 0)
		say(LOG_WARNING, c->context.name,
		    "the notification callback %s failed", c->name);
}

void
notify_plugins(const notification_t *notification)
{
	struct callbacks *list = callbacks_get(CALLBACK_NOTIFICATION);
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++)
		notify_one(list->items[i], notification);
	callbacks_put(list);
}

/* To the output, and to the plugins that asked for them; on the thread of the
   one who says it. */
int
plugin_dispatch_notification(const notification_t *notification)
{
	output->notification(output, notification);
	notify_plugins(notification);
	return 0;
}

/* --------------------------------------------------------------- meta data */

/* At the end, its text copied. */
static int
append(notification_meta_t **to, const notification_meta_t *one)
{
	notification_meta_t *m = malloc(sizeof(*m));

	if (m == NULL)
		return ENOMEM;
	*m = *one;
	m->next = NULL;
	if (m->type == NM_TYPE_STRING) {
		m->nm_value.nm_string = strdup(one->nm_value.nm_string);
		if (m->nm_value.nm_string == NULL) {
			free(m);
			return ENOMEM;
		}
	}
	while (*to != NULL)
		to = &(*to)->next;
	*to = m;
	return 0;
}

static int
add(notification_t *n, const char *name, notification_meta_t *m)
{
	if (n == NULL || name == NULL)
		return -1;
	sstrncpy(m->name, name, sizeof(m->name));
	return append(&n->meta, m);
}

int
plugin_notification_meta_add_string(
    notification_t *n, const char *name, const char *value)
{
	notification_meta_t m = { .type = NM_TYPE_STRING,
		.nm_value.nm_string = value };

	return value == NULL ? -1 : add(n, name, &m);
}

int
plugin_notification_meta_add_signed_int(
    notification_t *n, const char *name, int64_t value)
{
	notification_meta_t m = { .type = NM_TYPE_SIGNED_INT,
		.nm_value.nm_signed_int = value };

	return add(n, name, &m);
}

int
plugin_notification_meta_add_unsigned_int(
    notification_t *n, const char *name, uint64_t value)
{
	notification_meta_t m = { .type = NM_TYPE_UNSIGNED_INT,
		.nm_value.nm_unsigned_int = value };

	return add(n, name, &m);
}

int
plugin_notification_meta_add_double(
    notification_t *n, const char *name, double value)
{
	notification_meta_t m = { .type = NM_TYPE_DOUBLE,
		.nm_value.nm_double = value };

	return add(n, name, &m);
}

int
plugin_notification_meta_add_boolean(
    notification_t *n, const char *name, bool value)
{
	notification_meta_t m = { .type = NM_TYPE_BOOLEAN,
		.nm_value.nm_boolean = value };

	return add(n, name, &m);
}

int
plugin_notification_meta_copy(notification_t *to, const notification_t *from)
{
	const notification_meta_t *m;

	if (to == NULL || from == NULL)
		return -1;
	for (m = from->meta; m != NULL; m = m->next)
		if (append(&to->meta, m) != 0)
			return -1;
	return 0;
}

int
plugin_notification_meta_free(notification_meta_t *m)
{
	notification_meta_t *next;

	if (m == NULL)
		return -1;
	for (; m != NULL; m = next) {
		next = m->next;
		if (m->type == NM_TYPE_STRING)
			free((char *)m->nm_value.nm_string);
		free(m);
	}
	return 0;
}
