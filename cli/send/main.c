/* farmctl-send: what farmctl runs for `farmctl send'. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "dial.h"
#include "lines.h"
#include "option.h"
#include "output.h"

/* Values of one node that are put together, at most. */
#define TOGETHER_MAX 1000
/* Of an item: a text may be long. */
#define LINE_BYTES_MAX (FARM_TEXT_MAX + 2048)

static const char usage[] =
    "usage: farmctl send [OPTIONS] CLUSTER/NODE/PARAMETER=VALUE...\n"
    "       farmctl send [OPTIONS] <LINES\n"
    "\n"
    "Send values to whoever listens: farmd's udp collector, MonALISA,\n"
    "InfluxDB, Graphite or StatsD. Without arguments each line of the\n"
    "standard input is one value, sent as soon as nothing more waits.\n"
    "\n"
    "A VALUE is the integer, number or truth (true, false) that it looks\n"
    "like, else a text; a TYPE: before it says which: double, int64, uint64,\n"
    "boolean or text.\n"
    "\n"
    "Options:\n"
    "  --to HOST[:PORT]      or tcp://HOST[:PORT], or unix:/PATH for\n"
    "                        datagrams; localhost, and the format's port\n"
    "  --format FORMAT       apmon, ulm, influx, graphite or statsd\n"
    "  --time TIME           when it was measured, as -1h or 2026-01-31T10:00\n"
    "  --password FILE       of apmon: its first line\n";

static const struct option long_options[] = {
	{ "to", required_argument, NULL, 't' },
	{ "format", required_argument, NULL, 'f' },
	{ "time", required_argument, NULL, 'T' },
	{ "password", required_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ .name = NULL },
};

struct sending {
	struct cli cli;
	const char *to;
	const char *format;
	const char *time;
	const char *password_file;
	struct output output;
	struct arena *arena; /* of the items at hand */
	struct item items[TOGETHER_MAX];
	size_t n;
	size_t refused;
	const struct line_reader *from; /* NULL: arguments */
};

/* --- values --- */

/* Where a value that is refused came from. */
static void
refuse(void *cookie, const struct item *item, const struct error *why)
{
	struct sending *s = cookie;

	char where[300] = "";

	if (s->from != NULL)
		snprintf(where, sizeof(where), "%s:%llu: ", s->from->name,
		    (unsigned long long)s->from->line);
	s->refused++;
	cli_fail(&s->cli, 0, "%s%.*s: %s", where, (int)item->text.length,
	    item->text.text, why->text);
}

static int
put_items(struct sending *s, struct error *err)
{
	size_t n = s->n;

	s->n = 0;
	return n == 0 ? 0 : output_put(&s->output, s->items, n, refuse, s, err);
}

/* All that there is for now: nothing stays here, also no memory. */
static int
send_all(struct sending *s, struct error *err)
{
	int status = put_items(s, err);

	arena_free(s->arena);
	s->arena = NULL;
	return status != 0 ? status : output_flush(&s->output, err);
}

static bool
same(struct slice a, struct slice b)
{
	return a.length == b.length && memcmp(a.text, b.text, a.length) == 0;
}

static bool
is_of_another_node(const struct sending *s, const struct item *item)
{
	return s->n > 0 && !(same(s->items[0].cluster, item->cluster) &&
			       same(s->items[0].node, item->node));
}

/* The text of an item is kept with it, as lines do not last. */
static int
take_item(struct sending *s, struct slice text, struct error *err)
{
	struct item item = { .text = text };
	struct error why;
	char *kept = NULL;

	if (s->arena == NULL)
		s->arena = arena_new(0);
	if (s->arena != NULL)
		kept = arena_strndup(s->arena, text.text, text.length);
	if (kept == NULL)
		return error_set(err, "out of memory");
	if (item_parse(&item, s->arena, (struct slice){ kept, text.length },
		&why) != 0) {
		refuse(s, &item, &why);
		return 0;
	}
	if ((s->n == TOGETHER_MAX || is_of_another_node(s, &item)) &&
	    put_items(s, err) != 0)
		return -1;
	s->items[s->n++] = item;
	return 0;
}

static int
take_arguments(struct sending *s, int argc, char **argv, struct error *err)
{
	for (int i = 0; i < argc; i++)
		if (take_item(s, (struct slice){ argv[i], strlen(argv[i]) },
			err) != 0)
			return -1;
	return send_all(s, err);
}

static int
take_line(struct sending *s, struct line_reader *from, struct slice line,
    struct error *err)
{
	if (line.length > 0 && line.text[line.length - 1] == '\r')
		line.length--;
	if (line.length > 0 && take_item(s, line, err) != 0)
		return -1;
	return lines_waiting(from) ? 0 : send_all(s, err);
}

