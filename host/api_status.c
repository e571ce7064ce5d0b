/* The daemon itself, its health and its modules. */
#include "api_question.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

/* --- health --- */

/* Members of an object that says what is wrong with one instance. */
static void
put_problem(struct buffer *out, struct instance *instance, const char *state)
{
	pthread_mutex_lock(&instance->ledger.lock);
	buffer_puts(out, "{\"instance\":");
	buffer_json_text(out, instance->name);
	buffer_printf(out, ",\"status\":\"%s\",\"error\":", state);
	if (instance->ledger.last_error == NULL)
		buffer_puts(out, "null");
	else
		buffer_json_text(out, instance->ledger.last_error);
	buffer_puts(out, ",\"since\":");
	time_json(out, instance->ledger.last_good_ns);
	buffer_putc(out, '}');
	pthread_mutex_unlock(&instance->ledger.lock);
}

/* The journal is of no instance: it stands under its own name. */
static int
put_journal_problem(struct farm *farm, struct buffer *out)
{
	struct journal *journal = deliver_journal(farm->deliver);
	struct error err;

	if (journal == NULL || journal_is_fine(journal, &err))
		return 0;
	buffer_puts(out, "{\"instance\":\"journal\",\"status\":\"failing\","
			 "\"error\":");
	buffer_json_text(out, err.text);
	buffer_puts(out, ",\"since\":null}");
	return 1;
}

/* An array of what is wrong; returns how many. */
static int
put_problems(struct farm *farm, struct buffer *out)
{
	struct instance **all;
	size_t n_all, i;
	int n;

	all = farm_instances(farm, &n_all);
	buffer_putc(out, '[');
	n = put_journal_problem(farm, out);
	for (i = 0; i < n_all; i++) {
		enum instance_status status = all[i]->status;

		if (!instance_status_is_red(status))
			continue;
		if (n++ > 0)
			buffer_putc(out, ',');
		put_problem(out, all[i], instance_status_name(status));
	}
	buffer_putc(out, ']');
	farm_instances_release(all, n_all);
	return n;
}

void
api_health(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct buffer problems = BUFFER_INIT;
	int n = put_problems(farm, &problems);

	(void)request;
	reply->status = n == 0 ? 200 : 503;
	buffer_printf(&reply->body, "{\"status\":\"%s\",\"problems\":%s}",
	    n == 0 ? "ok" : "degraded", buffer_text(&problems));
	buffer_free(&problems);
}

/* --- for those that watch over processes --- */

/* An idle router comes round once a second. */
#define ALIVE_NS (10 * NS_PER_S)

static void
put_word(struct api_reply *reply, bool good, const char *word)
{
	reply->status = good ? 200 : 503;
	reply->type = "text/plain; charset=utf-8";
	buffer_puts(&reply->body, word);
}

static bool
router_gets_on(struct farm *farm)
{
	struct router_stats stats;

	router_stats(farm->router, &stats);
	return clock_mono_ns() - stats.turned_mono_ns < ALIVE_NS;
}

void
api_alive(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	bool good = router_gets_on(farm);

	(void)request;
	put_word(reply, good, good ? "ok" : "the router stands still");
}

/* Of those that have not begun yet. */
static size_t
count_beginning(struct farm *farm)
{
	struct instance **all;
	size_t n_all, i, n = 0;

	all = farm_instances(farm, &n_all);
	for (i = 0; i < n_all; i++) {
		enum instance_status status = all[i]->status;

		n += status == INSTANCE_CLOSED || status == INSTANCE_OPENING;
	}
	farm_instances_release(all, n_all);
	return n;
}

void
api_ready(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	(void)request;
	if (!router_gets_on(farm))
		put_word(reply, false, "the router stands still");
	else if (count_beginning(farm) > 0)
		put_word(reply, false, "instances have yet to begin");
	else
		put_word(reply, true, "ready");
}

/* --- status --- */

