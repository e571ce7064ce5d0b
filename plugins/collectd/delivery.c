#include "delivery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cache_entry.h"

/* One that is given items. */
struct target {
	struct callback *callback; /* counted */
	size_t done;               /* items before this one are its own */
	bool called;
	bool failed; /* in this round: it waits for the next */
};

struct delivery {
	struct target *targets;
	size_t n_targets;
	unsigned rounds;
	size_t item;             /* number of the one at hand, from 1 */
	enum callback_kind kind; /* of those that it is for */
	const struct callback *calling;
	size_t cached; /* items up to this one are in the cache */
	uint64_t refused;
	bool failed;
	struct error first; /* failure of this round */
	/* In the call under way. */
	bool heard;   /* `why' */
	bool refusal; /* `why' is one, whatever the answer is */
	struct error why;
	/* Of all items in the cache, one after the other. */
	gauge_t *rates;
	size_t n_rates;
	size_t capacity;
	size_t recalled;
};

/* The delivery whose item this thread has at hand. */
static _Thread_local struct delivery *current;

/*
 * What these have taken outlives a failure: they hand it on later.  The others
 * lose what they gathered with it.  These fail without a word where a value is
 * not a second newer than the one before, and will for ever.
 */
static const char *const keepers[] = { "rrdcached", "rrdtool" };

/* A refusal that is only said: write_http takes every answer for a good one. */
static const char *const refusals[] = {
	"write_http plugin: HTTP Error code: "
};

struct delivery *
delivery_new(void)
{
	return calloc(1, sizeof(struct delivery));
}

static void
forget_all(struct delivery *d)
{
	size_t i;

	for (i = 0; i < d->n_targets; i++)
		callback_unref(d->targets[i].callback);
	d->n_targets = 0;
	d->n_rates = 0;
	d->cached = 0;
	d->rounds = 0;
}

void
delivery_free(struct delivery *d)
{
	if (d == NULL)
		return;
	forget_all(d);
	free(d->targets);
	free(d->rates);
	free(d);
}

/* ----------------------------------------------------------------- targets */

static struct target *
find(struct delivery *d, const struct callback *c)
{
	size_t i;

	for (i = 0; i < d->n_targets; i++)
		if (d->targets[i].callback == c)
			return &d->targets[i];
	return NULL;
}

static struct target *
add(struct delivery *d, struct callback *c)
{
	struct target *grown;

	grown = reallocarray(d->targets, d->n_targets + 1, sizeof(*d->targets));
	if (grown == NULL)
		return NULL;
	d->targets = grown;
	grown[d->n_targets] = (struct target){ .callback = callback_ref(c) };
	return &grown[d->n_targets++];
}

static bool
is_keeper(const struct callback *c)
{
	size_t i;

	for (i = 0; i < sizeof(keepers) / sizeof(keepers[0]); i++)
		if (c->context.name != NULL &&
		    strcmp(c->context.name, keepers[i]) == 0)
			return true;
	return false;
}

/* Does it gather what it writes, until it is flushed? */
static bool
gathers(const struct callback *c)
{
	struct callbacks *list = callbacks_get(CALLBACK_FLUSH);
	bool found = false;
	size_t i;

	for (i = 0; list != NULL && i < list->n && !found; i++)
		found = strcmp(list->items[i]->name, c->name) == 0;
	callbacks_put(list);
	return found && !is_keeper(c);
}

static void
fail(struct delivery *d, const struct callback *c, int rc)
{
	const char *kind = callback_kind_name(c->kind);

	if (!d->failed) {
		error_set(&d->first, "%s", d->why.text);
		if (!d->heard)
			error_set(&d->first, "the %s callback %s failed: %d",
			    kind, c->name, rc);
	}
	d->failed = true;
}

/* ------------------------------------------------------------------- asked */

bool
delivery_is_on(void)
{
	return current != NULL;
}

bool
delivery_wants(const struct callback *c, int *ret)
{
	struct delivery *d = current;
	const struct target *t;

	/* What chains and plugins do besides is their own affair. */
	if (d == NULL || c->kind != d->kind || d->calling != NULL)
		return true;
	t = find(d, c);
	if (t != NULL && (t->failed || t->done >= d->item)) {
		*ret = t->failed ? -1 : 0;
		return false;
	}
	d->heard = d->refusal = false;
	d->calling = c;
	return true;
}

