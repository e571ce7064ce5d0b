#include "answer.h"

#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "ganglia_xml.h"

/* Whose dialect it is. */
#define DIALECT "3.7.2"
/* Hosts, or runs of metrics, that are looked at for one piece. */
#define STEPS 1000
/* Digits of a double that are the same however it was summed. */
#define SUM_DIGITS 15

/* ---------------------------------------------------------------- writing --
 */

static void
put_text(struct buffer *b, const char *name, const char *value)
{
	ganglia_xml_attribute(b, name, value, strlen(value));
}

static void
put_number(struct buffer *b, const char *name, int64_t n)
{
	buffer_printf(b, " %s=\"%lld\"", name, (long long)n);
}

static void
put_extra(struct buffer *b, const struct metric *m, const char *tag)
{
	if (*m->extra == '\0') {
		buffer_puts(b, "/>\n");
		return;
	}
	buffer_puts(b, ">\n<EXTRA_DATA>\n");
	buffer_puts(b, m->extra);
	buffer_printf(b, "</EXTRA_DATA>\n</%s>\n", tag);
}

static void
put_value(struct buffer *b, const struct farm_value *v)
{
	if (v->type == FARM_TEXT) {
		ganglia_xml_attribute(b, "VAL", v->text, v->length);
		return;
	}
	buffer_puts(b, " VAL=\"");
	gmond_put_value(b, v);
	buffer_putc(b, '"');
}

static void
put_metric(struct buffer *b, const struct table *t, const struct metric *m,
    int64_t now_ns)
{
	buffer_puts(b, "<METRIC");
	put_text(b, "NAME", m->named.name);
	put_value(b, &m->value);
	put_text(b, "TYPE", gmond_type_word(m->type));
	put_text(b, "UNITS", m->units);
	put_number(b, "TN", seconds_since(m->time_ns, now_ns));
	put_number(b, "TMAX", metric_tmax(t, m));
	put_number(b, "DMAX", metric_dmax(t, m));
	put_text(b, "SLOPE", gmond_slope_word(m->slope));
	/* Without it gmetad repeats the value there. */
	put_text(b, "SOURCE", "gmond");
	put_extra(b, m, "METRIC");
}

/* The address is not known here; readers want one, and take any text. */
static void
put_host(struct buffer *b, const struct table *t, const struct host *h,
    int64_t now_ns)
{
	struct host_times times;

	host_times(t, h, &times);
	buffer_puts(b, "<HOST");
	put_text(b, "NAME", h->named.name);
	put_text(b, "IP", h->named.name);
	put_text(b, "TAGS", "");
	put_number(b, "REPORTED", times.reported_ns / NS_PER_S);
	put_number(b, "TN", seconds_since(times.reported_ns, now_ns));
	put_number(b, "TMAX", times.tmax);
	put_number(b, "DMAX", times.dmax);
	put_text(b, "LOCATION", "unspecified");
	put_number(b, "GMOND_STARTED", times.started_s);
	buffer_puts(b, ">\n");
}

static void
put_cluster(struct buffer *b, const struct answer_names *n, const char *name,
    int64_t now_ns)
{
	buffer_puts(b, "<CLUSTER");
	put_text(b, "NAME", name);
	put_number(b, "LOCALTIME", now_ns / NS_PER_S);
	put_text(b, "OWNER", n->owner);
	put_text(b, "LATLONG", n->latlong);
	put_text(b, "URL", n->url);
	buffer_puts(b, ">\n");
}

static void
put_sum(struct buffer *b, const struct sum *s)
{
	buffer_puts(b, "<METRICS");
	put_text(b, "NAME", s->metric->named.name);
	if (s->whole)
		buffer_printf(b, " SUM=\"%.0f\"", s->total);
	else
		buffer_printf(b, " SUM=\"%.*g\"", SUM_DIGITS, s->total);
	put_number(b, "NUM", (int64_t)s->n);
	put_text(b, "TYPE", "double");
	put_text(b, "UNITS", s->metric->units);
	put_text(b, "SLOPE", gmond_slope_word(s->metric->slope));
	put_text(b, "SOURCE", "gmond");
	put_extra(b, s->metric, "METRICS");
}

static void
put_hosts(struct buffer *b, const struct sums *s)
{
	buffer_puts(b, "<HOSTS");
	put_number(b, "UP", (int64_t)s->up);
	put_number(b, "DOWN", (int64_t)s->down);
	buffer_puts(b, " SOURCE=\"gmetad\"/>\n");
}

