/*
 * The window's bytes: 'w', the floor, then the jobs by their keys, each as the
 * step to its key and to its end.  Keys that follow one another, with the same
 * end, are one run: elements of an array that were cancelled together.
 */
#include "job_window.h"

#include <stdlib.h>
#include <string.h>

#include "varint.h"

#define MARK 'w'
/* However few bytes they take, in runs. */
#define TOLD_MAX 1000000
/* What is given up at a time if the bytes are too many. */
#define PART 8

void
job_window_free(struct job_window *w)
{
	free(w->told);
	*w = (struct job_window){ .floor = 0 };
}

int
job_window_add(struct job_window *w, uint64_t key, int64_t ended)
{
	size_t capacity = w->capacity > 0 ? 2 * w->capacity : 64;
	struct job_told *told;

	if (w->n == w->capacity) {
		told = reallocarray(w->told, capacity, sizeof(*told));
		if (told == NULL)
			return -1;
		w->told = told;
		w->capacity = capacity;
	}
	w->told[w->n++] = (struct job_told){ key, ended };
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct job_told *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int
by_end(const void *a, const void *b)
{
	const struct job_told *x = a, *y = b;

	return (x->ended > y->ended) - (x->ended < y->ended);
}

bool
job_window_has(const struct job_window *w, uint64_t key)
{
	const struct job_told wanted = { .key = key };

	return w->n_sorted > 0 && bsearch(&wanted, w->told, w->n_sorted,
				      sizeof(wanted), by_key) != NULL;
}

void
job_window_move(struct job_window *w, int64_t floor)
{
	size_t i, n = 0;

	if (floor > w->floor)
		w->floor = floor;
	for (i = 0; i < w->n; i++)
		if (w->told[i].ended >= w->floor)
			w->told[n++] = w->told[i];
	w->n = w->n_sorted = n;
	if (n > 0)
		qsort(w->told, n, sizeof(*w->told), by_key);
}

/* ---------------------------------------------------------------- bytes -- */

static void
put(struct buffer *b, uint64_t n)
{
	uint8_t bytes[VARINT_MAX];

	buffer_put(b, bytes, (size_t)(varint_put(bytes, n) - bytes));
}

/* How many follow one another from here on. */
static size_t
run_from(const struct job_window *w, size_t i)
{
	const struct job_told *t = &w->told[i];
	size_t n = 1;

	while (i + n < w->n && t[n].key == t->key + n && t[n].ended == t->ended)
		n++;
	return n;
}

static void
encode(const struct job_window *w, struct buffer *b)
{
	int64_t ended = w->floor;
	uint64_t key = 0;
	size_t i, n;

	buffer_putc(b, MARK);
	put(b, (uint64_t)w->floor);
	for (i = 0; i < w->n; i += n) {
		n = run_from(w, i);
		put(b, (w->told[i].key - key) << 1 | (n > 1));
		put(b, zigzag(w->told[i].ended - ended));
		if (n > 1)
			put(b, n);
		key = w->told[i].key + n - 1;
		ended = w->told[i].ended;
	}
}

/* Without the oldest. */
static void
shrink(struct job_window *w)
{
	qsort(w->told, w->n, sizeof(*w->told), by_end);
	job_window_move(w, w->told[w->n / PART].ended + 1);
}

bool
job_window_place(struct job_window *w, struct buffer *to)
{
	bool whole = true;

	job_window_move(w, w->floor);
	encode(w, to);
	while (!buffer_failed(to) &&
	       (to->size > JOB_WINDOW_BYTES_MAX || w->n > TOLD_MAX)) {
		whole = false;
		shrink(w);
		buffer_clear(to);
		encode(w, to);
	}
	return whole;
}

/* One step; NULL if it is none. */
static const uint8_t *
decode(struct job_window *w, const uint8_t *p, const uint8_t *end,
    struct job_told *last)
{
	uint64_t step, ended, n = 1;

	p = varint_get(p, end, &step);
	if (p != NULL)
		p = varint_get(p, end, &ended);
	if (p != NULL && (step & 1) != 0)
		p = varint_get(p, end, &n);
	if (p == NULL || n == 0 || n > TOLD_MAX - w->n)
		return NULL;
	last->key += step >> 1;
	if (__builtin_add_overflow(
		last->ended, unzigzag(ended), &last->ended) ||
	    last->ended < 0)
		return NULL;
	for (;; last->key++) {
		if (last->key > JOB_WINDOW_KEY_MAX ||
		    job_window_add(w, last->key, last->ended) != 0)
			return NULL;
		if (--n == 0)
			return p;
	}
}

int
job_window_restore(struct job_window *ret, const void *place, size_t size)
{
	const uint8_t *p = place, *end = p + size;
	struct job_window w = { .floor = 0 };
	struct job_told last = { .key = 0 };
	uint64_t floor = 0;

	if (size == 0 || *p != MARK)
		return -1;
	p = varint_get(p + 1, end, &floor);
	if (p == NULL || floor > INT64_MAX)
		return -1;
	w.floor = last.ended = (int64_t)floor;
	while (p != NULL && p < end)
		p = decode(&w, p, end, &last);
	if (p == NULL) {
		job_window_free(&w);
		return -1;
	}
	job_window_move(&w, w.floor);
	job_window_free(ret);
	*ret = w;
	return 0;
}
