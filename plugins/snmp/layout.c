#include "layout.h"

#include <stdlib.h>
#include <string.h>

#include "name.h"

/* ---------------------------------------------------------------- rows -- */

bool
layout_find(const struct layout *l, struct ber_bytes index, uint32_t *ret_row)
{
	uint32_t low = 0, high = l->n_rows, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = ber_oid_compare(layout_index(l, middle), index);
		if (order == 0) {
			*ret_row = middle;
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_row = low;
	return false;
}

#define LINE 64 /* bytes that a cache fetches together */

static void
fetch(const void *from, size_t size)
{
	const char *p = from, *end = p + size;

	for (; p < end; p += LINE)
		__builtin_prefetch(p, 1);
}

void
layout_fetch(const struct layout *l, uint32_t row, size_t n)
{
	size_t first = row * l->table->n_columns;
	size_t left = (l->n_rows - row) * l->table->n_columns;

	if (row >= l->n_rows)
		return;
	if (n > left)
		n = left;
	fetch(l->rows + row, (n / l->table->n_columns + 1) * sizeof(*l->rows));
	if (l->rates != NULL)
		fetch(l->rates + first, n * sizeof(*l->rates));
	fetch(l->cells + first, n * sizeof(*l->cells));
}

static int
grow(struct layout *l)
{
	uint32_t capacity = l->capacity == 0 ? 4 : l->capacity * 2;
	size_t columns = l->table->n_columns;
	void *p;

	p = reallocarray(l->rows, capacity, sizeof(*l->rows));
	if (p == NULL)
		return -1;
	l->rows = p;
	p = reallocarray(l->cells, capacity, columns * sizeof(*l->cells));
	if (p == NULL)
		return -1;
	l->cells = p;
	if (l->table->rated) {
		p = reallocarray(
		    l->rates, capacity, columns * sizeof(*l->rates));
		if (p == NULL)
			return -1;
		l->rates = p;
	}
	if (l->table->n_factors > 0) {
		p = reallocarray(l->factors, capacity,
		    l->table->n_factors * sizeof(*l->factors));
		if (p == NULL)
			return -1;
		l->factors = p;
	}
	l->capacity = capacity;
	return 0;
}

/* Into the pool; -1 if memory is out. */
static int
keep(struct layout *l, const void *bytes, size_t size, uint32_t *ret)
{
	uint32_t capacity = l->pool_capacity == 0 ? 64 : l->pool_capacity;
	uint8_t *p;

	while (capacity - l->pool_size < size) {
		if (capacity > UINT32_MAX / 2)
			return -1;
		capacity *= 2;
	}
	if (capacity != l->pool_capacity) {
		p = realloc(l->pool, capacity);
		if (p == NULL)
			return -1;
		l->pool = p;
		l->pool_capacity = capacity;
	}
	if (size > 0)
		memcpy(l->pool + l->pool_size, bytes, size);
	*ret = l->pool_size;
	l->pool_size += (uint32_t)size;
	return 0;
}

/* Move rows [from, n_rows) to `to', cells and all. */
static void
move_rows(struct layout *l, uint32_t to, uint32_t from)
{
	size_t columns = l->table->n_columns, n = l->n_rows - from;
	size_t factors = l->table->n_factors;

	memmove(l->rows + to, l->rows + from, n * sizeof(*l->rows));
	memmove(l->cells + to * columns, l->cells + from * columns,
	    n * columns * sizeof(*l->cells));
	if (l->rates != NULL)
		memmove(l->rates + to * columns, l->rates + from * columns,
		    n * columns * sizeof(*l->rates));
	if (l->factors != NULL)
		memmove(l->factors + to * factors, l->factors + from * factors,
		    n * factors * sizeof(*l->factors));
}

/* Where no lookup says anything, it says "". */
static bool
is_wanted(const struct layout *l, const struct layout_row *r)
{
	size_t i;

	for (i = 0; i < l->table->n_filters; i++) {
		if (r->judged >> i & 1
			? !(r->passed >> i & 1)
			: !plan_passes(&l->table->filters[i], "", 0))
			return false;
	}
	return true;
}

int
layout_insert(
    struct layout *l, uint32_t row, struct ber_bytes index, enum naming naming)
{
	size_t columns = l->table->n_columns;
	uint32_t at;

	if (l->n_rows == l->capacity && grow(l) != 0)
		return -1;
	if (keep(l, index.data, index.size, &at) != 0)
		return -1;
	move_rows(l, row + 1, row);
	l->n_rows++;
	l->rows[row] = (struct layout_row){ .index = at,
		.index_size = (uint16_t)index.size,
		.rank = PLAN_NONE,
		.seen = true,
		.naming = (uint8_t)naming };
	l->rows[row].wanted = is_wanted(l, &l->rows[row]);
	memset(l->cells + row * columns, 0, columns * sizeof(*l->cells));
	if (l->rates != NULL)
		memset(
		    l->rates + row * columns, 0, columns * sizeof(*l->rates));
	if (l->factors != NULL)
		memset(layout_factor(l, row, 0), 0,
		    l->table->n_factors * sizeof(*l->factors));
	return 0;
}

void
layout_forget(
    struct layout *l, struct farm_host *host, uint32_t row, size_t column)
{
	uint32_t *cell = layout_cell(l, row, column);
	struct rate *rate;

	if (*cell != CELL_UNKNOWN && *cell != CELL_SILENT)
		farm_release(host, *cell);
	*cell = CELL_UNKNOWN;
	if (l->rates == NULL)
		return;
	rate = layout_rate(l, row, column);
	if (rate->series != 0 && rate->series != CELL_SILENT)
		farm_release(host, rate->series);
	*rate = (struct rate){ 0 };
}

static void
forget_row(struct layout *l, struct farm_host *host, uint32_t row)
{
	size_t i;

	for (i = 0; i < l->table->n_columns; i++)
		layout_forget(l, host, row, i);
}

void
layout_free(struct layout *l, struct farm_host *host)
{
	const struct plan_table *table = l->table;
	uint32_t i;

	for (i = 0; i < l->n_rows; i++)
		forget_row(l, host, i);
	free(l->rows);
	free(l->cells);
	free(l->rates);
	free(l->factors);
	free(l->pool);
	*l = (struct layout){ .table = table };
}

/* The pool anew, without what nobody points to; never mind if it cannot. */
static void
compact(struct layout *l)
{
	struct layout fresh = { .pool = NULL };
	struct layout_row *r;
	uint32_t i, index, name;

	if (l->pool_waste < l->pool_size / 2 || l->pool_waste < 256)
		return;
	for (i = 0; i < l->n_rows; i++) {
		r = &l->rows[i];
		if (keep(&fresh, l->pool + r->index, r->index_size, &index) !=
			0 ||
		    keep(&fresh, l->pool + r->name, r->name_size, &name) != 0)
			break;
	}
	if (i < l->n_rows) {
		free(fresh.pool);
		return;
	}
	for (i = 0, index = 0; i < l->n_rows; i++) {
		r = &l->rows[i];
		r->index = index;
		r->name = index + r->index_size;
		index = r->name + r->name_size;
	}
	free(l->pool);
	l->pool = fresh.pool;
	l->pool_size = fresh.pool_size;
	l->pool_capacity = fresh.pool_capacity;
	l->pool_waste = 0;
}

static void *
shrink(void *p, size_t n, size_t size)
{
	void *shrunk = reallocarray(p, n, size);

	return shrunk != NULL ? shrunk : p;
}

/* No room for rows that are not there: tables seldom grow. */
static void
trim(struct layout *l)
{
	size_t columns = l->table->n_columns;

	if (l->n_rows == 0 || l->n_rows == l->capacity)
		return;
	l->rows = shrink(l->rows, l->n_rows, sizeof(*l->rows));
	l->cells = shrink(l->cells, l->n_rows, columns * sizeof(*l->cells));
	if (l->rates != NULL)
		l->rates = shrink(
		    l->rates, l->n_rows, columns * sizeof(*l->rates));
	if (l->factors != NULL)
		l->factors = shrink(l->factors, l->n_rows,
		    l->table->n_factors * sizeof(*l->factors));
	l->capacity = l->n_rows;
}

void
layout_sweep(struct layout *l, struct farm_host *host)
{
	uint32_t row = l->n_rows;

	while (row-- > 0) {
		if (l->rows[row].seen)
			continue;
		forget_row(l, host, row);
		l->pool_waste += l->rows[row].index_size;
		l->pool_waste += l->rows[row].name_size;
		move_rows(l, row, row + 1);
		l->n_rows--;
	}
	compact(l);
	trim(l);
}

/* --------------------------------------------------------------- names -- */

void
layout_unsee(struct layout *l)
{
	struct layout_row *r;
	uint32_t i;

	for (i = 0; i < l->n_rows; i++) {
		r = &l->rows[i];
		r->seen = false;
		r->judged = r->passed = 0;
		r->rank = PLAN_NONE;
		r->told_size = 0;
	}
	if (l->factors != NULL)
		memset(l->factors, 0,
		    l->n_rows * l->table->n_factors * sizeof(*l->factors));
}

int
layout_tell(struct layout *l, uint32_t row, size_t lookup, const char *text,
    size_t length)
{
	const struct plan_lookup *look = &l->table->lookups[lookup];
	struct layout_row *r = &l->rows[row];
	uint8_t bit;

	if (look->filter != PLAN_NONE) {
		bit = (uint8_t)(1u << look->filter);
		r->judged |= bit;
		if (plan_passes(&l->table->filters[look->filter], text, length))
			r->passed |= bit;
	}
	if (length == 0 || look->rank >= r->rank)
		return 0;
	if (r->name_size == length &&
	    memcmp(l->pool + r->name, text, length) == 0)
		r->told = r->name;
	else if (keep(l, text, length, &r->told) != 0)
		return -1;
	r->told_size = (uint16_t)length;
	r->rank = look->rank;
	return 0;
}

/* Another name means other series. */
static void
rename_row(struct layout *l, struct farm_host *host, uint32_t row)
{
	struct layout_row *r = &l->rows[row];

	if (r->name_size == r->told_size &&
	    (r->name_size == 0 || memcmp(l->pool + r->name, l->pool + r->told,
				      r->name_size) == 0))
		return;
	forget_row(l, host, row);
	l->pool_waste += r->name_size;
	r->name = r->told;
	r->name_size = r->told_size;
}

/* A row's name, with suffixes, as it will stand for {row}. */
static void
print_row(const struct layout *l, uint32_t row, struct buffer *ret)
{
	const struct layout_row *r = &l->rows[row];
	int i;

	if (r->name_size == 0)
		layout_print_index(ret, layout_index(l, row));
	else
		buffer_put(ret, l->pool + r->name, r->name_size);
	for (i = 0; i < r->suffixes; i++) {
		buffer_putc(ret, '.');
		layout_print_index(ret, layout_index(l, row));
	}
}

/* Names of all rows in one buffer, sorted: equal ones are neighbours. */
struct entry {
	const char *name;
	size_t offset, length;
	uint32_t row;
};

static int
by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	size_t n = x->length < y->length ? x->length : y->length;
	int order = memcmp(x->name, y->name, n);

	if (order != 0)
		return order;
	return (x->length > y->length) - (x->length < y->length);
}

