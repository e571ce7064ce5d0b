/*
 * crash.h - the last words of a process that a plugin ends: which plugin, in
 * which callback, by which signal or exit().
 */
#ifndef COLLECTD_CRASH_H
#define COLLECTD_CRASH_H

/* For this process; what it forks says nothing. */
void crash_watch(void);

#endif