static int
take_lines(struct sending *s, struct error *err)
{
	struct line_reader from;
	struct slice line;
	enum lines_got got;
	int status = lines_open(&from, "-", LINE_BYTES_MAX, err);

	s->from = &from;
	while (
	    status == 0 && (got = lines_next(&from, &line, err)) != LINES_END) {
		if (got == LINES_ONE) {
			status = take_line(s, &from, line, err);
		} else if (got == LINES_BAD) {
			s->refused++;
			cli_fail(&s->cli, 0, "%s", err->text);
		} else {
			status = -1;
		}
	}
	lines_close(&from);
	s->from = NULL;
	return status != 0 ? status : send_all(s, err);
}

/* --- the way there --- */

static int
connect_output(struct sending *s, struct arena *arena,
    const struct output_format *format, struct error *err)
{
	struct farm_address to;
	bool stream;
	int fd;

	if (address_parse(arena, s->to, &to, err) != 0)
		return -1;
	stream = strcmp(to.scheme, "tcp") == 0;
	if (!stream && to.scheme[0] != '\0' && strcmp(to.scheme, "udp") != 0 &&
	    to.path[0] == '\0')
		return error_set(
		    err, "\"%s\": there is udp, tcp and unix", s->to);
	if (stream && !format->stream)
		return error_set(
		    err, "%s is sent in datagrams alone", format->name);
	if (to.path[0] != '\0')
		fd = dial_unix(to.path, SOCK_DGRAM, err);
	else
		fd = dial(to.host[0] != '\0' ? to.host : "localhost",
		    to.port != 0 ? to.port : format->port,
		    stream ? SOCK_STREAM : SOCK_DGRAM, err);
	if (fd < 0)
		return -1;
	output_open(&s->output, format, fd, stream);
	return 0;
}

/* Its first line; it lies in the arena. */
static int
read_password(
    struct sending *s, struct arena *arena, const char **ret, struct error *err)
{
	struct line_reader from;
	struct slice line;

	if (lines_open(&from, s->password_file, APMON_PASSWORD_MAX, err) != 0)
		return -1;
	switch (lines_next(&from, &line, err)) {
	case LINES_ONE:
		*ret = arena_strndup(arena, line.text, line.length);
		if (*ret == NULL)
			error_set(err, "out of memory");
		break;
	case LINES_END:
		error_set(err, "%s is empty", s->password_file);
		break;
	default:
		break;
	}
	lines_close(&from);
	return *ret == NULL ? -1 : 0;
}

static int
send_values(struct sending *s, struct arena *arena, int argc, char **argv,
    struct error *err)
{
	const struct output_format *format = output_format_of(s->format);
	const char *password = NULL;
	int64_t time_ns = 0;
	int status;

	if (format == NULL)
		return error_set(err,
		    "no format \"%s\" here; there are apmon, ulm, influx, "
		    "graphite and statsd",
		    s->format);
	if ((s->time != NULL &&
		time_parse(s->time, clock_wall_ns(), &time_ns, err) != 0) ||
	    (s->password_file != NULL &&
		read_password(s, arena, &password, err) != 0) ||
	    connect_output(s, arena, format, err) != 0)
		return -1;
	s->output.time_ns = time_ns;
	s->output.apmon.password = password;
	status = argc > 0 ? take_arguments(s, argc, argv, err)
			  : take_lines(s, err);
	output_close(&s->output);
	arena_free(s->arena);
	return status;
}

/* --- the command line --- */

static int
take_option(void *cookie, int letter, const char *argument)
{
	struct sending *s = cookie;
	const char **fields[128] = {
		['t'] = &s->to,
		['f'] = &s->format,
		['T'] = &s->time,
		['p'] = &s->password_file,
	};

	*fields[letter] = argument;
	return CLI_FINE;
}

static int
run(struct sending *s, int argc, char **argv)
{
	struct arena *arena = arena_new(0);
	struct error err = { "out of memory" };
	int code = CLI_FINE;

	if (arena == NULL || send_values(s, arena, argc, argv, &err) != 0)
		code = cli_fail(&s->cli, CLI_FAILED, "%s", err.text);
	else if (s->refused > 0)
		code = CLI_FAILED;
	arena_free(arena);
	return code;
}

int
main(int argc, char **argv)
{
	static struct sending s = {
		.cli = { .verb = "send" }, .to = "localhost", .format = "apmon"
	};
	int code = cli_options(
	    &s.cli, argc, argv, long_options, usage, take_option, &s);

	return code >= 0 ? code : run(&s, argc - optind, argv + optind);
}
