/*
 * say.h - lines of the log, ours and the plugins', to the output and to the
 * log callbacks that plugins have registered.
 */
#ifndef COLLECTD_SAY_H
#define COLLECTD_SAY_H

/* A severity of <syslog.h>; `plugin' is whom it is about, "" if nobody. */
__attribute__((format(printf, 3, 4))) void say(int severity,
    const char *plugin, const char *format, ...);

#endif
