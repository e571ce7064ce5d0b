/* Scripts: what they see and give, and what becomes of those that do wrong. */
#include <string.h>

#include "clock.h"
#include "filtering.h"
#include "unit.h"

extern const struct farm_entry farm_module;

static const struct {
	const char *script;
	const char *want; /* of one value, n1/a=4 */
} cases[] = {
	/* What it gets, and how it gives. */
	{ "function apply(r) emit(r.node, 'b', r.values.a * 2) end",
	    "n1/b=8@1" },
	{ "function apply(r) emit('x', 'all', r.farm .. r.cluster) end",
	    "x/all=testfarmc@1" },
	{ "function apply(r) emit('x', 'time', r.time) end", "x/time=1001@1" },
	{ "function apply(r) emit('x', 'i', 1) emit('x', 'f', 0.5) "
	  "emit('x', 't', 'on') emit('x', 'b', true) end",
	    "x/i=1@1 x/f=0.5@1 x/t=on@1 x/b=true@1" },
	{ "function apply(r) emit('x', 'u', 1, {unit='s', kind='counter64', "
	  "time=1000}) end",
	    "x/u s=1@0" },
	{ "n = 0 function apply() n = n + 1 emit('x', 'n', n) end", "x/n=1@1" },
	{ "function apply(r) state('a').n = (state('a').n or 0) + 1 "
	  "emit('x', 'n', state('a').n) end",
	    "x/n=1@1" },
	{ "function apply(r) emit('x', info('a').kind, info('a').unit) end",
	    "x/gauge=By@1" },
	{ "function apply(r) emit('x', 'm', matches(r.node, 'n*')) "
	  "emit('x', 'n', matches(r.node, 'm*')) end",
	    "x/m=true@1 x/n=false@1" },
	{ "function apply(r) emit('x', 's', "
	  "('node42'):match('^node(%d+)$')) end",
	    "x/s=42@1" },
	{ "function apply(r) local t = {3, 1, 2} table.sort(t) "
	  "table.insert(t, 9) emit('x', 't', table.concat(t, ',')) end",
	    "x/t=1,2,3,9@1" },
	{ "function apply(r) emit('x', 's', ('a b'):gsub(' ', '-')) end",
	    "!script:1: bad argument #4 to 'emit' (table expected, got "
	    "number)" },
	{ "function apply(r) emit('x', 'r', ('ab'):rep(2, '-') .. "
	  "(''):rep(1e15)) end",
	    "x/r=ab-ab@1" },
	{ "function tick() end", "" },
	/* Mistakes, with their line. */
	{ "function apply(r)\n  local x = nil\n  return x.y\nend",
	    "!script:3: attempt to index a nil value (local 'x')" },
	{ "function apply(r) error({}) end", "!an error that is no text" },
	{ "function apply(r) emit('', 'b', 1) end",
	    "!script:1: the name of a node is empty" },
	{ "function apply(r) emit('x', 'b', {}) end",
	    "!script:1: emit: a value is a number, a boolean or a text, not "
	    "table" },
	{ "function apply(r) emit('x', 'b', 0/0) end",
	    "!script:1: emit: no number (NaN)" },
	{ "function apply(r) emit('x', 'b', '\\xff') end",
	    "!script:1: emit: a text of 1 bytes that is too long or not "
	    "UTF-8" },
	{ "function apply(r) emit('x', 'b', 1, {units='s'}) end",
	    "!script:1: emit: \"units\" is none of unit, kind, cluster, time, "
	    "lifetime" },
	{ "function apply(r) emit('x', 'b', 1, {kind='big'}) end",
	    "!script:1: kind: \"big\" is none of gauge, counter32, counter64, "
	    "state" },
	{ "function apply(r) emit('x', 'b', 1, {unit=1e300, cluster='c'}) end",
	    "!script:1: emit: unit is a text, not number" },
	{ "function apply(r) emit('x', 'b', 1, {cluster=5}) end",
	    "!script:1: emit: cluster is a text, not number" },
	{ "function apply(r) state('z') end",
	    "!script:1: \"z\" is no parameter of the result at hand" },
	/* What is not there. */
	{ "function apply(r) emit('x', 'n', tostring(io or os or require or "
	  "load or dofile or loadfile or coroutine or debug or package or "
	  "string.dump or collectgarbage)) end",
	    "x/n=nil@1" },
	{ "function apply(r) setmetatable({}, {__gc = print}) "
	  "setmetatable({}, {__gc = 1}) end",
	    "!script:1: there is no __gc here" },
	{ "function apply(r) setmetatable({}, {__len = 1}) end",
	    "!script:1: there is no __len here" },
	{ "function apply(r) local m = {} local t = setmetatable({}, m) "
	  "m.__len = function() return 1 << 40 end table.insert(t, 1, 1) end",
	    "!script:1: there is no __len here" },
	/* More than it may. */
	{ "function apply(r)\n  while true do\n  end\nend",
	    "!script:2: takes more than 1000000 instructions" },
	{ "function apply(r)\nwhile true do pcall(apply) end end",
	    "!script:2: takes more than 1000000 instructions" },
	{ "function apply(r) local t = {} "
	  "while true do t[#t + 1] = ('x'):rep(1000) .. #t end end",
	    "!takes more than 4096 KiB of memory" },
	{ "function apply(r) return ('x'):rep(1e12) end",
	    "!script:1: resulting string too large" },
	{ "function apply(r) for i = 1, 20 do log('x') end end",
	    "!script:1: logs more than 10 lines in one call" },
	{ "function apply(r) return ('a'):rep(1000):find("
	  "'.-.-.-.-.-.-.-b') end",
	    "!script:1: \".-.-.-.-.-.-.-b\" may take too long on 1000 bytes of "
	    "text" },
	{ "function apply(r) local a = ('a'):rep(1000000) "
	  "local _, e = pcall(a.find, a, a:sub(1, 500000) .. '.b') "
	  "emit('x', 'e', e:sub(-42)) end",
	    "x/e=may take too long on 1000000 bytes of text@1" },
	{ "function apply(r) local a = ('a'):rep(1000000) "
	  "local _, e = pcall(a.find, a, a:sub(1, 500000) .. 'b', 1, true) "
	  "emit('x', 'e', e:sub(-42)) end",
	    "x/e=may take too long on 1000000 bytes of text@1" },
	{ "function apply(r) local a = ('a'):rep(1000000) "
	  "matches(a, '*' .. a:sub(1, 500000) .. 'b') end",
	    "!script:1: takes more than 1000000 instructions" },
	{ "function apply(r) apply(r) apply(r) end",
	    "!takes more than 4096 KiB of memory" },
	{ "function apply(r)\n  return #(('ab'):rep(1, {})) end",
	    "!script:2: bad argument #2 to 'rep' (string expected, got "
	    "table)" },
};

