/* The journal, and how far each writer is in it. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "client.h"
#include "clock.h"
#include "pages.h"
#include "table.h"

/* ----------------------------------------------------------------- writers */

static void
put_writer(struct table *t, const json_t *w)
{
	double oldest = answer_number(w, "lag_oldest_ns");
	struct buffer size = BUFFER_INIT;
	struct buffer age = BUFFER_INIT;

	put_size(&size, answer_number(w, "lag_bytes"));
	put_duration(&age, oldest > 0 ? (double)clock_wall_ns() - oldest : 0);
	table_cell(t, COLOR_NONE, answer_text(w, "name"));
	table_cell(t,
	    strcmp(answer_text(w, "circuit"), "closed") == 0 ? COLOR_NONE
							     : COLOR_RED,
	    answer_text(w, "circuit"));
	table_printf(t, "%.0f", answer_number(w, "records"));
	table_cell(t, COLOR_NONE, buffer_text(&size));
	table_printf(t, "%.0f", answer_number(w, "lag_frames"));
	table_printf(t, "%.0f", answer_number(w, "lag_values"));
	table_cell(t, COLOR_NONE, oldest > 0 ? buffer_text(&age) : "-");
	table_printf(t, "%.0f", answer_number(w, "backlog_values"));
	table_printf(t, "%.0f", answer_number(w, "retries"));
	table_printf(t, "%.0f", answer_number(w, "refused"));
	table_printf(t, "%.0f", answer_number(w, "missed_values"));
	table_cell(t, COLOR_NONE,
	    answer_text(json_object_get(w, "ledger"), "last_error"));
	buffer_free(&size);
	buffer_free(&age);
}

static void
put_writers(struct buffer *out, const json_t *writers, bool color)
{
	static const char *const titles[] = { "WRITER", "CIRCUIT", ">RECORDS",
		">BEHIND", ">FRAMES", ">VALUES", ">SINCE", ">IN FILES",
		">RETRIES", ">REFUSED", ">MISSED", "LAST ERROR", NULL };
	struct table *t = table_new(titles);
	size_t i;

	for (i = 0; t != NULL && i < json_array_size(writers); i++)
		put_writer(t, json_array_get(writers, i));
	table_print(t, out, color, 0);
	table_free(t);
}

/* Of all instances those that are writers. */
static json_t *
get_writers(const struct cli *cli, struct error *err)
{
	json_t *writers = json_array();
	json_t *root, *in;
	size_t i;

	if (pages_get(cli->socket, "/v1/instances", NULL, "instances", &root,
		err) < 0) {
		json_decref(writers);
		return NULL;
	}
	json_array_foreach (json_object_get(root, "instances"), i, in)
		if (strcmp(answer_text(in, "role"), "writer") == 0)
			json_array_append(writers, in);
	json_decref(root);
	return writers;
}

static int
run_writers(const struct cli *cli, int argc, char **argv)
{
	struct buffer out = BUFFER_INIT;
	struct error err;
	json_t *writers = get_writers(cli, &err);
	int code;

	(void)argc;
	(void)argv;
	if (writers == NULL)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (cli->format == FORMAT_JSON) {
		code = cli_print_json(writers);
	} else {
		put_writers(&out, writers, cli->color);
		code = cli_print(&out);
	}
	json_decref(writers);
	return code;
}

/* ------------------------------------------------------------------ status */

static void
put_journal(struct buffer *out, const json_t *j)
{
	if (json_is_null(j)) {
		buffer_puts(out, "no journal is kept: memory only\n\n");
		return;
	}
	buffer_printf(out, "%s: ", answer_text(j, "status"));
	put_size(out, answer_number(j, "bytes"));
	buffer_puts(out, " of ");
	put_size(out, answer_number(j, "bytes_max"));
	buffer_printf(out, " in %.0f segments since %s, sync %s\n",
	    answer_number(j, "segments"), answer_text(j, "oldest"),
	    answer_text(j, "sync"));
	buffer_printf(out,
	    "positions %.0f to %.0f; %.0f values not written, %.0f given up, "
	    "%.0f frames unreadable\n",
	    answer_number(j, "first_position"), answer_number(j, "written"),
	    answer_number(j, "unwritten_values"),
	    answer_number(j, "given_up_values"),
	    answer_number(j, "bad_frames"));
	if (answer_text(j, "error")[0] != '\0')
		buffer_printf(out, "%s\n", answer_text(j, "error"));
	buffer_putc(out, '\n');
}

