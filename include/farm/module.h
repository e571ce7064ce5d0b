/*
 * farm/module.h - the contract between farmd and a module: a collector, a
 * filter or a writer in a .so of its own.  Needs libc only; a module needs no
 * symbol of the host and exports exactly one, farm_module, which the macro
 * FARM_MODULE writes.
 *
 * Rules that hold for every callback and every function below:
 *
 * Ownership  Every pointer passed either way is borrowed for the length of the
 *            call.  Exceptions say so: targets live as long as the instance,
 *            so do options, unless reconfigure() accepts others, handles of
 *            series until it closes.
 * Threads    Instances never meet: two of them run in parallel, so a writable
 *            global is a bug.  Within one instance, each callback says what
 *            may overlap.  Use `host' only in the call that received it, on
 *            the thread it came on.
 * Errors     0 is success.  On failure return farm_fail(host, "...") once,
 *            with the file, address or line it is about and the reason (%m
 *            works).  Explain, never log: the host adds the instance's name
 *            and the time, and counts repeats.
 * Blocking   Only where a callback says so, and never past its deadline.
 *            Never install signal handlers, call exit(), fork(), or change
 *            the working directory, locale, umask or environment.
 * No data    is not zero: what could not be read is not emitted.
 *
 * The same .so runs inside the daemon or in a worker process and cannot tell.
 */
#ifndef FARM_MODULE_H
#define FARM_MODULE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/predicate.h>
#include <farm/result.h>

/*
 * The version of this contract.  A host loads a module whose major is its own
 * and whose minor is at most its own: structs grow at their end and functions
 * are appended within a major.  A module that uses nothing newer may state a
 * lower minor before it includes this header.
 */
#define FARM_ABI_MAJOR 1
#ifndef FARM_ABI_MINOR
#define FARM_ABI_MINOR 1
#endif

enum farm_role {
	FARM_COLLECTOR = 1,
	FARM_FILTER = 2,
	FARM_WRITER = 3,
};

struct farm_host;   /* whoever called; opaque but for its table of functions */
struct farm_target; /* one node that a collector instance has to read */

/* ------------------------------------------------------------- options -- */

enum farm_option_type {
	FARM_TYPE_STRING = 1,	/* const char * */
	FARM_TYPE_PATH = 2,	/* const char *, absolute after parsing */
	FARM_TYPE_INTEGER = 3,	/* int64_t */
	FARM_TYPE_NUMBER = 4,	/* double */
	FARM_TYPE_SIZE = 5,	/* int64_t, bytes: 4096, 64KiB, 1MB */
	FARM_TYPE_DURATION = 6, /* int64_t, nanoseconds: 500ms, 10s, 5m, 1d */
	FARM_TYPE_BOOLEAN = 7,	/* bool: true/false, yes/no, on/off */
	FARM_TYPE_ENUM = 8,	/* int: the index in `choices' */
	FARM_TYPE_LIST = 9,	/* struct farm_list: of strings; one is fine */
	FARM_TYPE_MAP = 10,	/* struct farm_map: string to string, in order */
	FARM_TYPE_SECRET = 11,	/* const char *; never shown; `file:' reads one */
	FARM_TYPE_ADDRESS = 12, /* struct farm_address */
	FARM_TYPE_TREE = 13,	/* const struct farm_tree *: YAML as it stands */
};

/* Strings; items is NULL if n is 0. */
struct farm_list {
	const char *const *items;
	size_t n;
};

struct farm_pair {
	const char *key;
	const char *value;
};

/* Pairs in the order of the file; keys are unique. */
struct farm_map {
	const struct farm_pair *pairs;
	size_t n;
};

/*
 * An address, not yet resolved: [SCHEME://]HOST[:PORT] with [..] round an IPv6
 * host, or unix:/PATH.  What is left out is "" or 0.
 */
struct farm_address {
	const char *text; /* as configured; "" if not set */
	const char *scheme;
	const char *host; /* "" also for the wildcard "*" */
	const char *path; /* of a unix socket */
	uint32_t port;
	uint32_t reserved;
};

enum farm_tree_kind { FARM_SCALAR = 1, FARM_SEQUENCE = 2, FARM_MAPPING = 3 };

/* A piece of configuration: a scalar, or children in order. */
struct farm_tree {
	uint32_t kind;	   /* enum farm_tree_kind */
	uint32_t quoted;   /* a scalar that stood in quotes: always a string */
	const char *key;   /* as a child of a mapping; else "" */
	const char *value; /* of a scalar; else "" */
	const struct farm_tree *const *children;
	size_t n_children;
	const char *file; /* where it stands, for error messages */
	uint32_t line;	  /* of the value, from 1 */
	uint32_t column;
};

/* Flags of an option. */
#define FARM_REQUIRED 0x0001u /* must be given; has no default */
#define FARM_LISTEN 0x0002u   /* an address that the host opens for us */
#define FARM_ADVANCED 0x0004u /* listed last in the documentation */
#define FARM_SENSITIVE 0x0008u /* never shown, as if it were a secret: for
				  trees, maps and lists that hold some */

