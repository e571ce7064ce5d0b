/* Programs run for what they say: what becomes of it, and of them. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "clock.h"
#include "fake_host.h"
#include "unit.h"

extern const struct farm_entry farm_module;

/* One target, and a shell's text for program. */
struct running {
	struct fake_host *fake;
	struct farm_target *target;
};

static void
begin(struct running *r, const char *format, const char *script)
{
	r->fake = fake_new(&farm_module);
	r->fake->deadline_ns = INT64_MAX;
	r->target = fake_target(r->fake, "c", "n1", "192.0.2.1");
	fake_options(r->fake, "format", format, "shell", "yes", NULL);
	fake_options(r->fake, "command", script, NULL);
}

static int
collect(struct running *r)
{
	if (!r->fake->opened && fake_open(r->fake) != 0)
		fail_msg("%s", fake_failure(r->fake));
	return fake_collect(r->fake, r->target);
}

static void
end(struct running *r)
{
	fake_free(r->fake);
}

static const struct {
	const char *format;
	const char *script;
	const char *want; /* parameters and values, in order */
	const char *why;  /* "": well */
} cases[] = {
	{ "values", "echo load 1.5; echo state \\\"ok\\\"",
	    "load=1.5 state=ok ", "" },
	{ "json", "echo \"{\\\"parameter\\\":\\\"a\\\",\\\"value\\\":2}\"",
	    "a=2 ", "" },
	{ "influx", "echo disk,dev=sda,host=x reads=5i,value=2",
	    "disk_sda_reads=5 disk_sda=2 ", "" },
	{ "graphite", "echo a.b.c 3 1700000000; echo \"d;k=v 4 -1\"",
	    "a.b.c=3 d_v=4 ", "" },
	{ "ulm",
	    "echo DATE=20000330112320.957943 HOST=h PROG=p LVL=Usage "
	    "NL.EVNT=Write SEND.SZ=49332",
	    "Write_SEND.SZ=49332 ", "" },
	{ "perfdata", "echo \"OK fine|a=1s;2;3 b=5c\"",
	    "output=OK fine a=1 b=5 ", "" },
	{ "monalisa",
	    "printf 'web\\tup\\t1\\tsays\\tok\\nSCRIPTRESULT\\tStatus\\t0\\n'",
	    "up=1 says=ok Status=0 ", "" },
	{ "monalisa", "printf 'web\\tup\\t1\\nmail\\tup\\t1\\n'", "up=1 ",
	    "breaks off" },
	{ "monalisa", "true", "", "said nothing, not even DONE" },
	{ "prometheus", "echo 'up{job=\"a\",node=\"n2\"} 1'", "up_a=1 ", "" },
	{ "putval",
	    "echo 'PUTVAL n2/load/load N:1:2:3'; "
	    "echo 'PUTVAL n2/cpu-0/cpu-idle 7:5'; "
	    "echo 'PUTVAL n2/if-eth0/if_octets-x N:5:U'",
	    "load/shortterm=1 load/midterm=2 load/longterm=3 cpu-0/idle=5 "
	    "if-eth0/if_octets-x/rx=5 ",
	    "" },
	{ "putval",
	    "echo 'PUTVAL n2/load/load N:1:2'; echo 'PUTVAL n2/a/b N:1:2'; "
	    "echo PUTNOTIF",
	    "load/shortterm=1 load/midterm=2 a/b=1 ",
	    "load/load: too few values; and 2 more" },
	{ "csv", "echo time,a,node,b; echo 7,1,n2,x; echo 8,,n2,true",
	    "a=1 b=x b=true ", "" },
	{ "csv", "echo parameter,unit,value,more; echo a,s,1,5; echo b,,2,6",
	    "a=1 b=2 ", "" },
	{ "csv", "echo a,b; echo 1; echo 2,3; echo '\"4'", "a=2 b=3 ",
	    "1 fields, and there are 2 columns; and 1 more" },
	/* A check's states are no failures, what is above is. */
	{ "perfdata", "echo \"CRITICAL|a=1\"; exit 2", "output=CRITICAL a=1 ",
	    "" },
	{ "perfdata", "echo odd; exit 4", "output=odd ",
	    "ended with status 4" },
	{ "values", "echo a 1; echo why >&2; exit 2", "a=1 ",
	    "ended with status 2: why" },
	{ "values", "echo a 1; echo b; echo c 3; echo d", "a=1 c=3 ",
	    "\"b\": the value is no number, true, false, U or text in "
	    "quotes; and 1 more" },
	{ "values", "kill -9 $$", "", "ended by SIGKILL" },
	/* Names that nobody could use are said, and not made usable. */
	{ "values", "printf \"\\\\001 1\\\\nb 2\\\\n\"", "b=2 ", "parameter" },
};

