#include "call.h"

#include "clock.h"
#include "instance.h"
#include "log.h"
#include "predicate.h"

void
call_init(struct call *call, const struct farm_host_ops *ops,
    struct instance *instance)
{
	*call = (struct call){
		.host.ops = ops,
		.instance = instance,
		.purpose = FARM_FOR_WORK,
		.deadline_mono_ns = INT64_MAX,
	};
}

static struct call *
call_of(struct farm_host *host)
{
	return (struct call *)host;
}

/* ------------------------------------------- what works in every callback */

int
call_fail(struct farm_host *host, const char *format, va_list args)
{
	struct call *call = call_of(host);

	if (!call->failed)
		error_vset(&call->error, format, args);
	call->failed = true;
	return -1;
}

void
call_log(struct farm_host *host, int level, const char *format, va_list args)
{
	enum log_level ours = level == FARM_WARNING  ? LOG_LEVEL_WARNING
			      : level == FARM_NOTICE ? LOG_LEVEL_NOTICE
						     : LOG_LEVEL_DEBUG;

	log_vline(ours, call_of(host)->instance->name, format, args);
}

int64_t
call_now_ns(struct farm_host *host)
{
	(void)host;
	return clock_wall_ns();
}

int64_t
call_deadline_ns(struct farm_host *host, struct farm_target *target)
{
	(void)target;
	return call_of(host)->deadline_mono_ns;
}

int
call_purpose(struct farm_host *host)
{
	return call_of(host)->purpose;
}

const char *
call_farm(struct farm_host *host)
{
	const struct instance *in = call_of(host)->instance;

	return in == NULL ? "" : in->farm;
}

bool
call_matches(struct farm_host *host, const struct farm_predicate *predicate,
    const struct farm_series *series)
{
	struct matcher *matcher;
	struct error err;
	bool matches;

	if (matcher_new(&matcher, predicate, 1, &err) != 0) {
		farm_fail(host, "%s", err.text);
		return false;
	}
	matches = matcher_series(matcher, series);
	matcher_free(matcher);
	return matches;
}

int
call_reply(struct farm_host *host, const void *json, size_t size)
{
	struct call *call = call_of(host);

	if (call->reply == NULL)
		return farm_fail(
		    host, "farm_reply() is not available in this callback");
	buffer_clear(call->reply);
	buffer_put(call->reply, json, size);
	return 0;
}

/* ------------------------------------------------------ what stations add */

static int
missing(struct farm_host *host, const char *function)
{
	return farm_fail(
	    host, "%s() is not available in this callback", function);
}

int
call_no_emit(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec, struct farm_value value)
{
	(void)target, (void)spec, (void)value;
	return missing(host, "farm_emit");
}

uint32_t
call_no_series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec)
{
	(void)target, (void)spec;
	missing(host, "farm_series");
	return 0;
}

void
call_no_release(struct farm_host *host, uint32_t series)
{
	(void)series;
	missing(host, "farm_release");
}

int
call_no_emit_rows(struct farm_host *host, struct farm_target *target,
    int64_t time_ns, uint32_t flags, const struct farm_value *rows, size_t n)
{
	(void)target, (void)time_ns, (void)flags, (void)rows, (void)n;
	return missing(host, "farm_emit_rows");
}

int
call_no_emit_record(struct farm_host *host, struct farm_target *target,
    int type, int64_t time_ns, const void *payload, size_t size)
{
	(void)target, (void)type, (void)time_ns, (void)payload, (void)size;
	return missing(host, "farm_emit_record");
}

int
call_no_flush(struct farm_host *host)
{
	return missing(host, "farm_flush");
}

/* Not -1: a caller that takes it for a count must not run into its array. */
int
call_no_more(struct farm_host *host, struct farm_target **ret, size_t max)
{
	(void)ret, (void)max;
	missing(host, "farm_more");
	return 0;
}

int
call_no_wake_fd(struct farm_host *host)
{
	return missing(host, "farm_wake_fd");
}

void
call_no_done(struct farm_host *host, struct farm_target *target, int failed,
    const char *format, va_list args)
{
	(void)target, (void)failed, (void)format, (void)args;
	missing(host, "farm_done");
}

const struct farm_series *
call_no_info(struct farm_host *host, uint32_t series)
{
	(void)series;
	missing(host, "farm_series_info");
	return NULL;
}

void *
call_no_series_state(struct farm_host *host, uint32_t series)
{
	(void)series;
	missing(host, "farm_series_state");
	return NULL;
}

int64_t
call_no_lifetime_ns(struct farm_host *host, uint32_t series)
{
	(void)series;
	missing(host, "farm_series_lifetime_ns");
	return 0;
}

int
call_no_offer(
    struct farm_host *host, const char *name, const struct farm_tree *writer)
{
	(void)name, (void)writer;
	return missing(host, "farm_offer");
}

int
call_no_bad(
    struct farm_host *host, size_t record, const char *format, va_list args)
{
	(void)record, (void)format, (void)args;
	return missing(host, "farm_bad");
}

void
call_no_acknowledge(struct farm_host *host, uint64_t first, uint64_t last)
{
	(void)first, (void)last;
	missing(host, "farm_acknowledge");
}

int
call_no_answer_through(struct farm_host *host, uint64_t position)
{
	(void)position;
	return missing(host, "farm_answer_through");
}

int
call_no_checkpoint(struct farm_host *host, const void *bytes, size_t size)
{
	(void)bytes, (void)size;
	return missing(host, "farm_checkpoint");
}

const void *
call_no_restore(struct farm_host *host, size_t *ret_size)
{
	(void)ret_size;
	missing(host, "farm_restore");
	return NULL;
}

int
call_no_socket(struct farm_host *host, const char *option)
{
	(void)option;
	return missing(host, "farm_socket");
}

int
call_no_watch(struct farm_host *host, int fd, uint32_t events, void *cookie)
{
	(void)fd, (void)events, (void)cookie;
	return missing(host, "farm_watch");
}

void
call_no_unwatch(struct farm_host *host, int fd)
{
	(void)fd;
	missing(host, "farm_unwatch");
}

const struct farm_host_ops call_ops = {
	CALL_OPS,
	.deadline_ns = call_deadline_ns,
	.emit = call_no_emit,
	.series = call_no_series,
	.release = call_no_release,
	.emit_rows = call_no_emit_rows,
	.emit_record = call_no_emit_record,
	.flush = call_no_flush,
	.more = call_no_more,
	.wake_fd = call_no_wake_fd,
	.done = call_no_done,
	.info = call_no_info,
	.series_state = call_no_series_state,
	.lifetime_ns = call_no_lifetime_ns,
	.offer = call_no_offer,
	.bad = call_no_bad,
	.acknowledge = call_no_acknowledge,
	.answer_through = call_no_answer_through,
	.checkpoint = call_no_checkpoint,
	.restore = call_no_restore,
	.socket = call_no_socket,
	.watch = call_no_watch,
	.unwatch = call_no_unwatch,
};
