/*
 * ganglia_serve.c - the writer `ganglia_serve': farmd as a gmond and a gmetad
 * for those who read them.
 *
 * Batches go into a table of last values under the lock of write(); readers
 * are told from it in pieces, in listen(), which the host calls in between.
 */
#include <farm/module.h>

#include <arpa/inet.h>
#include <jansson.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "visitors.h"

#define SWEEP_NS (10 * NS_PER_S)
/* Each reason for what was not served is said no more often. */
#define TELL_NS (60 * NS_PER_S)

static const char *const refusals[] = {
	"connections turned away that `allow' does not name, the last from ",
	"connections cut for others: more than `connections'",
	"connections cut: their `timeout' was over",
	"connections lost: out of memory or descriptors",
	"values left out: `memory' is full",
	"values left out: gmetad would make no XML of them",
};
#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))
#define STRANGERS 0 /* among them */

/* Up to where one was told. */
struct told {
	uint64_t n;
	int64_t mono_ns; /* 0: never */
};

struct serve {
	struct farm_address gmond;
	struct farm_address gmetad;
	struct farm_address query;
	struct farm_list allow;
	const char *grid;
	struct answer_names names;
	int64_t tmax_ns;
	int64_t dmax_ns;
	int64_t memory;
	int64_t connections;
	int64_t timeout_ns;
	bool strict;

	bool open;
	struct table table;
	struct visitors visitors;
	uint64_t left_out; /* values, as there is no room */
	uint64_t unsaid;   /* values, as gmetad would make no XML of them */
	int64_t swept_ns;
	struct told told[REFUSALS];
};

/* The state of a series. */
struct known {
	struct metric *metric; /* NULL: none yet */
};

static const struct farm_option options[] = {
	FARM_OPTION_ADDRESS("gmond", struct serve, gmond, "127.0.0.1:8649",
	    FARM_LISTEN, "where all is told as by a gmond; \"\": nowhere"),
	FARM_OPTION_ADDRESS("gmetad", struct serve, gmetad, "127.0.0.1:8651",
	    FARM_LISTEN, "where all is told as by a gmetad; \"\": nowhere"),
	FARM_OPTION_ADDRESS("query", struct serve, query, "127.0.0.1:8652",
	    FARM_LISTEN,
	    "where gmetad's questions are answered; \"\": nowhere"),
	FARM_OPTION_LIST("allow", struct serve, allow, "[127.0.0.0/8, \"::1\"]",
	    "addresses and networks of readers; others are turned away"),
	FARM_OPTION_STRING("grid", struct serve, grid, "",
	    "what gmetad's grid is called; the farm's name if not given"),
	FARM_OPTION_STRING("authority", struct serve, names.authority, "",
	    "URL of the grid's web page"),
	FARM_OPTION_STRING("owner", struct serve, names.owner, "unspecified",
	    "of the clusters"),
	FARM_OPTION_STRING("latlong", struct serve, names.latlong,
	    "unspecified", "where the clusters are"),
	FARM_OPTION_STRING(
	    "url", struct serve, names.url, "unspecified", "of the clusters"),
	FARM_OPTION_DURATION("tmax", struct serve, tmax_ns, "20s", 1e9, 86400e9,
	    "how often values come, at least: readers take a host for down "
	    "after four times that; longer where they do come less often"),
	FARM_OPTION_DURATION("dmax", struct serve, dmax_ns, "1h", 0, 31557600e9,
	    "a metric is forgotten so long after its last value, and readers "
	    "are told so; 0s: not before farmd says it is no more"),
	FARM_OPTION_SIZE("memory", struct serve, memory, "256MiB", 65536, 1e12,
	    "of last values, at most; some 200 bytes each"),
	FARM_OPTION_INTEGER("connections", struct serve, connections, "256", 1,
	    10000, "at once; for one more, the one goes that was idle longest"),
	FARM_OPTION_DURATION("timeout", struct serve, timeout_ns, "60s", 1e9,
	    3600e9, "a reader has so long to take what it is told"),
	FARM_OPTION_BOOLEAN("strict", struct serve, strict, "false",
	    "leave out what a gmetad would pass on as no XML: texts, names "
	    "and units with &, < or \""),
	FARM_OPTION_END
};

