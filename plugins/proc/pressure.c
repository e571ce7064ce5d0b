/* How long tasks had to wait for a resource, from /proc/pressure. */
#include "proc.h"

static bool
parse_line(struct scan line, double *ret)
{
	/* The word's name ends at "=", so the number begins a word. */
	while (line.at < line.end && *line.at == ' ')
		line.at++;
	return scan_literal(&line, "avg10=") && scan_decimal(&line, ret);
}

/* "some avg10=1.53 avg60=0.87 avg300=0.22 total=1234", then "full ..." */
int
pressure_parse(struct scan text, struct pressure *ret, struct error *err)
{
	struct scan line, word;
	bool has_some = false;

	*ret = (struct pressure){ .some = 0 };
	while (scan_line(&text, &line)) {
		if (!scan_word(&line, &word))
			continue;
		if (scan_is(word, "some"))
			has_some = parse_line(line, &ret->some);
		else if (scan_is(word, "full"))
			ret->has_full = parse_line(line, &ret->full);
	}
	if (!has_some)
		return error_set(err, "\"some avg10=NUMBER\" expected");
	return 0;
}

static int
collect_one(
    struct run *run, const char *path, const char *some, const char *full)
{
	struct pressure pressure;
	struct scan text;

	if (run_read(run, path, &text) != 0)
		return -1;
	if (pressure_parse(text, &pressure, &run->error) != 0)
		return run_bad_file(run);
	emit_double(run, "PSI_", some, pressure.some);
	/* Always 0 for the processors, which nobody can lack altogether. */
	if (pressure.has_full && full != NULL)
		emit_double(run, "PSI_", full, pressure.full);
	return 0;
}

int
pressure_collect(struct run *run)
{
	if (collect_one(run, "proc/pressure/cpu", "cpu_some", NULL) != 0 ||
	    collect_one(run, "proc/pressure/io", "io_some", "io_full") != 0 ||
	    collect_one(
		run, "proc/pressure/memory", "memory_some", "memory_full") != 0)
		return -1;
	return 0;
}
