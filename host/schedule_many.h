/*
 * schedule_many.h - what a collect_many() asks of the schedule while it runs.
 * From its thread only.
 */
#ifndef HOST_SCHEDULE_MANY_H
#define HOST_SCHEDULE_MANY_H

#include <stddef.h>

#include "collect.h"

int many_more(struct run *, struct farm_target **ret, size_t max);
int many_wake_fd(struct run *);
void many_done(struct run *, struct target *, int failed, const char *text);

#endif
