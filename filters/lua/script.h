/*
 * script.h - a script as a filter: what it is called with, and the functions
 * that it has besides Lua's own.
 */
#ifndef LUA_SCRIPT_H
#define LUA_SCRIPT_H

#include <farm/module.h>

#include "pattern.h"
#include "sandbox.h"

struct script {
	/* options */
	const char *text;
	const char *file;
	const char *cluster;
	struct farm_list allow;
	int64_t memory;
	int64_t budget;
	int64_t time_ns;
	int64_t quota;

	struct sandbox *sandbox;
	struct pattern **allowed; /* allow.n of them */
	/* Of the call under way. */
	struct farm_host *host;
	const struct farm_record *record; /* NULL: a tick() */
	const struct farm_value *values;  /* of one node */
	uint32_t n_values;
	int64_t now_ns;
	int64_t emitted;
	int64_t lines;
};

/* What a script keeps of a series. */
struct script_series {
	int table; /* a reference; 0: none yet */
};

/* To be run in the sandbox, with the script as context: its functions, then
   whether it has any to be called. */
int script_prepare(lua_State *);
int script_verify(lua_State *);
/* ... apply() with the values at hand, and tick(). */
int script_apply(lua_State *);
int script_tick(lua_State *);
/* ... with a struct script_series. */
int script_forget(lua_State *);

#endif
