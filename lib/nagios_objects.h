/*
 * nagios_objects.h - Nagios' object configuration as it stands in its files:
 *
 *	define service{
 *		use                  generic-service   ; a comment
 *		host_name            web1,web2
 *		check_command        check_http!-u /
 *	}
 *
 * A pure function over bytes; what a definition means is nagios_site.h's.
 */
#ifndef LIB_NAGIOS_OBJECTS_H
#define LIB_NAGIOS_OBJECTS_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "problems.h"
#include "slice.h"

/* Larger files, and more definitions in all, are errors. */
#define NAGIOS_FILE_MAX (16 << 20)
#define NAGIOS_OBJECTS_MAX 1000000

struct nagios_directive {
	const char *name;
	const char *value; /* "" if there is none */
	uint32_t line;
	struct nagios_directive *next;
};

struct nagios_object {
	const char *type; /* "host" */
	const char *file;
	uint32_t line;
	struct nagios_directive *directives; /* in their order */
	struct nagios_object *next;
};

/* In the order of the files; zeroed at first. */
struct nagios_objects {
	struct nagios_object *first;
	struct nagios_object *last;
	size_t n;
};

/*
 * Add the definitions of one file; `file' names it in messages.  All is the
 * arena's.  What cannot be understood is an error with its line, and the rest
 * is read all the same.
 */
void nagios_objects_parse(struct nagios_objects *, struct arena *,
    const char *file, const char *bytes, size_t size, struct problems *);

/* Without blanks at both ends, in whatever file of Nagios. */
struct slice nagios_trim(struct slice);

/* The last of that name, as Nagios has it; NULL. */
const struct nagios_directive *nagios_directive(
    const struct nagios_object *, const char *name);

#endif