static int
show_status(const struct cli *cli)
{
	struct buffer out = BUFFER_INIT;
	struct error err;
	json_t *writers, *root, *journal;
	int code;

	if (client_get(cli->socket, "/v1/status", NULL, &root, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	journal = json_object_get(root, "journal");
	writers = get_writers(cli, &err);
	if (writers == NULL) {
		code = cli_fail(cli, CLI_FAILED, "%s", err.text);
	} else if (cli->format == FORMAT_JSON) {
		code = cli_print_json(journal);
	} else {
		put_journal(&out, journal);
		put_writers(&out, writers, cli->color);
		code = cli_print(&out);
	}
	if (code == CLI_FINE &&
	    strcmp(answer_text(journal, "status"), "failing") == 0)
		code = CLI_FAILED;
	json_decref(writers);
	json_decref(root);
	return code;
}

/* ------------------------------------------------------------ a writer's */

static int
tell(const struct cli *cli, const char *writer, const char *what)
{
	const struct client_argument arguments[] = { { "from", cli->from },
		{ NULL, NULL } };
	struct buffer path = BUFFER_INIT;
	char *escaped = client_escape(writer);
	struct error err;
	json_t *root;
	int code;

	buffer_printf(
	    &path, "/v1/instances/%s/%s", escaped == NULL ? "" : escaped, what);
	code = client_post(
	    cli->socket, buffer_text(&path), arguments, NULL, &root, &err);
	free(escaped);
	buffer_free(&path);
	if (code < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (json_object_get(root, "values") != NULL)
		printf("%.0f values given up\n", answer_number(root, "values"));
	json_decref(root);
	return CLI_FINE;
}

static int
show_letters(const struct cli *cli, const char *writer)
{
	const struct client_argument arguments[] = { { "limit", cli->limit },
		{ NULL, NULL } };
	struct buffer path = BUFFER_INIT;
	char *escaped = client_escape(writer);
	struct error err;
	json_t *root, *letter;
	size_t i;
	int code;

	buffer_printf(&path, "/v1/instances/%s/dead-letters",
	    escaped == NULL ? "" : escaped);
	code = client_get(
	    cli->socket, buffer_text(&path), arguments, &root, &err);
	free(escaped);
	buffer_free(&path);
	if (code < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	code = CLI_FINE;
	if (cli->format == FORMAT_JSON)
		code = cli_print_json(json_object_get(root, "dead_letters"));
	else
		json_array_foreach (
		    json_object_get(root, "dead_letters"), i, letter)
			printf("%s  position %.0f of %s: %s\n",
			    answer_text(letter, "refused"),
			    answer_number(letter, "position"),
			    answer_text(letter, "instance"),
			    answer_text(letter, "reason"));
	json_decref(root);
	return code;
}

/* ----------------------------------------------------------------- offline */

/* STATE/journal of the daemon that answers; NULL with the reason. */
static char *
ask_folder(const struct cli *cli, struct error *err)
{
	struct buffer path = BUFFER_INIT;
	json_t *root;

	if (client_get(cli->socket, "/v1/status", NULL, &root, err) < 0)
		return NULL;
	buffer_printf(&path, "%s/journal",
	    answer_text(json_object_get(root, "process"), "state"));
	json_decref(root);
	return buffer_take(&path, NULL);
}

static int
look(const struct cli *cli, const char *what, const char *folder)
{
	const char *arguments[8] = { NULL, "--journal", what, "--folder" };
	struct error err;
	char *asked = folder == NULL ? ask_folder(cli, &err) : NULL;

	if (folder == NULL && asked == NULL)
		return cli_fail(cli, CLI_FAILED,
		    "%s; say which folder: STATE/journal", err.text);
	arguments[4] = folder == NULL ? asked : folder;
	if (cli->format == FORMAT_JSON) {
		arguments[5] = "--format";
		arguments[6] = "json";
	}
	return cli_exec_farmd(cli, arguments);
}

static int
run_journal(const struct cli *cli, int argc, char **argv)
{
	const char *what = argc > 0 ? argv[0] : "status";
	const char *argument = argc > 1 ? argv[1] : NULL;
	bool of_writer = strcmp(what, "replay") == 0 ||
			 strcmp(what, "drop") == 0 ||
			 strcmp(what, "dead-letters") == 0;

	if (of_writer && argument == NULL)
		return cli_fail(
		    cli, CLI_USAGE, "%s: which writer is not said", what);
	if (strcmp(what, "replay") == 0 && cli->from == NULL)
		return cli_fail(
		    cli, CLI_USAGE, "replay: --from TIME is not given");
	if (strcmp(what, "status") == 0)
		return show_status(cli);
	if (strcmp(what, "ls") == 0 || strcmp(what, "verify") == 0)
		return look(cli, what, argument);
	if (strcmp(what, "dead-letters") == 0)
		return show_letters(cli, argument);
	if (of_writer)
		return tell(cli, argument, what);
	return cli_fail(cli, CLI_USAGE,
	    "\"%s\" is not one of status, ls, verify, replay, drop, "
	    "dead-letters",
	    what);
}

const struct verb verb_writers = {
	.name = "writers",
	.arguments = "",
	.summary = "how far each writer is, and whether its store answers",
	.help = "CIRCUIT is closed while the store takes what it is given, "
		"open while it is waited\nfor, half_open while it is tried. "
		"BEHIND, FRAMES and VALUES wait for the writer, the\noldest "
		"SINCE then; IN FILES are those that memory does not hold.\n",
	.options = "j",
	.run = run_writers,
};

const struct verb verb_journal = {
	.name = "journal",
	.arguments = "[status | ls [FOLDER] | verify [FOLDER] | replay WRITER "
		     "--from TIME | drop WRITER | dead-letters WRITER]",
	.summary = "what waits for the writers on disk",
	.help = "ls and verify need no daemon: they read the segments of a "
		"folder (STATE/journal)\nand change nothing; verify reads "
		"each frame, and exits 2 if one is bad.\nreplay gives a "
		"writer again what came since that time, as far as it is "
		"there.\ndrop gives up what a writer has missed and not yet "
		"read.\ndead-letters shows records that it could never store, "
		"the newest last.\n",
	.options = "jFl",
	.max = 2,
	.run = run_journal,
};
