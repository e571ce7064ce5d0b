/*
 * verdict.h - what an answer of HTTP means for a batch.
 */
#ifndef HTTP_VERDICT_H
#define HTTP_VERDICT_H

#include <farm/module.h>

#include "buffer.h"

/*
 * 2xx: stored.  400, 413, 415 and 422: something in it can never be stored.
 * All others, also 401, 403 and 404: later, as a server or a configuration can
 * be mended, and a value that is lost cannot.
 */
enum farm_verdict verdict_of(long status);
/* The answer's first words, fit for a log; empty if it has none. */
void verdict_words(struct buffer *to, const char *answer, size_t size);

#endif