void
delivery_note(struct callback *c, int rc)
{
	struct delivery *d = current;
	struct target *t;

	if (d == NULL || d->calling != c)
		return;
	d->calling = NULL;
	t = find(d, c);
	if (t == NULL)
		t = add(d, c);
	if (t == NULL) {
		fail(d, c, ENOMEM);
		return;
	}
	t->called = true;
	if (rc != 0 && !d->heard && is_keeper(c)) {
		d->refused++;
		rc = 0;
	}
	if (rc == 0 && !d->refusal) {
		t->done = d->item;
		return;
	}
	t->failed = true;
	t->done = gathers(c) ? 0 : d->item - 1;
	fail(d, c, rc);
}

void
delivery_hear(int severity, const char *line)
{
	struct delivery *d = current;
	bool refusal = false;
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		refusal = refusal ||
			  strncmp(line, refusals[i], strlen(refusals[i])) == 0;
	if (severity > LOG_WARNING && !refusal)
		return;
	error_set(&d->why, "%s", line);
	d->heard = true;
	d->refusal = d->refusal || refusal;
}

/* ------------------------------------------------------------------- rates */

static int
keep_rates(struct delivery *d, const data_set_t *ds, const value_list_t *list)
{
	size_t n = d->n_rates + ds->ds_num;
	gauge_t *grown, *rates;

	if (n > d->capacity) {
		grown = reallocarray(d->rates, 2 * n, sizeof(*grown));
		if (grown == NULL)
			return -1;
		d->rates = grown;
		d->capacity = 2 * n;
	}
	rates = uc_get_rate(ds, list);
	for (; d->n_rates < n; d->n_rates++)
		d->rates[d->n_rates] = NAN;
	if (rates != NULL)
		memcpy(d->rates + n - ds->ds_num, rates,
		    ds->ds_num * sizeof(*rates));
	free(rates);
	return 0;
}

/* Where a series comes twice in a batch, the cache has only its last rate. */
int
delivery_update(const data_set_t *ds, const value_list_t *list)
{
	struct delivery *d = current;
	int rc;

	if (d == NULL)
		return uc_update(ds, list);
	if (d->item <= d->cached) {
		if (d->recalled + ds->ds_num <= d->n_rates)
			cache_recall(list, d->rates + d->recalled, ds->ds_num);
		d->recalled += ds->ds_num;
		return 0;
	}
	rc = cache_update(ds, list);
	d->cached = d->item;
	if (keep_rates(d, ds, list) == 0)
		d->recalled = d->n_rates;
	return rc;
}

/* ------------------------------------------------------------------ rounds */

void
delivery_begin(struct delivery *d)
{
	size_t i;

	for (i = 0; i < d->n_targets; i++)
		d->targets[i].failed = d->targets[i].called = false;
	d->rounds++;
	d->item = 0;
	d->recalled = 0;
	d->failed = false;
}

bool
delivery_is_again(const struct delivery *d)
{
	return d->rounds > 1;
}

void
delivery_next(struct delivery *d, enum callback_kind kind)
{
	d->item++;
	d->kind = kind;
	current = d;
}

/* The one of this name that writes. */
static struct target *
writer_of(struct delivery *d, const struct callback *flush)
{
	struct target *t;
	size_t i;

	for (i = 0; i < d->n_targets; i++) {
		t = &d->targets[i];
		if (t->callback->kind == CALLBACK_WRITE &&
		    strcmp(t->callback->name, flush->name) == 0)
			return t;
	}
	return NULL;
}

static void
flush_one(struct delivery *d, struct callback *c)
{
	struct target *t = writer_of(d, c);
	struct context before;
	int rc;

	if (t != NULL && (t->failed || !t->called))
		return;
	d->heard = d->refusal = false;
	before = context_enter(&c->context, "flush");
	rc = c->flush(0, NULL, &c->data);
	context_leave(before);
	/* It can flush a single identifier, not all: it gathers nothing. */
	if (rc == EINVAL || rc == -EINVAL)
		rc = 0;
	if (rc == 0 && !d->refusal)
		return;
	if (t != NULL)
		t->done = 0;
	fail(d, c, rc);
}

static void
flush_all(struct delivery *d)
{
	struct callbacks *list = callbacks_get(CALLBACK_FLUSH);
	size_t i;

	for (i = 0; list != NULL && i < list->n; i++)
		flush_one(d, list->items[i]);
	callbacks_put(list);
}

int
delivery_end(struct delivery *d, bool flush, struct error *err)
{
	if (flush && d->item > 0)
		flush_all(d);
	current = NULL;
	if (!d->failed) {
		forget_all(d);
		return 0;
	}
	*err = d->first;
	return -1;
}

uint64_t
delivery_refused(struct delivery *d)
{
	uint64_t n = d->refused;

	d->refused = 0;
	return n;
}
