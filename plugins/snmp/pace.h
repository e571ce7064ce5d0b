/*
 * pace.h - how long an agent may take: round trips smoothed, time-outs and
 * back-off as RFC 6298 has them.  Every try has an id of its own, so it is
 * always known which one was answered: Karn's rule is kept, and a slow agent
 * whose answer comes after the next try is learnt from all the same.
 */
#ifndef SNMP_PACE_H
#define SNMP_PACE_H

#include "exchange.h"

/* A question was answered after so long. */
void pace_learn(struct agent *, int64_t rtt_ns);
/*
 * How long to wait for an answer to a try, `before' it there having been so
 * many.  The last one has the whole time-out: one that is usually quick may
 * be slow for once.
 */
int64_t pace_timeout(const struct exchange_options *, const struct agent *,
    int before, bool last);
/* How long a question counts against the window. */
int64_t pace_grace(const struct agent *);

#endif