/*
 * One option.  From this table come parsing, defaults, bounds, the errors'
 * texts, the reference page and the JSON Schema.  The host fills the fields
 * of the state before open().
 */
struct farm_option {
	const char *name;
	uint32_t type; /* enum farm_option_type; 0 ends the table */
	uint32_t flags;
	size_t offset;	      /* of the field in the state */
	const char *fallback; /* the default, as it would be written; NULL:
				 none: 0, NULL, "" or empty */
	const char *help;     /* one line, lower case, no full stop */
	double min;	      /* bounds of numbers, both included, in the */
	double max;	      /* field's unit; both 0: none */
	const char *choices;  /* of an enum: "get|walk|bulk" */
};

/* The field's offset, refused by the compiler if the field is not a TYPE. */
#define FARM_FIELD(STATE, FIELD, TYPE)                                         \
	(offsetof(STATE, FIELD) +                                              \
	    0 * sizeof(&((STATE *)0)->FIELD == (TYPE *)0))

#define FARM_OPTION_STRING(NAME, STATE, FIELD, FALLBACK, HELP)                 \
	{ .name = NAME, .type = FARM_TYPE_STRING,                              \
	  .offset = FARM_FIELD(STATE, FIELD, const char *),                    \
	  .fallback = FALLBACK, .help = HELP }
#define FARM_OPTION_PATH(NAME, STATE, FIELD, FALLBACK, HELP)                   \
	{ .name = NAME, .type = FARM_TYPE_PATH,                                \
	  .offset = FARM_FIELD(STATE, FIELD, const char *),                    \
	  .fallback = FALLBACK, .help = HELP }
#define FARM_OPTION_INTEGER(NAME, STATE, FIELD, FALLBACK, MIN, MAX, HELP)      \
	{ .name = NAME, .type = FARM_TYPE_INTEGER,                             \
	  .offset = FARM_FIELD(STATE, FIELD, int64_t),                         \
	  .fallback = FALLBACK, .min = MIN, .max = MAX, .help = HELP }
#define FARM_OPTION_NUMBER(NAME, STATE, FIELD, FALLBACK, MIN, MAX, HELP)       \
	{ .name = NAME, .type = FARM_TYPE_NUMBER,                              \
	  .offset = FARM_FIELD(STATE, FIELD, double),                          \
	  .fallback = FALLBACK, .min = MIN, .max = MAX, .help = HELP }
#define FARM_OPTION_SIZE(NAME, STATE, FIELD, FALLBACK, MIN, MAX, HELP)         \
	{ .name = NAME, .type = FARM_TYPE_SIZE,                                \
	  .offset = FARM_FIELD(STATE, FIELD, int64_t),                         \
	  .fallback = FALLBACK, .min = MIN, .max = MAX, .help = HELP }
#define FARM_OPTION_DURATION(NAME, STATE, FIELD, FALLBACK, MIN, MAX, HELP)     \
	{ .name = NAME, .type = FARM_TYPE_DURATION,                            \
	  .offset = FARM_FIELD(STATE, FIELD, int64_t),                         \
	  .fallback = FALLBACK, .min = MIN, .max = MAX, .help = HELP }
#define FARM_OPTION_BOOLEAN(NAME, STATE, FIELD, FALLBACK, HELP)                \
	{ .name = NAME, .type = FARM_TYPE_BOOLEAN,                             \
	  .offset = FARM_FIELD(STATE, FIELD, bool),                            \
	  .fallback = FALLBACK, .help = HELP }
#define FARM_OPTION_ENUM(NAME, STATE, FIELD, FALLBACK, CHOICES, HELP)          \
	{ .name = NAME, .type = FARM_TYPE_ENUM,                                \
	  .offset = FARM_FIELD(STATE, FIELD, int),                             \
	  .fallback = FALLBACK, .choices = CHOICES, .help = HELP }
#define FARM_OPTION_LIST(NAME, STATE, FIELD, FALLBACK, HELP)                   \
	{ .name = NAME, .type = FARM_TYPE_LIST,                                \
	  .offset = FARM_FIELD(STATE, FIELD, struct farm_list),                \
	  .fallback = FALLBACK, .help = HELP }
#define FARM_OPTION_MAP(NAME, STATE, FIELD, HELP)                              \
	{ .name = NAME, .type = FARM_TYPE_MAP,                                 \
	  .offset = FARM_FIELD(STATE, FIELD, struct farm_map), .help = HELP }
#define FARM_OPTION_SECRET(NAME, STATE, FIELD, HELP)                           \
	{ .name = NAME, .type = FARM_TYPE_SECRET,                              \
	  .offset = FARM_FIELD(STATE, FIELD, const char *), .help = HELP }
