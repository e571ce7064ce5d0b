/*
 * access.h - who may ask for what.  A policy is a list of classes of users;
 * rules say which series each may have in which mode.  docs/access.md is its
 * description for people.
 *
 * Policies and those who ask are counted and never change: any thread.
 */
#ifndef HOST_ACCESS_H
#define HOST_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <farm/module.h>
#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "predicate.h"
#include "problems.h"

enum access_mode {
	ACCESS_LATEST,	/* last values, the tree of names */
	ACCESS_LIVE,	/* values as they come */
	ACCESS_SUMMARY, /* averages over slots, no finer than the class says */
	ACCESS_HISTORY, /* values of the past */
	ACCESS_FILTER,	/* filters of its own */
	ACCESS_ADMIN,	/* changes, the configuration; of the whole farm */
	ACCESS_MODES
};
const char *access_mode_name(enum access_mode);

struct access;

/* The policy of `access:'; NULL with the problems if it is bad. */
struct access *access_new(const struct farm_tree *, struct problems *);
struct access *access_ref(struct access *); /* NULL is fine */
void access_unref(struct access *);	    /* NULL is fine */

/* What a door knows of somebody who asks. */
struct access_caller {
	bool local; /* by the Unix socket */
	uid_t uid;  /* then */
	pid_t pid;
	const struct sockaddr *address; /* by TCP */
	const char *token;		/* NULL: gave none */
	const char *subject; /* of its certificate, verified; NULL: none */
};

/* Somebody who asks, and what that one may do.  NULL is farmd itself, which may
   do all. */
struct access_who;

/*
 * A token, if one is given, decides, else a certificate, else the user of the
 * Unix socket or the address; the first class that has it.  Nobody's class may
 * do nothing.  Without a policy (NULL) users of the socket may do all, others
 * all but filter and admin.  With one, root and the daemon's own user still
 * may do all over the socket.  NULL: a token that nobody has, or memory is out.
 */
struct access_who *access_identify(struct access *,
    const struct access_caller *, struct error *);
struct access_who *access_who_ref(struct access_who *);
void access_who_free(struct access_who *); /* counts down; NULL is fine */

/* "uid 0 (pid 17)", "offsite (127.0.0.2)": for the log and for people. */
const char *access_who_name(const struct access_who *);
/* Its class; "" if it has none. */
const char *access_who_class(const struct access_who *);
bool access_has_policy(const struct access_who *);

/*
 * May it have this series so?  Costs a match of names: ask once for a series
 * and remember, as long as the asking lasts.
 */
bool access_may(const struct access_who *, enum access_mode,
    const struct farm_series *);
/* Any series at all; all of them; any of what a source may give. */
bool access_may_some(const struct access_who *, enum access_mode);
bool access_may_all(const struct access_who *, enum access_mode);
bool access_may_source(const struct access_who *, enum access_mode,
    const struct matcher_source *);
/* The shortest slots of summaries that it may have. */
int64_t access_finest_ns(const struct access_who *);

/* {"class":..,"name":..,"finest_ns":..,"allowed":[{"mode":..,"match":[..]}]} */
void access_json(struct buffer *, const struct access_who *);

/* The keys of a class and of a rule, for the reference. */
extern const struct farm_option access_class_options[];
extern const struct farm_option access_rule_options[];

#endif