static void
put_head(const struct answer *a, struct buffer *b, int64_t now_ns)
{
	if (a->query.http)
		buffer_puts(b, "HTTP/1.0 200 OK\r\n"
			       "Server: farmd\r\n"
			       "Content-Type: application/xml\r\n"
			       "Connection: close\r\n\r\n");
	/* What is not ASCII is references, so this holds for all of it. */
	buffer_puts(b, "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" "
		       "standalone=\"yes\"?>\n<GANGLIA_XML");
	put_text(b, "VERSION", DIALECT);
	put_text(b, "SOURCE", a->grid ? "gmetad" : "gmond");
	buffer_puts(b, ">\n");
	if (!a->grid)
		return;
	buffer_puts(b, "<GRID");
	put_text(b, "NAME", a->names->grid);
	put_text(b, "AUTHORITY", a->names->authority);
	put_number(b, "LOCALTIME", now_ns / NS_PER_S);
	buffer_puts(b, ">\n");
}

static void
put_tail(const struct answer *a, struct buffer *b)
{
	if (a->grid)
		buffer_puts(b, "</GRID>\n");
	buffer_puts(b, "</GANGLIA_XML>\n");
}

/* ------------------------------------------------------------- what is asked
 */

/* Is the name at this level asked for? */
static bool
is_asked(const struct answer *a, size_t level, const char *name)
{
	const struct ganglia_query *q = &a->query;

	if (level >= q->depth)
		return true;
	if (a->patterns[level] != NULL)
		return pattern_match(a->patterns[level], name, strlen(name));
	return (q->http && slice_is(q->path[level], "*")) ||
	       slice_is(q->path[level], name);
}

static const struct sorted *
children_of(struct named *item, size_t level)
{
	return level == 0 ? &((struct cluster *)item)->hosts
			  : &((struct host *)item)->metrics;
}

/* gmetad tells all of a cluster or host that does not have what is asked for,
   but over HTTP nothing of it. */
static void
resolve(struct answer *a)
{
	const struct sorted *in = &a->table->clusters;
	struct named *found;
	size_t i;

	if (a->query.http)
		return;
	for (i = 0; i < a->query.depth && a->patterns[i] == NULL; i++) {
		found = sorted_find(in, a->query.path[i]);
		if (found == NULL) {
			a->query.depth = i;
			return;
		}
		if (i + 1 < GANGLIA_QUERY_DEPTH)
			in = children_of(found, i);
	}
}

static int
make_pattern(struct pattern **ret, struct slice regex)
{
	struct buffer text = BUFFER_INIT;
	int rc;

	buffer_puts(&text, "re:");
	buffer_put(&text, regex.text, regex.length);
	rc = buffer_failed(&text)
		 ? -1
		 : pattern_new(ret, buffer_text(&text), false, NULL);
	buffer_free(&text);
	return rc;
}

void
answer_gmond(
    struct answer *a, struct table *t, const struct answer_names *names)
{
	*a = (struct answer){ .table = t, .names = names };
}

int
answer_gmetad(struct answer *a, struct table *t,
    const struct answer_names *names, const char *line, size_t length)
{
	struct slice regex;
	size_t i;

	*a = (struct answer){ .table = t, .names = names, .grid = true };
	if (line == NULL)
		return 0;
	if (ganglia_query_parse(line, length, &a->query) != 0)
		return -1;
	for (i = 0; i < a->query.depth; i++)
		if (ganglia_query_regex(a->query.path[i], &regex) &&
		    make_pattern(&a->patterns[i], regex) != 0)
			return -1;
	resolve(a);
	return 0;
}

void
answer_free(struct answer *a)
{
	size_t i;

	for (i = 0; i < GANGLIA_QUERY_DEPTH; i++)
		pattern_free(a->patterns[i]);
	if (a->table != NULL)
		sums_free(&a->sums, a->table);
	*a = (struct answer){ .stage = ANSWER_OVER };
}

/* --------------------------------------------------------------- its stages */

/* The next that is asked for behind `name', which becomes its name; NULL if
   there is none. */
static struct named *
next_of(const struct answer *a, const struct sorted *s, size_t level,
    char name[FARM_NAME_MAX + 1])
{
	size_t i;

	for (i = sorted_after(s, name); i < s->n; i++) {
		if (!is_asked(a, level, s->items[i]->name))
			continue;
		snprintf(name, FARM_NAME_MAX + 1, "%s", s->items[i]->name);
		return s->items[i];
	}
	return NULL;
}

static struct cluster *
cluster_of(const struct answer *a)
{
	return (struct cluster *)sorted_find(
	    &a->table->clusters, slice_of(a->cluster));
}