#define FARM_OPTION_ADDRESS(NAME, STATE, FIELD, FALLBACK, FLAGS, HELP)         \
	{ .name = NAME, .type = FARM_TYPE_ADDRESS, .flags = FLAGS,             \
	  .offset = FARM_FIELD(STATE, FIELD, struct farm_address),             \
	  .fallback = FALLBACK, .help = HELP }
#define FARM_OPTION_TREE(NAME, STATE, FIELD, HELP)                             \
	{ .name = NAME, .type = FARM_TYPE_TREE,                                \
	  .offset = FARM_FIELD(STATE, FIELD, const struct farm_tree *),        \
	  .help = HELP }
#define FARM_OPTION_END { .name = NULL }

/* ---------------------------------------------------------- catalogue -- */

/*
 * A parameter that the module produces.  `name' may hold one "*" ("*_IN").
 * Emitting by name takes kind and unit from here; documentation, Prometheus,
 * Ganglia and SQL read it too.  A name of NULL ends the table.
 */
struct farm_parameter {
	const char *name;
	uint32_t kind;	  /* enum farm_kind */
	const char *unit; /* "s", "By", "By/s", "%", "1"; NULL: none */
	const char *help; /* one line, lower case, no full stop */
};

/* ------------------------------------------------------------ targets -- */

/* One node to read.  Lives until target_close(); the names never change. */
struct farm_target {
	const char *cluster;
	const char *node;
	const char *address; /* what to contact; the node's name by default */
	void *state;	     /* target_state_size bytes, zeroed; NULL if 0 */
};

/* ------------------------------------------------------ host functions -- */

/* Values for emitting by name beyond name and value; see farm_emit(). */
struct farm_spec {
	uint32_t size; /* filled by the macros */
	uint32_t kind; /* enum farm_kind */
	const char *farm;    /* NULL: this farm */
	const char *cluster; /* NULL: the target's */
	const char *node;    /* NULL: the target's */
	const char *parameter;
	const char *unit; /* NULL with kind 0: kind and unit come from the
			     module's catalogue */
	const struct farm_label *labels;
	uint32_t n_labels;
	uint32_t reserved;
	int64_t time_ns;     /* farm_emit() only; 0: now */
	int64_t lifetime_ns; /* how long the series lives after its last
				value; the last one said counts; 0: as
				configured; below 0: likewise, but so long
				at least */
};

/* What write() answers. */
enum farm_verdict {
	FARM_DONE = 0,	   /* stored: all records of the batch */
	FARM_ACCEPTED = 1, /* taken; farm_acknowledge() follows */
	FARM_AGAIN = 2,	   /* nothing stored; give the same batch later */
	FARM_BAD = 3,	   /* nothing stored; a record can never be */
};

/* What an instance was opened for; see farm_purpose(). */
enum farm_purpose {
	FARM_FOR_WORK = 0,
	FARM_FOR_HISTORY = 1, /* a writer's second state, for history() */
	FARM_FOR_ACTION = 2,  /* only actions will be called */
};

enum farm_level { FARM_WARNING = 1, FARM_NOTICE = 2, FARM_DEBUG = 3 };

/*
 * What the host offers.  Begins with its size and only appends, so a module
 * built for minor N finds all of N's functions.  Call these through the
 * inline functions below, which document them.
 */
struct farm_host_ops {
	size_t size;
	int (*fail)(struct farm_host *, const char *format, va_list);
	void (*log)(struct farm_host *, int level, const char *format, va_list);
	int64_t (*now_ns)(struct farm_host *);
	int64_t (*deadline_ns)(struct farm_host *, struct farm_target *);
	int (*purpose)(struct farm_host *);
	int (*emit)(struct farm_host *, struct farm_target *,
	    const struct farm_spec *, struct farm_value);
	uint32_t (*series)(struct farm_host *, struct farm_target *,
	    const struct farm_spec *);
	void (*release)(struct farm_host *, uint32_t series);
	int (*emit_rows)(struct farm_host *, struct farm_target *,
	    int64_t time_ns, uint32_t flags, const struct farm_value *rows,
	    size_t n);
	int (*emit_record)(struct farm_host *, struct farm_target *, int type,
	    int64_t time_ns, const void *payload, size_t size);
	int (*flush)(struct farm_host *);
	int (*more)(struct farm_host *, struct farm_target **ret, size_t max);
	int (*wake_fd)(struct farm_host *);
	void (*done)(struct farm_host *, struct farm_target *, int failed,
	    const char *format, va_list);
	const struct farm_series *(*info)(struct farm_host *, uint32_t series);
	void *(*series_state)(struct farm_host *, uint32_t series);
	bool (*matches)(struct farm_host *, const struct farm_predicate *,
	    const struct farm_series *);
	int (*bad)(struct farm_host *, size_t record, const char *format,
	    va_list);
	void (*acknowledge)(struct farm_host *, uint64_t first, uint64_t last);
	int (*answer_through)(struct farm_host *, uint64_t position);
	int (*checkpoint)(struct farm_host *, const void *bytes, size_t size);
	const void *(*restore)(struct farm_host *, size_t *ret_size);
	int (*socket)(struct farm_host *, const char *option);
	int (*watch)(struct farm_host *, int fd, uint32_t events, void *cookie);
	void (*unwatch)(struct farm_host *, int fd);
	int (*reply)(struct farm_host *, const void *json, size_t size);
	int64_t (*lifetime_ns)(struct farm_host *, uint32_t series);
	int (*offer)(struct farm_host *, const char *name,
	    const struct farm_tree *writer);
	const char *(*farm)(struct farm_host *);
};

