/*
 * fifo.c - the writer `fifo': values as lines for whoever reads a FIFO.  Nobody
 * waits for that one: what is not read is dropped.
 */
#include <farm/module.h>

#include <inttypes.h>

#include "csv.h"
#include "pipe.h"
#include "record_lines.h"

#define BATCH_VALUES 2000

struct fifo {
	const char *path;
	int format;
	bool records;
	bool make;
	int64_t most;

	struct pipe_out pipe;
	struct buffer text;
	uint64_t told[PIPE_DROPS]; /* of what is dropped, in the log */
	bool dropping[PIPE_DROPS];
};

static const struct farm_option options[] = {
	{ .name = "path",
	    .type = FARM_TYPE_PATH,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct fifo, path, const char *),
	    .help = "of the FIFO" },
	FARM_OPTION_ENUM("format", struct fifo, format, "json", LINES_CHOICES,
	    "of its lines"),
	FARM_OPTION_BOOLEAN("records", struct fifo, records, "no",
	    "events, alarms, removals, accounting too"),
	FARM_OPTION_BOOLEAN(
	    "make", struct fifo, make, "yes", "make it if it is not there"),
	FARM_OPTION_SIZE("queue", struct fifo, most, "1MiB", 4096, 1073741824.0,
	    "of lines that wait for a slow reader; more is dropped"),
	FARM_OPTION_END
};

static const char *const reasons[] = {
	[PIPE_NO_READER] = "nobody reads",
	[PIPE_SLOW] = "the reader is too slow",
};

static int
fifo_check(struct farm_host *host, const void *options_)
{
	const struct fifo *f = options_;
	struct error err;
	int rc = 0;

	if (f->records && f->format != LINES_JSON)
		rc = farm_fail(host, "records: only JSON has words for them");
	if (pipe_check(f->path, f->make, &err) != 0)
		rc = farm_fail(host, "path: %s", err.text);
	return rc;
}

static int
fifo_open(struct farm_host *host, void *state)
{
	struct fifo *f = state;
	struct error err;

	f->pipe = (struct pipe_out)PIPE_INIT;
	f->pipe.path = f->path;
	f->pipe.make = f->make;
	f->pipe.most = (size_t)f->most;
	if (pipe_flush(&f->pipe, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
fifo_close(struct farm_host *host, void *state)
{
	struct fifo *f = state;

	(void)host;
	if (f->pipe.path != NULL)
		pipe_close(&f->pipe);
	buffer_free(&f->text);
}

/* When it begins, and how many there were when it is over. */
static void
tell(struct farm_host *host, struct fifo *f, int why)
{
	uint64_t n = f->pipe.dropped[why] - f->told[why];

	if (n > 0 && !f->dropping[why]) {
		farm_log(host, FARM_WARNING, "%s: %s, lines are dropped",
		    f->path, reasons[why]);
		f->dropping[why] = true;
	} else if (f->dropping[why] && f->pipe.fd >= 0 &&
		   f->pipe.waiting.size == 0) {
		farm_log(host, FARM_NOTICE,
		    "%s: is read again; %" PRIu64 " lines were dropped as %s",
		    f->path, n, reasons[why]);
		f->dropping[why] = false;
		f->told[why] += n;
	}
}

static int
fifo_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct fifo *f = state;
	struct error err;
	size_t i;

	buffer_clear(&f->text);
	for (i = 0; i < batch->n_records; i++)
		(void)lines_put(&f->text, (enum lines)f->format, f->records,
		    host, &batch->records[i]);
	if (buffer_failed(&f->text))
		return farm_again(host, "out of memory");
	if (f->text.size > 0 && pipe_put(&f->pipe, &f->text, &err) != 0)
		return farm_again(host, "%s", err.text);
	for (i = 0; i < PIPE_DROPS; i++)
		tell(host, f, (int)i);
	return FARM_DONE;
}

static int
fifo_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct fifo *f = state;
	struct error err;
	int i;

	(void)now_ns;
	if (pipe_flush(&f->pipe, &err) != 0)
		return farm_fail(host, "%s", err.text);
	for (i = 0; i < PIPE_DROPS; i++)
		tell(host, f, i);
	return 0;
}

static int
fifo_counts(struct farm_host *host, void *state, const void *arguments)
{
	const struct fifo *f = state;
	struct buffer b = BUFFER_INIT;
	int rc;

	(void)arguments;
	buffer_printf(&b,
	    "{\"lines\":%" PRIu64 ",\"waiting_bytes\":%zu,\"dropped\":{"
	    "\"no_reader\":%" PRIu64 ",\"slow\":%" PRIu64 "}}",
	    f->pipe.lines, f->pipe.waiting.size,
	    f->pipe.dropped[PIPE_NO_READER], f->pipe.dropped[PIPE_SLOW]);
	rc = buffer_failed(&b) ? farm_fail(host, "out of memory")
			       : farm_reply(host, b.data, b.size);
	buffer_free(&b);
	return rc;
}

static const struct farm_action actions[] = {
	{ .name = "counts",
	    .help = "lines that were read, and dropped for what",
	    .run = fifo_counts },
	{ 0 },
};

FARM_MODULE(fifo, FARM_WRITER) = {
	.summary = "values for whoever reads a FIFO",
	.description =
	    "Writes a line for each value into a FIFO (a named pipe), as "
	    "`farmctl export` writes them, for programs that want what comes "
	    "now: `jq .value </run/farm/values`.\n\n"
	    "```yaml\n"
	    "writers:\n"
	    "  live: {fifo: {path: /run/farm/values}}\n"
	    "```\n\n"
	    "Nobody waits for the reader: without one, lines are dropped, and "
	    "with one that is slow, those that the queue has no room for; "
	    "always whole lines, so one who comes begins with a whole one. "
	    "The log says when that begins and how many there were when it is "
	    "over, the action `counts` (`POST "
	    "/v1/instances/NAME/actions/counts`) how many since the start. For "
	    "programs that must get everything there is the writer `exec`.\n\n"
	    "One reader at a time: several would share the lines. CSV has the "
	    "columns `" CSV_VALUE_COLUMNS "`, without a head. With `records` "
	    "there are also lines `{\"record\":\"event\",\"time\":...,"
	    "\"instance\":...,\"payload\":{...}}`.",
	.options = options,
	.actions = actions,
	.state_size = sizeof(struct fifo),
	.needs = FARM_NEEDS_FILES,
	.check = fifo_check,
	.open = fifo_open,
	.close = fifo_close,
	.tick = fifo_tick,
	.writer = { .write = fifo_write, .batch_values = BATCH_VALUES },
};
