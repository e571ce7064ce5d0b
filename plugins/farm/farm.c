/*
 * farm.c - the collector `farm': another farmd, by subscription.  What comes
 * keeps its names, times and farm; where reading stopped is a checkpoint that
 * travels with what came before it, so a farm that comes back goes on there.
 */
#include <farm/module.h>

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "clock.h"
#include "intake.h"
#include "link.h"
#include "rows.h"

#define EMIT_NS (10 * NS_PER_S)
/* A checkpoint: the position, then whose it is. */
#define POSITION_BYTES 8

enum count { VALUES, RECORDS, GAPS, LOOPS, AVERAGES, FULL, COUNTS };

struct farm {
	struct link_options link_options;
	struct farm_list predicates;
	int64_t history_ns;
	int64_t most;
	const char *node;

	struct link *link;
	struct intake *intake;
	uint32_t *handles; /* of the stream's series; 0: none yet */
	uint32_t n_handles;
	struct rows rows;
	struct farm_host *host; /* during a call */
	uint64_t position;      /* of the last record taken; 0: none yet */
	uint64_t noted;         /* the last checkpoint's */
	int64_t newest_ns;      /* time of the newest value */
	uint64_t counts[COUNTS];
	int64_t emitted_mono_ns;
	bool was_up;
	bool failed;                  /* something could not be emitted */
	char name[FARM_NAME_MAX + 1]; /* of the node of our own parameters */
};

static const struct farm_option options[] = {
	{ .name = "url",
	    .type = FARM_TYPE_STRING,
	    .flags = FARM_REQUIRED,
	    .offset = FARM_FIELD(struct farm, link_options.url, const char *),
	    .help = "the other farmd: http://HOST:9649, https://HOST:9649 or "
		    "unix:/run/farm/farmd.sock" },
	FARM_OPTION_LIST("predicate", struct farm, predicates, "[\"*\"]",
	    "what is wanted of it"),
	FARM_OPTION_DURATION("history", struct farm, history_ns, "0s", 0,
	    365 * 86400e9,
	    "how much of what was before is wanted, where nothing is known of "
	    "it yet"),
	FARM_OPTION_SECRET(
	    "token", struct farm, link_options.token, "who we are to it"),
	FARM_OPTION_PATH("ca", struct farm, link_options.ca, NULL,
	    "certificates that its own is signed by one of; the system's if "
	    "not given"),
	FARM_OPTION_PATH("certificate", struct farm, link_options.certificate,
	    NULL, "of ours"),
	FARM_OPTION_PATH("key", struct farm, link_options.key, NULL, "of it"),
	FARM_OPTION_STRING("node", struct farm, node, "",
	    "node of our own parameters; the host in the URL if not given"),
	FARM_OPTION_INTEGER("series", struct farm, most, "1000000", 1, 1e8,
	    "at most; values of others are left out and counted"),
	FARM_OPTION_END
};

/* In the order of enum count. */
static const struct farm_parameter parameters[] = {
	{ "subscription_values", FARM_COUNTER64, "1", "values taken" },
	{ "subscription_records", FARM_COUNTER64, "1",
	    "other records taken: removals, events, accounting, ..." },
	{ "subscription_gaps", FARM_COUNTER64, "1",
	    "times that something is missing" },
	{ "subscription_loops", FARM_COUNTER64, "1",
	    "values of this farm that came back, left out" },
	{ "subscription_averages", FARM_COUNTER64, "1",
	    "averages of the history, left out" },
	{ "subscription_full", FARM_COUNTER64, "1",
	    "values of more than `series' series, left out" },
	{ "subscription_up", FARM_STATE, "", "is there a connection?" },
	{ "subscription_attempts", FARM_COUNTER64, "1", "connections tried" },
	{ "subscription_lag", FARM_GAUGE, "s", "how old the newest value is" },
	{ 0 }
};

/* -- what comes -- */

static void
take_anew(void *context)
{
	struct farm *f = context;

	for (uint32_t i = 0; i < f->n_handles; i++)
		if (f->handles[i] != 0 && f->host != NULL)
			farm_release(f->host, f->handles[i]);
	free(f->handles);
	f->handles = NULL;
	f->n_handles = 0;
}

