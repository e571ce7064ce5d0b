#include "events.h"

static int
next(struct stream *s, struct error *err)
{
	return events_next((struct events *)s, err);
}

int
events_open(
    struct events *e, struct ulm_cli *ulm, const char *path, struct error *err)
{
	*e = (struct events){ .stream = { .next = next }, .ulm = ulm };
	return lines_open(&e->reader, path, ULM_LINE_MAX, err);
}

void
events_close(struct events *e)
{
	lines_close(&e->reader);
}

static void
leave_out(struct events *e, const struct error *why)
{
	e->ulm->bad++;
	cli_fail(&e->ulm->cli, 0, "%s", why->text);
}

/* Empty lines are nobody's fault. */
static bool
is_empty(struct slice line)
{
	return line.length == 0 || (line.length == 1 && line.text[0] == '\r');
}

int
events_next(struct events *e, struct error *err)
{
	struct slice line;
	struct error why;

	for (;;) {
		switch (lines_next(&e->reader, &line, &why)) {
		case LINES_END:
			return 0;
		case LINES_FAILED:
			return error_set(err, "%s", why.text);
		case LINES_BAD:
			leave_out(e, &why);
			continue;
		case LINES_ONE:
			break;
		}
		if (is_empty(line))
			continue;
		if (ulm_parse(line.text, line.length, &e->event, &why) == 0)
			break;
		error_prefix(&why, "%s:%llu", e->reader.name,
		    (unsigned long long)e->reader.line);
		leave_out(e, &why);
	}
	if (line.text[line.length - 1] == '\r')
		line.length--;
	e->stream.line = line;
	e->stream.time_ns = e->event.time_ns;
	return 1;
}

static int
each_of(struct events *e, events_each_fn *each, void *cookie, struct error *err)
{
	int more;

	while ((more = events_next(e, err)) > 0)
		if (each(cookie, e, err) != 0)
			return -1;
	return more;
}

int
events_each(struct ulm_cli *ulm, int argc, char **argv, events_each_fn *each,
    void *cookie, struct error *err)
{
	char dash[] = "-";
	char *standard_input[] = { dash };
	struct events e;
	int status = 0, i;

	if (argc == 0) {
		argc = 1;
		argv = standard_input;
	}
	for (i = 0; i < argc && status == 0; i++) {
		status = events_open(&e, ulm, argv[i], err);
		if (status == 0)
			status = each_of(&e, each, cookie, err);
		events_close(&e);
	}
	return status;
}
