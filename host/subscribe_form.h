/*
 * subscribe_form.h - what subscribers are told, in the format they asked for:
 * server-sent events with JSON, lines of text or XML in them, or frames.  One
 * stream each; one thread at a time.
 */
#ifndef HOST_SUBSCRIBE_FORM_H
#define HOST_SUBSCRIBE_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "deliver.h"
#include "error.h"
#include "series.h"

enum format {
	FORMAT_JSON,
	FORMAT_ULM,
	FORMAT_XML,
	FORMAT_INFLUX,
	FORMAT_FRAMES,
};

/* NULL: JSON. */
int format_parse(const char *word, enum format *ret, struct error *);
const char *format_content_type(enum format);

struct form;

struct form *form_new(enum format, struct series_table *); /* NULL: no memory */
void form_free(struct form *); /* NULL is fine */
/* Somebody reads on who has not read what was put so far. */
void form_anew(struct form *);

/* What is put may be held back until form_flush(). */
void form_result(struct form *, uint64_t sequence, const struct farm_record *,
    const struct farm_value *rows, size_t n, struct buffer *out);
/* False if subscribers have nothing of such a type. */
bool form_payload(struct form *, uint64_t sequence,
    const struct farm_record *, struct buffer *out);
/* Something happened to a series: "added", "changed". */
void form_series(struct form *, const char *type, uint64_t sequence,
    const struct farm_series *, struct buffer *out);
/* Are points of one series joined in one event, by the caller (see
   subscribe_events.h)?  Else each is put by form_point(), as an event of
   `type': "history", "latest", "summary". */
bool form_joins_points(const struct form *);
void form_point(struct form *, const char *type, const struct farm_series *,
    const struct history_point *, struct buffer *out);
/* Something about the stream itself: `members' of a JSON object, each with a
   comma before it. */
void form_note(struct form *, const char *type, uint64_t position,
    uint64_t sequence, const char *members, struct buffer *out);
/* So that the connection is seen to be alive. */
void form_nothing(struct form *, struct buffer *out);
void form_flush(struct form *, struct buffer *out);

#endif
