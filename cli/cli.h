/*
 * cli.h - farmctl's verbs and what they share.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "error.h"

/* Exit codes, as documented in farmctl(1). */
enum {
	CLI_FINE = 0,
	CLI_CONFIG = 1, /* the configuration is bad */
	CLI_FAILED = 2, /* something failed, or only a part worked */
	CLI_USAGE = 64,
};

enum cli_format {
	FORMAT_TABLE, /* for people */
	FORMAT_JSON,
	FORMAT_CSV,
	FORMAT_INFLUX,
	FORMAT_PROMETHEUS,
	FORMATS
};

/* The command line, taken apart. */
struct cli {
	const char *socket;
	const char *config;
	enum cli_format format;
	bool format_given;
	bool color; /* stdout is a terminal that wants it */
	const char *from;
	const char *to;
	const char *predicate; /* of export */
	const char *limit;
	const char *step;   /* of history: these three */
	const char *points;
	const char *level;
	const char *every; /* of top and watch */
	const char *mode;  /* of watch: this and the next ones */
	const char *above;
	const char *below;
	const char *hysteresis;
	const char *delta;
	const char *percent;
	const char *max_rate;
	const char *name; /* of filter: this and the next ones */
	const char *match;
	const char *lease;
	const char *cluster;
	const char *after;
	const char *role;  /* of module new */
	const char *format_text; /* of verbs that have formats of their own */
	const char *output; /* of import and export; NULL: stdout */
	bool force;	    /* of these: overwrite that */
	bool back;	    /* of watch */
	bool plan;	   /* of reload: only say what would change */
	const char *at;	   /* of config show: the configuration of then */
	const char *verb;  /* for messages */
};

/* One verb; each stands with its table entry in a file of its own. */
struct verb {
	const char *name;
	const char *arguments; /* for the usage line */
	const char *summary;   /* one line */
	const char *help;      /* more, or NULL */
	const char *options;   /* letters of the options it takes, see main.c */
	int min;	       /* arguments */
	int max;
	int (*run)(const struct cli *, int argc, char **argv);
};

extern const struct verb verb_status, verb_top, verb_tree, verb_latest,
    verb_history, verb_instances, verb_run, verb_pause, verb_resume,
    verb_act,    verb_modules, verb_module, verb_check, verb_test, verb_once, verb_doctor,
    verb_filter, verb_import, verb_export, verb_import_data, verb_reload, verb_config,
    verb_writers, verb_journal,
    verb_token, verb_watch;

/* "farmctl: VERB: ..." on stderr; returns `code'. */
__attribute__((format(printf, 3, 4))) int cli_fail(const struct cli *, int code,
    const char *format, ...);

/*
 * Run farmd (from the folder of farmctl, its ../sbin, or the PATH) in this
 * process' place; `arguments' ends in NULL, its first is filled in.  Returns
 * an exit code if that fails.
 */
int cli_exec_farmd(const struct cli *, const char **arguments);

/* The folder of the running program, in `room'; NULL if unknown. */
const char *cli_folder(char *room, size_t size);
/* Where the daemon is asked, unless that is given. */
void cli_choose_socket(struct cli *);

/*
 * The options of a program that farmctl runs, each with its argument to
 * `take', which returns an exit code that ends the program unless it is
 * CLI_FINE.  -1: what is left begins at optind; else it ends with this code.
 */
struct option;
typedef int cli_option_fn(void *cookie, int letter, const char *argument);
int cli_options(const struct cli *, int argc, char **argv,
    const struct option *, const char *usage, cli_option_fn *take,
    void *cookie);

/* Print JSON as it came, for --format json. */
int cli_print_json(const json_t *);
/* Write out and free; CLI_FAILED if memory is out or stdout is closed. */
int cli_print(struct buffer *);

#endif
