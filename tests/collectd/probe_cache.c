/* probe_cache.c - what the value cache answers. */
#include "probe.h"

static const cdtime_t start = TIME_T_TO_CDTIME_T_STATIC(1700000000);

/* Dispatch and wait, at most five seconds, until the cache has it. */
static void
dispatch(const char *type, const char *instance, value_t value, int second)
{
	value_list_t vl = { .values = &value, .values_len = 1 };
	struct timespec pause = { 0, 1000000 };
	const data_set_t *ds = plugin_get_ds(type);
	value_t *seen;
	char name[600];
	size_t n;
	int tries;

	strcpy(vl.host, "host");
	strcpy(vl.plugin, "probe");
	strcpy(vl.type, type);
	strcpy(vl.type_instance, instance);
	vl.time = start + TIME_T_TO_CDTIME_T(second);
	vl.interval = TIME_T_TO_CDTIME_T(10);
	FORMAT_VL(name, sizeof(name), &vl);
	plugin_dispatch_values(&vl);
	for (tries = 0; tries < 5000; tries++) {
		seen = NULL;
		if (uc_get_value_by_name(name, &seen, &n) == 0 &&
		    memcmp(seen, &value, sizeof(value)) == 0)
			tries = 5000;
		free(seen);
		nanosleep(&pause, NULL);
	}
	(void)ds;
}

static void
answer(FILE *out, const char *type, const char *instance)
{
	value_list_t vl = { .values_len = 1 };
	gauge_t *rates, *by_name = NULL, history[5];
	char name[600];
	size_t i, n = 0;
	const data_set_t *ds = plugin_get_ds(type);
	int status;

	strcpy(vl.host, "host");
	strcpy(vl.plugin, "probe");
	strcpy(vl.type, type);
	strcpy(vl.type_instance, instance);
	FORMAT_VL(name, sizeof(name), &vl);
	rates = uc_get_rate(ds, &vl);
	status = uc_get_rate_by_name(name, &by_name, &n);
	fprintf(out, "%s rate %g by name %d %g %zu", name,
	    rates == NULL ? 42 : rates[0], status,
	    by_name == NULL ? 42 : by_name[0], n);
	free(rates);
	free(by_name);
	status = uc_get_history_by_name(name, history, 5, 1);
	fprintf(out, " history %d", status != 0);
	for (i = 0; status == 0 && i < 5; i++)
		fprintf(out, " %g", history[i]);
	fprintf(out, " state %d hits %d", uc_get_state(ds, &vl),
	    uc_get_hits(ds, &vl));
	fprintf(out, " set %d", uc_set_state(ds, &vl, STATE_WARNING));
	fprintf(out, " %d", uc_set_hits(ds, &vl, 5));
	fprintf(out, " %d", uc_inc_hits(ds, &vl, 2));
	fprintf(out, " %d %d\n", uc_get_state(ds, &vl), uc_get_hits(ds, &vl));
}

static void
meta(FILE *out)
{
	value_list_t vl = { .values_len = 1 };
	uint64_t u = 42;
	int64_t i = 42;
	double d = 42;
	int status;

	strcpy(vl.host, "host");
	strcpy(vl.plugin, "probe");
	strcpy(vl.type, "gauge");
	strcpy(vl.type_instance, "a");
	fprintf(out, "uc_meta %d", uc_meta_data_add_unsigned_int(&vl, "u", 7));
	status = uc_meta_data_get_unsigned_int(&vl, "u", &u);
	fprintf(out, " %d %" PRIu64, status, u);
	status = uc_meta_data_get_signed_int(&vl, "u", &i);
	fprintf(out, " %d %" PRId64, status, i);
	status = uc_meta_data_get_double(&vl, "none", &d);
	fprintf(out, " %d %g", status, d);
	strcpy(vl.type_instance, "none");
	fprintf(out, " unknown %d", uc_meta_data_add_double(&vl, "d", 7) != 0);
	fprintf(out, " %d\n", uc_meta_data_get_double(&vl, "d", &d) != 0);
}

static void
walk(FILE *out)
{
	uc_iter_t *iter = uc_get_iterator();
	cdtime_t time = 0, interval = 0;
	meta_data_t *md;
	value_t *values;
	size_t n = 0;
	char *name;

	fprintf(out, "before %d\n", uc_iterator_get_time(iter, &time) != 0);
	while (uc_iterator_next(iter, &name) == 0) {
		if (strncmp(name, "host/probe/", 11) != 0)
			continue;
		values = NULL;
		md = NULL;
		fprintf(out, "iterate %s %d %d %d %d", name,
		    uc_iterator_get_time(iter, &time),
		    uc_iterator_get_interval(iter, &interval),
		    uc_iterator_get_values(iter, &values, &n),
		    uc_iterator_get_meta(iter, &md));
		fprintf(out, " %g %g %zu meta %d\n",
		    CDTIME_T_TO_DOUBLE(time - start),
		    CDTIME_T_TO_DOUBLE(interval), n, md != NULL);
		free(values);
		meta_data_destroy(md);
	}
	fprintf(out, "after %d\n", uc_iterator_next(iter, &name) != 0);
	uc_iterator_destroy(iter);
	uc_iterator_destroy(NULL);
}

void
probe_cache(FILE *out)
{
	gauge_t history[2];
	int i;

	answer(out, "gauge", "none");
	dispatch("gauge", "a", (value_t){ .gauge = 1 }, 0);
	answer(out, "gauge", "a");
	uc_get_history_by_name("host/probe/gauge-a", history, 2, 1);
	for (i = 1; i < 4; i++)
		dispatch("gauge", "a", (value_t){ .gauge = i * i + 1 }, i * 10);
	answer(out, "gauge", "a");
	dispatch("derive", "d", (value_t){ .derive = 100 }, 0);
	answer(out, "derive", "d");
	dispatch("derive", "d", (value_t){ .derive = 150 }, 10);
	answer(out, "derive", "d");
	dispatch("derive", "d", (value_t){ .derive = 20 }, 20);
	answer(out, "derive", "d");
	dispatch("counter", "c", (value_t){ .counter = 4294967290u }, 0);
	dispatch("counter", "c", (value_t){ .counter = 4 }, 10);
	answer(out, "counter", "c");
	dispatch("absolute", "s", (value_t){ .absolute = 50 }, 0);
	answer(out, "absolute", "s");
	dispatch("absolute", "s", (value_t){ .absolute = 70 }, 10);
	answer(out, "absolute", "s");
	/* Outside of the type's range. */
	dispatch("percent", "p", (value_t){ .gauge = 120 }, 0);
	answer(out, "percent", "p");
	dispatch("percent", "p", (value_t){ .gauge = 20 }, 10);
	answer(out, "percent", "p");
	meta(out);
	walk(out);
}
