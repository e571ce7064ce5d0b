/*
 * nagios_site.h - what Nagios' object configuration means: hosts and services
 * with all that they inherit, and the command of each check.
 */
#ifndef LIB_NAGIOS_SITE_H
#define LIB_NAGIOS_SITE_H

#include <farm/module.h>

#include "nagios_config.h"

/* Of hosts that are in no group. */
#define NAGIOS_CLUSTER "hosts"
/* What a host's own check is called among its services. */
#define NAGIOS_HOST_CHECK "host"
/* More services of hosts, in all, are an error. */
#define NAGIOS_CHECKS_MAX 1000000

struct nagios_host {
	const char *name;
	const char *alias;
	const char *display;
	const char *address;
	const char *cluster; /* the first group it is in */
	struct farm_map custom; /* _HOSTX of _X */
	struct nagios_host *next;
};

struct nagios_check {
	const struct nagios_host *host;
	const char *service; /* NULL: the host itself */
	const char *display;
	const char *command; /* a line with macros */
	struct farm_list args;
	struct farm_map custom; /* of the service and its host */
	int64_t every_s;	/* in a hard state */
	int64_t retry_s;	/* in a soft one */
	int64_t attempts;
	bool host_check;
	const char *file; /* where it is defined */
	uint32_t line;
	struct nagios_check *next;
};

struct nagios_site {
	struct nagios_host *hosts; /* in the order of the files */
	size_t n_hosts;
	struct nagios_check *checks; /* active ones, host by host */
	size_t n_checks;
	size_t n_passive; /* services that are not run */
};

/*
 * All is the arena's, and refers to the configuration.  -1 if something is
 * wrong that Nagios would not start with; the rest is there all the same.
 */
int nagios_site_make(struct nagios_site *ret, struct arena *,
    const struct nagios_config *, struct problems *);

#endif
