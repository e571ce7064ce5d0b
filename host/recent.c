#include "recent.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* As many as 12 bits can count. */
#define SLOTS_MAX 4096u
#define SLOTS_MIN 64u
/* The log consists of at least as many chunks, and a chunk of no more than
   such a part of the age, so that little is lost with the oldest. */
#define CHUNKS_MIN 16u
#define AGE_PARTS 8
/* Ages are looked at a few times a second only. */
#define SPAN_MIN_NS (NS_PER_S / 20)

/* Of the points that follow it, up to the next head. */
struct head {
	int64_t time_ns;
	uint64_t position;
};

/* Two words a point. */
struct point {
	union {
		uint64_t bits;
		struct text *text;
	};
	uint32_t back; /* slots to the one before of its series; 0: none */
	uint16_t length;
	uint16_t head : 12; /* slot in the chunk */
	uint16_t type : 4;
};
_Static_assert(FARM_TEXT < 1 << 4, "a type fits its bits");

union slot {
	struct head head;
	struct point point;
};
_Static_assert(sizeof(union slot) == 16, "slots are full");

struct text {
	struct text *next; /* of the chunk */
	char bytes[];      /* NUL behind them */
};

struct recent_chunk {
	struct text *texts;
	size_t bytes; /* with the texts */
	int64_t begun_mono_ns;
	int64_t newest_mono_ns;
	uint64_t newest_position;
	uint32_t n;      /* slots in use */
	uint32_t points; /* those dropped left out */
	union slot slots[];
};

static size_t
chunk_size(const struct recent *r)
{
	return sizeof(struct recent_chunk) + r->n_slots * sizeof(union slot);
}

int
recent_init(struct recent *r, size_t bound, int64_t age_ns)
{
	*r = (struct recent){
		.n_slots = SLOTS_MAX,
		.oldest = 1,
		.next = 1,
		.bound = bound,
		.age_ns = age_ns,
	};
	while (r->n_slots > SLOTS_MIN && CHUNKS_MIN * chunk_size(r) > bound)
		r->n_slots /= 2;
	/* More than the bound allows there never are. */
	r->n_ring = bound / chunk_size(r) + 1;
	r->ring = calloc(r->n_ring, sizeof(*r->ring));
	return r->ring != NULL ? 0 : -1;
}

static struct recent_chunk **
place_of(const struct recent *r, uint64_t chunk)
{
	return &r->ring[chunk % r->n_ring];
}

static bool
is_empty(const struct recent *r)
{
	return r->oldest == r->next;
}

static void
note_given_up(struct recent *r, uint64_t points, uint64_t position)
{
	r->given_up += points;
	if (position > r->given_up_position)
		r->given_up_position = position;
}

static void
give_up_oldest(struct recent *r)
{
	struct recent_chunk *c = *place_of(r, r->oldest);
	struct text *next;

	for (struct text *t = c->texts; t != NULL; t = next) {
		next = t->next;
		free(t);
	}
	r->oldest++;
	r->bytes -= c->bytes;
	r->points -= c->points;
	note_given_up(r, c->points, c->newest_position);
	free(c);
}

void
recent_destroy(struct recent *r)
{
	while (!is_empty(r))
		give_up_oldest(r);
	free(r->ring);
	r->ring = NULL;
}

/* -1 if that much cannot be. */
static int
make_room(struct recent *r, size_t bytes)
{
	if (bytes > r->bound)
		return -1;
	while (r->bytes > r->bound - bytes)
		give_up_oldest(r);
	return 0;
}

static struct recent_chunk *
chunk_new(struct recent *r, int64_t mono_ns)
{
	struct recent_chunk *c;

	if (make_room(r, chunk_size(r)) != 0)
		return NULL;
	c = malloc(chunk_size(r));
	if (c == NULL)
		return NULL;
	*c = (struct recent_chunk){
		.bytes = chunk_size(r),
		.begun_mono_ns = mono_ns,
	};
	*place_of(r, r->next++) = c;
	r->bytes += c->bytes;
	return c;
}

/* No room for a head and a point, or no time. */
static bool
is_over(const struct recent *r, const struct recent_chunk *c, int64_t mono_ns)
{
	int64_t span_ns = r->age_ns / AGE_PARTS;

	if (span_ns < SPAN_MIN_NS)
		span_ns = SPAN_MIN_NS;
	return c->n + 2 > r->n_slots || mono_ns - c->begun_mono_ns > span_ns;
}

/* The chunk that takes the next point, with a head for it; NULL if memory is
   out. */
