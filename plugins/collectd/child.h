/* child.h - farm-collectd as a worker of farmd's. */
#ifndef COLLECTD_CHILD_H
#define COLLECTD_CHILD_H

/*
 * Serve the socket at WORKER_FD: one instance, which is opened once.  When it
 * is closed, or could not be opened, the process executes itself anew, for
 * nothing that collectd's plugins leave behind can be cleared away.  Does not
 * return.
 */
_Noreturn void child_main(void);

#endif
