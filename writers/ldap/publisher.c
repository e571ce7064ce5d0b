#include "publisher.h"

#include "clock.h"

/* An entry that is said to be missing and to be there in turns is refused
   after so many tries. */
#define TRIES_MAX 6

enum { NOTHING, ADDING, REPLACING, DELETING, REFRESHING };

/* --------------------------------------------------------- its measure -- */

static void
fill(struct publisher *p, int64_t now_ns)
{
	double passed = (double)(now_ns - p->filled_ns) / (double)NS_PER_S;

	if (p->filled_ns == 0 || passed > 1)
		passed = 1;
	p->filled_ns = now_ns;
	p->tokens += passed * p->rate;
	if (p->tokens > p->rate)
		p->tokens = p->rate < 1 ? 1 : p->rate;
}

static bool
has_room(const struct publisher *p)
{
	return p->tokens >= 1 &&
	       directory_under_way(p->directory) < DIRECTORY_WINDOW;
}

/* ---------------------------------------------------------- one entry -- */

static int
begin(struct publisher *p, struct entry *e, int what, struct error *err)
{
	struct directory *d = p->directory;
	struct arena *arena = arena_new(0);
	struct attributes as = { NULL, 0 };
	int rc = arena == NULL ? -1 : 0;

	if (rc == 0 && what == ADDING)
		rc = content_whole(&p->content, e, arena, &as);
	else if (rc == 0 && what == REPLACING)
		rc = content_changing(&p->content, e, arena, &as);
	if (rc != 0) {
		arena_free(arena);
		return error_set(err, "out of memory");
	}
	if (what == REPLACING && as.n == 0) {
		arena_free(arena);
		tree_written(p->tree, e, clock_mono_ns());
		return 0;
	}
	e->under_way = what;
	p->tokens--;
	if (what == ADDING)
		rc = directory_add(d, e->dn, &as, e, err);
	else if (what == REPLACING)
		rc = directory_replace(d, e->dn, &as, e, err);
	else if (what == DELETING)
		rc = directory_delete(d, e->dn, e, err);
	else
		rc = directory_refresh(d, e->dn, p->ttl_s, e, err);
	arena_free(arena);
	return rc;
}

/* One is told at a time; another has its turn again. */
static void
refuse(struct publisher *p, struct entry *e, const struct error *why)
{
	if (p->refused) {
		tree_requeue(p->tree, e);
		return;
	}
	p->refused = true;
	p->refused_since = e->since;
	p->why = *why;
	(void)error_prefix(&p->why, "%s", e->dn);
	e->presence = ENTRY_UNKNOWN;
	if (e->doomed)
		tree_gone(p->tree, e);
	else
		tree_written(p->tree, e, clock_mono_ns());
}

/* Those above it may have gone as well. */
static void
miss(struct publisher *p, struct entry *e)
{
	e->presence = ENTRY_MISSING;
	for (struct entry *above = e->parent; above != NULL;
	     above = above->parent)
		above->presence = ENTRY_UNKNOWN;
	if (!e->changed && e->readings != NULL)
		tree_again(p->tree, e);
	else
		tree_requeue(p->tree, e);
}

static void
settle(struct publisher *p, struct entry *e)
{
	int64_t now_ns = clock_mono_ns();

	switch (e->under_way) {
	case DELETING:
		tree_gone(p->tree, e);
		return;
	case REFRESHING:
		e->refreshed_ns = now_ns;
		break;
	case ADDING:
		e->made = true;
		e->refreshed_ns = 0; /* it has the server's own time to live */
		tree_written(p->tree, e, now_ns);
		break;
	default:
		tree_written(p->tree, e, now_ns);
	}
	e->presence = ENTRY_THERE;
	e->under_way = NOTHING;
}

static void
take_answer(struct publisher *p, struct entry *e, enum answer answer,
    const struct error *why)
{
	int what = e->under_way;

	if (answer == ANSWER_DONE ||
	    (what == DELETING && answer == ANSWER_MISSING)) {
		settle(p, e);
		return;
	}
	e->under_way = NOTHING;
	if (answer == ANSWER_FAILED) {
		tree_requeue(p->tree, e);
	} else if (answer == ANSWER_REFUSED || answer == ANSWER_PARENT ||
		   ++e->tries > TRIES_MAX) {
		refuse(p, e, why);
	} else if (answer == ANSWER_THERE) {
		e->presence = ENTRY_THERE;
		tree_again(p->tree, e);
	} else {
		miss(p, e);
	}
}

