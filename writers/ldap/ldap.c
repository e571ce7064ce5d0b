/*
 * ldap.c - the writer `ldap': last values as entries of a directory.
 *
 * What is written is not every value but the last one of each parameter, not
 * more often than `every'; so a batch is accepted at once and counts as stored
 * when all that came up to it stands in the directory, or newer values do.
 */
#include <farm/module.h>

#include <jansson.h>
#include <string.h>

#include "accepted.h"
#include "clock.h"
#include "publisher.h"

/* A server that is not there is asked again by tick() so often. */
#define RETRY_NS (10 * NS_PER_S)

struct ldap {
	struct directory_options server;
	struct layout_options names;
	const char *base;
	const char *endpoint;
	int64_t every_ns;
	int64_t rewrite_ns;
	int64_t ttl_ns;
	double rate;
	int64_t entries;

	struct layout layout;
	struct publisher publisher;
	struct accepted accepted;
	int64_t tried_ns;
};

/* The state of a series. */
struct known {
	struct reading *reading; /* NULL: none yet */
};

static const struct farm_option options[] = {
	{ .name = "url",
	    .type = FARM_TYPE_LIST,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct ldap, server.urls, struct farm_list),
	    .help = "servers, ldap://HOST, ldaps://HOST or ldapi://%2FPATH: "
		    "the first that answers is written to" },
	{ .name = "base",
	    .type = FARM_TYPE_STRING,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct ldap, base, const char *),
	    .help = "the entry that all stands below; it has to be there" },
	FARM_OPTION_ENUM("layout", struct ldap, names.kind, "parameters",
	    "parameters|nodes|glue", "what an entry is, as described above"),
	FARM_OPTION_STRING("dn", struct ldap, names.dn, "",
	    "names of entries below `base', leaf first, with {farm}, "
	    "{cluster}, {node}, {parameter}; each part is an entry"),
	FARM_OPTION_MAP("classes", struct ldap, names.classes,
	    "object classes of entries of a farm, cluster, node or parameter "
	    "(and of those above)"),
	FARM_OPTION_MAP("attributes", struct ldap, names.attributes,
	    "parameters that are attributes of their own in a node's entry"),
	FARM_OPTION_STRING("endpoint", struct ldap, endpoint, "",
	    "URL that this farm answers at, for `labeledURI' of its entry"),
	FARM_OPTION_DURATION("every", struct ldap, every_ns, "60s", 0, 86400e9,
	    "an entry is not written more often"),
	FARM_OPTION_DURATION("rewrite", struct ldap, rewrite_ns, "1d", 0,
	    86400e9 * 365,
	    "an entry is written so often though nothing in it changed; 0s: "
	    "never"),
	FARM_OPTION_NUMBER("rate", struct ldap, rate, "100", 0.01, 1e6,
	    "operations a second, at most"),
	FARM_OPTION_DURATION("ttl", struct ldap, ttl_ns, "0s", 0, 31557600e9,
	    "entries vanish so long after the farm stops to say that they "
	    "live; 0s: they stay"),
	FARM_OPTION_ENUM("login", struct ldap, server.login, "simple",
	    "simple|external|gssapi",
	    "with a password, a client certificate (or who one is on a local "
	    "socket), Kerberos (by the keytab that KRB5_CLIENT_KTNAME names "
	    "in farmd's environment, or tickets that are there)"),
	FARM_OPTION_STRING("bind_dn", struct ldap, server.bind_dn, "",
	    "who logs in; nobody if not given"),
	FARM_OPTION_SECRET(
	    "password", struct ldap, server.password, "of bind_dn"),
	FARM_OPTION_BOOLEAN("starttls", struct ldap, server.starttls, "false",
	    "encrypt a connection to ldap://"),
	FARM_OPTION_PATH("ca", struct ldap, server.ca, NULL,
	    "certificates that the server's is signed by one of; the "
	    "system's if not given"),
	FARM_OPTION_PATH(
	    "certificate", struct ldap, server.certificate, NULL, "of ours"),
	FARM_OPTION_PATH("key", struct ldap, server.key, NULL, "of it"),
	FARM_OPTION_DURATION("timeout", struct ldap, server.timeout_ns, "10s",
	    100e6, 20e9, "a server that is silent for so long is given up"),
	FARM_OPTION_INTEGER("entries", struct ldap, entries, "100000", 1, 1e7,
	    "at most; each takes about 500 bytes of memory"),
	FARM_OPTION_END
};