static struct fake_host *
begin(const char *script)
{
	struct fake_host *fake = fake_new(&farm_module);

	/* On however slow a machine, it is the budget that ends. */
	fake_options(fake, "script", script, "time", "60s", NULL);
	return fake;
}

static void
scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fake_host *fake = begin(cases[i].script);
		uint32_t a = filtering_series(
		    fake, "n1", "a", FARM_GAUGE, "By");

		(void)fake_open(fake);
		assert_string_equal("", fake_failure(fake));
		assert_string_equal(
		    cases[i].want, filtering_number(fake, 1, a, 4));
		fake_free(fake);
	}
}

static void
bad_scripts(void **state)
{
	static const struct {
		const char *script;
		const char *want;
	} bad[] = {
		{ "x = 1", "it has neither apply(result) nor tick(now)" },
		{ "function apply(r)\n  if then\nend",
		    "script:2: unexpected symbol near 'then'" },
		{ "emit('x', 'y', 1)",
		    "script:1: emit: not before the first call" },
		{ "while true do end",
		    "script:1: takes more than 1000000 instructions" },
		{ "\x1bLua", "attempt to load a binary chunk (mode is 't')" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fake_host *fake = begin(bad[i].script);

		assert_int_equal(-1, fake_open(fake));
		assert_string_equal(bad[i].want, fake_failure(fake));
		fake_free(fake);
	}
}

/* What it keeps is kept: in globals, and of series until they are forgotten. */
static void
remembers(void **state)
{
	struct fake_host *fake = begin(
	    "n = 0 function apply(r) n = n + 1 local s = state('a') "
	    "s.n = (s.n or 0) + 1 emit(r.node, 'n', n .. '/' .. s.n) end "
	    "function tick(now) emit('all', 'n', n) end");
	uint32_t one = filtering_series(fake, "n1", "a", FARM_GAUGE, "");
	uint32_t two = filtering_series(fake, "n2", "a", FARM_GAUGE, "");

	(void)state;
	filtering_open(fake, 0);
	assert_string_equal("n1/n=1/1@1", filtering_number(fake, 1, one, 4));
	assert_string_equal("n1/n=2/2@2", filtering_number(fake, 2, one, 4));
	assert_string_equal("n2/n=3/1@3", filtering_number(fake, 3, two, 4));
	assert_string_equal("filters/all/n=3@4", filtering_tick(fake, 4));
	fake_forget(fake, one);
	assert_string_equal("n1/n=4/1@5", filtering_number(fake, 5, one, 4));
	fake_free(fake);
}

/* Values of two nodes in one result are two results for a script. */
static void
node_by_node(void **state)
{
	struct fake_host *fake = begin("function apply(r) local n = 0 "
				       "for _ in pairs(r.values) do n = n + 1 "
				       "end emit(r.node, 'n', n) end");
	struct farm_value values[3] = { farm_int64(1), farm_int64(2),
		farm_int64(3) };

	(void)state;
	filtering_open(fake, 0);
	values[0].series = filtering_series(fake, "n1", "a", FARM_GAUGE, "");
	values[1].series = filtering_series(fake, "n1", "b", FARM_GAUGE, "");
	values[2].series = filtering_series(fake, "n2", "a", FARM_GAUGE, "");
	assert_string_equal(
	    "n1/n=2@1 n2/n=1@1", filtering_apply(fake, 1, values, 3));
	fake_free(fake);
}

static void
only_where_it_may(void **state)
{
	struct fake_host *fake = begin(
	    "function apply(r) emit('x', 'y', 1) "
	    "emit('x', 'y', 1, {cluster='other'}) end");
	uint32_t a = filtering_series(fake, "n1", "a", FARM_GAUGE, "");

	(void)state;
	fake_options(fake, "allow", "[filters, 'my*']", NULL);
	filtering_open(fake, 0);
	assert_string_equal("!script:1: it may not emit to cluster \"other\" "
			    "x/y=1@1",
	    filtering_number(fake, 1, a, 4));
	fake_free(fake);
}

static void
only_so_many(void **state)
{
	struct fake_host *fake = begin(
	    "function apply(r) for i = 1, 9 do emit('x', 'y', i) end end");
	uint32_t a = filtering_series(fake, "n1", "a", FARM_GAUGE, "");

	(void)state;
	fake_options(fake, "quota", "2", NULL);
	filtering_open(fake, 0);
	assert_string_equal("!script:1: emits more than 2 values in one call "
			    "x/y=1@1 x/y=2@1",
	    filtering_number(fake, 1, a, 4));
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts),
		cmocka_unit_test(bad_scripts),
		cmocka_unit_test(remembers),
		cmocka_unit_test(node_by_node),
		cmocka_unit_test(only_where_it_may),
		cmocka_unit_test(only_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
