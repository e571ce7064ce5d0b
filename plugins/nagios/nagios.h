/*
 * nagios.h - an instance, shared by its two manners: one check for each target
 * (single.c), all checks of a site of Nagios (live.c).
 */
#ifndef NAGIOS_NAGIOS_H
#define NAGIOS_NAGIOS_H

#include <farm/module.h>

#include "nagios_check.h"
#include "order.h"
#include "runner.h"

struct nagios {
	struct order_words words;
	struct farm_list args;
	struct farm_map custom;
	const char *resource;
	const char *service;
	struct check_rules rules;
	int64_t settled_ns;
	int64_t timeout_ns;
	int64_t output_max;
	int64_t parallel;
	const char *via;
	struct farm_list ssh;
	const char *config;

	/* Made by open(). */
	struct arena *arena;
	struct farm_map users;
	const char *prefix;
	struct remote *remote;
	struct hash_key key;
	struct runner *runner;
	struct live *live; /* with `config' */
};

/* Would an order come of the options, for some node? */
int single_check(
    struct farm_host *, struct nagios *, struct arena *, struct error *);
int single_run(struct farm_host *, struct nagios *,
    struct farm_target *const *targets, size_t n);

/* Is the configuration good?  Each mistake is said to the host. */
int live_check(struct farm_host *, const char *path);
int live_open(struct farm_host *, struct nagios *);
/* Kills what runs; also of an instance that has none. */
void live_close(struct nagios *);
/* What is due until the target's time is over. */
int live_run(struct farm_host *, struct nagios *, struct farm_target *);

/* $USERn$ of the resource file, or of the folder of plugins. */
int read_users(const char *resource, const char *plugins, struct arena *,
    struct farm_map *ret, struct error *);

/* A run that is over becomes values; -1, and why. */
int finish_run(struct sink *, const struct check_rules *, struct check_memory *,
    const struct hash_key *, const char *shown, const struct command *,
    struct error *);

#endif
