/*
 * frames.h - records as frames of farmd's own, each a stream by itself: a
 * datagram that is lost takes nothing else with it.
 */
#ifndef UDP_FRAMES_H
#define UDP_FRAMES_H

#include "composer.h"

struct frames;

int frames_new(struct frames **ret);
void frames_free(struct frames *); /* NULL is fine */
void frames_forget(struct frames *, struct known *);

#endif
