/* farmctl: the command line for people. */
#include <getopt.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <limits.h>

#include "cli.h"

static const struct verb *const verbs[] = {
	&verb_status,
	&verb_top,
	&verb_tree,
	&verb_latest,
	&verb_history,
	&verb_watch,
	&verb_instances,
	&verb_writers,
	&verb_journal,
	&verb_run,
	&verb_pause,
	&verb_resume,
	&verb_act,
	&verb_modules,
	&verb_module,
	&verb_check,
	&verb_test,
	&verb_once,
	&verb_doctor,
	&verb_import,
	&verb_export,
	&verb_import_data,
	&verb_reload,
	&verb_config,
	&verb_filter,
	&verb_token,
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const char *const format_names[FORMATS] = { "table", "json", "csv",
	"influx", "prometheus" };

/* Letters are those of struct verb's `options'; socket and color are common. */
static const struct option long_options[] = {
	{ "socket", required_argument, NULL, 'S' },
	{ "config", required_argument, NULL, 'c' },
	{ "format", required_argument, NULL, 'f' },
	{ "predicate", required_argument, NULL, 'P' },
	{ "from", required_argument, NULL, 'F' },
	{ "to", required_argument, NULL, 'T' },
	{ "limit", required_argument, NULL, 'l' },
	{ "step", required_argument, NULL, 's' },
	{ "points", required_argument, NULL, 'n' },
	{ "level", required_argument, NULL, 'L' },
	{ "every", required_argument, NULL, 'e' },
	{ "mode", required_argument, NULL, 'm' },
	{ "above", required_argument, NULL, '>' },
	{ "below", required_argument, NULL, '<' },
	{ "hysteresis", required_argument, NULL, 'H' },
	{ "back", no_argument, NULL, 'b' },
	{ "delta", required_argument, NULL, 'D' },
	{ "percent", required_argument, NULL, '%' },
	{ "rate", required_argument, NULL, 'R' },
	{ "name", required_argument, NULL, 'N' },
	{ "match", required_argument, NULL, 'M' },
	{ "lease", required_argument, NULL, 'z' },
	{ "cluster", required_argument, NULL, 'C' },
	{ "after", required_argument, NULL, 'A' },
	{ "role", required_argument, NULL, 'r' },
	{ "output", required_argument, NULL, 'o' },
	{ "force", no_argument, NULL, 'O' },
	{ "plan", no_argument, NULL, 'p' },
	{ "at", required_argument, NULL, 'a' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ .name = NULL },
};

static const struct {
	char letter;
	const char *text;
} option_help[] = {
	{ 'c', "  -c, --config FILE  default /etc/farm/farm.yaml\n" },
	{ 'f',
	    "  --format FORMAT    table, json, csv, influx or prometheus\n" },
	{ 'j', "  --format FORMAT    table or json\n" },
	{ 'd', "  --format FORMAT    text, json, markdown or schema\n" },
	{ 'x', "  --format FORMAT    csv, json, influx or sqlite; by the file's "
	       "name\n" },
	{ 'P', "  --predicate P      Farm/Cluster/Node/p1|p2, several by comma\n" },
	{ 'F', "  --from TIME        -1h, 2026-01-31T10:00, seconds since "
	       "1970\n" },
	{ 'T', "  --to TIME          the same; now if not given\n" },
	{ 'l', "  --limit N          answer at most N values\n" },
	{ 's', "  --step DURATION    averages over slots of this length\n" },
	{ 'n', "  --points N         averages, of each series N at most\n" },
	{ 'L', "  --level LEVEL      raw, or a length: as stored, that alone\n" },
	{ 'e', "  --every TIME       time between two looks, default 2s\n" },
	{ 'm',
	    "  --mode MODE        all, on_change, crossing, delta, latest or "
	    "summary\n" },
	{ '>', "  --above N          of crossing: when it gets above this\n" },
	{ '<', "  --below N          and when it gets below this\n" },
	{ 'H', "  --hysteresis N     and back by so much before it does again\n" },
	{ 'b', "  --back             its coming back, too\n" },
	{ 'D', "  --delta N          of delta: further than this from the last\n" },
	{ '%', "  --percent N        the same, in percent of it\n" },
	{ 'E', "  --every TIME       of latest and summary: how often\n" },
	{ 'R', "  --rate N           values of a series in a second at most\n" },
	{ 'o', "  -o, --output FILE  write there, not to stdout\n" },
	{ 'O', "  --force            even if that file is there\n" },
	{ 'p', "  --plan             only say what would change\n" },
	{ 'a', "  --at TIME          of show: what ran then, such as -1h\n" },
	{ 'N', "  --name NAME        of the filter; a number if not given\n" },
	{ 'M', "  --match P          predicate of what it sees, default all\n" },
	{ 'z', "  --lease TIME       it ends after so long, default 10m\n" },
	{ 't', "  --to farm|me       where what it gives goes, default farm\n" },
	{ 'C', "  --cluster C        that it may give to, default filters\n" },
	{ 'A', "  --after N          of results: those behind number N\n" },
	{ 'r', "  --role ROLE        collector, filter or writer\n" },
};

/* --- help --- */

/* The programs of a folder that are verbs, but for those of `but_not'. */
static void
print_others(FILE *to, const char *folder, const char *but_not)
{
	char path[PATH_MAX];
	glob_t found;
	size_t i;

	(void)snprintf(path, sizeof(path), "%s/farmctl-*", folder);
	if (glob(path, 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;

		(void)snprintf(path, sizeof(path), "%s/%s",
		    but_not == NULL ? "" : but_not, name);
		if (access(found.gl_pathv[i], X_OK) == 0 &&
		    (but_not == NULL || access(path, X_OK) != 0))
			fprintf(to, "  %-11s by %s\n",
			    name + strlen("farmctl-"), found.gl_pathv[i]);
	}
	globfree(&found);
}

static int
print_usage(FILE *to, int code)
{
	char room[PATH_MAX];
	const char *folder = cli_folder(room, sizeof(room));
	size_t i;

	fputs("usage: farmctl VERB [ARGUMENTS] [OPTIONS]\n\n", to);
	for (i = 0; i < N_VERBS; i++)
		fprintf(to, "  %-11s %s\n", verbs[i]->name, verbs[i]->summary);
	if (folder != NULL)
		print_others(to, folder, NULL);
	print_others(to, FARM_LIBEXEC_DIR, folder);
	fputs("\nfarmctl VERB --help says more. Other verbs run farmctl-VERB.\n"
	      "The daemon is asked at --socket PATH, FARM_SOCKET, or\n"
	      "/run/farm/farmd.sock (in a source tree var/farmd.sock).\n"
	      "Exit codes: 0 fine, 1 bad configuration, 2 failed or in part, "
	      "64 usage\n",
	    to);
	return code;
}

static int
print_verb_help(const struct verb *verb)
{
	size_t i;

	printf("usage: farmctl %s %s\n\n%c%s.\n", verb->name, verb->arguments,
	    verb->summary[0] - 'a' + 'A', verb->summary + 1);
	if (verb->help != NULL)
		printf("\n%s", verb->help);
	if (verb->options[0] != '\0')
		puts("\nOptions:");
	for (i = 0; i < sizeof(option_help) / sizeof(option_help[0]); i++)
		if (strchr(verb->options, option_help[i].letter) != NULL)
			fputs(option_help[i].text, stdout);
	return CLI_FINE;
}

/* --- the command line --- */

static int
parse_format(struct cli *cli, const struct verb *verb, const char *text)
{
	int i;

	cli->format_given = true;
	if (strpbrk(verb->options, "dx") != NULL) {
		cli->format_text = text; /* farmd's, or files' */
		return CLI_FINE;
	}
	for (i = 0; i < FORMATS; i++)
		if (strcmp(text, format_names[i]) == 0)
			break;
	if (i == FORMATS ||
	    (strchr(verb->options, 'j') != NULL && i > FORMAT_JSON))
		return cli_fail(cli, CLI_USAGE, "no format \"%s\" here", text);
	cli->format = (enum cli_format)i;
	return CLI_FINE;
}

/* Does the verb take the option?  A format goes by four letters, a pause by
   two. */
static bool
takes(const struct verb *verb, int letter)
{
	if (letter == 'S')
		return true;
	if (letter == 'f')
		return strpbrk(verb->options, "fjdx") != NULL;
	/* A time of most verbs, a place of one. */
	if (letter == 'T')
		return strpbrk(verb->options, "Tt") != NULL;
	if (letter == 'e')
		return strpbrk(verb->options, "eE") != NULL;
	return strchr(verb->options, letter) != NULL;
}

static int
take_option(struct cli *cli, const struct verb *verb, int letter)
{
	const char **fields[128] = {
		['S'] = &cli->socket,
		['c'] = &cli->config,
		['P'] = &cli->predicate,
		['F'] = &cli->from,
		['T'] = &cli->to,
		['l'] = &cli->limit,
		['s'] = &cli->step,
		['n'] = &cli->points,
		['L'] = &cli->level,
		['e'] = &cli->every,
		['m'] = &cli->mode,
		['>'] = &cli->above,
		['<'] = &cli->below,
		['H'] = &cli->hysteresis,
		['D'] = &cli->delta,
		['%'] = &cli->percent,
		['R'] = &cli->max_rate,
		['N'] = &cli->name,
		['M'] = &cli->match,
		['z'] = &cli->lease,
		['C'] = &cli->cluster,
		['A'] = &cli->after,
		['r'] = &cli->role,
		['a'] = &cli->at,
		['o'] = &cli->output,
	};

	if (!takes(verb, letter))
		return cli_fail(cli, CLI_USAGE,
		    "does not take that option; see farmctl %s --help",
		    verb->name);
	if (letter == 'f')
		return parse_format(cli, verb, optarg);
	if (letter == 'O')
		cli->force = true;
	else if (letter == 'p')
		cli->plan = true;
	else if (letter == 'b')
		cli->back = true;
	else
		*fields[letter] = optarg;
	return CLI_FINE;
}

static int
run_verb(const struct verb *verb, int argc, char **argv)
{
	struct cli cli = { .verb = verb->name };
	int letter;
	int code;

	optind = 1;
	opterr = 0;
	while ((letter = getopt_long(
		    argc, argv, ":c:ho:", long_options, NULL)) != -1) {
		if (letter == 'h')
			return print_verb_help(verb);
		if (letter == '?' || letter == ':')
			return cli_fail(&cli, CLI_USAGE,
			    letter == ':' ? "%s needs a value"
					  : "%s is not an option here",
			    argv[optind - 1]);
		code = take_option(&cli, verb, letter);
		if (code != CLI_FINE)
			return code;
	}
	argc -= optind;
	argv += optind;
	if (argc < verb->min || argc > verb->max)
		return cli_fail(&cli, CLI_USAGE, "usage: farmctl %s %s",
		    verb->name, verb->arguments);
	cli_choose_socket(&cli);
	cli.color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
	return verb->run(&cli, argc, argv);
}

/* Verbs that are programs of their own: farmctl-VERB. */
static int
run_other(char **argv)
{
	const struct cli cli = { .verb = "" };
	char name[NAME_MAX];
	char room[PATH_MAX];
	char path[PATH_MAX + NAME_MAX + 1];
	const char *folder = cli_folder(room, sizeof(room));

	if (strchr(argv[0], '/') != NULL ||
	    snprintf(name, sizeof(name), "farmctl-%s", argv[0]) >=
		(int)sizeof(name))
		return cli_fail(
		    &cli, CLI_USAGE, "there is no verb \"%s\"", argv[0]);
	if (folder != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
		(void)execv(path, argv);
	}
	(void)snprintf(path, sizeof(path), "%s/%s", FARM_LIBEXEC_DIR, name);
	(void)execv(path, argv);
	(void)execvp(name, argv);
	return cli_fail(&cli, CLI_USAGE,
	    "there is no verb \"%s\"; farmctl --help lists them", argv[0]);
}

/*
 * `farmctl --socket PATH VERB' is as good as `farmctl VERB --socket PATH': the
 * verb goes to the front.
 */
static void
move_verb(int argc, char **argv)
{
	char *verb;
	int i = 1;

	while (i < argc && argv[i][0] == '-')
		i += strcmp(argv[i], "--socket") == 0 ? 2 : 1;
	if (i >= argc)
		return;
	verb = argv[i];
	memmove(argv + 2, argv + 1, (size_t)(i - 1) * sizeof(*argv));
	argv[1] = verb;
}

int
main(int argc, char **argv)
{
	size_t i;

	if (argc < 2)
		return print_usage(stderr, CLI_USAGE);
	move_verb(argc, argv);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return print_usage(stdout, CLI_FINE);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("farmctl %s\n", PACKAGE_VERSION);
		return CLI_FINE;
	}
	for (i = 0; i < N_VERBS; i++)
		if (strcmp(verbs[i]->name, argv[1]) == 0)
			return run_verb(verbs[i], argc - 1, argv + 1);
	return run_other(argv + 1);
}
