#include "config_tables.h"

#define SECONDS_PER_DAY 86400.0
#define NS 1e9

static const struct farm_option top_options[] = {
	FARM_OPTION_STRING("farm", struct config, farm, NULL,
	    "name of this farm; the host's name if not given"),
	FARM_OPTION_PATH("state", struct config, state, "/var/lib/farm",
	    "folder of what must survive a restart; made if need be"),
	FARM_OPTION_PATH("socket", struct config, socket,
	    "/run/farm/farmd.sock", "Unix socket of the API, for farmctl"),
	FARM_OPTION_STRING("socket_group", struct config, socket_group, NULL,
	    "group whose members may use the socket, besides root and the "
	    "daemon's user"),
	FARM_OPTION_LIST("modules", struct config, folders, NULL,
	    "folders searched for modules besides farmd's own"),
	FARM_OPTION_STRING("cgroup", struct config, cgroup, NULL,
	    "folder of a cgroup of version 2, in which workers get groups of "
	    "their own; farmd's own, if it was delegated, if not given"),
	FARM_OPTION_END
};

static const struct farm_option http_options[] = {
	FARM_OPTION_ADDRESS("address", struct http_config, address,
	    "127.0.0.1:9649", 0, "where it listens; \"\" for nowhere"),
	FARM_OPTION_TREE("tls", struct http_config, tls_tree,
	    "certificate, key and client_ca; without it, plain HTTP"),
	FARM_OPTION_BOOLEAN("insecure", struct http_config, insecure, "false",
	    "listen off this machine though there is no \"tls\" or no "
	    "\"access\": whoever can reach it may read"),
	FARM_OPTION_END
};

const struct farm_option tls_options[] = {
	{ .name = "certificate",
	    .type = FARM_TYPE_PATH,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct tls_config, certificate, const char *),
	    .help = "file of the server's certificate, PEM, and of those that "
		    "lead to its authority" },
	{ .name = "key",
	    .type = FARM_TYPE_PATH,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct tls_config, key, const char *),
	    .help = "file of its key, PEM" },
	FARM_OPTION_PATH("client_ca", struct tls_config, client_ca, NULL,
	    "file of the authorities of client certificates, PEM; if not "
	    "given, nobody is asked for one"),
	FARM_OPTION_END
};

static const struct farm_option pool_options[] = {
	FARM_OPTION_INTEGER("threads", struct pool_config, max, "64", 1, 1024,
	    "most threads that run collectors; made as they are needed"),
	FARM_OPTION_DURATION("idle", struct pool_config, idle_ns, "10s",
	    0.1 * NS, 3600 * NS, "an idle thread ends after this"),
	FARM_OPTION_END
};

static const struct farm_option cache_options[] = {
	FARM_OPTION_DURATION("recent", struct cache_config, recent_ns, "15m", 0,
	    7 * SECONDS_PER_DAY * NS,
	    "points are kept in memory for this long"),
	FARM_OPTION_SIZE("bytes", struct cache_config, recent_bytes, "64MiB",
	    1 << 20, 1e12, "and within this, for all series together"),
	FARM_OPTION_END
};

static const struct farm_option limits_options[] = {
	FARM_OPTION_INTEGER("series", struct limits_config, series, "10000000",
	    1000, 60e6, "series there may be; further ones are refused"),
	/* The largest record and what is around it must fit, or never come. */
	FARM_OPTION_SIZE("queue", struct limits_config, queue_bytes, "32MiB",
	    4 << 20, 1e12,
	    "bytes that wait between collectors and the router; one instance "
	    "may hold a quarter"),
	FARM_OPTION_SIZE("writers", struct limits_config, writer_bytes, "64MiB",
	    1 << 20, 1e12, "bytes kept in memory for writers that are behind"),
	FARM_OPTION_SIZE("subscriber", struct limits_config, subscriber_bytes,
	    "4MiB", 64 << 10, 1e12,
	    "bytes that wait for a subscriber; who is further behind is cut "
	    "off"),
	FARM_OPTION_INTEGER("subscribers", struct limits_config, subscribers,
	    "1024", 0, 100000, "subscriptions there may be at a time"),
	FARM_OPTION_DURATION("shutdown", struct limits_config, shutdown_ns,
	    "10s", 0.1 * NS, 600 * NS, "a clean end takes at most this"),
	FARM_OPTION_END
};

static const struct farm_option journal_options[] = {
	FARM_OPTION_ENUM("sync", struct journal_config, sync, "interval",
	    "always|interval|never",
	    "when what was written is made safe from a power failure"),
	FARM_OPTION_DURATION("sync_interval", struct journal_config, sync_ns,
	    "1s", 0.01 * NS, 3600 * NS, "how often, with \"interval\""),
	FARM_OPTION_SIZE("bytes", struct journal_config, bytes, "1GiB", 1 << 20,
	    1e15, "the journal grows no larger than this"),
	FARM_OPTION_DURATION("age", struct journal_config, age_ns, "7d", 0,
	    3650 * SECONDS_PER_DAY * NS,
	    "what is older goes, stored or not; 0s: no bound"),
	FARM_OPTION_ENUM("full", struct journal_config, full, "drop_oldest",
	    "drop_oldest|thin|drop_new",
	    "what is given up when writers are too far behind"),
	FARM_OPTION_ENUM("compress", struct journal_config, compress, "none",
	    "none|zstd", "how complete segments are kept"),
	FARM_OPTION_END
};

