#include "router.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "filter.h"
#include "log.h"
#include "queue.h"
#include "wait.h"

/* Small batches that wait together travel on together, up to this. */
#define MERGE_BYTES (256u << 10)
/* What filters make of them is handed on at this at the latest. */
#define OUT_BYTES (1u << 20)
#define TICK_NS NS_PER_S
/* Names go within a second of their time, and must be found first. */
#define EXPIRE_NS (NS_PER_S / 4)

/* What came out of the filters, with the lifetimes of each record. */
struct outgoing {
	struct farm_record *records;
	const struct lifetimes **lifetimes;
	size_t n;
	size_t capacity;
	size_t bytes; /* of values and payloads */
};

struct router {
	struct sink sink; /* first: what collectors see */
	struct cache *cache;
	struct deliver *deliver;
	struct queue queue;
	struct chain *chain;
	struct outgoing out;
	uint64_t next;   /* position */
	uint64_t intake; /* position of the record at hand; 0: given already */
	int64_t next_tick_mono_ns;
	int64_t next_expire_mono_ns;
	struct instance own; /* of records that no instance made */
	pthread_t thread;
	bool started;
	bool lost; /* memory was out, and this was said */
	struct histogram latency;
	atomic_uint_least64_t dropped[DROP_REASONS];
	pthread_mutex_t lock;  /* of what follows */
	pthread_cond_t ending; /* also of calls: they are done */
	bool ended;
	void (*call)(void *); /* to be made between two batches; NULL: none */
	void *call_context;
	bool calling;
	struct router_stats stats;
};

/* ------------------------------------------------------------ coming in -- */

static void
drop(struct router *r, struct instance *owner, enum drop_reason why,
    uint64_t values)
{
	atomic_fetch_add(&r->dropped[why], values);
	if (owner != NULL)
		ledger_drop(&owner->ledger, why, values);
}

static uint64_t
count_values(const struct batch *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->view.n_records; i++)
		n += b->view.records[i].n_values;
	return n;
}

static void
router_send(struct sink *sink, struct instance *instance, struct batch *batch)
{
	struct router *r = (struct router *)sink;

	batch->sent_mono_ns = clock_mono_ns();
	if (queue_push(&r->queue, instance, batch))
		return;
	drop(r, instance, DROP_QUEUE_FULL, count_values(batch));
	batch_unref(batch);
}

/* ------------------------------------------------------------ going out -- */

static int
out_grow(struct outgoing *o)
{
	size_t capacity = o->capacity == 0 ? 256 : o->capacity * 2;
	struct farm_record *records;
	const struct lifetimes **lifetimes;

	if (o->n < o->capacity)
		return 0;
	records = realloc(o->records, capacity * sizeof(*records));
	if (records == NULL)
		return -1;
	o->records = records;
	lifetimes = realloc(o->lifetimes, capacity * sizeof(*lifetimes));
	if (lifetimes == NULL)
		return -1;
	o->lifetimes = lifetimes;
	o->capacity = capacity;
	return 0;
}

/* A record keeps the position it was given when it came in; what filters add
   to it follows. */
static void
take_out(void *context, const struct farm_record *record,
    const struct lifetimes *lifetimes)
{
	struct router *r = context;
	struct outgoing *o = &r->out;

	if (out_grow(o) != 0) {
		drop(r, NULL, DROP_MEMORY, record->n_values);
		if (!r->lost)
			log_line(LOG_LEVEL_ERROR, "router",
			    "out of memory; values are lost");
		r->lost = true;
		return;
	}
	o->records[o->n] = *record;
	o->records[o->n].position = r->intake != 0 ? r->intake : r->next++;
	o->lifetimes[o->n] = lifetimes;
	o->n++;
	o->bytes += record->n_values * sizeof(struct farm_value) +
		    record->payload_size;
	r->intake = 0;
}

static uint64_t
put_cache(struct router *r, int64_t mono_ns)
{
	uint64_t values = 0;

	cache_begin(r->cache);
	cache_put(
	    r->cache, r->out.records, r->out.lifetimes, r->out.n, mono_ns);
	cache_end(r->cache);
	for (size_t i = 0; i < r->out.n; i++)
		values += r->out.records[i].n_values;
	return values;
}

/* Into the cache and on to the writers. */
static void
hand_on(struct router *r)
{
	struct farm_batch view = { r->out.records, r->out.n };
	uint64_t values;

	if (view.n_records == 0)
		return;
	/* Whoever finds a value in the cache finds its position taken. */
	pthread_mutex_lock(&r->lock);
	r->stats.position = r->next;
	pthread_mutex_unlock(&r->lock);
	values = put_cache(r, clock_mono_ns());
	deliver_append(r->deliver, &view);
	chain_reset(r->chain);
	pthread_mutex_lock(&r->lock);
	r->stats.records += r->out.n;
	r->stats.values_out += values;
	pthread_mutex_unlock(&r->lock);
	r->out.n = 0;
	r->out.bytes = 0;
	r->lost = false;
}

