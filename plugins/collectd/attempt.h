/* attempt.h - what a plugin is like, found out in a throw-away process. */
#ifndef COLLECTD_ATTEMPT_H
#define COLLECTD_ATTEMPT_H

#include <stdbool.h>

#include "buffer.h"
#include "error.h"

struct attempt {
	bool imports; /* all names are there */
	bool loads;
	char version[64];	  /* of the package; "" if there is none */
	struct buffer registered; /* "read, init, write" */
	struct error why;	  /* what does not work; "" if all does */
};

/* Load it, in a child that ends then.  -1 with the reason if there can be no
   such child; what the plugin does is in *ret. */
int attempt_plugin(const char *path, const char *name, struct attempt *ret,
    struct error *);
void attempt_free(struct attempt *);

#endif
