#include "device.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "family.h"
#include "place.h"

/* ------------------------------------------------------------ variants -- */

static void
variant_free(struct variant *v)
{
	if (v == NULL)
		return;
	reading_free(&v->reading);
	plan_free(v->plan);
	free(v);
}

/* The plan of what is configured, and of a set of profiles. */
static int
variant_new(struct variant **ret, struct devices *d, uint64_t set,
    struct problems *problems)
{
	struct variant *v = calloc(1, sizeof(*v));
	int status = 0;
	size_t i;

	if (v == NULL)
		return problem_at(problems, NULL, "out of memory");
	v->set = set;
	v->plan = plan_new(d->objects);
	if (v->plan == NULL)
		status = problem_at(problems, NULL, "out of memory");
	else
		status = d->fill(d, v->plan, problems);
	for (i = 0; status == 0 && i < d->profiles.n; i++)
		if (set >> i & 1)
			status = profile_add(&d->profiles.items[i], v->plan,
			    &d->defaults, problems);
	if (status != 0) {
		variant_free(v);
		return -1;
	}
	v->reading.plan = v->plan;
	*ret = v;
	return 0;
}

int
devices_plan(struct devices *d, struct problems *problems)
{
	return variant_new(&d->variants, d, 0, problems);
}

int
devices_try_profiles(struct devices *d, struct problems *problems)
{
	struct plan *plan;
	int status = 0;
	size_t i;

	for (i = 0; i < d->profiles.n; i++) {
		plan = plan_new(d->objects);
		if (plan == NULL)
			return problem_at(problems, NULL, "out of memory");
		status |= profile_add(
		    &d->profiles.items[i], plan, &d->defaults, problems);
		plan_free(plan);
	}
	return status;
}

void
devices_free(struct devices *d)
{
	struct variant *v;

	exchange_close(d->exchange);
	resolver_free(d->resolver);
	roster_free(d->roster);
	while ((v = d->variants) != NULL) {
		d->variants = v->next;
		variant_free(v);
	}
	profiles_free(&d->profiles);
	objects_free(d->objects);
}

static struct variant *
variant_of(struct devices *d, uint64_t set, struct problems *problems)
{
	struct variant *v = d->variants, *added;

	for (; v != NULL; v = v->next)
		if (v->set == set)
			return v;
	if (variant_new(&added, d, set, problems) != 0)
		return NULL;
	added->next = d->variants->next;
	d->variants->next = added;
	return added;
}

static struct reading *
reading_of(struct devices *d, struct device *n, struct farm_host *host)
{
	struct variant *v = n->variant != NULL ? n->variant : d->variants;

	v->reading.host = host;
	return &v->reading;
}

/* ------------------------------------------------------------- the end -- */

static void
leave(struct devices *d, struct device *n)
{
	if (d->turn == n)
		d->turn = n->next;
	*(n->previous != NULL ? &n->previous->next : &d->first) = n->next;
	*(n->next != NULL ? &n->next->previous : &d->last) = n->previous;
	n->next = n->previous = NULL;
	d->naming -= n->step == STEP_NAMING;
	n->step = STEP_IDLE;
	d->running--;
}

/* Nobody can be asked, or nobody answers. */
static void
fail(struct devices *d, struct farm_host *host, struct device *n,
    const char *status, const char *why)
{
	reader_absent(
	    &n->reader, reading_of(d, n, host), n->target, &n->agent, status);
	farm_done_failed(host, n->target, "%s", why);
	n->failed = true;
	leave(d, n);
}

static void
fail_answer(struct devices *d, struct farm_host *host, struct device *n,
    const struct answer *a)
{
	const char *status = outcome_text(a->outcome);

	fail(d, host, n, status, a->why.text[0] != '\0' ? a->why.text : status);
}

static void
finish(struct devices *d, struct farm_host *host, struct device *n)
{
	const char *failure;

	reading_of(d, n, host);
	failure = reader_end(&n->reader, &n->agent);
	n->failed = failure != NULL;
	if (failure != NULL) {
		n->agent.known = false;
		farm_done_failed(host, n->target, "%s", failure);
	} else
		farm_done(host, n->target);
	leave(d, n);
}

/* --------------------------------------------------------------- steps -- */

/* The next question of a poll, or its end. */
static void
read_on(struct devices *d, struct farm_host *host, struct device *n)
{
	struct question q;

	reading_of(d, n, host);
	if (d->now_ns < n->limit_ns && reader_next(&n->reader, &q))
		exchange_ask(d->exchange, &n->agent, &q, n->limit_ns);
	else
		finish(d, host, n);
}