static uint32_t *
need_place(struct farm *f, uint32_t number)
{
	uint32_t n = f->n_handles == 0 ? 64 : f->n_handles, *grown;

	if (number < f->n_handles)
		return &f->handles[number];
	while (n <= number)
		n *= 2;
	grown = realloc(f->handles, n * sizeof(*grown));
	if (grown == NULL)
		return NULL;
	memset(grown + f->n_handles, 0, (n - f->n_handles) * sizeof(*grown));
	f->handles = grown;
	f->n_handles = n;
	return &f->handles[number];
}

/* The handle that this series of the stream has with us; 0 if there is none:
   it is ours that comes back, or it cannot be. */
static uint32_t
find_handle(struct farm *f, const struct series_table *table, uint32_t number)
{
	const struct farm_series *s = series_get(table, number);
	uint32_t *handle = need_place(f, number);

	if (handle == NULL || s == NULL) {
		f->failed = true;
		return 0;
	}
	if (*handle != 0)
		return *handle;
	if (strcmp(s->farm, farm_self(f->host)) == 0) {
		f->counts[LOOPS]++;
		return 0;
	}
	*handle = farm_series(f->host, NULL, .farm = s->farm,
	    .cluster = s->cluster, .node = s->node, .parameter = s->parameter,
	    .unit = s->unit, .kind = s->kind, .labels = s->labels,
	    .n_labels = s->n_labels);
	f->failed |= *handle == 0;
	return *handle;
}

static void
take_result(struct farm *f, const struct series_table *table,
    const struct farm_record *r)
{
	if ((r->flags & FARM_AVERAGE) != 0) {
		f->counts[AVERAGES]++;
		return;
	}
	f->rows.n = 0;
	for (uint32_t i = 0; i < r->n_values; i++) {
		struct farm_value v = r->values[i];

		v.series = find_handle(f, table, v.series);
		if (v.series != 0 && rows_put(f->host, &f->rows, v) != 0)
			f->failed = true;
	}
	if (f->rows.n == 0)
		return;
	if (farm_emit_rows(f->host, NULL, r->time_ns, r->flags & FARM_PARTIAL,
		f->rows.items, f->rows.n) != 0)
		f->failed = true;
	f->counts[VALUES] += f->rows.n;
	if (r->time_ns > f->newest_ns)
		f->newest_ns = r->time_ns;
}

/* What the subscription says of itself; true if that is what it is. */
static bool
take_word(struct farm *f, const struct farm_record *r)
{
	json_t *o = json_loadb(r->payload, r->payload_size, 0, NULL);
	const char *event = json_string_value(json_object_get(o, "event"));
	bool own = event != NULL && strncmp(event, "subscription_", 13) == 0;

	if (own && json_is_true(json_object_get(o, "gap"))) {
		f->counts[GAPS]++;
		farm_log(f->host, FARM_WARNING,
		    "something is missing that it had: %.*s",
		    (int)r->payload_size, (const char *)r->payload);
	}
	json_decref(o);
	return own;
}

static void
take_payload(struct farm *f, const struct farm_record *r)
{
	if (r->type == FARM_EVENT && take_word(f, r))
		return;
	if (r->type == FARM_CONFIG || r->type == FARM_CHECKPOINT ||
	    r->type > FARM_AGGREGATE)
		return;
	if (farm_emit_record(f->host, NULL, r->type, r->time_ns, r->payload,
		r->payload_size) != 0)
		f->failed = true;
	f->counts[RECORDS]++;
}

static void
take_record(void *context, const struct series_table *table,
    const struct farm_record *r)
{
	struct farm *f = context;

	if (r->type == FARM_RESULT)
		take_result(f, table, r);
	else
		take_payload(f, r);
	/* What of the history came before has no position. */
	if (r->position > f->position)
		f->position = r->position;
}

/* -- where it goes on -- */

