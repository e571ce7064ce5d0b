/*
 * fetch_report.h - what probes say of a connection: `ok' and `status', who
 * answered, how long each part took, and for how long its certificates are
 * good.
 */
#ifndef LIB_FETCH_REPORT_H
#define LIB_FETCH_REPORT_H

#include "fetch.h"

struct fetch_report {
	struct farm_host *host;
	struct farm_target *target;
	const char *prefix; /* of parameters; "" */
	int rc;		    /* -1 once the host has not taken one */
};

/* These of the module's table of parameters. */
#define FETCH_REPORT_PARAMETERS                                                \
	{ "ok", FARM_STATE, NULL, "it answers as it should" },                 \
	{ "status", FARM_STATE, NULL, "ok, or why not" },                      \
	{ "dns_time", FARM_GAUGE, "s", "looking up the name" },                \
	{ "connect_time", FARM_GAUGE, "s", "connecting" },                     \
	{ "tls_time", FARM_GAUGE, "s", "agreeing on TLS" },                    \
	{ "total_time", FARM_GAUGE, "s", "all of it" },                        \
	{ "address", FARM_STATE, NULL, "who has answered" },                   \
	{ "certificate_days", FARM_GAUGE, "d",                                 \
	  "until the first certificate of its chain ends" }

void report_put(struct fetch_report *, const char *parameter, uint32_t kind,
    const char *unit, struct farm_value);
/* Nothing, if it did not come to that. */
void report_time(struct fetch_report *, const char *parameter, int64_t ns);
/* All that is above; `why' "" if it is as it should be. */
void report_connection(struct fetch_report *, const struct fetch *,
    const char *why);
/* farm_done() or farm_done_failed().  That nothing answers is what was to be
   found out, and no failure. */
void report_end(const struct fetch_report *);

#endif
