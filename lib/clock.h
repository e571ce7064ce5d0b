/*
 * clock.h - time as int64 nanoseconds, and how people write it.
 */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

int64_t clock_wall_ns(void); /* since 1970, UTC: for stamps */
int64_t clock_mono_ns(void); /* CLOCK_MONOTONIC: for intervals */
int64_t clock_thread_cpu_ns(void); /* CPU time of this thread */

/*
 * Both clocks at one moment, for stamps of one that are compared with the
 * other: as close as a few tries get when the thread is interrupted between
 * them, within a microsecond else.
 */
void clock_both_ns(int64_t *ret_mono_ns, int64_t *ret_wall_ns);

/*
 * A duration: sums of NUMBER UNIT with ns us ms s m h d w y (365 d), as in
 * "10s", "1.5h", "1h30m"; a bare number is seconds.  May be negative.
 */
int duration_parse(const char *text, int64_t *ret_ns, struct error *);
/* Shortest exact form: "1h30m", "10s", "0s". */
void duration_print(struct buffer *, int64_t ns);

/* A size in bytes: NUMBER with B, kB MB GB TB (10^3) or KiB MiB GiB TiB. */
int size_parse(const char *text, int64_t *ret_bytes, struct error *);
void size_print(struct buffer *, int64_t bytes);

/*
 * A point in time: "now", a duration before it ("-1h"), RFC 3339
 * ("2026-01-31T10:00:00Z", offset or local time without one, or the date
 * alone), or seconds since 1970, with fraction.
 */
int time_parse(const char *text, int64_t now_ns, int64_t *ret_ns,
    struct error *);
/* RFC 3339, UTC, with `digits' (0, 3, 6 or 9) of a second. */
void time_print(struct buffer *, int64_t ns, int digits);
/* As a JSON string with as many digits as it needs, 3 at least; 0 is null. */
void time_json(struct buffer *, int64_t ns);

#endif
