/*
 * remote.h - commands on another machine, by ssh.  All commands of one
 * `struct remote' share one connection, whose socket lies in a folder of its
 * own that nobody else can enter.
 */
#ifndef LIB_REMOTE_H
#define LIB_REMOTE_H

#include <farm/module.h>

#include "arena.h"
#include "command.h"
#include "error.h"

struct remote;

/* Is it ssh://[USER@]HOST[:PORT]? */
int remote_check(const char *via, struct error *);
/*
 * Commands by `via', with `options' more for ssh ("-i", "/etc/farm/key").  On
 * success *ret is the caller's.  Makes a folder; does not connect yet.
 */
int remote_open(struct remote **ret, const char *via,
    const struct farm_list *options, struct error *);
/* Ends the connection and removes the folder; may block for 2 s.  NULL is
   fine. */
void remote_close(struct remote *);

/*
 * The command line that runs argv there, with LC_ALL=C and `environment' (as
 * of struct command_order; may be NULL); NULL if memory is out.  Any thread.
 * When ours is killed it does not notice, so timeout(1) ends it there after
 * `seconds'.
 */
const char *const *remote_argv(const struct remote *, struct arena *,
    const char *const *argv, const char *const *environment,
    unsigned seconds);
/*
 * Fill in what the order's messages call it, its command line, and make it one
 * by ssh; NULL: it stays one for here.  What is filled in is the arena's.  -1
 * if memory is out.
 */
int remote_order(const struct remote *, struct arena *,
    struct command_order *);

#endif
