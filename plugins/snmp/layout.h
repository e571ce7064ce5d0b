/*
 * layout.h - the rows of one table on one device: their indices in the order
 * of the MIB, what they are called, and the series of each cell.  Kept from
 * poll to poll, so that a value that comes where it is expected finds its
 * series without any search.
 */
#ifndef SNMP_LAYOUT_H
#define SNMP_LAYOUT_H

#include "plan.h"
#include "rate.h"

/* What a cell holds if it is not a series. */
#define CELL_UNKNOWN 0		/* never seen */
#define CELL_SILENT UINT32_MAX	/* there, but has no series of its own */

/* What is known of a row's name in the poll under way. */
enum naming {
	ROW_NAMED,    /* lookups were read when it was there already */
	ROW_NAMELESS, /* it came after them: its values wait */
	ROW_LATE,     /* it did, and they were read again: now its values */
};

struct layout_row {
	uint32_t index; /* these three: where in the pool */
	uint32_t name;
	uint32_t told; /* what lookups say it is called */
	uint16_t index_size;
	uint16_t name_size; /* 0: the index is the name */
	uint16_t told_size;
	uint8_t rank;	    /* of the lookup that named it; PLAN_NONE */
	uint8_t judged;	    /* by filter: it had a text to judge ... */
	uint8_t passed;	    /* ... and it passed */
	uint8_t suffixes;   /* so often the index follows the name */
	bool wanted;
	bool seen; /* since layout_unsee() */
	uint8_t naming; /* enum naming */
};

struct layout {
	const struct plan_table *table;
	struct layout_row *rows;
	uint32_t *cells;     /* by row, then column */
	struct rate *rates;  /* the same; NULL if there are none */
	double *factors;     /* by row, then factor; 0: not known */
	uint32_t n_rows, capacity;
	uint8_t *pool; /* bytes of indices and names */
	uint32_t pool_size, pool_capacity;
	uint32_t pool_waste;
	int64_t verified_ns; /* all of it, CLOCK_MONOTONIC; 0: to be read */
	int64_t named_ns;    /* its lookups, the same */
	uint16_t width;	     /* columns a question may have; 0: all */
	bool next_only;	     /* its GetBulk fails */
};

/* Give back all series and memory; it is empty then. */
void layout_free(struct layout *, struct farm_host *);

static inline struct ber_bytes
layout_index(const struct layout *l, uint32_t row)
{
	return (struct ber_bytes){ l->pool + l->rows[row].index,
		l->rows[row].index_size };
}

static inline uint32_t *
layout_cell(const struct layout *l, uint32_t row, size_t column)
{
	return &l->cells[row * l->table->n_columns + column];
}

static inline struct rate *
layout_rate(const struct layout *l, uint32_t row, size_t column)
{
	return &l->rates[row * l->table->n_columns + column];
}

static inline double *
layout_factor(const struct layout *l, uint32_t row, size_t factor)
{
	return &l->factors[row * l->table->n_factors + factor];
}

/* So many cells, from this row on, are about to be needed: of thousands of
   devices only few stand in the processor's caches. */
void layout_fetch(const struct layout *, uint32_t row, size_t n);

/* The first row whose index is not less; true if it is that one. */
bool layout_find(const struct layout *, struct ber_bytes index,
    uint32_t *ret_row);
/* A new row there, found by layout_find(); -1 if memory is out. */
int layout_insert(struct layout *, uint32_t row, struct ber_bytes index,
    enum naming);
/* A cell is no more: its series are given back. */
void layout_forget(struct layout *, struct farm_host *, uint32_t row,
    size_t column);

/* Before names are read again: which rows are seen now? */
void layout_unsee(struct layout *);
/* Lookup number `lookup' says this of the row.  -1 if memory is out. */
int layout_tell(struct layout *, uint32_t row, size_t lookup,
    const char *text, size_t length);
/* All lookups are read: which rows are wanted, which share a name.  Rows that
   were not named again go by their index; those that were nameless are `now'
   something else.  -1 if memory is out. */
int layout_settle(struct layout *, struct farm_host *, enum naming now);
/* Is there a row without a name? */
bool layout_has_nameless(const struct layout *);
/* All columns are read: rows that were not seen are no more. */
void layout_sweep(struct layout *, struct farm_host *);

/* The rows that are wanted. */
uint32_t layout_wanted(const struct layout *);
/* "eth0_ifInOctets" */
void layout_name(const struct layout *, uint32_t row,
    const struct plan_value *, struct buffer *ret);
/* "5", "10.0.0.1" */
void layout_print_index(struct buffer *, struct ber_bytes index);

#endif
