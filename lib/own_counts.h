/*
 * own_counts.h - what a listener counts, as values of a node of its own: those
 * that have changed, and now and then all, so that none expires; and the last
 * word on who was refused.
 */
#ifndef LIB_OWN_COUNTS_H
#define LIB_OWN_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

struct own_count {
	const char *name;
	uint32_t kind; /* FARM_COUNTER64, FARM_GAUGE */
};

/*
 * The node they are of: the one that is configured, else the host's name, in
 * `room'.  NULL, explained.
 */
const char *own_node(struct farm_host *, const char *configured, char *room,
    size_t size);

struct own_counts;

/*
 * n of them, whose names all begin with `prefix', and the text that is called
 * `refusal' behind it.  -1, explained.
 */
int own_counts_open(struct own_counts **ret, struct farm_host *,
    const char *cluster, const char *node, const char *prefix,
    const struct own_count *table, size_t n, const char *refusal);
void own_counts_close(struct own_counts *); /* NULL is fine */

/* As they are now, in the order of the table; a refusal of "" is none yet. */
int own_counts_emit(struct own_counts *, struct farm_host *,
    const uint64_t *now, const char *refusal, bool all);

#endif
