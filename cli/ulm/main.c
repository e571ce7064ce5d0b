/* farmctl-ulm: what farmctl runs for `farmctl ulm'. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ulm_cli.h"

static const struct {
	const char *name;
	const char *options; /* letters of those it takes */
	int min;
	int (*run)(struct ulm_cli *, int argc, char **argv, struct error *);
} verbs[] = {
	{ "merge", "", 1, ulm_merge },
	{ "sort", "md", 0, ulm_sort },
	{ "filter", "FTw", 1, ulm_filter },
	{ "convert", "f", 0, ulm_convert },
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const char usage[] =
    "usage: farmctl ulm merge FILE...\n"
    "       farmctl ulm sort [FILE...]\n"
    "       farmctl ulm filter PREDICATE [FILE...]\n"
    "       farmctl ulm convert --format FORMAT [FILE...]\n"
    "\n"
    "NetLogger's lines, in files of any size; \"-\", or no file, is the\n"
    "standard input. Lines that are none are named FILE:LINE and left out.\n"
    "\n"
    "  merge    files that are in order, as one\n"
    "  sort     by time; lines of one time stay as they stand\n"
    "  filter   what a predicate matches, as in \"*/PROG/HOST/EVENT.SIZE>9\"\n"
    "  convert  into JSON lines, XML or InfluxDB's line protocol\n"
    "\n"
    "Options:\n"
    "  --memory SIZE         of sort: how much it may take, default 64MiB\n"
    "  --folder FOLDER       of sort: where the rest is, TMPDIR or /tmp\n"
    "  --from TIME           of filter: -1h, 2026-01-31T10:00, seconds since\n"
    "                        1970\n"
    "  --to TIME             of filter: up to before then\n"
    "  --where NAME=PATTERN  of filter: the field is like this; several\n"
    "                        must all hold\n"
    "  --format FORMAT       of convert: json, xml or influx\n";

static const struct option long_options[] = {
	{ "memory", required_argument, NULL, 'm' },
	{ "folder", required_argument, NULL, 'd' },
	{ "from", required_argument, NULL, 'F' },
	{ "to", required_argument, NULL, 'T' },
	{ "where", required_argument, NULL, 'w' },
	{ "format", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ .name = NULL },
};

int
ulm_write(struct slice line, struct error *err)
{
	if ((line.length > 0 &&
		fwrite(line.text, 1, line.length, stdout) != line.length) ||
	    putchar('\n') == EOF)
		return error_set(err, "stdout: %m");
	return 0;
}

static int
take_option(void *cookie, int letter, const char *argument)
{
	struct ulm_cli *ulm = cookie;
	const char **fields[128] = {
		['m'] = &ulm->memory,
		['d'] = &ulm->folder,
		['F'] = &ulm->from,
		['T'] = &ulm->to,
		['f'] = &ulm->format,
	};

	if (letter != 'w') {
		*fields[letter] = argument;
		return CLI_FINE;
	}
	if (ulm->n_where == ULM_WHERE_MAX)
		return cli_fail(&ulm->cli, CLI_USAGE, "more than %d --where",
		    ULM_WHERE_MAX);
	ulm->where[ulm->n_where++] = argument;
	return CLI_FINE;
}

/* Only what the verb makes use of may be given. */
static bool
is_given(const struct ulm_cli *ulm, char letter)
{
	switch (letter) {
	case 'm':
		return ulm->memory != NULL;
	case 'd':
		return ulm->folder != NULL;
	case 'F':
		return ulm->from != NULL;
	case 'T':
		return ulm->to != NULL;
	case 'f':
		return ulm->format != NULL;
	default:
		return ulm->n_where > 0;
	}
}

static int
run(struct ulm_cli *ulm, int argc, char **argv)
{
	struct error err;
	size_t i;
	int status;

	if (argc == 0) {
		fputs(usage, stderr);
		return CLI_USAGE;
	}
	for (i = 0; i < N_VERBS && strcmp(verbs[i].name, argv[0]) != 0; i++)
		;
	if (i == N_VERBS)
		return cli_fail(&ulm->cli, CLI_USAGE,
		    "there is no \"%s\"; farmctl ulm --help says what is",
		    argv[0]);
	for (const char *o = "mdFTfw"; *o != '\0'; o++)
		if (is_given(ulm, *o) && strchr(verbs[i].options, *o) == NULL)
			return cli_fail(&ulm->cli, CLI_USAGE,
			    "%s does not take that option; see farmctl ulm "
			    "--help",
			    argv[0]);
	if (argc - 1 < verbs[i].min)
		return cli_fail(&ulm->cli, CLI_USAGE,
		    "%s: too few arguments; see farmctl ulm --help", argv[0]);
	status = verbs[i].run(ulm, argc - 1, argv + 1, &err);
	if (status == 0 && fflush(stdout) != 0)
		status = error_set(&err, "stdout: %m");
	if (status != 0)
		return cli_fail(&ulm->cli, CLI_FAILED, "%s", err.text);
	return ulm->bad > 0 ? CLI_FAILED : CLI_FINE;
}

int
main(int argc, char **argv)
{
	struct ulm_cli ulm = { .cli = { .verb = "ulm" } };
	int code = cli_options(
	    &ulm.cli, argc, argv, long_options, usage, take_option, &ulm);

	return code >= 0 ? code : run(&ulm, argc - optind, argv + optind);
}
