/*
 * sift.c - imported values that are there already.
 */
#include "sift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
is_imported(const struct sample *s)
{
	return (s->record->flags & FARM_IMPORTED) != 0;
}

/* Not every database keeps one NaN apart from another. */
static uint64_t
bits_of(const struct farm_value *v)
{
	return v->type == FARM_DOUBLE && isnan(v->number)
		   ? farm_double(NAN).uint64
		   : v->uint64;
}

/* Texts by their bytes, all others by their 64 bits. */
static int
compare_values(const struct farm_value *a, const struct farm_value *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type == FARM_BOOLEAN)
		return (int)a->boolean - (int)b->boolean;
	if (a->type != FARM_TEXT)
		return (bits_of(a) > bits_of(b)) - (bits_of(a) < bits_of(b));
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	return a->length == 0 ? 0 : memcmp(a->text, b->text, a->length);
}

static int
compare(const struct sample *a, const struct sample *b)
{
	if (a->series != b->series)
		return a->series < b->series ? -1 : 1;
	if (a->record->time_ns != b->record->time_ns)
		return a->record->time_ns < b->record->time_ns ? -1 : 1;
	return compare_values(a->value, b->value);
}

/* Those that are alike stand together, the first of them first. */
static int
by_value(const void *a, const void *b)
{
	const struct sample *x = *(const struct sample *const *)a;
	const struct sample *y = *(const struct sample *const *)b;
	int order = compare(x, y);

	return order != 0 ? order : (x > y) - (x < y);
}

size_t
sift_find(const struct sample *const *samples, size_t n,
    const struct farm_value *value)
{
	size_t low = 0, high = n, i;

	while (low < high) {
		i = low + (high - low) / 2;
		if (compare_values(samples[i]->value, value) < 0)
			low = i + 1;
		else
			high = i;
	}
	if (low < n && compare_values(samples[low]->value, value) == 0)
		return low;
	return n;
}

/* What is asked about, sorted: pointers into the load. */
static size_t
pick(const struct load *l, const struct sample **picked)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_samples; i++) {
		if (is_imported(&l->samples[i]))
			picked[n++] = &l->samples[i];
	}
	qsort(picked, n, sizeof(*picked), by_value);
	return n;
}

/* `gone' is by the places in the load. */
static void
note_repeats(
    const struct load *l, const struct sample **picked, size_t n, bool *gone)
{
	for (size_t i = 1; i < n; i++) {
		if (compare(picked[i - 1], picked[i]) == 0)
			gone[picked[i] - l->samples] = true;
	}
}

static void
take_out(struct load *l, const bool *gone)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_samples; i++) {
		if (!gone[i])
			l->samples[n++] = l->samples[i];
	}
	l->n_samples = n;
}

int
sift(
    struct store *s, const struct dialect *d, struct load *l, struct error *err)
{
	const struct sample **picked;
	bool *gone, *known;
	int status = STORE_AGAIN;
	size_t n;

	picked = calloc(l->n_samples + 1, sizeof(*picked));
	gone = calloc(l->n_samples + 1, sizeof(*gone));
	known = calloc(l->n_samples + 1, sizeof(*known));
	if (picked == NULL || gone == NULL || known == NULL) {
		error_set(err, "out of memory");
		goto out;
	}
	n = pick(l, picked);
	status = n > 0 ? d->known(s, picked, n, known, err) : STORE_OK;
	if (status != STORE_OK)
		goto out;
	for (size_t i = 0; i < n; i++)
		gone[picked[i] - l->samples] = known[i];
	note_repeats(l, picked, n, gone);
	take_out(l, gone);
out:
	free(picked);
	free(gone);
	free(known);
	return status;
}
