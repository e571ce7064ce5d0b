/*
 * held.h - modules that hang for as long as a file is there.
 */
#ifndef TESTS_MODULES_HELD_H
#define TESTS_MODULES_HELD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/inotify.h>
#include <unistd.h>

/*
 * Hangs until the file is gone, for ever without one.  In one call: who slept
 * and looked would now and then be met awake, and be said to be at work.  The
 * look once a second is for a machine that has no inotify to spare.
 */
static inline void
hang_while_held(const char *path)
{
	struct pollfd gone = { .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
		.events = POLLIN };
	char events[1024];

	if (path != NULL && gone.fd >= 0)
		(void)inotify_add_watch(
		    gone.fd, path, IN_ATTRIB | IN_DELETE_SELF);
	while (path == NULL || access(path, F_OK) == 0)
		if (poll(&gone, 1, path != NULL ? 1000 : -1) > 0)
			(void)!read(gone.fd, events, sizeof(events));
	if (gone.fd >= 0)
		close(gone.fd);
}

#endif
