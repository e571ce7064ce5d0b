/*
 * A plugin of collectd's that does on its third read what `Act' says, so that
 * values have come before; built as any plugin is.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <collectd/core/daemon/collectd.h>

#include <collectd/core/daemon/plugin.h>

#define READS_BEFORE 2
#define FLOOD 200000

static char act[32];
static int reads;
static atomic_bool flooding;

static int
take_option(const char *key, const char *value)
{
	(void)key;
	(void)strncat(act, value, sizeof(act) - 1);
	return 0;
}

static int
dispatch(const char *type_instance)
{
	value_list_t list = VALUE_LIST_INIT;
	value_t value = { .gauge = 1 };

	list.values = &value;
	list.values_len = 1;
	strcpy(list.plugin, "fault");
	strcpy(list.type, "gauge");
	(void)strncat(
	    list.type_instance, type_instance, sizeof(list.type_instance) - 1);
	return plugin_dispatch_values(&list);
}

static void
hang(void)
{
	for (;;)
		pause();
}

/* More than can be written meanwhile: nothing is. */
static void
flood(void)
{
	int i;

	flooding = true;
	for (i = 0; i < FLOOD; i++)
		(void)dispatch("flood");
	flooding = false;
}

static int
take(const data_set_t *ds, const value_list_t *list, user_data_t *data)
{
	(void)ds, (void)list, (void)data;
	while (flooding)
		(void)poll(NULL, 0, 1);
	return 0;
}

/* As sstrncpy() does it: to the last byte. */
static void
dispatch_long_name(void)
{
	char name[DATA_MAX_NAME_LEN];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)dispatch(name);
}

/* Whose children it takes is not its affair. */
static void
reap(int number)
{
	(void)number;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void
misbehave(void)
{
	if (strcmp(act, "segv") == 0)
		raise(SIGSEGV);
	else if (strcmp(act, "abort") == 0)
		abort();
	else if (strcmp(act, "exit") == 0)
		exit(7);
	else if (strcmp(act, "hang") == 0)
		hang();
	else if (strcmp(act, "flood") == 0)
		flood();
	else if (strcmp(act, "long") == 0)
		dispatch_long_name();
	else if (strcmp(act, "reap") == 0)
		(void)signal(SIGCHLD, reap);
}

static int
fault_read(void)
{
	if (reads++ == READS_BEFORE)
		misbehave();
	return strcmp(act, "fail") == 0 ? -1 : dispatch("well");
}

static int
fault_init(void)
{
	if (strcmp(act, "flood") == 0)
		plugin_register_write("fault", take, NULL);
	return strcmp(act, "init") == 0 ? -1 : 0;
}

static int
fault_shutdown(void)
{
	if (strcmp(act, "stay") == 0)
		hang();
	return 0;
}

void module_register(void);

void
module_register(void)
{
	static const char *keys[] = { "Act" };

	plugin_register_config("fault", take_option, keys, 1);
	plugin_register_init("fault", fault_init);
	plugin_register_read("fault", fault_read);
	plugin_register_shutdown("fault", fault_shutdown);
}
