/*
 * Collectors that run on request: asleep, which is closed, until somebody asks
 * for what they give, and again when nobody has for a while.
 */
#include "clock.h"
#include "schedule_task.h"
#include "wait.h"

static void
set_idle(struct collector *c)
{
	struct schedule *s = c->schedule;
	int64_t at = c->asked_mono_ns + c->idle_stop_ns;

	timers_set(&s->timers, &c->idle, at);
	wake_before(s, at);
}

static void
fall_asleep(struct collector *c)
{
	struct timers *timers = &c->schedule->timers;
	size_t i;

	c->asleep = true;
	c->awaited = false;
	if (!c->opening)
		timers_clear(timers, &c->timer);
	while (c->due.first != NULL)
		target_cancel(c->due.first);
	for (i = 0; i < c->instance->n_targets; i++)
		if (!c->instance->targets[i]->running)
			timers_clear(timers, &c->instance->targets[i]->timer);
	many_wake(c);
	update_status(c);
	request_settle(c);
}

/* It was set when somebody asked first; who asks later leaves it alone. */
static void
idle_fire(struct timer *timer, int64_t now_mono_ns)
{
	struct collector *c = (struct collector *)((char *)timer -
						   offsetof(
						       struct collector, idle));

	if (now_mono_ns - c->asked_mono_ns < c->idle_stop_ns)
		set_idle(c);
	else
		fall_asleep(c);
}

void
request_begin(struct collector *c)
{
	c->idle.fire = idle_fire;
	c->on_request = c->instance->config->on_request;
	c->idle_stop_ns = c->instance->config->idle_stop_ns;
	c->asleep = c->on_request;
}

void
request_change(struct collector *c)
{
	c->idle_stop_ns = c->instance->config->idle_stop_ns;
	if (c->idle.index != 0)
		set_idle(c);
}

void
request_settle(struct collector *c)
{
	if (!c->on_request || c->calls > 0 || c->held || c->removed)
		return;
	if (c->asleep && c->open && c->seat != NULL)
		remote_begin_close(c);
	else if (c->asleep && c->open)
		c->closing = close_submit(c) != NULL;
	else if (!c->asleep && !c->open && c->timer.index == 0)
		open_submit(c);
}

/* It was not closed yet, for a run was still under way: what does not run has
   lost its rhythm. */
static void
begin_again(struct collector *c)
{
	int64_t now = clock_mono_ns(), wall = clock_wall_ns();
	size_t i;

	for (i = 0; i < c->instance->n_targets; i++)
		if (!c->instance->targets[i]->running)
			target_first_due(c->instance->targets[i], now, wall);
}

static void
wake_up(struct collector *c)
{
	size_t i;

	c->asleep = false;
	c->awaited = true;
	for (i = 0; i < c->instance->n_targets; i++)
		c->instance->targets[i]->awaited = true;
	set_idle(c);
	if (c->open && !c->closing)
		begin_again(c);
	request_settle(c);
	update_status(c);
}

/* With `values': has each target run once, or failed to? */
static bool
is_over(const struct collector *c, bool values)
{
	size_t i;

	if (c->removed || !c->open)
		return c->removed || !c->awaited;
	for (i = 0; values && !c->paused && i < c->instance->n_targets; i++)
		if (c->instance->targets[i]->awaited)
			return false;
	return true;
}

void
request_ask(struct collector *c)
{
	c->asked_mono_ns = clock_mono_ns();
	atomic_store(&c->instance->asked_ns, clock_wall_ns());
	if (c->asleep && !c->paused)
		wake_up(c);
}

bool
schedule_wanted(struct schedule *s, struct instance *in)
{
	struct collector *c;
	bool awaited = false;

	pthread_mutex_lock(&s->lock);
	c = in->station;
	if (c != NULL && c->on_request && !c->removed) {
		request_ask(c);
		awaited = !is_over(c, true);
	}
	pthread_mutex_unlock(&s->lock);
	return awaited;
}

bool
schedule_await(struct schedule *s, struct instance *in, bool values,
    int64_t deadline_mono_ns)
{
	const struct collector *c;
	bool over;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		c = in->station;
		over = c == NULL || is_over(c, values);
		if (over ||
		    !wait_until(&s->returned, &s->lock, deadline_mono_ns))
			break;
	}
	pthread_mutex_unlock(&s->lock);
	return over;
}