static const struct farm_option self_options[] = {
	FARM_OPTION_DURATION("every", struct config, self_every_ns, "60s", 0,
	    SECONDS_PER_DAY *NS,
	    "how often farmd reports on itself in cluster \"farmd\"; 0s: "
	    "never"),
	FARM_OPTION_END
};

const struct config_section config_sections[] = {
	{ "", "the farm and where its daemon is reached", top_options, 0 },
	{ "http",
	    "the API over TCP; an address alone is enough, as in \"http: "
	    "127.0.0.1:9649\"",
	    http_options, offsetof(struct config, http) },
	{ "pool", "the threads that run collectors", pool_options,
	    offsetof(struct config, pool) },
	{ "cache", "what is kept in memory for reading", cache_options,
	    offsetof(struct config, cache) },
	{ "limits", "bounds of queues and tables", limits_options,
	    offsetof(struct config, limits) },
	{ "journal",
	    "what came out of the filters, on disk until all writers "
	    "have it; \"none\" keeps it in memory only",
	    journal_options, offsetof(struct config, journal) },
	{ "self", "figures of farmd about itself", self_options, 0 },
	{ .name = NULL },
};

const struct farm_option cluster_options[] = {
	FARM_OPTION_TREE("nodes", struct cluster_options, nodes,
	    "its nodes: names, hostlists such as \"node[001-500]\", mappings "
	    "of name and address, or files of them such as "
	    "\"@/etc/farm/switches\""),
	FARM_OPTION_TREE("collect", struct cluster_options, collect,
	    "its collectors, a list: each a module's name with its options"),
	FARM_OPTION_TREE("lifetime", struct cluster_options, lifetime,
	    "how long names live after their last result: a duration, or "
	    "one each for parameter, node and cluster"),
	FARM_OPTION_END
};

const struct farm_option node_options[] = {
	FARM_OPTION_STRING("name", struct node_config, name, NULL,
	    "name of the node in the farm, or a hostlist"),
	FARM_OPTION_STRING("address", struct node_config, address, NULL,
	    "what collectors contact; the name if not given; a hostlist of "
	    "as many"),
	FARM_OPTION_END
};

const struct farm_option lifetime_options[] = {
	FARM_OPTION_DURATION("parameter", struct lifetimes, parameter_ns, NULL,
	    0, 3650 * SECONDS_PER_DAY * NS, "of a parameter; 0s: for ever"),
	FARM_OPTION_DURATION("node", struct lifetimes, node_ns, NULL, 0,
	    3650 * SECONDS_PER_DAY * NS, "of a node; 0s: for ever"),
	FARM_OPTION_DURATION("cluster", struct lifetimes, cluster_ns, NULL, 0,
	    3650 * SECONDS_PER_DAY * NS, "of a cluster; 0s: for ever"),
	FARM_OPTION_END
};

const struct farm_option limit_options[] = {
	FARM_OPTION_SIZE("memory", struct limit_options, memory, "0", 0, 1e15,
	    "address space; 0: no limit"),
	FARM_OPTION_INTEGER("files", struct limit_options, files, "0", 0, 1e9,
	    "open descriptors; 0: no limit but farmd's own"),
	FARM_OPTION_INTEGER("nice", struct limit_options, nice, "0", 0, 19,
	    "added to farmd's own niceness"),
	FARM_OPTION_DURATION("cpu_time", struct limit_options, cpu_time_ns,
	    "0s", 0, 3650 * SECONDS_PER_DAY * NS,
	    "of CPU in all, then it is killed and started again; 0s: no limit"),
	FARM_OPTION_NUMBER("cpus", struct limit_options, cpus, "0", 0, 4096,
	    "of which it may be busy, 0.5: half of one; 0: no limit; this and "
	    "the next two by a cgroup"),
	FARM_OPTION_SIZE("resident", struct limit_options, resident, "0", 0,
	    1e15, "memory that it holds; 0: no limit"),
	FARM_OPTION_INTEGER("processes", struct limit_options, processes, "0",
	    0, 1e9, "processes and threads; 0: no limit"),
	FARM_OPTION_LIST("write", struct limit_options, write, NULL,
	    "files and folders that it may write to, and to no others; if not "
	    "given, none, or all if the module says that it needs files"),
	FARM_OPTION_ENUM("system_calls", struct limit_options, system_calls,
	    "restricted", "restricted|all",
	    "restricted: none of those that no module needs, such as ptrace, "
	    "mount, bpf"),
	FARM_OPTION_STRING(
	    "user", struct limit_options, user, "", "it runs as this user"),
	FARM_OPTION_STRING("group", struct limit_options, group, "",
	    "and as this group; the user's own if not given"),
	FARM_OPTION_LIST("capabilities", struct limit_options, capabilities,
	    NULL,
	    "what it may keep of farmd's own, besides what its module needs: "
	    "CAP_NET_ADMIN, ..."),
	FARM_OPTION_END
};