static void
put_collecting(struct farm *farm, struct buffer *out)
{
	struct schedule_stats schedule;
	struct pool_stats pool;

	pool_stats(farm->pool, &pool, 0);
	schedule_stats(farm->schedule, &schedule);
	buffer_printf(out,
	    ",\"pool\":{\"threads\":%d,\"busy\":%d,\"peak_busy\":%d,"
	    "\"written_off\":%d,\"waiting\":%d,\"max\":%" PRId64
	    "},\"runs\":%" PRIu64 ",\"skipped\":%" PRIu64
	    ",\"overruns\":%" PRIu64 ",\"lateness_p99_ms\":%.3f",
	    pool.threads, pool.busy, pool.peak_busy, pool.written_off,
	    pool.waiting, farm->config->pool.max, schedule.runs,
	    schedule.skipped, schedule.overruns,
	    (double)schedule.lateness_p99_ns / 1e6);
}

static void
put_stream(struct farm *farm, struct buffer *out)
{
	struct router_stats router;
	struct deliver_stats deliver;
	struct cache_stats cache;

	router_stats(farm->router, &router);
	cache_stats(farm->cache, &cache);
	deliver_stats(farm->deliver, &deliver);
	buffer_printf(out,
	    ",\"values_in\":%" PRIu64 ",\"values_out\":%" PRIu64
	    ",\"position\":%" PRIu64
	    ",\"queue_bytes\":%zu,\"latency_p99_ms\":%.3f",
	    router.values_in, router.values_out, router.position,
	    router.queue_bytes, (double)router.latency_p99_ns / 1e6);
	buffer_printf(out,
	    ",\"clusters\":%u,\"nodes\":%u,\"series\":%u,\"points\":%" PRIu64
	    ",\"cache_bytes\":%zu,\"writers_bytes\":%zu",
	    cache.clusters, cache.nodes, cache.series, cache.points,
	    cache.bytes, deliver.bytes);
	buffer_puts(out, ",\"journal\":");
	if (deliver_journal(farm->deliver) != NULL)
		journal_json(deliver_journal(farm->deliver), out);
	else
		buffer_puts(out, "null");
}

static void
put_drops(struct farm *farm, struct buffer *out)
{
	int reason;

	buffer_puts(out, ",\"dropped\":{");
	for (reason = 0; reason < DROP_REASONS; reason++)
		buffer_printf(out, "%s\"%s\":%" PRIu64, reason > 0 ? "," : "",
		    drop_reason_name((enum drop_reason)reason),
		    farm_dropped(farm, (enum drop_reason)reason));
	buffer_putc(out, '}');
}

static size_t
count_instances(struct farm *farm)
{
	struct instance **all;
	size_t n;

	all = farm_instances(farm, &n);
	farm_instances_release(all, n);
	return n;
}

void
api_status(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct buffer *out = &reply->body;

	buffer_puts(out, "{\"farm\":");
	buffer_json_text(out, farm->config->farm);
	buffer_printf(out,
	    ",\"version\":\"%s\",\"pid\":%d,\"started\":", PACKAGE_VERSION,
	    (int)getpid());
	time_json(out, farm->started_ns);
	buffer_puts(out, ",\"configured\":");
	time_json(out, farm->started_ns);
	buffer_printf(out, ",\"uptime_s\":%.1f,\"instances\":%zu",
	    (double)(clock_mono_ns() - farm->started_mono_ns) / 1e9,
	    count_instances(farm));
	put_collecting(farm, out);
	put_stream(farm, out);
	put_drops(farm, out);
	api_process(farm, request->trusted, out);
	buffer_puts(out, ",\"problems\":");
	(void)put_problems(farm, out);
	buffer_putc(out, '}');
}

/* --- modules --- */

