#include "proc.h"

/* "0.20 0.18 0.12 1/80 11206" */
int
load_parse(struct scan text, struct load *ret, struct error *err)
{
	struct scan word, total;
	size_t i;

	for (i = 0; i < 3; i++)
		if (!scan_decimal(&text, &ret->load[i]))
			return error_set(
			    err, "load average %zu expected", i + 1);
	if (!scan_word(&text, &word))
		return error_set(err, "RUNNING/TOTAL tasks expected");
	for (total = word; total.at < total.end && *total.at != '/';)
		total.at++;
	word.end = total.at;
	if (!scan_literal(&total, "/") || !scan_count(&word, &ret->running) ||
	    !scan_count(&total, &ret->total))
		return error_set(err, "RUNNING/TOTAL tasks expected");
	return 0;
}

int
load_collect(struct run *run)
{
	struct scan text;
	struct load load;

	if (run_read(run, "proc/loadavg", &text) != 0)
		return -1;
	if (load_parse(text, &load, &run->error) != 0)
		return run_bad_file(run);
	emit_double(run, "Load", "1", load.load[0]);
	emit_double(run, "Load", "5", load.load[1]);
	emit_double(run, "Load", "15", load.load[2]);
	emit_count(run, "Tasks", "_running", load.running);
	emit_count(run, "Tasks", "_total", load.total);
	return 0;
}
