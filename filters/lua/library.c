#include "library.h"

#include <math.h>
#include <stdbool.h>

#include <lauxlib.h>
#include <lualib.h>

#include "sandbox.h"

/* The steps of a search that a single instruction may take. */
#define STEPS_MAX 1e7
#define PATTERN_BYTES_PER_STEP 64

/* ------------------------------------------------------------- searching -- */

/* Wherever a pattern is tried, all of it may have to be looked at; of a short
   one that does not count. */
static double
steps_of_each(size_t length)
{
	return (double)(1 + length / PATTERN_BYTES_PER_STEP);
}

/*
 * A search goes back for each item that may match more or less often: so it may
 * take as many steps as the text is long, to the power of their number.
 */
static double
steps_of(const char *pattern, size_t length, size_t text_length, bool anchors)
{
	double exponent = anchors && length > 0 && pattern[0] == '^' ? 0 : 1;
	size_t i;

	for (i = 0; i < length; i++) {
		char c = pattern[i];

		if (c == '*' || c == '+' || c == '-' || c == '?')
			exponent++;
		if (c != '%' || ++i == length)
			continue;
		if (pattern[i] == 'b' ||
		    (pattern[i] >= '0' && pattern[i] <= '9'))
			exponent++;
	}
	return pow((double)text_length + 1, exponent) * steps_of_each(length);
}

/* The upvalue with all arguments, if it cannot take too long. */
static int
call_search(lua_State *L, const char *pattern, size_t text_length, double steps)
{
	if (steps > STEPS_MAX)
		return luaL_error(L,
		    "\"%s\" may take too long on %I bytes of text", pattern,
		    (LUAI_UACINT)text_length);
	sandbox_spend(L, (uint64_t)steps / SANDBOX_STEPS);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	return lua_gettop(L);
}

/* Before find, match, gmatch and gsub, which is the upvalue. */
static int
search(lua_State *L, bool anchors)
{
	size_t text_length, length;
	const char *pattern;

	(void)luaL_checklstring(L, 1, &text_length);
	pattern = luaL_checklstring(L, 2, &length);
	return call_search(L, pattern, text_length,
	    steps_of(pattern, length, text_length, anchors));
}

static int
search_once(lua_State *L)
{
	return search(L, true);
}

static int
search_all(lua_State *L)
{
	return search(L, false);
}

static int
find(lua_State *L)
{
	size_t text_length, length;
	const char *sought;

	if (!lua_toboolean(L, 4))
		return search(L, true);
	(void)luaL_checklstring(L, 1, &text_length);
	sought = luaL_checklstring(L, 2, &length);
	return call_search(L, sought, text_length,
	    (double)text_length * steps_of_each(length));
}

/* ---------------------------------------------------------------- others -- */

/* Nothing, however often: Lua's own would count to the end. */
static int
rep(lua_State *L)
{
	size_t length, separator;

	(void)luaL_checklstring(L, 1, &length);
	(void)luaL_optlstring(L, 3, "", &separator);
	if (length + separator == 0) {
		lua_pushliteral(L, "");
		return 1;
	}
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, 1);
	return 1;
}

/* Whatever goes through a table: sort, insert, remove.  A metatable can be
   given a length once it is one. */
static int
through_table(lua_State *L)
{
	luaL_checktype(L, 1, LUA_TTABLE);
	if (luaL_getmetafield(L, 1, "__len") != LUA_TNIL)
		return luaL_error(L, "there is no __len here");
	sandbox_spend(L, lua_rawlen(L, 1) / 4);
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
	return lua_gettop(L);
}

/* Finalizers run where no budget counts, and a length that is made up leads
   Lua's own functions astray. */
static int
set_metatable(lua_State *L)
{
	static const char *const refused[] = { "__gc", "__len", "__close" };
	size_t i;

	if (lua_type(L, 2) == LUA_TTABLE)
		for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
			lua_pushstring(L, refused[i]);
			if (lua_rawget(L, 2) != LUA_TNIL)
				return luaL_error(
				    L, "there is no %s here", refused[i]);
			lua_pop(L, 1);
		}
	lua_pushvalue(L, lua_upvalueindex(1));
	lua_insert(L, 1);
	lua_call(L, lua_gettop(L) - 1, 1);
	return 1;
}

/* --------------------------------------------------------------- globals -- */

static const struct {
	const char *table; /* NULL: the globals */
	const char *name;
	lua_CFunction before; /* calls it; NULL: it goes */
} changes[] = {
	{ NULL, "collectgarbage", NULL },
	{ NULL, "dofile", NULL },
	{ NULL, "load", NULL },
	{ NULL, "loadfile", NULL },
	{ NULL, "print", NULL },
	{ NULL, "warn", NULL },
	{ NULL, "setmetatable", set_metatable },
	{ "string", "dump", NULL },
	{ "string", "find", find },
	{ "string", "gmatch", search_all },
	{ "string", "gsub", search_all },
	{ "string", "match", search_once },
	{ "string", "rep", rep },
	{ "table", "insert", through_table },
	{ "table", "move", NULL },
	{ "table", "remove", through_table },
	{ "table", "sort", through_table },
};

static void
change(lua_State *L, const char *name, lua_CFunction before)
{
	if (before == NULL) {
		lua_pushnil(L);
	} else {
		lua_getfield(L, -1, name);
		lua_pushcclosure(L, before, 1);
	}
	lua_setfield(L, -2, name);
}

void
library_open(lua_State *L)
{
	static const luaL_Reg libraries[] = {
		{ LUA_GNAME, luaopen_base },
		{ LUA_TABLIBNAME, luaopen_table },
		{ LUA_STRLIBNAME, luaopen_string },
		{ LUA_MATHLIBNAME, luaopen_math },
		{ LUA_UTF8LIBNAME, luaopen_utf8 },
	};
	size_t i;

	for (i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
		lua_pop(L, 1);
	}
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		lua_getglobal(
		    L, changes[i].table != NULL ? changes[i].table : LUA_GNAME);
		change(L, changes[i].name, changes[i].before);
		lua_pop(L, 1);
	}
}
