#include "walk.h"

#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "poll.h"

/* What an answer of 1472 bytes has room for, by a varbind's usual size. */
#define ROOM_BYTES 1400
#define VARBIND_BYTES 10 /* of headers and value */
/* Varbinds that are asked for at once, whatever the agent can do. */
#define ROOM_MAX 4096
/* Names of one question. */
#define NAMES_BYTES 1000

void
walk_free(struct walk *w)
{
	free(w->columns);
	*w = (struct walk){ .columns = NULL };
}

void
walk_begin(struct walk *w, struct layout *layout, bool bulk)
{
	struct walk_column *columns = w->columns;
	size_t capacity = w->capacity;

	*w = (struct walk){ .layout = layout,
		.columns = columns,
		.capacity = capacity,
		.bulk = bulk && !layout->next_only };
}

int
walk_add(struct walk *w, uint32_t number, struct ber_bytes root)
{
	size_t capacity = w->capacity == 0 ? 8 : w->capacity * 2;
	struct walk_column *grown;

	if (w->n == w->capacity) {
		grown = reallocarray(w->columns, capacity, sizeof(*grown));
		if (grown == NULL)
			return -1;
		w->columns = grown;
		w->capacity = capacity;
	}
	w->columns[w->n++] = (struct walk_column){ .root = root,
		.number = number };
	return 0;
}

/* Where the cells of a known table's column end. */
static uint32_t
known_end(const struct walk *w, uint32_t number)
{
	uint32_t row = w->layout->n_rows;

	while (row > 0 && *layout_cell(w->layout, row - 1, number) == 0)
		row--;
	return row;
}

void
walk_start(struct walk *w)
{
	struct walk_column *c;
	size_t i;

	w->width = w->layout->width != 0 ? w->layout->width : w->n;
	for (i = 0; i < w->n && w->known; i++) {
		c = &w->columns[i];
		c->end = known_end(w, c->number);
		if (c->end == 0)
			c->state = COLUMN_OVER;
	}
}

/* ----------------------------------------------------------- questions -- */

static size_t
group_end(const struct walk *w)
{
	return w->n - w->first > w->width ? w->first + w->width : w->n;
}

/* The row that a column goes on from: none at first. */
static struct ber_bytes
behind(const struct walk *w, uint32_t cursor)
{
	if (cursor == 0)
		return (struct ber_bytes){ NULL, 0 };
	return layout_index(w->layout, cursor - 1);
}

static void
ask_column(struct poll *p, size_t i, uint32_t cursor)
{
	const struct walk_column *c = &p->walk.columns[i];

	ask_add(&p->ask, (uint32_t)i, c->root, behind(&p->walk, cursor));
}

/* To the next columns that are not over; false if there are none. */
static bool
find_group(struct walk *w)
{
	size_t i;

	while (w->first < w->n) {
		for (i = w->first; i < group_end(w); i++)
			if (w->columns[i].state == COLUMN_LIVE)
				return true;
		w->first = group_end(w);
	}
	return false;
}

/*
 * An answer that was cut within a row leaves columns one row apart.  In a
 * table that is known, those behind are asked for that one cell, and all go on
 * from the same row: so nothing is asked for that is not needed.
 */
static bool
is_ragged(const struct walk *w, uint32_t *ret_front)
{
	uint32_t low = UINT32_MAX, high = 0;
	const struct walk_column *c;
	size_t i;

	for (i = w->first; i < group_end(w); i++) {
		c = &w->columns[i];
		if (c->state != COLUMN_LIVE)
			continue;
		low = c->cursor < low ? c->cursor : low;
		high = c->cursor > high ? c->cursor : high;
	}
	*ret_front = high;
	return w->known && high == low + 1;
}

static void
ask_singles(struct poll *p, uint32_t front)
{
	struct walk *w = &p->walk;
	size_t i;

	for (i = w->first; i < group_end(w); i++)
		if (w->columns[i].state == COLUMN_LIVE &&
		    w->columns[i].cursor < front) {
			ask_column(p, i, w->columns[i].cursor);
			w->singles++;
		}
}

