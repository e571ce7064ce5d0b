/*
 * levels_read.c - which level answers for which time: each slot once, none
 * left out.
 */
#include "levels.h"

static int64_t
ceiling(int64_t time_ns, int64_t step_ns)
{
	return -level_floor(-time_ns, step_ns);
}

/*
 * Where level i gives way to what is finer: at the first slot of which all of
 * that is kept; if the level is fine enough for who asks, as late as it has
 * come.
 */
static int64_t
end_of(const struct levels *l, size_t i, int64_t step_ns)
{
	const struct sql_level *lv = &l->items[i];
	int64_t end_ns = ceiling(
	    i == 0 ? l->raw_cut_ns : l->items[i - 1].cut_ns, lv->step_ns);

	if (lv->step_ns <= step_ns && step_ns % lv->step_ns == 0 &&
	    lv->done_ns > end_ns)
		end_ns = lv->done_ns;
	return end_ns;
}

static void
add_span(struct levels_plan *p, size_t level, int64_t first_ns, int64_t end_ns)
{
	if (first_ns >= end_ns)
		return;
	p->spans[p->n].level = level;
	p->spans[p->n].first_ns = first_ns;
	p->spans[p->n++].end_ns = end_ns;
}

static void
plan_one(const struct levels *l, struct question *q, int64_t end_ns,
    int64_t level_ns, struct levels_plan *ret)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->items[i].step_ns == level_ns)
			add_span(ret, i, q->first_ns, end_ns);
	}
	q->first_ns = INT64_MAX;
	q->last_ns = INT64_MIN;
}

void
levels_plan(const struct levels *l, struct question *q, int64_t step_ns,
    int64_t level_ns, struct levels_plan *ret)
{
	int64_t end_ns = q->last_ns == INT64_MAX ? INT64_MAX : q->last_ns + 1;
	int64_t first_ns = q->first_ns, until_ns;

	ret->n = 0;
	q->texts_before_ns = INT64_MIN;
	if (level_ns > 0)
		plan_one(l, q, end_ns, level_ns, ret);
	if (level_ns != 0)
		return;
	for (size_t i = l->n; i-- > 0;) {
		until_ns = end_of(l, i, step_ns);
		if (until_ns > end_ns)
			until_ns = end_ns;
		add_span(ret, i, first_ns, until_ns);
		if (until_ns > first_ns)
			first_ns = until_ns;
	}
	if (l->n > 0)
		q->texts_before_ns = first_ns;
}
