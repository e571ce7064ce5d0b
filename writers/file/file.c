/*
 * file.c - the writer `file': values as lines of a file that is turned when it
 * is full.
 */
#include <farm/module.h>

#include "clock.h"
#include "csv.h"
#include "output.h"
#include "record_lines.h"
#include "turn.h"

enum sync { SYNC_BATCH, SYNC_INTERVAL, SYNC_NEVER };

struct file {
	const char *path;
	int format;
	bool records;
	int64_t size;
	int64_t age_ns;
	int64_t keep;
	bool pack;
	int sync;
	int64_t sync_every_ns;

	struct output output;
	struct buffer text;
	struct packing *packing; /* NULL: none under way */
	/* Positions that are written and not yet synced; last 0: none. */
	uint64_t first;
	uint64_t last;
	int64_t synced_mono_ns;
	bool lost; /* of what is not synced: the system may have given it up */
};

static const struct farm_option options[] = {
	{ .name = "path",
	    .type = FARM_TYPE_PATH,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct file, path, const char *),
	    .help = "the file; its folder must be there" },
	FARM_OPTION_ENUM("format", struct file, format, "json", LINES_CHOICES,
	    "of its lines"),
	FARM_OPTION_BOOLEAN("records", struct file, records, "no",
	    "events, alarms, removals, accounting too"),
	FARM_OPTION_SIZE("size", struct file, size, "100MiB", 0, 1e15,
	    "a file that has grown so large is turned; 0: never for that"),
	FARM_OPTION_DURATION("age", struct file, age_ns, "1d", 0, 366 * 86400e9,
	    "a file begins anew at each multiple of it since 1970; 0s: never "
	    "for that"),
	FARM_OPTION_INTEGER("keep", struct file, keep, "7", 0, TURN_KEEP_MAX,
	    "so many files that were turned stay"),
	FARM_OPTION_BOOLEAN(
	    "pack", struct file, pack, "no", "those are packed, by zstd"),
	FARM_OPTION_ENUM("sync", struct file, sync, "interval",
	    "batch|interval|never", "when what was written is on the disk"),
	FARM_OPTION_DURATION("sync_every", struct file, sync_every_ns, "5s",
	    1e9, 3600e9, "of `interval'"),
	FARM_OPTION_END
};

static int
file_check(struct farm_host *host, const void *options_)
{
	const struct file *f = options_;
	int rc = 0;

	if (f->records && f->format != LINES_JSON)
		rc = farm_fail(host, "records: only JSON has words for them");
	if (f->pack && !turn_can_pack())
		rc = farm_fail(host, "pack: this farmd was built without zstd");
	return rc;
}

