/* One table of a device, from the names of its rows to its last value. */
#include "poll.h"

/* On to the next table. */
static void
leave(struct poll *p)
{
	p->again = p->spare = false;
	p->table++;
	p->stage = STAGE_TABLE;
}

static bool
bulk(const struct poll *p)
{
	return p->version != SNMP_V1;
}

static const struct plan_source *
source_of(const struct poll *p, size_t column)
{
	const struct plan_table *t = p->layout->table;
	const struct plan_value *v = &t->columns[column];

	return poll_has(p, SET_FALLBACK, t->first + column) ? &v->fallback
							    : &v->source;
}

/* ------------------------------------------------------------- columns -- */

/* All columns, or those that are to be had from their fallback only. */
static void
walk_columns(struct poll *p)
{
	const struct plan_table *t = p->layout->table;
	size_t i;
	int status = 0;

	walk_begin(&p->walk, p->layout, bulk(p));
	p->walk.take = poll_put_cell;
	p->walk.cells = true;
	p->walk.known = !p->full && !p->spare && !p->again;
	for (i = 0; i < t->n_columns; i++)
		if (!p->spare || !poll_has(p, SET_GOT, t->first + i))
			status |= walk_add(
			    &p->walk, (uint32_t)i, source_of(p, i)->oid);
	if (status != 0)
		p->walk.failed = true;
	walk_start(&p->walk);
	p->stage = STAGE_ROWS;
}

/* ------------------------------------------------------- few wanted rows -- */

/* A want of a column's fallback, after the first source gave nothing. */
#define SECOND 0x10000u

static void
name_cell(struct poll *p, const struct want *want)
{
	ask_add(&p->ask, 0, source_of(p, want->what & ~SECOND)->oid,
	    layout_index(p->layout, want->where));
}

static void
take_wanted(
    struct poll *p, const struct want *want, const struct snmp_varbind *v)
{
	uint32_t column = want->what & ~SECOND;
	size_t number = p->layout->table->first + column;

	if (v != NULL) {
		poll_put_cell(p, column, want->where, v);
		return;
	}
	if (*layout_cell(p->layout, want->where, column) != CELL_UNKNOWN) {
		layout_forget(p->layout, p->shared->host, want->where, column);
		p->layout->verified_ns = 0;
	}
	if (p->full && !(want->what & SECOND) &&
	    p->layout->table->columns[column].fallback.oid.size > 0 &&
	    !poll_has(p, SET_GOT, number)) {
		poll_set(p, SET_FALLBACK, number, true);
		get_add(&p->get, column | SECOND, want->where);
	}
}

static int
want_rows(struct poll *p)
{
	const struct layout *l = p->layout;
	uint32_t row;
	size_t i;

	p->walk.known = false;
	get_begin(&p->get, name_cell, take_wanted);
	for (row = 0; row < l->n_rows; row++)
		for (i = 0; l->rows[row].wanted && i < l->table->n_columns;
		     i++) {
			if (!p->full && *layout_cell(l, row, i) == CELL_UNKNOWN)
				continue;
			if (get_add(&p->get, (uint32_t)i, row) != 0)
				return -1;
		}
	p->stage = STAGE_CELLS;
	return 0;
}

/* With a filter that leaves less than half, the others are not fetched. */
static void
read_rows(struct poll *p)
{
	const struct layout *l = p->layout;

	if (l->table->n_filters == 0 || layout_wanted(l) * 2 > l->n_rows)
		walk_columns(p);
	else if (want_rows(p) != 0)
		leave(p);
}

/* -------------------------------------------------------------- stages -- */

static bool
is_old(const struct poll *p, int64_t read_ns)
{
	return read_ns == 0 ||
	       p->now_ns - read_ns >= p->layout->table->refresh_ns;
}

/* Names that were read by a poll which got no further need not be again. */
void
table_begin(struct poll *p)
{
	const struct plan_table *t = &p->shared->plan->tables[p->table];
	struct layout *l = p->layout = &p->reader->layouts[p->table];
	size_t i;

	p->full = is_old(p, l->verified_ns);
	for (i = 0; p->full && i < t->n_columns; i++)
		poll_set(p, SET_BROKEN, t->first + i, false);
	if (p->full && t->n_lookups > 0 && is_old(p, l->named_ns)) {
		p->stage = STAGE_NAMES;
		if (lookup_begin(p, bulk(p)) != 0)
			leave(p);
		return;
	}
	if (p->full && t->n_lookups == 0)
		layout_unsee(l);
	read_rows(p);
}

/* Without their names, rows that have had none yet are left alone. */
void
table_names_read(struct poll *p)
{
	struct layout *l = p->layout;

	if (p->walk.failed || p->get.failed) {
		l->verified_ns = l->named_ns = 0;
		leave(p);
		return;
	}
	if (p->stage == STAGE_NAMES && p->get.n > 0) {
		p->stage = STAGE_CHAIN;
		return;
	}
	if (layout_settle(
		l, p->shared->host, p->again ? ROW_LATE : ROW_NAMED) != 0) {
		leave(p);
		return;
	}
	l->named_ns = p->now_ns;
	if (p->again)
		walk_columns(p);
	else
		read_rows(p);
}

/* Columns with a fallback that gave nothing in a full reading. */
static bool
turn_to_fallback(struct poll *p)
{
	const struct plan_table *t = p->layout->table;
	bool turned = false;
	size_t i, n;

	for (i = 0; i < t->n_columns; i++) {
		n = t->first + i;
		if (t->columns[i].fallback.oid.size == 0 ||
		    poll_has(p, SET_GOT, n))
			continue;
		poll_set(p, SET_FALLBACK, n, !p->spare);
		turned |= !p->spare;
	}
	return turned;
}

void
table_rows_read(struct poll *p)
{
	struct layout *l = p->layout;

	if (p->stage == STAGE_ROWS ? p->walk.failed : p->get.failed) {
		l->verified_ns = 0;
		leave(p);
		return;
	}
	if (p->full && !p->again && p->stage == STAGE_ROWS &&
	    turn_to_fallback(p)) {
		p->spare = true;
		walk_columns(p);
		return;
	}
	if (!p->again && layout_has_nameless(l)) {
		p->again = true;
		p->spare = false;
		p->stage = STAGE_NAMES;
		if (lookup_begin(p, bulk(p)) != 0)
			leave(p);
		return;
	}
	if (p->full || p->again) {
		layout_sweep(l, p->shared->host);
		l->verified_ns = p->now_ns;
	}
	/* Rows that came even later: the next poll asks for their names. */
	if (layout_has_nameless(l))
		l->verified_ns = l->named_ns = 0;
	leave(p);
}
