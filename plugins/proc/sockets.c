/* Sockets by kind, and those of TCP by state, from /proc/net. */
#include "proc.h"

/* By the kernel's number; 12 is a request not yet answered. */
static const char *const names[] = { "UNKNOWN", "ESTABLISHED", "SYN_SENT",
	"SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSED",
	"CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING" };
#define NEW_SYN_RECV 12
#define SYN_RECV 3

/* "   0: 0100007F:1F90 00000000:0000 0A ..." */
static int
parse_state(struct scan line, uint64_t *ret)
{
	struct scan word;

	if (!scan_word(&line, &word) || !scan_word(&line, &word) ||
	    !scan_word(&line, &word) || !scan_hex(&line, ret))
		return -1;
	if (*ret == NEW_SYN_RECV)
		*ret = SYN_RECV;
	if (*ret >= SOCKET_STATES)
		*ret = 0;
	return 0;
}

int
sockets_parse(
    struct scan text, uint64_t states[SOCKET_STATES], struct error *err)
{
	struct scan line;
	uint64_t state;
	size_t number;

	if (!scan_line(&text, &line))
		return error_set(err, "a line of headings expected");
	for (number = 2; scan_line(&text, &line); number++) {
		if (parse_state(line, &state) != 0)
			return error_set(err,
			    "line %zu: \"N: LOCAL REMOTE STATE\" expected",
			    number);
		states[state]++;
	}
	return 0;
}

/* Add the sockets of one file; a protocol that is not there has none. */
static int
count_file(struct run *run, const char *path, uint64_t states[SOCKET_STATES])
{
	struct scan text;

	if (run_read(run, path, &text) != 0)
		return run->missing ? 0 : -1;
	if (sockets_parse(text, states, &run->error) != 0)
		return run_bad_file(run);
	return 0;
}

static uint64_t
sum(const uint64_t states[SOCKET_STATES])
{
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < SOCKET_STATES; i++)
		all += states[i];
	return all;
}

static int
collect_udp(struct run *run)
{
	uint64_t states[SOCKET_STATES] = { 0 };

	if (count_file(run, "proc/net/udp", states) != 0 ||
	    count_file(run, "proc/net/udp6", states) != 0)
		return -1;
	emit_count(run, "sockets_", "udp", sum(states));
	return 0;
}

static int
collect_unix(struct run *run)
{
	struct scan text, line;
	uint64_t n = 0;

	if (run_read(run, "proc/net/unix", &text) != 0)
		return run->missing ? 0 : -1;
	while (scan_line(&text, &line))
		n++;
	emit_count(run, "sockets_", "unix", n == 0 ? 0 : n - 1);
	return 0;
}

int
sockets_collect(struct run *run)
{
	uint64_t states[SOCKET_STATES] = { 0 };
	struct scan text;
	size_t i;

	if (run_read(run, "proc/net/tcp", &text) != 0)
		return -1;
	if (sockets_parse(text, states, &run->error) != 0)
		return run_bad_file(run);
	if (count_file(run, "proc/net/tcp6", states) != 0)
		return -1;
	emit_count(run, "sockets_", "tcp", sum(states));
	for (i = 0; i < SOCKET_STATES; i++)
		emit_count(run, "sockets_tcp_", names[i], states[i]);
	if (collect_udp(run) != 0 || collect_unix(run) != 0)
		return -1;
	return 0;
}