struct farm_host {
	const struct farm_host_ops *ops;
};

/*
 * Say why the call failed; returns -1, so that `return farm_fail(...)' reads
 * as it acts.  The first message of a call is kept.  Keeps errno.
 */
__attribute__((format(printf, 2, 3))) static inline int
farm_fail(struct farm_host *host, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	host->ops->fail(host, format, args);
	va_end(args);
	return -1;
}

/*
 * A line in the host's log that is not a failure (enum farm_level).  Rare
 * things only; repeats are summed up, debug needs to be switched on.
 */
__attribute__((format(printf, 3, 4))) static inline void
farm_log(struct farm_host *host, int level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	host->ops->log(host, level, format, args);
	va_end(args);
}

/* The wall clock, ns since 1970; a test may hold it still. */
static inline int64_t
farm_now_ns(struct farm_host *host)
{
	return host->ops->now_ns(host);
}

/*
 * When this call, or this target of a collect_many(), must be finished: ns of
 * CLOCK_MONOTONIC.  INT64_MAX where there is no deadline.
 */
static inline int64_t
farm_deadline_ns(struct farm_host *host, struct farm_target *target)
{
	return host->ops->deadline_ns(host, target);
}

/* Since 1.1.  This farm's name; not in check() and offer(). */
static inline const char *
farm_self(struct farm_host *host)
{
	return host->ops->farm(host);
}

/* What this state was opened for: enum farm_purpose. */
static inline int
farm_purpose(struct farm_host *host)
{
	return host->ops->purpose(host);
}

/*
 * Emit a value by name.  All values emitted by name for one target in one
 * call, at one time, become one result.  Fails, with the name in the message,
 * if a name is not 1 to FARM_NAME_MAX bytes of UTF-8 or the text is too long;
 * the other values are not touched by that.  farm_emit(host, target, value,
 * .parameter = "rtt", .unit = "ms", .time_ns = t) sets more than the name.
 */
#define farm_emit(HOST, TARGET, VALUE, ...)                                    \
	((HOST)->ops->emit((HOST), (TARGET),                                   \
	    &(const struct farm_spec){                                         \
		.size = sizeof(struct farm_spec), __VA_ARGS__ },               \
	    (VALUE)))

static inline int
farm_emit_double(struct farm_host *host, struct farm_target *target,
    const char *parameter, double number)
{
	return farm_emit(host, target, farm_double(number),
	    .parameter = parameter);
}

static inline int
farm_emit_int64(struct farm_host *host, struct farm_target *target,
    const char *parameter, int64_t number)
{
	return farm_emit(host, target, farm_int64(number),
	    .parameter = parameter);
}

static inline int
farm_emit_uint64(struct farm_host *host, struct farm_target *target,
    const char *parameter, uint64_t number)
{
	return farm_emit(host, target, farm_uint64(number),
	    .parameter = parameter);
}

static inline int
farm_emit_boolean(struct farm_host *host, struct farm_target *target,
    const char *parameter, bool truth)
{
	return farm_emit(host, target, farm_boolean(truth),
	    .parameter = parameter);
}

static inline int
farm_emit_text(struct farm_host *host, struct farm_target *target,
    const char *parameter, const char *text)
{
	return farm_emit(host, target,
	    farm_text(text, __builtin_strlen(text)), .parameter = parameter);
}

/*
 * A handle for one series, for farm_emit_rows(); the second and faster way to
 * emit.  farm_series(host, target, .parameter = "rtt", .unit = "ms").  The
 * same names give the same handle.  Never 0 but on failure, which is then
 * explained as by farm_fail().  The handle is this instance's until it closes
 * or calls farm_release(); keep it in the target's or the series' state.
 */
#define farm_series(HOST, TARGET, ...)                                         \
	((HOST)->ops->series((HOST), (TARGET),                                 \
	    &(const struct farm_spec){                                         \
		.size = sizeof(struct farm_spec), __VA_ARGS__ }))

/* Give a handle back: for names that come and go, such as jobs. */
static inline void
farm_release(struct farm_host *host, uint32_t series)
{
	host->ops->release(host, series);
}

/*
 * Emit `n' values of one node at one time (ns since 1970; 0: now) as one
 * result.  Each row has its series' handle.  The rows and their texts are
 * copied.  Flags: FARM_PARTIAL.  Fails if the caller may not emit more (a
 * history() that has given enough: stop and return 0).
 */