static bool
same_name(const struct entry *a, const struct entry *b)
{
	return a->length == b->length &&
	       memcmp(a->name, b->name, a->length) == 0;
}

/* One more suffix for all that share a name: how many. */
static uint32_t
part_equals(struct layout *l, struct entry *entries)
{
	uint32_t i, n = l->n_rows, changed = 0;
	bool before, after;

	qsort(entries, n, sizeof(*entries), by_name);
	for (i = 0; i < n; i++) {
		before = i > 0 && same_name(&entries[i], &entries[i - 1]);
		after = i + 1 < n && same_name(&entries[i], &entries[i + 1]);
		if (before || after) {
			l->rows[entries[i].row].suffixes++;
			changed++;
		}
	}
	return changed;
}

static uint32_t
part_once(struct layout *l, struct entry *entries, struct buffer *names)
{
	uint32_t i;

	buffer_clear(names);
	for (i = 0; i < l->n_rows; i++) {
		entries[i].offset = names->size;
		entries[i].row = i;
		print_row(l, i, names);
		entries[i].length = names->size - entries[i].offset;
	}
	if (buffer_failed(names))
		return 0;
	for (i = 0; i < l->n_rows; i++)
		entries[i].name = buffer_text(names) + entries[i].offset;
	return part_equals(l, entries);
}

