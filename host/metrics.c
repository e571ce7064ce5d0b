#include "metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "arena.h"
#include "clock.h"
#include "hash.h"
#include "predicate.h"
#include "prometheus.h"

#define SCAN 256
#define HEADS_FIRST 256u
/* Samples of one piece of the text. */
#define PIECE 256

#define QUIET_NS (60 * NS_PER_S)
#define SINGLE_NS (3600 * NS_PER_S)

/* A parameter of one unit and type, whatever nodes have it. */
struct metric {
	const char *name;
	const struct farm_series *of; /* of its first sample, pinned by that */
	uint32_t id;                  /* before they are sorted */
	uint32_t next;                /* of the same hash; UINT32_MAX: none */
	bool plain;                   /* the name holds the parameter's */
	bool whole;                   /* samples say the parameter, too */
};

struct sample {
	struct farm_value value; /* its series is pinned */
	int64_t time_ns;
	uint32_t metric;
};

struct metrics {
	struct metrics_question question;
	struct series_table *series;
	struct arena *arena;
	struct hash_key key;
	uint32_t *heads; /* of metrics, by hash */
	uint32_t n_heads;
	struct metric *metrics; /* sorted by name once gathered */
	size_t n_metrics;
	size_t metrics_capacity;
	struct sample *samples;
	size_t n_samples;
	size_t samples_capacity;
	size_t texts; /* left out */
	size_t stale; /* left out */
	size_t at;    /* the next sample to be put */
	bool failed;
};

bool
metrics_is_fresh(const struct cache_last *last)
{
	int64_t bound = 3 * last->every_ns;

	if (last->every_ns == 0)
		bound = SINGLE_NS;
	return last->silent_ns <= (bound > QUIET_NS ? bound : QUIET_NS);
}

/* --- metrics by parameter, unit and type --- */

static bool
grow(void **items, size_t *capacity, size_t n, size_t size)
{
	size_t wanted = *capacity * 2 + 256;
	void *grown;

	if (n < *capacity)
		return true;
	grown = reallocarray(*items, wanted, size);
	if (grown == NULL)
		return false;
	*items = grown;
	*capacity = wanted;
	return true;
}

static uint64_t
hash_of(const struct metrics *m, const struct farm_series *s)
{
	uint64_t hash = hash_bytes(
	    &m->key, 0, s->parameter, strlen(s->parameter) + 1);

	hash = hash_bytes(&m->key, hash, s->unit, strlen(s->unit));
	return hash + prometheus_type(s->kind);
}

static bool
is_same(const struct farm_series *a, const struct farm_series *b)
{
	return strcmp(a->parameter, b->parameter) == 0 &&
	       strcmp(a->unit, b->unit) == 0 &&
	       prometheus_type(a->kind) == prometheus_type(b->kind);
}

static void
chain(struct metrics *m, uint32_t i)
{
	uint32_t *head =
	    &m->heads[hash_of(m, m->metrics[i].of) & (m->n_heads - 1)];

	m->metrics[i].next = *head;
	*head = i;
}

/* As many heads as metrics, at least. */
static bool
grow_heads(struct metrics *m)
{
	uint32_t wanted = m->n_heads == 0 ? HEADS_FIRST : m->n_heads * 2;
	uint32_t *heads;

	if (m->n_metrics < m->n_heads)
		return true;
	heads = malloc(wanted * sizeof(*heads));
	if (heads == NULL)
		return false;
	memset(heads, 0xff, wanted * sizeof(*heads));
	free(m->heads);
	m->heads = heads;
	m->n_heads = wanted;
	for (uint32_t i = 0; i < m->n_metrics; i++)
		chain(m, i);
	return true;
}

static bool
add_metric(struct metrics *m, const struct farm_series *s)
{
	struct buffer name = BUFFER_INIT;
	struct metric fresh = { .of = s, .id = (uint32_t)m->n_metrics };

	fresh.plain = prometheus_name(&name, s);
	if (!buffer_failed(&name))
		fresh.name = arena_strdup(m->arena, buffer_text(&name));
	buffer_free(&name);
	if (fresh.name == NULL || !grow_heads(m) ||
	    !grow((void **)&m->metrics, &m->metrics_capacity, m->n_metrics,
		sizeof(fresh)))
		return false;
	m->metrics[m->n_metrics] = fresh;
	chain(m, (uint32_t)m->n_metrics++);
	return true;
}

/* UINT32_MAX if memory is out. */
static uint32_t
metric_of(struct metrics *m, const struct farm_series *s)
{
	uint32_t i = UINT32_MAX;

	if (m->n_heads > 0)
		i = m->heads[hash_of(m, s) & (m->n_heads - 1)];
	while (i != UINT32_MAX && !is_same(m->metrics[i].of, s))
		i = m->metrics[i].next;
	if (i == UINT32_MAX && add_metric(m, s))
		i = (uint32_t)m->n_metrics - 1;
	return i;
}

