/* farm-gmond: gmond's metric modules, unmodified, as a collector of farmd's. */
#include <stdio.h>
#include <string.h>

#include "child.h"
#include "list.h"
#include "worker_child.h"

static const char usage[] =
    "usage: farmctl gmond list [--json] [MODULE.so | FILE.conf]...\n"
    "\n"
    "farmd starts farm-gmond by itself, to run gmond's metric modules.  By\n"
    "hand it tells what modules measure, those of Ganglia's folder if none is\n"
    "named: each is loaded and asked once, in a process of its own.  Of a "
    "file\n"
    "of gmond's configuration, the modules that it names.\n";

int
main(int argc, char **argv)
{
	bool json = false;
	int i = 2;

	if (worker_child_wanted(argc))
		child_main();
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		(void)fputs(usage, stdout);
		return 0;
	}
	if (argc > 2 && strcmp(argv[2], "--json") == 0) {
		json = true;
		i++;
	}
	if (argc > 1 && strcmp(argv[1], "list") == 0 &&
	    (i >= argc || argv[i][0] != '-'))
		return list_modules(argv + i, (size_t)(argc - i), json);
	(void)fputs(usage, stderr);
	return 2;
}
