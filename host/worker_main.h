/* worker_main.h - farmd as a worker: the whole life of the process. */
#ifndef HOST_WORKER_MAIN_H
#define HOST_WORKER_MAIN_H

/* The option that makes farmd a worker. */
#define WORKER_OPTION "--worker"

/* Serves the socket at WORKER_FD until farmd closes it; does not return. */
_Noreturn void worker_main(void);

#endif
