#include "script.h"

#include <math.h>
#include <string.h>

#include <lauxlib.h>

#include "clock.h"
#include "name.h"
#include "utf8.h"
#include "words.h"

/* Lines of the log that one call may write. */
#define LINES_MAX 10

static struct script *
script_of(lua_State *L)
{
	return sandbox_owner(L);
}

static void
push_value(lua_State *L, const struct farm_value *v)
{
	switch (v->type) {
	case FARM_DOUBLE:
		lua_pushnumber(L, v->number);
		break;
	case FARM_INT64:
		lua_pushinteger(L, v->int64);
		break;
	case FARM_UINT64:
		if (v->uint64 <= INT64_MAX)
			lua_pushinteger(L, (lua_Integer)v->uint64);
		else
			lua_pushnumber(L, (lua_Number)v->uint64);
		break;
	case FARM_BOOLEAN:
		lua_pushboolean(L, v->boolean);
		break;
	case FARM_TEXT:
		lua_pushlstring(L, v->text, v->length);
		break;
	default:
		lua_pushnil(L);
	}
}

static double
seconds(int64_t ns)
{
	return (double)ns / NS_PER_S;
}

/* A time or a duration that a script gave. */
static int64_t
nanoseconds(lua_State *L, int at, const char *what)
{
	double s = luaL_checknumber(L, at);

	if (!(s >= 0 && s < 9e9))
		luaL_error(L, "%s: %f is no number of seconds", what, s);
	return (int64_t)(s * NS_PER_S);
}

/* The value of this parameter in the result at hand. */
static const struct farm_value *
check_parameter(lua_State *L, int at)
{
	struct script *s = script_of(L);
	const char *name = luaL_checkstring(L, at);
	const struct farm_series *names;
	uint32_t i;

	for (i = 0; i < s->n_values; i++) {
		names = farm_series_info(s->host, s->values[i].series);
		if (names != NULL && strcmp(names->parameter, name) == 0)
			return &s->values[i];
	}
	luaL_error(L, "\"%s\" is no parameter of the result at hand", name);
	return NULL;
}

/* -------------------------------------------------------------- emitting -- */

static const char *
check_name(lua_State *L, const char *what, int at)
{
	struct error err;
	size_t length;
	const char *name = luaL_checklstring(L, at, &length);

	if (name_check(what, name, length, &err) != 0)
		luaL_error(L, "%s", err.text);
	return name;
}

static struct farm_value
check_value(lua_State *L, int at)
{
	const char *text;
	size_t length;

	switch (lua_type(L, at)) {
	case LUA_TBOOLEAN:
		return farm_boolean(lua_toboolean(L, at));
	case LUA_TNUMBER:
		if (lua_isinteger(L, at))
			return farm_int64(lua_tointeger(L, at));
		if (isnan(lua_tonumber(L, at)))
			luaL_error(L, "emit: no number (NaN)");
		return farm_double(lua_tonumber(L, at));
	case LUA_TSTRING:
		text = lua_tolstring(L, at, &length);
		if (length > FARM_TEXT_MAX || !utf8_valid(text, length))
			luaL_error(L,
			    "emit: a text of %I bytes that is too "
			    "long or not UTF-8",
			    (LUAI_UACINT)length);
		return farm_text(text, length);
	default:
		luaL_error(L,
		    "emit: a value is a number, a boolean or a text, "
		    "not %s",
		    luaL_typename(L, at));
		return farm_int64(0);
	}
}

static uint32_t
check_kind(lua_State *L, int at)
{
	const char *word = luaL_checkstring(L, at);
	int kind = kind_of_word(word);

	if (kind < 0)
		luaL_error(L,
		    "kind: \"%s\" is none of gauge, counter32, "
		    "counter64, state",
		    word);
	return (uint32_t)kind;
}

/* Its table holds the text; what was made of a number nobody would hold. */
static const char *
check_text(lua_State *L, int at, const char *key)
{
	if (lua_type(L, at) != LUA_TSTRING)
		luaL_error(
		    L, "emit: %s is a text, not %s", key, luaL_typename(L, at));
	return lua_tostring(L, at);
}

