/*
 * nrpe.h - questions of NRPE and their answers, versions 2 to 4.  Pure
 * functions.
 *
 * All numbers have their highest byte first.  A packet is version (16 bits),
 * type (16: 1 a question, 2 an answer), CRC-32 of the packet with zeros in its
 * place, the state (16) and a text that ends in NUL: in version 2 of 1024
 * bytes with 2 of padding behind it, in 3 and 4 after 16 bits of padding and
 * its length (32).  Version 3 has three more bytes at its end.  Questions of
 * all three are 1036 bytes long, as those of check_nrpe 4.1.
 */
#ifndef WIRE_NRPE_H
#define WIRE_NRPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "slice.h"

#define NRPE_OLDEST 2
#define NRPE_NEWEST 4
#define NRPE_QUESTION_SIZE 1036
/* Of a question's text, without its NUL. */
#define NRPE_TEXT_MAX 1000
/* What of an answer tells its size; the most that we take. */
#define NRPE_HEAD_SIZE 16
#define NRPE_ANSWER_MAX 1048576

struct nrpe_answer {
	int state;	   /* 0 to 3; others as they are */
	struct slice text; /* within the packet */
};

/* A command, and its arguments with a "!" before each.  -1: it is too long. */
int nrpe_question(uint8_t ret[NRPE_QUESTION_SIZE], int version,
    const char *text, struct error *);
/* The size of the whole answer that begins so; -1: it is none. */
int64_t nrpe_answer_size(const uint8_t head[NRPE_HEAD_SIZE], struct error *);
/* A whole one.  -1: it is none. */
int nrpe_answer_read(struct nrpe_answer *ret, const uint8_t *packet,
    size_t size, struct error *);

#endif
