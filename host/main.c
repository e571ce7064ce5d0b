/* farmd: the daemon's command line. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "config.h"
#include "config_check.h"
#include "config_tree.h"
#include "dump.h"
#include "farm.h"
#include "journal_tool.h"
#include "lock.h"
#include "log.h"
#include "loop.h"
#include "module.h"
#include "module_sheet.h"
#include "reload.h"
#include "notify.h"
#include "serve.h"
#include "service.h"
#include "spawner.h"
#include "trial.h"
#include "worker_main.h"

/* Exit codes, as documented in farmd(8). */
enum { EXIT_FINE = 0, EXIT_CONFIG = 1, EXIT_RUN = 2, EXIT_USAGE = 64 };

enum mode {
	RUN,
	CHECK,
	TEST,
	ONCE,
	DESCRIBE,
	LINT,
	LIST,
	REFERENCE,
	JOURNAL
};

struct command {
	enum mode mode;
	const char *config;
	const char *argument; /* a module, a file, an instance */
	const char *format;
	const char *folder; /* of a journal */
	const char *tried;  /* a file, and as which */
	const char *name;
	bool debug;
};

static const char default_config[] = "/etc/farm/farm.yaml";

static const char usage_text[] =
    "usage: farmd [--config FILE] [MODE]\n"
    "Run a farm monitor in the foreground, or:\n"
    "  --check [--try FILE]  say what is wrong with the configuration, or\n"
    "                        would be with FILE as conf.d/NAME of it\n"
    "  --test [--instance N] run collectors once, print, write nothing\n"
    "  --once                run everything once, write it, end\n"
    "  --modules             list the modules found\n"
    "  --describe MODULE     a module's options and parameters\n"
    "  --lint FILE.so        what an author should mend in a module\n"
    "  --reference           all keys of the configuration, in Markdown\n"
    "  --journal ls|verify   the segments of a journal, in --folder\n"
    "Options:\n"
    "  -c, --config FILE     default /etc/farm/farm.yaml\n"
    "  --format FORMAT       of --test: table, json; of --describe: text,\n"
    "                        json, markdown, schema\n"
    "  --name NAME           of --try: *.yaml\n"
    "  --folder FOLDER       of --journal: STATE/journal\n"
    "  --debug               log more\n"
    "  -V, --version         -h, --help\n"
    "Exit codes: 0 fine, 1 bad configuration, 2 failed or in part, 64 usage\n";

enum long_option {
	OPT_CHECK = 256,
	OPT_TEST,
	OPT_ONCE,
	OPT_INSTANCE,
	OPT_MODULES,
	OPT_DESCRIBE,
	OPT_LINT,
	OPT_REFERENCE,
	OPT_JOURNAL,
	OPT_FOLDER,
	OPT_FORMAT,
	OPT_DEBUG,
	OPT_TRY,
	OPT_NAME,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "test", no_argument, NULL, OPT_TEST },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ "instance", required_argument, NULL, OPT_INSTANCE },
	{ "modules", no_argument, NULL, OPT_MODULES },
	{ "describe", required_argument, NULL, OPT_DESCRIBE },
	{ "lint", required_argument, NULL, OPT_LINT },
	{ "reference", no_argument, NULL, OPT_REFERENCE },
	{ "journal", required_argument, NULL, OPT_JOURNAL },
	{ "folder", required_argument, NULL, OPT_FOLDER },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "debug", no_argument, NULL, OPT_DEBUG },
	{ "try", required_argument, NULL, OPT_TRY },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ .name = NULL },
};

