/*
 * sandbox.h - a Lua state for scripts of strangers: text alone, no files, no
 * programs, no modules, no coroutines and no finalizers; a cap on its memory,
 * and a budget of instructions and of time for each call.
 *
 * Nothing here runs unprotected: what touches the state stands in a function
 * that sandbox_run() calls.
 */
#ifndef LUA_SANDBOX_H
#define LUA_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include <lua.h>

#include "error.h"

struct sandbox;

struct sandbox_limits {
	size_t memory;	 /* bytes */
	uint64_t budget; /* instructions of one call */
	int64_t time_ns; /* of one call */
};

/* `owner' is what its functions find by sandbox_owner().  NULL if memory is
   out. */
struct sandbox *sandbox_new(const struct sandbox_limits *, void *owner);
void sandbox_free(struct sandbox *); /* NULL is fine */
void *sandbox_owner(lua_State *);
size_t sandbox_bytes(const struct sandbox *);

/* Compile; -1 with "script:LINE: ..." if it is no script. */
int sandbox_compile(struct sandbox *, const char *text, size_t size,
    struct error *);
/* Run what was compiled last, once. */
int sandbox_start(struct sandbox *, struct error *);
/* A call: function(L) with the context as light userdata; -1 with what went
   wrong, and in which line. */
int sandbox_run(struct sandbox *, lua_CFunction, void *context,
    struct error *);

/* A function of our own spends as much as so many instructions; so many steps
   of a search count as one. */
#define SANDBOX_STEPS 64
void sandbox_spend(lua_State *, uint64_t instructions);

#endif