static const char *
check_cluster(lua_State *L, int at)
{
	(void)check_text(L, at, "cluster");
	return check_name(L, "cluster", at);
}

static void
take_option(lua_State *L, const char *key, struct farm_spec *spec)
{
	int at = lua_gettop(L);

	if (strcmp(key, "unit") == 0)
		spec->unit = check_text(L, at, key);
	else if (strcmp(key, "kind") == 0)
		spec->kind = check_kind(L, at);
	else if (strcmp(key, "cluster") == 0)
		spec->cluster = check_cluster(L, at);
	else if (strcmp(key, "time") == 0)
		spec->time_ns = nanoseconds(L, at, "time");
	else if (strcmp(key, "lifetime") == 0)
		spec->lifetime_ns = nanoseconds(L, at, "lifetime");
	else
		luaL_error(L,
		    "emit: \"%s\" is none of unit, kind, cluster, "
		    "time, lifetime",
		    key);
}

static void
take_options(lua_State *L, int at, struct farm_spec *spec)
{
	if (lua_isnoneornil(L, at))
		return;
	luaL_checktype(L, at, LUA_TTABLE);
	lua_pushnil(L);
	while (lua_next(L, at) != 0) {
		/* lua_tostring() would turn another key into one. */
		if (lua_type(L, -2) != LUA_TSTRING)
			luaL_error(L, "emit: options have names");
		take_option(L, lua_tostring(L, -2), spec);
		lua_pop(L, 1);
	}
}

static void
check_allowed(lua_State *L, const struct script *s, const char *cluster)
{
	size_t i;

	for (i = 0; i < s->allow.n; i++)
		if (pattern_match(s->allowed[i], cluster, strlen(cluster)))
			return;
	if (s->allow.n > 0)
		luaL_error(L, "it may not emit to cluster \"%s\"", cluster);
}

/* A name that comes but once must not be kept for it. */
static int
emit_one(struct farm_host *host, const struct farm_spec *spec,
    struct farm_value value)
{
	int rc;

	value.series = host->ops->series(host, NULL, spec);
	if (value.series == 0)
		return -1;
	rc = farm_emit_rows(host, NULL, spec->time_ns, 0, &value, 1);
	farm_release(host, value.series);
	return rc;
}

/* emit(node, parameter, value, {unit=, kind=, cluster=, time=, lifetime=}) */
static int
script_emit(lua_State *L)
{
	struct script *s = script_of(L);
	struct farm_spec spec = {
		.size = sizeof(spec),
		.cluster = s->cluster,
		.unit = "",
		.time_ns = s->now_ns,
	};
	struct farm_value value;

	if (s->host == NULL)
		return luaL_error(L, "emit: not before the first call");
	spec.node = check_name(L, "node", 1);
	spec.parameter = check_name(L, "parameter", 2);
	value = check_value(L, 3);
	take_options(L, 4, &spec);
	check_allowed(L, s, spec.cluster);
	if (++s->emitted > s->quota)
		return luaL_error(L, "emits more than %I values in one call",
		    (LUAI_UACINT)s->quota);
	if (emit_one(s->host, &spec, value) != 0)
		return luaL_error(L, "emit: \"%s\" of \"%s\" was refused",
		    spec.parameter, spec.node);
	return 0;
}

/* ----------------------------------------------------------- other words -- */

/* state(parameter): a table that is kept of its series. */
static int
script_state(lua_State *L)
{
	struct script *s = script_of(L);
	const struct farm_value *v = check_parameter(L, 1);
	struct script_series *kept = farm_series_state(s->host, v->series);

	if (kept == NULL)
		return luaL_error(L, "out of memory");
	if (kept->table == 0) {
		lua_newtable(L);
		kept->table = luaL_ref(L, LUA_REGISTRYINDEX);
	}
	lua_rawgeti(L, LUA_REGISTRYINDEX, kept->table);
	return 1;
}