/*
 * A name with its index may be what another row is called: then that one gets
 * its own, and so on; each round ends with fewer that are equal.
 */
static int
part(struct layout *l, struct farm_host *host)
{
	struct entry *entries = calloc(l->n_rows + 1, sizeof(*entries));
	uint8_t *old = calloc(l->n_rows + 1, 1);
	struct buffer names = BUFFER_INIT;
	uint32_t i;
	int round;

	if (entries == NULL || old == NULL) {
		free(entries);
		free(old);
		return -1;
	}
	for (i = 0; i < l->n_rows; i++) {
		old[i] = l->rows[i].suffixes;
		l->rows[i].suffixes = 0;
	}
	for (round = 0; round < 4; round++)
		if (part_once(l, entries, &names) == 0)
			break;
	for (i = 0; i < l->n_rows; i++)
		if (old[i] != l->rows[i].suffixes)
			forget_row(l, host, i);
	round = buffer_failed(&names) ? -1 : 0;
	buffer_free(&names);
	free(entries);
	free(old);
	return round;
}

int
layout_settle(struct layout *l, struct farm_host *host, enum naming now)
{
	struct layout_row *r;
	uint32_t i;

	for (i = 0; i < l->n_rows; i++) {
		r = &l->rows[i];
		rename_row(l, host, i);
		r->naming = r->naming == ROW_NAMELESS ? (uint8_t)now
						      : ROW_NAMED;
		r->wanted = is_wanted(l, r);
		if (!r->wanted)
			forget_row(l, host, i);
	}
	return l->table->n_lookups > 0 ? part(l, host) : 0;
}

