/* A collector that hangs in the daemon goes on in a worker, where it can be
   killed. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "farm.h"
#include "log.h"

static void
tell(struct farm *f, const struct instance *in)
{
	struct buffer json = BUFFER_INIT;

	log_line(LOG_LEVEL_WARNING, in->name,
	    "hangs in the daemon; goes on in a worker, with fresh state");
	buffer_puts(&json, "{\"event\":\"isolated\",\"text\":\"its calls hang "
			   "in the daemon; it goes on in a worker\","
			   "\"instance\":");
	buffer_json_text(&json, in->name);
	buffer_puts(&json, ",\"module\":");
	buffer_json_text(&json, in->module->name);
	buffer_putc(&json, '}');
	if (buffer_failed(&json) ||
	    router_record(f->router, FARM_EVENT, clock_wall_ns(), json.data,
		json.size) != 0)
		log_line(LOG_LEVEL_ERROR, in->name, "no event: out of memory");
	buffer_free(&json);
}

/* It comes to the other's place in the list. */
static void
replace(struct farm *f, const struct instance *before, struct instance *after)
{
	size_t i;

	pthread_mutex_lock(&f->lock);
	for (i = 0; i < f->n_instances; i++)
		if (f->instances[i] == before)
			f->instances[i] = after;
	pthread_mutex_unlock(&f->lock);
}

static void
move(struct farm *f, struct instance *in)
{
	struct instance_config config = in->own;
	struct instance *fresh;

	config.isolation.on = true;
	fresh = farm_make(f, &config);
	if (fresh == NULL) {
		log_line(LOG_LEVEL_ERROR, in->name, "out of memory");
		return;
	}
	tell(f, in);
	replace(f, in, fresh);
	if (schedule_remove(f->schedule, in, clock_mono_ns()) == 0)
		farm_let_go(f, in);
	else
		farm_leave(f, in);
	schedule_add(f->schedule, fresh);
}

void
farm_rescue(struct farm *f)
{
	struct instance *in;

	while ((in = schedule_lost(f->schedule)) != NULL)
		move(f, in);
}
