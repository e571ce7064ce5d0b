/* export: the farm's history as a file. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "client.h"
#include "clock.h"
#include "format.h"

/* Points of an answer, and of memory. */
#define PAGE_POINTS "50000"
#define PAGE_FEW 12500
/*
 * The daemon reads a span anew for each page of it, so spans are made small
 * enough for one page, but no smaller than this.
 */
#define STEP_FIRST (3600 * NS_PER_S)
#define STEP_MIN NS_PER_S

struct export
{
	const struct cli *cli;
	struct sink *sink;
	int64_t from_ns;
	int64_t to_ns;
	uint64_t left_out; /* values that the format cannot say */
	bool gap;
};

/* --- what the daemon answers, as rows --- */

static int
put_row(struct export *x, const struct row *row, struct error *err)
{
	int rc = x->sink->ops->put(x->sink, row, err);

	if (rc > 0) {
		(void)cli_fail(x->cli, 0, "left out: %s", err->text);
		x->left_out++;
	}
	return rc < 0 ? -1 : 0;
}

/* What stands behind an average; NULL is none. */
static void
get_average(struct row_average *a, const json_t *more)
{
	*a = (struct row_average){
		.step_ns = (int64_t)answer_number(more, "step_ns"),
		.held_ns = (int64_t)answer_number(more, "held_ns"),
		.count = (uint64_t)answer_number(more, "count"),
		.min = answer_number(more, "min"),
		.max = answer_number(more, "max"),
		.last = answer_number(more, "last"),
	};
}

/* A point is [time, value], and its type where it is not its series', or what
   else there is of an average. */
static int
put_point(struct export *x, struct row *row, const char *type,
    const json_t *point, struct error *err)
{
	const char *time = json_string_value(json_array_get(point, 0));
	const json_t *more = json_array_get(point, 2);
	const char *own = json_is_object(more) ? "double"
					       : json_string_value(more);

	get_average(&row->average, more);
	row->time_ns = 0; /* which is what null means */
	if ((time != NULL && row_get_time(row, time, err) < 0) ||
	    row_get_json(row, own != NULL ? own : type,
		json_array_get(point, 1), err) < 0)
		return error_prefix(err, "the daemon's answer");
	return put_row(x, row, err);
}

static int
put_series(struct export *x, struct arena *arena, const json_t *series,
    struct error *err)
{
	const json_t *points = json_object_get(series, "points");
	struct row row = { .series = {
			       .farm = answer_text(series, "farm"),
			       .cluster = answer_text(series, "cluster"),
			       .node = answer_text(series, "node"),
			       .parameter = answer_text(series, "parameter"),
			       .unit = answer_text(series, "unit"),
			   } };
	size_t i;

	if (row_get_kind(&row, answer_text(series, "kind"), err) < 0 ||
	    row_get_labels(
		&row, arena, json_object_get(series, "labels"), err) < 0)
		return error_prefix(err, "the daemon's answer");
	for (i = 0; i < json_array_size(points); i++)
		if (put_point(x, &row, answer_text(series, "type"),
			json_array_get(points, i), err) < 0)
			return -1;
	return 0;
}

static int
put_page(
    struct export *x, const json_t *page, size_t *points, struct error *err)
{
	const json_t *list = json_object_get(page, "series");
	struct arena *arena = arena_new(0);
	int rc = 0;
	size_t i;

	if (arena == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < json_array_size(list) && rc == 0; i++) {
		const json_t *series = json_array_get(list, i);

		rc = put_series(x, arena, series, err);
		*points += json_array_size(json_object_get(series, "points"));
	}
	arena_free(arena);
	x->gap |= json_is_true(json_object_get(page, "gap"));
	return rc;
}

/* --- spans --- */

static int
get_page(const struct export *x, int64_t from_ns, int64_t to_ns,
    const char *after, json_t **ret, struct error *err)
{
	const char *predicate = x->cli->predicate;
	struct buffer from = BUFFER_INIT;
	struct buffer to = BUFFER_INIT;
	int rc;

	time_print(&from, from_ns, 9);
	time_print(&to, to_ns, 9);
	const struct client_argument arguments[] = {
		{ "predicate", predicate == NULL ? "*" : predicate },
		{ "from", buffer_text(&from) },
		{ "to", buffer_text(&to) },
		{ "level", x->cli->level },
		{ "limit", PAGE_POINTS },
		{ "after", after },
		{ NULL, NULL },
	};
	if (buffer_failed(&from) || buffer_failed(&to))
		rc = error_set(err, "out of memory");
	else
		rc = client_get_exact(x->cli->socket, "/v1/history", arguments,
		    ROW_JSON, ret, err);
	buffer_free(&from);
	buffer_free(&to);
	return rc;
}

/* All pages from the first one on, which is given up. */
static int
put_pages(struct export *x, int64_t from_ns, int64_t to_ns, json_t *page,
    size_t *points, struct error *err)
{
	json_t *before;
	int rc;

	for (;;) {
		rc = put_page(x, page, points, err);
		before = page;
		page = NULL;
		if (rc == 0 && answer_text(before, "next")[0] != '\0')
			rc = get_page(x, from_ns, to_ns,
			    answer_text(before, "next"), &page, err);
		json_decref(before);
		if (rc < 0 || page == NULL)
			return rc;
	}
}

/* 0; 1: that was too much for one answer, a shorter span might do; -1. */
static int
put_span(struct export *x, int64_t from_ns, int64_t to_ns, size_t *points,
    struct error *err)
{
	bool shorter = to_ns - from_ns > STEP_MIN;
	const char *store;
	json_t *page;

