#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ganglia_xml.h"

/* Readers take something for gone after so many TMAX. */
#define PATIENCE 4

/* ---------------------------------------------------------------- sorted -- */

static int
compare(const char *name, struct slice s)
{
	int rc = strncmp(name, s.text, s.length);

	return rc != 0 ? rc : name[s.length] != '\0';
}

/* The first that is not before the name. */
static size_t
place_of(const struct sorted *s, struct slice name)
{
	size_t low = 0, high = s->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare(s->items[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct named *
sorted_find(const struct sorted *s, struct slice name)
{
	size_t at;

	if (name.length == 0)
		return NULL;
	at = place_of(s, name);
	return at < s->n && compare(s->items[at]->name, name) == 0
		   ? s->items[at]
		   : NULL;
}

size_t
sorted_after(const struct sorted *s, const char *name)
{
	size_t at = place_of(s, slice_of(name));

	return at < s->n && strcmp(s->items[at]->name, name) == 0 ? at + 1 : at;
}

static int
sorted_add(struct table *t, struct sorted *s, struct named *item)
{
	size_t n = s->capacity == 0 ? 8 : s->capacity * 2;
	size_t at = place_of(s, slice_of(item->name));
	struct named **items = s->items;

	if (s->n == s->capacity) {
		items = reallocarray(items, n, sizeof(*items));
		if (items == NULL)
			return -1;
		t->bytes += (n - s->capacity) * sizeof(*items);
		s->items = items;
		s->capacity = n;
	}
	memmove(items + at + 1, items + at, (s->n - at) * sizeof(*items));
	items[at] = item;
	s->n++;
	return 0;
}

static void
sorted_drop(struct sorted *s, const struct named *item)
{
	size_t at = place_of(s, slice_of(item->name));

	s->n--;
	memmove(s->items + at, s->items + at + 1,
	    (s->n - at) * sizeof(s->items[0]));
}

static void
sorted_free(struct table *t, struct sorted *s)
{
	t->bytes -= s->capacity * sizeof(s->items[0]);
	free(s->items);
}

/* ----------------------------------------------------------------- bounds --
 */

static bool
has_room(const struct table *t, size_t more)
{
	return t->bytes + t->names.bytes + t->texts.bytes + more <=
	       t->options.bytes;
}

/* An item of `size' bytes with a copy of its name behind it. */
static void *
item_new(struct table *t, struct sorted *s, size_t size, const char *name)
{
	size_t n_name = strlen(name) + 1;
	struct named *item;

	if (!has_room(t, size + n_name))
		return NULL;
	item = calloc(1, size + n_name);
	if (item == NULL)
		return NULL;
	item->name = memcpy((char *)item + size, name, n_name);
	if (sorted_add(t, s, item) != 0) {
		free(item);
		return NULL;
	}
	t->bytes += size + n_name;
	return item;
}

static void
item_free(struct table *t, struct sorted *s, struct named *item, size_t size)
{
	sorted_drop(s, item);
	t->bytes -= size + strlen(item->name) + 1;
	free(item);
}

/* ------------------------------------------------------------------ going --
 */

static void
drop_text(struct table *t, struct metric *m)
{
	if (m->text != NULL)
		t->bytes -= m->value.length;
	free(m->text);
	m->text = NULL;
	m->value = (struct farm_value){ .type = FARM_NONE };
}

void
table_unref(struct table *t, struct metric *m)
{
	if (m == NULL || --m->refs > 0)
		return;
	drop_text(t, m);
	intern_unref(&t->texts, m->units);
	intern_unref(&t->texts, m->extra);
	names_unref(&t->names, m->name);
	t->bytes -= sizeof(*m);
	free(m);
}

static void
drop_metric(struct table *t, struct metric *m)
{
	sorted_drop(&m->host->metrics, &m->named);
	m->host = NULL;
	t->metrics--;
	table_unref(t, m);
}

static void
drop_host(struct table *t, struct host *h)
{
	while (h->metrics.n > 0)
		drop_metric(
		    t, (struct metric *)h->metrics.items[h->metrics.n - 1]);
	sorted_free(t, &h->metrics);
	t->hosts--;
	item_free(t, &h->cluster->hosts, &h->named, sizeof(*h));
}

static void
drop_cluster(struct table *t, struct cluster *c)
{
	while (c->hosts.n > 0)
		drop_host(t, (struct host *)c->hosts.items[c->hosts.n - 1]);
	sorted_free(t, &c->hosts);
	item_free(t, &t->clusters, &c->named, sizeof(*c));
}

/* Nothing is kept for what has nothing in it. */
static void
drop_empty(struct table *t, struct host *h)
{
	struct cluster *c = h->cluster;

	if (h->metrics.n == 0)
		drop_host(t, h);
	if (c->hosts.n == 0)
		drop_cluster(t, c);
}

void
table_remove(struct table *t, const char *cluster, const char *node,
    const char *parameter)
{
	struct cluster *c = (struct cluster *)sorted_find(
	    &t->clusters, slice_of(cluster));
	struct host *h;
	struct metric *m;

	if (c == NULL)
		return;
	if (node == NULL) {
		drop_cluster(t, c);
		return;
	}
	h = (struct host *)sorted_find(&c->hosts, slice_of(node));
	if (h == NULL)
		return;
	m = parameter == NULL ? NULL
			      : (struct metric *)sorted_find(
				    &h->metrics, slice_of(parameter));
	if (m != NULL)
		drop_metric(t, m);
	while (parameter == NULL && h->metrics.n > 0)
		drop_metric(
		    t, (struct metric *)h->metrics.items[h->metrics.n - 1]);
	drop_empty(t, h);
}

static void
sweep_host(struct table *t, struct host *h, int64_t now_ns)
{
	struct metric *m;
	uint32_t dmax;
	size_t i;

	for (i = h->metrics.n; i-- > 0;) {
		m = (struct metric *)h->metrics.items[i];
		if (m->time_ns > now_ns)
			m->time_ns = now_ns;
		dmax = metric_dmax(t, m);
		if (dmax != 0 && seconds_since(m->time_ns, now_ns) > dmax)
			drop_metric(t, m);
	}
	drop_empty(t, h);
}

void
table_sweep(struct table *t, int64_t now_ns)
{
	struct cluster *c;
	size_t i, k;

	for (i = t->clusters.n; i-- > 0;) {
		c = (struct cluster *)t->clusters.items[i];
		for (k = c->hosts.n; k-- > 0;)
			sweep_host(t, (struct host *)c->hosts.items[k], now_ns);
	}
}

void
table_init(struct table *t, const struct table_options *o)
{
	*t = (struct table){ .options = *o };
	names_init(&t->names);
	intern_init(&t->texts);
}

void
table_free(struct table *t)
{
	while (t->clusters.n > 0)
		drop_cluster(
		    t, (struct cluster *)t->clusters.items[t->clusters.n - 1]);
	sorted_free(t, &t->clusters);
	names_free(&t->names);
	intern_free(&t->texts);
}

/* ----------------------------------------------------------------- coming --
 */

static struct metric *
metric_new(struct table *t, struct host *h, const char *name)
{
	struct metric *m;

	if (!has_room(t, sizeof(*m)))
		return NULL;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return NULL;
	m->refs = 1;
	t->bytes += sizeof(*m);
	m->name = names_ref(&t->names, name);
	if (m->name != NULL)
		m->named.name = m->name->text;
	if (m->name == NULL || sorted_add(t, &h->metrics, &m->named) != 0) {
		table_unref(t, m);
		return NULL;
	}
	m->host = h;
	t->metrics++;
	return m;
}

static struct host *
need_host(struct table *t, const struct farm_series *s)
{
	struct cluster *c = (struct cluster *)sorted_find(
	    &t->clusters, slice_of(s->cluster));
	struct host *h;

	if (c == NULL)
		c = item_new(t, &t->clusters, sizeof(*c), s->cluster);
	if (c == NULL)
		return NULL;
	h = (struct host *)sorted_find(&c->hosts, slice_of(s->node));
	if (h != NULL)
		return h;
	h = item_new(t, &c->hosts, sizeof(*h), s->node);
	if (h != NULL) {
		h->cluster = c;
		t->hosts++;
	} else if (c->hosts.n == 0) {
		drop_cluster(t, c);
	}
	return h;
}

struct metric *
table_metric(struct table *t, const struct farm_series *s)
{
	struct host *h = need_host(t, s);
	struct metric *m;

	if (h == NULL)
		return NULL;
	m = (struct metric *)sorted_find(&h->metrics, slice_of(s->parameter));
	if (m == NULL)
		m = metric_new(t, h, s->parameter);
	if (m != NULL)
		m->refs++;
	else
		drop_empty(t, h);
	return m;
}

/* Of a counted text another; false if memory is out. */
static bool
retext(struct table *t, const char **at, const char *text)
{
	const char *fresh = intern_ref(&t->texts, text);

	if (fresh == NULL)
		return false;
	intern_unref(&t->texts, *at);
	*at = fresh;
	return true;
}

static bool
describe(struct table *t, struct metric *m, const struct farm_series *s)
{
	struct buffer extra = BUFFER_INIT;
	bool taken;
	uint32_t i;

	for (i = 0; i < s->n_labels; i++) {
		buffer_puts(&extra, "<EXTRA_ELEMENT");
		ganglia_xml_attribute(&extra, "NAME", s->labels[i].name,
		    strlen(s->labels[i].name));
		ganglia_xml_attribute(&extra, "VAL", s->labels[i].value,
		    strlen(s->labels[i].value));
		buffer_puts(&extra, "/>\n");
	}
	m->slope = gmond_slope_for(s->kind);
	taken = !buffer_failed(&extra) &&
		retext(t, &m->extra, buffer_text(&extra)) &&
		retext(t, &m->units, gmond_units_of(s->unit));
	buffer_free(&extra);
	return taken;
}

static bool
take_value(struct table *t, struct metric *m, const struct farm_value *v)
{
	char *text = NULL;

	if (v->type == FARM_TEXT) {
		if (!has_room(t, v->length))
			return false;
		text = malloc((size_t)v->length + 1);
		if (text == NULL)
			return false;
		memcpy(text, v->text, v->length);
		text[v->length] = '\0';
		t->bytes += v->length;
	}
	drop_text(t, m);
	m->type = gmond_type_for(m->type, v);
	m->value = *v;
	m->text = text;
	if (text != NULL)
		m->value.text = text;
	return true;
}

static void
take_time(struct metric *m, int64_t time_ns)
{
	int64_t gap = time_ns - m->time_ns;

	if (m->time_ns != 0 && gap > 0) {
		m->gap_ns = gap > m->last_gap_ns ? gap : m->last_gap_ns;
		m->last_gap_ns = gap;
	}
	m->time_ns = time_ns;
}

bool
table_set(struct table *t, struct metric *m, uint32_t series,
    const struct farm_series *s, int64_t time_ns, const struct farm_value *v)
{
	if (time_ns < m->time_ns)
		return true;
	take_time(m, time_ns);
	if (m->series != series && !describe(t, m, s)) {
		drop_text(t, m);
		return false;
	}
	m->series = series;
	/* What is no number has no place there. */
	if (v->type == FARM_DOUBLE && !isfinite(v->number)) {
		drop_text(t, m);
		return true;
	}
	if (take_value(t, m, v))
		return true;
	drop_text(t, m);
	return false;
}

/* ------------------------------------------------------------------ times --
 */

uint32_t
seconds_since(int64_t time_ns, int64_t now_ns)
{
	int64_t s = (now_ns - time_ns) / NS_PER_S;

	return s < 0 ? 0 : s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

static uint32_t
seconds_up(int64_t ns)
{
	return seconds_since(0, ns + NS_PER_S - 1);
}

uint32_t
metric_tmax(const struct table *t, const struct metric *m)
{
	return seconds_up(
	    m->gap_ns > t->options.tmax_ns ? m->gap_ns : t->options.tmax_ns);
}

uint32_t
metric_dmax(const struct table *t, const struct metric *m)
{
	uint32_t least = seconds_up(t->options.dmax_ns);
	uint32_t tmax = metric_tmax(t, m);

	if (least == 0)
		return 0;
	if (tmax > UINT32_MAX / PATIENCE)
		return UINT32_MAX;
	return tmax * PATIENCE > least ? tmax * PATIENCE : least;
}

bool
metric_is_heartbeat(const struct metric *m)
{
	return strcmp(m->named.name, "heartbeat") == 0;
}

static void
take_started(const struct metric *m, struct host_times *ret)
{
	if (!metric_is_heartbeat(m))
		return;
	if (m->value.type == FARM_INT64)
		ret->started_s = m->value.int64;
	else if (m->value.type == FARM_UINT64 && m->value.uint64 <= INT64_MAX)
		ret->started_s = (int64_t)m->value.uint64;
}

void
host_times(const struct table *t, const struct host *h, struct host_times *ret)
{
	const struct metric *m;
	uint32_t tmax, dmax;
	size_t i;

	*ret = (struct host_times){ .tmax = UINT32_MAX };
	for (i = 0; i < h->metrics.n; i++) {
		m = (const struct metric *)h->metrics.items[i];
		tmax = metric_tmax(t, m);
		dmax = metric_dmax(t, m);
		if (m->time_ns > ret->reported_ns)
			ret->reported_ns = m->time_ns;
		if (tmax < ret->tmax)
			ret->tmax = tmax;
		if (dmax > ret->dmax)
			ret->dmax = dmax;
		take_started(m, ret);
	}
}
