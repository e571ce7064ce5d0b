/*
 * runner.h - checks that run at once, waited for on one thread.
 */
#ifndef NAGIOS_RUNNER_H
#define NAGIOS_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"
#include "error.h"

struct runner;

/* At most so many; NULL with errno set. */
struct runner *runner_new(size_t most);
/* Kill what runs; the cookie of each is given back to forget(). */
void runner_clear(struct runner *, void (*forget)(void *cookie));
/* Nothing may run any more.  NULL is fine. */
void runner_free(struct runner *);

size_t runner_room(const struct runner *);
size_t runner_count(const struct runner *);

/* Start one more, of which there must be room. */
int runner_begin(struct runner *, const struct command_order *, void *cookie,
    struct error *);

enum runner_event {
	RUNNER_OVER,  /* *ret_cookie's; *ret is the caller's to free */
	RUNNER_WOKEN, /* wake_fd polls readable */
	RUNNER_TIME,
};

/* Wait, until `until_ns' (CLOCK_MONOTONIC; INT64_MAX: for ever).  wake_fd -1:
   none. */
enum runner_event runner_wait(struct runner *, int wake_fd, int64_t until_ns,
    struct command **ret, void **ret_cookie);

#endif
