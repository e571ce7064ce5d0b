#include "store.h"

#include "cache.h"
#include "predicate.h"
#include "resample.h"
#include "windowed.h"

/* One reading. */
struct reading {
	const struct store_question *question;
	store_fn *each;
	void *context;
	int64_t from_ns;
	const struct matcher *matcher; /* of what is read */
	struct resample *slots;        /* NULL: points go on as they are */
	struct windowed *windows;      /* NULL: likewise */
	bool recent;
	bool overlap;
	bool enough;
	uint64_t until; /* a position */
};

static bool
give(void *context, const struct farm_series *s,
    const struct history_point *point)
{
	struct reading *r = context;

	r->enough = !r->each(r->context, s, point, r->recent);
	return !r->enough;
}

static bool
pass_on(void *context, const struct farm_series *s,
    const struct history_point *point)
{
	struct reading *r = context;

	if (r->windows == NULL)
		return give(r, s, point);
	return windowed_add(
	    r->windows, s, point, r->slots == NULL && r->recent && r->overlap);
}

/* Writers of before there were levels answer with values all the same. */
static bool
is_of_level(const struct store_question *q, const struct history_point *point)
{
	return q->level_ns <= 0 || (point->average != NULL &&
				       point->average->span_ns == q->level_ns);
}

static bool
take_point(void *context, const struct farm_series *s,
    const struct history_point *point)
{
	struct reading *r = context;

	if (!is_of_level(r->question, point))
		return true;
	if (r->slots == NULL)
		return pass_on(r, s, point);
	return resample_add(r->slots, s, point, r->recent && r->overlap);
}

static bool
take_recent(void *context, const struct farm_series *s,
    const struct cache_point *points, size_t n)
{
	const struct reading *r = context;
	struct history_point point = { .average = NULL };
	size_t i;

	for (i = 0; i < n; i++) {
		if (points[i].position > r->until)
			continue;
		point.time_ns = points[i].time_ns;
		point.value = points[i].value;
		if (!take_point(context, s, &point))
			return false;
	}
	return true;
}

/* The store up to the position that it has reached; if it cannot answer,
   memory must do. */
static uint64_t
read_stored(struct farm *farm, struct reading *r, struct store_answer *answer)
{
	const struct store_question *q = r->question;
	struct farm_predicate p = *q->predicate;
	uint64_t through = 0;

	p.step_ns = q->step_ns;
	p.level_ns = q->level_ns;
	if (deliver_history(farm->deliver, &p, r->from_ns, q->to_ns,
		q->deadline_mono_ns, take_point, r, &through, &answer->overlap,
		&answer->why) == 0)
		return through;
	answer->failed = true;
	return 0;
}

/* If memory had to give up points that the store did not give, there is a gap.
 */
static void
read_recent(struct farm *farm, struct reading *r, uint64_t through,
    struct store_answer *answer)
{
	const struct store_question *q = r->question;

	answer->gap = (through > 0 || answer->failed) &&
		      cache_whole_after(farm->cache, r->matcher) > through;
	r->recent = true;
	r->overlap = answer->overlap;
	answer->through = through > q->until ? through : q->until;
	r->until = q->until == 0 ? UINT64_MAX : answer->through;
	cache_recent(farm->cache, r->matcher, r->from_ns, q->to_ns, through,
	    take_recent, r);
}

/* -1: memory is out. */
static int
read_all(struct farm *farm, struct reading *r, struct store_answer *answer)
{
	const struct store_question *q = r->question;
	uint64_t through;

	if (q->step_ns > 0) {
		r->slots = resample_new(q->step_ns, pass_on, r);
		if (r->slots == NULL)
			return -1;
	}
	through = read_stored(farm, r, answer);
	if (!r->enough && q->level_ns <= 0)
		read_recent(farm, r, through, answer);
	if (r->slots != NULL && !r->enough)
		resample_end(r->slots, q->to_ns);
	return r->slots != NULL && resample_failed(r->slots) ? -1 : 0;
}

/* Windows look back beyond the beginning, on all values there are. */
static int
read_windowed(struct farm *farm, struct reading *r, struct store_answer *answer)
{
	const struct store_question *q = r->question;
	int64_t window_ns = matcher_window_ns(q->matcher);
	struct farm_predicate names = *q->predicate;
	struct matcher *matcher;
	int rc = -1;

	names.n_constraints = 0;
	if (matcher_new(&matcher, &names, 1, NULL) != 0)
		return -1;
	r->matcher = matcher;
	r->from_ns = q->from_ns < INT64_MIN + window_ns
			 ? INT64_MIN
			 : q->from_ns - window_ns;
	r->windows = windowed_new(q->matcher, q->from_ns, give, r);
	if (r->windows != NULL && read_all(farm, r, answer) == 0 &&
	    !windowed_failed(r->windows))
		rc = 0;
	windowed_free(r->windows);
	matcher_free(matcher);
	return rc;
}

int
store_read(struct farm *farm, const struct store_question *q, store_fn *each,
    void *context, struct store_answer *answer)
{
	struct reading r = {
		.question = q,
		.each = each,
		.context = context,
		.from_ns = q->from_ns,
		.matcher = q->matcher,
	};
	int rc;

	*answer = (struct store_answer){ .gap = false };
	if (matcher_windowed(q->matcher))
		rc = read_windowed(farm, &r, answer);
	else
		rc = read_all(farm, &r, answer);
	resample_free(r.slots);
	return rc;
}