static struct recent_chunk *
open_chunk(
    struct recent *r, int64_t time_ns, uint64_t position, int64_t mono_ns)
{
	struct recent_chunk *c = NULL;
	const struct head *head;

	if (!is_empty(r)) {
		c = *place_of(r, r->next - 1);
		head = &c->slots[r->head].head;
		if (c->n < r->n_slots && head->time_ns == time_ns &&
		    head->position == position)
			return c;
	}
	if (c == NULL || is_over(r, c, mono_ns))
		c = chunk_new(r, mono_ns);
	if (c == NULL)
		return NULL;
	r->head = c->n++;
	c->slots[r->head].head = (struct head){ time_ns, position };
	if (position > c->newest_position)
		c->newest_position = position;
	return c;
}

/* Room for the text, and for a chunk beside it; NULL if there is none. */
static struct text *
text_new(struct recent *r, const struct farm_value *v)
{
	size_t size = sizeof(struct text) + v->length + 1u;
	struct text *t;

	if (make_room(r, size + chunk_size(r)) != 0)
		return NULL;
	t = malloc(size);
	if (t == NULL)
		return NULL;
	memcpy(t->bytes, v->text, v->length);
	t->bytes[v->length] = '\0';
	return t;
}

static void
text_keep(
    struct recent *r, struct recent_chunk *c, struct text *t, uint16_t length)
{
	size_t size = sizeof(*t) + length + 1u;

	t->next = c->texts;
	c->texts = t;
	c->bytes += size;
	r->bytes += size;
}

/* The first place of a chunk is a head's, so no point has number 0, nor any
   of a chunk 0. */
static uint64_t
first_number(const struct recent *r, uint64_t chunk)
{
	return chunk * r->n_slots;
}

static bool
is_there(const struct recent *r, uint64_t number)
{
	return number >= first_number(r, r->oldest);
}

static uint32_t
way_back(const struct recent *r, uint64_t number, uint64_t last)
{
	if (!is_there(r, last) || number - last > UINT32_MAX)
		return 0;
	return (uint32_t)(number - last);
}

static struct point *
append(struct recent *r, struct recent_chunk *c, uint64_t *last)
{
	uint64_t number = first_number(r, r->next - 1) + c->n;
	struct point *p = &c->slots[c->n++].point;

	p->back = way_back(r, number, *last);
	p->head = r->head & (SLOTS_MAX - 1);
	*last = number;
	c->points++;
	r->points++;
	return p;
}

void
recent_add(struct recent *r, uint64_t *last, const struct farm_value *v,
    int64_t time_ns, uint64_t position, int64_t mono_ns)
{
	bool is_text = v->type == FARM_TEXT;
	struct text *text = is_text ? text_new(r, v) : NULL;
	struct recent_chunk *c = NULL;
	struct point *p;

	if (!is_text || text != NULL)
		c = open_chunk(r, time_ns, position, mono_ns);
	if (c == NULL) {
		free(text);
		note_given_up(r, 1, position);
		return;
	}
	c->newest_mono_ns = mono_ns;
	p = append(r, c, last);
	p->type = v->type & 15;
	p->length = v->length;
	if (is_text) {
		p->text = text;
		text_keep(r, c, text, v->length);
	} else {
		p->bits = v->uint64;
	}
}

bool
recent_point(const struct recent *r, uint64_t number, struct recent_point *ret)
{
	const struct recent_chunk *c;
	const struct point *p;

	if (!is_there(r, number))
		return false;
	c = *place_of(r, number / r->n_slots);
	p = &c->slots[number % r->n_slots].point;
	*ret = (struct recent_point){
		.time_ns = c->slots[p->head].head.time_ns,
		.position = c->slots[p->head].head.position,
		.value = { .type = p->type, .length = p->length },
		.previous = p->back != 0 ? number - p->back : 0,
	};
	if (p->type == FARM_TEXT)
		ret->value.text = p->text->bytes;
	else
		ret->value.uint64 = p->bits;
	return true;
}

/* The places stay taken until their chunk goes: nothing has to be moved. */
void
recent_drop(struct recent *r, uint64_t *last)
{
	struct recent_point p;

	for (uint64_t n = *last; recent_point(r, n, &p); n = p.previous) {
		(*place_of(r, n / r->n_slots))->points--;
		r->points--;
		note_given_up(r, 1, p.position);
	}
	*last = 0;
}

void
recent_age(struct recent *r, int64_t mono_ns)
{
	while (!is_empty(r) &&
	       (*place_of(r, r->oldest))->newest_mono_ns <= mono_ns - r->age_ns)
		give_up_oldest(r);
}
