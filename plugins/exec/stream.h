/*
 * stream.h - programs that are kept, one for each target.  They are started and
 * heard on the thread of listen(); collect() asks for them, and says what was
 * wrong with them since the last time.
 */
#ifndef EXEC_STREAM_H
#define EXEC_STREAM_H

#include "exec.h"

int streams_new(struct streams **ret, struct error *);
/* Programs get the end of their stdin, and are killed soon after; NULL is
   fine. */
void streams_free(struct streams *);

int stream_collect(
    struct farm_host *, const struct exec *, struct farm_target *);
/* The target goes. */
void stream_leave(const struct exec *, struct stream *);
/* Something came from a program (the cookie), or is to be done (NULL). */
void streams_listen(struct farm_host *, const struct exec *, void *cookie);
void streams_tick(struct farm_host *, const struct exec *);

#endif
