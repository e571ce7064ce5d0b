/* Checks of Nagios: macros, words, states, and what becomes of a run. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nagios_check.h"
#include "clock.h"
#include "fake_host.h"
#include "macros.h"
#include "resource.h"
#include "unit.h"
#include "line.h"

extern const struct farm_entry farm_module;

/* --------------------------------------------------------------- macros -- */

static void
test_macros(void **unused)
{
	static const char *const args[] = { "80", "-u $USER2$ $ARG1$" };
	static const struct farm_pair own[] = { { "HOSTADDRESS",
	    "192.0.2.1" } };
	static const struct farm_pair users[] = { { "USER2", "pa$$word" } };
	const struct macros m = {
		.args = { args, 2 }, .own = { own, 1 }, .users = { users, 1 }
	};
	const struct macros lenient = { .lenient = true };
	static const struct {
		const char *text;
		const char *want; /* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "-H $HOSTADDRESS$ -p $ARG1$", "-H 192.0.2.1 -p 80" },
		{ "$$5 and 3$", "$5 and 3$" },
		/* Not given: empty, as with Nagios. */
		{ "<$ARG3$>", "<>" },
		/* What a macro says is not looked at again. */
		{ "$USER2$", "pa$$word" },
		{ "$NOSUCH$", NULL },
		{ "$ARG33$", NULL },
		{ "$ARG0$", NULL },
		/* An argument within an argument. */
		{ "$ARG2$", NULL },
	};
	struct buffer b = BUFFER_INIT;
	struct error err;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int rc = macros_expand(&b, &m, cases[i].text, &err);

		assert_int_equal(rc, cases[i].want == NULL ? -1 : 0);
		if (cases[i].want != NULL)
			assert_string_equal(buffer_text(&b), cases[i].want);
		buffer_clear(&b);
	}
	assert_int_equal(macros_expand(&b, &lenient, "a $X$ $$", &err), 0);
	assert_string_equal(buffer_text(&b), "a $X$ $");
	buffer_clear(&b);
	assert_int_equal(macros_expand(&b, &m, "$NOSUCH$", &err), -1);
	assert_string_equal(err.text, "$NOSUCH$: no such macro");
	buffer_free(&b);
}

/* ---------------------------------------------------------------- words -- */

static void
test_words(void **unused)
{
	static const struct {
		const char *line;
		const char *want; /* words, each in <>; or what is wrong */
		bool as_nagios;
	} cases[] = {
		{ "a", "<a>" },
		{ "  a\tb  c ", "<a><b><c>" },
		{ "a '' \"\"", "<a><><>" },
		{ "a'b c'\"d 'e'\"f\\ g", "<ab cd 'e'f g>" },
		{ "\"\\\"\\\\\\n\"", "<\"\\\\n>" },
		{ "'$x|`'", "<$x|`>" },
		{ "x ~:10 a#b @1:2 {} !", "<x><~:10><a#b><@1:2><{}><!>" },
		{ "x \\", "<x><\\>" },
		{ "", "names no program" },
		{ "  ", "names no program" },
		{ "a 'b", "\"a 'b\": a quote is not closed" },
		{ "a | b",
		    "\"a | b\": byte 3, '|', is for a shell; in quotes it "
		    "would be itself" },
		{ "a \"$x\"", "byte 4, '$', is for a shell" },
		{ "a ~/b", "byte 3, '~', is for a shell" },
		{ "a #b", "byte 3, '#', is for a shell" },
		{ "a #b ~/c", "<a><#b><~/c>", true },
		{ "a | b", "byte 3, '|', is for a shell", true },
		{ "a http://x/?y", "byte 12, '?', is for a shell" },
	};
	struct arena *arena = arena_new(0);
	struct buffer b = BUFFER_INIT;
	struct error err;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const *words = line_split(
		    arena, cases[i].line, cases[i].as_nagios, &err);

		buffer_clear(&b);
		for (size_t j = 0; words != NULL && words[j] != NULL; j++)
			buffer_printf(&b, "<%s>", words[j]);
		if (words == NULL)
			buffer_puts(&b, err.text);
		if (words == NULL
			? strstr(buffer_text(&b), cases[i].want) == NULL
			: strcmp(buffer_text(&b), cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].line, buffer_text(&b));
	}
	buffer_free(&b);
	arena_free(arena);
}

