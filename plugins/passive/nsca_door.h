/*
 * nsca_door.h - those who come by NSCA: greeted, then a packet for each result.
 */
#ifndef PASSIVE_NSCA_DOOR_H
#define PASSIVE_NSCA_DOOR_H

#include "connections.h"
#include "intake.h"
#include "nsca_mix.h"

struct nsca_door {
	struct connections connections;
	enum nsca_method method;
	const char *password;
	int64_t max_age_s;
};

void nsca_door_init(struct nsca_door *, size_t connections);
void nsca_door_close(struct nsca_door *, struct farm_host *);
void nsca_door_accept(
    struct nsca_door *, struct farm_host *, struct intake *, int listener);
int nsca_door_ready(struct nsca_door *, struct farm_host *, struct intake *,
    struct connection *);

#endif