static void
begin_reading(struct devices *d, struct farm_host *host, struct device *n)
{
	bool answered = n->step > STEP_WAITING;

	n->step = STEP_READING;
	if (reader_begin(&n->reader, reading_of(d, n, host), n->target,
		n->agent.version, answered, d->now_ns) != 0)
		fail(d, host, n, "out of memory", "out of memory");
	else
		read_on(d, host, n);
}

static void
identify(struct devices *d, struct farm_host *host, struct device *n)
{
	static const uint8_t id[] = { 0x2b, 6, 1, 2, 1, 1, 2, 0 };
	static const struct ber_bytes name = { id, sizeof(id) };
	static const struct question q = {
		.type = SNMP_GET, .names = &name, .n = 1
	};

	if (!d->identify)
		n->variant = d->variants;
	if (n->variant != NULL) {
		begin_reading(d, host, n);
		return;
	}
	n->step = STEP_IDENTIFYING;
	exchange_ask(d->exchange, &n->agent, &q, n->limit_ns);
}

static void
open_agent(struct devices *d, struct farm_host *host, struct device *n)
{
	if (!n->joined && exchange_join(d->exchange, &n->agent) != 0) {
		fail(d, host, n, "out of memory", "out of memory");
		return;
	}
	n->joined = true;
	if (n->agent.known) {
		identify(d, host, n);
		return;
	}
	n->step = STEP_FINDING;
	exchange_find(
	    d->exchange, &n->agent, n->failed ? 1 : d->tries, n->limit_ns);
}

static void
explain_id(struct devices *d, struct farm_host *host, struct device *n,
    struct ber_bytes id)
{
	struct buffer text = BUFFER_INIT;

	buffer_puts(&text, "no profile fits its sysObjectID ");
	oid_print(&text, id);
	fail(d, host, n, "no profile", buffer_text(&text));
	buffer_free(&text);
}

/* What the device is says what is read of it. */
static void
identified(struct devices *d, struct farm_host *host, struct device *n,
    const struct answer *a)
{
	struct problems problems = PROBLEMS_INIT;
	struct ber varbinds = a->pdu.varbinds;
	struct snmp_varbind v = { .value = { .tag = BER_NULL } };
	struct ber_bytes id = { NULL, 0 };
	struct variant *variant;

	if (snmp_varbind_next(&varbinds, &v, NULL) > 0 &&
	    v.value.tag == BER_OID)
		id = v.value.bytes;
	variant = variant_of(d, profiles_fitting(&d->profiles, id), &problems);
	if (variant == NULL) {
		fail(d, host, n, "bad profile",
		    problems.n > 0 ? problems.items[0].text : "out of memory");
	} else if (variant->plan->n_values == 0) {
		explain_id(d, host, n, id);
	} else {
		n->variant = variant;
		begin_reading(d, host, n);
	}
	problems_free(&problems);
}

static void
take_answer(struct devices *d, struct farm_host *host, const struct answer *a)
{
	struct device *n = (struct device *)a->agent;

	switch (n->step) {
	case STEP_FINDING:
		if (a->outcome == ANSWERED) {
			roster_opened(d->roster, n->entry, n->agent.credential);
			identify(d, host, n);
		} else
			fail_answer(d, host, n, a);
		break;
	case STEP_IDENTIFYING:
		if (a->outcome == ANSWERED)
			identified(d, host, n, a);
		else {
			n->agent.known = false;
			fail_answer(d, host, n, a);
		}
		break;
	case STEP_READING:
		reading_of(d, n, host);
		if (a->outcome == TIMED_OUT && d->now_ns >= n->limit_ns)
			reader_late(&n->reader);
		else
			reader_take(&n->reader, a);
		read_on(d, host, n);
		break;
	default:
		break;
	}
}

/*
 * Answers are taken from the exchange first and acted on in the same step:
 * asking anew does not touch the bytes of the others.
 */
void
devices_answered(struct devices *d, struct farm_host *host)
{
	struct answer a;

	while (exchange_answer(d->exchange, &a))
		take_answer(d, host, &a);
}

/* ----------------------------------------------------------- addresses -- */

static void
set_address(struct devices *d, struct device *n, const union address *address,
    int family)
{
	union address now = *address;

	place_set_port(&now, family, n->port);
	if (n->agent.family == family &&
	    memcmp(&n->agent.address, &now,
		family == AF_INET ? sizeof(now.ipv4) : sizeof(now.ipv6)) == 0)
		return;
	if (n->joined)
		exchange_leave(d->exchange, &n->agent);
	n->joined = false;
	n->agent.known = false;
	n->agent.address = now;
	n->agent.family = (uint8_t)family;
}

