/* options_check.h - whether what options name is there. */
#ifndef COLLECTD_OPTIONS_CHECK_H
#define COLLECTD_OPTIONS_CHECK_H

#include "options.h"

/* The module's check(); the options are struct collectd_options. */
int collectd_check(struct farm_host *, const void *options);

#endif
