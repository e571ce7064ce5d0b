#include "dump.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ganglia_text.h"

/* gmond's rule for hosts that are down. */
#define TMAX_TIMES 4
/* What a source says of the time is believed from 2000 on, and up to a day
   ahead. */
#define EPOCH_2000 946684800
#define AHEAD_S 86400
#define AGE_MAX_S (10LL * 365 * 86400)

void
dump_free(struct dump *d)
{
	ganglia_xml_free(&d->scanner);
	buffer_free(&d->cluster);
	buffer_free(&d->node);
	buffer_free(&d->texts);
	buffer_free(&d->room);
	buffer_free(&d->units);
	free(d->pending);
	free(d->rows);
}

/* ------------------------------------------------------------- attributes --
 */

static uint64_t
number(struct slice s)
{
	struct farm_value v;

	if (!gmond_value(GMOND_TYPE_UINT32, s, &v) || v.type != FARM_UINT64)
		return 0;
	return v.uint64;
}

static uint32_t
seconds(struct slice s)
{
	uint64_t n = number(s);

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static int64_t
age(struct slice s)
{
	uint64_t n = number(s);

	return n > AGE_MAX_S ? AGE_MAX_S : (int64_t)n;
}

/* The attribute NAME; "" if there is none. */
static struct slice
name_of(const struct ganglia_element *e)
{
	struct slice rest = e->attributes, name, value;

	while (ganglia_xml_next(&rest, &name, &value))
		if (slice_is(name, "NAME"))
			return value;
	return (struct slice){ "", 0 };
}

/* As people mean it. */
static struct slice
plain(struct dump *d, struct slice raw)
{
	return ganglia_xml_text(raw, &d->room);
}

/* ------------------------------------------------------------------- hosts --
 */

static int
enter(struct dump *d, const struct ganglia_element *e)
{
	struct slice name;

	if (d->path.n == 0)
		return 0;
	name = plain(d, name_of(e));
	if (path_enter(&d->path, name))
		return 0;
	return error_set(&d->wrong,
	    "an answer about \"%.*s\", which was not asked for",
	    (int)name.length, name.text);
}

static int
in_no_cluster(struct dump *d)
{
	d->last_host = NULL;
	return ganglia_text_string(
		   (struct slice){ d->own_cluster, strlen(d->own_cluster) },
		   &d->cluster) == NULL
		   ? -1
		   : 0;
}

static int64_t
local_time(struct slice rest)
{
	struct slice name, value;

	while (ganglia_xml_next(&rest, &name, &value))
		if (slice_is(name, "LOCALTIME"))
			return seconds(value);
	return 0;
}

static int
open_cluster(struct dump *d, const struct ganglia_element *e)
{
	struct slice name = plain(d, name_of(e));

	d->local_s = local_time(e->attributes);
	/* What gmond calls a cluster that nobody gave a name. */
	if (name.length == 0 || slice_is(name, "unspecified"))
		return in_no_cluster(d);
	d->last_host = NULL;
	return ganglia_text_string(name, &d->cluster) == NULL ? -1 : 0;
}

static struct known *
find_host(struct dump *d, const char *node)
{
	struct buffer key = BUFFER_INIT;
	struct known *expected, *found = NULL;

	buffer_puts(&key, buffer_text(&d->cluster));
	buffer_putc(&key, '\0');
	buffer_puts(&key, node);
	expected = d->last_host == NULL ? NULL : d->last_host->after;
	if (!buffer_failed(&key))
		found = knowns_get(
		    d->knowns, NULL, expected, key.data, key.size);
	buffer_free(&key);
	if (found != NULL && d->last_host != NULL)
		d->last_host->after = found;
	return found;
}

/* A time that a source says, or ours where that cannot be. */
static int64_t
believed(const struct dump *d, int64_t said_s)
{
	int64_t now_s = farm_now_ns(d->how.host) / NS_PER_S;

	return said_s >= EPOCH_2000 && said_s <= now_s + AHEAD_S ? said_s
								 : now_s;
}

static void
read_host(struct dump *d, struct slice rest)
{
	struct slice name, value;
	int64_t reported = 0;

	d->host_age_s = 0;
	d->host_tmax = 0;
	d->started = 0;
	while (ganglia_xml_next(&rest, &name, &value)) {
		if (slice_is(name, "REPORTED"))
			reported = seconds(value);
		else if (slice_is(name, "TN"))
			d->host_age_s = age(value);
		else if (slice_is(name, "TMAX"))
			d->host_tmax = seconds(value);
		else if (slice_is(name, "GMOND_STARTED"))
			d->started = number(value);
	}
	d->now_s = believed(d, reported + d->host_age_s);
}

static int
begin_node(struct dump *d, struct slice name)
{
	const char *node = ganglia_text_string(name, &d->node);

	if (d->host != NULL)
		d->counts.broken++;
	d->n_pending = 0;
	buffer_clear(&d->texts);
	d->host = node == NULL ? NULL : find_host(d, node);
	d->last = d->last_host = d->host;
	return d->host == NULL ? -1 : 0;
}

static int
open_host(struct dump *d, const struct ganglia_element *e)
{
	if (begin_node(d, plain(d, name_of(e))) != 0)
		return -1;
	read_host(d, e->attributes);
	return 0;
}

/* ----------------------------------------------------------------- metrics --
 */

struct raw_metric {
	struct slice name;
	struct slice value;
	int64_t age_s;
	struct gmond_metadata metadata;
};

static void
read_metric(struct slice rest, struct raw_metric *ret)
{
	struct slice name, value, type = { "", 0 }, slope = { "", 0 };

	*ret = (struct raw_metric){ .name = { "", 0 },
		.value = { "", 0 },
		.metadata = { .units = { "", 0 } } };
	while (ganglia_xml_next(&rest, &name, &value)) {
		if (slice_is(name, "NAME"))
			ret->name = value;
		else if (slice_is(name, "VAL"))
			ret->value = value;
		else if (slice_is(name, "TYPE"))
			type = value;
		else if (slice_is(name, "UNITS"))
			ret->metadata.units = value;
		else if (slice_is(name, "TN"))
			ret->age_s = age(value);
		else if (slice_is(name, "TMAX"))
			ret->metadata.tmax = seconds(value);
		else if (slice_is(name, "DMAX"))
			ret->metadata.dmax = seconds(value);
		else if (slice_is(name, "SLOPE"))
			slope = value;
	}
	ret->metadata.type = gmond_type_of(type);
	ret->metadata.slope = gmond_slope_of(slope);
}

static void
refuse(struct dump *d, const struct raw_metric *raw, const char *why)
{
	if (d->counts.refused++ == 0)
		error_set(&d->refusal, "%s/%s/%.*s: %s",
		    buffer_text(&d->cluster), buffer_text(&d->node),
		    (int)raw->name.length, raw->name.text, why);
}

/* Its text stays until the host is whole; the memory may move until then. */
static int
keep(struct dump *d, struct known *k, struct farm_value v, int64_t age_s)
{
	size_t n = d->room_pending == 0 ? 64 : 2 * d->room_pending;
	struct pending *more;

	if (d->n_pending == d->room_pending) {
		more = realloc(d->pending, n * sizeof(*more));
		if (more == NULL)
			return -1;
		d->pending = more;
		d->room_pending = n;
	}
	if (v.type == FARM_TEXT) {
		buffer_put(&d->texts, v.text, v.length);
		if (buffer_failed(&d->texts))
			return -1;
		v.uint64 = d->texts.size - v.length;
	}
	d->pending[d->n_pending++] = (struct pending){
		.metric = k, .value = v, .age_s = age_s
	};
	return 0;
}

static bool
value_of(struct dump *d, const struct raw_metric *raw, struct farm_value *ret)
{
	struct slice text = plain(d, raw->value);

	if (!gmond_value(raw->metadata.type, text, ret))
		return false;
	if (ret->type == FARM_TEXT) {
		text = ganglia_text_utf8(text, &d->room);
		*ret = farm_text(text.text, text.length);
	}
	return ret->type != FARM_NONE;
}

static int
take_value(struct dump *d, struct known *k, const struct raw_metric *raw)
{
	struct farm_value v;

	if (value_of(d, raw, &v))
		return keep(d, k, v, raw->age_s);
	refuse(d, raw, "its value reads as none of its type");
	return 0;
}

/* A name is known as it stands in the dump, and made plain once. */
static int
take_metric(struct dump *d, const struct raw_metric *raw)
{
	struct owner who = { buffer_text(&d->cluster), buffer_text(&d->node) };
	struct known *k = knowns_get(d->knowns, d->host, d->last->follow,
	    raw->name.text, raw->name.length);
	struct gmond_metadata metadata = raw->metadata;
	struct error err;

	if (k == NULL)
		return -1;
	metadata.units = ganglia_xml_text(metadata.units, &d->units);
	d->counts.metrics++;
	d->last->follow = k;
	d->last = k;
	d->relabelled = false;
	if (metric_define(&k->metric, &d->how, &who, plain(d, raw->name),
		&metadata, &err) != 0)
		refuse(d, raw, err.text);
	else if (k->metric.series == 0)
		d->counts.refused++;
	else
		return take_value(d, k, raw);
	return 0;
}

static int
open_metric(struct dump *d, const struct ganglia_element *e)
{
	struct raw_metric raw;

	if (d->host == NULL)
		return 0;
	read_metric(e->attributes, &raw);
	return take_metric(d, &raw);
}

static int
take_extra(struct dump *d, const struct ganglia_element *e)
{
	struct slice rest = e->attributes, attribute, value;
	struct slice name = { "", 0 }, text = { "", 0 };

	if (d->host == NULL || d->last == d->host || d->how.labels->n == 0)
		return 0;
	while (ganglia_xml_next(&rest, &attribute, &value))
		if (slice_is(attribute, "NAME"))
			name = value;
		else if (slice_is(attribute, "VAL"))
			text = value;
	d->relabelled |= metric_label(
	    &d->last->metric, &d->how, name, plain(d, text));
	return 0;
}

/* What is said of a metric stands behind it. */
static int
close_metric(struct dump *d)
{
	struct owner who = { buffer_text(&d->cluster), buffer_text(&d->node) };
	struct gmond_metadata metadata;

	if (d->host == NULL || d->last == d->host || !d->relabelled)
		return 0;
	d->relabelled = false;
	metadata = d->last->metric.metadata;
	/* A failure was told of when it was defined without them. */
	(void)metric_define(&d->last->metric, &d->how, &who,
	    plain(d, known_key(d->last)), &metadata, NULL);
	return 0;
}

/* ---------------------------------------------------------------- emitting --
 */

/* The host was alive when it was last heard of; and when its gmond began, it
   said with that. */
static int
keep_heartbeat(struct dump *d)
{
	static const struct slice name = { "heartbeat", 9 };
	struct owner who = { buffer_text(&d->cluster), buffer_text(&d->node) };
	const struct gmond_metadata metadata = { .type = GMOND_TYPE_UINT32,
		.units = { "s", 1 },
		.slope = GMOND_ZERO,
		.tmax = d->host_tmax };
	struct metric *m = &d->host->metric;

	d->counts.down += d->host_tmax > 0 &&
			  d->host_age_s > (int64_t)d->host_tmax * TMAX_TIMES;
	if (metric_define(m, &d->how, &who, name, &metadata, NULL) != 0 ||
	    m->series == 0 || d->started == 0)
		return 0;
	return keep(d, d->host, farm_uint64(d->started), d->host_age_s);
}

static int
by_time(const void *a, const void *b)
{
	const struct pending *p = a, *q = b;

	return (p->time_ns > q->time_ns) - (p->time_ns < q->time_ns);
}

/* What is new, with its time, in the order of these. */
static void
sift(struct dump *d)
{
	struct pending *p;
	size_t i, n = 0;

	for (i = 0; i < d->n_pending; i++) {
		p = &d->pending[i];
		if (p->value.type == FARM_TEXT)
			p->value.text = buffer_text(&d->texts) +
					p->value.uint64;
		p->time_ns = (d->now_s - p->age_s) * NS_PER_S;
		if (metric_is_new(&p->metric->metric, &p->value, &p->time_ns))
			d->pending[n++] = *p;
	}
	d->n_pending = n;
	if (n > 1)
		qsort(d->pending, n, sizeof(*d->pending), by_time);
}

static int
have_rows(struct dump *d)
{
	struct farm_value *rows;

	if (d->n_pending <= d->room_rows)
		return 0;
	rows = realloc(d->rows, d->room_pending * sizeof(*rows));
	if (rows == NULL)
		return -1;
	d->rows = rows;
	d->room_rows = d->room_pending;
	return 0;
}

/* A result for each time. */
static int
emit_pending(struct dump *d)
{
	size_t first, i;

	for (first = 0; first < d->n_pending; first = i) {
		for (i = first;
		     i < d->n_pending &&
		     d->pending[i].time_ns == d->pending[first].time_ns;
		     i++)
			d->rows[i - first] = metric_row(
			    &d->pending[i].metric->metric, d->pending[i].value);
		if (farm_emit_rows(d->how.host, d->how.target,
			d->pending[first].time_ns, 0, d->rows, i - first) != 0)
			return -1;
	}
	return 0;
}

static int
end_node(struct dump *d)
{
	d->host = NULL;
	sift(d);
	return have_rows(d) != 0 ? -1 : emit_pending(d);
}

static int
close_host(struct dump *d)
{
	if (d->host == NULL)
		return 0;
	d->counts.hosts++;
	return keep_heartbeat(d) != 0 ? -1 : end_node(d);
}

/* --------------------------------------------------------------- summaries --
 */

static int
take_sum(struct dump *d, struct slice name, struct slice value,
    enum gmond_type type, struct slice units)
{
	const struct raw_metric raw = { .name = name,
		.value = value,
		.metadata = {
		    .type = type, .units = units, .slope = GMOND_BOTH } };

	return take_metric(d, &raw);
}

#define SLICE(TEXT) ((struct slice){ TEXT, sizeof(TEXT) - 1 })

/* HOSTS begins one: what follows is of all hosts of a cluster or grid, and a
   node of its own. */
static int
open_sums(struct dump *d, const struct ganglia_element *e)
{
	struct slice rest = e->attributes, name, value;

	/* Of something around what was asked for. */
	if (d->path.matched < d->path.n)
		return 0;
	if (begin_node(d, SLICE("summary")) != 0)
		return -1;
	d->summing = true;
	d->now_s = believed(d, d->local_s);
	while (ganglia_xml_next(&rest, &name, &value)) {
		if (slice_is(name, "UP"))
			name = SLICE("hosts_up");
		else if (slice_is(name, "DOWN"))
			name = SLICE("hosts_down");
		else
			continue;
		if (take_sum(d, name, value, GMOND_TYPE_UINT32, SLICE("")) != 0)
			return -1;
	}
	return 0;
}

/* METRICS: a sum, and of how many hosts it is. */
static int
take_sums(struct dump *d, const struct ganglia_element *e)
{
	struct slice rest = e->attributes, attribute, value;
	struct slice name = SLICE(""), sum = SLICE(""), units = SLICE("");
	struct slice n = SLICE("");
	struct buffer hosts = BUFFER_INIT;
	int status;

	if (!d->summing)
		return 0;
	while (ganglia_xml_next(&rest, &attribute, &value))
		if (slice_is(attribute, "NAME"))
			name = value;
		else if (slice_is(attribute, "SUM"))
			sum = value;
		else if (slice_is(attribute, "NUM"))
			n = value;
		else if (slice_is(attribute, "UNITS"))
			units = value;
	buffer_put(&hosts, name.text, name.length);
	buffer_puts(&hosts, "_hosts");
	status = take_sum(d, name, sum, GMOND_TYPE_DOUBLE, units);
	if (status == 0 && !buffer_failed(&hosts))
		status = take_sum(d, (struct slice){ hosts.data, hosts.size },
		    n, GMOND_TYPE_UINT32, SLICE(""));
	buffer_free(&hosts);
	return status;
}

static int
close_sums(struct dump *d)
{
	if (!d->summing)
		return 0;
	d->summing = false;
	return end_node(d);
}

/* ---------------------------------------------------------------- elements --
 */

static int
open_grid(struct dump *d, const struct ganglia_element *e)
{
	/* The outermost is gmetad itself, which no path names. */
	if (d->grids++ > 0 && enter(d, e) != 0)
		return -1;
	return open_cluster(d, e);
}

static int
opens(struct dump *d, const struct ganglia_element *e)
{
	bool named = e->tag == GANGLIA_CLUSTER || e->tag == GANGLIA_HOST ||
		     e->tag == GANGLIA_METRIC;

	/* Sums end where anything else begins. */
	if ((named || e->tag == GANGLIA_GRID || e->tag == GANGLIA_HOSTS) &&
	    close_sums(d) != 0)
		return -1;
	if (named && enter(d, e) != 0)
		return -1;
	switch (e->tag) {
	case GANGLIA_GRID:
		return open_grid(d, e);
	case GANGLIA_CLUSTER:
		return open_cluster(d, e);
	case GANGLIA_HOST:
		return open_host(d, e);
	case GANGLIA_METRIC:
		return open_metric(d, e);
	case GANGLIA_EXTRA_ELEMENT:
		return take_extra(d, e);
	case GANGLIA_HOSTS:
		return open_sums(d, e);
	case GANGLIA_METRICS:
		return take_sums(d, e);
	default:
		return 0;
	}
}

static int
close_cluster(struct dump *d, bool named)
{
	if (named)
		path_leave(&d->path);
	return close_sums(d) != 0 ? -1 : in_no_cluster(d);
}

static int
closes(struct dump *d, const struct ganglia_element *e)
{
	switch (e->tag) {
	case GANGLIA_GRID:
		d->grids -= d->grids > 0;
		return close_cluster(d, d->grids > 0);
	case GANGLIA_CLUSTER:
		return close_cluster(d, true);
	case GANGLIA_HOST:
		path_leave(&d->path);
		return close_host(d);
	case GANGLIA_METRIC:
		path_leave(&d->path);
		return close_metric(d);
	case GANGLIA_XML:
		d->ended = true;
		return 0;
	default:
		return 0;
	}
}

/* A ganglia_element_fn. */
static int
take_element(void *cookie, const struct ganglia_element *e)
{
	struct dump *d = cookie;

	if (e->opens && opens(d, e) != 0)
		return -1;
	return e->closes ? closes(d, e) : 0;
}

int
dump_init(struct dump *d, const struct making *how, struct knowns *knowns,
    const char *own_cluster, const char *path)
{
	*d = (struct dump){
		.how = *how, .knowns = knowns, .own_cluster = own_cluster
	};
	if (path_init(&d->path, path != NULL ? path : "/") != 0)
		return -1;
	ganglia_xml_init(&d->scanner, take_element, d);
	knowns_begin(knowns);
	return in_no_cluster(d);
}

int
dump_push(struct dump *d, const void *bytes, size_t size)
{
	return ganglia_xml_push(&d->scanner, bytes, size);
}