/* A shell makes the same words of what can be split without one. */
static void
test_words_as_shell(void **unused)
{
	static const char *const lines[] = { "a 'b  c' \"d\\\"e\" f\\ g",
		"-w ~:10 -c @5:10 '' x=y", "a#b {} ! %20 a,b:c" };
	struct arena *arena = arena_new(0);

	(void)unused;
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *const *words = line_split(
		    arena, lines[i], false, NULL);
		char command[200], said[200];
		FILE *f;

		assert_non_null(words);
		(void)snprintf(command, sizeof(command),
		    "for i in %s; do printf '%%s\\n' \"$i\"; done", lines[i]);
		f = popen(command, "r");
		assert_non_null(f);
		for (; *words != NULL; words++) {
			assert_non_null(fgets(said, sizeof(said), f));
			said[strcspn(said, "\n")] = '\0';
			assert_string_equal(said, *words);
		}
		assert_null(fgets(said, sizeof(said), f));
		assert_int_equal(pclose(f), 0);
	}
	arena_free(arena);
}

/* ------------------------------------------------------------- resources -- */

static void
test_resource(void **unused)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "", "" },
		{ "# a comment\n\n$USER1$=/usr/lib\n $USER2$ = a=b \r\n",
		    "USER1=/usr/lib USER2=a=b " },
		{ "$X$=", "X= " },
		{ "USER1=x", "line 1: not $NAME$=VALUE" },
		{ "\n$$=secret", "line 2: not $NAME$=VALUE" },
	};
	struct arena *arena = arena_new(0);
	struct buffer b = BUFFER_INIT;
	struct farm_map map;
	struct error err;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice text = { cases[i].text, strlen(cases[i].text) };

		buffer_clear(&b);
		if (resource_parse(text, arena, &map, &err) != 0)
			buffer_puts(&b, err.text);
		else
			for (size_t j = 0; j < map.n; j++)
				buffer_printf(&b, "%s=%s ", map.pairs[j].key,
				    map.pairs[j].value);
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_free(&b);
	arena_free(arena);
}

/* --------------------------------------------------------------- states -- */

static void
test_turns(void **unused)
{
	/* State, attempt, hard state, and whether it is told. */
	static const int steps[][4] = {
		{ CHECK_OK, 1, CHECK_OK, 0 },
		{ CHECK_WARNING, 1, CHECK_OK, 0 },
		{ CHECK_CRITICAL, 2, CHECK_OK, 0 },
		/* Back from a soft state: nothing was told, nothing is. */
		{ CHECK_OK, 1, CHECK_OK, 0 },
		{ CHECK_WARNING, 1, CHECK_OK, 0 },
		{ CHECK_WARNING, 2, CHECK_OK, 0 },
		{ CHECK_UNKNOWN, 3, CHECK_UNKNOWN, 1 },
		{ CHECK_UNKNOWN, 3, CHECK_UNKNOWN, 0 },
		/* From one hard state to another. */
		{ CHECK_CRITICAL, 3, CHECK_CRITICAL, 1 },
		{ CHECK_OK, 1, CHECK_OK, 1 },
		{ CHECK_OK, 1, CHECK_OK, 0 },
	};
	struct check_memory m = { 0 }, once = { 0 };

	(void)unused;
	for (size_t i = 0; i < COUNT(steps); i++) {
		bool told = check_turn(&m, steps[i][0], 3);

		assert_int_equal(m.state, steps[i][0]);
		assert_int_equal(m.attempt, steps[i][1]);
		assert_int_equal(m.hard, steps[i][2]);
		assert_int_equal(told, steps[i][3]);
	}
	assert_true(check_turn(&once, CHECK_CRITICAL, 1));
	assert_int_equal(once.hard, CHECK_CRITICAL);
}