#define OPTION_NAME(DEFAULT)                                                   \
	FARM_OPTION_STRING("name", struct instance_options, name, NULL,        \
	    "name of this instance; " DEFAULT " if not given")
#define OPTION_ENABLED                                                         \
	FARM_OPTION_BOOLEAN("enabled", struct instance_options, enabled,       \
	    "true", "false: checked, but not started")
#define OPTION_MATCH(WHAT)                                                     \
	FARM_OPTION_TREE("match", struct instance_options, match,              \
	    "predicate of the values it " WHAT "; all if not given")

#define OPTIONS_ISOLATION                                                      \
	FARM_OPTION_ENUM("isolate", struct instance_options, isolate, "auto",  \
	    "auto|none|process",                                               \
	    "run in the daemon (none) or in a worker process; auto: in the "   \
	    "daemon if the module came with farmd"),                           \
	    FARM_OPTION_STRING("worker", struct instance_options, worker, "",  \
		"name of a worker that isolated instances share; one of its "  \
		"own if not given"),                                           \
	    FARM_OPTION_TREE("limits", struct instance_options, limits,        \
		"what its worker may use and do: memory, files, nice, user, "  \
		"group and more")

const struct farm_option collector_options[] = { OPTION_NAME("CLUSTER/MODULE"),
	OPTION_ENABLED,
	FARM_OPTION_DURATION("every", struct instance_options, every_ns, "30s",
	    0.01 * NS, 366 * SECONDS_PER_DAY * NS,
	    "interval between two runs of a node"),
	FARM_OPTION_DURATION("deadline", struct instance_options, deadline_ns,
	    NULL, 0.01 * NS, SECONDS_PER_DAY *NS,
	    "longest time of a run; the interval, at most 60s, if not given"),
	FARM_OPTION_BOOLEAN("align", struct instance_options, align, "false",
	    "run at multiples of the interval of the clock, all nodes at "
	    "once"),
	FARM_OPTION_ENUM("run", struct instance_options, run, "always",
	    "always|on_request",
	    "on_request: not before somebody asks for what it may give, and as "
	    "long as somebody does"),
	FARM_OPTION_DURATION("idle_stop", struct instance_options, idle_stop_ns,
	    "5m", 0.1 * NS, 366 * SECONDS_PER_DAY * NS,
	    "with on_request: it stops when nobody has asked for so long"),
	OPTIONS_ISOLATION,
	FARM_OPTION_TREE("nodes", struct instance_options, nodes,
	    "those nodes of the cluster that it reads, names or hostlists; all "
	    "if not given"),
	FARM_OPTION_TREE("lifetime", struct instance_options, lifetime,
	    "as for the cluster, for what this instance reads"),
	FARM_OPTION_END };

const struct farm_option filter_options[] = { OPTION_NAME("filters/MODULE"),
	OPTION_ENABLED, OPTION_MATCH("works on"),
	FARM_OPTION_BOOLEAN("keep", struct instance_options, keep, "false",
	    "what it works on also goes on as it was; always so of a tap"),
	FARM_OPTION_ENUM("tap", struct instance_options, tap, "auto",
	    "auto|true|false",
	    "true: it works on copies, beside the router, and what it gives "
	    "comes back as results of its own; auto: so if the module is not "
	    "farmd's own, or asks for it"),
	FARM_OPTION_SIZE("queue", struct instance_options, queue_bytes, "4MiB",
	    64 << 10, 1e12, "bytes that may wait for a tap"),
	FARM_OPTION_DURATION("deadline", struct instance_options, deadline_ns,
	    "10s", 0.01 * NS, SECONDS_PER_DAY *NS,
	    "longest time that a tap may take for what it is given at once"),
	OPTIONS_ISOLATION, FARM_OPTION_END };

const struct farm_option writer_options[] = { OPTION_ENABLED,
	OPTION_MATCH("stores"),
	FARM_OPTION_STRING("backlog", struct instance_options, backlog, "50%",
	    "share of the values of a writer that catches up that come from "
	    "the journal, 1% to 100%; the rest is new, and goes at once"),
	FARM_OPTION_ENUM("begin", struct instance_options, begin, "end",
	    "end|oldest",
	    "where in the journal a writer begins that it has not seen"),
	FARM_OPTION_DURATION("deadline", struct instance_options, deadline_ns,
	    NULL, 0.01 * NS, SECONDS_PER_DAY *NS,
	    "longest time of a write(); 60s if not given"),
	OPTIONS_ISOLATION, FARM_OPTION_END };
