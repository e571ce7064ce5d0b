/* watch: what was, then what comes, until Ctrl-C. */
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer.h"
#include "client.h"
#include "clock.h"
#include "events.h"
#include "values.h"

/* Between two attempts to come back. */
#define AGAIN_MIN_NS NS_PER_S
#define AGAIN_MAX_NS (30 * NS_PER_S)

struct watch {
	const struct cli *cli;
	struct events events;
	struct buffer out;
	struct value_printer *printer; /* NULL: JSON, or lines for people */
	char id[32];                   /* of the last event; "": none yet */
	bool came;                     /* something has, since the last pause */
	bool over;
	int code;
};

/* --- lines for people --- */

static void
put_where(struct buffer *out, const json_t *names)
{
	static const char *const keys[] = { "cluster", "node", "parameter" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *name = answer_text(names, keys[i]);

		if (name[0] != '\0')
			buffer_printf(out, "%s%s", i > 0 ? "/" : "", name);
	}
}

/* To the millisecond, as one looks at what comes. */
static void
put_time(struct buffer *out, const char *time)
{
	size_t n = strcspn(time, ".");
	size_t digits = time[n] == '\0' ? 0 : 4;

	buffer_put(out, time, n + strnlen(time + n, digits));
	buffer_puts(out, "Z  ");
}

static void
put_line(struct watch *w, const struct value_row *r)
{
	put_time(&w->out, r->time);
	put_where(&w->out, r->series);
	buffer_puts(&w->out, "  ");
	answer_scalar(&w->out, r->value);
	if (answer_text(r->series, "unit")[0] != '\0')
		buffer_printf(&w->out, " %s", answer_text(r->series, "unit"));
	buffer_putc(&w->out, '\n');
}

/* A record of another type: what happened to whom. */
static void
put_record(struct watch *w, const char *type, const json_t *data)
{
	const json_t *record = json_object_get(data, "record");
	static const char *const texts[] = { "event", "reason", "text" };

	put_time(&w->out, answer_text(data, "time"));
	put_where(&w->out, record);
	buffer_printf(&w->out, "  %s", type);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (answer_text(record, texts[i])[0] != '\0')
			buffer_printf(
			    &w->out, ": %s", answer_text(record, texts[i]));
	buffer_putc(&w->out, '\n');
}

/* --- values of events --- */

static void
put_row(struct watch *w, const struct value_row *r)
{
	if (w->printer != NULL)
		value_printer_put(w->printer, r);
	else
		put_line(w, r);
}

static void
put_values(struct watch *w, const json_t *data)
{
	const json_t *list = json_object_get(data, "values");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);

		put_row(w, &(struct value_row){ .series = v,
			       .time = answer_text(data, "time"),
			       .type = answer_text(v, "type"),
			       .value = json_object_get(v, "value") });
	}
}

static void
put_history(struct watch *w, const json_t *data)
{
	const json_t *list = json_object_get(data, "points");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);
		const json_t *third = json_array_get(p, 2);
		const char *time = json_string_value(json_array_get(p, 0));
		const char *type = json_string_value(third);

		put_row(
		    w, &(struct value_row){ .series = data,
			   .time = time != NULL ? time : "",
			   .type = type != NULL ? type : "double",
			   .value = json_array_get(p, 1),
			   .average = json_is_object(third) ? third : NULL });
	}
}

/* --- events --- */

/* What a line of values cannot say goes to stderr. */
static void
tell_live(struct watch *w, const json_t *data)
{
	const char *why = answer_text(data, "why");

	if (json_is_true(json_object_get(data, "gap")))
		w->code = cli_fail(w->cli, CLI_FAILED,
		    "something is missing before this%s%s",
		    why[0] != '\0' ? ": " : "", why);
}

static void
tell_end(struct watch *w, const json_t *data)
{
	const char *reason = answer_text(data, "reason");

	if (strcmp(reason, "complete") == 0) {
		w->over = true;
		return;
	}
	w->over = strcmp(reason, "lease") == 0 ||
		  strcmp(reason, "cancelled") == 0;
	w->code = cli_fail(
	    w->cli, CLI_FAILED, "ended: %s", answer_text(data, "text"));
}

static void
put_event(struct watch *w, const char *type, const json_t *data)
{
	if (strcmp(type, "values") == 0)
		put_values(w, data);
	else if (json_object_get(data, "points") != NULL)
		put_history(w, data);
	else if (json_object_get(data, "record") != NULL && w->printer == NULL)
		put_record(w, type, data);
}

