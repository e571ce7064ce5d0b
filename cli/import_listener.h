/*
 * import_listener.h - MonALISA's ^monXDRUDP{...} as a collector of datagrams.
 */
#ifndef CLI_IMPORT_LISTENER_H
#define CLI_IMPORT_LISTENER_H

#include <stdbool.h>

#include "import.h"

bool import_is_listener(const struct farmfile_module *);
/*
 * A cluster with it alone; `lifetime' is a line of its options, or "".  Warns
 * of arguments that are left over.  NULL if memory is out.
 */
struct import_cluster *import_listener(struct arena *,
    const struct farmfile_module *, const char *lifetime, struct problems *);

#endif