static int
file_open(struct farm_host *host, void *state)
{
	struct file *f = state;
	struct error err;

	f->output = (struct output)OUTPUT_INIT;
	f->output.path = f->path;
	f->output.head = lines_head((enum lines)f->format);
	f->synced_mono_ns = clock_mono_ns();
	if (file_check(host, f) != 0)
		return -1;
	if (output_need(&f->output, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

/* After a failure the system calls good what it has not written: then nothing
   is acknowledged until all of it has come again. */
static int
sync_output(struct file *f, struct error *err)
{
	int rc = output_sync(&f->output, err);

	f->lost = f->lost || (rc != 0 && f->last != 0);
	return rc;
}

static int
sync_now(struct farm_host *host, struct file *f, struct error *err)
{
	f->synced_mono_ns = clock_mono_ns();
	if (sync_output(f, err) != 0)
		return -1;
	if (f->lost)
		return error_set(err,
		    "%s: a sync has failed: what came since the last good one "
		    "comes again when the writer is started anew",
		    f->path);
	if (f->last != 0)
		farm_acknowledge(host, f->first, f->last);
	f->last = 0;
	return 0;
}

/* What the disk has does not come again. */
static void
file_close(struct farm_host *host, void *state)
{
	struct file *f = state;
	struct error untold;

	if (f->last != 0)
		(void)sync_now(host, f, &untold);
	packing_free(f->packing);
	if (f->path != NULL && f->output.path != NULL)
		output_close(&f->output);
	buffer_free(&f->text);
}

/* -------------------------------------------------------------- turning -- */

static bool
is_full(const struct file *f, int64_t now_ns)
{
	const struct output *o = &f->output;

	if (o->size == 0)
		return false;
	if (f->size > 0 && o->size + (int64_t)f->text.size > f->size)
		return true;
	return f->age_ns > 0 && now_ns / f->age_ns != o->written_ns / f->age_ns;
}

/* One that is not packed by the next turn stays as it is. */
static int
turn(struct farm_host *host, struct file *f, struct error *err)
{
	struct error why;

	packing_free(f->packing);
	f->packing = NULL;
	if (f->sync != SYNC_NEVER && sync_output(f, err) != 0)
		return -1;
	output_close(&f->output);
	if (turn_files(f->path, f->keep, err) != 0 ||
	    output_need(&f->output, err) != 0)
		return -1;
	if (f->pack && f->keep > 0 &&
	    packing_new(&f->packing, f->path, &why) != 0)
		farm_log(host, FARM_WARNING, "not packed: %s", why.text);
	return 0;
}

static void
pack_some(struct farm_host *host, struct file *f)
{
	struct error err;
	int rc = packing_step(f->packing, &err);

	if (rc < 0)
		farm_log(host, FARM_WARNING, "not packed: %s", err.text);
	if (rc == 0)
		return;
	packing_free(f->packing);
	f->packing = NULL;
}

/* -------------------------------------------------------------- writing -- */

/* What the file has it keeps; when the disk has it depends. */
static int
settle(struct farm_host *host, struct file *f, const struct farm_batch *batch)
{
	struct error err;

	if (f->sync == SYNC_NEVER)
		return FARM_DONE;
	if (f->sync == SYNC_BATCH) {
		if (output_sync(&f->output, &err) != 0)
			return farm_again(host, "%s", err.text);
		return FARM_DONE;
	}
	if (f->last == 0)
		f->first = batch->records[0].position;
	f->last = batch->records[batch->n_records - 1].position;
	return FARM_ACCEPTED;
}

static int
add_lines(struct farm_host *host, struct file *f, struct error *err)
{
	if (output_need(&f->output, err) != 0)
		return -1;
	if (is_full(f, farm_now_ns(host)) && turn(host, f, err) != 0)
		return -1;
	return output_put(&f->output, &f->text, err);
}

static int
file_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct file *f = state;
	struct error err;
	size_t i;

	buffer_clear(&f->text);
	for (i = 0; i < batch->n_records; i++)
		(void)lines_put(&f->text, (enum lines)f->format, f->records,
		    host, &batch->records[i]);
	if (buffer_failed(&f->text))
		return farm_again(host, "out of memory");
	if (f->text.size == 0)
		return FARM_DONE;
	if (add_lines(host, f, &err) != 0)
		return farm_again(host, "%s", err.text);
	return settle(host, f, batch);
}

static int
file_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct file *f = state;
	struct error err;

	(void)now_ns;
	if (f->packing != NULL)
		pack_some(host, f);
	if (f->last == 0 ||
	    clock_mono_ns() - f->synced_mono_ns < f->sync_every_ns)
		return 0;
	if (sync_now(host, f, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

FARM_MODULE(file, FARM_WRITER) = {
	.summary = "values as lines of a file",
	.description =
	    "Adds a line to a file for each value, as `farmctl export` writes "
	    "them and `farmctl import-data` reads them:\n\n"
	    "```yaml\n"
	    "writers:\n"
	    "  text:\n"
	    "    match: \"*/workers/*/Load5\"\n"
	    "    file: {path: /var/log/farm/load.jsonl, size: 1GB, keep: 30, "
	    "pack: yes}\n"
	    "```\n\n"
	    "The file is turned when a batch would make it larger than `size`, "
	    "and with the first batch after a multiple of `age` (of UTC: with "
	    "`1d` at midnight): it becomes `PATH.1`, that `PATH.2`, and what "
	    "would be more than `keep` is removed. With `pack` it becomes "
	    "`PATH.1.zst`, 8 MiB a second, and stays as it is where that "
	    "fails or has no time until the next turn. Who moves the file away "
	    "oneself (logrotate) tells nobody: it is made anew with the next "
	    "batch. With both sizes 0 nothing is turned.\n\n"
	    "A batch is in the file whole or not at all: what a full disk took "
	    "of one is cut off, and it is given again until there is room. "
	    "What has no end of line is cut off when the file is opened.\n\n"
	    "| `sync` | a batch counts as stored |\n| --- | --- |\n"
	    "| `batch` | when the disk has it |\n"
	    "| `interval` | when the disk has it, which it is asked for every "
	    "`sync_every`; after a crash what had not come to that is there a "
	    "second time |\n"
	    "| `never` | when the system has it: nothing is lost with farmd, "
	    "something may be with the machine |\n\n"
	    "CSV has the columns `" CSV_VALUE_COLUMNS "`. With `records` "
	    "there are also lines `{\"record\":\"event\",\"time\":...,"
	    "\"instance\":...,\"payload\":{...}}`.",
	.options = options,
	.state_size = sizeof(struct file),
	.needs = FARM_NEEDS_FILES,
	.check = file_check,
	.open = file_open,
	.close = file_close,
	.tick = file_tick,
	.writer = { .write = file_write },
};
