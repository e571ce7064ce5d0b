#include "wait.h"

#include <errno.h>
#include <time.h>

#include "clock.h"

void
wait_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

bool
wait_until(
    pthread_cond_t *cond, pthread_mutex_t *lock, int64_t deadline_mono_ns)
{
	struct timespec when;

	if (deadline_mono_ns == INT64_MAX) {
		pthread_cond_wait(cond, lock);
		return true;
	}
	if (deadline_mono_ns < 0)
		deadline_mono_ns = 0;
	when.tv_sec = deadline_mono_ns / NS_PER_S;
	when.tv_nsec = deadline_mono_ns % NS_PER_S;
	return pthread_cond_timedwait(cond, lock, &when) != ETIMEDOUT;
}
