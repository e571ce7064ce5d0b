/* loaded_build.h - a client's order as an instance of module lua. */
#ifndef HOST_LOADED_BUILD_H
#define HOST_LOADED_BUILD_H

#include "loaded.h"

/* Not open; NULL with the reason, and the place in the order: see
   loaded_load(). */
struct instance *loaded_build(struct farm *, const char *name,
    const struct loaded_order *, const char **ret_place, struct error *);

#endif