static void
put_file(struct buffer *out, const struct module_file *file, bool trusted)
{
	buffer_putc(out, '{');
	if (file->good) {
		buffer_printf(out, "\"name\":\"%s\",\"role\":\"%s\",",
		    file->stamp.name,
		    role_name((enum farm_role)file->stamp.role));
		buffer_puts(out, "\"version\":");
		buffer_json_text(out, file->stamp.version);
		buffer_printf(out, ",\"abi\":\"%u.%u\",\"changed\":%s",
		    file->stamp.abi_major, file->stamp.abi_minor,
		    file->changed ? "true" : "false");
	} else {
		buffer_puts(out, "\"refused\":");
		buffer_json_text(out, trusted ? file->why.text : "refused");
	}
	buffer_printf(out, ",\"ours\":%s", file->ours ? "true" : "false");
	if (trusted) {
		buffer_puts(out, ",\"path\":");
		buffer_json_text(out, file->path);
	}
	buffer_putc(out, '}');
}

/* By role and name; the refused, which have neither, first. */
static int
by_module(const void *a, const void *b)
{
	const struct module_file *x = a;
	const struct module_file *y = b;
	int order = (int)x->good - (int)y->good;

	if (order == 0 && x->good)
		order = strcmp(role_name((enum farm_role)x->stamp.role),
		    role_name((enum farm_role)y->stamp.role));
	if (order == 0 && x->good)
		order = strcmp(x->stamp.name, y->stamp.name);
	return order != 0 ? order : strcmp(x->path, y->path);
}

/* Files of one role and name are told apart by their number: paths are not for
   everybody. */
static enum api_turn
module_turn(struct api_pager *pager, const struct module_file *files, long i)
{
	const struct module_file *f = &files[i];
	const char *role = f->good ? role_name((enum farm_role)f->stamp.role)
				   : "";
	const char *name = f->good ? f->stamp.name : "";
	char number[24];
	long first = i;

	while (
	    first > 0 && files[first - 1].good == f->good &&
	    (!f->good || (files[first - 1].stamp.role == f->stamp.role &&
			     strcmp(files[first - 1].stamp.name, name) == 0)))
		first--;
	(void)snprintf(number, sizeof(number), "%09ld", i - first);
	return api_pager_turn(
	    pager, (const char *const[]){ role, name, number }, 3);
}

static void
put_modules(const struct module_file *files, long n, bool trusted,
    struct api_pager *pager, struct buffer *out)
{
	enum api_turn turn = TURN_SKIP;
	long i;

	buffer_puts(out, "{\"modules\":[");
	for (i = 0; i < n && turn != TURN_END; i++) {
		turn = module_turn(pager, files, i);
		if (turn != TURN_TAKE)
			continue;
		buffer_puts(out, pager->n > 1 ? ",\n" : "");
		put_file(out, &files[i], trusted);
	}
	buffer_putc(out, ']');
	api_pager_end(pager, out);
}

static void
list_modules(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct module_file *files;
	struct api_pager pager;
	long n;

	if (api_pager_begin(&pager, request, reply, 3)) {
		n = modules_list(farm->modules, &files);
		if (n < 0) {
			api_error(reply, 500, "memory", "out of memory");
		} else {
			qsort(files, (size_t)n, sizeof(*files), by_module);
			put_modules(
			    files, n, request->trusted, &pager, &reply->body);
			modules_list_free(files, n);
		}
	}
	api_pager_free(&pager);
}

/* A module in use; a stranger's file is never loaded for being asked about. */
static struct module *
find_used(struct farm *farm, const char *name, const char *role)
{
	struct module *found = NULL; /* modules stay when instances go */
	struct instance **all;
	size_t n, i;

	all = farm_instances(farm, &n);
	for (i = 0; i < n && found == NULL; i++) {
		struct module *m = all[i]->module;

		if (strcmp(m->name, name) == 0 &&
		    (role == NULL || strcmp(role_name(m->role), role) == 0))
			found = m;
	}
	farm_instances_release(all, n);
	return found;
}

void
api_modules(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, const char *name)
{
	struct module *module;

	if (name[0] == '\0') {
		list_modules(farm, request, reply);
		return;
	}
	module = find_used(farm, name, request->argument(request, "role"));
	if (module == NULL)
		api_error_at(reply, 404, "name", "path",
		    "no instance uses a module \"%s\"", name);
	else
		module_describe_json(&reply->body, module, request->trusted);
}