static inline int
farm_emit_rows(struct farm_host *host, struct farm_target *target,
    int64_t time_ns, uint32_t flags, const struct farm_value *rows, size_t n)
{
	return host->ops->emit_rows(host, target, time_ns, flags, rows, n);
}

/* What was in force in a slot of time, [time, time + step). */
struct farm_average {
	uint32_t series;
	uint32_t reserved;
	int64_t time_ns;
	int64_t step_ns;
	int64_t held_ns; /* for how much of it there was a value */
	uint64_t count;	 /* values measured in it */
	double mean;	 /* weighted by time */
	double min;
	double max;
	double last; /* the last one measured */
};

/*
 * In history(): an average where single values are not kept, or not asked for
 * (predicate's step_ns, level_ns); in one order with the values.  Since 1.1.
 * It is a result of one series: mean, min, max, last, count, held, step.
 */
static inline int
farm_emit_average(struct farm_host *host, const struct farm_average *a)
{
	struct farm_value rows[7] = { farm_double(a->mean),
		farm_double(a->min), farm_double(a->max), farm_double(a->last),
		farm_uint64(a->count), farm_int64(a->held_ns),
		farm_int64(a->step_ns) };

	for (size_t i = 0; i < 7; i++)
		rows[i].series = a->series;
	return host->ops->emit_rows(host, NULL, a->time_ns, FARM_AVERAGE, rows,
	    7);
}

/* Emit a record that is not a result; see enum farm_record_type. */
static inline int
farm_emit_record(struct farm_host *host, struct farm_target *target, int type,
    int64_t time_ns, const void *payload, size_t size)
{
	return host->ops->emit_record(host, target, type, time_ns, payload,
	    size);
}

/* Send on what was emitted so far, before the call returns. */
static inline int
farm_flush(struct farm_host *host)
{
	return host->ops->flush(host);
}

/*
 * In collect_many(): take up to `max' more targets that have come due since.
 * Returns how many; never blocks.
 */
static inline int
farm_more(struct farm_host *host, struct farm_target **ret, size_t max)
{
	return host->ops->more(host, ret, max);
}

/*
 * In collect_many(): a descriptor that polls readable when farm_more() has
 * targets or the host wants the call to end soon.  Read nothing from it.
 */
static inline int
farm_wake_fd(struct farm_host *host)
{
	return host->ops->wake_fd(host);
}

/* In collect_many(): this target is finished; it may come again. */
__attribute__((format(printf, 3, 4))) static inline void
farm_done_(struct farm_host *host, struct farm_target *target,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	host->ops->done(host, target, 0, format, args);
	va_end(args);
}

static inline void
farm_done(struct farm_host *host, struct farm_target *target)
{
	farm_done_(host, target, "%s", "");
}

/* In collect_many(): this target is finished and failed, and why. */
__attribute__((format(printf, 3, 4))) static inline void
farm_done_failed(struct farm_host *host, struct farm_target *target,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	host->ops->done(host, target, 1, format, args);
	va_end(args);
}

/*
 * What a handle stands for; NULL if nothing.  Filters and writers only.  In a
 * filter the answer holds for the call, in a writer until its series_state is
 * forgotten.
 */
static inline const struct farm_series *
farm_series_info(struct farm_host *host, uint32_t series)
{
	return host->ops->info(host, series);
}

/*
 * The lifetime that the series was given by whoever emits it, as in struct
 * farm_spec; 0 if none was, and it lives as configured.  Filters only: what a filter makes of a series
 * should live as long.
 */
static inline int64_t
farm_series_lifetime_ns(struct farm_host *host, uint32_t series)
{
	return host->ops->lifetime_ns(host, series);
}

/*
 * What a filter or writer remembers of a series: series_state_size bytes,
 * zeroed at first, kept until forget().  NULL only if memory is out.
 */
static inline void *
farm_series_state(struct farm_host *host, uint32_t series)
{
	return host->ops->series_state(host, series);
}

/* Do the names of a series match the predicate?  Times are not looked at. */
static inline bool
farm_matches(struct farm_host *host, const struct farm_predicate *predicate,
    const struct farm_series *series)
{
	return host->ops->matches(host, predicate, series);
}

/*
 * In write(): record number `record' of the batch can never be stored, and
 * why; SIZE_MAX if the writer cannot tell which (the host finds it by
 * halving).  Returns FARM_BAD.
 */
__attribute__((format(printf, 3, 4))) static inline int
farm_bad(struct farm_host *host, size_t record, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	host->ops->bad(host, record, format, args);
	va_end(args);
	return FARM_BAD;
}

/* In write(): not now, and why.  Returns FARM_AGAIN; the host backs off. */
__attribute__((format(printf, 2, 3))) static inline int
farm_again(struct farm_host *host, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	host->ops->fail(host, format, args);
	va_end(args);
	return FARM_AGAIN;
}

