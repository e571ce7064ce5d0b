#include "pieces.h"

#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------- pieces -- */

struct piece *
piece_new(const struct buffer *bytes, size_t n)
{
	struct piece *p = calloc(
	    1, sizeof(*p) + n * sizeof(p->places[0]) + bytes->size);
	char *copy;

	if (p == NULL)
		return NULL;
	copy = (char *)&p->places[n];
	memcpy(copy, bytes->data, bytes->size);
	p->bytes = copy;
	p->size = bytes->size;
	p->users = 1;
	for (size_t i = 0; i < n; i++)
		p->places[i].piece = p;
	return p;
}

void
piece_release(struct piece *p)
{
	if (p != NULL && --p->users == 0)
		free(p);
}

/* -------------------------------------------------------------- queues -- */

void
queue_init(struct queue *q)
{
	*q = (struct queue){ .last = &q->first };
}

void
queue_add(struct queue *q, struct place *at)
{
	at->next = NULL;
	*q->last = at;
	q->last = &at->next;
	q->size += at->piece->size;
	q->n++;
}

void
queue_put(struct queue *q, struct place *at)
{
	at->piece->users++;
	queue_add(q, at);
}

struct place *
queue_take(struct queue *q)
{
	struct place *at = q->first;

	q->first = at->next;
	if (q->first == NULL)
		q->last = &q->first;
	q->size -= at->piece->size;
	q->n--;
	return at;
}

void
queue_drop_first(struct queue *q)
{
	piece_release(queue_take(q)->piece);
}

void
queue_drop_last(struct queue *q)
{
	struct place **link = &q->first;
	struct place *at;

	while ((*link)->next != NULL)
		link = &(*link)->next;
	at = *link;
	*link = NULL;
	q->last = link;
	q->size -= at->piece->size;
	q->n--;
	piece_release(at->piece);
}

void
queue_clear(struct queue *q)
{
	while (q->first != NULL)
		queue_drop_first(q);
}

void
queue_prepend(struct queue *q, struct queue *other)
{
	if (other->first == NULL)
		return;
	*other->last = q->first;
	if (q->first == NULL)
		q->last = other->last;
	q->first = other->first;
	q->size += other->size;
	q->n += other->n;
	queue_init(other);
}

size_t
queue_memory(const struct queue *q)
{
	return q->size + q->n * (sizeof(struct piece) + sizeof(struct place));
}