/* NULL if it has gone meanwhile. */
static struct host *
host_of(const struct answer *a)
{
	struct cluster *c = cluster_of(a);

	return c == NULL
		   ? NULL
		   : (struct host *)sorted_find(&c->hosts, slice_of(a->host));
}

static void
begin_sums(
    struct answer *a, struct buffer *b, const struct cluster *c, int64_t now_ns)
{
	a->stage = ANSWER_SUMS;
	a->summed = 0;
	if (sums_make(&a->sums, a->table, c, now_ns) != 0)
		b->failed = true;
	put_hosts(b, &a->sums);
}

static void
more_sums(struct answer *a, struct buffer *b, size_t bytes)
{
	while (a->summed < a->sums.n && b->size < bytes)
		put_sum(b, &a->sums.items[a->summed++]);
	if (a->summed < a->sums.n)
		return;
	sums_free(&a->sums, a->table);
	if (a->in_cluster)
		buffer_puts(b, "</CLUSTER>\n");
	a->in_cluster = false;
	a->stage = ANSWER_CLUSTERS;
}

static void
more_clusters(struct answer *a, struct buffer *b, int64_t now_ns)
{
	const struct cluster *c = (struct cluster *)next_of(
	    a, &a->table->clusters, 0, a->cluster);

	if (c == NULL) {
		put_tail(a, b);
		a->stage = ANSWER_OVER;
		return;
	}
	put_cluster(b, a->names, c->named.name, now_ns);
	a->host[0] = '\0';
	a->in_cluster = true;
	a->stage = ANSWER_HOSTS;
	if (a->query.summary && a->query.depth <= 1)
		begin_sums(a, b, c, now_ns);
}

static void
more_hosts(struct answer *a, struct buffer *b, int64_t now_ns)
{
	const struct cluster *c = cluster_of(a);
	const struct host *h = NULL;

	if (c != NULL)
		h = (struct host *)next_of(a, &c->hosts, 1, a->host);
	if (h == NULL) {
		buffer_puts(b, "</CLUSTER>\n");
		a->in_cluster = false;
		a->stage = ANSWER_CLUSTERS;
		return;
	}
	put_host(b, a->table, h, now_ns);
	a->metric[0] = '\0';
	a->stage = ANSWER_METRICS;
	/* There is no sum of a host, and what it has is not asked for. */
	if (a->query.summary && a->query.depth == 2) {
		buffer_puts(b, "</HOST>\n");
		a->stage = ANSWER_HOSTS;
	}
}

static bool
is_shown(const struct answer *a, const struct metric *m)
{
	return m->value.type != FARM_NONE && !metric_is_heartbeat(m) &&
	       is_asked(a, 2, m->named.name);
}

static void
more_metrics(struct answer *a, struct buffer *b, size_t bytes, int64_t now_ns)
{
	const struct host *h = host_of(a);
	const struct metric *m = NULL;
	size_t i = h == NULL ? 0 : sorted_after(&h->metrics, a->metric);

	for (; h != NULL && i < h->metrics.n && b->size < bytes; i++) {
		m = (const struct metric *)h->metrics.items[i];
		if (is_shown(a, m))
			put_metric(b, a->table, m, now_ns);
	}
	if (h != NULL && i < h->metrics.n) {
		if (m != NULL)
			snprintf(
			    a->metric, sizeof(a->metric), "%s", m->named.name);
		return;
	}
	buffer_puts(b, "</HOST>\n");
	a->stage = ANSWER_HOSTS;
}

static void
begin(struct answer *a, struct buffer *b, int64_t now_ns)
{
	put_head(a, b, now_ns);
	a->begun = true;
	if (a->query.summary && a->query.depth == 0)
		begin_sums(a, b, NULL, now_ns);
}

bool
answer_more(struct answer *a, struct buffer *b, size_t bytes, int64_t now_ns)
{
	size_t steps = STEPS;

	if (!a->begun)
		begin(a, b, now_ns);
	for (; a->stage != ANSWER_OVER && b->size < bytes && steps > 0; steps--)
		switch (a->stage) {
		case ANSWER_SUMS:
			more_sums(a, b, bytes);
			break;
		case ANSWER_CLUSTERS:
			more_clusters(a, b, now_ns);
			break;
		case ANSWER_HOSTS:
			more_hosts(a, b, now_ns);
			break;
		case ANSWER_METRICS:
			more_metrics(a, b, bytes, now_ns);
			break;
		case ANSWER_OVER:
			break;
		}
	return a->stage == ANSWER_OVER;
}