/* Returns the most rows that any of them may still have. */
static size_t
ask_repeaters(struct poll *p, bool ragged, uint32_t front)
{
	struct walk *w = &p->walk;
	const struct walk_column *c;
	size_t i, most = 0;
	uint32_t from;

	for (i = w->first; i < group_end(w); i++) {
		c = &w->columns[i];
		from = ragged ? front : c->cursor;
		if (c->state != COLUMN_LIVE || (ragged && c->end <= from))
			continue;
		if (w->repeaters > 0 && ask_size(&p->ask) > NAMES_BYTES)
			break;
		ask_column(p, i, from);
		w->repeaters++;
		if (w->known && c->end - from > most)
			most = c->end - from;
	}
	return w->known ? most : SIZE_MAX;
}

/* Rows to ask for: what an answer has room for, and no more than there are. */
static size_t
repetitions(const struct poll *p, size_t rows)
{
	const struct walk *w = &p->walk;
	size_t room = p->reader->repetitions, fixed, n;

	if (room == 0)
		room = ROOM_BYTES / (p->ask.used / p->ask.n + VARBIND_BYTES);
	fixed = p->ask.riders + w->singles;
	n = room > fixed ? (room - fixed + w->repeaters - 1) / w->repeaters : 1;
	if (n < 1)
		n = 1;
	return n < rows ? n : rows;
}

bool
walk_next(struct poll *p)
{
	struct walk *w = &p->walk;
	uint32_t front = 0;
	bool ragged;
	size_t rows;

	if (w->failed || !find_group(w))
		return false;
	w->singles = w->repeaters = w->repetitions = 0;
	ragged = w->bulk && is_ragged(w, &front);
	w->floor = ragged ? front : UINT32_MAX;
	if (ragged)
		ask_singles(p, front);
	rows = ask_repeaters(p, ragged, front);
	if (w->repeaters > 0)
		w->repetitions = w->bulk ? repetitions(p, rows) : 1;
	if (w->bulk)
		ask_done(&p->ask, SNMP_GET_BULK, p->ask.riders + w->singles,
		    (int32_t)w->repetitions);
	else
		ask_done(&p->ask, SNMP_GET_NEXT, 0, 0);
	w->failed = p->ask.failed;
	return !w->failed;
}

/* ------------------------------------------------------------- answers -- */

static void
give_up(struct poll *p, struct walk_column *c, const char *why)
{
	const struct plan_table *t = p->layout->table;

	c->state = COLUMN_BROKEN;
	if (p->walk.cells)
		poll_set(p, SET_BROKEN, t->first + c->number, true);
	poll_trouble(p, "%s%s: %s", p->walk.cells ? "" : "a lookup of ",
	    p->walk.cells ? t->columns[c->number].name : t->label, why);
}

/* The rest of a column, from its cursor to `row', is not there any more. */
static void
forget_cells(struct poll *p, struct walk_column *c, uint32_t row)
{
	struct layout *l = p->walk.layout;
	uint32_t i;

	if (!p->walk.cells)
		return;
	for (i = c->cursor; i < row; i++)
		if (*layout_cell(l, i, c->number) != CELL_UNKNOWN) {
			layout_forget(l, p->shared->host, i, c->number);
			if (p->walk.known)
				l->verified_ns = l->named_ns = 0;
		}
}

static void
column_over(struct poll *p, struct walk_column *c)
{
	forget_cells(p, c, p->walk.layout->n_rows);
	c->state = COLUMN_OVER;
}

static uint32_t
rows_of_device(const struct poll *p)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < p->shared->plan->n_tables; i++)
		n += p->reader->layouts[i].n_rows;
	return n;
}

