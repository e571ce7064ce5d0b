/* Work of disks, from /proc/diskstats. */
#include "proc.h"

#include <string.h>

/* Columns of the file behind the name, since Linux 2.6. */
enum {
	READS,
	READS_MERGED,
	READ_SECTORS,
	READ_MS,
	WRITES,
	WRITES_MERGED,
	WRITTEN_SECTORS,
	WRITE_MS,
	IN_FLIGHT,
	BUSY_MS,
	COLUMNS
};

#define MIB_OF_SECTOR (512 / 1048576.0)

static int
parse_disk(struct scan line, struct table *table, struct error *err)
{
	uint64_t number[2], column[COLUMNS];
	struct scan name;
	struct row *row;
	size_t i;

	if (!scan_count(&line, &number[0]) || !scan_count(&line, &number[1]) ||
	    !scan_word(&line, &name))
		return error_set(err, "\"MAJOR MINOR NAME\" expected");
	for (i = 0; i < COLUMNS; i++)
		if (!scan_count(&line, &column[i]))
			return error_set(err, "%d counters expected", COLUMNS);
	row = table_add(table, name, err);
	if (row == NULL)
		return -1;
	row->counts[DISK_READS] = column[READS];
	row->counts[DISK_READS_MERGED] = column[READS_MERGED];
	row->counts[DISK_READ_SECTORS] = column[READ_SECTORS];
	row->counts[DISK_WRITES] = column[WRITES];
	row->counts[DISK_WRITES_MERGED] = column[WRITES_MERGED];
	row->counts[DISK_WRITTEN_SECTORS] = column[WRITTEN_SECTORS];
	row->counts[DISK_BUSY_MS] = column[BUSY_MS];
	return 0;
}

int
disk_parse(struct scan text, struct table *ret, struct error *err)
{
	struct scan line;
	size_t number;

	for (number = 1; scan_line(&text, &line); number++)
		if (parse_disk(line, ret, err) != 0)
			return error_prefix(err, "line %zu", number);
	return 0;
}

/*
 * sda1 is part of sda, nvme0n1p2 of nvme0n1, if that is there too.  Names tell
 * it everywhere; /sys, which knows, is often not there in a container.
 */
static bool
is_partition(const struct table *disks, const char *name)
{
	size_t length = strlen(name);
	char whole[64];

	if (length >= sizeof(whole))
		return false;
	memcpy(whole, name, length + 1);
	while (
	    length > 0 && whole[length - 1] >= '0' && whole[length - 1] <= '9')
		length--;
	if (length == 0 || name[length] == '\0')
		return false;
	whole[length] = '\0';
	if (table_find(disks, whole, 0) != NULL)
		return true;
	if (length < 2 || whole[length - 1] != 'p' ||
	    strchr("0123456789", whole[length - 2]) == NULL)
		return false;
	whole[length - 1] = '\0';
	return table_find(disks, whole, 0) != NULL;
}

/* What a disk did in a second. */
struct work {
	double read_mib;
	double write_mib;
	double reads;
	double writes;
	double reads_merged;
	double writes_merged;
	double busy; /* % */
};

static bool
work_of(const struct row *now, const struct row *before, double seconds,
    struct work *ret)
{
	const uint64_t *n = now->counts;
	const uint64_t *b = before->counts;

	if (!rate(n[DISK_READS], b[DISK_READS], seconds, 1, &ret->reads) ||
	    !rate(n[DISK_WRITES], b[DISK_WRITES], seconds, 1, &ret->writes) ||
	    !rate(n[DISK_READS_MERGED], b[DISK_READS_MERGED], seconds, 1,
		&ret->reads_merged) ||
	    !rate(n[DISK_WRITES_MERGED], b[DISK_WRITES_MERGED], seconds, 1,
		&ret->writes_merged) ||
	    !rate(n[DISK_READ_SECTORS], b[DISK_READ_SECTORS], seconds,
		MIB_OF_SECTOR, &ret->read_mib) ||
	    !rate(n[DISK_WRITTEN_SECTORS], b[DISK_WRITTEN_SECTORS], seconds,
		MIB_OF_SECTOR, &ret->write_mib) ||
	    !rate(n[DISK_BUSY_MS], b[DISK_BUSY_MS], seconds, 0.1, &ret->busy))
		return false;
	/* The kernel rounds to its ticks. */
	if (ret->busy > 100)
		ret->busy = 100;
	return true;
}

static void
emit_work(struct run *run, const char *prefix, const struct work *w)
{
	emit_double(run, prefix, "_ReadMBps", w->read_mib);
	emit_double(run, prefix, "_WriteMBps", w->write_mib);
	emit_double(run, prefix, "_TotalMBps", w->read_mib + w->write_mib);
	emit_double(run, prefix, "_ReadIOPS", w->reads);
	emit_double(run, prefix, "_WriteIOPS", w->writes);
	emit_double(run, prefix, "_IOPS", w->reads + w->writes);
	emit_double(run, prefix, "_ReadIOPSMerged", w->reads_merged);
	emit_double(run, prefix, "_WriteIOPSMerged", w->writes_merged);
	emit_double(
	    run, prefix, "_IOPSMerged", w->reads_merged + w->writes_merged);
	emit_double(run, prefix, "_IOUtil", w->busy);
}

struct totals {
	struct work sum;
	struct work busiest;
	size_t disks;
	size_t n; /* that have rates */
};

static void
count_work(struct totals *t, const struct work *w)
{
	t->sum.read_mib += w->read_mib;
	t->sum.write_mib += w->write_mib;
	t->sum.reads += w->reads;
	t->sum.writes += w->writes;
	t->sum.reads_merged += w->reads_merged;
	t->sum.writes_merged += w->writes_merged;
	t->sum.busy += w->busy;
	if (t->n == 0 || w->busy > t->busiest.busy)
		t->busiest = *w;
	t->n++;
}

static void
emit_totals(struct run *run, const struct totals *t)
{
	emit_count(run, "TOTAL_", "devices", t->disks);
	if (t->n == 0)
		return;
	emit_work(run, "TOTAL", &t->sum);
	emit_work(run, "MAXIOUTIL", &t->busiest);
	emit_double(run, "AVG_", "IOUtil", t->sum.busy / (double)t->n);
}

static void
emit_all(struct run *run, const struct table *now)
{
	const struct table *past = &run->past->disks;
	double seconds = run_seconds(run, past->mono_ns);
	struct totals totals = { .disks = 0 };
	const struct row *row, *before;
	struct work work;
	size_t i;

	for (i = 0; i < now->n; i++) {
		row = &now->rows[i];
		if (!choice_has(&run->proc->disks, row->name) ||
		    is_partition(now, row->name))
			continue;
		totals.disks++;
		before = table_find(past, row->name, i);
		if (before == NULL || !work_of(row, before, seconds, &work))
			continue;
		emit_work(run, row->name, &work);
		count_work(&totals, &work);
	}
	emit_totals(run, &totals);
}

int
disk_collect(struct run *run)
{
	struct table now = TABLE_INIT;
	struct scan text;

	if (run_read(run, "proc/diskstats", &text) != 0)
		return -1;
	if (disk_parse(text, &now, &run->error) != 0) {
		table_free(&now);
		return run_bad_file(run);
	}
	now.mono_ns = run->mono_ns;
	emit_all(run, &now);
	table_move(&run->past->disks, &now);
	return 0;
}
