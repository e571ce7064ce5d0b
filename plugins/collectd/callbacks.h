/*
 * callbacks.h - what plugins have registered to be called.
 *
 * A list never changes once it is made: registering makes another one.  Who
 * walks a list has it counted, and holds no lock while it calls: callbacks
 * register others, wait for each other and take locks of their own.
 */
#ifndef COLLECTD_CALLBACKS_H
#define COLLECTD_CALLBACKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "context.h"

enum callback_kind {
	CALLBACK_INIT,
	CALLBACK_READ,
	CALLBACK_WRITE,
	CALLBACK_FLUSH,
	CALLBACK_MISSING,
	CALLBACK_CACHE_EVENT,
	CALLBACK_NOTIFICATION,
	CALLBACK_LOG,
	CALLBACK_SHUTDOWN,
	CALLBACK_KINDS
};

struct callback {
	enum callback_kind kind;
	char *name;
	char *group; /* of a read; NULL: none */
	union {
		plugin_init_cb init;
		int (*simple_read)(void);
		plugin_read_cb read;
		plugin_write_cb write;
		plugin_flush_cb flush;
		plugin_missing_cb missing;
		plugin_cache_event_cb cache_event;
		plugin_notification_cb notification;
		plugin_log_cb log;
		plugin_shutdown_cb shutdown;
	};
	bool simple; /* a read without user data */
	user_data_t data;
	plugin_ctx_t context;
	unsigned bit; /* of a cache event, in the masks of the cache */
	atomic_uint refs;
	atomic_bool gone; /* unregistered */

	/* Of a read, with the lock of reads.c. */
	cdtime_t interval;
	cdtime_t effective;	 /* longer after failures */
	int64_t due_mono_ns;	 /* 0: at once */
	int64_t started_mono_ns; /* 0: not running */
	uint64_t runs;
	uint64_t failures;
};

struct callbacks {
	atomic_uint refs;
	size_t n;
	struct callback *items[];
};

/*
 * A callback in the context of the thread, counted once; NULL if memory is
 * out.  The user data is its own, freed with it.
 */
struct callback *callback_new(enum callback_kind, const char *name,
    const user_data_t *data);
struct callback *callback_ref(struct callback *);
void callback_unref(struct callback *); /* NULL is fine */

/*
 * Take it over into the registry, behind the others, or in place of the one of
 * its name if it may `replace' it.  0, EEXIST or ENOMEM; then it is freed.
 */
int callbacks_add(struct callback *, bool replace);
/* ENOENT if there is none of this name. */
int callbacks_remove(enum callback_kind, const char *name);
/* Remove all; what is running ends first. */
void callbacks_clear(enum callback_kind);

/* The list as it is now, NULL if it is empty. */
struct callbacks *callbacks_get(enum callback_kind);
void callbacks_put(struct callbacks *); /* NULL is fine */
size_t callbacks_count(enum callback_kind);

/* "init", "read", ...: static. */
const char *callback_kind_name(enum callback_kind);

#endif
