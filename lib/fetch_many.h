/*
 * fetch_many.h - what collectors that ask each target by HTTP share: all of an
 * instance's targets at once, on one thread.
 */
#ifndef LIB_FETCH_MANY_H
#define LIB_FETCH_MANY_H

#include "family.h"
#include "fetch.h"

/* How all targets are asked, as it is configured. */
struct fetch_options {
	struct farm_map headers;
	const char *user;
	const char *password;
	const char *token;
	const char *ca, *certificate, *key;
	bool verify;
	int family;
	int64_t redirects;
	int64_t body_max;
	int64_t timeout_ns;
	int64_t parallel;
};

/* Of these who answers, and that it is who it says.  FIELD is the struct
   above. */
#define FETCH_SERVER_OPTIONS(STATE, FIELD)                                     \
	FARM_OPTION_PATH("ca", STATE, FIELD.ca, NULL,                          \
	    "certificates that the server's is signed by one of; the "         \
	    "system's if not given"),                                          \
	FARM_OPTION_PATH("certificate", STATE, FIELD.certificate, NULL,        \
	    "of ours"),                                                        \
	FARM_OPTION_PATH("key", STATE, FIELD.key, NULL, "of it"),              \
	FARM_OPTION_BOOLEAN("verify", STATE, FIELD.verify, "yes",              \
	    "a certificate that is not good, or another's, is a failure"),     \
	FAMILY_OPTION(STATE, FIELD.family, "a name")

/* All; BODY_MAX and TIMEOUT are what they are if nothing is said. */
#define FETCH_OPTIONS(STATE, FIELD, BODY_MAX, TIMEOUT)                         \
	{ .name = "headers",                                                   \
	  .type = FARM_TYPE_MAP,                                               \
	  .flags = FARM_SENSITIVE,                                             \
	  .offset = FARM_FIELD(STATE, FIELD.headers, struct farm_map),         \
	  .help = "sent with the question" },                                  \
	FARM_OPTION_STRING("user", STATE, FIELD.user, NULL, "who we are"),     \
	FARM_OPTION_SECRET("password", STATE, FIELD.password, "of the user"),  \
	FARM_OPTION_SECRET("token", STATE, FIELD.token, "a bearer's"),         \
	FETCH_SERVER_OPTIONS(STATE, FIELD),                                    \
	FARM_OPTION_INTEGER("redirects", STATE, FIELD.redirects, "10", 0, 50,  \
	    "that are followed; 0: what answers first counts"),                \
	FARM_OPTION_SIZE("body_max", STATE, FIELD.body_max, BODY_MAX, 0,       \
	    268435456.0, "an answer that is longer is a failure"),             \
	FARM_OPTION_DURATION("timeout", STATE, FIELD.timeout_ns, TIMEOUT, 1e7, \
	    3600e9, "for all of it; shortened if the deadline leaves less"),   \
	FARM_OPTION_INTEGER("parallel", STATE, FIELD.parallel, "500", 1,       \
	    20000, "questions at once; the other targets wait for their turn")

/* Rules of a GET, good for as long as the options. */
struct fetch_rules fetch_rules_of(const struct fetch_options *);

struct fetch_caller {
	void *state;
	const char *url;	/* of target_text.h */
	const char *connect_to; /* likewise; NULL: the URL's host */
	int64_t timeout_ns;	/* shortened if the deadline leaves less */
	/* A transfer is over: emit, and say farm_done() or
	   farm_done_failed(). */
	void (*take)(struct farm_host *, void *state, struct farm_target *,
	    const struct fetch *);
};

/* What is wrong with a URL of the configuration. */
int fetch_check_url(const char *url, struct error *);
/* collect_many(), with this fetcher. */
int fetch_many(struct farm_host *, struct fetcher *,
    const struct fetch_caller *, struct farm_target *const *, size_t n);

#endif
