#include "apmon_sequence.h"

#include <stdbool.h>

static void
begin(struct apmon_sequence *s, uint32_t sequence)
{
	s->seen = 1;
	s->last = sequence;
	s->begun = 1;
}

static enum apmon_arrival
restart(struct apmon_sequence *s, uint32_t sequence)
{
	s->restarts++;
	begin(s, sequence);
	return APMON_ARRIVAL_RESTART;
}

static enum apmon_arrival
forward(struct apmon_sequence *s, uint32_t sequence, uint32_t distance)
{
	if (distance - 1 > APMON_SEQUENCE_GAP)
		return restart(s, sequence);
	s->seen = distance < APMON_SEQUENCE_WINDOW ? s->seen << distance | 1
						   : 1;
	s->last = sequence;
	s->lost += distance - 1;
	return distance == 1 ? APMON_ARRIVAL_NEXT : APMON_ARRIVAL_GAP;
}

static enum apmon_arrival
backward(struct apmon_sequence *s, uint32_t sequence, uint32_t distance)
{
	if (distance >= APMON_SEQUENCE_WINDOW ||
	    (sequence <= 1 && distance >= 2))
		return restart(s, sequence);
	if (s->seen >> distance & 1) {
		s->duplicates++;
		return APMON_ARRIVAL_DUPLICATE;
	}
	s->seen |= UINT64_C(1) << distance;
	s->late++;
	/* Those before the first of a row were never counted as lost. */
	if (s->lost > 0)
		s->lost--;
	return APMON_ARRIVAL_LATE;
}

enum apmon_arrival
apmon_sequence_add(struct apmon_sequence *s, uint32_t sequence)
{
	uint32_t ahead;

	sequence %= APMON_SEQUENCE_WRAP;
	s->received++;
	if (!s->begun) {
		begin(s, sequence);
		return APMON_ARRIVAL_FIRST;
	}
	/* Those that begin at 1 wrap to 1. */
	if (s->last == APMON_SEQUENCE_WRAP - 1 && sequence == 1)
		return forward(s, sequence, 1);
	ahead = (sequence + APMON_SEQUENCE_WRAP - s->last) %
		APMON_SEQUENCE_WRAP;
	if (ahead > 0 && ahead <= APMON_SEQUENCE_WRAP / 2)
		return forward(s, sequence, ahead);
	return backward(
	    s, sequence, ahead == 0 ? 0 : APMON_SEQUENCE_WRAP - ahead);
}