/* --- gathering --- */

/* Does its pin stay? */
static bool
take(struct metrics *m, const struct cache_last *last)
{
	const struct farm_series *s = series_get(m->series, last->value.series);
	struct sample sample = { .value = last->value,
		.time_ns = last->time_ns };

	/* One that was defined anew has a younger one of its names. */
	if (series_find(m->series, s->farm, s->cluster, s->node,
		s->parameter) != last->value.series)
		return false;
	if (!access_may(m->question.who, ACCESS_LATEST, s))
		return false;
	if (last->value.type == FARM_TEXT || !metrics_is_fresh(last)) {
		*(last->value.type == FARM_TEXT ? &m->texts : &m->stale) += 1;
		return false;
	}
	if (!matcher_value(m->question.matcher, s, &last->value))
		return false;
	if (!grow((void **)&m->samples, &m->samples_capacity, m->n_samples,
		sizeof(sample))) {
		m->failed = true;
		return false;
	}
	sample.metric = metric_of(m, s);
	m->failed |= sample.metric == UINT32_MAX;
	m->samples[m->n_samples++] = sample;
	return true;
}

static void
gather(struct metrics *m, struct cache *cache, int64_t mono_ns)
{
	struct cache_last last[SCAN];
	uint32_t from = 0;
	size_t n, i;

	do {
		n = cache_scan(
		    cache, m->question.matcher, &from, mono_ns, last, SCAN);
		for (i = 0; i < n; i++)
			if (!take(m, &last[i]))
				series_unpin(m->series, last[i].value.series);
	} while (from != 0 && !m->failed);
}

/* --- in order --- */

static int
by_name(const void *a, const void *b)
{
	const struct metric *x = a;
	const struct metric *y = b;
	int order = strcmp(x->name, y->name);

	if (order == 0)
		order = strcmp(x->of->parameter, y->of->parameter);
	if (order == 0)
		order = strcmp(x->of->unit, y->of->unit);
	return order != 0 ? order : (x->id < y->id ? -1 : 1);
}

static int
by_metric(const void *a, const void *b)
{
	const struct sample *x = a;
	const struct sample *y = b;

	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	return x->value.series < y->value.series ? -1 : 1;
}

/* One more than the last metric of the same name as number `first'. */
static size_t
group_end(const struct metrics *m, size_t first)
{
	size_t end = first + 1;

	while (end < m->n_metrics &&
	       strcmp(m->metrics[end].name, m->metrics[first].name) == 0)
		end++;
	return end;
}

/*
 * Samples of one metric and node must differ in a label: two parameters whose
 * names are whole in the metric's can only differ in the unit at their ends.
 */
static void
mark_whole(struct metrics *m)
{
	size_t first, end, i;

	for (first = 0; first < m->n_metrics; first = end) {
		size_t plain = 0;

		end = group_end(m, first);
		for (i = first; i < end; i++)
			plain += m->metrics[i].plain;
		for (i = first; i < end; i++)
			m->metrics[i].whole = !m->metrics[i].plain || plain > 1;
	}
}

static bool
sort(struct metrics *m)
{
	uint32_t *rank = calloc(m->n_metrics + 1, sizeof(*rank));
	size_t i;

	if (rank == NULL)
		return false;
	if (m->n_metrics > 0)
		qsort(m->metrics, m->n_metrics, sizeof(*m->metrics), by_name);
	for (i = 0; i < m->n_metrics; i++)
		rank[m->metrics[i].id] = (uint32_t)i;
	for (i = 0; i < m->n_samples; i++)
		m->samples[i].metric = rank[m->samples[i].metric];
	free(rank);
	if (m->n_samples > 0)
		qsort(m->samples, m->n_samples, sizeof(*m->samples), by_metric);
	mark_whole(m);
	return true;
}

struct metrics *
metrics_new(struct cache *cache, struct series_table *series,
    const struct metrics_question *question, int64_t mono_ns)
{
	struct metrics *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->question = *question;
	m->series = series;
	m->arena = arena_new(0);
	hash_key_draw(&m->key);
	m->failed = m->arena == NULL;
	if (!m->failed)
		gather(m, cache, mono_ns);
	m->question.matcher = NULL;
	m->question.who = NULL;
	if (!m->failed && sort(m))
		return m;
	metrics_free(m);
	return NULL;
}

void
metrics_free(struct metrics *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n_samples; i++)
		series_unpin(m->series, m->samples[i].value.series);
	arena_free(m->arena);
	free(m->heads);
	free(m->metrics);
	free(m->samples);
	free(m);
}

/* --- text --- */

static int
by_text(const void *key, const void *item)
{
	return strcmp(key, ((const struct metric *)item)->name);
}

