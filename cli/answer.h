/*
 * answer.h - members of the daemon's answers: never NULL, never a crash, for an
 * answer may come from another version.
 */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <jansson.h>

#include "buffer.h"

/* The member's text; "" if it is not there or no string. */
const char *answer_text(const json_t *object, const char *key);
/* Its number; 0 if it is not there or none. */
double answer_number(const json_t *object, const char *key);
/* Any scalar as text for people; free with buffer_free(). */
void answer_scalar(struct buffer *, const json_t *value);

/* "350 us", "1.2 s": a duration in three digits. */
void put_duration(struct buffer *, double ns);
/* "12.3 MiB" */
void put_size(struct buffer *, double bytes);

#endif
