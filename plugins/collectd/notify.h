/* notify.h - notifications, to the plugins that asked for them. */
#ifndef COLLECTD_NOTIFY_H
#define COLLECTD_NOTIFY_H

#include "abi.h"

/* On the calling thread. */
void notify_plugins(const notification_t *);

#endif
