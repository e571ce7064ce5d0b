/*
 * differ.h - is a value another one than the last that went on?
 */
#ifndef LIB_DIFFER_H
#define LIB_DIFFER_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/result.h>

#include "hash.h"

struct differ_rule {
	double deadband;   /* a number that differs by no more is the same */
	double percent;	   /* likewise, in percent of the one before */
	int64_t resend_ns; /* after so long it goes on all the same; 0: never */
	struct hash_key key; /* of texts; drawn by its owner */
};

/* What went on last of a series.  Starts zeroed: nothing did. */
struct differ {
	int64_t time_ns;
	union {
		double number;
		uint64_t bits; /* of an integer, or a text's hash */
	};
	uint8_t type;
};

/* Does it go on?  The first one does, and then each that differs from the one
   that went on last. */
bool differ_take(const struct differ_rule *, struct differ *, int64_t time_ns,
    const struct farm_value *);

#endif
