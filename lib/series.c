#include "series.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "intern.h"
#include "name.h"

/* Slots never move, so that readers need no lock: chunks, made when needed. */
#define CHUNK_SLOTS 1024
#define HEADS_FIRST 256

/*
 * One number.  Pinned: in the chain of its hash.  Not pinned: in quarantine, a
 * list in the order of leaving, still readable until its number is given anew.
 */
struct slot {
	struct farm_series series;
	_Atomic int64_t lifetime_ns;
	uint32_t pins;
	uint32_t next; /* in the chain or in quarantine; 0 ends both */
	union {
		uint32_t hash;
		uint32_t previous; /* in quarantine */
	};
	uint32_t free_from_s; /* in quarantine: CLOCK_MONOTONIC, rounded up */
};

struct series_table {
	pthread_mutex_t lock; /* everything but chunks and bound for readers */
	uint32_t max;
	_Atomic uint32_t bound; /* numbers below are filled in */
	_Atomic uint32_t count;
	_Atomic bool lifetimes; /* one was said: else no slot has any */
	struct slot **chunks;
	struct intern names;
	uint32_t *heads;
	uint32_t n_heads; /* a power of two */
	uint32_t oldest;  /* of the quarantine */
	uint32_t youngest;
	size_t bytes; /* without the names */
};

static struct slot *
slot_at(const struct series_table *t, uint32_t series)
{
	return &t->chunks[series / CHUNK_SLOTS][series % CHUNK_SLOTS];
}

/* The slot of a number that has been given out, else NULL. */
static struct slot *
slot_known(const struct series_table *t, uint32_t series)
{
	uint32_t bound;

	bound = atomic_load_explicit(&t->bound, memory_order_acquire);
	return series == 0 || series >= bound ? NULL : slot_at(t, series);
}

struct series_table *
series_table_new(uint32_t max)
{
	struct series_table *t;
	size_t n_chunks;

	/* Number 0 stays unused, and the bound is one more than the last. */
	if (max > UINT32_MAX - CHUNK_SLOTS)
		max = UINT32_MAX - CHUNK_SLOTS;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return NULL;
	n_chunks = max / CHUNK_SLOTS + 1;
	pthread_mutex_init(&t->lock, NULL);
	intern_init(&t->names);
	t->max = max;
	atomic_init(&t->bound, 1);
	atomic_init(&t->count, 0);
	t->n_heads = HEADS_FIRST;
	t->heads = calloc(t->n_heads, sizeof(*t->heads));
	t->chunks = calloc(n_chunks, sizeof(*t->chunks));
	t->bytes = sizeof(*t) + t->n_heads * sizeof(*t->heads) +
		   n_chunks * sizeof(*t->chunks);
	if (t->heads == NULL || t->chunks == NULL) {
		series_table_free(t);
		return NULL;
	}
	return t;
}

