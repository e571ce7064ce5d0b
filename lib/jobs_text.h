/*
 * jobs_text.h - the pieces that lists of jobs are made of, read from slices.
 * Each answers whether there was such a thing.
 */
#ifndef LIB_JOBS_TEXT_H
#define LIB_JOBS_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "slice.h"

/* The next line, without its newline; false at the end.  *ret_whole (may be
   NULL): it had one. */
bool slice_line(struct slice *rest, struct slice *ret, bool *ret_whole);
/* The next that has its newline: 1, and one more in *number; 0 at the end; -1
   and err if it is a line that broke off. */
int slice_whole_line(struct slice *rest, struct slice *ret, size_t *number,
    struct error *err);
/* The next word between blanks and tabs. */
bool slice_word(struct slice *rest, struct slice *ret);
/* Without blanks at both ends. */
struct slice slice_trim(struct slice);
bool slice_begins(struct slice, const char *text);
/* What follows the text it begins with. */
struct slice slice_after(struct slice, const char *text);

/* The whole slice is one. */
bool slice_integer(struct slice, int64_t *ret);
bool slice_number(struct slice, double *ret); /* finite */
/* "24105M", "200mb", "23.5G", "117532kb": powers of 1024; bare is bytes. */
bool slice_bytes(struct slice, int64_t *ret);
/* "2-03:04:05", "12:34:56", "0:12", "00:20.013": to ns. */
bool slice_elapsed(struct slice, int64_t *ret_ns);
/* "2026-11-20T20:35:13", taken as UTC. */
bool slice_iso_time(struct slice, int64_t *ret_ns);
/* "Fri Nov 20 21:34:09 2026", likewise. */
bool slice_c_time(struct slice, int64_t *ret_ns);
/* "Nov 20 20:52", of the year that lies nearest before `now_ns'. */
bool slice_short_time(struct slice, int64_t now_ns, int64_t *ret_ns);

/* How many numbers "2", "1,4" or "3-9:2" are; 1 if it is none of these. */
int64_t slice_count_ranges(struct slice);

#endif