static void
hand_on_if_large(struct router *r)
{
	if (r->out.bytes >= OUT_BYTES || chain_bytes(r->chain) >= OUT_BYTES)
		hand_on(r);
}

/* ------------------------------------------------------------ its thread -- */

static void
route_records(struct router *r, const struct batch *batch)
{
	const struct instance *owner = batch->owner;
	const struct farm_batch *view = &batch->view;
	const struct lifetimes *lifetimes = &owner->lifetimes;
	size_t entry = chain_entry(r->chain, owner);

	if (entry == SIZE_MAX) {
		drop(r, batch->owner, DROP_LATE, count_values(batch));
		return;
	}
	for (size_t i = 0; i < view->n_records; i++) {
		struct farm_record record = view->records[i];

		r->intake = r->next++;
		record.position = r->intake;
		if ((record.flags & FARM_IMPORTED) != 0)
			take_out(r, &record, lifetimes);
		else
			chain_apply(r->chain, entry, &record, lifetimes);
		hand_on_if_large(r);
	}
}

static void
count(struct router *r, uint64_t batches, uint64_t values)
{
	pthread_mutex_lock(&r->lock);
	r->stats.batches += batches;
	r->stats.values_in += values;
	r->stats.position = r->next;
	r->stats.cpu_ns = (uint64_t)clock_thread_cpu_ns();
	r->stats.turned_mono_ns = clock_mono_ns();
	pthread_mutex_unlock(&r->lock);
}

static void
route(struct router *r, struct batch *list)
{
	struct batch *next;
	uint64_t batches = 0;
	uint64_t values = 0;
	int64_t now = clock_mono_ns();

	chain_begin(r->chain, now);
	for (struct batch *b = list; b != NULL; b = b->next) {
		route_records(r, b);
		values += count_values(b);
		batches++;
	}
	chain_end(r->chain);
	hand_on(r);
	now = clock_mono_ns();
	for (struct batch *b = list; b != NULL; b = next) {
		next = b->next;
		histogram_add(&r->latency, now - b->sent_mono_ns);
		batch_unref(b);
	}
	count(r, batches, values);
	queue_done(&r->queue, batches);
}

/* Removals of names take positions like everything else. */
static void
expire(struct router *r, int64_t mono_ns)
{
	static const struct lifetimes none;
	int64_t wall_ns = clock_wall_ns();
	struct batch *removals;
	bool more = true;

	r->next_expire_mono_ns = mono_ns + EXPIRE_NS;
	r->intake = 0;
	while (more) {
		removals = batch_new();
		if (removals == NULL)
			return;
		cache_expire(r->cache, mono_ns, wall_ns, removals);
		more = removals->view.n_records >= CACHE_REMOVALS;
		for (size_t i = 0; i < removals->view.n_records; i++)
			take_out(r, &removals->view.records[i], &none);
		hand_on(r);
		batch_unref(removals);
	}
	count(r, 0, 0);
}

static void
tick(struct router *r, int64_t mono_ns)
{
	int64_t wall = clock_wall_ns();

	r->next_tick_mono_ns = mono_ns + TICK_NS;
	r->intake = 0;
	chain_begin(r->chain, mono_ns);
	chain_tick(r->chain, wall);
	chain_expire(r->chain, mono_ns);
	chain_end(r->chain);
	hand_on(r);
	count(r, 0, 0);
}

static void
make_call(struct router *r)
{
	void (*call)(void *);

	pthread_mutex_lock(&r->lock);
	call = r->call;
	r->calling = call != NULL;
	pthread_mutex_unlock(&r->lock);
	if (call == NULL)
		return;
	call(r->call_context);
	pthread_mutex_lock(&r->lock);
	r->call = NULL;
	r->calling = false;
	pthread_cond_broadcast(&r->ending);
	pthread_mutex_unlock(&r->lock);
}

static bool
is_ending(struct router *r)
{
	bool closed;

	pthread_mutex_lock(&r->queue.lock);
	closed = r->queue.closed && r->queue.first == NULL;
	pthread_mutex_unlock(&r->queue.lock);
	return closed;
}