/* One answer, or all that is under way is lost. */
static int
wait_for_one(struct publisher *p, struct error *err)
{
	struct error why = { .text = "" };
	enum answer answer;
	void *cookie;

	answer = directory_answer(p->directory, &cookie, &why);
	if (cookie != NULL)
		take_answer(p, cookie, answer, &why);
	return answer == ANSWER_FAILED ? error_set(err, "%s", why.text) : 0;
}

/* ------------------------------------------------------ those above it -- */

static int
drain(struct publisher *p, struct error *err)
{
	while (directory_under_way(p->directory) > 0)
		if (wait_for_one(p, err) != 0)
			return -1;
	return 0;
}

/* An entry that others stand below, one operation after the other: a server
   may do two at once in any order. */
static int
need_above(struct publisher *p, struct entry *e, struct error *err)
{
	if (e == NULL || e->presence == ENTRY_THERE)
		return 0;
	if (need_above(p, e->parent, err) != 0 || drain(p, err) != 0)
		return -1;
	if (begin(p, e, ADDING, err) != 0 || drain(p, err) != 0)
		return -1;
	if (e->presence == ENTRY_THERE)
		return 0;
	if (p->refused)
		return error_set(err, "%s", p->why.text);
	return error_set(err, "%s: there is nothing that %s could stand below",
	    directory_url(p->directory), e->dn);
}

/* Replaced, if it may be there. */
static int
manner_of(const struct entry *e)
{
	if (e->presence == ENTRY_MISSING)
		return ADDING;
	if (e->presence == ENTRY_THERE || e->written_ns != 0)
		return REPLACING;
	return e->parent != NULL && e->parent->made ? ADDING : REPLACING;
}

static int
begin_next(struct publisher *p, struct entry *e, struct error *err)
{
	if (e->doomed)
		return begin(p, e, DELETING, err);
	if (need_above(p, e->parent, err) != 0) {
		tree_requeue(p->tree, e);
		return -1;
	}
	return begin(p, e, manner_of(e), err);
}

/* ------------------------------------------------------------ the whole -- */

/* Three times in its time to live. */
static bool
needs_refresh(const struct publisher *p, const struct entry *e, int64_t now_ns)
{
	return p->ttl_s > 0 && e->presence == ENTRY_THERE &&
	       e->under_way == NOTHING && !e->doomed &&
	       now_ns - e->refreshed_ns >= p->ttl_s * NS_PER_S / 3;
}

static int
refresh(struct publisher *p, int64_t now_ns, struct error *err)
{
	struct entry *e, *next;

	for (e = tree_first(p->tree); p->ttl_s > 0 && e != NULL; e = next) {
		next = e->next;
		if (!needs_refresh(p, e, now_ns))
			continue;
		if (p->tokens < 1)
			break;
		if (!has_room(p) && drain(p, err) != 0)
			return -1;
		if (begin(p, e, REFRESHING, err) != 0)
			return -1;
	}
	return drain(p, err);
}

static void
rewrite(struct publisher *p, int64_t now_ns)
{
	struct entry *e;

	if (p->rewrite_ns == 0)
		return;
	for (e = tree_first(p->tree); e != NULL; e = e->next)
		if (!e->changed && e->readings != NULL &&
		    now_ns - e->written_ns >= p->rewrite_ns)
			tree_again(p->tree, e);
}

static int
write_due(struct publisher *p, struct error *err)
{
	struct entry *e;

	for (;;) {
		while (!p->refused && has_room(p) &&
		       (e = tree_next(p->tree, clock_mono_ns())) != NULL)
			if (begin_next(p, e, err) != 0)
				return -1;
		if (directory_under_way(p->directory) == 0)
			return 0;
		if (wait_for_one(p, err) != 0)
			return -1;
	}
}

/* After a lost connection nobody knows what became of it. */
static void
take_back(struct publisher *p)
{
	struct entry *e;

	for (e = tree_first(p->tree); e != NULL; e = e->next) {
		if (e->under_way == NOTHING)
			continue;
		if (e->under_way != REFRESHING)
			tree_requeue(p->tree, e);
		e->under_way = NOTHING;
	}
}

int
publish(struct publisher *p, struct error *err)
{
	int64_t now_ns = clock_mono_ns();
	int rc;

	p->refused = false;
	fill(p, now_ns);
	rewrite(p, now_ns);
	tree_wake(p->tree, now_ns);
	rc = refresh(p, now_ns, err);
	if (rc == 0)
		rc = write_due(p, err);
	/* What was added just now has a time to live that is the server's. */
	if (rc == 0)
		rc = refresh(p, clock_mono_ns(), err);
	if (rc != 0 && directory_is_connected(p->directory))
		directory_disconnect(p->directory);
	if (rc != 0)
		take_back(p);
	return rc;
}
