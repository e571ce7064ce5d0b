/*
 * A metric module of gmond's with a metric of every type, and one that does
 * what its parameter "do" says: crash, exit, hang, init_hang, init_fail.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../plugins/gmond/abi.h"

/* APR's; in the process because its host has opened it for all. */
extern void *apr_table_make(void *pool, int n);
extern void apr_table_add(void *table, const char *key, const char *value);

struct array {
	void *pool;
	int size;
	int n;
	int room;
	struct gmond_abi_param *items;
};

extern struct gmond_abi_module odd_module;
static const char *what = "";
static int n_inits;

#define METRIC(NAME, TYPE, UNITS, SLOPE)                                       \
	{                                                                      \
		.key = 0, .name = NAME, .tmax = 60, .type = TYPE,              \
		.units = UNITS, .slope = SLOPE, .format = "",                  \
		.message_size = 0, .description = "an odd one"                 \
	}

static struct gmond_abi_metric metrics[] = {
	METRIC("odd_text", GMOND_ABI_STRING, "", "zero"),
	METRIC("odd_ushort", GMOND_ABI_USHORT, "KB", "both"),
	METRIC("odd_short", GMOND_ABI_SHORT, "", "negative"),
	METRIC("odd_uint", GMOND_ABI_UINT, "bytes/sec", "positive"),
	METRIC("odd_int", GMOND_ABI_INT, "", "both"),
	METRIC("odd_float", GMOND_ABI_FLOAT, "%", "both"),
	METRIC("odd_double", GMOND_ABI_DOUBLE, "s", "both"),
	METRIC("odd_nan", GMOND_ABI_DOUBLE, "", "both"),
	METRIC("odd_spoof", GMOND_ABI_INT, "", "both"),
	METRIC("load_one", GMOND_ABI_FLOAT, "", "both"),
	METRIC("mem_free", GMOND_ABI_UINT, "KB", "both"),
	METRIC("odd_act", GMOND_ABI_INT, "", "both"),
	{ .name = NULL },
};

static int
odd_init(void *pool)
{
	const struct array *list = odd_module.params_list;
	int i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->items[i].name, "do") == 0)
			what = list->items[i].value;
	for (i = 0; metrics[i].name != NULL; i++) {
		metrics[i].metadata = apr_table_make(pool, 2);
		apr_table_add(metrics[i].metadata, "GROUP", "odd");
	}
	apr_table_add(metrics[8].metadata, "SPOOF_HOST", "10.0.0.9:other");
	while (strcmp(what, "init_hang") == 0)
		(void)pause();
	n_inits++;
	return strcmp(what, "init_fail") == 0 ? -1 : 0;
}

static void
act(void)
{
	if (strcmp(what, "crash") == 0)
		abort();
	if (strcmp(what, "exit") == 0)
		exit(7);
	while (strcmp(what, "hang") == 0)
		(void)pause();
}

static union gmond_abi_value
odd_handler(int metric)
{
	union gmond_abi_value v = { .int32 = 0 };
	static unsigned count;

	switch (metric) {
	case 0: /* all of the room, and é as Latin-1 has it */
		memset(v.text, 'x', sizeof(v.text));
		v.text[0] = (char)0xe9;
		break;
	case 1:
		v.uint16 = 65535;
		break;
	case 2:
		v.int16 = -32768;
		break;
	case 3:
		v.uint32 = 4294967295U;
		break;
	case 4:
		v.int32 = n_inits - 2147483647 - 2;
		break;
	case 5:
		v.single = 5.4f;
		break;
	case 6:
		v.number = 1e300;
		break;
	case 7:
		v.number = NAN;
		break;
	case 9:
		v.single = 0.25f;
		break;
	case 10:
		v.uint32 = 2048;
		break;
	case 11:
		act();
		v.int32 = (int)++count;
		break;
	default:
		v.int32 = 9;
	}
	return v;
}

struct gmond_abi_module odd_module = {
	.version = GMOND_ABI_VERSION,
	.file = "odd.c",
	.magic = GMOND_ABI_MAGIC,
	.init = odd_init,
	.metrics = metrics,
	.handler = odd_handler,
};