	if (get_page(x, from_ns, to_ns, NULL, &page, err) < 0)
		return -1;
	store = answer_text(page, "store_error");
	if (store[0] != '\0' ||
	    (json_is_true(json_object_get(page, "truncated")) && shorter)) {
		error_set(err, "the store does not answer: %s", store);
		json_decref(page);
		return shorter ? 1 : -1;
	}
	return put_pages(x, from_ns, to_ns, page, points, err);
}

static int
put_all(struct export *x, struct error *err)
{
	int64_t at = x->from_ns;
	int64_t step = STEP_FIRST;

	while (at < x->to_ns) {
		size_t points = 0;
		int rc;

		if (step > x->to_ns - at)
			step = x->to_ns - at;
		rc = put_span(x, at, at + step, &points, err);
		if (rc < 0)
			return -1;
		if (rc > 0) {
			step /= 4;
			continue;
		}
		at += step;
		if (points < PAGE_FEW)
			step = step < x->to_ns / 16
				   ? step * (points == 0 ? 8 : 2)
				   : step;
	}
	return x->sink->ops->end(x->sink, err);
}

static int
parse_span(struct export *x, struct error *err)
{
	const struct cli *cli = x->cli;
	int64_t now_ns = clock_wall_ns();

	x->to_ns = now_ns;
	if (cli->from != NULL &&
	    time_parse(cli->from, now_ns, &x->from_ns, err) < 0)
		return error_prefix(err, "--from");
	if (cli->to != NULL && time_parse(cli->to, now_ns, &x->to_ns, err) < 0)
		return error_prefix(err, "--to");
	return 0;
}

/* --- where to --- */

static int
open_sink(struct export *x, const struct text_format *format, const char *path,
    int *fd, struct error *err)
{
	if (format == NULL) {
		(void)unlink(path);
		return sqlite_sink_open(&x->sink, path, err);
	}
	*fd = path == NULL
		  ? STDOUT_FILENO
		  : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (*fd < 0)
		return error_set(err, "%s: %m", path);
	return text_sink_open(&x->sink, format, *fd, err);
}

/* On the disk and in its place, or an error. */
static int
settle(const char *path, const char *output, int fd, struct error *err)
{
	if (output == NULL)
		return 0;
	if ((fd >= 0 && fsync(fd) < 0) || rename(path, output) < 0)
		return error_set(err, "%s: %m", output);
	return 0;
}

static int
write_file(struct export *x, const struct text_format *format, const char *path,
    struct error *err)
{
	int fd = -1;
	int rc;

	rc = open_sink(x, format, path, &fd, err);
	if (rc == 0) {
		rc = put_all(x, err);
		x->sink->ops->free(x->sink);
	}
	if (rc == 0)
		rc = settle(path, x->cli->output, fd, err);
	if (path != NULL && fd >= 0)
		(void)close(fd);
	if (rc < 0 && path != NULL)
		(void)unlink(path);
	return rc;
}

static int
export_to(struct export *x, const struct text_format *format)
{
	const char *output = x->cli->output;
	struct buffer path = BUFFER_INIT;
	struct error err;
	int rc;

	if (output != NULL && !x->cli->force && access(output, F_OK) == 0)
		return cli_fail(x->cli, CLI_FAILED,
		    "%s is there already; --force overwrites it", output);
	if (output != NULL)
		buffer_printf(&path, "%s.part", output);
	if (buffer_failed(&path))
		rc = error_set(&err, "out of memory");
	else
		rc = write_file(
		    x, format, output == NULL ? NULL : path.data, &err);
	buffer_free(&path);
	if (rc < 0)
		return cli_fail(x->cli, CLI_FAILED, "%s", err.text);
	if (x->gap)
		return cli_fail(x->cli, CLI_FAILED,
		    "the store is behind and memory does not reach back to "
		    "it: there is a gap");
	return x->left_out > 0 ? CLI_FAILED : CLI_FINE;
}

static int
run_export(const struct cli *cli, int argc, char **argv)
{
	const char *name = cli->format_text;
	struct export x = { .cli = cli };
	const struct text_format *format;
	struct error err;

	(void)argc, (void)argv;
	if (name == NULL && cli->output == NULL)
		name = "csv";
	if (format_find(&format, name, cli->output, &err) < 0 ||
	    parse_span(&x, &err) < 0)
		return cli_fail(cli, CLI_USAGE, "%s", err.text);
	if (format == NULL && cli->output == NULL)
		return cli_fail(cli, CLI_USAGE, "sqlite needs --output FILE");
	return export_to(&x, format);
}

const struct verb verb_export = {
	.name = "export",
	.arguments = "",
	.summary = "write history to a file, as it is",
	.help =
	    "Values of all series, or those of --predicate, from --from (all\n"
	    "there is) to --to (now), as CSV, as JSON with an object per "
	    "line,\n"
	    "in InfluxDB's line protocol, or as an SQLite database. Where "
	    "values\n"
	    "are not kept any more there are averages, each with its step;\n"
	    "--level raw leaves them out, --level 1h gives those alone. "
	    "Nothing\n"
	    "else is left out, and no value is rounded, so that `farmctl\n"
	    "import-data' can bring values back. A file is there when it is\n"
	    "whole.\n",
	.options = "xPFTLoO",
	.max = 0,
	.run = run_export,
};
