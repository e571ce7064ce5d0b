/*
 * macros.h - Nagios' macros: $HOSTADDRESS$, $ARG1$, $USER1$, $_HOSTPORT$; two
 * dollars are one.
 */
#ifndef NAGIOS_MACROS_H
#define NAGIOS_MACROS_H

#include <farm/module.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"

/* $ARG1$ to this one. */
#define MACROS_ARGS_MAX 32

/* Where macros are looked for, in this order; names without dollars. */
struct macros {
	struct farm_list args; /* may hold macros, but no arguments */
	struct farm_map custom;
	struct farm_map own;   /* of the host and the service */
	struct farm_map users; /* of resource.cfg */
	bool lenient;	       /* what is not known stays as it is */
	bool plain;	       /* own ones must be no code to a shell */
};

/* The text with its macros replaced, put into the buffer. */
int macros_expand(struct buffer *, const struct macros *, const char *text,
    struct error *);
/* The same, of the arena. */
const char *macros_text(struct arena *, const struct macros *,
    const char *text, struct error *);

#endif
