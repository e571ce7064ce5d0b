/*
 * ulm_cli.h - what farmctl runs for `farmctl ulm': files of NetLogger's lines
 * merged, sorted, filtered and converted, in memory that is bounded.
 */
#ifndef CLI_ULM_ULM_CLI_H
#define CLI_ULM_ULM_CLI_H

#include <stdint.h>

#include "cli.h"
#include "slice.h"

#define ULM_WHERE_MAX 32

struct ulm_cli {
	struct cli cli;
	const char *memory; /* of sort: this and the next one */
	const char *folder;
	const char *format; /* of convert */
	const char *from;   /* of filter: this and the next ones */
	const char *to;
	const char *where[ULM_WHERE_MAX];
	size_t n_where;
	uint64_t bad; /* lines that were named and left out */
};

/*
 * Each is a verb.  Files are read one after the other, the standard input if
 * there are none.  -1 if it cannot go on, with the reason.
 */
int ulm_merge(struct ulm_cli *, int argc, char **argv, struct error *);
int ulm_sort(struct ulm_cli *, int argc, char **argv, struct error *);
int ulm_filter(struct ulm_cli *, int argc, char **argv, struct error *);
int ulm_convert(struct ulm_cli *, int argc, char **argv, struct error *);

/* A line to the standard output, with its newline. */
int ulm_write(struct slice line, struct error *);

#endif
