#include "ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* Durations are sorted in eighths of a microsecond: the eight buckets of a
   power of two are then the three bits below its highest. */
#define EIGHTH_NS 125

static const char *const reasons[DROP_REASONS] = {
	[DROP_QUEUE_FULL] = "queue_full",
	[DROP_NAME] = "name",
	[DROP_SERIES] = "series",
	[DROP_LATE] = "late",
	[DROP_HANDLE] = "handle",
	[DROP_BEHIND] = "behind",
	[DROP_REFUSED] = "refused",
	[DROP_CORRUPT] = "unreadable",
	[DROP_MEMORY] = "memory",
};

const char *
drop_reason_name(enum drop_reason reason)
{
	assert(reason < DROP_REASONS);
	return reasons[reason];
}

static unsigned
bucket_of(int64_t ns)
{
	uint64_t eighths = ns < 0 ? 0 : (uint64_t)ns / EIGHTH_NS;
	unsigned power, bucket;

	if (eighths < 8)
		return 0;
	power = 60 - (unsigned)__builtin_clzll(eighths);
	bucket = power * 8 + (unsigned)((eighths >> power) & 7);
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The middle of a bucket: no value in it is further off than 1/16. */
static int64_t
bucket_middle(unsigned bucket)
{
	unsigned power = bucket / 8;
	int64_t sixteenths = 2 * (8 + bucket % 8) + 1;

	return (sixteenths << power) * EIGHTH_NS / 2;
}

void
histogram_add(struct histogram *h, int64_t ns)
{
	atomic_fetch_add_explicit(
	    &h->count[bucket_of(ns)], 1, memory_order_relaxed);
}

int64_t
histogram_quantile(const struct histogram *h, double q)
{
	uint32_t counts[HISTOGRAM_BUCKETS];
	uint64_t total = 0, below = 0;
	unsigned i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		counts[i] = atomic_load_explicit(
		    &h->count[i], memory_order_relaxed);
		total += counts[i];
	}
	if (total == 0)
		return 0;
	for (i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
		below += counts[i];
		if ((double)below >= q * (double)total && below > 0)
			break;
	}
	return bucket_middle(i);
}

void
ledger_init(struct ledger *l)
{
	memset(l, 0, sizeof(*l));
	pthread_mutex_init(&l->lock, NULL);
}

void
ledger_destroy(struct ledger *l)
{
	free(l->last_error);
	l->last_error = NULL;
	pthread_mutex_destroy(&l->lock);
}

void
ledger_error(struct ledger *l, int64_t wall_ns, const char *text)
{
	char *copy = strdup(text);
	char *old;

	pthread_mutex_lock(&l->lock);
	l->last_error_ns = wall_ns;
	/* An old text beside a new time would be a lie; none at all is not. */
	old = l->last_error;
	l->last_error = copy;
	pthread_mutex_unlock(&l->lock);
	free(old);
}

void
ledger_good(struct ledger *l, int64_t wall_ns)
{
	pthread_mutex_lock(&l->lock);
	l->last_good_ns = wall_ns;
	pthread_mutex_unlock(&l->lock);
}

void
ledger_drop(struct ledger *l, enum drop_reason reason, uint64_t values)
{
	assert(reason < DROP_REASONS);
	atomic_fetch_add_explicit(
	    &l->dropped[reason], values, memory_order_relaxed);
}

static void
put_counters(struct buffer *b, const struct ledger *l)
{
	buffer_printf(b,
	    "\"runs\":%llu,\"failures\":%llu,\"skipped\":%llu,"
	    "\"overruns\":%llu,\"values\":%llu,\"cpu_ns\":%llu",
	    (unsigned long long)atomic_load(&l->runs),
	    (unsigned long long)atomic_load(&l->failures),
	    (unsigned long long)atomic_load(&l->skipped),
	    (unsigned long long)atomic_load(&l->overruns),
	    (unsigned long long)atomic_load(&l->values),
	    (unsigned long long)atomic_load(&l->cpu_ns));
}

static void
put_durations(struct buffer *b, const struct ledger *l)
{
	buffer_printf(b,
	    ",\"wall_p50_ns\":%lld,\"wall_p99_ns\":%lld,"
	    "\"lateness_p99_ns\":%lld",
	    (long long)histogram_quantile(&l->wall, 0.5),
	    (long long)histogram_quantile(&l->wall, 0.99),
	    (long long)histogram_quantile(&l->lateness, 0.99));
}

static void
put_dropped(struct buffer *b, const struct ledger *l)
{
	unsigned i;

	buffer_puts(b, ",\"dropped\":{");
	for (i = 0; i < DROP_REASONS; i++)
		buffer_printf(b, "%s\"%s\":%llu", i == 0 ? "" : ",", reasons[i],
		    (unsigned long long)atomic_load(&l->dropped[i]));
	buffer_putc(b, '}');
}

void
ledger_json(struct buffer *b, struct ledger *l)
{
	put_counters(b, l);
	put_durations(b, l);
	put_dropped(b, l);
	pthread_mutex_lock(&l->lock);
	buffer_puts(b, ",\"last_run\":");
	time_json(b, l->last_run_ns);
	buffer_puts(b, ",\"last_good\":");
	time_json(b, l->last_good_ns);
	buffer_puts(b, ",\"last_error_time\":");
	time_json(b, l->last_error_ns);
	buffer_puts(b, ",\"last_error\":");
	if (l->last_error == NULL)
		buffer_puts(b, "null");
	else
		buffer_json_text(b, l->last_error);
	pthread_mutex_unlock(&l->lock);
}