/*
 * Records with positions first..last, taken earlier with FARM_ACCEPTED, are
 * stored now.  From write(), tick() and close() of a writer.
 */
static inline void
farm_acknowledge(struct farm_host *host, uint64_t first, uint64_t last)
{
	host->ops->acknowledge(host, first, last);
}

/*
 * In history(): the answer holds everything the store has up to this
 * position, so the host goes on from there with what is newer.
 */
static inline int
farm_answer_through(struct farm_host *host, uint64_t position)
{
	return host->ops->answer_through(host, position);
}

/*
 * Remember where reading stopped.  The bytes (64 KiB at most) travel with
 * what was emitted before them and count only once that is stored.
 */
static inline int
farm_checkpoint(struct farm_host *host, const void *bytes, size_t size)
{
	return host->ops->checkpoint(host, bytes, size);
}

/* In open(): the last checkpoint of this instance, NULL if none. */
static inline const void *
farm_restore(struct farm_host *host, size_t *ret_size)
{
	return host->ops->restore(host, ret_size);
}

/*
 * The descriptor of the socket the host opened for an option flagged
 * FARM_LISTEN: bound, listening if it is a stream, non-blocking.  The host's:
 * never close it.  -1 if the option is not set.
 */
static inline int
farm_socket(struct farm_host *host, const char *option)
{
	return host->ops->socket(host, option);
}

/*
 * Call listen() when `fd' is ready for `events' (EPOLLIN, EPOLLOUT), with this
 * cookie.  Watching again changes both.  For accepted connections and the
 * module's own descriptors; those of farm_socket() are watched already.
 */
static inline int
farm_watch(struct farm_host *host, int fd, uint32_t events, void *cookie)
{
	return host->ops->watch(host, fd, events, cookie);
}

/* Before closing a watched descriptor. */
static inline void
farm_unwatch(struct farm_host *host, int fd)
{
	host->ops->unwatch(host, fd);
}

/* In an action: its answer, one JSON text.  The last one counts. */
static inline int
farm_reply(struct farm_host *host, const void *json, size_t size)
{
	return host->ops->reply(host, json, size);
}

/*
 * Since 1.1.  In offer(): a writer that comes with this instance, as it would
 * stand below `writers:', without its key.
 */
static inline int
farm_offer(struct farm_host *host, const char *name,
    const struct farm_tree *writer)
{
	return host->ops->offer(host, name, writer);
}

/* ---------------------------------------------------------- the module -- */

/*
 * Something an instance can be told to do.  A name of NULL ends the table.
 * Since 1.1 a name of "*" stands for all that the table does not have, where
 * it is the options that say what there is: its first argument is a string
 * called "action", which the host sets to the name that was called.
 */
struct farm_action {
	const char *name;
	const char *help;
	const struct farm_option *arguments; /* NULL: none */
	size_t arguments_size;
	/*
	 * Runs on a thread of the API, for at most 30 s; may overlap
	 * collect() and collect_many(), never the other callbacks of its
	 * instance.  `arguments' is filled from the table.
	 */
	int (*run)(struct farm_host *, void *state, const void *arguments);
};

/* One of collect and collect_many; a pure listener has neither. */
struct farm_collector {
	/*
	 * Read one target and emit.  On a pool thread, once per interval; may
	 * block until the deadline.  Never overlaps itself for one target;
	 * different targets run in parallel unless FARM_SERIAL.  `state' is
	 * shared, so const; what a target must remember is in target->state.
	 * A failure is the target's; what was emitted before it still counts.
	 */
	int (*collect)(struct farm_host *, const void *state,
	    struct farm_target *);
	/*
	 * Read a set of targets, all due now, and multiplex them.  On a pool
	 * thread; never overlaps itself in an instance.  Poll farm_wake_fd()
	 * and take farm_more() as they come due; say farm_done() or
	 * farm_done_failed() of each by its own deadline; those not named are
	 * done when the call returns 0, failed when it fails.  To emit may
	 * block for up to half a second where the host has no room.
	 */
	int (*collect_many)(struct farm_host *, void *state,
	    struct farm_target *const *targets, size_t n);
};

struct farm_filter {
	/*
	 * One result, holding only the values that the filter's `match' asks
	 * for, in the order of the router.  What farm_emit_rows() gives here
	 * (target NULL) goes on in its place, to later filters only; values
	 * not emitted again are gone.  On the router's thread: must not block,
	 * some 100 ns a value.  A failure passes the result on unchanged.
	 *
	 * As a tap (`tap: true', and by default what is not farmd's own), on a
	 * thread of its own or in a worker: it gets a copy, while the result
	 * itself goes on; what it gives are results of its own, for later
	 * filters.
	 */
	int (*apply)(struct farm_host *, void *state,
	    const struct farm_record *);
	size_t series_state_size;
	/* A series has expired; release what its state holds.  May be NULL. */
	void (*forget)(struct farm_host *, void *state, void *series_state);
	/*
	 * Since 1.1.  Types of records that apply() gets beside results, all
	 * of them, whatever `match' says: FARM_RECORD_BIT(FARM_AGGREGATE).
	 * Such a record has no values; it is gone unless emitted again.
	 */
	uint64_t types;
};

