/*
 * delivery.h - a batch on its way to the callbacks, which may fail in the
 * middle: who has had which item, so that only what is missing is given again.
 *
 * A delivery is one thread's.  While it has an item at hand, the callbacks
 * that this thread calls are asked for here, and what is said on the thread is
 * heard.
 */
#ifndef COLLECTD_DELIVERY_H
#define COLLECTD_DELIVERY_H

#include <stdbool.h>

#include "abi.h"
#include "callbacks.h"
#include "error.h"

struct delivery;

struct delivery *delivery_new(void); /* NULL if memory is out */
void delivery_free(struct delivery *); /* NULL is fine */

/* From the first item on, for the first time or again. */
void delivery_begin(struct delivery *);
/* Is it given again? */
bool delivery_is_again(const struct delivery *);
/* The next item is at hand, for write or notification callbacks; the same ones
   in the same order each time. */
void delivery_next(struct delivery *, enum callback_kind);
/*
 * That was the last one: flush, unless the plugins are to keep what they have.
 * 0 if all is where it belongs; then the next begins anew.  -1 with the reason
 * if some of it has to be given again.
 */
int delivery_end(struct delivery *, bool flush, struct error *);
/* How many items a callback refused for good since this was asked last. */
uint64_t delivery_refused(struct delivery *);

/* ------------------------- for those who call callbacks, on any thread --- */

/* An item is at hand: it has come from farmd, with names that are whole. */
bool delivery_is_on(void);
/*
 * May the callback be called?  False if it has the item at hand, or has failed
 * on one before; *ret is then what to take for its answer.
 */
bool delivery_wants(const struct callback *, int *ret);
/* What it has answered. */
void delivery_note(struct callback *, int rc);
/* Put the value into the cache, or only its rates if it is there already. */
int delivery_update(const data_set_t *, const value_list_t *);
/* What a plugin says of a failure is the reason for it. */
void delivery_hear(int severity, const char *line);

#endif
