#include "service.h"

#include <inttypes.h>

#include "clock.h"
#include "log.h"
#include "notify.h"

#define STATUS_EVERY_NS (60 * NS_PER_S)
/* The router without work comes round once a second; less than this is no sign
   of anything, however short the watchdog is. */
#define PATIENCE_NS (3 * NS_PER_S)

/* --- is there progress? --- */

const char *
service_judge(struct service *s, const struct service_signs *signs)
{
	int64_t patience = s->patience_ns;

	if (signs->runs != s->runs || signs->waiting == 0) {
		s->runs = signs->runs;
		s->runs_moved_mono_ns = signs->now_mono_ns;
	}
	if (signs->now_mono_ns - signs->router_mono_ns > patience)
		return "the router stands still";
	/* A full pool of slow but honest runs moves once per deadline. */
	if (signs->longest_ns > patience)
		patience = signs->longest_ns;
	if (signs->now_mono_ns - s->runs_moved_mono_ns > 2 * patience)
		return "collectors wait for a thread and none comes back";
	return NULL;
}

static int64_t
longest_deadline(struct farm *f)
{
	int64_t longest = 0;
	struct instance **list;
	size_t n, i;

	list = farm_instances(f, &n);
	for (i = 0; i < n; i++) {
		pthread_mutex_lock(&list[i]->lock);
		if (list[i]->own.deadline_ns > longest)
			longest = list[i]->own.deadline_ns;
		pthread_mutex_unlock(&list[i]->lock);
	}
	farm_instances_release(list, n);
	return longest;
}

static void
read_signs(struct service_signs *signs, struct farm *f, int64_t now_mono_ns)
{
	struct schedule_stats schedule;
	struct router_stats router;
	struct pool_stats pool;

	schedule_stats(f->schedule, &schedule);
	router_stats(f->router, &router);
	pool_stats(f->pool, &pool, 0);
	*signs = (struct service_signs){
		.now_mono_ns = now_mono_ns,
		.router_mono_ns = router.turned_mono_ns,
		.runs = schedule.runs,
		.waiting = pool.waiting,
		.longest_ns = longest_deadline(f),
	};
}

static void
feed(struct service *s, struct farm *f, int64_t now_mono_ns)
{
	struct service_signs signs;
	const char *stuck;

	s->next_feed_mono_ns = now_mono_ns + s->feed_every_ns;
	read_signs(&signs, f, now_mono_ns);
	stuck = service_judge(s, &signs);
	if (stuck == NULL)
		notify_alive();
	if (stuck != NULL && !s->stuck)
		log_line(LOG_LEVEL_ERROR, "watchdog",
		    "%s; the service manager will end this process", stuck);
	if (stuck == NULL && s->stuck)
		log_line(LOG_LEVEL_NOTICE, "watchdog", "all gets on again");
	s->stuck = stuck != NULL;
}

/* --- what it does --- */

static size_t
count_red(struct farm *f, size_t *ret_n)
{
	size_t red = 0;
	struct instance **list;
	size_t i;

	list = farm_instances(f, ret_n);
	for (i = 0; i < *ret_n; i++)
		red += instance_status_is_red(list[i]->status);
	farm_instances_release(list, *ret_n);
	return red;
}

void
service_line(struct buffer *out, struct farm *f)
{
	size_t n_instances;
	size_t red = count_red(f, &n_instances);
	struct router_stats router;
	struct cache_stats cache;

	router_stats(f->router, &router);
	cache_stats(f->cache, &cache);
	buffer_printf(out,
	    "farm %s: %zu instance%s, %u nodes, %u series, %" PRIu64 " values",
	    f->config->farm, n_instances, n_instances == 1 ? "" : "s",
	    cache.nodes, cache.series, router.values_in);
	if (red > 0)
		buffer_printf(out, "; %zu RED, see farmctl doctor", red);
}

static void
say_status(struct service *s, struct farm *f, int64_t now_mono_ns)
{
	struct buffer line = BUFFER_INIT;

	s->next_status_mono_ns = now_mono_ns + STATUS_EVERY_NS;
	service_line(&line, f);
	notify_status(buffer_text(&line));
	buffer_free(&line);
}

void
service_begin(struct service *s, struct farm *f, int64_t now_mono_ns)
{
	int64_t watchdog = notify_watchdog_ns();

	*s = (struct service){
		.patience_ns = watchdog / 2 > PATIENCE_NS ? watchdog / 2
							  : PATIENCE_NS,
		.feed_every_ns = watchdog / 4,
		.next_feed_mono_ns = now_mono_ns,
		.runs_moved_mono_ns = now_mono_ns,
	};
	notify_ready();
	say_status(s, f, now_mono_ns);
}

int64_t
service_step(struct service *s, struct farm *f, int64_t now_mono_ns)
{
	if (now_mono_ns >= s->next_status_mono_ns)
		say_status(s, f, now_mono_ns);
	if (s->feed_every_ns == 0)
		return s->next_status_mono_ns;
	if (now_mono_ns >= s->next_feed_mono_ns)
		feed(s, f, now_mono_ns);
	return s->next_feed_mono_ns < s->next_status_mono_ns
		   ? s->next_feed_mono_ns
		   : s->next_status_mono_ns;
}