/* ------------------------------------------------------------------ opening */

static int
serve_check(struct farm_host *host, const void *options_)
{
	const struct serve *s = options_;
	struct networks allowed = { .items = NULL };
	int rc = networks_read(&allowed, host, "allow", &s->allow);

	networks_free(&allowed);
	return rc;
}

/* Those that visitors_accept() looks away from while descriptors are out. */
static int
watch_doors(struct farm_host *host, struct serve *s)
{
	struct {
		const char *option;
		struct farm_address *address;
	} doors[] = { { "gmond", &s->gmond }, { "gmetad", &s->gmetad },
		{ "query", &s->query } };
	size_t i;
	int fd;

	for (i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
		fd = farm_socket(host, doors[i].option);
		if (fd >= 0 &&
		    farm_watch(host, fd, EPOLLIN, doors[i].address) != 0)
			return -1;
	}
	return 0;
}

static int
serve_open(struct farm_host *host, void *state)
{
	struct serve *s = state;
	const struct table_options bounds = { .tmax_ns = s->tmax_ns,
		.dmax_ns = s->dmax_ns,
		.bytes = (size_t)s->memory };

	table_init(&s->table, &bounds);
	s->open = true;
	s->names.grid = *s->grid != '\0' ? s->grid : farm_self(host);
	s->visitors.table = &s->table;
	s->visitors.names = &s->names;
	s->visitors.most = (size_t)s->connections;
	s->visitors.timeout_ns = s->timeout_ns;
	return networks_read(&s->visitors.allowed, host, "allow", &s->allow);
}

static void
serve_close(struct farm_host *host, void *state)
{
	struct serve *s = state;

	if (!s->open)
		return;
	visitors_close(&s->visitors, host);
	table_free(&s->table);
}

/* ------------------------------------------------------------------ writing */

/* The metric of a series; it may have been removed, and be there again. */
static struct metric *
metric_of(struct serve *s, struct known *k, const struct farm_series *names)
{
	if (k->metric != NULL && k->metric->host == NULL) {
		table_unref(&s->table, k->metric);
		k->metric = NULL;
	}
	if (k->metric == NULL)
		k->metric = table_metric(&s->table, names);
	return k->metric;
}

/* Is it XML as it stands?  gmetad escapes nothing of what it passes on. */
static bool
stays_xml(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] == '&' || text[i] == '<' || text[i] == '"')
			return false;
	return true;
}

static bool
name_stays_xml(const char *name)
{
	return stays_xml(name, strlen(name));
}

static bool
all_stays_xml(const struct farm_series *s, const struct farm_value *v)
{
	uint32_t i;

	for (i = 0; i < s->n_labels; i++)
		if (!name_stays_xml(s->labels[i].name) ||
		    !name_stays_xml(s->labels[i].value))
			return false;
	return name_stays_xml(s->cluster) && name_stays_xml(s->node) &&
	       name_stays_xml(s->parameter) && name_stays_xml(s->unit) &&
	       (v->type != FARM_TEXT || stays_xml(v->text, v->length));
}

static void
take_value(struct farm_host *host, struct serve *s, int64_t time_ns,
    const struct farm_value *v)
{
	const struct farm_series *names = farm_series_info(host, v->series);
	struct known *k = farm_series_state(host, v->series);
	struct metric *m = NULL;

	if (s->strict && names != NULL && !all_stays_xml(names, v)) {
		s->unsaid++;
		/* Nothing rather than what was before. */
		table_remove(
		    &s->table, names->cluster, names->node, names->parameter);
		return;
	}
	if (names != NULL && k != NULL)
		m = metric_of(s, k, names);
	if (m == NULL || !table_set(&s->table, m, v->series, names, time_ns, v))
		s->left_out++;
}

