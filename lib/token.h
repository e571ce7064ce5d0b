/*
 * token.h - tokens, by which somebody who asks over the network shows who it
 * is: 32 random bytes in a text.  Configurations hold only their digests, which
 * are as good as secret for that: nobody guesses what they are of.
 */
#ifndef LIB_TOKEN_H
#define LIB_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"

struct token_digest {
	uint8_t bytes[32]; /* SHA-256 */
};

/* A new token as text, at the end of the buffer. */
int token_new(struct buffer *, struct error *);
/* -1 if the library fails. */
int token_digest(const char *token, struct token_digest *ret);
/* In a time that does not depend on where they differ. */
bool token_equal(const struct token_digest *, const struct token_digest *);

/* "sha256:" and 64 hexadecimal digits. */
void token_print(struct buffer *, const struct token_digest *);
int token_parse(const char *text, struct token_digest *ret, struct error *);

#endif