static void
take_option(struct command *c, int option)
{
	static const struct {
		int option;
		enum mode mode;
	} modes[] = {
		{ OPT_CHECK, CHECK },
		{ OPT_TEST, TEST },
		{ OPT_ONCE, ONCE },
		{ OPT_DESCRIBE, DESCRIBE },
		{ OPT_LINT, LINT },
		{ OPT_MODULES, LIST },
		{ OPT_REFERENCE, REFERENCE },
		{ OPT_JOURNAL, JOURNAL },
	};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (modes[i].option == option)
			c->mode = modes[i].mode;
	if (option == 'c')
		c->config = optarg;
	else if (option == OPT_FORMAT)
		c->format = optarg;
	else if (option == OPT_FOLDER)
		c->folder = optarg;
	else if (option == OPT_TRY)
		c->tried = optarg;
	else if (option == OPT_NAME)
		c->name = optarg;
	else if (option == OPT_DEBUG)
		c->debug = true;
	else if (optarg != NULL)
		c->argument = optarg;
}

/* Returns an exit code where the command line is all there is to it, or -1. */
static int
parse_command(struct command *c, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:Vh", long_options, NULL)) !=
	       -1) {
		switch (option) {
		case 'V':
			printf("farmd %s (module ABI %d.%d)\n", PACKAGE_VERSION,
			    FARM_ABI_MAJOR, FARM_ABI_MINOR);
			return EXIT_FINE;
		case 'h':
			fputs(usage_text, stdout);
			return EXIT_FINE;
		case '?':
			fputs("Try farmd --help.\n", stderr);
			return EXIT_USAGE;
		default:
			take_option(c, option);
		}
	}
	if (optind < argc) {
		fprintf(stderr,
		    "farmd: \"%s\" is not an option; try farmd "
		    "--help\n",
		    argv[optind]);
		return EXIT_USAGE;
	}
	if (c->tried == NULL)
		return -1;
	if (c->mode != CHECK || c->name == NULL) {
		fputs("farmd: --try is for --check, with --name\n", stderr);
		return EXIT_USAGE;
	}
	config_try(c->name, c->tried);
	return -1;
}

static bool
format_is(const struct command *c, const char *format)
{
	return c->format != NULL && strcmp(c->format, format) == 0;
}

static int
print_buffer(struct buffer *b)
{
	bool good = !buffer_failed(b);

	if (good)
		(void)fwrite(buffer_text(b), 1, b->size, stdout);
	buffer_free(b);
	return good && fflush(stdout) == 0 ? EXIT_FINE : EXIT_RUN;
}

static void
print_problems(const struct problems *problems)
{
	size_t i;

	for (i = 0; i < problems->n; i++) {
		const struct problem *p = &problems->items[i];

		if (p->file != NULL && p->line > 0)
			fprintf(
			    stderr, "%s:%u:%u: ", p->file, p->line, p->column);
		else if (p->file != NULL)
			fprintf(stderr, "%s: ", p->file);
		fprintf(stderr, "%s: %s\n", p->warning ? "warning" : "error",
		    p->text);
	}
}

static int
fail(const struct error *err)
{
	fprintf(stderr, "farmd: %s\n", err->text);
	return EXIT_RUN;
}

static struct modules *
find_modules(const char *config)
{
	struct modules *modules = NULL;
	size_t n;
	size_t n_ours;
	char **folders = config_folders(config, &n, &n_ours);

	if (folders == NULL)
		return NULL;
	modules = modules_new((const char *const *)folders, n, n_ours);
	while (n > 0)
		free(folders[--n]);
	free(folders);
	/* What others have made may crash when it is loaded. */
	if (modules != NULL)
		modules_set_apart(modules);
	return modules;
}

static int
describe(const struct command *c, struct modules *modules)
{
	static const enum farm_role roles[] = { FARM_COLLECTOR, FARM_FILTER,
		FARM_WRITER };
	struct buffer out = BUFFER_INIT;
	struct module *module = NULL;
	struct error err;
	size_t i;

	if (strchr(c->argument, '/') != NULL) {
		if (module_learn(c->argument, &module, &err) < 0)
			return fail(&err);
	}
	for (i = 0; module == NULL && i < 3; i++)
		(void)modules_find(
		    modules, roles[i], c->argument, &module, &err);
	if (module == NULL)
		return fail(&err);
	if (format_is(c, "json"))
		module_describe_json(&out, module, true);
	else if (format_is(c, "markdown"))
		module_describe_markdown(&out, module);
	else if (format_is(c, "schema"))
		module_describe_schema(&out, module);
	else
		module_describe_text(&out, module);
	return print_buffer(&out);
}

