/*
 * roster.h - the nodes of an instance as threads other than the poller's may
 * know them: by name, their address and the credential that opened them last;
 * the latter also after a restart.  All functions are for any thread.
 */
#ifndef SNMP_ROSTER_H
#define SNMP_ROSTER_H

#include <stdbool.h>

#include "buffer.h"
#include "credential.h"

/* Bytes of what is kept over a restart, at most. */
#define ROSTER_BYTES_MAX 65536

struct roster;
struct roster_entry;

/* Of these credentials; `kept' is what roster_keep() wrote once, or NULL.
   NULL if memory is out. */
struct roster *roster_new(const struct credentials *, const void *kept,
    size_t size);
void roster_free(struct roster *); /* NULL is fine */

/*
 * A node, with the number of the credential to be tried first.  The names are
 * copied.  NULL if memory is out: then it is not remembered, and that is all.
 */
struct roster_entry *roster_add(struct roster *, const char *node,
    const char *address, uint8_t *ret_credential);
void roster_remove(struct roster *, struct roster_entry *); /* NULL is fine */
/* This credential opened it; the entry may be NULL. */
void roster_opened(struct roster *, struct roster_entry *, uint8_t credential);

/* The address of a node, put into `ret'; false: there is none of that name. */
bool roster_find(struct roster *, const char *node, struct buffer *ret_address,
    uint8_t *ret_credential);

/* Has a credential changed since roster_keep()? */
bool roster_changed(struct roster *);
/* What is to be kept, at most ROSTER_BYTES_MAX. */
void roster_keep(struct roster *, struct buffer *);

#endif
