#include "cli.h"

#include <stdlib.h>

#include "client.h"
#include "pages.h"
#include "instances.h"
#include "answer.h"
#include "table.h"

static void
put_targets(struct buffer *out, const json_t *instance, bool color)
{
	static const char *const titles[] = { "NODE", ">RUNS", ">FAILED",
		">SKIPPED", ">LAST", "LAST GOOD", "LAST ERROR", NULL };
	const json_t *targets = json_object_get(instance, "targets");
	struct table *t = table_new(titles);
	size_t i;

	for (i = 0; t != NULL && i < json_array_size(targets); i++) {
		const json_t *target = json_array_get(targets, i);
		struct buffer wall = BUFFER_INIT;

		put_duration(&wall, answer_number(target, "last_wall_ns"));
		table_cell(t, COLOR_NONE, answer_text(target, "node"));
		table_printf(t, "%.0f", answer_number(target, "runs"));
		table_printf(t, "%.0f", answer_number(target, "failures"));
		table_printf(t, "%.0f", answer_number(target, "skipped"));
		table_cell(t, COLOR_NONE, buffer_text(&wall));
		table_cell(t, COLOR_NONE, answer_text(target, "last_good"));
		table_cell(t, COLOR_NONE, answer_text(target, "last_error"));
		buffer_free(&wall);
	}
	table_print(t, out, color, 0);
	table_free(t);
}

static void
put_confinement(struct buffer *out, const json_t *w)
{
	const json_t *held = json_object_get(w, "confined");
	const char *lacks = answer_text(w, "unconfined");
	size_t i;

	for (i = 0; i < json_array_size(held); i++)
		buffer_printf(out, "%s%s", i == 0 ? "confined: " : ", ",
		    json_string_value(json_array_get(held, i)));
	if (i > 0)
		buffer_putc(out, '\n');
	if (lacks[0] != '\0')
		buffer_printf(out, "not confined: %s\n", lacks);
}

/* A few lines about the process it runs in; nothing if that is the daemon. */
static void
put_worker(struct buffer *out, const json_t *instance)
{
	const json_t *w = json_object_get(instance, "worker");

	if (!json_is_object(w))
		return;
	buffer_printf(out,
	    "worker %s: %s, pid %.0f, started %.0f times, %.1f MiB, "
	    "CPU %.2f s, %.0f files\n",
	    answer_text(w, "name"), answer_text(w, "state"),
	    answer_number(w, "pid"), answer_number(w, "starts"),
	    answer_number(w, "rss_bytes") / 1048576,
	    answer_number(w, "cpu_ns") / 1e9, answer_number(w, "files"));
	if (answer_text(w, "last_cause")[0] != '\0')
		buffer_printf(out, "its last one %s, %s\n",
		    answer_text(w, "last_cause"), answer_text(w, "last_end"));
	put_confinement(out, w);
}

static void
put_request(struct buffer *out, const json_t *instance)
{
	const char *asked = answer_text(instance, "asked");

	if (answer_text(instance, "run")[0] == '\0')
		return;
	buffer_puts(out, "runs on request; last asked for ");
	buffer_printf(
	    out, "%s, stops after ", asked[0] != '\0' ? asked : "never");
	put_duration(out, answer_number(instance, "idle_stop_ns"));
	buffer_putc(out, '\n');
}

static int
run_instances(const struct cli *cli, int argc, char **argv)
{
	char *path = argc > 0 ? client_instance_path(argv[0], "") : NULL;
	struct buffer out = BUFFER_INIT;
	struct error err;
	json_t *root;
	int code;

	if (path != NULL)
		code = client_get(cli->socket, path, NULL, &root, &err);
	else
		code = pages_get(cli->socket, "/v1/instances", NULL,
		    "instances", &root, &err);
	free(path);
	if (code < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (cli->format == FORMAT_JSON) {
		code = cli_print_json(root);
	} else {
		if (argc > 0) {
			put_targets(&out, root, cli->color);
			put_worker(&out, root);
			put_request(&out, root);
		} else {
			instances_table(&out, root, NULL, 0, cli->color, 0);
		}
		code = cli_print(&out);
	}
	json_decref(root);
	return code;
}

static int
tell(
    const struct cli *cli, const char *name, const char *verb, const char *node)
{
	const struct client_argument arguments[] = { { "node", node },
		{ NULL, NULL } };
	char *path = client_instance_path(name, verb);
	struct error err;
	json_t *root;
	int code;

	if (path == NULL)
		return cli_fail(cli, CLI_FAILED, "out of memory");
	code = client_post(cli->socket, path, arguments, NULL, &root, &err);
	free(path);
	if (code < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	json_decref(root);
	return CLI_FINE;
}

static int
run_now(const struct cli *cli, int argc, char **argv)
{
	return tell(cli, argv[0], "/run", argc > 1 ? argv[1] : NULL);
}

static int
run_pause(const struct cli *cli, int argc, char **argv)
{
	(void)argc;
	return tell(cli, argv[0], "/pause", NULL);
}

static int
run_resume(const struct cli *cli, int argc, char **argv)
{
	(void)argc;
	return tell(cli, argv[0], "/resume", NULL);
}

const struct verb verb_instances = {
	.name = "instances",
	.arguments = "[INSTANCE]",
	.summary = "all instances, or the nodes of one",
	.options = "j",
	.max = 1,
	.run = run_instances,
};

const struct verb verb_run = {
	.name = "run",
	.arguments = "INSTANCE [NODE]",
	.summary = "run a collector now, besides its rhythm",
	.options = "",
	.min = 1,
	.max = 2,
	.run = run_now,
};

const struct verb verb_pause = {
	.name = "pause",
	.arguments = "INSTANCE",
	.summary = "start no more runs of a collector",
	.options = "",
	.min = 1,
	.max = 1,
	.run = run_pause,
};

const struct verb verb_resume = {
	.name = "resume",
	.arguments = "INSTANCE",
	.summary = "let it run again",
	.options = "",
	.min = 1,
	.max = 1,
	.run = run_resume,
};
