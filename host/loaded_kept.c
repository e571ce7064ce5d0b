#include "loaded_kept.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

/* Of the texts of all results of one filter. */
#define BYTES_MAX (1u << 20)

struct result {
	struct result *next;
	size_t size;
	char text[]; /* JSON; no NUL */
};

struct kept {
	struct sink sink; /* first */
	struct series_table *series;
	pthread_mutex_t lock; /* of what follows */
	struct result *first, **last;
	uint64_t number; /* of the first */
	uint64_t given;  /* of the last, ever */
	size_t bytes;
};

static void
put_value(struct kept *k, int64_t time_ns, const struct farm_value *v,
    struct buffer *b)
{
	const struct farm_series *s = series_get(k->series, v->series);

	if (s == NULL)
		return;
	buffer_puts(b, "{\"time\":");
	time_json(b, time_ns);
	buffer_puts(b, ",\"cluster\":");
	buffer_json_text(b, s->cluster);
	buffer_puts(b, ",\"node\":");
	buffer_json_text(b, s->node);
	buffer_puts(b, ",\"parameter\":");
	buffer_json_text(b, s->parameter);
	buffer_puts(b, ",\"unit\":");
	buffer_json_text(b, s->unit);
	buffer_puts(b, ",\"value\":");
	buffer_json_value(b, v);
	buffer_putc(b, '}');
}

/* With the lock held. */
static void
drop_first(struct kept *k)
{
	struct result *r = k->first;

	k->first = r->next;
	if (k->first == NULL)
		k->last = &k->first;
	k->bytes -= r->size;
	k->number++;
	free(r);
}

/* What finds no memory is as lost as what finds no room. */
static void
add(struct kept *k, const struct buffer *text)
{
	struct result *r = malloc(sizeof(*r) + text->size);

	pthread_mutex_lock(&k->lock);
	k->given++;
	if (r == NULL) {
		while (k->first != NULL)
			drop_first(k);
		k->number = k->given + 1;
	} else {
		r->next = NULL;
		r->size = text->size;
		memcpy(r->text, text->data, text->size);
		*k->last = r;
		k->last = &r->next;
		k->bytes += r->size;
		while (k->bytes > BYTES_MAX)
			drop_first(k);
	}
	pthread_mutex_unlock(&k->lock);
}

static void
keep(struct sink *sink, struct instance *in, struct batch *batch)
{
	struct kept *k = (struct kept *)sink;
	struct buffer text = BUFFER_INIT;
	size_t i;
	uint32_t v;

	(void)in;
	for (i = 0; i < batch->view.n_records; i++) {
		const struct farm_record *r = &batch->view.records[i];

		for (v = 0; v < r->n_values; v++) {
			buffer_clear(&text);
			put_value(k, r->time_ns, &r->values[v], &text);
			if (!buffer_failed(&text) && text.size > 0)
				add(k, &text);
		}
	}
	buffer_free(&text);
	batch_unref(batch);
}

struct kept *
kept_new(struct series_table *series)
{
	struct kept *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	k->sink.send = keep;
	k->series = series;
	k->last = &k->first;
	k->number = 1;
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void
kept_free(struct kept *k)
{
	if (k == NULL)
		return;
	while (k->first != NULL)
		drop_first(k);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

struct sink *
kept_sink(struct kept *k)
{
	return &k->sink;
}

void
kept_json(struct kept *k, uint64_t after, size_t limit, struct buffer *b)
{
	const struct result *r;
	uint64_t number, lost = 0;
	const char *comma = "";

	buffer_puts(b, "{\"results\":[");
	pthread_mutex_lock(&k->lock);
	number = k->number;
	if (after > k->given)
		after = k->given;
	if (number > after + 1) {
		lost = number - after - 1;
		after = number - 1;
	}
	for (r = k->first; r != NULL && limit > 0; r = r->next, number++) {
		if (number <= after)
			continue;
		buffer_puts(b, comma);
		buffer_put(b, r->text, r->size);
		comma = ",\n";
		after = number;
		limit--;
	}
	pthread_mutex_unlock(&k->lock);
	buffer_printf(b, "],\"next\":%llu,\"lost\":%llu}",
	    (unsigned long long)after, (unsigned long long)lost);
}