/* info(parameter): {unit=, kind=, labels={}} */
static int
script_info(lua_State *L)
{
	struct script *s = script_of(L);
	const struct farm_value *v = check_parameter(L, 1);
	const struct farm_series *names = farm_series_info(s->host, v->series);
	uint32_t i;

	lua_createtable(L, 0, 3);
	lua_pushstring(L, names->unit);
	lua_setfield(L, -2, "unit");
	lua_pushstring(L, kind_word(names->kind));
	lua_setfield(L, -2, "kind");
	lua_createtable(L, 0, (int)names->n_labels);
	for (i = 0; i < names->n_labels; i++) {
		lua_pushstring(L, names->labels[i].value);
		lua_setfield(L, -2, names->labels[i].name);
	}
	lua_setfield(L, -2, "labels");
	return 1;
}

/* matches(name, pattern), as in predicates. */
static int
script_matches(lua_State *L)
{
	size_t length;
	const char *name = luaL_checklstring(L, 1, &length);
	const char *text = luaL_checkstring(L, 2);
	struct pattern *pattern;
	struct error err;
	bool yes;

	if (strncmp(text, "re:", 3) == 0)
		return luaL_error(L, "matches: no expressions, but * and %%");
	sandbox_spend(L, (length + strlen(text)) / 4 +
			     (uint64_t)length * strlen(text) / SANDBOX_STEPS);
	if (pattern_new(&pattern, text, false, &err) != 0)
		return luaL_error(L, "%s", err.text);
	yes = pattern_match(pattern, name, length);
	pattern_free(pattern);
	lua_pushboolean(L, yes);
	return 1;
}

/* log(text) */
static int
script_log(lua_State *L)
{
	struct script *s = script_of(L);
	const char *text = luaL_checkstring(L, 1);

	if (s->host == NULL)
		return luaL_error(L, "log: not before the first call");
	if (++s->lines > LINES_MAX)
		return luaL_error(
		    L, "logs more than %d lines in one call", LINES_MAX);
	farm_log(s->host, FARM_NOTICE, "%s", text);
	return 0;
}

/* --------------------------------------------------------------- calling -- */

int
script_prepare(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "emit", script_emit },
		{ "info", script_info },
		{ "log", script_log },
		{ "matches", script_matches },
		{ "state", script_state },
		{ NULL, NULL },
	};

	lua_pushglobaltable(L);
	luaL_setfuncs(L, functions, 0);
	return 0;
}

static bool
has(lua_State *L, const char *name)
{
	return lua_getglobal(L, name) == LUA_TFUNCTION;
}

int
script_verify(lua_State *L)
{
	if (!has(L, "apply") && !has(L, "tick"))
		return luaL_error(L, "it has neither apply(result) nor "
				     "tick(now)");
	return 0;
}

static void
push_result(lua_State *L, const struct script *s)
{
	const struct farm_series *names = farm_series_info(
	    s->host, s->values[0].series);
	uint32_t i;

	lua_createtable(L, 0, 5);
	lua_pushnumber(L, seconds(s->record->time_ns));
	lua_setfield(L, -2, "time");
	lua_pushstring(L, names->farm);
	lua_setfield(L, -2, "farm");
	lua_pushstring(L, names->cluster);
	lua_setfield(L, -2, "cluster");
	lua_pushstring(L, names->node);
	lua_setfield(L, -2, "node");
	lua_createtable(L, 0, (int)s->n_values);
	for (i = 0; i < s->n_values; i++) {
		names = farm_series_info(s->host, s->values[i].series);
		push_value(L, &s->values[i]);
		lua_setfield(L, -2, names->parameter);
	}
	lua_setfield(L, -2, "values");
}

int
script_apply(lua_State *L)
{
	if (!has(L, "apply"))
		return 0;
	push_result(L, script_of(L));
	lua_call(L, 1, 0);
	return 0;
}

int
script_tick(lua_State *L)
{
	if (!has(L, "tick"))
		return 0;
	lua_pushnumber(L, seconds(script_of(L)->now_ns));
	lua_call(L, 1, 0);
	return 0;
}

int
script_forget(lua_State *L)
{
	const struct script_series *kept = lua_touserdata(L, 1);

	luaL_unref(L, LUA_REGISTRYINDEX, kept->table);
	return 0;
}
