#include "sandbox.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lauxlib.h>
#include <lualib.h>

#include "clock.h"
#include "library.h"

/* How often a script is looked at, in instructions: seldom enough to cost
   little, often enough for what a single one of them can take. */
#define LOOK 100

struct sandbox {
	lua_State *L;
	void *owner;
	struct sandbox_limits limits;
	size_t bytes;
	uint64_t spent;
	int64_t until_mono_ns;
};

static struct sandbox *
sandbox_of(lua_State *L)
{
	return *(struct sandbox **)lua_getextraspace(L);
}

void *
sandbox_owner(lua_State *L)
{
	return sandbox_of(L)->owner;
}

size_t
sandbox_bytes(const struct sandbox *s)
{
	return s->bytes;
}

static void *
allocate(void *context, void *old, size_t old_size, size_t size)
{
	struct sandbox *s = context;
	void *fresh;

	if (old == NULL)
		old_size = 0; /* it says of what kind, then */
	if (size == 0) {
		free(old);
		s->bytes -= old_size;
		return NULL;
	}
	if (size > old_size && size - old_size > s->limits.memory - s->bytes)
		return NULL;
	fresh = realloc(old, size);
	if (fresh != NULL)
		s->bytes += size - old_size;
	return fresh;
}

/* ---------------------------------------------------------------- budget -- */

/*
 * Once it is spent every further instruction fails, so that nobody can catch
 * that and go on.
 */
static void
look(lua_State *L, lua_Debug *where)
{
	struct sandbox *s = sandbox_of(L);

	(void)where;
	s->spent += LOOK;
	if (s->spent <= s->limits.budget && clock_mono_ns() <= s->until_mono_ns)
		return;
	lua_sethook(L, look, LUA_MASKCOUNT, 1);
	luaL_where(L, 0);
	if (s->spent > s->limits.budget)
		lua_pushfstring(L, "takes more than %I instructions",
		    (LUAI_UACINT)s->limits.budget);
	else
		lua_pushfstring(L, "takes longer than %I ms",
		    (LUAI_UACINT)(s->limits.time_ns / NS_PER_MS));
	lua_concat(L, 2);
	lua_error(L);
}

void
sandbox_spend(lua_State *L, uint64_t instructions)
{
	struct sandbox *s = sandbox_of(L);

	if (instructions > s->limits.budget)
		luaL_error(L, "takes more than %I instructions",
		    (LUAI_UACINT)s->limits.budget);
	s->spent += instructions;
}

/* ----------------------------------------------------------------- calls -- */

/* The error that is on the stack, as a text. */
static int
take_error(struct sandbox *s, int status, struct error *err)
{
	const char *text = lua_type(s->L, -1) == LUA_TSTRING
			       ? lua_tostring(s->L, -1)
			       : "an error that is no text";

	if (status == LUA_ERRMEM)
		error_set(err, "takes more than %zu KiB of memory",
		    s->limits.memory >> 10);
	else
		error_set(err, "%s", text);
	lua_settop(s->L, 0);
	return -1;
}

static void
begin(struct sandbox *s)
{
	s->spent = 0;
	s->until_mono_ns = clock_mono_ns() + s->limits.time_ns;
	lua_sethook(s->L, look, LUA_MASKCOUNT, LOOK);
}

int
sandbox_compile(
    struct sandbox *s, const char *text, size_t size, struct error *err)
{
	int status;

	lua_settop(s->L, 0);
	status = luaL_loadbufferx(s->L, text, size, "=script", "t");
	return status == LUA_OK ? 0 : take_error(s, status, err);
}

/* In which line of the script it is, if the error does not say. */
static int
say_where(lua_State *L)
{
	static const char own[] = "script:";
	const char *text = lua_tostring(L, 1);
	lua_Debug d;
	int level;

	if (text == NULL || strncmp(text, own, sizeof(own) - 1) == 0)
		return 1;
	for (level = 0; lua_getstack(L, level, &d) != 0; level++) {
		lua_getinfo(L, "l", &d);
		if (d.currentline <= 0)
			continue;
		lua_pushfstring(L, "%s%d: %s", own, d.currentline, text);
		return 1;
	}
	return 1;
}

/* What is on the stack, a function with its arguments. */
static int
call(struct sandbox *s, int n_arguments, struct error *err)
{
	int status;

	begin(s);
	lua_pushcfunction(s->L, say_where);
	lua_insert(s->L, 1);
	status = lua_pcall(s->L, n_arguments, 0, 1);
	if (status != LUA_OK)
		return take_error(s, status, err);
	lua_settop(s->L, 0);
	return 0;
}

int
sandbox_start(struct sandbox *s, struct error *err)
{
	return call(s, 0, err);
}

int
sandbox_run(
    struct sandbox *s, lua_CFunction function, void *context, struct error *err)
{
	lua_settop(s->L, 0);
	lua_pushcfunction(s->L, function);
	lua_pushlightuserdata(s->L, context);
	return call(s, 1, err);
}

/* -------------------------------------------------------------- lifetime -- */

static int
open_libraries(lua_State *L)
{
	library_open(L);
	return 0;
}

struct sandbox *
sandbox_new(const struct sandbox_limits *limits, void *owner)
{
	struct sandbox *s = calloc(1, sizeof(*s));
	struct error err;

	if (s == NULL)
		return NULL;
	s->limits = *limits;
	s->owner = owner;
	s->L = lua_newstate(allocate, s);
	if (s->L == NULL) {
		free(s);
		return NULL;
	}
	*(struct sandbox **)lua_getextraspace(s->L) = s;
	if (sandbox_run(s, open_libraries, NULL, &err) == 0)
		return s;
	sandbox_free(s);
	return NULL;
}

void
sandbox_free(struct sandbox *s)
{
	if (s == NULL)
		return;
	lua_close(s->L);
	free(s);
}
