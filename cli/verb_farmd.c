/* Verbs that farmd itself answers, without a daemon. */
#include "cli.h"

/* The configuration, if the command line names one. */
static size_t
put_config(const struct cli *cli, const char **arguments, size_t n)
{
	if (cli->config != NULL) {
		arguments[n++] = "--config";
		arguments[n++] = cli->config;
	}
	return n;
}

static int
run_check(const struct cli *cli, int argc, char **argv)
{
	const char *arguments[8] = { NULL, "--check" };

	(void)argc;
	(void)argv;
	(void)put_config(cli, arguments, 2);
	return cli_exec_farmd(cli, arguments);
}

static int
run_test(const struct cli *cli, int argc, char **argv)
{
	const char *arguments[10] = { NULL, "--test" };
	size_t n = put_config(cli, arguments, 2);

	if (argc > 0) {
		arguments[n++] = "--instance";
		arguments[n++] = argv[0];
	}
	if (cli->format == FORMAT_JSON) {
		arguments[n++] = "--format";
		arguments[n++] = "json";
	}
	return cli_exec_farmd(cli, arguments);
}

static int
run_once(const struct cli *cli, int argc, char **argv)
{
	const char *arguments[8] = { NULL, "--once" };

	(void)argc;
	(void)argv;
	(void)put_config(cli, arguments, 2);
	return cli_exec_farmd(cli, arguments);
}

const struct verb verb_check = {
	.name = "check",
	.arguments = "",
	.summary = "say everything that is wrong with the configuration",
	.options = "c",
	.run = run_check,
};

const struct verb verb_test = {
	.name = "test",
	.arguments = "[INSTANCE]",
	.summary = "run collectors once and print what they give",
	.help = "Nothing is written; writers are not even opened.\n",
	.options = "cj",
	.max = 1,
	.run = run_test,
};

const struct verb verb_once = {
	.name = "once",
	.arguments = "",
	.summary = "run everything once, write it, end",
	.options = "c",
	.run = run_once,
};
