/*
 * context.h - on whose behalf a thread runs: the plugin whose callback it is
 * in, and which one.  Threads that a plugin made by itself, without
 * plugin_thread_create(), have no context and get the defaults.
 */
#ifndef COLLECTD_CONTEXT_H
#define COLLECTD_CONTEXT_H

#include "abi.h"

struct context {
	plugin_ctx_t plugin; /* the name lives as long as the process */
	const char *doing;   /* "read", "init", ...; static */
};

/* Become that context; returns what the thread was, for context_leave(). */
struct context context_enter(const plugin_ctx_t *, const char *doing);
void context_leave(struct context before);

/* Of this thread; "" outside of callbacks.  Safe in signal handlers. */
const char *context_plugin(void);
const char *context_doing(void);

#endif
