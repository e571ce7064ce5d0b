/* collectd's PUTVAL lines. */
#include "putval.h"

#include "buffer.h"
#include "unit.h"

/* One line or several, and what is in them. */
static void
show(struct buffer *b, const char *text)
{
	struct slice rest = { text, strlen(text) };
	struct putval_list list;
	struct farm_value v;
	struct putval p;
	struct error err;
	int got, more, one;

	buffer_clear(b);
	while ((got = putval_parse(&rest, &p, &err)) != 0) {
		if (got < 0) {
			buffer_printf(b, "!%s;", err.text);
			continue;
		}
		buffer_printf(b, "%.*s|%.*s|%.*s", (int)p.host.length,
		    p.host.text, (int)p.plugin.length, p.plugin.text,
		    (int)p.type.length, p.type.text);
		while ((more = putval_next(&p, &list, &err)) != 0) {
			buffer_printf(b, " %lld",
			    more < 0 ? -1LL : (long long)list.time_ns);
			if (more < 0)
				buffer_printf(b, "!%s", err.text);
			while (more > 0 && (one = putval_value(&list,
						putval_type(p.type)->counter,
						&v, &err)) != 0) {
				buffer_putc(b, one < 0 ? '!' : ':');
				if (one < 0)
					buffer_puts(b, err.text);
				else
					buffer_value(b, &v);
			}
		}
		buffer_putc(b, ';');
	}
}

static void
test_lines(void **unused)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "PUTVAL h/load/load interval=10 N:1:2.5:U\n",
		    "h|load|load 0:1:2.5:;" },
		{ "# a word\n\nPUTVAL \"h/disk-sda/disk_ops\" "
		  "1700000000:7:8\r\n",
		    "h|disk-sda|disk_ops 1700000000000000000:7:8;" },
		{ "PUTVAL \"my host/a b/gauge-x\" interval=10 meta:x=y N:1 "
		  "1.5:2",
		    "my host|a b|gauge-x 0:1 1500000000:2;" },
		{ "PUTVAL h/p/gauge", "!\"PUTVAL h/p/gauge\": no values;" },
		{ "PUTVAL h/p N:1",
		    "!\"PUTVAL h/p N:1\": no HOST/PLUGIN/TYPE behind PUTVAL;" },
		{ "PUTVAL h/p/t/u N:1",
		    "!\"PUTVAL h/p/t/u N:1\": no HOST/PLUGIN/TYPE behind "
		    "PUTVAL;" },
		{ "PUTVAL \"h/p/t N:1",
		    "!\"PUTVAL \"h/p/t N:1\": no HOST/PLUGIN/TYPE behind "
		    "PUTVAL;" },
		{ "PUTNOTIF message=hello\nPUTVAL h/p/t N:3",
		    "!\"PUTNOTIF message=hello\": no PUTVAL;h|p|t 0:3;" },
		{ "PUTVAL h/p/t 5 x:1 N:one N:1e400 -1:1",
		    "h|p|t -1!\"5\": no TIME:VALUE -1!\"x:1\": no time "
		    "0!\"one\": "
		    "no number 0!\"1e400\": no number -1!\"-1:1\": no time;" },
		{ "", "" },
	};
	struct buffer b = BUFFER_INIT;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		show(&b, cases[i].text);
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_free(&b);
}

static void
test_types(void **unused)
{
	static const struct {
		const char *type;
		bool counter;
		const char *second; /* NULL: one value */
	} cases[] = { { "if_octets", true, "tx" },
		{ "if_octets-eth0", true, "tx" }, { "load", false, "midterm" },
		{ "cpu-idle", true, NULL }, { "gauge", false, NULL },
		{ "temperature-0", false, NULL },
		{ "total_requests-a", true, NULL }, { "total", false, NULL } };
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		struct slice type = { cases[i].type, strlen(cases[i].type) };
		const struct putval_type *t = putval_type(type);

		assert_int_equal(t->counter, cases[i].counter);
		if (cases[i].second == NULL)
			assert_null(t->sources[1]);
		else
			assert_string_equal(t->sources[1], cases[i].second);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
