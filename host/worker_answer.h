/*
 * worker_answer.h - inside a worker: questions to a writer's history(), each
 * answered in pieces, the next one when farmd has asked for more.
 */
#ifndef HOST_WORKER_ANSWER_H
#define HOST_WORKER_ANSWER_H

#include "worker_guest.h"

struct answers;

/* NULL if memory is out. */
struct answers *answers_new(struct guest *);
void answers_free(struct answers *); /* NULL is fine; nothing is asked */

/* On a thread of the pool; farmd asks the next one when this is answered. */
int answers_ask(struct answers *, const struct worker_question *,
    struct error *);
/* farmd has taken a piece; `enough': it wants no other. */
void answers_more(struct answers *, bool enough);
/* End the question under way, wait for it, and close its state. */
void answers_end(struct answers *);

#endif
