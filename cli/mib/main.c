/* farmctl-mib: what farmctl runs for `farmctl mib'. */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mib.h"

static const struct {
	const char *name;
	int min;
	int max;
	int (*run)(const struct mib *, int argc, char **argv);
} verbs[] = {
	{ "resolve", 1, 1000, mib_resolve },
	{ "search", 1, 1, mib_search },
	{ "compile", 1, MIB_INPUTS_MAX, mib_compile },
	{ "profile", 1, 1, mib_profile },
};
#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const char usage[] =
    "usage: farmctl mib resolve NAME|OID...\n"
    "       farmctl mib search WORD\n"
    "       farmctl mib compile DIR|FILE...\n"
    "       farmctl mib profile SYSOID|MODULE|TABLE\n"
    "\n"
    "SNMP's objects by name and number, from farmd's own catalogue and from\n"
    "MIB files.  Answers are lines of a catalogue: name, OID, syntax, unit "
    "and\n"
    "details, with tabs between them.\n"
    "\n"
    "  resolve  what a name or a number stands for\n"
    "  search   objects whose names hold the word\n"
    "  compile  write a catalogue from MIB files; a broken MIB is a warning\n"
    "  profile  write a profile of the snmp collector, to be cut down: of a\n"
    "           table, of a module, or of all that is known of the vendor of\n"
    "           devices with this sysObjectID\n"
    "\n"
    "Options:\n"
    "  -M, --mibs PATH    also a folder of MIB files, a MIB file or a\n"
    "                     compiled catalogue (FILE.tsv); may be repeated\n"
    "  -o, --output FILE  write there, not to stdout; compile leaves a file\n"
    "                     that is newer than its MIB files as it is\n"
    "  --force            write that file in any case\n";

static const struct option long_options[] = {
	{ "mibs", required_argument, NULL, 'M' },
	{ "output", required_argument, NULL, 'o' },
	{ "force", no_argument, NULL, 'O' },
	{ "help", no_argument, NULL, 'h' },
	{ .name = NULL },
};

int
mib_fail(int code, const char *format, ...)
{
	va_list args;

	fputs("farmctl: mib: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

static int
run(const struct mib *mib, int argc, char **argv)
{
	size_t i;

	if (argc == 0) {
		fputs(usage, stderr);
		return MIB_USAGE;
	}
	for (i = 0; i < N_VERBS; i++)
		if (strcmp(verbs[i].name, argv[0]) == 0)
			break;
	if (i == N_VERBS)
		return mib_fail(MIB_USAGE,
		    "there is no \"%s\"; farmctl mib --help says what is",
		    argv[0]);
	if (argc - 1 < verbs[i].min || argc - 1 > verbs[i].max)
		return mib_fail(MIB_USAGE,
		    "%s: %s arguments; see farmctl mib --help", argv[0],
		    argc - 1 < verbs[i].min ? "too few" : "too many");
	return verbs[i].run(mib, argc - 1, argv + 1);
}

int
main(int argc, char **argv)
{
	struct mib mib = { .output = NULL };
	int letter;

	opterr = 0;
	while ((letter = getopt_long(
		    argc, argv, ":M:o:h", long_options, NULL)) != -1) {
		switch (letter) {
		case 'M':
			if (mib.n_inputs == MIB_INPUTS_MAX)
				return mib_fail(MIB_USAGE, "too many --mibs");
			mib.inputs[mib.n_inputs++] = optarg;
			break;
		case 'o':
			mib.output = optarg;
			break;
		case 'O':
			mib.force = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return MIB_FINE;
		default:
			return mib_fail(MIB_USAGE,
			    letter == ':' ? "%s needs a value"
					  : "%s is not an option here",
			    argv[optind - 1]);
		}
	}
	return run(&mib, argc - optind, argv + optind);
}