/* Values but for what is always there. */
static void
show(struct buffer *b, const struct fake_host *fake)
{
	size_t i;

	for (i = 0; i < fake->n_values; i++) {
		const struct fake_value *v = &fake->values[i];

		if (strcmp(v->parameter, "run_time") == 0 ||
		    strcmp(v->parameter, "exit_code") == 0)
			continue;
		buffer_printf(b, "%s=", v->parameter);
		buffer_value(b, &v->value);
		buffer_putc(b, ' ');
	}
}

static void
test_formats(void **unused)
{
	struct buffer b = BUFFER_INIT;
	struct running r;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		begin(&r, cases[i].format, cases[i].script);
		if (collect(&r) != (cases[i].why[0] != '\0' ? -1 : 0))
			fail_msg(
			    "%s: %s", cases[i].script, fake_failure(r.fake));
		buffer_clear(&b);
		show(&b, r.fake);
		assert_string_equal(buffer_text(&b), cases[i].want);
		if (strstr(fake_failure(r.fake), cases[i].why) == NULL)
			fail_msg("%s", fake_failure(r.fake));
		end(&r);
	}
	buffer_free(&b);
}

static void
test_columns(void **unused)
{
	static const struct {
		const char *columns;
		const char *want;
	} tried[] = { { "{b: load}", "load=2 load=20 " },
		{ "{a: ':node', c: ':time', b: x}", "x=2 x=20 " },
		{ "{a: ':parameter', b: ':value'}", "1=2 10=20 " },
		{ "{2: load}", "load=b load=2 load=20 " }, { "{z: y}", "" } };
	struct buffer b = BUFFER_INIT;
	struct running r;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(tried); i++) {
		begin(&r, "csv", "echo a,b,c; echo 1,2,3; echo 10,20,30");
		fake_options(r.fake, "columns", tried[i].columns, NULL);
		if (collect(&r) != 0)
			fail_msg("%s", fake_failure(r.fake));
		buffer_clear(&b);
		show(&b, r.fake);
		assert_string_equal(buffer_text(&b), tried[i].want);
		end(&r);
	}
	buffer_free(&b);
}

/* ------------------------------------------------ programs that are kept -- */

/* What the host's thread does, until so many values are there. */
static void
pump(struct running *r, const char *name, size_t n)
{
	const struct farm_descriptor *d = farm_module.descriptor;
	int64_t end = clock_mono_ns() + 60 * NS_PER_S;
	size_t i, seen = 0;
	struct pollfd fd;

	while (seen < n) {
		for (i = 0; i < r->fake->n_watches; i++) {
			fd = (struct pollfd){ .fd = r->fake->watches[i].fd,
				.events = POLLIN };
			if (poll(&fd, 1, 1) == 1)
				d->listen(&r->fake->host, r->fake->state, fd.fd,
				    EPOLLIN, r->fake->watches[i].cookie);
		}
		(void)fake_tick(r->fake);
		for (i = 0, seen = 0; i < r->fake->n_values; i++)
			seen += strcmp(r->fake->values[i].parameter, name) == 0;
		if (clock_mono_ns() > end)
			fail_msg("no %zu values %s", n, name);
	}
}

static void
test_stream(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "values", "echo a 1; read x; echo a 2; sleep 600");
	fake_options(r.fake, "mode", "stream", "prefix", "p_", NULL);
	assert_int_equal(collect(&r), 0);
	pump(&r, "p_a", 1);
	assert_string_equal(r.fake->values[0].node, "n1");
	assert_string_equal(r.fake->values[0].cluster, "c");
	assert_int_equal(collect(&r), 0);
	assert_true(fake_value(r.fake, "n1", "p_run_time") > 0);
	end(&r);
}

/* One that ends is a failure of its target, once, and is started again. */
static void
test_stream_ends(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "csv", "echo a; echo 1; echo why >&2; exit 3");
	fake_options(r.fake, "mode", "stream", NULL);
	assert_int_equal(collect(&r), 0);
	pump(&r, "a", 2);
	assert_int_equal(collect(&r), -1);
	assert_non_null(strstr(fake_failure(r.fake), "ended with status 3"));
	assert_int_equal(r.fake->n_logs, 1);
	assert_non_null(strstr(r.fake->logs[0].text, "n1: "));
	assert_non_null(strstr(r.fake->logs[0].text, ": why"));
	end(&r);
}

static void
test_stream_of_nonsense(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "values", "echo a 1; echo b; echo c 3; sleep 600");
	fake_options(r.fake, "mode", "stream", NULL);
	assert_int_equal(collect(&r), 0);
	pump(&r, "c", 1);
	assert_int_equal(collect(&r), -1);
	assert_non_null(strstr(fake_failure(r.fake), "\"b\": the value is"));
	assert_int_equal(collect(&r), 0);
	end(&r);
}