/* A row that nobody knew; false if there can be no more. */
static bool
new_row(struct poll *p, uint32_t row, struct ber_bytes index)
{
	struct walk *w = &p->walk;
	struct walk_column *c;
	size_t i;

	if (rows_of_device(p) >= READER_ROWS_MAX) {
		poll_trouble(p, "%s: the device has more than %d rows",
		    p->layout->table->label, READER_ROWS_MAX);
		w->failed = true;
		return false;
	}
	if (layout_insert(w->layout, row, index,
		w->cells && w->layout->table->n_lookups > 0 ? ROW_NAMELESS
							    : ROW_NAMED) != 0) {
		w->failed = true;
		return false;
	}
	if (w->known)
		w->layout->verified_ns = w->layout->named_ns = 0;
	for (i = 0; i < w->n; i++) {
		c = &w->columns[i];
		c->cursor += c->cursor > row;
		c->end += c->end > row;
	}
	if (w->floor != UINT32_MAX && w->floor > row)
		w->floor++;
	return true;
}

static inline void
take_row(struct poll *p, struct walk_column *c, uint32_t row,
    const struct snmp_varbind *v)
{
	struct walk *w = &p->walk;

	w->layout->rows[row].seen = true;
	c->cursor = row + 1;
	w->take(p, c->number, row, v);
	if (w->known && c->cursor >= c->end)
		c->state = COLUMN_OVER;
}

/* A row that may be anywhere. */
static void
take_cell(struct poll *p, struct walk_column *c, const struct snmp_varbind *v)
{
	struct walk *w = &p->walk;
	struct layout *l = w->layout;
	struct ber_bytes index = { v->name.data + c->root.size,
		v->name.size - c->root.size };
	uint32_t row;

	if (!layout_find(l, index, &row)) {
		if (row < c->cursor) {
			give_up(p, c, "OID not increasing");
			return;
		}
		if (!new_row(p, row, index))
			return;
	} else if (row < c->cursor) {
		if (row < w->floor)
			give_up(p, c, "OID not increasing");
		return;
	}
	forget_cells(p, c, row);
	take_row(p, c, row, v);
}

/* What a varbind means to its column. */
static void
take_varbind(
    struct poll *p, struct walk_column *c, const struct snmp_varbind *v)
{
	if (c->state != COLUMN_LIVE)
		return;
	if (value_is_none(&v->value) || v->name.size <= c->root.size ||
	    !ber_oid_below(v->name, c->root)) {
		if (v->name.size == c->root.size &&
		    ber_oid_below(v->name, c->root) &&
		    !value_is_none(&v->value))
			give_up(p, c, "OID not increasing");
		else
			column_over(p, c);
		return;
	}
	take_cell(p, c, v);
}

/* What the agent made of so many varbinds asked for. */
static void
learn_room(struct poll *p, size_t asked, size_t came)
{
	struct reader *r = p->reader;

	if (!p->walk.bulk || came == 0)
		return;
	if (came < asked)
		r->repetitions = (uint16_t)(came < ROOM_MAX ? came : ROOM_MAX);
	else if (p->walk.repetitions > 0 && asked >= r->repetitions)
		r->repetitions = (uint16_t)(asked < ROOM_MAX / 2 ? asked * 2
								 : ROOM_MAX);
}

static void
lose_bulk(struct poll *p)
{
	p->walk.bulk = false;
	p->walk.layout->next_only = true;
}

static void
drop_group(struct poll *p, const char *why)
{
	struct walk *w = &p->walk;
	size_t i;

	for (i = w->first; i < group_end(w); i++)
		if (w->columns[i].state == COLUMN_LIVE)
			give_up(p, &w->columns[i], why);
}

/* Fewer columns at once; false if it is one already. */
static bool
narrow(struct poll *p)
{
	struct walk *w = &p->walk;
	size_t width = group_end(w) - w->first;

	if (width <= 1)
		return false;
	w->width = width / 2;
	w->layout->width = (uint16_t)w->width;
	return true;
}