static void
ask_address(struct devices *d, struct device *n, int64_t now_ns)
{
	bool fresh = n->agent.family != 0 &&
		     now_ns - n->named_ns < d->resolve_ns;

	if (n->host == NULL || n->query != NULL || fresh)
		return;
	n->named_ns = now_ns;
	n->query = resolver_ask(d->resolver, n->host, family_of(d->family), n);
	if (n->query == NULL)
		n->name_error = EAI_MEMORY;
}

static void
fail_name(struct devices *d, struct farm_host *host, struct device *n)
{
	struct buffer why = BUFFER_INIT;

	buffer_puts(&why, n->host);
	buffer_puts(&why, ": ");
	buffer_puts(&why, n->query != NULL
			      ? "no answer from the name server yet"
			      : gai_strerror(n->name_error));
	fail(d, host, n, "no address", buffer_text(&why));
	buffer_free(&why);
}

/* The last good address outlives a failure.  A poll under way goes on with
   the one that it began with. */
void
devices_named(struct devices *d, struct farm_host *host)
{
	struct query *q;
	struct device *n;

	d->now_ns = clock_mono_ns();
	while ((q = resolver_answer(d->resolver)) != NULL) {
		n = q->cookie;
		n->query = NULL;
		n->name_error = q->error;
		if (q->family != 0 && n->step <= STEP_WAITING)
			set_address(d, n, &q->address, q->family);
		free(q);
		if (n->step != STEP_NAMING)
			continue;
		if (n->agent.family != 0) {
			d->naming--;
			n->step = STEP_IDLE;
			open_agent(d, host, n);
		} else
			fail_name(d, host, n);
	}
}

static int
read_address(struct devices *d, struct device *n)
{
	struct place place;

	if (place_parse(&place, n->target->address, d->port) != 0)
		return -1;
	n->port = place.port;
	n->host = place.host;
	n->entry = roster_add(d->roster, n->target->node, n->target->address,
	    &n->agent.credential);
	if (place.family != 0)
		set_address(d, n, &place.address, place.family);
	return 0;
}

/* ------------------------------------------------------------- the whole -- */

void
device_begin(struct devices *d, struct farm_host *host,
    struct farm_target *target, int64_t limit_ns)
{
	struct device *n = target->state;

	if (n->target == NULL &&
	    (n->target = target, read_address(d, n)) != 0) {
		n->target = NULL;
		farm_done_failed(host, target, "%s: \"%s\" is not an address",
		    target->node, target->address);
		return;
	}
	n->limit_ns = limit_ns;
	n->next = NULL;
	n->previous = d->last;
	*(d->last != NULL ? &d->last->next : &d->first) = n;
	d->last = n;
	d->running++;
	if (d->turn == NULL)
		d->turn = n;
	ask_address(d, n, clock_mono_ns());
	if (n->agent.family != 0)
		n->step = STEP_WAITING;
	else if (n->query != NULL) {
		n->step = STEP_NAMING;
		d->naming++;
	} else
		fail_name(d, host, n);
}

void
devices_turn(struct devices *d, struct farm_host *host)
{
	struct device *n;

	while ((n = d->turn) != NULL && exchange_has_room(d->exchange)) {
		d->turn = n->next;
		if (n->step == STEP_WAITING)
			open_agent(d, host, n);
	}
}

int64_t
devices_due(const struct devices *d)
{
	int64_t due_ns = INT64_MAX;
	const struct device *n;

	for (n = d->naming > 0 ? d->first : NULL; n != NULL; n = n->next)
		if (n->step == STEP_NAMING && n->limit_ns < due_ns)
			due_ns = n->limit_ns;
	if (d->turn != NULL && exchange_has_room(d->exchange))
		return 0;
	return due_ns;
}

void
devices_late(struct devices *d, struct farm_host *host, int64_t now_ns)
{
	struct device *n, *next;

	for (n = d->naming > 0 ? d->first : NULL; n != NULL; n = next) {
		next = n->next;
		if (n->step == STEP_NAMING && n->limit_ns <= now_ns)
			fail_name(d, host, n);
	}
}

void
devices_stop(struct devices *d, struct farm_host *host)
{
	struct device *n;

	while ((n = d->first) != NULL) {
		if (n->joined)
			exchange_cancel(d->exchange, &n->agent);
		reading_of(d, n, host);
		reader_drop(&n->reader);
		leave(d, n);
	}
}

void
device_close(
    struct devices *d, struct farm_host *host, struct farm_target *target)
{
	struct device *n = target->state;

	if (n->step != STEP_IDLE)
		leave(d, n);
	if (n->query != NULL)
		resolver_drop(d->resolver, n->query);
	if (n->joined)
		exchange_leave(d->exchange, &n->agent);
	if (d->variants != NULL)
		reader_free(&n->reader, reading_of(d, n, host));
	roster_remove(d->roster, n->entry);
	free(n->host);
}