static void
test_silence(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "values", "echo a $$; exec sleep 600");
	fake_options(r.fake, "mode", "stream", "silence", "100ms", NULL);
	assert_int_equal(collect(&r), 0);
	pump(&r, "a", 2);
	assert_int_equal(collect(&r), -1);
	assert_non_null(
	    strstr(fake_failure(r.fake), "has said nothing for 100ms"));
	end(&r);
}

static void
test_prompted(void **unused)
{
	static const char *const tried[][2] = {
		{ "stdin", "while read x; do echo a 1; done" },
		{ "SIGUSR1", "trap 'echo a 1' USR1; echo b 1; "
			     "while :; do sleep 0.01; done" },
		{ "SIGHUP", "trap 'echo a 1' HUP; echo b 1; "
			    "while :; do sleep 0.01; done" },
	};
	struct running r;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(tried); i++) {
		begin(&r, "values", tried[i][1]);
		fake_options(
		    r.fake, "mode", "prompted", "prompt", tried[i][0], NULL);
		assert_int_equal(collect(&r), 0);
		if (i > 0) {
			pump(&r, "b", 1);
			assert_int_equal(collect(&r), 0);
		}
		pump(&r, "a", 1);
		assert_int_equal(collect(&r), 0);
		pump(&r, "a", 2);
		end(&r);
	}
}

static void
test_no_answer(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "values", "echo a 1; exec sleep 600");
	fake_options(r.fake, "mode", "prompted", NULL);
	assert_int_equal(collect(&r), 0);
	pump(&r, "a", 1);
	assert_int_equal(collect(&r), 0);
	pump(&r, "a", 1);
	while (collect(&r) == 0)
		pump(&r, "a", 1);
	assert_non_null(strstr(fake_failure(r.fake), "has not answered"));
	end(&r);
}

/* A target goes, and its program with it; others stay. */
static void
test_target_goes(void **unused)
{
	struct farm_target *other;
	struct running r;

	(void)unused;
	begin(&r, "values", "while read x; do echo a 1; done; exit 0");
	fake_options(r.fake, "mode", "prompted", NULL);
	other = fake_target(r.fake, "c", "n2", "");
	assert_int_equal(collect(&r), 0);
	assert_int_equal(fake_collect(r.fake, other), 0);
	pump(&r, "a", 2);
	fake_target_close(r.fake, other);
	assert_int_equal(collect(&r), 0);
	pump(&r, "a", 3);
	assert_int_equal(r.fake->n_watches, 2);
	end(&r);
}

static void
test_names(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "values",
	    "['echo a \\\"$FARM_CLUSTER $FARM_NODE $X $1\\\"', "
	    "'{{{address}}}']");
	fake_options(
	    r.fake, "environment", "{X: '<{node}>'}", "prefix", "p_", NULL);
	assert_int_equal(collect(&r), 0);
	assert_string_equal(
	    fake_text(r.fake, "n1", "p_a"), "c n1 <n1> {192.0.2.1}");
	assert_true(fake_value(r.fake, "n1", "p_exit_code") == 0);
	assert_true(fake_value(r.fake, "n1", "p_run_time") > 0);
	end(&r);
}

/* No shell: its signs are bytes like others. */
static void
test_no_shell(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "values", "[printf, '%s \"%s\"', '{node}', '$HOME; id']");
	fake_options(r.fake, "shell", "no", NULL);
	assert_int_equal(collect(&r), 0);
	assert_string_equal(fake_text(r.fake, "n1", "n1"), "$HOME; id");
	end(&r);
}

static void
test_bounds(void **unused)
{
	struct running r;

	(void)unused;
	begin(&r, "values", "echo a 1; sleep 600");
	fake_options(r.fake, "timeout", "100ms", NULL);
	assert_int_equal(collect(&r), -1);
	assert_non_null(strstr(fake_failure(r.fake), "not over after "));
	assert_false(fake_has(r.fake, "n1", "a"));
	assert_false(fake_has(r.fake, "n1", "exit_code"));
	end(&r);
	begin(&r, "values", "yes a 1");
	fake_options(r.fake, "output_max", "4KiB", NULL);
	assert_int_equal(collect(&r), -1);
	assert_non_null(strstr(fake_failure(r.fake), "said more than 4KiB"));
	assert_false(fake_has(r.fake, "n1", "a"));
	end(&r);
}