/* ----------------------------------------------------------------- runs -- */

struct running {
	struct fake_host *fake;
	struct farm_target *target;
};

static void
begin(struct running *r, const char *command)
{
	r->fake = fake_new(&farm_module);
	r->fake->deadline_ns = INT64_MAX;
	r->target = fake_target(r->fake, "c", "n1", "192.0.2.1");
	fake_options(r->fake, "command", command, "shell", "always", NULL);
}

static int
collect(struct running *r)
{
	if (!r->fake->opened && fake_open(r->fake) != 0)
		fail_msg("%s", fake_failure(r->fake));
	assert_int_equal(fake_collect_many(r->fake, &r->target, 1), 0);
	return r->fake->dones[r->fake->n_dones - 1].failed ? -1 : 0;
}

/* Why the last run of the target failed. */
static const char *
why(const struct running *r)
{
	return r->fake->dones[r->fake->n_dones - 1].text;
}

static const struct {
	const char *script;
	int state;
	const char *output;
	const char *why; /* "": the run went well */
} runs[] = {
	{ "echo fine", CHECK_OK, "fine", "" },
	{ "echo 'DISK WARNING|a=1'; exit 1", CHECK_WARNING, "DISK WARNING",
	    "" },
	{ "echo 'connect refused'; exit 2", CHECK_CRITICAL, "connect refused",
	    "" },
	{ "echo usage; exit 3", CHECK_UNKNOWN, "usage", "" },
	{ "echo odd; exit 4", CHECK_UNKNOWN, "odd", "" },
	{ "exit 200", CHECK_UNKNOWN, "(ended with status 200)", "" },
	{ "echo why >&2; exit 1", CHECK_WARNING, "(no output): why", "" },
	{ "kill -9 $$$$", CHECK_UNKNOWN, "(ended by signal 9)", "" },
	{ "echo 'x|a=b c=1'", CHECK_OK, "x", "\"a\": the value is no number" },
};

static void
test_runs(void **unused)
{
	struct running r;

	(void)unused;
	for (size_t i = 0; i < COUNT(runs); i++) {
		begin(&r, runs[i].script);
		if (collect(&r) != (runs[i].why[0] != '\0' ? -1 : 0) ||
		    strstr(why(&r), runs[i].why) == NULL)
			fail_msg("%s: %s", runs[i].script, why(&r));
		assert_int_equal(
		    fake_value(r.fake, "n1", "state"), runs[i].state);
		assert_string_equal(
		    fake_text(r.fake, "n1", "output"), runs[i].output);
		fake_free(r.fake);
	}
}

static const char *
label(const struct fake_value *v, const char *name)
{
	for (size_t i = 0; i < v->n_labels; i++)
		if (strcmp(v->labels[i].name, name) == 0)
			return v->labels[i].value;
	return "";
}

static void
test_values(void **unused)
{
	const struct fake_value *v;
	struct running r;

	(void)unused;
	begin(&r, "printf \"OK|'free slots'=7;10:;@~:5;0;1024\\nmore\\nof it|"
		  "t=1ms c=3c u=U\\n\"");
	fake_options(r.fake, "service", "Slots", NULL);
	assert_int_equal(collect(&r), 0);
	v = fake_find(r.fake, "n1", "Slots_free slots");
	assert_non_null(v);
	assert_string_equal(label(v, "warn"), "10:");
	assert_string_equal(label(v, "crit"), "@~:5");
	assert_string_equal(label(v, "min"), "0");
	assert_string_equal(label(v, "max"), "1024");
	assert_string_equal(
	    fake_text(r.fake, "n1", "Slots_long_output"), "more\nof it");
	assert_string_equal(fake_find(r.fake, "n1", "Slots_t")->unit, "ms");
	assert_int_equal(
	    fake_find(r.fake, "n1", "Slots_c")->kind, FARM_COUNTER64);
	assert_false(fake_has(r.fake, "n1", "Slots_u"));
	assert_int_equal(fake_value(r.fake, "n1", "Slots_attempt"), 1);
	assert_true(fake_value(r.fake, "n1", "Slots_run_time") > 0);
	fake_free(r.fake);
}

