#include "tallies.h"

#include <math.h>
#include <stdlib.h>

#include "moments.h"

/* What a counter can be said up to. */
#define TOTAL_MAX 1e19

struct tally {
	char *names; /* node, parameter, each with a NUL */
	size_t name_at;
	enum statsd_type type;
	bool changed;
	double total; /* a counter's, a gauge's value, how many of a set */
	struct moments moments; /* of a timer, as the next three */
	double weight;          /* how many there were before sampling */
	double min, max;
};

static void
drop(void *value, void *cookie)
{
	(void)cookie;
	free(((struct tally *)value)->names);
}

int
tallies_init(struct tallies *t, size_t max)
{
	t->round = 1;
	t->known = lru_new(max, sizeof(struct tally), drop);
	t->members = lru_new(max, sizeof(uint64_t), NULL);
	return t->known == NULL || t->members == NULL ? -1 : 0;
}

void
tallies_free(struct tallies *t)
{
	lru_free(t->known, NULL);
	lru_free(t->members, NULL);
	buffer_free(&t->key);
}

/* Three types are summed up alike. */
static enum statsd_type
summed_as(enum statsd_type type)
{
	return type == STATSD_HISTOGRAM || type == STATSD_DISTRIBUTION
		   ? STATSD_TIMER
		   : type;
}

/* NULL if memory is out. */
static struct tally *
find(struct tallies *t, struct slice node, struct slice name)
{
	struct tally *known;

	buffer_clear(&t->key);
	buffer_put(&t->key, node.text, node.length);
	buffer_putc(&t->key, '\0');
	buffer_put(&t->key, name.text, name.length);
	buffer_putc(&t->key, '\0');
	if (buffer_failed(&t->key))
		return NULL;
	known = lru_find(t->known, t->key.data, t->key.size);
	if (known == NULL)
		known = lru_add(t->known, t->key.data, t->key.size, NULL);
	if (known != NULL && known->names == NULL) {
		known->names = malloc(t->key.size);
		if (known->names == NULL)
			return NULL;
		memcpy(known->names, t->key.data, t->key.size);
		known->name_at = node.length + 1;
	}
	return known;
}

static enum added
add_count(struct tally *known, const struct statsd_sample *s, struct error *err)
{
	double total = known->total + s->value / s->rate;

	if (s->value < 0 || !(total < TOTAL_MAX)) {
		error_set(err, "%s: a counter cannot go down or beyond 10^19",
		    known->names + known->name_at);
		return ADDED_BAD;
	}
	known->total = total;
	return ADDED;
}

static enum added
add_time(struct tally *known, const struct statsd_sample *s)
{
	if (known->moments.n == 0)
		known->min = known->max = s->value;
	known->min = fmin(known->min, s->value);
	known->max = fmax(known->max, s->value);
	known->weight += 1 / s->rate;
	moments_add(&known->moments, s->value);
	return ADDED;
}

/* The key still holds the names. */
static enum added
add_member(
    struct tallies *t, struct tally *known, const struct statsd_sample *s)
{
	uint64_t *round;

	buffer_put(&t->key, s->text.text, s->text.length);
	if (buffer_failed(&t->key))
		return ADDED_LOST;
	round = lru_find(t->members, t->key.data, t->key.size);
	if (round == NULL)
		round = lru_add(t->members, t->key.data, t->key.size, NULL);
	if (round == NULL)
		return ADDED_LOST;
	known->total += *round != t->round;
	*round = t->round;
	return ADDED;
}

static enum added
add_as(struct tallies *t, struct tally *known, enum statsd_type type,
    const struct statsd_sample *s, struct error *err)
{
	switch (type) {
	case STATSD_COUNTER:
		return add_count(known, s, err);
	case STATSD_GAUGE:
		known->total = (s->relative ? known->total : 0) + s->value;
		return ADDED;
	case STATSD_SET:
		return add_member(t, known, s);
	default:
		return add_time(known, s);
	}
}

enum added
tallies_add(struct tallies *t, struct slice node, struct slice name,
    const struct statsd_sample *s, struct error *err)
{
	enum statsd_type type = summed_as(s->type);
	struct tally *known = find(t, node, name);
	enum added added;

	if (known == NULL)
		return ADDED_LOST;
	if (known->type != 0 && known->type != type) {
		error_set(err, "%s: of another type than before",
		    known->names + known->name_at);
		return ADDED_BAD;
	}
	added = add_as(t, known, type, s, err);
	if (added == ADDED) {
		known->type = type;
		known->changed = true;
	}
	return added;
}

/* -------------------------------------------------------------------- saying
 * --
 */

struct saying {
	struct tallies *tallies;
	struct result *result;
	const char *cluster;
	int status;
};

/* Names were checked when they came, except for their new ends: what is too
   long then is left out. */
static void
say(struct saying *how, const char *name, const char *end, struct farm_value v,
    enum farm_kind kind)
{
	struct buffer *b = &how->tallies->key;

	buffer_clear(b);
	buffer_puts(b, name);
	buffer_puts(b, end);
	if (buffer_failed(b) ||
	    result_add(how->result, (struct slice){ b->data, b->size }, v, kind,
		NULL) == ADDED_LOST)
		how->status = -1;
}

static void
say_times(struct saying *how, const char *name, const struct tally *known)
{
	const struct moments *m = &known->moments;

	say(how, name, ".count", farm_double(known->weight), FARM_GAUGE);
	say(how, name, ".mean", farm_double(m->mean), FARM_GAUGE);
	say(how, name, ".min", farm_double(known->min), FARM_GAUGE);
	say(how, name, ".max", farm_double(known->max), FARM_GAUGE);
	say(how, name, ".deviation", farm_double(moments_deviation(m)),
	    FARM_GAUGE);
}

static void
say_tally(void *value, void *cookie)
{
	struct tally *known = value;
	struct saying *how = cookie;
	const char *name = known->names + known->name_at;

	if (!known->changed)
		return;
	known->changed = false;
	if (result_begin(how->result,
		(struct slice){ how->cluster, strlen(how->cluster) },
		(struct slice){ known->names, known->name_at - 1 }, 0,
		NULL) != 0)
		return;
	if (known->type == STATSD_COUNTER)
		say(how, name, "", farm_uint64((uint64_t)known->total),
		    FARM_COUNTER64);
	else if (known->type == STATSD_TIMER)
		say_times(how, name, known);
	else
		say(how, name, "", farm_double(known->total), FARM_GAUGE);
	if (result_end(how->result) != 0)
		how->status = -1;
	if (known->type == STATSD_SET)
		known->total = 0;
	known->moments = (struct moments){ .n = 0 };
	known->weight = 0;
}

int
tallies_say(struct tallies *t, struct result *result, const char *cluster)
{
	struct saying how = { t, result, cluster, 0 };

	lru_each(t->known, say_tally, &how);
	t->round++;
	return how.status;
}
