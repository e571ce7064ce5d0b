#include "instances.h"

#include <string.h>

#include "answer.h"
#include "table.h"

/* The same instance in the earlier answer; NULL if it was not there. */
static const json_t *
find(const json_t *root, const char *name)
{
	const json_t *list = json_object_get(root, "instances");
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if (strcmp(answer_text(json_array_get(list, i), "name"),
			name) == 0)
			return json_array_get(list, i);
	return NULL;
}

static enum table_color
status_color(const char *status)
{
	if (strcmp(status, "running") == 0)
		return COLOR_GREEN;
	if (strcmp(status, "waiting") == 0)
		return COLOR_NONE;
	if (strcmp(status, "opening") == 0 || strcmp(status, "paused") == 0 ||
	    strcmp(status, "closed") == 0)
		return COLOR_YELLOW;
	return COLOR_RED;
}

static void
duration_cell(struct table *t, double ns)
{
	struct buffer text = BUFFER_INIT;

	put_duration(&text, ns);
	table_cell(t, COLOR_NONE, buffer_text(&text));
	buffer_free(&text);
}

static json_t *
ledger_of(const json_t *instance)
{
	return json_object_get(instance, "ledger");
}

/* A counter's growth per second since `before', or all of it. */
static double
rate(const json_t *now, const json_t *before, const char *key, double seconds)
{
	double n = answer_number(ledger_of(now), key);

	if (before == NULL || seconds <= 0)
		return n;
	return (n - answer_number(ledger_of(before), key)) / seconds;
}

static double
all_drops(const json_t *ledger)
{
	const char *reason;
	json_t *count;
	double sum = 0;

	json_object_foreach (json_object_get(ledger, "dropped"), reason, count)
		sum += json_number_value(count);
	return sum;
}

static void
put_row(struct table *t, const json_t *instance, const json_t *before,
    double seconds)
{
	const char *status = answer_text(instance, "status");
	const json_t *ledger = ledger_of(instance);
	double failures = answer_number(ledger, "failures");

	table_cell(t, COLOR_NONE, answer_text(instance, "name"));
	table_cell(t, status_color(status), status);
	table_printf(t, "%.0f", answer_number(instance, "nodes"));
	duration_cell(t, answer_number(instance, "every_ns"));
	table_printf(t, "%.0f", answer_number(ledger, "runs"));
	table_printf(t, "%.0f", failures);
	table_printf(t, "%.0f",
	    answer_number(ledger, "skipped") +
		answer_number(ledger, "overruns"));
	table_printf(t, "%.0f", all_drops(ledger));
	table_printf(t, "%.4g", rate(instance, before, "values", seconds));
	table_printf(
	    t, "%.3g", rate(instance, before, "cpu_ns", seconds) / 1e6);
	duration_cell(t, answer_number(ledger, "wall_p50_ns"));
	duration_cell(t, answer_number(ledger, "wall_p99_ns"));
	table_cell(t, failures > 0 ? COLOR_YELLOW : COLOR_NONE,
	    answer_text(ledger, "last_error"));
}

void
instances_table(struct buffer *out, const json_t *root, const json_t *before,
    double seconds, bool color, size_t width)
{
	static const char *const totals[] = { "INSTANCE", "STATUS", ">NODES",
		">EVERY", ">RUNS", ">FAILED", ">MISSED", ">DROPPED", ">VALUES",
		">CPU ms", ">P50", ">P99", "LAST ERROR", NULL };
	static const char *const rates[] = { "INSTANCE", "STATUS", ">NODES",
		">EVERY", ">RUNS", ">FAILED", ">MISSED", ">DROPPED",
		">VALUES/s", ">CPU ms/s", ">P50", ">P99", "LAST ERROR", NULL };
	const json_t *list = json_object_get(root, "instances");
	struct table *t = table_new(before == NULL ? totals : rates);
	const json_t *instance;
	size_t i;

	for (i = 0; t != NULL && i < json_array_size(list); i++) {
		instance = json_array_get(list, i);
		put_row(t, instance,
		    find(before, answer_text(instance, "name")), seconds);
	}
	table_print(t, out, color, width);
	table_free(t);
}
