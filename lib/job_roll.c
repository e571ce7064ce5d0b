/* Jobs by their names: a table that grows with them, in one arena. */
#include "job_roll.h"

#define HEADS_FIRST 1024

struct job_roll *
job_roll_new(struct arena *arena, size_t max)
{
	struct job_roll *r = arena_alloc(arena, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->arena = arena;
	r->max = max;
	r->last = &r->first;
	r->n_heads = HEADS_FIRST;
	r->heads = arena_array(arena, r->n_heads, sizeof(*r->heads));
	hash_key_draw(&r->key);
	return r->heads != NULL ? r : NULL;
}

static uint64_t
hash_of(const struct job_roll *r, const struct job *j)
{
	uint64_t hash = hash_bytes(&r->key, 0, j->id.text, j->id.length);

	return hash_bytes(&r->key, hash, &j->task, sizeof(j->task));
}

static bool
is_same(const struct job *a, const struct job *b)
{
	return a->task == b->task && a->id.length == b->id.length &&
	       memcmp(a->id.text, b->id.text, a->id.length) == 0;
}

static struct job_entry *
find(const struct job_roll *r, uint64_t hash, const struct job *j)
{
	struct job_entry *e = r->heads[hash & (r->n_heads - 1)];

	while (e != NULL && (e->hash != hash || !is_same(&e->job, j)))
		e = e->chain;
	return e;
}

const struct job_entry *
job_roll_find(const struct job_roll *r, const struct job *j)
{
	return find(r, hash_of(r, j), j);
}

static void
link_in(struct job_roll *r, struct job_entry *e)
{
	struct job_entry **head = &r->heads[e->hash & (r->n_heads - 1)];

	e->chain = *head;
	*head = e;
}

/* The old heads stay behind in the arena: a third of the new ones. */
static void
grow(struct job_roll *r)
{
	struct job_entry **heads = arena_array(
	    r->arena, 4 * r->n_heads, sizeof(*heads));
	struct job_entry *e;

	if (heads == NULL)
		return; /* longer chains, no more */
	r->heads = heads;
	r->n_heads *= 4;
	for (e = r->first; e != NULL; e = e->next)
		link_in(r, e);
}

static void
keep(struct job_roll *r, struct slice *text)
{
	char *copy = arena_strndup(r->arena, text->text, text->length);

	r->failed |= copy == NULL;
	*text = (struct slice){ copy, copy != NULL ? text->length : 0 };
}

static void
keep_texts(struct job_roll *r, struct job *j)
{
	keep(r, &j->id);
	keep(r, &j->queue);
	keep(r, &j->user);
	keep(r, &j->group);
	keep(r, &j->node);
}

void
job_roll_add(struct job_roll *r, const struct job *j)
{
	struct job_entry *e;
	uint64_t hash;

	if (j->id.length == 0)
		return;
	hash = hash_of(r, j);
	e = find(r, hash, j);
	if (e != NULL) {
		e->job.state = j->state;
		return;
	}
	if (r->n == r->max) {
		r->left_out++;
		return;
	}
	if (r->n == r->n_heads)
		grow(r);
	e = arena_alloc(r->arena, sizeof(*e));
	if (e == NULL) {
		r->failed = true;
		return;
	}
	e->hash = hash;
	e->job = *j;
	keep_texts(r, &e->job);
	link_in(r, e);
	*r->last = e;
	r->last = &e->next;
	r->n++;
}
