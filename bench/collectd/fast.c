/*
 * A plugin of collectd's that dispatches as fast as the daemon that it is in
 * lets it, and counts what comes back to its write callback.  No more than
 * IN_FLIGHT lists are on their way: fewer than there are series, so that none
 * is overtaken by its own next value.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <collectd/core/daemon/collectd.h>

#include <collectd/core/daemon/plugin.h>

#define SERIES 10000
#define IN_FLIGHT 5000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t written = PTHREAD_COND_INITIALIZER;
static atomic_ulong n_dispatched, n_written;
static atomic_bool stopping;
static pthread_t thread;
static const char *report; /* a file that is told how many were written */

static void
wait_for_writes(void)
{
	pthread_mutex_lock(&lock);
	while (n_dispatched - n_written > IN_FLIGHT / 2 && !stopping)
		pthread_cond_wait(&written, &lock);
	pthread_mutex_unlock(&lock);
}

static void *
dispatch_all(void *unused)
{
	value_list_t list = VALUE_LIST_INIT;
	value_t value = { .gauge = 0 };
	unsigned long n;

	(void)unused;
	list.values = &value;
	list.values_len = 1;
	strcpy(list.plugin, "fast");
	strcpy(list.type, "gauge");
	while (!stopping) {
		n = n_dispatched++;
		value.gauge = (gauge_t)n;
		(void)snprintf(list.type_instance, sizeof(list.type_instance),
		    "%lu", n % SERIES);
		(void)plugin_dispatch_values(&list);
		if (n - n_written >= IN_FLIGHT)
			wait_for_writes();
	}
	return NULL;
}

static int
take(const data_set_t *ds, const value_list_t *list, user_data_t *data)
{
	unsigned long n = ++n_written;

	(void)ds, (void)list, (void)data;
	if (n_dispatched - n > IN_FLIGHT / 2)
		return 0;
	pthread_mutex_lock(&lock);
	pthread_cond_signal(&written);
	pthread_mutex_unlock(&lock);
	return 0;
}

static int
tell(void)
{
	FILE *f = report != NULL ? fopen(report, "w") : NULL;

	if (f == NULL)
		return 0;
	(void)fprintf(f, "%lu\n", n_written);
	(void)fclose(f);
	return 0;
}

static int
start(void)
{
	report = getenv("FAST_REPORT");
	return plugin_thread_create(&thread, dispatch_all, NULL, "fast");
}

static int
stop(void)
{
	stopping = true;
	pthread_mutex_lock(&lock);
	pthread_cond_signal(&written);
	pthread_mutex_unlock(&lock);
	return 0;
}

void module_register(void);

void
module_register(void)
{
	plugin_register_init("fast", start);
	plugin_register_read("fast", tell);
	plugin_register_write("fast", take, NULL);
	plugin_register_shutdown("fast", stop);
}
