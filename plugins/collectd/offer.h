/* offer.h - the writers that come with the files of a collector. */
#ifndef COLLECTD_OFFER_H
#define COLLECTD_OFFER_H

#include "options.h"

/* The module's offer(). */
int collectd_offer(struct farm_host *, const void *options,
    const char *instance);

#endif