/* ------------------------------------------------------------- opening -- */

static int
check_options(const struct ldap *l, struct error *err)
{
	const struct directory_options *s = &l->server;

	if (l->ttl_ns % NS_PER_S != 0)
		return error_set(err, "ttl: only whole seconds");
	if (s->login == LOGIN_SIMPLE && *s->bind_dn == '\0' &&
	    s->password != NULL && *s->password != '\0')
		return error_set(err, "password: whose? bind_dn is not given");
	/* A server takes such a login for nobody's, and calls it good. */
	if (s->login == LOGIN_SIMPLE && *s->bind_dn != '\0' &&
	    (s->password == NULL || *s->password == '\0'))
		return error_set(err, "bind_dn: needs password");
	return 0;
}

static int
ldap_check(struct farm_host *host, const void *options_)
{
	const struct ldap *l = options_;
	struct layout layout;
	struct error err;

	if (check_options(l, &err) != 0)
		return farm_fail(host, "%s", err.text);
	if (layout_make(&layout, &l->names, &err) != 0)
		return farm_fail(host, "%s", err.text);
	layout_free(&layout);
	return 0;
}

static int
prepare(struct ldap *l, struct error *err)
{
	struct publisher *p = &l->publisher;
	struct tree_options bounds = { .base = l->base,
		.most = (size_t)l->entries,
		.every_ns = l->every_ns };

	if (check_options(l, err) != 0 ||
	    layout_make(&l->layout, &l->names, err) != 0)
		return -1;
	p->tree = tree_new(&l->layout, &bounds);
	p->directory = directory_new(&l->server);
	if (p->tree == NULL || p->directory == NULL)
		return error_set(err, "out of memory");
	p->content = (struct content){ &l->layout, l->endpoint, l->ttl_ns > 0 };
	p->ttl_s = l->ttl_ns / NS_PER_S;
	p->rate = l->rate;
	p->rewrite_ns = l->rewrite_ns;
	return 0;
}

static int
check_server(struct ldap *l, struct error *err)
{
	struct directory *d = l->publisher.directory;
	const char *names[DN_LEVELS_MAX * CLASSES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < l->layout.plan.n; i++)
		for (size_t k = 0; k < l->layout.classes[i].n; k++)
			names[n++] = l->layout.classes[i].names[k];
	if (directory_check_classes(d, names, n, err) != 0)
		return -1;
	return l->ttl_ns > 0 ? directory_check_dynamic(d, err) : 0;
}

/* What stands in another server nobody knows. */
static int
connect(struct ldap *l, struct error *err)
{
	struct publisher *p = &l->publisher;
	bool other, was = directory_is_connected(p->directory);

	l->tried_ns = clock_mono_ns();
	if (directory_connect(p->directory, &other, err) != 0)
		return -1;
	if (other)
		tree_unknown(p->tree);
	if (was || check_server(l, err) == 0)
		return 0;
	directory_disconnect(p->directory);
	return -1;
}

