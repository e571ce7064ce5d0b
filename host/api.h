/*
 * api.h - the API without HTTP: a request in, a status and a JSON text out.
 * docs/api.md describes paths and answers.
 */
#ifndef HOST_API_H
#define HOST_API_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "buffer.h"
#include "farm.h"

/* Points or values in one answer, at most; and if nothing is asked. */
#define API_LIMIT_MAX 1000000
#define API_LIMIT_DEFAULT 10000

struct api_request {
	const char *method; /* "GET", "POST" or "DELETE" */
	const char *path;   /* decoded: "/v1/latest" */
	/* A query argument, decoded; NULL if not there. */
	const char *(*argument)(const struct api_request *, const char *name);
	/* All of this name, at most `max': how many there are. */
	size_t (*arguments)(const struct api_request *, const char *name,
	    const char **ret, size_t max);
	const char *accept; /* the header; "" */
	const char *body; /* of a POST; "" otherwise */
	size_t body_size;
	struct access_who *who; /* NULL: farmd itself */
	bool trusted; /* may change things and see where they are configured */
	bool local;   /* by the Unix socket */
	uid_t uid;    /* of the peer then */
	pid_t pid;
	const char *last_event; /* header Last-Event-ID; NULL: there is none */
	void *context; /* of argument() */
};

/*
 * An answer that comes in pieces, so that all of it is never in memory:
 * more() appends the next one, and returns false when there are no more.
 */
struct api_stream {
	bool (*more)(struct api_stream *, struct buffer *out);
	void (*free)(struct api_stream *);
};

struct subscription;
struct api_reply {
	int status;	  /* HTTP's */
	const char *type; /* of the content; NULL: JSON */
	struct buffer body;
	struct api_stream *stream; /* instead of the body; NULL: none */
	/* The same, and both of its counts; its outbox has what follows once it
	   is fed. */
	struct subscription *subscription;
};

/*
 * Answer one request.  Any thread; blocks for history, run and actions, 30 s
 * at most.  Errors are {"error":{"code":..,"message":..,"place":..}} with a
 * status of 4xx or 5xx.
 */
void api_handle(struct farm *, const struct api_request *, struct api_reply *);

/* For the handlers: an error as the whole answer. */
__attribute__((format(printf, 4, 5))) void api_error(struct api_reply *,
    int status, const char *code, const char *format, ...);
/* The same with its place: an argument, "body", and behind a colon the byte or
   line:column in it. */
#define API_PLACE_MAX 64
__attribute__((format(printf, 5, 6))) void api_error_at(struct api_reply *,
    int status, const char *code, const char *place, const char *format, ...);

/* What is asked for is not for this one: 403, and a line of the audit. */
__attribute__((format(printf, 3, 4))) void api_refuse(
    const struct api_request *, struct api_reply *, const char *format, ...);

/* Handler of api_openapi.c. */
void api_openapi(struct farm *, const struct api_request *, struct api_reply *);
/* Handlers of api_data.c. */
void api_tree(struct farm *, const struct api_request *, struct api_reply *);
void api_latest(struct farm *, const struct api_request *, struct api_reply *);
void api_allowed(struct farm *, const struct api_request *,
    struct api_reply *);
/* Handler of api_history.c. */
void api_history(struct farm *, const struct api_request *,
    struct api_reply *);
/* Handler of api_metrics.c. */
void api_metrics(struct farm *, const struct api_request *,
    struct api_reply *);
/* Handlers of api_subscribe.c; `rest' is the path behind /v1/subscriptions. */
void api_subscribe(struct farm *, const struct api_request *,
    struct api_reply *);
void api_subscriptions(struct farm *, const struct api_request *,
    struct api_reply *, const char *rest);
/* Handler of api_filters.c; `rest' is the path behind /v1/filters. */
void api_filters(struct farm *, const struct api_request *,
    struct api_reply *, const char *rest);
/* Handler of api_import.c. */
void api_import(struct farm *, const struct api_request *, struct api_reply *);
/* Handlers of api_instances.c; `rest' is the path behind /v1/instances. */
void api_instances(struct farm *, const struct api_request *,
    struct api_reply *, const char *rest);
/* ,"process":{...} of api_status(). */
void api_process(struct farm *, bool trusted, struct buffer *);
/* Handlers of api_config.c. */
void api_reload(struct farm *, const struct api_request *, struct api_reply *);
void api_config(struct farm *, const struct api_request *, struct api_reply *,
    const char *rest);
/* Handlers of api_status.c. */
void api_status(struct farm *, const struct api_request *, struct api_reply *);
void api_health(struct farm *, const struct api_request *, struct api_reply *);
void api_alive(struct farm *, const struct api_request *, struct api_reply *);
void api_ready(struct farm *, const struct api_request *, struct api_reply *);
void api_modules(struct farm *, const struct api_request *,
    struct api_reply *, const char *rest);

#endif
