/*
 * turn.h - files that were full: PATH.1, the newest, to PATH.N, packed if that
 * was asked for (PATH.1.zst).
 */
#ifndef FILE_TURN_H
#define FILE_TURN_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* The most that are kept. */
#define TURN_KEEP_MAX 10000

/* PATH becomes PATH.1, that PATH.2 and so on; of them `keep' stay. */
int turn_files(const char *path, int64_t keep, struct error *);

/* Can files be packed? */
bool turn_can_pack(void);

struct packing; /* a file that is being packed */

/* Begin with PATH.1.  *ret is the caller's. */
int packing_new(struct packing **ret, const char *path, struct error *);
/* Some MB more: 1 when it is done, 0 when there is more, -1 if it fails. */
int packing_step(struct packing *, struct error *);
/* What is not done is taken back; NULL is fine. */
void packing_free(struct packing *);

#endif
