/* farmctl-snmp: what farmctl runs for `farmctl snmp'. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "snmp.h"

static const struct {
	const char *name;
	int min;
	int max;
	int (*run)(const struct snmp_cli *, int argc, char **argv);
} verbs[] = {
	{ "get", 2, 1001, snmp_get },
	{ "walk", 1, 2, snmp_walk },
	{ "discover", 1, 1000, snmp_discover },
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const char usage[] =
    "usage: farmctl snmp get NODE OBJECT...\n"
    "       farmctl snmp walk NODE [OBJECT]\n"
    "       farmctl snmp discover RANGE...\n"
    "\n"
    "Devices asked with the farm's own credentials, by the running farmd.\n"
    "NODE is a node of the farm or an address; OBJECT a name or a number.\n"
    "\n"
    "  get       single objects, with their instance: sysName.0\n"
    "  walk      all that is below an object, if none is given below mib-2\n"
    "  discover  who answers in a range, such as 127.1.0.0/24,\n"
    "            2001:db8::/112 or \"127.1.0.[1-9]\", and what it is\n"
    "\n"
    "Options:\n"
    "  --instance NAME  of the snmp collector, if the node does not say it\n"
    "  --numeric        numbers instead of names\n"
    "  --rate N         of discover: datagrams a second, default 200\n"
    "  --add CLUSTER    of discover: add who answers to its nodes\n"
    "  --format FORMAT  table or json\n";

static const struct option long_options[] = {
	{ "socket", required_argument, NULL, 'S' },
	{ "format", required_argument, NULL, 'f' },
	{ "instance", required_argument, NULL, 'i' },
	{ "numeric", no_argument, NULL, 'n' },
	{ "rate", required_argument, NULL, 'r' },
	{ "add", required_argument, NULL, 'a' },
	{ "help", no_argument, NULL, 'h' },
	{ .name = NULL },
};

static int
run(struct snmp_cli *snmp, int argc, char **argv)
{
	size_t i;

	if (argc == 0) {
		fputs(usage, stderr);
		return CLI_USAGE;
	}
	for (i = 0; i < N_VERBS; i++)
		if (strcmp(verbs[i].name, argv[0]) == 0)
			break;
	if (i == N_VERBS)
		return cli_fail(&snmp->cli, CLI_USAGE,
		    "there is no \"%s\"; farmctl snmp --help says what is",
		    argv[0]);
	if (argc - 1 < verbs[i].min || argc - 1 > verbs[i].max)
		return cli_fail(&snmp->cli, CLI_USAGE,
		    "%s: %s arguments; see farmctl snmp --help", argv[0],
		    argc - 1 < verbs[i].min ? "too few" : "too many");
	if ((snmp->cluster != NULL || snmp->rate != NULL) &&
	    verbs[i].run != snmp_discover)
		return cli_fail(&snmp->cli, CLI_USAGE,
		    "%s: --add and --rate are of discover", argv[0]);
	return verbs[i].run(snmp, argc - 1, argv + 1);
}

static int
take_format(struct snmp_cli *snmp, const char *text)
{
	snmp->cli.format = strcmp(text, "json") == 0 ? FORMAT_JSON
						     : FORMAT_TABLE;
	if (snmp->cli.format == FORMAT_JSON || strcmp(text, "table") == 0)
		return CLI_FINE;
	return cli_fail(&snmp->cli, CLI_USAGE, "no format \"%s\" here", text);
}

static int
take_option(void *cookie, int letter, const char *argument)
{
	struct snmp_cli *snmp = cookie;

	switch (letter) {
	case 'S':
		snmp->cli.socket = argument;
		return CLI_FINE;
	case 'f':
		return take_format(snmp, argument);
	case 'i':
		snmp->instance = argument;
		return CLI_FINE;
	case 'r':
		snmp->rate = argument;
		return CLI_FINE;
	case 'a':
		snmp->cluster = argument;
		return CLI_FINE;
	default:
		snmp->numeric = true;
		return CLI_FINE;
	}
}

int
main(int argc, char **argv)
{
	struct snmp_cli snmp = { .cli = { .verb = "snmp" } };
	int code = cli_options(
	    &snmp.cli, argc, argv, long_options, usage, take_option, &snmp);

	if (code >= 0)
		return code;
	cli_choose_socket(&snmp.cli);
	snmp.cli.color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
	return run(&snmp, argc - optind, argv + optind);
}
