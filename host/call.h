/*
 * call.h - one call into a module: the host side of struct farm_host.  Each
 * station has a struct that begins with a struct call, and a table of
 * functions made of these common ones and its own.
 */
#ifndef HOST_CALL_H
#define HOST_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/module.h>

#include "buffer.h"
#include "error.h"

struct instance;

struct call {
	struct farm_host host; /* first: what the module sees */
	struct instance *instance;
	enum farm_purpose purpose;
	int64_t deadline_mono_ns; /* INT64_MAX: none */
	bool failed;
	struct error error;   /* the first failure's text */
	struct buffer *reply; /* of an action; NULL otherwise */
};

/* A call into `instance' with this table; INT64_MAX and FOR_WORK at first. */
void call_init(struct call *, const struct farm_host_ops *, struct instance *);

/*
 * The table in which every function is there: fail, log, now_ns, deadline_ns,
 * purpose, matches and reply work everywhere; the others fail with "... is not
 * available in this callback".  Stations copy it and replace theirs.
 */
extern const struct farm_host_ops call_ops;

/* What these tables are made of: first of all CALL_OPS. */
#define CALL_OPS                                                               \
	.size = sizeof(struct farm_host_ops), .fail = call_fail,               \
	.log = call_log, .now_ns = call_now_ns, .purpose = call_purpose,       \
	.matches = call_matches, .reply = call_reply, .farm = call_farm
int call_fail(struct farm_host *host, const char *format, va_list args);
void call_log(
    struct farm_host *host, int level, const char *format, va_list args);
int64_t call_now_ns(struct farm_host *host);
int64_t call_deadline_ns(struct farm_host *host, struct farm_target *target);
int call_purpose(struct farm_host *host);
const char *call_farm(struct farm_host *host);
bool call_matches(struct farm_host *host,
    const struct farm_predicate *predicate, const struct farm_series *series);
int call_reply(struct farm_host *host, const void *json, size_t size);
int call_no_emit(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec, struct farm_value value);
uint32_t call_no_series(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec);
void call_no_release(struct farm_host *host, uint32_t series);
int call_no_emit_rows(struct farm_host *host, struct farm_target *target,
    int64_t time_ns, uint32_t flags, const struct farm_value *rows, size_t n);
int call_no_emit_record(struct farm_host *host, struct farm_target *target,
    int type, int64_t time_ns, const void *payload, size_t size);
int call_no_flush(struct farm_host *host);
int call_no_more(struct farm_host *host, struct farm_target **ret, size_t max);
int call_no_wake_fd(struct farm_host *host);
void call_no_done(struct farm_host *host, struct farm_target *target,
    int failed, const char *format, va_list args);
const struct farm_series *call_no_info(struct farm_host *host, uint32_t series);
void *call_no_series_state(struct farm_host *host, uint32_t series);
int64_t call_no_lifetime_ns(struct farm_host *host, uint32_t series);
int call_no_offer(struct farm_host *host, const char *name,
    const struct farm_tree *writer);
int call_no_bad(
    struct farm_host *host, size_t record, const char *format, va_list args);
void call_no_acknowledge(struct farm_host *host, uint64_t first, uint64_t last);
int call_no_answer_through(struct farm_host *host, uint64_t position);
int call_no_checkpoint(struct farm_host *host, const void *bytes, size_t size);
const void *call_no_restore(struct farm_host *host, size_t *ret_size);
int call_no_socket(struct farm_host *host, const char *option);
int call_no_watch(
    struct farm_host *host, int fd, uint32_t events, void *cookie);
void call_no_unwatch(struct farm_host *host, int fd);

#endif
