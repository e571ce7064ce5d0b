/* farmctl filter: scripts that run in the daemon for a while. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "cli.h"
#include "client.h"
#include "table.h"

/* More than the daemon takes. */
#define SCRIPT_MAX (1 << 20)

static int
read_script(struct buffer *to, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	size_t n = 1;
	char *room;

	if (f == NULL)
		return -1;
	while (n > 0 && to->size <= SCRIPT_MAX) {
		room = buffer_room(to, 65536);
		n = room != NULL ? fread(room, 1, 65536, f) : 0;
		buffer_added(to, n);
	}
	n = (size_t)ferror(f);
	if (f != stdin)
		(void)fclose(f);
	if (buffer_failed(to))
		errno = ENOMEM;
	return n != 0 || buffer_failed(to) ? -1 : 0;
}

static int
load(const struct cli *cli, const char *path)
{
	const struct client_argument arguments[] = { { "name", cli->name },
		{ "match", cli->match }, { "lease", cli->lease },
		{ "to", cli->to }, { "cluster", cli->cluster },
		{ NULL, NULL } };
	struct buffer script = BUFFER_INIT;
	struct error err;
	json_t *root;
	int code;

	if (read_script(&script, path) != 0) {
		buffer_free(&script);
		return cli_fail(cli, CLI_FAILED, "%s: %m", path);
	}
	code = client_post(cli->socket, "/v1/filters", arguments,
	    buffer_text(&script), &root, &err);
	buffer_free(&script);
	if (code < 0)
		return cli_fail(cli, CLI_FAILED, "%s: %s", path, err.text);
	if (cli->format == FORMAT_JSON)
		code = cli_print_json(root);
	else
		code = puts(answer_text(root, "name")) < 0 ? CLI_FAILED
							   : CLI_FINE;
	json_decref(root);
	return code;
}

static void
put_filters(struct buffer *out, const json_t *root, bool color)
{
	static const char *const titles[] = { "NAME", "STATUS", "TO", ">REST",
		">VALUES", "OWNER", "MATCH", "LAST ERROR", NULL };
	struct table *t = table_new(titles);
	const json_t *filter, *ledger;
	size_t i;

	json_array_foreach (json_object_get(root, "filters"), i, filter) {
		ledger = json_object_get(filter, "ledger");
		if (t == NULL)
			break;
		table_cell(t, COLOR_NONE, answer_text(filter, "name"));
		table_cell(t, COLOR_NONE, answer_text(filter, "status"));
		table_cell(t, COLOR_NONE, answer_text(filter, "to"));
		table_printf(
		    t, "%.0f s", answer_number(filter, "rest_ns") / 1e9);
		table_printf(t, "%.0f", answer_number(ledger, "values"));
		table_cell(t, COLOR_NONE, answer_text(filter, "owner"));
		table_cell(t, COLOR_NONE, answer_text(filter, "match"));
		table_cell(t, COLOR_NONE, answer_text(ledger, "last_error"));
	}
	if (t != NULL)
		table_print(t, out, color, 0);
	table_free(t);
}

static int
list(const struct cli *cli)
{
	struct buffer out = BUFFER_INIT;
	struct error err;
	json_t *root;
	int code;

	if (client_get(cli->socket, "/v1/filters", NULL, &root, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (cli->format == FORMAT_JSON) {
		code = cli_print_json(root);
	} else {
		put_filters(&out, root, cli->color);
		code = cli_print(&out);
	}
	json_decref(root);
	return code;
}

/* "/v1/filters/NAMEVERB"; free() it. */
static char *
path_of(const char *name, const char *verb)
{
	char *escaped = client_escape(name);
	char *path = NULL;

	if (escaped == NULL ||
	    asprintf(&path, "/v1/filters/%s%s", escaped, verb) < 0)
		path = NULL;
	free(escaped);
	return path;
}

/* What has come behind a number; JSON, as programs read it. */
static int
results(const struct cli *cli, const char *name)
{
	const struct client_argument arguments[] = { { "after", cli->after },
		{ "limit", cli->limit }, { NULL, NULL } };
	char *path = path_of(name, "/results");
	struct error err;
	json_t *root;
	int code;

	if (path == NULL)
		return cli_fail(cli, CLI_FAILED, "out of memory");
	code = client_get(cli->socket, path, arguments, &root, &err);
	free(path);
	if (code < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	code = cli_print_json(root);
	json_decref(root);
	return code;
}

static int
tell(const struct cli *cli, const char *name, const char *verb)
{
	const struct client_argument arguments[] = { { "lease", cli->lease },
		{ NULL, NULL } };
	char *path = path_of(name, verb);
	struct error err;
	json_t *root;
	int code;

	if (path == NULL)
		return cli_fail(cli, CLI_FAILED, "out of memory");
	if (verb[0] != '\0')
		code = client_post(
		    cli->socket, path, arguments, NULL, &root, &err);
	else
		code = client_delete(cli->socket, path, &root, &err);
	free(path);
	if (code < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	json_decref(root);
	return CLI_FINE;
}

static int
run_filter(const struct cli *cli, int argc, char **argv)
{
	const char *verb = argv[0];

	if (argc == 1 && strcmp(verb, "list") == 0)
		return list(cli);
	if (argc == 2 && strcmp(verb, "load") == 0)
		return load(cli, argv[1]);
	if (argc == 2 && strcmp(verb, "results") == 0)
		return results(cli, argv[1]);
	if (argc == 2 && strcmp(verb, "renew") == 0)
		return tell(cli, argv[1], "/renew");
	if (argc == 2 && strcmp(verb, "remove") == 0)
		return tell(cli, argv[1], "");
	return cli_fail(cli, CLI_USAGE,
	    "list, load FILE, results NAME, renew NAME or remove NAME");
}

const struct verb verb_filter = {
	.name = "filter",
	.arguments = "list|load FILE|results|renew|remove NAME",
	.summary = "filters that run in the daemon for a while",
	.help = "A filter is a script, see module lua; FILE \"-\" is stdin. It "
		"sees what --match\nasks for, and ends with its lease. What it "
		"gives goes into the farm, or is kept\nfor results.\n",
	.options = "jNMztCAl",
	.min = 1,
	.max = 2,
	.run = run_filter,
};