static int
ldap_open(struct farm_host *host, void *state)
{
	struct ldap *l = state;
	struct error err;

	if (prepare(l, &err) != 0 || connect(l, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
ldap_close(struct farm_host *host, void *state)
{
	struct ldap *l = state;

	(void)host;
	directory_free(l->publisher.directory);
	tree_free(l->publisher.tree);
	accepted_free(&l->accepted);
	layout_free(&l->layout);
}

/* ------------------------------------------------------------- writing -- */

/* The parameter may have been removed, and be there again. */
static int
find_reading(struct farm_host *host, struct ldap *l, uint32_t series,
    const struct farm_series *names, struct reading **ret, struct error *err)
{
	struct known *k = farm_series_state(host, series);

	if (k == NULL)
		return error_set(err, "out of memory");
	if (k->reading != NULL && k->reading->entry == NULL) {
		reading_unref(k->reading);
		k->reading = NULL;
	}
	if (k->reading == NULL &&
	    tree_reading(l->publisher.tree, names, &k->reading, err) != 0)
		return -1;
	*ret = k->reading;
	return 0;
}

static int
take_result(struct farm_host *host, struct ldap *l, const struct farm_record *r,
    bool *waits, struct error *err)
{
	for (uint32_t i = 0; i < r->n_values; i++) {
		const struct farm_value *v = &r->values[i];
		const struct farm_series *names = farm_series_info(
		    host, v->series);
		struct reading *reading = NULL;
		bool one;

		if (find_reading(host, l, v->series, names, &reading, err) != 0)
			return -1;
		if (tree_set(l->publisher.tree, reading, r, v, names->unit,
			&one) != 0)
			return error_set(err, "out of memory");
		*waits = *waits || one;
	}
	return 0;
}

static const char *
name_in(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int
take_removal(
    struct ldap *l, const struct farm_record *r, bool *waits, struct error *err)
{
	json_t *o = json_loadb(r->payload, r->payload_size, 0, NULL);
	const struct farm_series names = {
		.farm = name_in(o, "farm"),
		.cluster = name_in(o, "cluster"),
		.node = name_in(o, "node"),
		.parameter = name_in(o, "parameter"),
	};
	int rc = 0;

	if (names.farm != NULL)
		rc = tree_remove(l->publisher.tree, &names, r->position, err);
	json_decref(o);
	*waits = true;
	return rc;
}

static int
take_record(struct farm_host *host, struct ldap *l, const struct farm_record *r,
    bool *waits, struct error *err)
{
	if (r->type == FARM_REMOVAL)
		return take_removal(l, r, waits, err);
	if (r->type != FARM_RESULT || (r->flags & FARM_IMPORTED) != 0)
		return 0;
	return take_result(host, l, r, waits, err);
}

static void
acknowledge(struct farm_host *host, struct ldap *l)
{
	uint64_t before = tree_waiting_since(l->publisher.tree);
	struct span s;

	while (accepted_take(&l->accepted, before, &s))
		farm_acknowledge(host, s.first, s.last);
}

/* In the batch, or SIZE_MAX: it changed before. */
static size_t
record_at(const struct farm_batch *batch, uint64_t position)
{
	for (size_t i = 0; i < batch->n_records; i++)
		if (batch->records[i].position == position)
			return i;
	return SIZE_MAX;
}

static int
accept(struct farm_host *host, struct ldap *l, const struct farm_batch *batch)
{
	const struct farm_record *first = batch->records;
	const struct farm_record *last = first + batch->n_records - 1;

	if (tree_waiting_since(l->publisher.tree) > last->position)
		return FARM_DONE;
	if (accepted_add(&l->accepted, first->position, last->position) != 0)
		return farm_again(
		    host, "too much is held back by `rate' and `every'");
	return FARM_ACCEPTED;
}

static int
ldap_write(struct farm_host *host, void *state, const struct farm_batch *batch)
{
	struct ldap *l = state;
	struct publisher *p = &l->publisher;
	struct error err;
	bool waits = false;
	size_t bad;

	if (connect(l, &err) != 0)
		return farm_again(host, "%s", err.text);
	for (size_t i = 0; i < batch->n_records; i++)
		if (take_record(host, l, &batch->records[i], &waits, &err) != 0)
			return farm_bad(host, i, "%s", err.text);
	if (publish(p, &err) != 0)
		return farm_again(host, "%s", err.text);
	acknowledge(host, l);
	if (p->refused) {
		bad = record_at(batch, p->refused_since);
		if (bad != SIZE_MAX)
			return farm_bad(host, bad, "%s", p->why.text);
		farm_log(host, FARM_WARNING, "%s", p->why.text);
	}
	return waits ? accept(host, l, batch) : FARM_DONE;
}

/* What was held back, and what has to be said again. */
static int
ldap_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct ldap *l = state;
	struct publisher *p = &l->publisher;
	struct error err;

	(void)now_ns;
	if (!directory_is_connected(p->directory) &&
	    clock_mono_ns() - l->tried_ns < RETRY_NS)
		return 0;
	if (connect(l, &err) != 0 || publish(p, &err) != 0)
		return farm_fail(host, "%s", err.text);
	acknowledge(host, l);
	if (p->refused)
		farm_log(host, FARM_WARNING, "%s", p->why.text);
	return 0;
}

static void
ldap_forget(struct farm_host *host, void *state, void *series_state)
{
	struct known *k = series_state;

	(void)host;
	(void)state;
	reading_unref(k->reading);
}

FARM_MODULE(ldap, FARM_WRITER) = {
	.summary = "last values as entries of an LDAP directory",
	.description =
	    "Publishes the tree of farm, clusters, nodes and parameters in a "
	    "directory, with the last value of each parameter, so that "
	    "whatever can ask LDAP finds them:\n\n"
	    "```yaml\n"
	    "writers:\n"
	    "  directory:\n"
	    "    match: \"*/*/*/Load5|Load15\"\n"
	    "    ldap:\n"
	    "      url: [ldap://ldap1.example.org, ldap://ldap2.example.org]\n"
	    "      base: ou=farms,dc=example,dc=org\n"
	    "      bind_dn: cn=farmd,dc=example,dc=org\n"
	    "      password: file:/etc/farm/ldap.password\n"
	    "      starttls: true\n"
	    "      ttl: 5m\n"
	    "      endpoint: https://farm.example.org:9649/\n"
	    "```\n\n"
	    "```\n"
	    "$ ldapsearch -x -b ou=farms,dc=example,dc=org "
	    "'(&(farmNodeName=n1)(farmParameterName=Load5))'\n"
	    "dn: farmParameterName=Load5,farmNodeName=n1,"
	    "farmClusterName=workers,farmName=site,\n"
	    " ou=farms,dc=example,dc=org\n"
	    "objectClass: farmParameter\n"
	    "farmName: site\n"
	    "farmClusterName: workers\n"
	    "farmNodeName: n1\n"
	    "farmParameterName: Load5\n"
	    "farmValue: 0.75\n"
	    "farmTime: 20260131100000.000Z\n"
	    "farmInstance: workers/proc\n"
	    "```\n\n"
	    "A directory is made for reading: only what changed is written, an "
	    "entry at most once in `every`, and `rate` operations a second in "
	    "all; what comes between counts as stored with the newer value "
	    "that is written. `farmTime` is when the value was taken that "
	    "stands there: one that stays the same is not written again.\n\n"
	    "| `layout` | an entry is | its name, below `base` |\n"
	    "| --- | --- | --- |\n"
	    "| `parameters` | a parameter | `farmParameterName={parameter},"
	    "farmNodeName={node},farmClusterName={cluster},farmName={farm}` "
	    "|\n"
	    "| `nodes` | a node; each parameter is a value `NAME=VALUE UNIT` of "
	    "`farmReading`, or the attribute that `attributes` says | "
	    "`farmNodeName={node},farmClusterName={cluster},farmName={farm}` "
	    "|\n"
	    "| `glue` | a node as in MDS and GLUE; only what `attributes` "
	    "names, by default the loads | `GlueHostUniqueID={node},"
	    "GlueClusterUniqueID={cluster},Mds-Vo-name={farm}` |\n\n"
	    "Entries above are made as needed, all but `base`. `dn` gives other "
	    "names (`cn={node},ou={cluster}`); mind that most attributes, as "
	    "`cn`, do not tell upper from lower case, and `Load` and `load` "
	    "would take turns in one entry. Two parameters of one `dn` do as "
	    "well. `classes` gives other classes: `{node: device}`.\n\n"
	    "The schema is in `share/farm/ldap`: `farm.schema` for slapd.conf, "
	    "`farm.ldif` for cn=config, and `glue-like.schema` for `layout: "
	    "glue` where the real one is not there. Its numbers are "
	    "experimental, below 1.3.6.1.4.1.4203.666, which is for that; "
	    "whoever publishes to the world takes an arc of their own.\n\n"
	    "With `ttl`, entries are dynamicObjects (RFC 2589; slapd: overlay "
	    "dds), which are refreshed three times in it and vanish when the "
	    "farm stops: that alone is 3 x entries / `ttl` operations a "
	    "second, of which `rate` must leave room. Without `ttl`, entries "
	    "go when the lifetime of what they are about ends, and stay when "
	    "the farm stops.\n\n"
	    "| what happens | what farmd does |\n"
	    "| --- | --- |\n"
	    "| a server is down, busy, read-only | the next of `url`; if there "
	    "is none, what came waits and is tried again |\n"
	    "| a server refers to another | that one is written to from then "
	    "on |\n"
	    "| another server than before | all is written there anew |\n"
	    "| wrong password, no right to write, no `base`, schema missing | "
	    "the writer says so and tries again |\n"
	    "| an entry was removed by others | it is made again with its next "
	    "change, refresh or `rewrite` |\n"
	    "| an entry is against the schema | its record goes to the dead "
	    "letters, the others move on |\n\n"
	    "Several servers that know nothing of each other take a writer "
	    "each.",
	.options = options,
	.state_size = sizeof(struct ldap),
	.needs = FARM_NEEDS_NETWORK,
	.check = ldap_check,
	.open = ldap_open,
	.close = ldap_close,
	.tick = ldap_tick,
	.writer = {
		.write = ldap_write,
		.series_state_size = sizeof(struct known),
		.forget = ldap_forget,
	},
};