static int
note_position(struct farm *f)
{
	const char *url = f->link_options.url;
	size_t size = POSITION_BYTES + strlen(url);
	uint8_t bytes[POSITION_BYTES + 1024];

	if (f->position == f->noted || size > sizeof(bytes))
		return 0;
	for (int i = 0; i < POSITION_BYTES; i++)
		bytes[i] = (uint8_t)(f->position >> (8 * i));
	memcpy(bytes + POSITION_BYTES, url, strlen(url));
	if (farm_checkpoint(f->host, bytes, size) != 0)
		return -1;
	f->noted = f->position;
	return 0;
}

/* Of another farmd than now it means nothing. */
static void
restore_position(struct farm_host *host, struct farm *f)
{
	const char *url = f->link_options.url;
	size_t size;
	const uint8_t *bytes = farm_restore(host, &size);

	if (bytes == NULL || size != POSITION_BYTES + strlen(url) ||
	    memcmp(bytes + POSITION_BYTES, url, strlen(url)) != 0)
		return;
	for (int i = 0; i < POSITION_BYTES; i++)
		f->position |= (uint64_t)bytes[i] << (8 * i);
	f->noted = f->position;
}

static int
take_bytes(void *context, const void *bytes, size_t size, struct error *err)
{
	struct farm *f = context;

	if (intake_put(f->intake, bytes, size, err) != 0)
		return -1;
	f->counts[FULL] = intake_refused(f->intake);
	if (note_position(f) != 0)
		f->failed = true;
	return 0;
}

static void
put_escaped(struct buffer *to, const char *text)
{
	for (; *text != '\0'; text++)
		if (strchr("%&+#", *text) != NULL || *text <= ' ' ||
		    (unsigned char)*text >= 0x7f)
			buffer_printf(to, "%%%02X", (unsigned char)*text);
		else
			buffer_putc(to, *text);
}

static char *
ask(void *context)
{
	struct farm *f = context;
	struct buffer path = BUFFER_INIT;

	intake_reset(f->intake);
	buffer_puts(&path, "/v1/subscribe?format=frames&predicate=");
	for (size_t i = 0; i < f->predicates.n; i++) {
		buffer_puts(&path, i > 0 ? "," : "");
		put_escaped(&path, f->predicates.items[i]);
	}
	if (f->position > 0)
		buffer_printf(
		    &path, "&resume=%llu", (unsigned long long)f->position);
	else if (f->history_ns > 0) {
		buffer_puts(&path, "&from=-");
		duration_print(&path, f->history_ns);
	}
	return buffer_take(&path, NULL);
}

/* -- the instance -- */

/* http://HOST:PORT/ without what stands around the host. */
static int
name_node(struct farm *f, struct error *err)
{
	const char *begin = strstr(f->link_options.url, "://");
	int length;

	begin = begin == NULL ? "localhost" : begin + 3;
	length = (int)(*begin == '[' ? strcspn(begin, "]") + 1
				     : strcspn(begin, ":/"));
	if (f->node[0] != '\0') {
		begin = f->node;
		length = (int)strlen(f->node);
	}
	if (length == 0 || length > FARM_NAME_MAX)
		return error_set(
		    err, "url: \"%s\": no host", f->link_options.url);
	(void)snprintf(f->name, sizeof(f->name), "%.*s", length, begin);
	return 0;
}

static int
check_url(const char *url, struct error *err)
{
	static const char *const schemes[] = { "http://", "https://",
		"unix:/" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(url, schemes[i], strlen(schemes[i])) == 0)
			return 0;
	return error_set(err,
	    "url: \"%s\": none of http://HOST:PORT, https://HOST:PORT, "
	    "unix:/PATH",
	    url);
}

