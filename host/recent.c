#include "recent.h"

#include <stdlib.h>
#include <string.h>

/* Three words a point; what is shorter stands in arrays of its own. */
struct point {
	int64_t time_ns;
	uint64_t position;
	union {
		uint64_t bits;
		char *text; /* malloc'd */
	};
};

/* 256 bytes: adding a point touches the first line of the cache and one more.
 */
struct block {
	int64_t newest_mono_ns;
	uint32_t series;
	uint32_t next;  /* of the series, or free */
	uint32_t newer; /* of all */
	uint32_t n;
	uint16_t lengths[RECENT_BLOCK];
	uint8_t types[RECENT_BLOCK];
	uint8_t reserved[16];
	struct point points[RECENT_BLOCK];
};
_Static_assert(sizeof(struct block) == 256, "blocks are lines of the cache");

void
recent_init(struct recent *r, size_t bound, int64_t age_ns,
    struct recent_list *(*list)(void *context, uint32_t series), void *context)
{
	*r = (struct recent){
		.blocks = { .item = sizeof(struct block) },
		.n_blocks = 1,
		.bound = bound,
		.age_ns = age_ns,
		.list = list,
		.context = context,
	};
}

static struct block *
block_at(const struct recent *r, uint32_t number)
{
	return column_at(&r->blocks, number);
}

static void
forget_points(struct recent *r, struct block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		if (b->points[i].position > r->given_up_position)
			r->given_up_position = b->points[i].position;
		if (b->types[i] != FARM_TEXT)
			continue;
		r->bytes -= b->lengths[i];
		free(b->points[i].text);
	}
	r->points -= b->n;
	r->given_up += b->n;
	b->n = 0;
}

void
recent_destroy(struct recent *r)
{
	for (uint32_t i = r->oldest; i != 0; i = block_at(r, i)->newer)
		forget_points(r, block_at(r, i));
	column_free(&r->blocks);
}

/* The oldest block of all is the first of its series too: blocks are made in
   one order. */
static void
give_up_oldest(struct recent *r)
{
	uint32_t number = r->oldest;
	struct block *b = block_at(r, number);
	struct recent_list *list;

	r->oldest = b->newer;
	if (r->oldest == 0)
		r->newest = 0;
	if (b->series != 0) {
		list = r->list(r->context, b->series);
		list->first = b->next;
		if (list->first == 0)
			list->last = 0;
	}
	forget_points(r, b);
	r->bytes -= sizeof(*b);
	b->next = r->free;
	r->free = number;
}

static uint32_t
block_new(struct recent *r, uint32_t series)
{
	uint32_t number = r->free;
	struct block *b;

	if (number != 0) {
		b = block_at(r, number);
		r->free = b->next;
	} else {
		b = column_need(&r->blocks, r->n_blocks);
		if (b == NULL)
			return 0;
		number = r->n_blocks++;
	}
	b->series = series;
	b->next = 0;
	b->newer = 0;
	b->n = 0;
	r->bytes += sizeof(*b);
	if (r->newest != 0)
		block_at(r, r->newest)->newer = number;
	else
		r->oldest = number;
	r->newest = number;
	return number;
}

/* The block that takes the next point of the series; NULL if memory is out. */
static struct block *
open_block(struct recent *r, struct recent_list *list, uint32_t series)
{
	struct block *b;
	uint32_t number;

	if (list->last != 0) {
		b = block_at(r, list->last);
		if (b->n < RECENT_BLOCK)
			return b;
	}
	while (r->oldest != 0 && r->bytes + sizeof(*b) > r->bound)
		give_up_oldest(r);
	if (sizeof(*b) > r->bound)
		return NULL;
	number = block_new(r, series);
	if (number == 0)
		return NULL;
	if (list->last != 0)
		block_at(r, list->last)->next = number;
	else
		list->first = number;
	list->last = number;
	return block_at(r, number);
}

static void
refuse(struct recent *r, uint64_t position)
{
	r->given_up++;
	if (position > r->given_up_position)
		r->given_up_position = position;
}

void
recent_foresee(const struct recent *r, const struct recent_list *list)
{
	__builtin_prefetch(block_at(r, list->last), 1);
}

void
recent_foresee_point(const struct recent *r, const struct recent_list *list)
{
	const struct block *b = block_at(r, list->last);

	if (b != NULL && b->n < RECENT_BLOCK)
		__builtin_prefetch(&b->points[b->n], 1);
}

void
recent_add(struct recent *r, struct recent_list *list,
    const struct farm_value *v, int64_t time_ns, uint64_t position,
    int64_t mono_ns)
{
	struct point p = { .time_ns = time_ns, .position = position };
	struct block *b;

	if (v->type == FARM_TEXT) {
		if (v->length > r->bound)
			return refuse(r, position);
		while (r->oldest != 0 && r->bytes + v->length > r->bound)
			give_up_oldest(r);
		p.text = malloc(v->length + 1u);
		if (p.text == NULL)
			return refuse(r, position);
		memcpy(p.text, v->text, v->length);
		p.text[v->length] = '\0';
	} else {
		p.bits = v->uint64;
	}
	b = open_block(r, list, v->series);
	if (b == NULL) {
		if (v->type == FARM_TEXT)
			free(p.text);
		return refuse(r, position);
	}
	if (v->type == FARM_TEXT)
		r->bytes += v->length;
	b->points[b->n] = p;
	b->types[b->n] = v->type;
	b->lengths[b->n] = v->length;
	b->newest_mono_ns = mono_ns;
	b->n++;
	r->points++;
}

/* Blocks of a dropped series stay in the list of all, empty, until their turn
   comes: nothing has to be searched for. */
void
recent_drop(struct recent *r, struct recent_list *list)
{
	for (uint32_t i = list->first; i != 0; i = block_at(r, i)->next) {
		forget_points(r, block_at(r, i));
		block_at(r, i)->series = 0;
	}
	*list = (struct recent_list){ .first = 0 };
}

void
recent_age(struct recent *r, int64_t mono_ns)
{
	while (r->oldest != 0) {
		const struct block *b = block_at(r, r->oldest);

		if (b->newest_mono_ns > mono_ns - r->age_ns)
			break;
		give_up_oldest(r);
	}
}

bool
recent_point(const struct recent *r, uint32_t block, unsigned i,
    struct recent_point *ret)
{
	const struct block *b = block_at(r, block);

	if (i >= b->n)
		return false;
	*ret = (struct recent_point){
		.time_ns = b->points[i].time_ns,
		.position = b->points[i].position,
		.value = { .series = b->series, .type = b->types[i] },
	};
	ret->value.length = b->lengths[i];
	if (b->types[i] == FARM_TEXT)
		ret->value.text = b->points[i].text;
	else
		ret->value.uint64 = b->points[i].bits;
	return true;
}

uint32_t
recent_next(const struct recent *r, uint32_t block)
{
	return block_at(r, block)->next;
}
