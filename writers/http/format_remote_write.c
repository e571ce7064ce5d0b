/* Prometheus' remote write: numbers, gathered by series, as a request can
   hold each series once. */
#include <stdlib.h>

#include "arena.h"
#include "composer.h"
#include "packed.h"
#include "prometheus.h"
#include "remote_write.h"
#include "value.h"

#define NS_PER_MS 1000000

/* ----------------------------------------------------------------- labels --
 */

struct label {
	const char *name;
	const char *value;
};

struct labels {
	struct arena *arena;
	struct label items[FARM_LABELS_MAX + 5];
	size_t n;
	bool failed;
};

static bool
is_there(const struct labels *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->items[i].name, name) == 0)
			return true;
	return false;
}

/* One whose name is there already gets a number, as in the exposition. */
static void
add(struct labels *l, const char *name, const char *value)
{
	const char *unique = name;
	int n = 1;

	if (name == NULL || value[0] == '\0') {
		l->failed |= name == NULL;
		return;
	}
	while (unique != NULL && is_there(l, unique))
		unique = arena_printf(l->arena, "%s_%d", name, ++n);
	if (unique == NULL)
		l->failed = true;
	else
		l->items[l->n++] = (struct label){ unique, value };
}

static void
add_folded(struct labels *l, const char *name, const char *value)
{
	struct buffer folded = BUFFER_INIT;

	prometheus_label(&folded, name);
	add(l, arena_strdup(l->arena, buffer_text(&folded)), value);
	buffer_free(&folded);
}

static int
compare_labels(const void *a, const void *b)
{
	return strcmp(
	    ((const struct label *)a)->name, ((const struct label *)b)->name);
}

/* A parameter that the metric's name does not hold is a label, too. */
static void
gather(struct labels *l, const struct farm_series *s)
{
	struct buffer name = BUFFER_INIT;
	bool plain = prometheus_name(&name, s);
	uint32_t i;

	add(l, "__name__", arena_strdup(l->arena, buffer_text(&name)));
	add(l, "farm", s->farm);
	add(l, "cluster", s->cluster);
	add(l, "node", s->node);
	if (!plain)
		add(l, "parameter", s->parameter);
	for (i = 0; i < s->n_labels; i++)
		add_folded(l, s->labels[i].name, s->labels[i].value);
	buffer_free(&name);
}

static int
remote_write_head(struct composer *c, const struct farm_series *s,
    struct buffer *b, struct error *err)
{
	struct labels l = { .arena = arena_new(0) };
	size_t i;

	(void)c;
	if (l.arena == NULL)
		return error_set(err, "out of memory");
	gather(&l, s);
	qsort(l.items, l.n, sizeof(l.items[0]), compare_labels);
	for (i = 0; i < l.n; i++)
		remote_write_label(
		    b, slice_of(l.items[i].name), slice_of(l.items[i].value));
	arena_free(l.arena);
	return l.failed ? error_set(err, "out of memory") : 0;
}

/* ---------------------------------------------------------------- samples --
 */

static bool
grow(struct composer *c)
{
	size_t wanted = c->waiting_capacity * 2 + 1024;
	struct waiting *grown;

	if (c->n_waiting < c->waiting_capacity)
		return true;
	grown = reallocarray(c->waiting, wanted, sizeof(*grown));
	if (grown == NULL)
		return false;
	c->waiting = grown;
	c->waiting_capacity = wanted;
	return true;
}

static int
remote_write_put(struct composer *c, const struct known *k,
    const struct farm_series *s, const struct farm_value *v, int64_t time_ns)
{
	struct waiting w = { .series = v->series,
		.known = k,
		.time_ms = time_ns / NS_PER_MS,
		.order = c->n_waiting };

	(void)s;
	/* NaN is a number there. */
	if (!value_number(v, &w.value) && v->type != FARM_DOUBLE) {
		c->left_out[LEFT_TEXT]++;
		return 0;
	}
	if (!grow(c))
		return -1;
	c->waiting[c->n_waiting++] = w;
	return 0;
}

static int
compare_waiting(const void *one, const void *other)
{
	const struct waiting *a = one, *b = other;

	if (a->series != b->series)
		return a->series < b->series ? -1 : 1;
	if (a->time_ms != b->time_ms)
		return a->time_ms < b->time_ms ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

/* A series has one value at a time: the last of a millisecond stays. */
static size_t
take_samples(struct composer *c, size_t first, struct remote_sample *ret)
{
	const struct waiting *w = &c->waiting[first];
	const struct waiting *end = c->waiting + c->n_waiting;
	uint32_t series = w->series;
	size_t n = 0;

	for (; w < end && w->series == series; w++) {
		if (n > 0 && ret[n - 1].time_ms == w->time_ms) {
			c->left_out[LEFT_DOUBLE]++;
			n--;
		}
		ret[n++] = (struct remote_sample){ w->value, w->time_ms };
	}
	return n;
}

static size_t
run_from(const struct composer *c, size_t first)
{
	size_t i = first;

	while (i < c->n_waiting &&
	       c->waiting[i].series == c->waiting[first].series)
		i++;
	return i - first;
}

static int
remote_write_gather(struct composer *c)
{
	struct remote_sample *samples;
	const struct known *k;
	size_t i, n;

	if (c->n_waiting == 0)
		return 0;
	samples = calloc(c->n_waiting, sizeof(*samples));
	if (samples == NULL)
		return -1;
	qsort(c->waiting, c->n_waiting, sizeof(*c->waiting), compare_waiting);
	for (i = 0; i < c->n_waiting; i += run_from(c, i)) {
		n = take_samples(c, i, samples);
		k = c->waiting[i].known;
		remote_write_series(
		    &c->text, (struct slice){ k->head, k->size }, samples, n);
	}
	free(samples);
	return buffer_failed(&c->text) ? -1 : 0;
}

static int
remote_write_pack(struct composer *c)
{
	return packed_snappy(&c->body, &c->text);
}

static const char *const headers[] = {
	"X-Prometheus-Remote-Write-Version: 0.1.0", NULL
};

const struct format_ops format_remote_write = {
	.type = "application/x-protobuf",
	.packing = "snappy",
	.scheme = "Bearer",
	.more = headers,
	.head = remote_write_head,
	.put = remote_write_put,
	.gather = remote_write_gather,
	.pack = remote_write_pack,
};