bool
layout_has_nameless(const struct layout *l)
{
	uint32_t i;

	for (i = 0; i < l->n_rows; i++)
		if (l->rows[i].naming == ROW_NAMELESS)
			return true;
	return false;
}

uint32_t
layout_wanted(const struct layout *l)
{
	uint32_t i, n = 0;

	for (i = 0; i < l->n_rows; i++)
		n += l->rows[i].wanted;
	return n;
}

void
layout_print_index(struct buffer *out, struct ber_bytes index)
{
	const uint8_t *p = index.data, *end = p + index.size;
	uint64_t number;

	while (p < end) {
		for (number = 0; p < end && *p >= 0x80; p++)
			number = number << 7 | (*p & 0x7f);
		if (p < end)
			number = number << 7 | *p++;
		buffer_printf(out, "%llu", (unsigned long long)number);
		if (p < end)
			buffer_putc(out, '.');
	}
}

/* An index that is a text, number by number, with its length before it. */
static void
print_text_index(struct buffer *out, struct ber_bytes index)
{
	uint32_t numbers[BER_OID_MAX];
	uint8_t whole[BER_OID_BYTES + 1] = { 0x2b };
	size_t i, n;

	memcpy(whole + 1, index.data, index.size);
	n = ber_oid_numbers(
	    (struct ber_bytes){ whole, index.size + 1 }, numbers);
	for (i = 3; i < n; i++)
		if (numbers[2] != n - 3 || numbers[i] < ' ' ||
		    numbers[i] > 0x7e)
			break;
	if (i < n || n < 4) {
		layout_print_index(out, index);
		return;
	}
	for (i = 3; i < n; i++)
		buffer_putc(out, (char)numbers[i]);
}

void
layout_name(const struct layout *l, uint32_t row, const struct plan_value *v,
    struct buffer *ret)
{
	const char *p = l->table->name;

	while (*p != '\0') {
		if (strncmp(p, "{row}", 5) == 0) {
			print_row(l, row, ret);
			p += 5;
		} else if (strncmp(p, "{column}", 8) == 0) {
			buffer_puts(ret, v->name);
			p += 8;
		} else if (strncmp(p, "{index}", 7) == 0) {
			layout_print_index(ret, layout_index(l, row));
			p += 7;
		} else if (strncmp(p, "{text}", 6) == 0) {
			print_text_index(ret, layout_index(l, row));
			p += 6;
		} else
			buffer_putc(ret, *p++);
	}
}
