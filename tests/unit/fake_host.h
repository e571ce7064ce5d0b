/*
 * fake_host.h - a host for testing modules without the daemon.  It records
 * what a module says and fails the test (cmocka) on what a host would not
 * survive, such as an unknown handle.
 *
 * Compile the module's sources into the test and reach it by its symbol:
 *
 *	extern const struct farm_entry farm_module;
 *
 *	struct fake_host *fake = fake_new(&farm_module);
 *	struct farm_target *target = fake_target(fake, "workers", "n1", "");
 *
 *	fake_options(fake, "root", path, "groups", "[load, net]", NULL);
 *	assert_int_equal(fake_open(fake), 0);
 *	assert_int_equal(fake_collect(fake, target), 0);
 *	assert_double_equal(fake_value(fake, "n1", "Load1"), 0.25, 0);
 *	fake_free(fake);
 *
 * Everything a test may look at or set is a field.  Not thread-safe, except
 * that fake_due() and fake_end() may come from another thread than the one in
 * collect_many().
 */
#ifndef TESTS_FAKE_HOST_H
#define TESTS_FAKE_HOST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

/* The farm that "this farm" is. */
#define FAKE_FARM "testfarm"

/* One emitted value; names, unit and text are copies that end in NUL. */
struct fake_value {
	const char *farm;
	const char *cluster;
	const char *node;
	const char *parameter;
	const char *unit; /* "" if none */
	uint32_t kind;
	uint32_t flags;	  /* of farm_emit_rows() */
	const struct farm_label *labels;
	uint32_t n_labels;
	int64_t time_ns;  /* never 0 */
	int64_t lifetime_ns;
	size_t call; /* values of one farm_emit_rows() share it, from 1;
			each by name has its own */
	struct farm_value value;
};

/* One record of farm_emit_record(). */
struct fake_record {
	int type;
	int64_t time_ns;
	struct farm_target *target;
	const char *payload; /* size bytes, then a NUL */
	size_t size;
};

struct fake_log {
	int level;
	const char *text;
};

/* One farm_done() or farm_done_failed(). */
struct fake_done {
	struct farm_target *target;
	bool failed;
	const char *text;
};

struct fake_series {
	struct farm_series names;
	int64_t lifetime_ns;
	bool released;
	void *state; /* NULL until farm_series_state() */
	uint32_t next; /* handle of another of the same place; 0: none */
};

/* Places of series by their names. */
#define FAKE_PLACES 8192

struct fake_watch {
	int fd;
	uint32_t events;
	void *cookie;
};

struct fake_range {
	uint64_t first;
	uint64_t last;
};

struct fake_host {
	struct farm_host host; /* first: a module gets &fake->host */
	const struct farm_descriptor *module;
	uint32_t role;
	void *state; /* the instance's */

	/* What the module is told; set them at will. */
	int64_t now_ns;
	int64_t deadline_ns; /* INT64_MAX */
	int purpose;
	size_t emit_max;     /* further values are refused; 0: no bound */
	const void *restore; /* for farm_restore() */
	size_t restore_size;

	/* What it said. */
	char *failure; /* the first since the last call; NULL if none */
	struct fake_value *values;
	size_t n_values;
	struct fake_record *records;
	size_t n_records;
	struct fake_log *logs;
	size_t n_logs;
	struct fake_done *dones;
	size_t n_dones;
	struct fake_range *acknowledged;
	size_t n_acknowledged;
	size_t n_flushes;
	const void *checkpoint; /* the last; NULL if none */
	size_t checkpoint_size;
	size_t n_checkpoints;
	size_t bad_record; /* of the last farm_bad() */
	uint64_t answered_through;
	const char *reply; /* the last; NULL if none */

	/* What it asked for. */
	struct fake_series *series; /* handle h is series[h - 1] */
	size_t n_series;
	uint32_t places[FAKE_PLACES]; /* handles; 0: none */
	struct fake_watch *watches;
	size_t n_watches;

	/* The fake's own. */
	struct farm_target **targets;
	size_t n_targets;
	struct fake_socket *sockets;
	size_t n_sockets;
	pthread_mutex_t lock; /* of the next three */
	struct farm_target **due;
	size_t n_due;
	bool ended;
	int wake_fd;
	size_t n_calls;
	void **blocks;
	size_t n_blocks;
	struct arena *arena; /* of the options */
	bool opened;
};

/* `module' may be NULL for what only emits.  Never NULL. */
struct fake_host *fake_new(const struct farm_entry *module);
/* Closes targets and the instance as the host does; NULL is fine. */
void fake_free(struct fake_host *);

/* A target, the fake's until fake_free().  address "": the node. */
struct farm_target *fake_target(struct fake_host *, const char *cluster,
    const char *node, const char *address);
/* The target goes away: target_close(), then its memory. */
void fake_target_close(struct fake_host *, struct farm_target *);

/* Call the module; each forgets the failure of the call before. */
int fake_check(struct fake_host *); /* of an instance that is not open */
int fake_open(struct fake_host *);
int fake_collect(struct fake_host *, struct farm_target *);
int fake_collect_many(struct fake_host *, struct farm_target *const *targets,
    size_t n);
int fake_write(struct fake_host *, const struct farm_batch *);
int fake_history(struct fake_host *, const struct farm_predicate *);
int fake_tick(struct fake_host *); /* at now_ns */

/* The instance's state, made with its options' defaults at first. */
void *fake_state(struct fake_host *);
/*
 * Set options before fake_open(): pairs of name and value as one would write
 * them, then NULL.  Fails the test with what is wrong with them.
 */
__attribute__((sentinel)) void fake_options(struct fake_host *, ...);
/* The same for one, and what is wrong; "" if nothing. */
const char *fake_option(struct fake_host *, const char *name,
    const char *value);

/* Make a target due for farm_more(), with the wake descriptor readable. */
void fake_due(struct fake_host *, struct farm_target *);
/* Leave the wake descriptor readable: the host wants the call to end. */
void fake_end(struct fake_host *);
/* What farm_socket() gives for an option; stays the test's to close. */
void fake_socket(struct fake_host *, const char *option, int fd);
/* A series expires: forget(), then its state is gone. */
void fake_forget(struct fake_host *, uint32_t series);

/* Forget what was said so far; handles and watches stay. */
void fake_clear(struct fake_host *);

/* Why the last call failed; "" if it did not say. */
const char *fake_failure(const struct fake_host *);
/* The last value of a parameter; NULL if there is none. */
const struct fake_value *fake_find(const struct fake_host *, const char *node,
    const char *parameter);
bool fake_has(const struct fake_host *, const char *node,
    const char *parameter);
/*
 * The same as a number or a text; fails the test, with a list of what is
 * there, if it is not, or is of another type.
 */
double fake_value(const struct fake_host *, const char *node,
    const char *parameter);
const char *fake_text(const struct fake_host *, const char *node,
    const char *parameter);
/* How many values there are of a node; NULL: of all. */
size_t fake_count(const struct fake_host *, const char *node);
/* Every value on stderr. */
void fake_print(const struct fake_host *);

#endif
