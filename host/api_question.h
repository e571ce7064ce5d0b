/*
 * api_question.h - what a request asks for, taken apart: a predicate, a span,
 * a page.
 *
 * Every list comes in pages of `limit' entries, sorted by name, so that a page
 * goes on behind the entry where the one before it ended, whatever has come
 * and gone between.  That entry's name is the cursor, "next" in an answer and
 * the argument `after' of the following request.
 */
#ifndef HOST_API_QUESTION_H
#define HOST_API_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api.h"
#include "arena.h"
#include "error.h"
#include "level.h"
#include "predicate.h"

#define API_NAMES_MAX 4

/* Where a page ended: the names of its last entry. */
struct api_cursor {
	const char *names[API_NAMES_MAX];
	size_t n; /* 0: begin at the beginning */
	/* Of history: */
	int64_t now_ns;	  /* when the first page was asked for */
	int64_t time_ns;  /* of the last point */
	uint64_t n_equal; /* points of this time that were given */
};

struct api_page {
	size_t limit;
	struct api_cursor after;
};

struct api_span {
	int64_t from_ns;
	int64_t to_ns;
};

struct api_question {
	struct arena *arena;
	struct farm_predicate *predicates;
	struct api_span *spans; /* one for each */
	size_t n;
	struct matcher *matcher; /* of all */
	struct api_page page;
};

/*
 * Read the arguments limit and after; the cursor has `n_names' names, history's
 * `timed' ones the rest too.  Memory is of `arena'.  On failure `place' (64
 * bytes) says which argument is wrong.
 */
int api_page_parse(struct api_page *, struct arena *arena,
    const struct api_request *, size_t n_names, bool timed, char *place,
    struct error *);
/* The cursor as text, as a member: ,"next":"..." */
void api_page_next(struct buffer *, const struct api_cursor *, bool timed);
/* < 0 if an entry of these names stands before the cursor, 0 if at it. */
int api_cursor_compare(const struct api_cursor *, const char *const *names);

/* A page that is being put together, of entries that come in order. */
struct api_pager {
	struct arena *arena;
	struct api_page page;
	size_t n;
	struct api_cursor last;
	bool truncated;
	bool failed;
};

enum api_turn { TURN_SKIP, TURN_TAKE, TURN_END };

/* Is the entry of these names on the page?  TURN_END: the page is full. */
enum api_turn api_pager_turn(struct api_pager *, const char *const *names,
    size_t n_names);
/* The end of the answer: ,"truncated":..,"next":..} */
void api_pager_end(const struct api_pager *, struct buffer *);
/* For lists without a predicate; false: `reply' says what is wrong. */
bool api_pager_begin(struct api_pager *, const struct api_request *,
    struct api_reply *, size_t n_names);
void api_pager_free(struct api_pager *); /* after api_pager_begin() */

/*
 * Read predicate, from, to and the page.  False: `reply' says what is wrong.
 * api_question_free() in both cases.
 */
bool api_question_parse(struct api_question *, const struct api_request *,
    struct api_reply *, bool timed);
void api_question_free(struct api_question *);
/* The predicates alone, of a question that has an arena; `place' as above. */
int api_question_predicates(struct api_question *, const char *text,
    char *place, struct error *);

/* The third member of a point that is an average, with its comma. */
void api_put_average(struct buffer *, const struct level_slot *);

#endif
