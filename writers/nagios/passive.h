/*
 * passive.h - passive results, and where they go.
 */
#ifndef NAGIOS_PASSIVE_H
#define NAGIOS_PASSIVE_H

#include <farm/module.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"
#include "nsca_mix.h"

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
	int64_t timeout_ns;
};

/* One of them is set. */
int outlet_check(const struct outlet_options *, struct error *);
/*
 * All are handed over; or -1: the first *ret_handed of them are, and others may
 * have been, too.  Blocks until the timeout at most, but for looking up a name.
 */
int outlet_send(const struct outlet_options *, const struct passive *first,
    size_t *ret_handed, struct error *);

/* Times are of CLOCK_MONOTONIC. */
int command_file_send(const char *path, const struct passive *first,
    int64_t until_ns, size_t *ret_handed, struct error *);
int spool_send(
    const char *folder, const struct passive *first, struct error *);
int nsca_send(const struct outlet_options *, const struct passive *first,
    int64_t until_ns, struct error *);
int nrdp_send(const struct outlet_options *, const struct passive *first,
    struct error *);

/* Lines as one, as Nagios reads them from its files. */
void passive_put_output(struct buffer *, const char *output);

#endif