static int
lint(const struct command *c)
{
	struct buffer out = BUFFER_INIT;
	int errors = module_lint(&out, c->argument);

	return print_buffer(&out) == EXIT_FINE && errors == 0 ? EXIT_FINE
							      : EXIT_RUN;
}

static int
list_modules(struct modules *modules)
{
	struct module_file *files;
	long n = modules_list(modules, &files);
	long i;

	for (i = 0; i < n; i++)
		if (files[i].good)
			printf("%-10s %-16s %s\n",
			    role_name((enum farm_role)files[i].stamp.role),
			    files[i].stamp.name, files[i].path);
		else
			printf("%-10s %-16s %s\n", "refused", "-",
			    files[i].why.text);
	if (n >= 0)
		modules_list_free(files, n);
	return n < 0 ? EXIT_RUN : EXIT_FINE;
}

static int
reference(void)
{
	struct buffer out = BUFFER_INIT;

	config_markdown(&out);
	return print_buffer(&out);
}

static int
look_at_journal(const struct command *c)
{
	bool verify = strcmp(c->argument, "verify") == 0;
	struct buffer out = BUFFER_INIT;
	struct error err;
	int bad;

	if (!verify && strcmp(c->argument, "ls") != 0) {
		error_set(&err, "--journal \"%s\": not ls or verify",
		    c->argument);
		(void)fail(&err);
		return EXIT_USAGE;
	}
	if (c->folder == NULL) {
		error_set(&err, "--folder is not given");
		(void)fail(&err);
		return EXIT_USAGE;
	}
	bad = journal_tool(
	    c->folder, verify, format_is(c, "json"), &out, &err);
	if (bad < 0) {
		buffer_free(&out);
		return fail(&err);
	}
	return print_buffer(&out) == EXIT_FINE && bad == 0 ? EXIT_FINE
							   : EXIT_RUN;
}

static int
test(const struct command *c, const struct config *config)
{
	struct error err;
	int failed = trial_run(config, c->argument, format_is(c, "json"), &err);

	if (failed < 0)
		return fail(&err);
	return failed == 0 ? EXIT_FINE : EXIT_RUN;
}

/* Everything once: wait until it is collected, routed and written. */
static int
run_once(struct farm *farm, struct loop *loop)
{
	int64_t deadline;
	struct router_stats stats;
	bool done;

	while (!loop->ending && !schedule_settled(farm->schedule))
		loop_wait(loop, farm_step(farm, clock_mono_ns()));
	deadline = clock_mono_ns() + farm->config->limits.shutdown_ns;
	done = router_flush(farm->router, deadline);
	router_stats(farm->router, &stats);
	done = done &&
	       deliver_flush(
		   farm->deliver, stats.position - 1, deadline, NULL) == 0;
	return done && !loop->ending ? EXIT_FINE : EXIT_RUN;
}

static void
say_hello(const struct farm *f)
{
	const struct config *c = f->config;
	const struct instance_config *i;
	size_t n;

	for (n = 0; n < c->n_collectors; n++) {
		i = &c->collectors[n];
		log_line(LOG_LEVEL_NOTICE, "main", "%s: %zu node%s", i->name,
		    i->n_nodes, i->n_nodes == 1 ? "" : "s");
	}
	if (c->socket[0] != '\0')
		log_line(LOG_LEVEL_NOTICE, "main", "API at %s", c->socket);
	if (c->http.address.text[0] != '\0')
		log_line(LOG_LEVEL_NOTICE, "main", "API for reading at %s",
		    c->http.address.text);
	log_line(LOG_LEVEL_NOTICE, "main", "farm \"%s\" is up", c->farm);
}

