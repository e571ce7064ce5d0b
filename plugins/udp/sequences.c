#include "sequences.h"

#include "clock.h"

/* As MonALISA's listener does it. */
#define SILENCE_NS (900 * NS_PER_S)

struct sender {
	struct apmon_sequence sequence;
	int64_t mono_ns; /* of the last */
};

struct key {
	struct place from;
	uint32_t instance;
};

int
sequences_init(struct sequences *s, size_t max)
{
	s->known = lru_new(max, sizeof(struct sender), NULL);
	return s->known == NULL ? -1 : 0;
}

void
sequences_free(struct sequences *s)
{
	lru_free(s->known, NULL);
}

static void
count(struct gaps *g, enum apmon_arrival arrival, uint64_t lost)
{
	if (arrival == APMON_ARRIVAL_GAP)
		g->missing += lost;
	g->late += arrival == APMON_ARRIVAL_LATE;
	g->restarts += arrival == APMON_ARRIVAL_RESTART;
}

enum apmon_arrival
sequences_add(struct sequences *s, const struct place *from, uint32_t instance,
    uint32_t sequence, int64_t mono_ns)
{
	struct key key = { *from, instance };
	struct sender *known = lru_find(s->known, &key, sizeof(key));
	enum apmon_arrival arrival;
	uint64_t lost;

	if (known == NULL)
		known = lru_add(s->known, &key, sizeof(key), NULL);
	if (known == NULL)
		return APMON_ARRIVAL_FIRST;
	if (mono_ns - known->mono_ns > SILENCE_NS)
		*known = (struct sender){ .mono_ns = 0 };
	known->mono_ns = mono_ns;
	lost = known->sequence.lost;
	arrival = apmon_sequence_add(&known->sequence, sequence);
	count(&s->gaps, arrival, known->sequence.lost - lost);
	return arrival;
}
