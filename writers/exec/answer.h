/*
 * answer.h - what a program says of a batch: "ok 7", "again 7 WHY",
 * "bad 7 WHY".
 */
#ifndef EXEC_ANSWER_H
#define EXEC_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "slice.h"

/* Of a line that is none, in a message. */
#define ANSWER_SHOWN 200

enum answer_word { ANSWER_OK, ANSWER_AGAIN, ANSWER_BAD };

struct answer {
	enum answer_word word;
	uint64_t batch;
	struct slice why; /* up to ANSWER_SHOWN bytes; may be empty */
};

/* False if the line is no answer. */
bool answer_parse(struct slice line, struct answer *ret);

#endif
