/*
 * fetch_report.h - what probes say of a connection: `ok' and `status', who
 * answered, how long each part took, and for how long its certificates are
 * good.
 */
#ifndef LIB_FETCH_REPORT_H
#define LIB_FETCH_REPORT_H

#include "fetch.h"
#include "report.h"

/* These of the module's table of parameters. */
#define FETCH_REPORT_PARAMETERS                                                \
	REPORT_PARAMETERS,                                                     \
	{ "dns_time", FARM_GAUGE, "s", "looking up the name" },                \
	{ "connect_time", FARM_GAUGE, "s", "connecting" },                     \
	{ "tls_time", FARM_GAUGE, "s", "agreeing on TLS" },                    \
	{ "total_time", FARM_GAUGE, "s", "all of it" },                        \
	{ "address", FARM_STATE, NULL, "who has answered" },                   \
	{ "certificate_days", FARM_GAUGE, "d",                                 \
	  "until the first certificate of its chain ends" }

/* All that is above; `why' "" if it is as it should be. */
void report_connection(struct report *, const struct fetch *,
    const char *why);
/* farm_done() or farm_done_failed().  That nothing answers is what was to be
   found out, and no failure. */
void report_end(const struct report *);

#endif