static void *
router_main(void *context)
{
	struct router *r = context;
	struct batch *list;
	int64_t now;

	now = clock_mono_ns();
	r->next_tick_mono_ns = now + TICK_NS;
	r->next_expire_mono_ns = now + EXPIRE_NS;
	for (;;) {
		make_call(r);
		list = queue_take(
		    &r->queue, MERGE_BYTES, r->next_expire_mono_ns);
		if (list != NULL)
			route(r, list);
		else if (is_ending(r))
			break;
		now = clock_mono_ns();
		if (now >= r->next_tick_mono_ns)
			tick(r, now);
		if (now >= r->next_expire_mono_ns)
			expire(r, now);
	}
	now = clock_mono_ns();
	tick(r, now);
	expire(r, now);
	chain_close(r->chain);
	pthread_mutex_lock(&r->lock);
	r->ended = true;
	pthread_cond_broadcast(&r->ending);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* -------------------------------------------------------- the other side -- */

struct router *
router_new(const struct router_config *config)
{
	struct router *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->sink.send = router_send;
	r->cache = config->cache;
	r->deliver = config->deliver;
	r->next = config->first_position > 0 ? config->first_position : 1;
	r->stats.position = r->next;
	r->stats.turned_mono_ns = clock_mono_ns();
	r->own.name = "";
	ledger_init(&r->own.ledger);
	queue_init(&r->queue, (size_t)config->queue_bytes);
	pthread_mutex_init(&r->lock, NULL);
	wait_init(&r->ending);
	r->chain = chain_new(config->series, config->farm, config->filters,
	    config->n_filters, take_out, r);
	if (r->chain == NULL) {
		router_free(r);
		return NULL;
	}
	return r;
}

void
router_free(struct router *r)
{
	if (r == NULL)
		return;
	chain_free(r->chain);
	ledger_destroy(&r->own.ledger);
	queue_destroy(&r->queue);
	pthread_cond_destroy(&r->ending);
	pthread_mutex_destroy(&r->lock);
	free(r->out.records);
	free(r->out.lifetimes);
	free(r);
}

int
router_start(struct router *r)
{
	if (pthread_create(&r->thread, NULL, router_main, r) != 0)
		return -1;
	r->started = true;
	return 0;
}

bool
router_stop(struct router *r, int64_t deadline_mono_ns)
{
	bool ended;

	queue_close(&r->queue);
	if (!r->started)
		return true;
	pthread_mutex_lock(&r->lock);
	while (!r->ended)
		if (!wait_until(&r->ending, &r->lock, deadline_mono_ns))
			break;
	ended = r->ended;
	pthread_mutex_unlock(&r->lock);
	if (!ended)
		return false;
	pthread_join(r->thread, NULL);
	r->started = false;
	return true;
}

bool
router_call(struct router *r, void (*call)(void *), void *context,
    int64_t deadline_mono_ns)
{
	bool in_time = true;

	pthread_mutex_lock(&r->lock);
	r->call = call;
	r->call_context = context;
	pthread_mutex_unlock(&r->lock);
	queue_wake(&r->queue);
	pthread_mutex_lock(&r->lock);
	while (r->call != NULL && (in_time || r->calling))
		in_time = wait_until(&r->ending, &r->lock,
		    in_time ? deadline_mono_ns : INT64_MAX);
	in_time = r->call == NULL;
	r->call = NULL;
	pthread_mutex_unlock(&r->lock);
	return in_time;
}

int
router_filters(struct router *r, struct instance *const *filters, size_t n)
{
	return chain_change(r->chain, filters, n);
}

int
router_record(struct router *r, int type, int64_t time_ns, const void *payload,
    size_t size)
{
	struct batch *b = batch_new();

	if (b == NULL)
		return -1;
	if (batch_add_payload(b, type, time_ns, "", payload, size) != 0) {
		batch_unref(b);
		return -1;
	}
	router_send(&r->sink, &r->own, b);
	return 0;
}

bool
router_import(struct router *r, struct batch *batch)
{
	batch->sent_mono_ns = clock_mono_ns();
	return queue_push(&r->queue, &r->own, batch);
}

struct sink *
router_sink(struct router *r)
{
	return &r->sink;
}

bool
router_flush(struct router *r, int64_t deadline_mono_ns)
{
	return queue_flush(&r->queue, deadline_mono_ns);
}

uint64_t
router_position(struct router *r)
{
	uint64_t position;

	pthread_mutex_lock(&r->lock);
	position = r->stats.position;
	pthread_mutex_unlock(&r->lock);
	return position;
}

void
router_stats(struct router *r, struct router_stats *ret)
{
	pthread_mutex_lock(&r->lock);
	*ret = r->stats;
	pthread_mutex_unlock(&r->lock);
	pthread_mutex_lock(&r->queue.lock);
	ret->queue_bytes = r->queue.bytes;
	ret->queue_peak_bytes = r->queue.peak_bytes;
	pthread_mutex_unlock(&r->queue.lock);
	ret->latency_p99_ns = histogram_quantile(&r->latency, 0.99);
	for (int i = 0; i < DROP_REASONS; i++)
		ret->dropped[i] = atomic_load(&r->dropped[i]);
}