static void
test_command(void **unused)
{
	struct running r;

	(void)unused;
	/* Words are words whatever is in them, a line is split. */
	begin(&r, "[printf, '%s|', '$HOSTNAME$', '$ARG1$']");
	fake_options(r.fake, "shell", "never", "args",
	    "['a $SERVICEDESC$ $_X$']", "macros", "{_X: '; y'}", "service", "s",
	    NULL);
	assert_int_equal(fake_check(r.fake), 0);
	assert_int_equal(collect(&r), -1);
	assert_string_equal(fake_text(r.fake, "n1", "s_output"), "n1");
	assert_non_null(strstr(why(&r), "printf '%s|' n1 'a s ; y': "));
	fake_free(r.fake);
	begin(&r, "printf '%s ' $HOSTADDRESS$ $ARG1$ $SERVICESTATE$");
	fake_options(r.fake, "shell", "never", "args", "a  b", NULL);
	assert_int_equal(collect(&r), 0);
	assert_string_equal(
	    fake_text(r.fake, "n1", "output"), "192.0.2.1 a b OK");
	fake_free(r.fake);
}

static void
test_missing(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "check_no_such -w 1");
	fake_options(r.fake, "shell", "never", "plugins", "/no/such", NULL);
	assert_int_equal(collect(&r), -1);
	assert_int_equal(fake_value(r.fake, "n1", "state"), CHECK_UNKNOWN);
	assert_string_equal(fake_text(r.fake, "n1", "output"),
	    "/no/such/check_no_such -w 1: No such file or directory");
	fake_free(r.fake);
}

static void
test_late(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "echo x; sleep 600");
	fake_options(
	    r.fake, "timeout", "100ms", "timeout_state", "warning", NULL);
	assert_int_equal(collect(&r), 0);
	assert_int_equal(fake_value(r.fake, "n1", "state"), CHECK_WARNING);
	assert_non_null(
	    strstr(fake_text(r.fake, "n1", "output"), "(not over after "));
	fake_free(r.fake);
}

/* A settled check rests, a soft one is tried again; a change is an event. */
static void
test_settled(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "echo \"it is bad\"; exit 2");
	fake_options(r.fake, "settled", "1h", "attempts", "2", NULL);
	assert_int_equal(collect(&r), 0);
	assert_int_equal(fake_value(r.fake, "n1", "hard_state"), CHECK_OK);
	assert_int_equal(r.fake->n_records, 0);
	assert_int_equal(collect(&r), 0);
	assert_int_equal(
	    fake_value(r.fake, "n1", "hard_state"), CHECK_CRITICAL);
	assert_int_equal(r.fake->n_records, 1);
	assert_int_equal(r.fake->records[0].type, FARM_EVENT);
	assert_string_equal(r.fake->records[0].payload,
	    "{\"event\":\"check\",\"state\":\"raised\",\"status\":\"critical\","
	    "\"text\":\"it is bad\",\"farm\":\"" FAKE_FARM
	    "\",\"cluster\":\"c\",\"node\":\"n1\",\"parameter\":\"state\"}");
	fake_clear(r.fake);
	assert_int_equal(collect(&r), 0);
	assert_int_equal(r.fake->n_values, 0);
	fake_free(r.fake);
}

static void
test_check(void **unused)
{
	static const struct {
		const char *option;
		const char *value;
		const char *want;
	} cases[] = {
		{ "command", "check_x | y",
		    "command: \"check_x | y\": byte 9" },
		{ "command", "check_x $NO$", "command: $NO$: no such macro" },
		{ "resource", "/no/such.cfg",
		    "resource: /no/such.cfg: No such file or directory" },
		{ "via", "rsh://x", "via: " },
	};
	struct fake_host *fake;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		fake = fake_new(&farm_module);
		fake_options(fake, "command", "check_x", NULL);
		fake_options(fake, cases[i].option, cases[i].value, NULL);
		assert_int_equal(fake_check(fake), -1);
		if (strstr(fake_failure(fake), cases[i].want) == NULL)
			fail_msg("%s", fake_failure(fake));
		fake_free(fake);
	}
	fake = fake_new(&farm_module);
	assert_int_equal(fake_check(fake), -1);
	assert_string_equal(fake_failure(fake), "command: is missing");
	fake_free(fake);
}

