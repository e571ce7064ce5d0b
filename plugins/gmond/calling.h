/*
 * calling.h - which module is being called, and for what: for the watcher that
 * looks for calls that hang, and for last words.  The process's, as it is one
 * thread alone that calls modules.
 */
#ifndef GMOND_CALLING_H
#define GMOND_CALLING_H

#include <stdint.h>

#include "error.h"

/* Both must last as long as the process. */
void calling_begin(const char *module, const char *what);
void calling_end(void);

/* Any thread, and signal handlers; "" outside of calls. */
const char *calling_who(void);
const char *calling_what(void);
/* Does a call last longer than that?  Then the reason says which. */
int calling_hangs(int64_t limit_ns, struct error *);

#endif
