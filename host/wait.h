/* wait.h - conditions that wait by the monotonic clock. */
#ifndef HOST_WAIT_H
#define HOST_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

void wait_init(pthread_cond_t *);
/* False once the deadline has passed; INT64_MAX: no deadline. */
bool wait_until(pthread_cond_t *, pthread_mutex_t *, int64_t deadline_mono_ns);

#endif
