/* send.h - rows on their way to the daemon, many to a request. */
#ifndef CLI_DATA_SEND_H
#define CLI_DATA_SEND_H

#include <stdint.h>

#include "cli.h"
#include "row.h"

struct sender;

/* NULL if memory is out. */
struct sender *sender_new(const struct cli *);
void sender_free(struct sender *); /* NULL is fine */
/* The row is good; -1: the daemon takes no more. */
int sender_put(struct sender *, const struct row *, struct error *);
/* Send what is left and wait until all is stored. */
int sender_end(struct sender *, struct error *);
/* Values that the daemon has taken. */
uint64_t sender_taken(const struct sender *);

#endif