static int
farm_check(struct farm_host *host, const void *options_)
{
	struct farm f = *(const struct farm *)options_;
	struct error err;

	if (check_url(f.link_options.url, &err) != 0 ||
	    name_node(&f, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static int
farm_open(struct farm_host *host, void *state)
{
	struct farm *f = state;
	const struct intake_to records = { take_anew, take_record, f };
	const struct link_to bytes = { ask, take_bytes, f };
	struct error err;

	if (check_url(f->link_options.url, &err) != 0 ||
	    name_node(f, &err) != 0)
		return farm_fail(host, "%s", err.text);
	f->intake = intake_new((uint32_t)f->most, &records);
	if (f->intake == NULL)
		return farm_fail(host, "out of memory");
	if (link_new(&f->link, &f->link_options, &bytes, &err) != 0)
		return farm_fail(host, "%s", err.text);
	restore_position(host, f);
	return 0;
}

static void
farm_close(struct farm_host *host, void *state)
{
	struct farm *f = state;

	f->host = NULL; /* the handles go with the instance */
	link_free(f->link, host);
	intake_free(f->intake);
	free(f->handles);
	rows_free(&f->rows);
}

static int
emit_own(struct farm *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNTS; i++)
		rc = farm_emit(f->host, NULL, farm_uint64(f->counts[i]),
		    .node = f->name, .parameter = parameters[i].name);
	if (rc == 0)
		rc = farm_emit(f->host, NULL,
		    farm_uint64(link_attempts(f->link)), .node = f->name,
		    .parameter = "subscription_attempts");
	if (rc == 0)
		rc = farm_emit(f->host, NULL, farm_boolean(link_is_up(f->link)),
		    .node = f->name, .parameter = "subscription_up");
	if (rc == 0 && f->newest_ns > 0)
		rc = farm_emit(f->host, NULL,
		    farm_double((double)(farm_now_ns(f->host) - f->newest_ns) /
				(double)NS_PER_S),
		    .node = f->name, .parameter = "subscription_lag");
	f->emitted_mono_ns = clock_mono_ns();
	return rc;
}

static int
say_state(struct farm *f)
{
	bool up = link_is_up(f->link);
	bool changed = up != f->was_up;

	f->was_up = up;
	if (changed && up)
		farm_log(
		    f->host, FARM_NOTICE, "%s answers", f->link_options.url);
	if (changed || clock_mono_ns() - f->emitted_mono_ns >= EMIT_NS)
		if (emit_own(f) != 0)
			return -1;
	if (!up && link_why(f->link)[0] != '\0')
		return farm_fail(
		    f->host, "%s: %s", f->link_options.url, link_why(f->link));
	return 0;
}

static int
farm_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	struct farm *f = state;

	(void)cookie;
	f->host = host;
	f->failed = false;
	link_ready(f->link, host, fd, events);
	f->host = NULL;
	return f->failed ? -1 : 0;
}

static int
farm_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct farm *f = state;
	int rc;

	(void)now_ns;
	f->host = host;
	f->failed = false;
	link_tick(f->link, host);
	rc = say_state(f);
	f->host = NULL;
	return f->failed ? -1 : rc;
}

FARM_MODULE(farm, FARM_COLLECTOR) = {
	.summary = "another farmd, by subscription",
	.description =
	    "Takes what another farmd has into this one, under its own names: "
	    "the way farms are federated. A parent shows its children as "
	    "farms beside its own; their series are stored, filtered, "
	    "aggregated and subscribed to like those it collects itself.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  farms:\n"
	    "    nodes: [localhost]\n"
	    "    collect:\n"
	    "      - farm: {name: cern, url: "
	    "\"https://farm.cern.example:9649\", "
	    "token: file:/etc/farm/cern.token}\n"
	    "      - farm: {name: caltech, url: "
	    "\"https://farm.caltech.example:9649\", predicate: "
	    "[\"*/workers/*/Load*\"]}\n"
	    "```\n\n"
	    "A connection that ends is made again, after a second at first, "
	    "after a minute at most. It goes on where the last one ended, "
	    "also after a restart: what the other side still has in its "
	    "journal is not lost, and nothing is taken twice. What it has no "
	    "more is counted in `subscription_gaps`, and said.\n\n"
	    "What comes keeps its time. Values of this farm that come back "
	    "round a circle are left out (`subscription_loops`); who takes one "
	    "farm by two ways has its values twice: ask for less by one of "
	    "them. Removals, events, accounting and partial aggregates come, "
	    "too; configuration does not. What the other side lets us see is "
	    "its affair: docs/access.md.\n\n"
	    "Its own parameters stand at the node that the URL names; those "
	    "of its connection are there as soon as it changes.",
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct farm),
	.flags = FARM_PATIENT,
	.needs = FARM_NEEDS_NETWORK,
	.check = farm_check,
	.open = farm_open,
	.close = farm_close,
	.listen = farm_listen,
	.tick = farm_tick,
};
