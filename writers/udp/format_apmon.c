/* Datagrams of ApMon: a group of values in as many as it takes, each with all
   that is needed to read it. */
#include "composer.h"

#include <stdlib.h>

#include "clock.h"

static bool
reserve(struct composer *c, size_t n)
{
	struct apmon_parameter *p;

	if (n <= c->n_parameters)
		return true;
	p = realloc(c->parameters, n * sizeof(*p));
	if (p == NULL)
		return false;
	c->parameters = p;
	c->n_parameters = n;
	return true;
}

/* MonALISA passes over an empty text, and takes what comes after for nothing
   it knows. */
static size_t
collect(struct composer *c, const struct group *g)
{
	const struct farm_series *s;
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct farm_value *v = &g->values[i];

		s = farm_series_info(g->host, v->series);
		if ((v->type == FARM_TEXT && v->length == 0) ||
		    !apmon_parameter_of(slice_of(s->parameter), v,
			c->options->exact, &c->parameters[n])) {
			composer_unsaid(c, g, v, UNSAID_VALUE, NULL);
			continue;
		}
		c->parameters[n++].value.series = v->series;
	}
	return n;
}

/* Seconds that MonALISA takes for a time. */
static int32_t
time_of(const struct composer *c, const struct group *g)
{
	int64_t s = g->record->time_ns / NS_PER_S;

	return c->options->times && s > 0 && s <= INT32_MAX ? (int32_t)s : 0;
}

/* What did not go in is to blame, or all if the head did not. */
static size_t
pass_over(struct composer *c, const struct group *g,
    const struct apmon_message *m, size_t next, const struct error *err)
{
	size_t end = next < m->n ? next + 1 : m->n;

	if (next == m->n)
		next = 0;
	for (; next < end; next++)
		composer_unsaid(
		    c, g, &m->parameters[next].value, UNSAID_LARGE, err);
	return end;
}

static int
apmon_put(struct composer *c, const struct group *g)
{
	size_t limit = c->outgoing.limit, next = 0, first;
	struct apmon_message m;
	struct error err;
	ssize_t size;
	char *to;

	if (!reserve(c, g->n))
		return -1;
	m = (struct apmon_message){
		.cluster = slice_of(g->of->cluster),
		.node = slice_of(g->of->node),
		.parameters = c->parameters,
		.n = collect(c, g),
		.time_s = time_of(c, g),
	};
	while (next < m.n) {
		first = next;
		to = buffer_room(&c->outgoing.bytes, limit);
		if (to == NULL)
			return -1;
		size = apmon_encode(&c->sender, &m, &next, to, limit, &err);
		if (size < 0) {
			next = pass_over(c, g, &m, next, &err);
			continue;
		}
		buffer_added(&c->outgoing.bytes, (size_t)size);
		if (composer_end(c, g, g->values, next - first) != 0)
			return -1;
	}
	return 0;
}

const struct format_ops format_apmon = {
	.name = "apmon",
	.port = APMON_PORT,
	.timed = true,
	.alone = true,
	.put = apmon_put,
};
