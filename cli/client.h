/*
 * client.h - one request to the daemon's Unix socket.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/* Pairs of query arguments, ending in NULL; a NULL value leaves its pair out. */
struct client_argument {
	const char *name;
	const char *value;
};

/*
 * GET (body NULL) or POST `path', whose pieces are escaped already.  On success
 * the answer is the caller's (json_decref); an answer that says an error is a
 * failure with its message, but for a configuration that is bad (422): that
 * answer says more.  Waits 60 s at most.
 */
int client_get(const char *socket, const char *path,
    const struct client_argument *arguments, json_t **ret, struct error *);
int client_post(const char *socket, const char *path,
    const struct client_argument *arguments, const char *body, json_t **ret,
    struct error *);

int client_delete(const char *socket, const char *path, json_t **ret,
    struct error *);

/* The same with an answer that is read with these flags of jansson's. */
int client_get_exact(const char *socket, const char *path,
    const struct client_argument *arguments, size_t flags, json_t **ret,
    struct error *);
/* POST bytes.  *ret_busy on failure: the daemon asks to try again. */
int client_post_bytes(const char *socket, const char *path, const void *body,
    size_t size, json_t **ret, bool *ret_busy, struct error *);

/*
 * GET what does not end: each piece to `each', which returns false to stop.
 * `last_event' (NULL or "": none) is where it goes on.  0 when either side has
 * ended it; -1 if it never began: then *ret_again says whether it may do so
 * later.
 */
typedef bool client_piece_fn(void *context, const char *bytes, size_t size);
int client_stream(const char *socket, const char *path,
    const struct client_argument *arguments, const char *last_event,
    client_piece_fn *each, void *context, bool *ret_again, struct error *);

/* Have an instance run one of its actions; takes `arguments', an object,
   over. */
int client_act(const char *socket, const char *instance, const char *action,
    json_t *arguments, json_t **ret, struct error *);

/* Where a daemon is asked, and who we are to it. */
struct client_door {
	const char *socket; /* NULL: by the URL */
	const char *url;    /* http://HOST:PORT or https://HOST:PORT */
	const char *token;  /* NULL: none */
	const char *ca;	    /* files of PEM; NULL: the system's, none */
	const char *certificate;
	const char *key;
	long wait_s; /* for the whole answer */
};
/* GET from there. */
int client_get_from(const struct client_door *, const char *path,
    const struct client_argument *arguments, json_t **ret, struct error *);

/* Escape one piece of a path; free() it.  NULL if memory is out. */
char *client_escape(const char *text);

/* "/v1/instances/NAMEVERB", with the name escaped; free() it. */
char *client_instance_path(const char *name, const char *verb);

#endif