static bool
fewer_rows(struct poll *p)
{
	struct walk *w = &p->walk;

	if (!w->bulk || w->repetitions <= 1)
		return false;
	p->reader->repetitions = (uint16_t)(p->ask.riders + w->singles +
					    (w->repetitions / 2) *
						w->repeaters);
	return true;
}

/* By number of a name (from 1) behind the riders. */
static struct walk_column *
column_asked(struct poll *p, int32_t index)
{
	size_t i = (size_t)index - 1;

	if (index < 1 || i < p->ask.riders || i >= p->ask.n)
		return NULL;
	return &p->walk.columns[p->ask.about[i]];
}

static void
take_error(struct poll *p, const struct snmp_pdu *pdu)
{
	struct walk_column *c = column_asked(p, pdu->error_index);
	const char *name = snmp_error_name(pdu->error_status);

	if (pdu->error_status == SNMP_TOO_BIG) {
		if (!fewer_rows(p) && !narrow(p))
			drop_group(p, name);
	} else if (pdu->error_status == SNMP_NO_SUCH_NAME && c != NULL) {
		column_over(p, c);
	} else if (p->walk.bulk) {
		lose_bulk(p);
	} else if (c != NULL) {
		give_up(p, c, name);
	} else if (!narrow(p))
		drop_group(p, name);
}

static void
take_silence(struct poll *p)
{
	struct walk *w = &p->walk;

	w->silent++;
	if (w->silent == 1 && fewer_rows(p))
		return;
	if (w->bulk && w->silent <= 2) {
		lose_bulk(p);
		return;
	}
	if (w->silent <= 2)
		return;
	w->failed = true;
	poll_trouble(p, "%s: %s", p->layout->table->label,
	    p->why.size > 0 ? buffer_text(&p->why) : outcome_text(p->outcome));
}

/* What changes when a column gets on. */
static uint64_t
progress(const struct walk *w)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < w->n; i++)
		sum += w->columns[i].cursor +
		       ((uint64_t)w->columns[i].state << 40);
	return sum + w->layout->n_rows;
}

/* A number of the row that comes next in this column, as nearly all are? */
static inline bool
take_expected(struct poll *p, struct walk_column *c, struct ber *varbinds)
{
	const struct layout *l = p->walk.layout;
	struct snmp_varbind v;

	if (c->state != COLUMN_LIVE || c->cursor >= l->n_rows ||
	    !expect_number_of(
		varbinds, c->root, layout_index(l, c->cursor), &v))
		return false;
	take_row(p, c, c->cursor, &v);
	return true;
}

static size_t
take_all(struct poll *p, struct ber *varbinds)
{
	struct walk *w = &p->walk;
	size_t i, limit = w->singles + w->repeaters * w->repetitions;
	size_t n = 0, names = w->singles + w->repeaters;
	const uint32_t *about = p->ask.about + p->ask.riders;
	struct walk_column *c;
	struct snmp_varbind v;

	if (w->cells)
		layout_fetch(w->layout, w->columns[about[0]].cursor, limit);
	for (i = 0; i < limit && !w->failed; i++) {
		c = &w->columns[about[n]];
		if (!take_expected(p, c, varbinds)) {
			if (snmp_varbind_next(varbinds, &v, NULL) <= 0)
				break;
			take_varbind(p, c, &v);
		}
		if (++n == names)
			n = w->singles;
	}
	return i;
}

void
walk_take(struct poll *p, const struct answer *answer, struct ber *varbinds)
{
	struct walk *w = &p->walk;
	size_t came, asked = w->singles + w->repeaters * w->repetitions;
	uint64_t before = progress(w);

	if (answer->outcome != ANSWERED) {
		take_silence(p);
		return;
	}
	if (answer->pdu.error_status != SNMP_NO_ERROR) {
		take_error(p, &answer->pdu);
		return;
	}
	came = take_all(p, varbinds);
	learn_room(p, p->ask.riders + asked, p->ask.riders + came);
	if (w->failed || progress(w) != before)
		return;
	if (w->bulk)
		lose_bulk(p);
	else
		drop_group(p, "answers do not get on");
}
