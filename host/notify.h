/*
 * notify.h - what the service manager is told: one datagram to the socket that
 * NOTIFY_SOCKET names, as systemd's sd_notify(3) does.  Without that variable
 * nothing is sent.  Any thread; never blocks.
 */
#ifndef HOST_NOTIFY_H
#define HOST_NOTIFY_H

#include <stdint.h>

#include "buffer.h"
#include "error.h"

/*
 * Take NOTIFY_SOCKET and WATCHDOG_USEC out of the environment, so that no
 * child speaks in our name.  Before any thread is made.
 */
void notify_setup(void);

/* Up, or up again after a reload. */
void notify_ready(void);
/* Followed by notify_ready(), whether the new configuration was taken or not. */
void notify_reloading(void);
void notify_stopping(void);
/* One line for people; what does not fit a line is made to. */
void notify_status(const char *text);

/* How often the manager wants notify_alive(): what it gives us, 0 if it does
   not watch this process. */
int64_t notify_watchdog_ns(void);
void notify_alive(void);

/*
 * The pure half.  Put "KEY=VALUE\n"; control characters become blanks, for one
 * newline would begin another assignment.
 */
void notify_put(struct buffer *, const char *key, const char *value);
/* The address of "/path" or "@abstract"; returns its length, -1 if it is
   neither or too long. */
struct sockaddr_un;
int notify_address(const char *text, struct sockaddr_un *ret, struct error *);
/* WATCHDOG_USEC and WATCHDOG_PID (NULL: not set) as ns for process `pid'. */
int64_t notify_watchdog(const char *usec, const char *for_pid, long pid);

#endif