/* Until somebody says that it is enough. */
static void
serve_farm(struct farm *farm, struct loop *loop)
{
	struct service service;
	int64_t now = clock_mono_ns();
	int64_t tick = now;
	int64_t next;
	int64_t step;

	service_begin(&service, farm, now);
	while (!loop->ending) {
		now = clock_mono_ns();
		if (now >= tick) {
			log_tick(now);
			tick = now + NS_PER_S;
		}
		next = farm_step(farm, clock_mono_ns());
		step = service_step(&service, farm, clock_mono_ns());
		loop_wait(loop, step < next ? step : next);
		if (loop->reload)
			reload_signal(
			    farm->reload, loop->reload_uid, loop->reload_pid);
		loop->reload = false;
		if (loop->dump)
			dump_state(farm);
		loop->dump = false;
	}
	notify_stopping();
}

static int
run_farm(const struct command *c, struct farm *farm, struct loop *loop)
{
	struct serve *serve = NULL;
	struct error err;
	int code = EXIT_FINE;

	loop_watch(loop, farm->schedule);
	if (c->mode == ONCE) {
		code = run_once(farm, loop);
	} else if (serve_start(&serve, farm, &err) < 0) {
		code = fail(&err);
	} else {
		say_hello(farm);
		serve_farm(farm, loop);
	}
	loop_end(loop);
	serve_stop(serve);
	return code;
}

static int
run(const struct command *c, struct config *config, struct modules *modules)
{
	struct farm *farm;
	struct loop loop;
	struct error err;
	int code;
	int lock = lock_state(config->state, &err);

	if (lock < 0)
		return fail(&err);
	if (loop_open(&loop, &err) < 0 ||
	    farm_begin(&farm, config, modules, &err) < 0)
		return fail(&err);
	code = run_farm(c, farm, &loop);
	if (!farm_end(farm)) {
		log_close();
		_exit(EXIT_RUN);
	}
	loop_close(&loop);
	close(lock);
	return code;
}

static int
with_config(const struct command *c, struct modules *modules)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *config;
	int code = EXIT_CONFIG;
	bool good;

	config = config_load(c->config, modules, &problems);
	good = config != NULL;
	if (good && (c->mode == CHECK || c->mode == TEST))
		good = config_check(config, CHECK_ALL, &problems) == 0;
	print_problems(&problems);
	if (good && c->mode == CHECK) {
		printf("%s is good: farm \"%s\", %zu collectors, %zu filters, "
		       "%zu writers\n",
		    c->config, config->farm, config->n_collectors,
		    config->n_filters, config->n_writers);
		code = EXIT_FINE;
	} else if (good && c->mode == TEST) {
		code = test(c, config);
	} else if (good) {
		code = run(c, config, modules);
	}
	problems_free(&problems);
	config_free(config);
	return code;
}

int
main(int argc, char **argv)
{
	struct command c = { .config = default_config };
	struct modules *modules;
	int code;

	/* Not for people: how farmd starts itself, see spawner.h. */
	if (argc == 2 && strcmp(argv[1], SPAWNER_OPTION) == 0)
		return spawner_helper_main();
	if (argc == 2 && strcmp(argv[1], WORKER_OPTION) == 0)
		worker_main();
	if (argc == 3 && strcmp(argv[1], MODULE_SHEET_OPTION) == 0)
		module_sheet_tell(argv[2]);
	code = parse_command(&c, argc, argv);
	if (code >= 0)
		return code;
	log_setup(c.debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_NOTICE,
	    getenv("JOURNAL_STREAM") != NULL);
	if (c.mode == RUN)
		notify_setup();
	if (c.mode == LINT)
		return lint(&c);
	if (c.mode == REFERENCE)
		return reference();
	if (c.mode == JOURNAL)
		return look_at_journal(&c);

	modules = find_modules(c.config);
	if (modules == NULL) {
		fputs("farmd: out of memory\n", stderr);
		return EXIT_RUN;
	}
	if (c.mode == DESCRIBE)
		code = describe(&c, modules);
	else if (c.mode == LIST)
		code = list_modules(modules);
	else
		code = with_config(&c, modules);
	modules_free(modules);
	log_close();
	return code;
}
