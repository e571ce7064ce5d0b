/* Single values: with the first GetBulk of a poll if they can, else by their
   own names. */
#include <string.h>

#include "clock.h"
#include "poll.h"

/* The number of sysUpTime, which every poll asks for. */
#define UPTIME UINT32_MAX
/* What riders may take of a question. */
#define RIDERS_BYTES 500
/* The ticks wrap after 497 days; this is how late an answer may come. */
#define WRAP_TICKS (100u * 600u)

static const uint8_t uptime_oid[] = { 0x2b, 6, 1, 2, 1, 1, 3, 0 };

static struct ber_bytes
uptime_name(bool before)
{
	return (struct ber_bytes){ uptime_oid, sizeof(uptime_oid) - before };
}

static const struct plan_source *
source_of(const struct poll *p, size_t i)
{
	const struct plan_value *v = &p->shared->plan->scalars[i];

	return poll_has(p, SET_FALLBACK, i) ? &v->fallback : &v->source;
}

/* What the device did not have a moment ago is not asked for each time. */
static bool
is_due(const struct poll *p, size_t i)
{
	return !poll_has(p, SET_GOT, i) &&
	       (p->recheck || !poll_has(p, SET_MISSING, i));
}

/* -------------------------------------------------------------- uptime -- */

/* True unless the device has begun anew since it was asked last. */
static bool
take_uptime(struct poll *p, uint32_t ticks)
{
	struct reader *r = p->reader;
	int64_t passed = (p->time_ns - r->ticks_ns) / (NS_PER_S / 100);
	bool known = r->ticks_ns != 0, wrapped;

	wrapped = (uint64_t)r->ticks + (uint64_t)(passed > 0 ? passed : 0) +
		      WRAP_TICKS >
		  UINT32_MAX;
	p->uptime = true;
	p->restarted = known && ticks < r->ticks && !wrapped;
	r->epoch += p->restarted;
	r->ticks = ticks;
	r->ticks_ns = p->time_ns;
	return !p->restarted;
}

static bool
is_ticks(const struct ber_value *v)
{
	return v->tag == BER_TIMETICKS && v->number <= UINT32_MAX;
}

/* -------------------------------------------------------------- riding -- */

void
scalars_ride(struct poll *p)
{
	const struct plan *plan = p->shared->plan;
	struct ask *a = &p->ask;
	size_t i;

	ask_add(a, UPTIME, uptime_name(true), (struct ber_bytes){ NULL, 0 });
	for (i = 0; i < plan->n_scalars && ask_size(a) < RIDERS_BYTES; i++)
		if (is_due(p, i))
			ask_add(a, (uint32_t)i, source_of(p, i)->before,
			    (struct ber_bytes){ NULL, 0 });
	a->riders = a->n;
}

static bool
is_name(const struct snmp_varbind *v, struct ber_bytes name)
{
	return v->name.size == name.size &&
	       memcmp(v->name.data, name.data, name.size) == 0 &&
	       !value_is_none(&v->value);
}

bool
scalars_rode(struct poll *p, struct ber *varbinds)
{
	struct snmp_varbind v;
	uint32_t about;
	size_t i;

	for (i = 0; i < p->ask.riders; i++) {
		if (snmp_varbind_next(varbinds, &v, NULL) <= 0)
			break;
		about = p->ask.about[i];
		if (about != UPTIME && is_name(&v, source_of(p, about)->oid))
			poll_put_scalar(p, about, &v.value);
		else if (about == UPTIME && is_name(&v, uptime_name(false)) &&
			 is_ticks(&v.value))
			take_uptime(p, (uint32_t)v.value.number);
	}
	return !p->restarted;
}

/* -------------------------------------------------------- by their names -- */

static void
name_scalar(struct poll *p, const struct want *want)
{
	ask_add(&p->ask, want->what,
	    want->what == UPTIME ? uptime_name(false)
				 : source_of(p, want->what)->oid,
	    (struct ber_bytes){ NULL, 0 });
}

/* It has not the one: then perhaps the other. */
static void
turn_to_fallback(struct poll *p, size_t i)
{
	bool turned = poll_has(p, SET_FALLBACK, i);

	if (p->shared->plan->scalars[i].fallback.oid.size == 0)
		return;
	poll_set(p, SET_FALLBACK, i, !turned);
	if (!turned)
		get_add(&p->get, (uint32_t)i, 0);
}

static void
take_scalar(
    struct poll *p, const struct want *want, const struct snmp_varbind *v)
{
	if (want->what == UPTIME) {
		if (v != NULL && is_ticks(&v->value))
			take_uptime(p, (uint32_t)v->value.number);
	} else if (v != NULL)
		poll_put_scalar(p, want->what, &v->value);
	else
		turn_to_fallback(p, want->what);
}

bool
scalars_want(struct poll *p)
{
	size_t i;

	get_begin(&p->get, name_scalar, take_scalar);
	if (!p->uptime && get_add(&p->get, UPTIME, 0) != 0)
		return false;
	p->uptime = true;
	for (i = 0; i < p->shared->plan->n_scalars; i++)
		if (is_due(p, i) && get_add(&p->get, (uint32_t)i, 0) != 0)
			return false;
	return p->get.n > 0;
}
