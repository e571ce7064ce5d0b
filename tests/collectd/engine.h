/*
 * engine.h - as much of farm-collectd's engine as tests of its library need:
 * values go to the cache at once, and what else it is told is written down.
 */
#ifndef TESTS_COLLECTD_ENGINE_H
#define TESTS_COLLECTD_ENGINE_H

#include "abi.h"

/* What plugin_log() was last given, "" at first. */
extern char engine_log[1024];
/* A line for each call: "write PLUGIN NAME", "missing NAME", "event TYPE
   NAME"; cleared by the test. */
extern char engine_calls[4096];

#endif
