/*
 * ganglia: what gmond and gmetad know, by TCP, and what gmond and gmetric send,
 * by UDP.
 */
#include <farm/module.h>
#include <stdlib.h>

#include "gmond.h"
#include "path.h"
#include "source.h"
#include "uses.h"

struct ganglia {
	const char *path;
	int64_t timeout_ns;
	int64_t bytes_max;
	int names;

	struct uses *uses;
};

enum names { NAMES_ORIGINAL, NAMES_MONALISA };

static const struct farm_option options[] = {
	FARM_OPTION_STRING("path", struct ganglia, path, NULL,
	    "what a gmetad is asked for: /cluster, /cluster/host; empty: it "
	    "says all by itself"),
	FARM_OPTION_DURATION("timeout", struct ganglia, timeout_ns, "20s", 1e6,
	    3600e9, "for a whole dump"),
	FARM_OPTION_SIZE("size", struct ganglia, bytes_max, "256MiB", 4096,
	    1LL << 40, "the largest dump that is read"),
	FARM_OPTION_ENUM("names", struct ganglia, names, "original",
	    "original|monalisa", "names of metrics"),
	FARM_OPTION_END
};

static const struct farm_parameter parameters[] = {
	{ "ganglia_hosts", FARM_GAUGE, "1",
	    "hosts of the dump that arrived whole" },
	{ "ganglia_hosts_down", FARM_GAUGE, "1",
	    "of them, not heard of for four times their TMAX" },
	{ "ganglia_metrics", FARM_GAUGE, "1", "metrics in the dump" },
	{ "ganglia_refused", FARM_GAUGE, "1",
	    "of them, left out for their name or value" },
	{ "ganglia_malformed", FARM_GAUGE, "1",
	    "tags of the dump that could not be read" },
	{ "ganglia_bytes", FARM_GAUGE, "By", "size of the dump" },
	{ "heartbeat", FARM_GAUGE, "s",
	    "when the host's gmond was started, since 1970" },
	{ "*", FARM_GAUGE, NULL, "a metric of the host" }, { 0 }
};

static const char *
path_of(const struct ganglia *g)
{
	return g->path != NULL && g->path[0] != '\0' ? g->path : NULL;
}

static int
ganglia_check(struct farm_host *host, const void *given)
{
	const struct ganglia *g = given;
	struct path path;

	if (path_of(g) != NULL && path_init(&path, g->path) != 0)
		return farm_fail(host,
		    "path: \"%s\" is none of at most %d names, each after "
		    "\"/\"",
		    g->path, PATH_PARTS_MAX);
	return 0;
}

static int
ganglia_open(struct farm_host *host, void *state)
{
	struct ganglia *g = state;

	g->uses = calloc(1, sizeof(*g->uses));
	if (g->uses == NULL)
		return farm_fail(host, "out of memory");
	uses_init(g->uses);
	return ganglia_check(host, g);
}

static void
ganglia_close(struct farm_host *host, void *state)
{
	struct ganglia *g = state;

	(void)host;
	if (g->uses == NULL)
		return;
	uses_destroy(g->uses);
	free(g->uses);
}

static int
ganglia_collect(
    struct farm_host *host, const void *state, struct farm_target *target)
{
	const struct ganglia *g = state;
	const struct reading how = {
		.question = path_of(g),
		.timeout_ns = g->timeout_ns,
		.bytes_max = g->bytes_max,
		.port = path_of(g) != NULL ? GMETAD_QUERY_PORT : GMOND_PORT,
		.monalisa = g->names == NAMES_MONALISA,
		.uses = g->uses,
	};

	return source_collect(host, &how, target);
}

static void
ganglia_target_close(
    struct farm_host *host, void *state, struct farm_target *target)
{
	struct ganglia *g = state;

	source_close(target->state, host, g->uses);
}

FARM_MODULE(ganglia, FARM_COLLECTOR) = {
	.summary = "metrics of Ganglia's gmond and gmetad",
	.description =
	    "Reads the XML that a gmond serves on port 8649, or a gmetad on "
	    "8651 (all) and 8652 (what it is asked for): whole trees of grids, "
	    "clusters and hosts. A target is where to connect; it says "
	    "nothing of its own but how the reading went (`ganglia_*`).\n"
	    "\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  ganglia:\n"
	    "    nodes: [head.local, {name: grid, address: \"meta:8651\"}]\n"
	    "    collect:\n"
	    "      - ganglia: {every: 15s}\n"
	    "```\n"
	    "\n"
	    "Names of clusters and hosts are those of Ganglia. A cluster "
	    "without a name, which gmond calls `unspecified`, is the "
	    "target's.  With `names: monalisa` the metrics that MonALISA's "
	    "modules renamed have its names: `load_one` is `Load1`, "
	    "`bytes_in` is `TotalIO_Rate_IN` in Mb/s, `mem_free` is `MEM_free` "
	    "in MiBy; all others keep theirs.\n"
	    "\n"
	    "A value has the time at which gmond got it: REPORTED and TN of "
	    "the host, less TN of the metric. What was emitted once does not "
	    "come again at the next poll. A series lives for DMAX, or for four "
	    "times TMAX where that is 0, and never shorter than three "
	    "polls. Types and slopes give kinds: positive ones are counters. "
	    "Units that Ganglia's own metrics have are translated (bytes/sec "
	    "to By/s, KB to KiBy), others stay. `heartbeat` is when the host's "
	    "gmond was started, at the time the host was heard of.\n"
	    "\n"
	    "The dump is read as it comes, and need not be XML: gmond leaves "
	    "some texts as they are, and writes characters that XML forbids. "
	    "Every host that arrives whole counts, also if the dump breaks off "
	    "or parts of it cannot be read; the log says so, with the address. "
	    "A gmetad answers with all it has where it does not know a name: "
	    "such an answer to `path` is refused.\n",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct ganglia),
	.target_state_size = sizeof(struct source),
	.needs = FARM_NEEDS_NETWORK,
	.open = ganglia_open,
	.close = ganglia_close,
	.check = ganglia_check,
	.target_close = ganglia_target_close,
	.collector = { .collect = ganglia_collect },
};