static void
test_stderr(void **unused)
{
	char folder[] = "/tmp/farm-exec-XXXXXX", path[64], script[100];
	struct running r;
	size_t i;

	/* What it says each time, and how many lines the log has then. */
	static const struct {
		const char *says;
		size_t lines;
	} times[] = { { "x", 1 }, { "x", 1 }, { "y", 2 }, { "", 2 },
		{ "y", 3 } };

	(void)unused;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/says", folder);
	snprintf(script, sizeof(script), "cat %s >&2", path);
	begin(&r, "values", script);
	for (i = 0; i < COUNT(times); i++) {
		FILE *f = fopen(path, "we");

		assert_non_null(f);
		fputs(times[i].says, f);
		assert_int_equal(fclose(f), 0);
		assert_int_equal(collect(&r), 0);
		assert_int_equal(r.fake->n_logs, times[i].lines);
	}
	assert_non_null(strstr(r.fake->logs[1].text, ": y"));
	end(&r);
	assert_int_equal(remove(path), 0);
	assert_int_equal(remove(folder), 0);
}

static void
test_perfdata_series(void **unused)
{
	static const char *const want[] = { "warn", "80:", "crit", "@1:2",
		"min", "0", "max", "100.5" };
	const struct fake_value *n, *x;
	struct running r;
	size_t i;

	(void)unused;
	begin(&r, "perfdata", "echo \"OK|n=7c u=U x=5KiB;80:;@1:2;0;100.5\"");
	assert_int_equal(collect(&r), 0);
	n = fake_find(r.fake, "n1", "n");
	assert_non_null(n);
	assert_int_equal(n->kind, FARM_COUNTER64);
	assert_string_equal(n->unit, "1");
	assert_false(fake_has(r.fake, "n1", "u"));
	x = fake_find(r.fake, "n1", "x");
	assert_non_null(x);
	assert_string_equal(x->unit, "KiBy");
	assert_int_equal(x->n_labels, COUNT(want) / 2);
	for (i = 0; i < x->n_labels; i++) {
		assert_string_equal(x->labels[i].name, want[2 * i]);
		assert_string_equal(x->labels[i].value, want[2 * i + 1]);
	}
	end(&r);
}

static void
test_counters(void **unused)
{
	const struct fake_value *v;
	struct running r;

	(void)unused;
	begin(&r, "prometheus",
	    "echo '# TYPE a counter'; echo 'a{x=\"1\"} 3'; "
	    "echo 'a{x=\"2\"} 3.5'; echo 'b 3'");
	assert_int_equal(collect(&r), 0);
	v = fake_find(r.fake, "n1", "a_1");
	assert_int_equal(v->kind, FARM_COUNTER64);
	assert_int_equal(v->value.type, FARM_UINT64);
	v = fake_find(r.fake, "n1", "a_2");
	assert_int_equal(v->kind, FARM_COUNTER64);
	assert_int_equal(v->value.type, FARM_DOUBLE);
	assert_int_equal(fake_find(r.fake, "n1", "b")->kind, FARM_GAUGE);
	end(&r);
}

static void
test_check(void **unused)
{
	static const struct {
		const char *name, *value;
		const char *want;
	} bad[] = {
		{ "command", "[a, '{nod}']",
		    "command[1]: \"{nod}\": byte 1 begins none of {cluster}, "
		    "{node}, {address}; {{ and }} stand for a brace" },
		{ "command", "['awk', '{{print}']",
		    "command[1]: \"{{print}\": byte 8 begins none of "
		    "{cluster}, {node}, {address}; {{ and }} stand for a "
		    "brace" },
		{ "command", "['']", "command: names no program" },
		{ "environment", "{'A=B': c}",
		    "environment[0]: \"A=B\" is no variable" },
		{ "columns", "{a: b}", "columns: of format csv only" },
		{ "columns", "{a: b, 1: c}",
		    "columns: \"1\": either all are numbers or all are "
		    "names" },
		{ "columns", "{65: c}", "columns: 65: 64 are the most" },
		{ "columns", "{a: ':when'}",
		    "columns: \":when\": none of :time, :cluster, :node, "
		    ":parameter, :value, :unit" },
		{ "user", "no one here", "user: there is no \"no one here\"" },
		{ "via", "rsh://x",
		    "via: \"rsh://x\" is not ssh://[USER@]HOST[:PORT]" },
	};
	struct running r;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(bad); i++) {
		begin(&r, "values", "[true]");
		fake_options(r.fake, "shell", "no", NULL);
		fake_options(r.fake, bad[i].name, bad[i].value, NULL);
		assert_int_equal(fake_check(r.fake), -1);
		assert_string_equal(fake_failure(r.fake), bad[i].want);
		end(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stream_ends),
		cmocka_unit_test(test_stream_of_nonsense),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_prompted),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_target_goes),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_shell),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_stderr),
		cmocka_unit_test(test_perfdata_series),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_check),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