#define FARM_RECORD_BIT(TYPE) (UINT64_C(1) << (TYPE))

struct farm_writer {
	/*
	 * Store the batch: enum farm_verdict.  On the writer's own thread; may
	 * block, up to 60 s.  FARM_AGAIN and FARM_BAD mean that nothing of the
	 * batch was stored.  Records that the writer has no use for are done.
	 */
	int (*write)(struct farm_host *, void *state,
	    const struct farm_batch *);
	/*
	 * Answer from the store: farm_series() with all four names, then
	 * farm_emit_rows(), oldest first within a series, and
	 * farm_answer_through().  On another thread than write(), with a
	 * state of its own (FARM_FOR_HISTORY); one call at a time; at most
	 * until the deadline.  May be NULL.
	 */
	int (*history)(struct farm_host *, void *state,
	    const struct farm_predicate *);
	size_t series_state_size;
	void (*forget)(struct farm_host *, void *state, void *series_state);
	/*
	 * While it is behind, a batch is given to it of about so many values, up
	 * to 200,000; 0: 20,000.  Nothing is held back to fill one.
	 */
	size_t batch_values;
};

/* Flags of a module. */
#define FARM_SERIAL 0x0001u /* collect() for one target at a time */
/* Since 1.1.  To emit in listen() or collect() may block for up to half a second
   where the host has no room, as in collect_many(): for sources that wait. */
#define FARM_PATIENT 0x0002u
/* Since 1.1, of a collector: unless an address of its options is opened, there
   is no thread for listen() and tick() before the first farm_watch(). */
#define FARM_WATCHES_LATER 0x0004u
/* Since 1.1, of a filter: it may take its time, or runs what others wrote, so
   it is a tap unless the configuration says otherwise. */
#define FARM_TAP 0x0002u

/* What a module needs of the system; a worker gets no more. */
#define FARM_NEEDS_NETWORK 0x0001u    /* sockets */
#define FARM_NEEDS_RAW_SOCKETS 0x0002u /* CAP_NET_RAW */
#define FARM_NEEDS_EXEC 0x0004u	      /* starts programs */
#define FARM_NEEDS_FILES 0x0008u      /* writes outside its state folder */

/* The module, as its author fills it in.  Grows before the union. */
struct farm_descriptor {
	const char *summary;		       /* one line, lower case */
	const char *description;	       /* paragraphs, Markdown; or NULL */
	const struct farm_option *options;     /* NULL: none */
	const struct farm_parameter *parameters; /* NULL: not known before */
	const struct farm_action *actions;     /* NULL: none */
	const char *worker; /* program that hosts it; NULL: farmd */
	size_t state_size;
	size_t target_state_size;
	uint32_t flags;
	uint32_t needs;
	/*
	 * Make the instance ready.  `state' is zeroed but for its options.  On
	 * any thread, nothing else running in the instance; may block up to
	 * 10 s.  After a failure close() is called and open() tried again
	 * later, with backoff.  May be NULL.
	 */
	int (*open)(struct farm_host *, void *state);
	/*
	 * Other options, in `fresh', of the same layout: return 0 to go on
	 * with them, -1 to be closed and opened anew.  Nothing else runs in
	 * the instance.  The host copies the options into `state' after the
	 * call, and the old ones are gone with all they point to: leave no
	 * pointer to their texts anywhere else.  Addresses of FARM_LISTEN are
	 * the same.  NULL is -1.
	 */
	int (*reconfigure)(struct farm_host *, void *state, const void *fresh);
	/*
	 * Release everything.  Called once after open(), even a failed one:
	 * expect a half-built state.  May be NULL.
	 */
	void (*close)(struct farm_host *, void *state);
	/* A target goes away; release what its state holds.  May be NULL. */
	void (*target_close)(struct farm_host *, void *state,
	    struct farm_target *);
	/*
	 * A descriptor is ready: one of an option's own sockets (cookie: the
	 * option's struct farm_address in `state') or one of farm_watch().
	 * On the instance's own thread; never overlaps itself, tick(), write(),
	 * forget() or collect_many().  Must not block.  May be NULL.  A writer
	 * can only watch, log and fail here: its series are write()'s.
	 */
	int (*listen)(struct farm_host *, void *state, int fd, uint32_t events,
	    void *cookie);
	/*
	 * About once a second, on the thread of listen(), apply() or write().
	 * May be NULL.
	 */
	int (*tick)(struct farm_host *, void *state, int64_t now_ns);
	/*
	 * Since 1.1.  Would an instance with these options work, as far as can
	 * be told without trying?  `options' is a state with nothing but its
	 * options.  Asked by `farmctl check' and `farmctl test', and before a
	 * reload changes anything: what fails here is a bad configuration.
	 * open() must not rely on it.  On any thread, beside whatever runs in
	 * instances; may read files, for up to 10 s; must not open sockets,
	 * start threads or change anything.  Call farm_fail() once for each
	 * mistake.  A text that begins with FILE:LINE:COLUMN: (of a farm_tree)
	 * or with OPTION: or OPTION[N]: (N from 0, of a list or map) is shown
	 * at that place, any other at the instance's.  farm_log() takes
	 * warnings.  May be NULL: then a filter that came with farmd is opened
	 * and closed instead, so its open() may do no more than this.
	 */
	int (*check)(struct farm_host *, const void *options);
	/*
	 * Since 1.1.  Which writers come with a collector of these options,
	 * called `instance': farm_offer() for each.  What the configuration
	 * says of a writer of that name itself goes before.  Asked of modules
	 * that came with farmd, each time that the configuration is read;
	 * what holds for check() holds here.  A failure is a warning.  May be
	 * NULL.
	 */
	int (*offer)(struct farm_host *, const void *options,
	    const char *instance);
	union {
		struct farm_collector collector;
		struct farm_filter filter;
		struct farm_writer writer;
	};
};

