/*
 * subscribe_view.h - what of the stream one question sees, as events: which
 * series are wanted is found out once for each.  One thread at a time.
 */
#ifndef HOST_SUBSCRIBE_VIEW_H
#define HOST_SUBSCRIBE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/predicate.h>

#include "batch.h"
#include "buffer.h"
#include "deliver.h"
#include "error.h"
#include "series.h"
#include "subscribe_form.h"
#include "subscribe_mode.h"

struct access_who;
struct view;
struct matcher;

/* What is asked for, and by whom; copied. */
struct view_question {
	const struct farm_predicate *predicates;
	size_t n;
	const struct mode_rule *mode;
	enum format format;
	struct access_who *access;
	bool trusted; /* sees changes of the configuration */
};
int view_new(struct view **ret, struct series_table *,
    const struct view_question *, struct error *);
void view_free(struct view *); /* NULL is fine */
/* Of all its predicates, and of number i alone. */
const struct matcher *view_matcher(const struct view *);
const struct matcher *view_matcher_at(const struct view *, size_t i);

/* Predicate number i has been answered through this position. */
void view_set_floor(struct view *, size_t i, uint64_t position);
/* All have, at the least some, through this one. */
uint64_t view_floor(const struct view *);

/* A series that is new with a record of a batch, or another than it was. */
struct view_news {
	size_t record;
	uint32_t series;
	bool changed;
};
/* What it sees of the records with positions beyond `after' and its floors,
   as events at the end of `out'.  News are in the order of the records. */
void view_batch(struct view *, const struct farm_batch *, uint64_t after,
    const struct view_news *, size_t n_news, struct buffer *out);
/* A point of a history.  Those of one series make events together, which
   view_points_end() completes. */
void view_point(struct view *, const struct farm_series *,
    const struct history_point *, struct buffer *out);
void view_points_end(struct view *, struct buffer *out);
/* What has come over a while is told when this is due. */
int64_t view_due_mono_ns(const struct view *); /* INT64_MAX: never */
void view_tell(struct view *, struct buffer *out);
/* Can who missed something go on from a position? */
bool view_resumes(const struct view *);

/* Something about the stream itself; see form_note(). */
void view_note(struct view *, const char *type, uint64_t position,
    const char *members, struct buffer *out);
/* The same with the number of the last event, for one who comes in here, which
   is none for the others. */
void view_note_aside(struct view *, const char *type, uint64_t position,
    const char *members, struct buffer *out);
void view_nothing(struct view *, struct buffer *out);
/* Somebody reads on who has not read what was put so far. */
void view_anew(struct view *);

#endif
