#include "cli.h"

#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "pages.h"
#include "clock.h"
#include "instances.h"
#include "answer.h"

#define EVERY_NS (2 * NS_PER_S)

static size_t
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

static void
put_header(struct buffer *out, const json_t *status)
{
	const json_t *pool = json_object_get(status, "pool");

	buffer_printf(out,
	    "farm %s: %.0f nodes, %.0f series, %.0f values; "
	    "%.0f of %.0f threads busy; ",
	    answer_text(status, "farm"), answer_number(status, "nodes"),
	    answer_number(status, "series"), answer_number(status, "values_in"),
	    answer_number(pool, "busy"), answer_number(pool, "threads"));
	put_size(out, answer_number(status, "cache_bytes"));
	buffer_puts(out, "\n\n");
}

/* One look: everything is printed at once, so that the screen does not
   flicker. */
static int
look(const struct cli *cli, json_t **before, double seconds, bool live)
{
	struct buffer out = BUFFER_INIT;
	json_t *instances;
	json_t *status;
	struct error err;

	if (client_get(cli->socket, "/v1/status", NULL, &status, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (pages_get(cli->socket, "/v1/instances", NULL, "instances",
		&instances, &err) < 0) {
		json_decref(status);
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	}
	if (live)
		buffer_puts(&out, "\033[H\033[2J");
	put_header(&out, status);
	instances_table(&out, instances, *before, seconds, cli->color,
	    live ? terminal_width() : 0);
	json_decref(status);
	json_decref(*before);
	*before = instances;
	return cli_print(&out);
}

static int
run(const struct cli *cli, int argc, char **argv)
{
	bool live = isatty(STDOUT_FILENO);
	int64_t every = EVERY_NS;
	json_t *before = NULL;
	struct timespec pause;
	struct error err;
	int code;

	(void)argc;
	(void)argv;
	if (cli->every != NULL &&
	    (duration_parse(cli->every, &every, &err) < 0 ||
		every < NS_PER_S / 10))
		return cli_fail(
		    cli, CLI_USAGE, "--every is a duration of at least 100ms");
	pause = (struct timespec){ every / NS_PER_S, every % NS_PER_S };
	do {
		code = look(cli, &before,
		    before == NULL ? 0 : (double)every / 1e9, live);
	} while (live && code == CLI_FINE && nanosleep(&pause, NULL) == 0);
	json_decref(before);
	return code;
}

const struct verb verb_top = {
	.name = "top",
	.arguments = "",
	.summary = "what each instance does and costs, live",
	.help = "Rates are of the time between two looks; when printed once "
		"(not to a\nterminal) they are totals since the start. Ends "
		"with Ctrl-C.\n",
	.options = "e",
	.run = run,
};