static const char *
name_in(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void
take_removal(struct serve *s, const struct farm_record *r)
{
	json_t *o = json_loadb(r->payload, r->payload_size, 0, NULL);
	const char *cluster = name_in(o, "cluster");

	if (cluster != NULL)
		table_remove(&s->table, cluster, name_in(o, "node"),
		    name_in(o, "parameter"));
	json_decref(o);
}

/* What is older than it would be kept for is of no use to anybody. */
static bool
is_of_use(const struct serve *s, const struct farm_record *r, int64_t now_ns)
{
	return r->type == FARM_RESULT && (r->flags & FARM_IMPORTED) == 0 &&
	       (s->dmax_ns == 0 || now_ns - r->time_ns <= s->dmax_ns);
}

/* What is ahead of the clock is of now: it hides none that come later. */
static void
take_values(struct farm_host *host, struct serve *s,
    const struct farm_record *r, int64_t now_ns)
{
	int64_t time_ns = r->time_ns < now_ns ? r->time_ns : now_ns;
	uint32_t i;

	for (i = 0; i < r->n_values; i++)
		take_value(host, s, time_ns, &r->values[i]);
}

static int
serve_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	const struct farm_record *r = batch->records;
	const struct farm_record *end = r + batch->n_records;
	int64_t now_ns = farm_now_ns(host);
	struct serve *s = state;

	for (; r < end; r++) {
		if (r->type == FARM_REMOVAL)
			take_removal(s, r);
		else if (is_of_use(s, r, now_ns))
			take_values(host, s, r, now_ns);
	}
	return FARM_DONE;
}

static void
serve_forget(struct farm_host *host, void *state, void *series_state)
{
	struct known *k = series_state;
	struct serve *s = state;

	(void)host;
	if (k->metric == NULL)
		return;
	/* The number may come to mean another series. */
	k->metric->series = 0;
	table_unref(&s->table, k->metric);
}

/* ------------------------------------------------------------------ telling */

static int
serve_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct serve *s = state;

	(void)events;
	if (cookie == &s->gmond)
		visitors_accept(&s->visitors, host, fd, DOOR_GMOND);
	else if (cookie == &s->gmetad)
		visitors_accept(&s->visitors, host, fd, DOOR_GMETAD);
	else if (cookie == &s->query)
		visitors_accept(&s->visitors, host, fd, DOOR_QUERY);
	else
		visitors_serve(&s->visitors, host, cookie);
	return 0;
}

static void
tell_refusal(struct farm_host *host, struct serve *s, size_t i, uint64_t n)
{
	char address[INET6_ADDRSTRLEN] = "";
	int64_t now = clock_mono_ns();
	struct told *told = &s->told[i];

	if (n == told->n ||
	    (told->mono_ns != 0 && now - told->mono_ns < TELL_NS))
		return;
	if (i == STRANGERS)
		place_print(&s->visitors.stranger, address);
	farm_log(host, FARM_WARNING, "%llu %s%s",
	    (unsigned long long)(n - told->n), refusals[i], address);
	*told = (struct told){ n, now };
}

static void
tell_refusals(struct farm_host *host, struct serve *s)
{
	const struct visitors_counts *c = &s->visitors.counts;
	const uint64_t counts[REFUSALS] = { c->strangers, c->crowded, c->late,
		c->failed, s->left_out, s->unsaid };
	size_t i;

	for (i = 0; i < REFUSALS; i++)
		tell_refusal(host, s, i, counts[i]);
}

static int
serve_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct serve *s = state;

	visitors_tick(&s->visitors, host);
	/* As the values' age is: a clock that is set back changes that. */
	if (now_ns < s->swept_ns || now_ns - s->swept_ns >= SWEEP_NS) {
		s->swept_ns = now_ns;
		table_sweep(&s->table, now_ns);
	}
	tell_refusals(host, s);
	return watch_doors(host, s);
}

