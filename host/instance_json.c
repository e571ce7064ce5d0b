#include "clock.h"
#include "instance.h"
#include "tap.h"
#include "worker.h"

static void
put_place(struct buffer *b, const struct farm_tree *place)
{
	buffer_puts(b, ",\"file\":");
	buffer_json_text(
	    b, place != NULL && place->file != NULL ? place->file : "");
	buffer_printf(b, ",\"line\":%u", place != NULL ? place->line : 0);
}

/* The seat stays as long as the lock is held. */
static void
put_worker(struct buffer *b, struct instance *in)
{
	pthread_mutex_lock(&in->lock);
	if (in->seat != NULL)
		seat_json(in->seat, b);
	else
		buffer_puts(b, "null");
	pthread_mutex_unlock(&in->lock);
}

static void
put_tap(struct buffer *b, struct instance *in)
{
	pthread_mutex_lock(&in->lock);
	if (in->tap != NULL) {
		buffer_puts(b, ",\"tap\":");
		tap_json(in->tap, b);
	}
	pthread_mutex_unlock(&in->lock);
}

static void
put_request(
    struct buffer *b, struct instance *in, const struct instance_config *own)
{
	if (!own->on_request)
		return;
	buffer_printf(b,
	    ",\"run\":\"on_request\",\"idle_stop_ns\":%lld,\"asked\":",
	    (long long)own->idle_stop_ns);
	time_json(b, atomic_load(&in->asked_ns));
}

void
instance_json(struct buffer *b, struct instance *in, bool place)
{
	struct instance_config own;
	size_t n_targets;

	pthread_mutex_lock(&in->lock);
	own = in->own;
	(void)arena_share(own.arena);
	n_targets = in->n_targets;
	pthread_mutex_unlock(&in->lock);
	buffer_puts(b, "\"name\":");
	buffer_json_text(b, in->name);
	buffer_puts(b, ",\"module\":");
	buffer_json_text(b, in->module->name);
	buffer_printf(b, ",\"role\":\"%s\",\"status\":\"%s\"",
	    role_name(in->module->role),
	    instance_status_name(atomic_load(&in->status)));
	buffer_puts(b, ",\"cluster\":");
	buffer_json_text(b, in->cluster != NULL ? in->cluster : "");
	buffer_printf(b, ",\"every_ns\":%lld,\"nodes\":%zu",
	    (long long)own.every_ns, n_targets);
	put_request(b, in, &own);
	buffer_puts(b, ",\"started\":");
	time_json(b, atomic_load(&in->started_ns));
	buffer_puts(b, ",\"ledger\":{");
	ledger_json(b, &in->ledger);
	buffer_puts(b, "},\"worker\":");
	put_worker(b, in);
	put_tap(b, in);
	if (place)
		put_place(b, own.place);
	arena_free(own.arena);
}
