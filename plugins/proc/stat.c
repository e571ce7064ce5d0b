/* The processors' time and new processes, from /proc/stat. */
#include "proc.h"

/* In the order of the file.  The last, guest_nice, is part of CPU_guest. */
enum { USR, NICE, SYS, IDLE, IOWAIT, INT, SOFTINT, STEAL, GUEST, GUEST_NICE };
static const char *const names[] = { "usr", "nice", "sys", "idle", "iowait",
	"int", "softint", "steal", "guest" };

static int
parse_cpu(struct scan line, struct counts *ret)
{
	while (ret->size < PAST_COUNTS && scan_count(&line, &ret->n[ret->size]))
		ret->size++;
	/* Linux 2.4 had these four. */
	return ret->size > IDLE ? 0 : -1;
}

int
stat_parse(struct scan text, struct stat_file *ret, struct error *err)
{
	struct scan line, word;

	*ret = (struct stat_file){ .cpus = 0 };
	while (scan_line(&text, &line)) {
		if (!scan_word(&line, &word))
			continue;
		if (scan_is(word, "cpu")) {
			ret->cpu.size = 0;
			if (parse_cpu(line, &ret->cpu) != 0)
				return error_set(
				    err, "4 counters expected after \"cpu\"");
		} else if (scan_literal(&word, "cpu")) {
			ret->cpus++;
		} else if (scan_is(word, "processes")) {
			ret->has_forks = scan_count(&line, &ret->forks);
			if (!ret->has_forks)
				return error_set(
				    err, "number expected after \"processes\"");
		}
	}
	if (ret->cpu.size == 0)
		return error_set(err, "no line \"cpu\"");
	return 0;
}

/*
 * How much of each kind of time has passed; false if any went backwards
 * (idle and iowait do, on some kernels) or none passed.  The kernel counts a
 * guest's time as usr or nice too; here each tick is counted once.
 */
static bool
split_time(const struct counts *now, const struct counts *before,
    uint64_t part[PAST_COUNTS], uint64_t *ret_total)
{
	uint64_t total = 0;
	size_t i;

	if (before->mono_ns == 0 || before->size != now->size)
		return false;
	for (i = 0; i < now->size; i++) {
		if (now->n[i] < before->n[i])
			return false;
		part[i] = now->n[i] - before->n[i];
		if (i < GUEST)
			total += part[i];
	}
	part[USR] -= part[GUEST] < part[USR] ? part[GUEST] : part[USR];
	part[NICE] -= part[GUEST_NICE] < part[NICE] ? part[GUEST_NICE]
						    : part[NICE];
	part[GUEST] += part[GUEST_NICE];
	*ret_total = total;
	return total > 0;
}

static void
emit_cpu(struct run *run, const struct counts *now)
{
	uint64_t part[PAST_COUNTS] = { 0 };
	uint64_t total;
	size_t i;

	if (!split_time(now, &run->past->cpu, part, &total))
		return;
	for (i = 0; i < now->size && i <= GUEST; i++)
		emit_double(run, "CPU_", names[i],
		    100 * (double)part[i] / (double)total);
	emit_double(run, "cpu_", "usage",
	    100 * (double)(total - part[IDLE] - part[IOWAIT]) / (double)total);
}

static void
emit_forks(struct run *run, uint64_t forks)
{
	struct counts *past = &run->past->forks;

	emit_count(run, "Forks", "", forks);
	emit_rate(run, "Forks", "_R", forks, past->n[0],
	    run_seconds(run, past->mono_ns), 1);
	past->n[0] = forks;
	past->mono_ns = run->mono_ns;
}

int
stat_collect(struct run *run)
{
	struct stat_file stat;
	struct scan text;

	if (run_read(run, "proc/stat", &text) != 0)
		return -1;
	if (stat_parse(text, &stat, &run->error) != 0)
		return run_bad_file(run);
	if (stat.cpus > 0)
		emit_count(run, "No", "CPUs", stat.cpus);
	emit_cpu(run, &stat.cpu);
	run->past->cpu = stat.cpu;
	run->past->cpu.mono_ns = run->mono_ns;
	if (stat.has_forks)
		emit_forks(run, stat.forks);
	return 0;
}
