#include "source.h"

#include "clock.h"
#include "dump.h"
#include "fetch.h"

/* No series ends between two polls, nor because one failed. */
#define POLLS_OF_LIFE 3
#define LIFETIME_STEP_NS (60 * NS_PER_S)

/* The shorter of the last two periods: one that failed for long, and came back,
   says nothing about how often it is polled. */
static void
begin(struct source *s, int64_t mono_ns)
{
	int64_t period_ns = s->began_mono_ns == 0 ? 0
						  : mono_ns - s->began_mono_ns;
	int64_t shorter_ns = s->period_ns != 0 && s->period_ns < period_ns
				 ? s->period_ns
				 : period_ns;
	int64_t steps = POLLS_OF_LIFE * shorter_ns / LIFETIME_STEP_NS + 1;

	if (s->lifetime_min_ns < steps * LIFETIME_STEP_NS)
		s->lifetime_min_ns = steps * LIFETIME_STEP_NS;
	s->period_ns = period_ns;
	s->began_mono_ns = mono_ns;
}

/* A fetch_fn. */
static int
take(void *cookie, const void *bytes, size_t size)
{
	return dump_push(cookie, bytes, size);
}

/* Why a dump that came to its end is none, or what of it is missing. */
static int
judge(struct farm_host *host, const struct dump *d, const char *address)
{
	if (!d->ended)
		return farm_fail(host,
		    "%s: the dump ends in the middle, after %llu hosts",
		    address, (unsigned long long)d->counts.hosts);
	if (!d->path.found)
		return farm_fail(
		    host, "%s: no answer to what was asked", address);
	if (d->scanner.malformed > 0 || d->counts.broken > 0)
		farm_log(host, FARM_WARNING,
		    "%s: %llu tags could not be read, and %llu hosts were not "
		    "whole",
		    address, (unsigned long long)d->scanner.malformed,
		    (unsigned long long)d->counts.broken);
	if (d->refusal.text[0] != '\0')
		farm_log(host, FARM_WARNING,
		    "%s: %llu metrics left out, the first: %s", address,
		    (unsigned long long)d->counts.refused, d->refusal.text);
	return 0;
}

static int
emit_counts(
    struct farm_host *host, struct farm_target *target, const struct dump *d)
{
	const struct dump_counts *c = &d->counts;
	int rc = 0;

	rc |= farm_emit_uint64(host, target, "ganglia_hosts", c->hosts);
	rc |= farm_emit_uint64(host, target, "ganglia_hosts_down", c->down);
	rc |= farm_emit_uint64(host, target, "ganglia_metrics", c->metrics);
	rc |= farm_emit_uint64(host, target, "ganglia_refused", c->refused);
	rc |= farm_emit_uint64(
	    host, target, "ganglia_malformed", d->scanner.malformed);
	rc |= farm_emit_uint64(host, target, "ganglia_bytes", d->scanner.bytes);
	return rc;
}

static int
read_dump(struct farm_host *host, const struct reading *how,
    struct farm_target *target, struct dump *d)
{
	int64_t until_ns = clock_mono_ns() + how->timeout_ns;
	int64_t deadline_ns = farm_deadline_ns(host, target);
	const struct order order = { .address = target->address,
		.port = how->port,
		.question = how->question,
		.until_mono_ns = until_ns < deadline_ns ? until_ns
							: deadline_ns,
		.bytes_max = (uint64_t)how->bytes_max };
	struct error err;
	int status = fetch(&order, take, d, &err);

	d->counts.broken += d->host != NULL;
	if (status < 0)
		return farm_fail(host, "%s, after %llu hosts", err.text,
		    (unsigned long long)d->counts.hosts);
	if (status > 0 && d->wrong.text[0] != '\0')
		return farm_fail(
		    host, "%s: %s", target->address, d->wrong.text);
	if (status > 0)
		return farm_fail(host, "%s: no more room", target->address);
	return judge(host, d, target->address);
}

int
source_collect(struct farm_host *host, const struct reading *how,
    struct farm_target *target)
{
	struct source *s = target->state;
	struct making making = how->making;
	struct dump dump;
	int status;

	begin(s, clock_mono_ns());
	making.host = host;
	making.target = target;
	making.lifetime_min_ns = s->lifetime_min_ns;
	if (dump_init(&dump, &making, &s->knowns, target->cluster,
		how->question) != 0)
		status = farm_fail(host, "out of memory");
	else
		status = read_dump(host, how, target, &dump);
	if (status == 0) {
		knowns_sweep(&s->knowns, &making);
		status = emit_counts(host, target, &dump);
	}
	dump_free(&dump);
	return status;
}

void
source_close(struct source *s, struct farm_host *host, struct uses *uses)
{
	knowns_free(&s->knowns, &(struct making){ .host = host, .uses = uses });
}
