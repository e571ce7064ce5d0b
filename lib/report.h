/*
 * report.h - what probes say of a target: parameters by name, some of which all
 * probes have.
 */
#ifndef LIB_REPORT_H
#define LIB_REPORT_H

#include <farm/module.h>

struct report {
	struct farm_host *host;
	struct farm_target *target;
	const char *prefix; /* of parameters; "" */
	int rc;		    /* -1 once the host has not taken one */
};

/* Of the module's table of parameters. */
#define REPORT_PARAMETERS                                                      \
	{ "ok", FARM_STATE, NULL, "it answers as it should" },                 \
	{ "status", FARM_STATE, NULL, "ok, or why not" }

void report_put(struct report *, const char *parameter, uint32_t kind,
    const char *unit, struct farm_value);
/* In seconds; nothing if it is below 0: it did not come to that. */
void report_time(struct report *, const char *parameter, int64_t ns);
void report_text(struct report *, const char *parameter, const char *text);
/* `ok' and `status'; `why' "" if it is as it should be. */
void report_status(struct report *, const char *why);

#endif
