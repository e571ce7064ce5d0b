/* farm-collectd: collectd's plugins, unmodified, as collectors of farmd's. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "child.h"
#include "clock.h"
#include "conf.h"
#include "context.h"
#include "last_words.h"
#include "life.h"
#include "list.h"
#include "output_json.h"
#include "settings.h"
#include "worker_child.h"

#define STOP_NS (5 * NS_PER_S)
#define PLUGINS_MAX 256

static const char usage[] =
    "usage: farmctl collectd list [--json|--markdown] [--plugin-dir DIR] "
    "[PLUGIN...]\n"
    "       farm-collectd --try PLUGIN\n"
    "       farm-collectd --conf FILE [--run DURATION] [--plugin NAME]...\n"
    "\n"
    "Runs collectd's plugins for farmd, which starts it by itself.  By hand:\n"
    "\n"
    "  list   what this machine's plugins need, and whether they load: each "
    "in\n"
    "         a process of its own, without being started\n"
    "  --try  the same of one plugin, as JSON\n"
    "  --conf run a collectd.conf for a while (default 10s), and print its\n"
    "         values and notifications as lines of JSON; with --plugin only\n"
    "         these of its plugins; with --verbose all of the log\n";

struct arguments {
	const char *conf;
	const char *try;
	const char *plugins[PLUGINS_MAX];
	size_t n_plugins;
	int64_t run_ns;
	enum list_form form;
	bool verbose;
	bool full;
};

static const struct option long_options[] = {
	{ "conf", required_argument, NULL, 'C' },
	{ "run", required_argument, NULL, 'r' },
	{ "try", required_argument, NULL, 't' },
	{ "plugin", required_argument, NULL, 'p' },
	{ "plugin-dir", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ "markdown", no_argument, NULL, 'm' },
	{ "full", no_argument, NULL, 'f' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ .name = NULL },
};

static int
fail(const char *why)
{
	(void)fprintf(stderr, "farm-collectd: %s\n", why);
	return 1;
}

/* ----------------------------------------------------------------- by hand */

static void
run_for(int64_t ns)
{
	int64_t end = clock_mono_ns() + ns, left;

	while ((left = end - clock_mono_ns()) > 0) {
		if (left > NS_PER_S)
			left = NS_PER_S;
		(void)poll(NULL, 0, (int)(left / NS_PER_MS));
		life_tick();
	}
}

/* Some plugins print answers to stdout: it is for our lines alone. */
static FILE *
take_stdout(void)
{
	int fd = dup(STDOUT_FILENO);

	if (fd < 0 || freopen("/dev/null", "w", stdout) == NULL)
		return NULL;
	return fdopen(fd, "w");
}

static int
run_conf(const struct arguments *a)
{
	struct map map = { .farm = "",
		.cluster = "",
		.node = "",
		.names = a->full ? NAMES_FULL : NAMES_SHORT };
	struct life_choice choice = { a->plugins, a->n_plugins };
	FILE *to = take_stdout();
	oconfig_item_t *root;
	struct error err;

	if (to == NULL)
		return fail("stdout cannot be used");
	last_words_watch("plugin", context_plugin, context_doing);
	output = output_json_new(to, &map, a->verbose ? LOG_INFO : LOG_WARNING);
	if (output == NULL)
		return fail("out of memory");
	if (conf_read(a->conf, &root, &err) != 0 ||
	    life_configure(root, &choice, &err) != 0 ||
	    life_start(false, &err) != 0) {
		(void)fprintf(stderr, "farm-collectd: %s\n", err.text);
		_exit(1); /* there may be threads of plugins */
	}
	run_for(a->run_ns);
	life_stop(STOP_NS);
	_exit(0);
}

/* --------------------------------------------------------------- arguments */

/* 0, 1 if help was asked for, -1 if something is wrong, and said. */
static int
take_option(struct arguments *a, int c)
{
	struct error err;

	switch (c) {
	case 'C':
		a->conf = optarg;
		return 0;
	case 'r':
		if (duration_parse(optarg, &a->run_ns, &err) == 0)
			return 0;
		(void)fail(err.text);
		return -1;
	case 't':
		a->try = optarg;
		return 0;
	case 'p':
		if (a->n_plugins < PLUGINS_MAX)
			a->plugins[a->n_plugins++] = optarg;
		return 0;
	case 'd':
		settings.plugin_dir = optarg;
		return 0;
	case 'j':
		a->form = LIST_JSON;
		return 0;
	case 'm':
		a->form = LIST_MARKDOWN;
		return 0;
	case 'f':
		a->full = true;
		return 0;
	case 'v':
		a->verbose = true;
		return 0;
	case 'h':
		return 1;
	default:
		return -1;
	}
}

/* Signals wake threads of plugins that block in the system: SA_RESTART would
   put them to sleep again. */
static void
on_wake(int number)
{
	(void)number;
}

static void
set_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction wake = { .sa_handler = on_wake };

	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGTERM, &wake, NULL);
	(void)sigaction(SIGINT, &wake, NULL);
	(void)sigaction(SIGUSR1, &wake, NULL);
}

int
main(int argc, char **argv)
{
	struct arguments a = { .run_ns = 10 * NS_PER_S };
	char *one[1];
	int c, rc = 0;

	if (worker_child_wanted(argc)) {
		set_signals();
		child_main();
	}
	while (rc == 0 &&
	       (c = getopt_long(argc, argv, "vh", long_options, NULL)) != -1)
		rc = take_option(&a, c);
	if (rc > 0)
		(void)fputs(usage, stdout);
	if (rc != 0)
		return rc > 0 ? 0 : 2;
	if (a.conf != NULL) {
		set_signals();
		return run_conf(&a);
	}
	if (a.try != NULL) {
		one[0] = (char *)a.try;
		return list_plugins(one, 1, LIST_JSON);
	}
	if (optind < argc && strcmp(argv[optind], "list") == 0)
		return list_plugins(
		    argv + optind + 1, argc - optind - 1, a.form);
	(void)fputs(usage, stderr);
	return 2;
}