/* A line of JSON for each event, just as it came. */
static void
put_json(struct watch *w, const struct event *e)
{
	buffer_puts(&w->out, "{\"event\":");
	buffer_json_text(&w->out, e->type);
	buffer_printf(&w->out, ",%s\n", e->data + (e->data[0] == '{'));
}

static bool
flush(struct watch *w)
{
	bool good = !buffer_failed(&w->out) &&
		    fwrite(buffer_text(&w->out), 1, w->out.size, stdout) ==
			w->out.size &&
		    fflush(stdout) == 0;

	buffer_clear(&w->out);
	if (!good)
		w->code = CLI_FAILED;
	w->over |= !good;
	return !w->over;
}

static bool
take_event(void *context, const struct event *e)
{
	struct watch *w = context;
	json_t *data = json_loads(e->data, 0, NULL);

	if (data == NULL) {
		w->over = true;
		w->code = cli_fail(
		    w->cli, CLI_FAILED, "an event of the daemon is no JSON");
		return false;
	}
	w->came = true;
	(void)snprintf(w->id, sizeof(w->id), "%s", e->id);
	if (strcmp(e->type, "live") == 0)
		tell_live(w, data);
	else if (strcmp(e->type, "end") == 0)
		tell_end(w, data);
	if (w->cli->format == FORMAT_JSON)
		put_json(w, e);
	else
		put_event(w, e->type, data);
	json_decref(data);
	return flush(w);
}

static bool
take_piece(void *context, const char *bytes, size_t size)
{
	struct watch *w = context;

	return events_take(&w->events, bytes, size, take_event, w);
}

/* --- coming back --- */

static void
pause_ns(int64_t ns)
{
	struct timespec pause = { ns / NS_PER_S, ns % NS_PER_S };

	(void)nanosleep(&pause, NULL);
}

/* One connection after the other; what comes goes on behind the last event. */
static void
watch(struct watch *w, const struct client_argument *arguments)
{
	int64_t again_ns = AGAIN_MIN_NS;
	bool first = true, may_again;
	struct error err;

	while (!w->over) {
		w->came = false;
		if (client_stream(w->cli->socket, "/v1/subscribe", arguments,
			w->id, take_piece, w, &may_again, &err) != 0) {
			w->code = cli_fail(w->cli, CLI_FAILED, "%s", err.text);
			if (first || !may_again)
				return;
		}
		first = false;
		events_restart(&w->events);
		if (w->over)
			return;
		again_ns = w->came ? AGAIN_MIN_NS : 2 * again_ns;
		if (again_ns > AGAIN_MAX_NS)
			again_ns = AGAIN_MAX_NS;
		pause_ns(again_ns);
	}
}

static int
run(const struct cli *cli, int argc, char **argv)
{
	const struct client_argument arguments[] = {
		{ "predicate", argc > 0 ? argv[0] : "*" },
		{ "from", cli->from },
		{ "mode", cli->mode },
		{ "above", cli->above },
		{ "below", cli->below },
		{ "hysteresis", cli->hysteresis },
		{ "back", cli->back ? "true" : NULL },
		{ "delta", cli->delta },
		{ "percent", cli->percent },
		{ "every", cli->every },
		{ "max_rate", cli->max_rate },
		{ NULL, NULL },
	};
	struct watch w = { .cli = cli };

	if (cli->format == FORMAT_PROMETHEUS)
		return cli_fail(cli, CLI_USAGE,
		    "Prometheus' format has no times; influx, csv and json "
		    "have");
	if (cli->format == FORMAT_CSV || cli->format == FORMAT_INFLUX)
		w.printer = value_printer_new(cli, &w.out);
	watch(&w, arguments);
	value_printer_free(w.printer);
	events_free(&w.events);
	buffer_free(&w.out);
	return w.code;
}

const struct verb verb_watch = {
	.name = "watch",
	.arguments = "[PREDICATE]",
	.summary = "values as they come, after those that were",
	.help =
	    "Ends with Ctrl-C, or after the history if the predicate has an "
	    "end.  When the\nconnection breaks it comes back and goes on where "
	    "it was.\n\n"
	    "A predicate is Farm/Cluster/Node/Parameters: \"*\" for any run "
	    "of\ncharacters, several parameters by \"|\", several predicates "
	    "by "
	    "\",\".\n",
	.options = "fFm><HbD%ER",
	.max = 1,
	.run = run,
};
