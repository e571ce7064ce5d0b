/*
 * log.h - the daemon's log: one line per event on stderr, with the time, the
 * level and the instance's name.  Only host/ logs.
 *
 * The same line of the same source is printed once; repeats within a minute
 * are summed up ("... (17 times more in 60 s)").  Any thread; never blocks for
 * long: lines beyond 1,000 a second are dropped and counted.
 */
#ifndef HOST_LOG_H
#define HOST_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_DEBUG,
};

/* What is printed: this level and worse.  NOTICE at first.  With `journald'
   lines begin with <N> for the system's journal and carry no time. */
void log_setup(enum log_level level, int journald);

/* `source' is an instance's name, or a station's: "config", "http". */
__attribute__((format(printf, 3, 4))) void log_line(enum log_level level,
    const char *source, const char *format, ...);
__attribute__((format(printf, 3, 0))) void log_vline(enum log_level level,
    const char *source, const char *format, va_list args);

/* Are lines of the least level printed? */
bool log_is_debug(void);

/*
 * From now on lines go there instead, unprinted: a worker's go to farmd.  Set
 * before there are other threads; called on any.
 */
void log_divert(void (*take)(void *context, enum log_level,
		    const char *source, const char *text),
    void *context);

/* Print the sums of repeats that are due; once a second, and at the end. */
void log_tick(int64_t mono_ns);
void log_close(void);

#endif
