/*
 * doctor.h - farmctl doctor: a table of small checks, each of which looks at
 * one thing and says what is not well with it and what to do.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <jansson.h>
#include <stdint.h>

#include "cli.h"

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_RED };

struct doctor {
	const struct cli *cli;
	/* The daemon's answers; NULL if it gave none. */
	json_t *status;
	json_t *instances;
	json_t *modules;
	struct error silence; /* why it gave none */
	json_t *findings;     /* what was said */
	const char *check;    /* the one that is speaking */
};

/*
 * One check.  It says what is wrong; if it says nothing, `fine' is printed as
 * its one good line.
 */
struct check {
	const char *name;
	const char *fine;
	bool needs_daemon; /* left out if it does not answer */
	void (*run)(struct doctor *);
};

/* A finding: `todo' is what to do ("" only if it is ok), `since' when it began
   as the API gives times, "" or NULL if unknown. */
__attribute__((format(printf, 5, 6))) void doctor_say(struct doctor *,
    enum health, const char *since, const char *todo, const char *format, ...);

/* What to do about an error of a module, by its kind; never NULL. */
const char *doctor_hint(const char *error);

/* doctor_farm.c */
void check_daemon(struct doctor *);
void check_threads(struct doctor *);
void check_journal(struct doctor *);
void check_drops(struct doctor *);
void check_modules(struct doctor *);
/* doctor_instances.c */
void check_instances(struct doctor *);
void check_writers(struct doctor *);
/* doctor_machine.c */
void check_clock(struct doctor *);
void check_descriptors(struct doctor *);
void check_disk(struct doctor *);
void check_config(struct doctor *);
void check_ping(struct doctor *);

#endif
