/*
 * config_build.h - from the tree to the instances: what config.c and the
 * builders of clusters, filters and writers share while a configuration is
 * made.
 */
#ifndef HOST_CONFIG_BUILD_H
#define HOST_CONFIG_BUILD_H

#include "config.h"
#include "config_tables.h"
#include "problems.h"

struct config_names; /* instances' names seen so far */

struct config_build {
	struct config *config;
	struct modules *modules;
	struct problems *problems;
	const struct farm_tree *root;
	struct config_names *names;
	struct config_offer *offers;
};

/* A writer that comes with a collector. */
struct config_offer {
	struct config_offer *next;
	const char *name;
	const char *from;
};

/* `http:' as a mapping; NULL if it is not there. */
const struct farm_tree *config_http_tree(struct config_build *);
/* Behind its section: TLS, and whether it may listen where it is to. */
void config_build_http(struct config_build *);

/* Each fills its list in the configuration and adds the problems it finds. */
void config_build_collectors(struct config_build *);
void config_build_filters(struct config_build *);
/* Writers that collectors offer, put into the tree: between the two. */
void config_add_offers(struct config_build *);
void config_build_writers(struct config_build *);

/* Where the name was used first, NULL if this is the first use. */
const struct farm_tree *config_name_taken(struct config_build *,
    const char *name, const struct farm_tree *place);
void config_names_free(struct config_build *);

/*
 * One use of module `name': `tree' (a mapping, NULL or an empty scalar: no
 * options) holds the host's keys `own' and the module's options.  Fills
 * `ret' and `ret_own'; -1 if there were problems.
 */
int config_build_instance(struct config_build *, enum farm_role,
    const char *name, const struct farm_tree *place,
    const struct farm_tree *tree, const struct farm_option *own,
    struct instance_config *ret, struct instance_options *ret_own);

/* A duration for all three, or a mapping; `tree' NULL leaves `ret' alone. */
void config_build_lifetimes(struct config_build *,
    const struct farm_tree *tree, struct lifetimes *ret);

/* It runs inside the daemon, which so far may only know what it says. */
int config_need_code(struct config_build *, const struct farm_tree *place,
    struct module **module);

/* Where the instance runs, and what it may there. */
void config_build_isolation(struct config_build *,
    const struct instance_options *, struct instance_config *ret);

/* Whether the filter is a tap, and where it runs then. */
void config_build_tap(struct config_build *, const struct instance_options *,
    struct instance_config *ret);

/* The predicates of `match'; all values if the tree is NULL. */
void config_build_match(struct config_build *, const struct farm_tree *tree,
    struct instance_config *ret);

#endif
