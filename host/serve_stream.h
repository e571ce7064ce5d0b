/*
 * serve_stream.h - answers that come in pieces: the pieces wait in an outbox,
 * and the connection sleeps while there are none.
 */
#ifndef HOST_SERVE_STREAM_H
#define HOST_SERVE_STREAM_H

#include <microhttpd.h>
#include <stdint.h>

#include "api.h"
#include "outbox.h"

/* Those of one server. */
struct streams;

struct streams *streams_new(void); /* NULL if memory is out */
void streams_free(struct streams *); /* none is left; NULL is fine */

/* What comes out of the outbox; when the connection goes, close(context) is
   called, and the outbox counted down.  NULL if memory is out: so it is then. */
struct MHD_Response *streams_response(struct streams *,
    struct MHD_Connection *, struct outbox *, void (*close)(void *context),
    void *context);
/* Put all pieces into the outbox as its reader takes them; the end of it, and
   of the stream. */
void streams_feed(struct api_stream *, struct outbox *);

/* They all end, those to come as well. */
void streams_end(struct streams *);
/* Until all are read to their ends. */
void streams_wait(struct streams *, int64_t deadline_mono_ns);

#endif