/* The longest module name, in bytes. */
#define FARM_MODULE_NAME_MAX 63

/*
 * The stamp of a module: in its entry, and again in an ELF note that is read
 * before the file is loaded.  All of it is the compiler's view of this header.
 */
struct farm_stamp {
	uint32_t abi_major;
	uint32_t abi_minor;
	uint32_t role; /* enum farm_role */
	uint32_t stamp_size;
	uint32_t descriptor_size;
	uint32_t role_offset; /* of the union in the descriptor */
	uint32_t role_size;   /* of this role's struct */
	uint32_t option_size;
	uint32_t parameter_size;
	uint32_t action_size;
	char name[FARM_MODULE_NAME_MAX + 1];
	char version[32];
};

/* The one exported symbol, farm_module, is of this type. */
struct farm_entry {
	struct farm_stamp stamp;
	const struct farm_descriptor *descriptor;
};

/* The ELF note: owner "farm", type 1, described by the stamp. */
#define FARM_NOTE_OWNER "farm"
#define FARM_NOTE_TYPE 1u
struct farm_note {
	uint32_t owner_size;
	uint32_t stamp_size;
	uint32_t type;
	char owner[8];
	struct farm_stamp stamp;
};

/* The module's own version, shown to people; define it before the macro. */
#ifndef FARM_MODULE_VERSION
#define FARM_MODULE_VERSION "0"
#endif

#define FARM_ROLE_SIZE(ROLE)                                                   \
	((ROLE) == FARM_COLLECTOR    ? sizeof(struct farm_collector)           \
		: (ROLE) == FARM_FILTER ? sizeof(struct farm_filter)           \
					: sizeof(struct farm_writer))

#define FARM_STAMP(NAME, ROLE)                                                 \
	{                                                                      \
		.abi_major = FARM_ABI_MAJOR, .abi_minor = FARM_ABI_MINOR,      \
		.role = (ROLE), .stamp_size = sizeof(struct farm_stamp),       \
		.descriptor_size = sizeof(struct farm_descriptor),             \
		.role_offset = offsetof(struct farm_descriptor, collector),    \
		.role_size = FARM_ROLE_SIZE(ROLE),                             \
		.option_size = sizeof(struct farm_option),                     \
		.parameter_size = sizeof(struct farm_parameter),               \
		.action_size = sizeof(struct farm_action), .name = NAME,       \
		.version = FARM_MODULE_VERSION                                 \
	}

/*
 * FARM_MODULE(name, ROLE) = { ... };  once per module.  The name is a C
 * identifier and the file's name without ".so".
 */
#define FARM_MODULE(NAME, ROLE)                                                \
	_Static_assert(sizeof(#NAME) <= FARM_MODULE_NAME_MAX + 1,              \
	    "the name of a module is at most 63 bytes");                       \
	static const struct farm_descriptor farm_descriptor_;                  \
	__attribute__((used, section(".note.farm"), aligned(4)))               \
	static const struct farm_note farm_note_ = {                           \
		.owner_size = sizeof(FARM_NOTE_OWNER),                         \
		.stamp_size = sizeof(struct farm_stamp),                       \
		.type = FARM_NOTE_TYPE, .owner = FARM_NOTE_OWNER,              \
		.stamp = FARM_STAMP(#NAME, ROLE)                               \
	};                                                                     \
	__attribute__((used, visibility("default")))                           \
	const struct farm_entry farm_module = {                                \
		.stamp = FARM_STAMP(#NAME, ROLE),                              \
		.descriptor = &farm_descriptor_                                \
	};                                                                     \
	static const struct farm_descriptor farm_descriptor_

#endif
