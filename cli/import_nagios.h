/*
 * import_nagios.h - Nagios' configuration as farmd's.
 */
#ifndef CLI_IMPORT_NAGIOS_H
#define CLI_IMPORT_NAGIOS_H

#include <stdbool.h>

#include "import.h"

/* Does it look like nagios.cfg, and not like a farm file of MonALISA? */
bool import_is_nagios(const char *bytes, size_t size);
/*
 * Read nagios.cfg and all that it names; what comes of it is the arena's.  -1
 * if something is wrong, or cannot be said in farmd's words.
 */
int import_nagios(struct arena *, const char *path, struct import *ret,
    struct problems *);

#endif
