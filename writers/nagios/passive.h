/*
 * passive.h - passive results, and where they go.
 */
#ifndef NAGIOS_PASSIVE_H
#define NAGIOS_PASSIVE_H

#include <farm/module.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"

/* All texts are the arena's of their batch. */
struct passive {
	const char *host;
	const char *service; /* "": the host itself */
	const char *output;  /* text, bar, performance data; lines */
	int state;	     /* 0 to 3; of a host 0 is up */
	int64_t time_ns;
	struct passive *next;
};

struct outlet_options {
	const char *command_file;
	const char *spool;
	struct farm_address nsca;
	const char *password;
	int method; /* enum nsca_method */
	const char *nrdp; /* URL */
	const char *token;
	const char *ca;
};

/* One of them is set. */
int outlet_check(const struct outlet_options *, struct error *);
/* All are handed over, or some may have been: then they come again.  Blocks for
   30 s at most. */
int outlet_send(const struct outlet_options *, const struct passive *first,
    struct error *);

int command_file_send(
    const char *path, const struct passive *first, struct error *);
int spool_send(
    const char *folder, const struct passive *first, struct error *);
int nsca_send(const struct outlet_options *, const struct passive *first,
    struct error *);
int nrdp_send(const struct outlet_options *, const struct passive *first,
    struct error *);

/* Lines as one, as Nagios reads them from its files. */
void passive_put_output(struct buffer *, const char *output);

#endif