/* In OpenMetrics a counter is called as a gauge could be as well. */
static bool
base_is_taken(const struct metrics *m, const char *name)
{
	char base[FARM_NAME_MAX * 2 + 64];
	size_t length = strlen(name) - strlen("_total");

	if (length >= sizeof(base))
		return true;
	memcpy(base, name, length);
	base[length] = '\0';
	return bsearch(base, m->metrics, m->n_metrics, sizeof(*m->metrics),
		   by_text) != NULL;
}

static void
put_help(struct metrics *m, const struct farm_series *s, struct buffer *out)
{
	if (m->question.help(m->question.context, s, out))
		return;
	buffer_printf(out, "parameter %s", s->parameter);
	if (s->unit[0] != '\0' && strcmp(s->unit, "1") != 0)
		buffer_printf(out, " in %s", s->unit);
}

/* Of all metrics of one name: what they agree on. */
static void
put_head(struct metrics *m, size_t first, struct buffer *out)
{
	const struct farm_series *s = m->metrics[first].of;
	struct prometheus_head head = { .name = m->metrics[first].name,
		.type = prometheus_type(s->kind) };
	struct buffer help = BUFFER_INIT;
	struct buffer unit = BUFFER_INIT;
	size_t end = group_end(m, first);
	bool same_unit = true;
	size_t i;

	for (i = first + 1; i < end; i++) {
		const struct farm_series *other = m->metrics[i].of;

		same_unit = same_unit && strcmp(other->unit, s->unit) == 0;
		if (prometheus_type(other->kind) != head.type)
			head.type = PROMETHEUS_UNKNOWN;
	}
	if (head.type == PROMETHEUS_COUNTER && m->question.open &&
	    base_is_taken(m, head.name))
		head.type = PROMETHEUS_UNKNOWN;
	if (same_unit && head.type != PROMETHEUS_UNKNOWN)
		prometheus_unit(&unit, s->unit);
	put_help(m, s, &help);
	head.help = buffer_text(&help);
	head.unit = buffer_text(&unit);
	prometheus_put_head(out, &head, m->question.open);
	out->failed |= buffer_failed(&help) || buffer_failed(&unit);
	buffer_free(&help);
	buffer_free(&unit);
}

static void
put_sample(struct metrics *m, size_t i, struct buffer *out)
{
	const struct sample *s = &m->samples[i];
	const struct metric *metric = &m->metrics[s->metric];

	if (i == 0 || strcmp(metric->name, m->metrics[s[-1].metric].name) != 0)
		put_head(m, s->metric, out);
	prometheus_put_sample(out, metric->name,
	    series_get(m->series, s->value.series), metric->whole, &s->value,
	    m->question.times ? s->time_ns : 0, m->question.open);
}

/* How many metrics several parameters share, and how many names were folded. */
static void
count_names(const struct metrics *m, size_t *ret_shared, size_t *ret_folded)
{
	size_t first, end, i;

	*ret_shared = *ret_folded = 0;
	for (first = 0; first < m->n_metrics; first = end) {
		end = group_end(m, first);
		*ret_shared += end - first > 1;
		for (i = first; i < end; i++)
			*ret_folded += !m->metrics[i].plain;
	}
}

static void
put_own(const struct metrics *m, struct buffer *out, const char *name,
    const char *help)
{
	const struct prometheus_head head = {
		.name = name, .help = help, .unit = "", .type = PROMETHEUS_GAUGE
	};

	prometheus_put_head(out, &head, m->question.open);
}

static void
put_end(const struct metrics *m, struct buffer *out)
{
	size_t shared, folded;

	count_names(m, &shared, &folded);
	put_own(m, out, "farmd_exposed_series", "series exposed here");
	buffer_printf(out, "farmd_exposed_series %zu\n", m->n_samples);
	put_own(m, out, "farmd_left_out_series", "series not exposed, by why");
	buffer_printf(out,
	    "farmd_left_out_series{reason=\"stale\"} %zu\n"
	    "farmd_left_out_series{reason=\"text\"} %zu\n",
	    m->stale, m->texts);
	put_own(m, out, "farmd_folded_parameters",
	    "parameters of which a metric cannot have the name");
	buffer_printf(out, "farmd_folded_parameters %zu\n", folded);
	put_own(m, out, "farmd_shared_metrics",
	    "metrics that several parameters have in common");
	buffer_printf(out, "farmd_shared_metrics %zu\n", shared);
	if (m->question.open)
		buffer_puts(out, "# EOF\n");
}

bool
metrics_more(struct metrics *m, struct buffer *out)
{
	size_t end = m->at + PIECE;

	for (; m->at < m->n_samples && m->at < end; m->at++)
		put_sample(m, m->at, out);
	if (m->at < m->n_samples)
		return true;
	put_end(m, out);
	return false;
}
