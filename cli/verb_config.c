/* Verbs that change what the daemon does. */
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "change.h"
#include "cli.h"
#include "client.h"

static int
run_reload(const struct cli *cli, int argc, char **argv)
{
	const struct client_argument arguments[] = {
		{ "plan", cli->plan ? "true" : NULL }, { NULL, NULL }
	};
	struct error err;
	json_t *root;

	(void)argc;
	(void)argv;
	if (client_post(
		cli->socket, "/v1/reload", arguments, NULL, &root, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	return change_show(cli, root);
}

const struct verb verb_reload = {
	.name = "reload",
	.arguments = "[--plan]",
	.summary = "read the configuration anew and apply what changed",
	.help = "What did not change does not notice. A bad configuration "
		"changes nothing.\n",
	.options = "jp",
	.run = run_reload,
};

/* -------------------------------------------------------------- config ... */

static int
show_config(const struct cli *cli)
{
	const struct client_argument arguments[] = { { "at", cli->at },
		{ NULL, NULL } };
	struct error err;
	json_t *root;
	int code = CLI_FINE;

	if (client_get(cli->socket, "/v1/config", arguments, &root, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (cli->format == FORMAT_JSON)
		code = cli_print_json(root);
	else if (fputs(answer_text(root, "yaml"), stdout) < 0)
		code = CLI_FAILED;
	json_decref(root);
	return code;
}

static int
show_history(const struct cli *cli)
{
	struct buffer out = BUFFER_INIT;
	const json_t *change;
	struct error err;
	json_t *root;
	int code;
	size_t i;

	if (client_get(cli->socket, "/v1/config/history", NULL, &root, &err) <
	    0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	json_array_foreach (json_object_get(root, "changes"), i, change) {
		buffer_printf(&out, "%s  %s  %s (%s)\n",
		    answer_text(change, "time"), answer_text(change, "user"),
		    answer_text(change, "what"), answer_text(change, "origin"));
		change_put_items(
		    &out, json_object_get(change, "plan"), "changed");
		change_put_items(
		    &out, json_object_get(change, "plan"), "added");
		change_put_items(
		    &out, json_object_get(change, "plan"), "removed");
	}
	code = cli->format == FORMAT_JSON ? cli_print_json(root)
					  : cli_print(&out);
	json_decref(root);
	return code;
}

static int
edit_config(const struct cli *cli, const char *verb, const char *path,
    const char *value)
{
	const struct client_argument arguments[] = { { "path", path },
		{ NULL, NULL } };
	struct error err;
	json_t *root;

	if (client_post(cli->socket, verb, arguments, value, &root, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	return change_show(cli, root);
}

static int
run_config(const struct cli *cli, int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "show") == 0)
		return show_config(cli);
	if (argc == 1 && strcmp(argv[0], "history") == 0)
		return show_history(cli);
	if (argc == 3 && strcmp(argv[0], "set") == 0)
		return edit_config(cli, "/v1/config/set", argv[1], argv[2]);
	if (argc == 2 && strcmp(argv[0], "remove") == 0)
		return edit_config(cli, "/v1/config/remove", argv[1], NULL);
	return cli_fail(
	    cli, CLI_USAGE, "show, history, set PATH VALUE or remove PATH");
}

const struct verb verb_config = {
	.name = "config",
	.arguments = "show|history|set PATH VALUE|remove PATH",
	.summary = "show and change the configuration while it runs",
	.help = "A path is made of keys and names:\n"
		"  config set clusters.workers.collect.reach.every 5s\n"
		"  config set clusters.workers.collect.reach "
		"'{icmp: {every: 5s}}'\n"
		"  config set clusters.workers.nodes '[\"n[1-9]\"]'\n"
		"  config set clusters.workers.nodes.n10 10.0.0.10\n"
		"  config set writers.store.enabled false\n"
		"  config remove 'clusters.old*'\n"
		"A name with a dot stands in double quotes. Changes are kept "
		"in\nthe state folder and survive a restart.\n",
	.options = "ja",
	.min = 1,
	.max = 3,
	.run = run_config,
};
