/*
 * library.h - what of Lua's own library a script may use: all that neither
 * reaches out nor takes a time that nobody can foresee.
 */
#ifndef LUA_LIBRARY_H
#define LUA_LIBRARY_H

#include <lua.h>

/* Into the globals of the state. */
void library_open(lua_State *);

#endif
