/* Segments of TCP, sent, received and sent again, from /proc/net/snmp. */
#include "proc.h"

static const char *const columns[TCP_COUNTS] = { "InSegs", "OutSegs",
	"RetransSegs" };

/* Two lines begin with "Tcp:": what the columns are, and their values. */
static int
parse_pair(struct scan heads, struct scan values, uint64_t ret[TCP_COUNTS],
    struct error *err)
{
	bool found[TCP_COUNTS] = { false };
	struct scan head, value;
	size_t i;

	while (scan_word(&heads, &head)) {
		if (!scan_word(&values, &value))
			return error_set(err, "fewer values than names");
		for (i = 0; i < TCP_COUNTS; i++)
			if (scan_is(head, columns[i]))
				found[i] = scan_count(&value, &ret[i]);
	}
	for (i = 0; i < TCP_COUNTS; i++)
		if (!found[i])
			return error_set(err, "no number for %s", columns[i]);
	return 0;
}

int
tcp_parse(struct scan text, uint64_t ret[TCP_COUNTS], struct error *err)
{
	struct scan heads, values;

	while (scan_line(&text, &heads)) {
		if (!scan_literal(&heads, "Tcp:"))
			continue;
		if (!scan_line(&text, &values) ||
		    !scan_literal(&values, "Tcp:"))
			return error_set(
			    err, "a second line \"Tcp:\" expected");
		return parse_pair(heads, values, ret, err);
	}
	return error_set(err, "no line \"Tcp:\"");
}

int
tcp_collect(struct run *run)
{
	struct counts *past = &run->past->tcp;
	struct counts now = { .size = TCP_COUNTS };
	struct scan text;
	double seconds;

	if (run_read(run, "proc/net/snmp", &text) != 0)
		return -1;
	if (tcp_parse(text, now.n, &run->error) != 0)
		return run_bad_file(run);
	now.mono_ns = run->mono_ns;
	seconds = run_seconds(run, past->mono_ns);
	emit_count(run, "Tcp", "RetransSegs", now.n[TCP_RETRANS]);
	emit_rate(run, "Tcp", "RetransSegs_R", now.n[TCP_RETRANS],
	    past->n[TCP_RETRANS], seconds, 1);
	emit_rate(
	    run, "Tcp", "InSegs_R", now.n[TCP_IN], past->n[TCP_IN], seconds, 1);
	emit_rate(run, "Tcp", "OutSegs_R", now.n[TCP_OUT], past->n[TCP_OUT],
	    seconds, 1);
	*past = now;
	return 0;
}
