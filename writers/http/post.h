/*
 * post.h - requests to one URL, one after the other over a connection that is
 * kept, by libcurl.
 */
#ifndef HTTP_POST_H
#define HTTP_POST_H

#include <farm/module.h>

#include "buffer.h"
#include "composer.h"
#include "error.h"

/* Texts may be NULL where they are not set. */
struct post_options {
	const char *url;
	struct farm_map headers;
	const char *user;
	const char *password;
	const char *token;
	const char *ca;
	const char *certificate;
	const char *key;
	bool verify;
	int64_t timeout_ns;
};

struct post_answer {
	long status;	      /* of HTTP */
	int64_t wait_ns;      /* the server asked not to be asked so long; 0 */
	struct buffer words;  /* the beginning of its body; the caller's */
};

struct post;

/* -1 with the reason, which begins with the option. */
int post_check(const struct post_options *, struct error *);
/* The options are borrowed. */
int post_open(struct post **ret, const struct post_options *,
    const struct format_ops *, bool gzip, struct error *);
void post_close(struct post *); /* NULL is fine */

/* The URL without what may be secret in it. */
const char *post_shown(const struct post *);
/* Blocks until the answer is there; -1 with the reason if there is none. */
int post_send(struct post *, const struct buffer *body,
    struct post_answer *ret, struct error *);

#endif
