/*
 * datagrams.h - datagrams in batches, and each answer from the address that the
 * question went to.  For one thread, the owner's; none of it blocks.
 */
#ifndef LIB_DATAGRAMS_H
#define LIB_DATAGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "networks.h"

struct datagrams;

/* One of them.  The size of an answer in *ret, which holds until the next call;
   0: none. */
typedef size_t datagrams_fn(void *cookie, const struct place *from,
    const uint8_t *bytes, size_t size, int64_t mono_ns, const uint8_t **ret);

/*
 * For a socket of the host's.  Asks for a receive buffer of `buffer' bytes, and
 * says in the log if it is smaller.  -1, explained.
 */
int datagrams_open(struct datagrams **ret, struct farm_host *, int fd,
    int64_t buffer);
void datagrams_close(struct datagrams *); /* NULL is fine */

/* Take what is there, up to a bound: a flood leaves room for the end. */
void datagrams_ready(struct datagrams *, datagrams_fn *each, void *cookie);
/* Those that the kernel had no room for since datagrams_open(). */
uint64_t datagrams_overflows(struct datagrams *);

#endif