FARM_MODULE(ganglia_serve, FARM_WRITER) = {
	.summary = "last values for readers of gmond and gmetad",
	.description =
	    "farmd as a gmond and a gmetad to those who read them: gstat, "
	    "gmetad, Ganglia's web pages, scripts.\n\n"
	    "```yaml\n"
	    "writers:\n"
	    "  serve:\n"
	    "    match: [\"*/workers/*/*\", \"*/storage/*/*\"]\n"
	    "    ganglia_serve:\n"
	    "      gmetad: \"*:8651\"\n"
	    "      query: \"*:8652\"\n"
	    "      gmond: \"\"\n"
	    "      allow: [10.1.0.0/16]\n"
	    "```\n\n"
	    "| port | what is told |\n"
	    "| --- | --- |\n"
	    "| `gmond`, 8649 | all clusters, without being asked |\n"
	    "| `gmetad`, 8651 | the same in a GRID |\n"
	    "| `query`, 8652 | what one line asks for |\n\n"
	    "| question | answer |\n"
	    "| --- | --- |\n"
	    "| `/` | all |\n"
	    "| `/CLUSTER`, `/CLUSTER/HOST`, `/CLUSTER/HOST/METRIC` | that, with "
	    "what it is in |\n"
	    "| `/?filter=summary`, `/CLUSTER?filter=summary` | hosts up and "
	    "down, and the sum of each metric over hosts that are up |\n"
	    "| `/~REGEX/~REGEX/~REGEX` | what all of the name matches, at any "
	    "of the levels (gmetad has none of these) |\n"
	    "| a name that nobody knows | all of what it should be in, as by "
	    "gmetad; below a regular expression nothing |\n"
	    "| `GET /CLUSTER/*/METRIC HTTP/1.0` | by HTTP, where `*` is any "
	    "name, and what nobody knows is left out |\n\n"
	    "| Ganglia | farmd |\n"
	    "| --- | --- |\n"
	    "| CLUSTER, HOST, METRIC | cluster, node, parameter. Clusters of one "
	    "name in two farms are one: let `match` take one of them |\n"
	    "| IP | the node's name again |\n"
	    "| VAL, TYPE | integers int32 or uint32, and double where they are "
	    "larger, with all digits; a boolean is uint8, 1 or 0 |\n"
	    "| UNITS | By/s, KiBy, GBy are bytes/sec, KB, GB; others stay |\n"
	    "| SLOPE | positive of a counter, else both |\n"
	    "| TN | the age of the value |\n"
	    "| TMAX | the longer of the last two gaps between values, `tmax` at "
	    "least; of a host, its shortest |\n"
	    "| DMAX | `dmax`, four times TMAX at least; of a host, its longest |\n"
	    "| GMOND_STARTED | the parameter `heartbeat` |\n"
	    "| EXTRA_ELEMENT | labels |\n\n"
	    "A metric goes when farmd says that it is no more, and after its "
	    "DMAX. After a start there is what has come since.\n\n"
	    "Whatever a name or text holds is written as XML. gmetad writes it "
	    "as it stands when it passes it on: what has `&`, `<` or `\"` in it "
	    "is then no XML, and who reads that gmetad gives up all of it; "
	    "`strict` leaves it out. Of long texts (2,000 bytes, say) it keeps "
	    "`unspecified`.\n\n"
	    "Answers are made as they are read, in pieces of 64 KiB, so that a "
	    "slow reader costs no more than that. It has `timeout` to read, and "
	    "where there are more than `connections`, the one that was idle for "
	    "longest goes. All that is not served is counted and told in the "
	    "log, each reason once a minute at most.",
	.options = options,
	.state_size = sizeof(struct serve),
	.needs = FARM_NEEDS_NETWORK,
	.check = serve_check,
	.open = serve_open,
	.close = serve_close,
	.listen = serve_listen,
	.tick = serve_tick,
	.writer = {
		.write = serve_write,
		.series_state_size = sizeof(struct known),
		.forget = serve_forget,
	},
};