/* Names of nodes are no code where a shell reads them, but may have blanks,
   which part words as with Nagios. */
static void
test_no_code(void **unused)
{
	static const struct {
		const char *shell;
		const char *command;
		const char *node;
		const char *want; /* its output; or why there is none */
	} cases[] = {
		{ "always", "echo $HOSTNAME$", "n;id",
		    "command: $HOSTNAME$ is \"n;id\", which a shell might not "
		    "leave as it is" },
		{ "always", "printf '<%s>' '$HOSTNAME$'", "a b", "<a b>" },
		{ "always", "printf '<%s>' $HOSTNAME$", "a b", "<a><b>" },
		{ "always", "printf '<%s>' '$HOSTNAME$'", "B\xc3\xbcro",
		    "<B\xc3\xbcro>" },
		{ "as_needed", "printf '<%s>' '$HOSTNAME$'", "n;id", "<n;id>" },
		{ "as_needed", "printf '<%s>' $HOSTNAME$ x", "a b",
		    "<a><b><x>" },
		{ "as_needed", "printf '<%s>' \"$HOSTNAME$\" | cat", "a b",
		    "<a b>" },
		{ "as_needed", "echo $HOSTNAME$", "n;id",
		    "command: $HOSTNAME$ is \"n;id\", which a shell might not "
		    "leave as it is" },
		{ "as_needed", "echo \"$HOSTNAME$\"", "`id`",
		    "command: $HOSTNAME$ is \"`id`\", which a shell might not "
		    "leave as it is" },
		{ "as_needed", "echo a$NOSUCH$", "n", "a$" },
		{ "never", "printf '<%s>' a$HOSTNAME$ '$HOSTNAME$'", "a b",
		    "<aa><b><a b>" },
	};

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fake_host *fake = fake_new(&farm_module);
		struct farm_target *odd = fake_target(
		    fake, "c", cases[i].node, "");
		const char *said;

		fake->deadline_ns = INT64_MAX;
		fake_options(fake, "command", cases[i].command, "shell",
		    cases[i].shell, NULL);
		assert_int_equal(fake_check(fake), 0);
		assert_int_equal(fake_open(fake), 0);
		assert_int_equal(fake_collect_many(fake, &odd, 1), 0);
		said = fake->dones[0].failed
			   ? fake->dones[0].text
			   : fake_text(fake, cases[i].node, "output");
		if (strcmp(said, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].command, said);
		fake_free(fake);
	}
}

/* What Nagios would leave as it is, too, is said and no error. */
static void
test_unknown_macro(void **unused)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)unused;
	fake_options(fake, "command", "check_x $NO$", "shell", "as_needed",
	    "service", "A B", NULL);
	assert_int_equal(fake_check(fake), 0);
	assert_int_equal(fake->n_logs, 1);
	assert_string_equal(fake->logs[0].text,
	    "command: $NO$: no such macro; it stays as it is");
	fake_options(fake, "shell", "always", NULL);
	assert_int_equal(fake_check(fake), -1);
	fake_free(fake);
}

/* Many of an instance run side by side, no more than there is room for. */
static void
test_parallel(void **unused)
{
	struct fake_host *fake = fake_new(&farm_module);
	struct farm_target *targets[40];
	char name[8];

	(void)unused;
	fake->deadline_ns = INT64_MAX;
	fake_options(fake, "command", "true", "parallel", "7", NULL);
	assert_int_equal(fake_open(fake), 0);
	for (size_t i = 0; i < COUNT(targets); i++) {
		(void)snprintf(name, sizeof(name), "n%zu", i);
		targets[i] = fake_target(fake, "c", name, "");
	}
	assert_int_equal(fake_collect_many(fake, targets, COUNT(targets)), 0);
	assert_int_equal(fake->n_dones, COUNT(targets));
	for (size_t i = 0; i < COUNT(targets); i++)
		assert_true(fake_has(fake, targets[i]->node, "state"));
	fake_free(fake);
}

