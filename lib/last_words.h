/*
 * last_words.h - the last words of a process that somebody else's code ends:
 * whose, in which call, by which signal or exit().  For worker programs, never
 * for a module: it installs signal handlers, and its state is the process's.
 */
#ifndef LIB_LAST_WORDS_H
#define LIB_LAST_WORDS_H

/*
 * For this process; what it forks says nothing.  `kind' is what the code is
 * called ("plugin"); the functions are called in a signal handler, on the
 * thread that got it: "" means nobody's.
 */
void last_words_watch(const char *kind, const char *(*who)(void),
    const char *(*doing)(void));

#endif
