/* modules, and module describe, lint and new. */
#include "cli.h"

#include <string.h>

#include "answer.h"
#include "pages.h"
#include "scaffold.h"
#include "table.h"

static void
put_modules(const struct cli *cli, struct buffer *out, const json_t *root)
{
	static const char *const titles[] = { "ROLE", "NAME", "VERSION", "ABI",
		"FILE", NULL };
	const json_t *list = json_object_get(root, "modules");
	struct table *t = table_new(titles);
	size_t i;

	for (i = 0; t != NULL && i < json_array_size(list); i++) {
		const json_t *m = json_array_get(list, i);
		bool refused = json_object_get(m, "refused") != NULL;

		table_cell(t, refused ? COLOR_RED : COLOR_NONE,
		    refused ? "refused" : answer_text(m, "role"));
		table_cell(t, COLOR_NONE, answer_text(m, "name"));
		table_cell(t, COLOR_NONE, answer_text(m, "version"));
		table_cell(t, COLOR_NONE, answer_text(m, "abi"));
		table_cell(t, COLOR_NONE,
		    answer_text(m, refused ? "refused" : "path"));
	}
	table_print(t, out, cli->color, 0);
	table_free(t);
}

static int
run_modules(const struct cli *cli, int argc, char **argv)
{
	struct buffer out = BUFFER_INIT;
	struct error err;
	json_t *root;
	int code;

	(void)argc;
	(void)argv;
	if (pages_get(
		cli->socket, "/v1/modules", NULL, "modules", &root, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	if (cli->format == FORMAT_JSON) {
		code = cli_print_json(root);
	} else {
		put_modules(cli, &out, root);
		code = cli_print(&out);
	}
	json_decref(root);
	return code;
}

static int
describe(const struct cli *cli, const char *module)
{
	const char *arguments[10] = { NULL, "--describe", module };
	size_t n = 3;

	if (cli->format_text != NULL) {
		arguments[n++] = "--format";
		arguments[n++] = cli->format_text;
	}
	if (cli->config != NULL) {
		arguments[n++] = "--config";
		arguments[n++] = cli->config;
	}
	return cli_exec_farmd(cli, arguments);
}

static int
lint(const struct cli *cli, const char *file)
{
	const char *arguments[4] = { NULL, "--lint", file };

	return cli_exec_farmd(cli, arguments);
}

static int
new_module(const struct cli *cli, const char *name)
{
	const char *role = cli->role == NULL ? "collector" : cli->role;
	struct error err;

	if (scaffold(role, name, &err) < 0)
		return cli_fail(cli, CLI_FAILED, "%s", err.text);
	printf("%s/ is ready: make -C %s builds %s.so, make -C %s test tries "
	       "it\n",
	    name, name, name, name);
	return CLI_FINE;
}

static int
run_module(const struct cli *cli, int argc, char **argv)
{
	(void)argc;
	if (strcmp(argv[0], "describe") == 0)
		return describe(cli, argv[1]);
	if (strcmp(argv[0], "lint") == 0)
		return lint(cli, argv[1]);
	if (strcmp(argv[0], "new") == 0)
		return new_module(cli, argv[1]);
	return cli_fail(
	    cli, CLI_USAGE, "\"%s\" is not describe, lint or new", argv[0]);
}

const struct verb verb_modules = {
	.name = "modules",
	.arguments = "",
	.summary = "modules the daemon finds, and why it refuses others",
	.options = "j",
	.run = run_modules,
};

const struct verb verb_module = {
	.name = "module",
	.arguments = "describe MODULE | lint FILE.so | new NAME",
	.summary = "a module's options; its faults; the beginning of a new one",
	.help =
	    "describe  options, parameters and an example; no daemon needed\n"
	    "lint      what an author should mend before shipping\n"
	    "new       a folder NAME with source, Makefile and test\n",
	.options = "cdr",
	.min = 2,
	.max = 2,
	.run = run_module,
};
