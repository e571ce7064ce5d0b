/* Traffic of interfaces, from /proc/net/dev. */
#include "proc.h"

/* Columns of the file behind the name. */
enum {
	RX_BYTES = 0,
	RX_ERRS = 2,
	TX_BYTES = 8,
	TX_ERRS = 10,
	TX_COLLS = 13,
	COLUMNS = 14
};

/* Megabits, of a million bits, in a byte. */
#define MEGABITS 8e-6

static struct scan
trim(struct scan s)
{
	while (s.at < s.end && *s.at == ' ')
		s.at++;
	return s;
}

/*
 * The name ends at the last colon: names may hold colons (aliases), and old
 * kernels put the first number right behind it.
 */
static bool
split_name(struct scan *line, struct scan *ret_name)
{
	const char *colon = line->end;

	while (colon > line->at && colon[-1] != ':')
		colon--;
	if (colon == line->at)
		return false;
	*ret_name = trim((struct scan){ line->at, colon - 1 });
	line->at = colon;
	return scan_size(*ret_name) > 0;
}

static int
parse_interface(struct scan line, struct table *table, struct error *err)
{
	uint64_t column[COLUMNS];
	struct scan name;
	struct row *row;
	size_t i;

	if (!split_name(&line, &name))
		return error_set(err, "\"INTERFACE:\" expected");
	for (i = 0; i < COLUMNS; i++)
		if (!scan_count(&line, &column[i]))
			return error_set(err, "%d counters expected", COLUMNS);
	row = table_add(table, name, err);
	if (row == NULL)
		return -1;
	row->counts[NET_IN] = column[RX_BYTES];
	row->counts[NET_OUT] = column[TX_BYTES];
	row->counts[NET_ERRS] = column[RX_ERRS] + column[TX_ERRS];
	row->counts[NET_COLLS] = column[TX_COLLS];
	return 0;
}

int
net_parse(struct scan text, struct table *ret, struct error *err)
{
	struct scan line;
	size_t number;

	for (number = 1; scan_line(&text, &line); number++) {
		/* Two lines of headings. */
		if (number <= 2)
			continue;
		if (parse_interface(line, ret, err) != 0)
			return error_prefix(err, "line %zu", number);
	}
	if (number <= 2)
		return error_set(err, "two lines of headings expected");
	return 0;
}

struct totals {
	double in;
	double out;
	size_t n; /* interfaces that have a rate */
};

static void
emit_interface(struct run *run, const struct row *now, const struct row *before,
    double seconds, struct totals *totals)
{
	double in, out;

	emit_count(run, now->name, "_ERRS", now->counts[NET_ERRS]);
	emit_count(run, now->name, "_COLLS", now->counts[NET_COLLS]);
	/* One that went backwards was reset: all its counters began anew. */
	if (before == NULL ||
	    !rate(now->counts[NET_IN], before->counts[NET_IN], seconds,
		MEGABITS, &in) ||
	    !rate(now->counts[NET_OUT], before->counts[NET_OUT], seconds,
		MEGABITS, &out))
		return;
	emit_double(run, now->name, "_IN", in);
	emit_double(run, now->name, "_OUT", out);
	totals->in += in;
	totals->out += out;
	totals->n++;
}

static void
emit_all(struct run *run, const struct table *now)
{
	const struct table *before = &run->past->interfaces;
	double seconds = run_seconds(run, before->mono_ns);
	struct totals totals = { .n = 0 };
	const struct row *row;
	size_t i;

	for (i = 0; i < now->n; i++) {
		row = &now->rows[i];
		if (choice_has(&run->proc->interfaces, row->name))
			emit_interface(run, row,
			    table_find(before, row->name, i), seconds, &totals);
	}
	if (totals.n == 0)
		return;
	emit_double(run, "TOTAL_NET", "_IN", totals.in);
	emit_double(run, "TOTAL_NET", "_OUT", totals.out);
	emit_double(run, "TOTAL_NET", "", totals.in + totals.out);
}

int
net_collect(struct run *run)
{
	struct table now = TABLE_INIT;
	struct scan text;

	if (run_read(run, "proc/net/dev", &text) != 0)
		return -1;
	if (net_parse(text, &now, &run->error) != 0) {
		table_free(&now);
		return run_bad_file(run);
	}
	now.mono_ns = run->mono_ns;
	emit_all(run, &now);
	table_move(&run->past->interfaces, &now);
	return 0;
}
