/*
 * collectd.h - packets of collectd's network plugin, filled across records.
 */
#ifndef UDP_COLLECTD_H
#define UDP_COLLECTD_H

#include "collectd_network.h"
#include "collectd_seal.h"
#include "collectd_types.h"
#include "composer.h"

/* Where Debian and most others have it. */
#define COLLECTD_TYPES "/usr/share/collectd/types.db"

struct collectd;

int collectd_new(struct collectd **ret, const struct composer_options *,
    size_t limit, struct error *);
void collectd_free(struct collectd *); /* NULL is fine */

#endif