/* Who had no turn in time has failed, and has no state. */
static void
test_no_turn(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "true");
	r.fake->deadline_ns = clock_mono_ns();
	assert_int_equal(collect(&r), -1);
	assert_string_equal(
	    why(&r), "had no turn in time: `parallel' is too small");
	assert_int_equal(r.fake->n_values, 0);
	fake_free(r.fake);
}

/* The host wants the call to end: what runs is killed. */
static void
test_ended(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "sleep 600");
	assert_int_equal(fake_open(r.fake), 0);
	fake_end(r.fake);
	assert_int_equal(fake_collect_many(r.fake, &r.target, 1), 0);
	assert_int_equal(r.fake->n_dones, 0);
	fake_free(r.fake);
}

/* -- a site -- */

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
test_site(void **unused)
{
	char folder[] = "/tmp/farm-nagios-XXXXXX", path[80], objects[80];
	struct running r;

	(void)unused;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/nagios.cfg", folder);
	(void)snprintf(objects, sizeof(objects), "%s/objects.cfg", folder);
	write_file(path, "cfg_file=objects.cfg\ninterval_length=1\n");
	write_file(objects,
	    "define command{\n command_name say\n command_line printf "
	    "'%s is $ARG1$ of $_HOSTX$ $NOSUCH$|a=3s' $HOSTADDRESS$ \\; exit 1"
	    "\n}\n"
	    "define host{\n host_name h1\n address 192.0.2.7\n _x y z\n}\n"
	    "define hostgroup{\n hostgroup_name g\n members h1\n}\n"
	    "define service{\n service_description Talk\n host_name h1\n "
	    "check_command say!one\n check_interval 1\n retry_interval 1\n "
	    "max_check_attempts 2\n}\n");
	begin(&r, "[]");
	fake_options(r.fake, "config", path, NULL);
	assert_int_equal(fake_check(r.fake), 0);
	assert_int_equal(fake_open(r.fake), 0);
	for (int i = 0;
	     i < 60 && (!fake_has(r.fake, "h1", "Talk_attempt") ||
			   fake_value(r.fake, "h1", "Talk_attempt") != 2);
	     i++) {
		r.fake->deadline_ns = clock_mono_ns() + NS_PER_S;
		assert_int_equal(fake_collect_many(r.fake, &r.target, 1), 0);
	}
	assert_int_equal(
	    fake_value(r.fake, "h1", "Talk_hard_state"), CHECK_WARNING);
	assert_string_equal(fake_text(r.fake, "h1", "Talk_output"),
	    "192.0.2.7 is one of y z $NOSUCH$");
	assert_true(fake_value(r.fake, "h1", "Talk_a") == 3);
	assert_string_equal(fake_find(r.fake, "h1", "Talk_a")->cluster, "g");
	assert_int_equal(fake_value(r.fake, "n1", "checks"), 1);
	fake_free(r.fake);
	(void)unlink(path);
	(void)unlink(objects);
	(void)rmdir(folder);
}

static void
test_site_wrong(void **unused)
{
	struct fake_host *fake = fake_new(&farm_module);

	(void)unused;
	fake_options(fake, "config", "/no/such/nagios.cfg", NULL);
	assert_int_equal(fake_check(fake), -1);
	assert_string_equal(fake_failure(fake),
	    "/no/such/nagios.cfg: No such file or directory");
	assert_int_equal(fake_open(fake), -1);
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_macros),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_words_as_shell),
		cmocka_unit_test(test_resource),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_settled),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_no_code),
		cmocka_unit_test(test_unknown_macro),
		cmocka_unit_test(test_parallel),
		cmocka_unit_test(test_no_turn),
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_site),
		cmocka_unit_test(test_site_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
