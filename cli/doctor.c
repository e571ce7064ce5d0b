#include "doctor.h"

#include <stdarg.h>

#include "answer.h"
#include "client.h"
#include "table.h"

static const struct check checks[] = {
	{ "daemon", NULL, false, check_daemon },
	{ "config", "the file is good and is what runs", false, check_config },
	{ "instances", "all run and none fails", true, check_instances },
	{ "writers", "all keep up", true, check_writers },
	{ "journal", "written as it comes", true, check_journal },
	{ "drops", "nothing was dropped", true, check_drops },
	{ "threads", "none is lost and none is missing", true, check_threads },
	{ "modules", "none is refused, none has changed", true, check_modules },
	{ "files", "descriptors are far from the limit", true,
	    check_descriptors },
	{ "disk", "there is room for the state", true, check_disk },
	{ "clock", "kept by a time service", false, check_clock },
	{ "ping", "nobody asks for it, or the daemon may", true, check_ping },
};

static const char *const health_names[] = { "ok", "warn", "red" };

void
doctor_say(struct doctor *d, enum health health, const char *since,
    const char *todo, const char *format, ...)
{
	struct error text;
	va_list args;

	va_start(args, format);
	error_vset(&text, format, args);
	va_end(args);
	json_array_append_new(d->findings,
	    json_pack("{ss ss ss* ss ss*}", "state", health_names[health],
		"check", d->check, "since",
		since != NULL && since[0] != '\0' ? since : NULL, "what",
		text.text, "do", todo[0] != '\0' ? todo : NULL));
}

/* --- asking the daemon --- */

static void
ask(struct doctor *d)
{
	const char *socket = d->cli->socket;

	if (client_get(socket, "/v1/status", NULL, &d->status, &d->silence) < 0)
		return;
	if (client_get(socket, "/v1/instances", NULL, &d->instances,
		&d->silence) == 0 &&
	    client_get(socket, "/v1/modules", NULL, &d->modules, &d->silence) ==
		0)
		return;
	json_decref(d->status);
	d->status = NULL;
}

static void
examine(struct doctor *d)
{
	size_t before;
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (checks[i].needs_daemon && d->status == NULL)
			continue;
		d->check = checks[i].name;
		before = json_array_size(d->findings);
		checks[i].run(d);
		if (json_array_size(d->findings) == before)
			doctor_say(
			    d, HEALTH_OK, NULL, "", "%s", checks[i].fine);
	}
}

/* --- what it says --- */

static enum table_color
color_of(const char *state)
{
	return state[0] == 'o'   ? COLOR_GREEN
	       : state[0] == 'w' ? COLOR_YELLOW
				 : COLOR_RED;
}

static void
put_finding(struct buffer *out, const json_t *f, bool color)
{
	const char *state = answer_text(f, "state");
	const char *since = answer_text(f, "since");
	const char *todo = answer_text(f, "do");

	buffer_printf(out, "%s%-6s%s",
	    color ? table_color_code(color_of(state)) : "", state,
	    color ? "\033[0m" : "");
	buffer_printf(
	    out, "%-11s%s", answer_text(f, "check"), answer_text(f, "what"));
	if (since[0] != '\0')
		buffer_printf(out, " (since %s)", since);
	buffer_putc(out, '\n');
	if (todo[0] != '\0')
		buffer_printf(out, "%17sdo: %s\n", "", todo);
}

static int
print(const struct doctor *d)
{
	struct buffer out = BUFFER_INIT;
	bool red = false;
	const json_t *f;
	size_t i;
	int code;

	for (i = 0; i < json_array_size(d->findings); i++) {
		f = json_array_get(d->findings, i);
		red = red || answer_text(f, "state")[0] == 'r';
		put_finding(&out, f, d->cli->color);
	}
	if (d->cli->format == FORMAT_JSON) {
		buffer_free(&out);
		code = cli_print_json(d->findings);
	} else {
		code = cli_print(&out);
	}
	return code == CLI_FINE && red ? CLI_FAILED : code;
}

static int
run(const struct cli *cli, int argc, char **argv)
{
	struct doctor d = { .cli = cli, .findings = json_array() };
	int code;

	(void)argc;
	(void)argv;
	ask(&d);
	examine(&d);
	code = print(&d);
	json_decref(d.status);
	json_decref(d.instances);
	json_decref(d.modules);
	json_decref(d.findings);
	return code;
}

const struct verb verb_doctor = {
	.name = "doctor",
	.arguments = "",
	.summary = "what is not well, since when, and what to do about it",
	.help = "One line for each check, ok, warn or red, and a line \"do:\" "
		"below what is\nnot ok. Exit code 2 if something is red.\n",
	.options = "cj",
	.run = run,
};
