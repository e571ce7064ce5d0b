/* child.h - farm-gmond as a worker of farmd's. */
#ifndef GMOND_CHILD_H
#define GMOND_CHILD_H

/*
 * Serve the socket at WORKER_FD: one instance, which is opened once.  When it
 * is closed, or could not be opened, the process executes itself anew, for
 * modules cannot be unloaded.  Does not return.
 */
_Noreturn void child_main(void);

#endif
