/*
 * config.h - the configuration: YAML files in, checked plain structs out.
 * docs/configuration.md is its description for people.
 */
#ifndef HOST_CONFIG_H
#define HOST_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>
#include <farm/predicate.h>

#include "arena.h"
#include "module.h"
#include "problems.h"
#include "spawner.h"

struct access;

/* How long names live after their last result; 0: for ever. */
struct lifetimes {
	int64_t parameter_ns;
	int64_t node_ns;
	int64_t cluster_ns;
};

struct node_config {
	const char *name;
	const char *address;
};

/* Whether an instance runs in a process of its own, and what that may. */
struct isolation {
	bool on;
	bool movable;	     /* if it hangs here, it goes there */
	const char *worker;  /* others of this name share it; "": none do */
	const char *program; /* that hosts it; "": farmd */
	struct spawner_limits limits;
};

/*
 * One use of a module, of any role.  All it points to but the module is in its
 * own arena, so that an instance can outlive the configuration it came from.
 */
struct instance_config {
	struct arena *arena; /* NULL: the caller looks after the memory */
	const char *name;    /* unique over all roles */
	const char *farm;    /* the name of this farm */
	const char *cluster; /* of a collector; else "" */
	struct module *module;
	const struct farm_tree *place; /* where it stands */
	const struct farm_tree *tree;  /* its options as configured */
	bool enabled;
	/* Options as the module wants them: descriptor.state_size bytes, to
	   be copied into the state of each instance. */
	void *options;
	/* Collectors. */
	const struct node_config *nodes;
	size_t n_nodes;
	int64_t every_ns;
	int64_t deadline_ns;
	bool align;
	bool on_request; /* runs only as long as somebody asks for it */
	int64_t idle_stop_ns;
	struct isolation isolation;
	struct lifetimes lifetimes;
	/* Filters and writers: which values they get. */
	const struct farm_predicate *match;
	size_t n_match;
	const struct farm_tree *match_tree; /* as configured; NULL: all */
	bool keep; /* a filter: what it gets also goes on as it was */
	bool tap;  /* a filter: it works on copies, beside the router */
	int64_t tap_bytes; /* that may wait for a tap */
	/* Writers. */
	int64_t backlog;  /* percent of what goes, while there is any */
	bool from_oldest; /* a new one begins at the journal's beginning */
	const char *offered_by; /* a collector; NULL: somebody configured it */
};

struct pool_config {
	int64_t max;	   /* threads */
	int64_t idle_ns;   /* an idle thread ends after this */
};

struct cache_config {
	int64_t recent_ns;    /* points are kept this long */
	int64_t recent_bytes; /* and within this, for all series together */
};

enum journal_sync { JOURNAL_ALWAYS, JOURNAL_INTERVAL, JOURNAL_NEVER };
enum journal_compress { JOURNAL_PLAIN, JOURNAL_ZSTD };
enum journal_full { JOURNAL_DROP_OLDEST, JOURNAL_THIN, JOURNAL_DROP_NEW };

struct journal_config {
	bool none; /* memory only */
	int sync;  /* enum journal_sync */
	int64_t sync_ns;
	int64_t bytes;
	int64_t age_ns; /* 0: no bound */
	int full; /* enum journal_full */
	int compress; /* enum journal_compress */
};

struct limits_config {
	int64_t series;		/* how many there may be */
	int64_t queue_bytes;	/* between collectors and router */
	int64_t writer_bytes;	/* kept in memory for writers that are behind */
	int64_t subscriber_bytes; /* that wait for one subscriber */
	int64_t subscribers;	/* how many there may be */
	int64_t shutdown_ns;	/* a clean end takes at most this */
};

/* Files of PEM. */
struct tls_config {
	const char *certificate; /* with what leads to its authority */
	const char *key;
	const char *client_ca; /* "": nobody is asked for a certificate */
};

/* The API over TCP. */
struct http_config {
	struct farm_address address; /* text "": none */
	bool insecure; /* may be reached from elsewhere as it is */
	const struct farm_tree *tls_tree; /* NULL: no TLS */
	struct tls_config tls;
};

struct config {
	struct arena *arena; /* owns all of it */
	const char *file;
	const char *farm;
	const char *state;  /* folder; made if need be */
	const char *socket; /* path of the API's Unix socket; "" none */
	const char *socket_group;
	struct http_config http;
	const char *cgroup; /* below which workers get theirs; "": found */
	struct farm_list folders; /* of modules, besides farmd's own */
	struct pool_config pool;
	struct cache_config cache;
	struct limits_config limits;
	struct journal_config journal;
	int64_t self_every_ns; /* self-metrics; 0: none */
	const struct instance_config *collectors;
	size_t n_collectors;
	const struct instance_config *filters; /* in order */
	size_t n_filters;
	const struct instance_config *writers;
	size_t n_writers;
	struct access *access; /* who may do what; NULL: no policy */
	const struct farm_tree *tree; /* all of it, merged; NULL: empty */
	const struct farm_tree *changes; /* in it; NULL: none */
	struct arena **arenas;	      /* of the instances */
	size_t n_arenas;
};

/*
 * Read `path', then conf.d/ (*.yaml) beside it in the order of their names, then
 * the changes of STATE/changes.yaml.
 * Loads the modules it names from `modules', which the caller makes from
 * config_folders() first.  All problems of all files go to `problems'; the
 * result is NULL if any of them is an error.
 */
struct config *config_load(const char *path, struct modules *modules,
    struct problems *problems);
/* The same with one more change, see changes.h, that is not yet in the file;
   NULL: as above. */
struct config *config_load_changed(const char *path, struct modules *modules,
    const struct farm_tree *change, struct problems *problems);
void config_free(struct config *); /* NULL is fine */

/*
 * The module folders: `modules:' of the file (unread if it does not parse),
 * after those that came with farmd.  Free with free(), the strings too.
 */
char **config_folders(const char *path, size_t *ret_n, size_t *ret_n_ours);

/* Is the running program in a build tree?  Then its folder. */
bool config_build_tree(char *ret, size_t size);

/* The reference of all keys in Markdown, from their tables. */
void config_markdown(struct buffer *);

#endif