void
series_table_free(struct series_table *t)
{
	uint32_t i;

	if (t == NULL)
		return;
	for (i = 1; i < t->bound; i++)
		free((void *)slot_at(t, i)->series.labels);
	for (i = 0; t->chunks != NULL && i <= t->max / CHUNK_SLOTS; i++)
		free(t->chunks[i]);
	free(t->chunks);
	free(t->heads);
	intern_free(&t->names);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* ------------------------------------------------------------- names -- */

static int
labels_check(const struct farm_series *s, struct error *err)
{
	const struct farm_label *l;
	uint32_t i;

	if (s->n_labels > FARM_LABELS_MAX)
		return error_set(err, "%s: %u labels; at most %d fit",
		    s->parameter, s->n_labels, FARM_LABELS_MAX);
	for (i = 0; i < s->n_labels; i++) {
		l = &s->labels[i];
		if (name_check("label", l->name, strlen(l->name), err) != 0)
			return -1;
		if (l->value[0] != '\0' && name_check("label value", l->value,
					       strlen(l->value), err) != 0)
			return -1;
	}
	return 0;
}

int
series_check(const struct farm_series *s, struct error *err)
{
	const struct {
		const char *what;
		const char *text;
	} names[] = {
		{ "farm", s->farm },
		{ "cluster", s->cluster },
		{ "node", s->node },
		{ "parameter", s->parameter },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name_check(names[i].what, names[i].text,
			strlen(names[i].text), err) != 0)
			return -1;
	if (s->unit != NULL && s->unit[0] != '\0' &&
	    name_check("unit", s->unit, strlen(s->unit), err) != 0)
		return -1;
	return labels_check(s, err);
}

static uint32_t
names_hash(const struct series_table *t, const struct farm_series *s)
{
	const char *names[] = { s->farm, s->cluster, s->node, s->parameter };
	uint64_t hash = 0;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		hash = hash_bytes(
		    &t->names.key, hash, names[i], strlen(names[i]));
	return (uint32_t)hash;
}

/* The parameter first: it differs most often. */
static bool
names_equal(const struct farm_series *a, const struct farm_series *b)
{
	return strcmp(a->parameter, b->parameter) == 0 &&
	       strcmp(a->node, b->node) == 0 &&
	       strcmp(a->cluster, b->cluster) == 0 &&
	       strcmp(a->farm, b->farm) == 0;
}

static bool
metadata_equal(const struct farm_series *a, const struct farm_series *b)
{
	uint32_t i;

	if (a->kind != b->kind || a->n_labels != b->n_labels ||
	    strcmp(a->unit, b->unit == NULL ? "" : b->unit) != 0)
		return false;
	for (i = 0; i < a->n_labels; i++)
		if (strcmp(a->labels[i].name, b->labels[i].name) != 0 ||
		    strcmp(a->labels[i].value, b->labels[i].value) != 0)
			return false;
	return true;
}

/* ------------------------------------------------- what a slot holds -- */

/* Accepts one half filled. */
static void
series_empty(struct series_table *t, struct farm_series *s)
{
	struct intern *in = &t->names;
	uint32_t i;

	intern_unref(in, s->farm);
	intern_unref(in, s->cluster);
	intern_unref(in, s->node);
	intern_unref(in, s->parameter);
	intern_unref(in, s->unit);
	for (i = 0; s->labels != NULL && i < s->n_labels; i++) {
		intern_unref(in, s->labels[i].name);
		intern_unref(in, s->labels[i].value);
	}
	if (s->labels != NULL)
		t->bytes -= s->n_labels * sizeof(*s->labels);
	free((void *)s->labels);
	*s = (struct farm_series){ .farm = NULL };
}

static int
labels_fill(struct series_table *t, struct farm_series *s,
    const struct farm_series *from)
{
	struct farm_label *labels;
	uint32_t i;

	if (from->n_labels == 0)
		return 0;
	labels = calloc(from->n_labels, sizeof(*labels));
	if (labels == NULL)
		return -1;
	t->bytes += from->n_labels * sizeof(*labels);
	s->labels = labels;
	s->n_labels = from->n_labels;
	for (i = 0; i < from->n_labels; i++) {
		labels[i].name = intern_ref(&t->names, from->labels[i].name);
		labels[i].value = intern_ref(&t->names, from->labels[i].value);
		if (labels[i].name == NULL || labels[i].value == NULL)
			return -1;
	}
	return 0;
}

static int
series_fill(struct series_table *t, struct farm_series *s,
    const struct farm_series *from)
{
	struct intern *in = &t->names;

	*s = (struct farm_series){ .kind = from->kind };
	s->farm = intern_ref(in, from->farm);
	s->cluster = intern_ref(in, from->cluster);
	s->node = intern_ref(in, from->node);
	s->parameter = intern_ref(in, from->parameter);
	s->unit = intern_ref(in, from->unit == NULL ? "" : from->unit);
	if (s->farm != NULL && s->cluster != NULL && s->node != NULL &&
	    s->parameter != NULL && s->unit != NULL &&
	    labels_fill(t, s, from) == 0)
		return 0;
	series_empty(t, s);
	return -1;
}

/* ---------------------------------------------------------- look-ups -- */

static uint32_t *
head_of(struct series_table *t, uint32_t hash)
{
	return &t->heads[hash & (t->n_heads - 1)];
}

/* A chain holds the youngest first: it is the one that look-ups find. */
static void
chain_add(struct series_table *t, uint32_t series, uint32_t hash)
{
	struct slot *s = slot_at(t, series);
	uint32_t *head = head_of(t, hash);

	s->hash = hash;
	s->next = *head;
	*head = series;
}

/* As the oldest: it takes nobody's place. */
static void
chain_append(struct series_table *t, uint32_t series, uint32_t hash)
{
	uint32_t *link = head_of(t, hash);
	struct slot *s = slot_at(t, series);

	while (*link != 0)
		link = &slot_at(t, *link)->next;
	s->hash = hash;
	s->next = 0;
	*link = series;
}

static void
chain_remove(struct series_table *t, uint32_t series)
{
	struct slot *s = slot_at(t, series);
	uint32_t *link = head_of(t, s->hash);

	while (*link != series)
		link = &slot_at(t, *link)->next;
	*link = s->next;
}

/*
 * Twice as many heads; each chain falls into two, in its order.  Failure costs
 * speed only, so nobody hears of it.
 */
static void
heads_grow(struct series_table *t)
{
	uint32_t n = t->n_heads;
	uint32_t *heads, *low, *high, i, j;
	struct slot *s;

	heads = n > UINT32_MAX / 2 ? NULL : calloc(2 * n, sizeof(*heads));
	if (heads == NULL)
		return;
	for (i = 0; i < n; i++) {
		low = &heads[i];
		high = &heads[i + n];
		for (j = t->heads[i]; j != 0; j = s->next) {
			s = slot_at(t, j);
			if ((s->hash & n) == 0) {
				*low = j;
				low = &s->next;
			} else {
				*high = j;
				high = &s->next;
			}
		}
		*low = 0;
		*high = 0;
	}
	free(t->heads);
	t->heads = heads;
	t->n_heads = 2 * n;
	t->bytes += n * sizeof(*heads);
}

static uint32_t
chain_find(struct series_table *t, const struct farm_series *names,
    uint32_t hash, bool metadata_too)
{
	const struct slot *s;
	uint32_t i;

	for (i = *head_of(t, hash); i != 0; i = s->next) {
		s = slot_at(t, i);
		if (s->hash == hash && names_equal(&s->series, names) &&
		    (!metadata_too || metadata_equal(&s->series, names)))
			return i;
	}
	return 0;
}

uint32_t
series_find(struct series_table *t, const char *farm, const char *cluster,
    const char *node, const char *parameter)
{
	const struct farm_series names = { .farm = farm,
		.cluster = cluster,
		.node = node,
		.parameter = parameter };
	uint32_t found;

	pthread_mutex_lock(&t->lock);
	found = chain_find(t, &names, names_hash(t, &names), false);
	pthread_mutex_unlock(&t->lock);
	return found;
}

/* -------------------------------------------------------- quarantine -- */

static void
quarantine_add(struct series_table *t, uint32_t series)
{
	struct slot *s = slot_at(t, series);
	int64_t until_ns = clock_mono_ns() + SERIES_QUARANTINE_NS;

	s->free_from_s = (uint32_t)((until_ns + NS_PER_S - 1) / NS_PER_S);
	s->next = 0;
	s->previous = t->youngest;
	if (t->youngest != 0)
		slot_at(t, t->youngest)->next = series;
	else
		t->oldest = series;
	t->youngest = series;
}

static void
quarantine_remove(struct series_table *t, uint32_t series)
{
	const struct slot *s = slot_at(t, series);

	if (s->previous != 0)
		slot_at(t, s->previous)->next = s->next;
	else
		t->oldest = s->next;
	if (s->next != 0)
		slot_at(t, s->next)->previous = s->previous;
	else
		t->youngest = s->previous;
}

/* The number that has been out of use longest, if that is long enough. */
static uint32_t
quarantine_take(struct series_table *t)
{
	uint32_t series = t->oldest;
	struct slot *s;

	if (series == 0)
		return 0;
	s = slot_at(t, series);
	if (clock_mono_ns() / NS_PER_S < s->free_from_s)
		return 0;
	quarantine_remove(t, series);
	series_empty(t, &s->series);
	return series;
}

/* ---------------------------------------------------- making, pinning -- */

/* A number never used before; 0 if there is none or memory is out. */
static uint32_t
number_new(struct series_table *t)
{
	uint32_t series = t->bound;
	struct slot **chunk = &t->chunks[series / CHUNK_SLOTS];

	if (series > t->max)
		return 0;
	if (*chunk == NULL) {
		*chunk = calloc(CHUNK_SLOTS, sizeof(**chunk));
		if (*chunk == NULL)
			return 0;
		t->bytes += CHUNK_SLOTS * sizeof(**chunk);
	}
	return series;
}

static uint32_t
series_make(struct series_table *t, const struct farm_series *names,
    uint32_t hash, struct error *err)
{
	struct farm_series filled;
	uint32_t series;

	if (series_fill(t, &filled, names) != 0) {
		error_set(err, "out of memory for another series");
		return 0;
	}
	series = quarantine_take(t);
	if (series == 0)
		series = number_new(t);
	if (series == 0) {
		series_empty(t, &filled);
		error_set(err,
		    t->bound > t->max ? "the table of series is full (%u)"
				      : "out of memory after %u series",
		    t->bound - 1);
		return 0;
	}
	slot_at(t, series)->series = filled;
	atomic_store_explicit(
	    &slot_at(t, series)->lifetime_ns, 0, memory_order_relaxed);
	chain_add(t, series, hash);
	/* Whoever sees the bound sees the slot. */
	if (series == t->bound)
		atomic_store_explicit(
		    &t->bound, series + 1, memory_order_release);
	t->count++;
	if (t->count > t->n_heads)
		heads_grow(t);
	return series;
}

static uint32_t
define_locked(
    struct series_table *t, const struct farm_series *names, struct error *err)
{
	uint32_t hash = names_hash(t, names);
	uint32_t series = chain_find(t, names, hash, true);

	if (series == 0) {
		if (series_check(names, err) != 0)
			return 0;
		series = series_make(t, names, hash, err);
	} else if (series != chain_find(t, names, hash, false)) {
		chain_remove(t, series);
		chain_add(t, series, hash);
	}
	if (series != 0)
		slot_at(t, series)->pins++;
	return series;
}

uint32_t
series_define(
    struct series_table *t, const struct farm_series *names, struct error *err)
{
	uint32_t series;

	pthread_mutex_lock(&t->lock);
	series = define_locked(t, names, err);
	pthread_mutex_unlock(&t->lock);
	return series;
}

void
series_pin(struct series_table *t, uint32_t series)
{
	struct slot *s = slot_known(t, series);

	assert(s != NULL);
	pthread_mutex_lock(&t->lock);
	assert(s->pins < UINT32_MAX);
	/* A value under way may come after its maker has let go. */
	if (s->pins == 0) {
		quarantine_remove(t, series);
		chain_append(t, series, names_hash(t, &s->series));
		t->count++;
	}
	s->pins++;
	pthread_mutex_unlock(&t->lock);
}

void
series_unpin(struct series_table *t, uint32_t series)
{
	struct slot *s = slot_known(t, series);

	assert(s != NULL);
	pthread_mutex_lock(&t->lock);
	assert(s->pins > 0);
	s->pins--;
	if (s->pins == 0) {
		chain_remove(t, series);
		quarantine_add(t, series);
		t->count--;
	}
	pthread_mutex_unlock(&t->lock);
}

const struct farm_series *
series_get(const struct series_table *t, uint32_t series)
{
	const struct slot *s = slot_known(t, series);

	return s == NULL ? NULL : &s->series;
}

void
series_set_lifetime(struct series_table *t, uint32_t series, int64_t ns)
{
	struct slot *s = slot_known(t, series);

	/* Nearly always it is the same, and its line is shared. */
	if (s == NULL || series_lifetime(t, series) == ns)
		return;
	atomic_store_explicit(&s->lifetime_ns, ns, memory_order_relaxed);
	atomic_store_explicit(&t->lifetimes, true, memory_order_relaxed);
}

/* The slot, to look at its lifetime; NULL if there is none to be seen. */
static struct slot *
slot_with_lifetime(const struct series_table *t, uint32_t series)
{
	if (!atomic_load_explicit(&t->lifetimes, memory_order_relaxed))
		return NULL;
	return slot_known(t, series);
}

int64_t
series_lifetime(const struct series_table *t, uint32_t series)
{
	const struct slot *s = slot_with_lifetime(t, series);

	return s == NULL ? 0
			 : atomic_load_explicit(
			       &s->lifetime_ns, memory_order_relaxed);
}

void
series_foresee(const struct series_table *t, uint32_t series)
{
	const struct slot *s = slot_with_lifetime(t, series);

	if (s != NULL)
		__builtin_prefetch(&s->lifetime_ns);
}

/* ----------------------------------------------------------- figures -- */

uint32_t
series_bound(const struct series_table *t)
{
	return atomic_load_explicit(&t->bound, memory_order_acquire);
}

uint32_t
series_count(const struct series_table *t)
{
	return t->count;
}

size_t
series_bytes(const struct series_table *t)
{
	struct series_table *table = (struct series_table *)t;
	size_t bytes;

	pthread_mutex_lock(&table->lock);
	bytes = t->bytes + t->names.bytes;
	pthread_mutex_unlock(&table->lock);
	return bytes;
}
