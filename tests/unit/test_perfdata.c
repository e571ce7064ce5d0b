/* What Nagios checks say: recorded outputs, oddities of labels and ranges. */
#include "perfdata.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "buffer.h"
#include "unit.h"

/* label=value[unit] wLOW:HIGH cLOW:HIGH [MIN,MAX]; or !reason; */
static const struct {
	const char *text;
	const char *want;
} cases[] = {
	{ "", "" },
	{ " \t", "" },
	{ "time=0.5s;1;2;0;10", "time=0.5[s] w0:1 c0:2 [0,10];" },
	{ "'free space'=1GB;;;0;100 b=2",
	    "free space=1[GB] [0,100];b=2[] [,];" },
	{ "'it''s'=3%;80:;~:90;0;100", "it's=3[%] w80:inf c-inf:90 [0,100];" },
	{ "x=U;1;2", "x=U[] w0:1 c0:2 [,];" },
	{ "a=1,5s", "a=1.5[s] [,];" },
	{ "neg=-3.5e-3ms;@10:20;~:5", "neg=-0.0035[ms] w@10:20 c-inf:5 [,];" },
	{ "/=25398607872B;216442024755;243497277849;0;270552530944",
	    "/=25398607872[B] w0:216442024755 c0:243497277849 "
	    "[0,270552530944];" },
	{ "c=12345c", "c=12345[c] [,];" },
	{ "k=1;2;3;4;5;6", "k=1[] w0:2 c0:3 [4,5];" },
	{ "'a=b'=7", "a=b=7[] [,];" },
	{ "temp=31C;40;50", "temp=31[C] w0:40 c0:50 [,];" },
	{ "x= 5", "!\"x\": the value is no number;!\"5\": not LABEL=VALUE;" },
	{ "load1=0.47;5.000;10.000;0; load5=1.4;4;8;0;",
	    "load1=0.47[] w0:5 c0:10 [0,];load5=1.4[] w0:4 c0:8 [0,];" },
	{ "noval=", "!\"noval\": the value is no number;" },
	{ "=5", "!a value without a label;" },
	{ "''=5", "!a value without a label;" },
	{ "'unterminated=5", "unterminated=5[] [,];" },
	{ "'", "!\"\": not LABEL=VALUE;" },
	{ "pl=0%;20;60;0;100 rta=0.1ms",
	    "pl=0[%] w0:20 c0:60 [0,100];rta=0.1[ms] [,];" },
	{ "v=1.5KiB", "v=1.5[KiB] [,];" },
	{ "tab=1\ttab2=2", "tab=1[] [,];tab2=2[] [,];" },
	{ "procs=0;;1:;0;", "procs=0[] c1:inf [0,];" },
	/* One bad item does not spoil its neighbours. */
	{ "a=1 bad b=2", "a=1[] [,];!\"bad\": not LABEL=VALUE;b=2[] [,];" },
	{ "a=1;x;20:10;y;z", "a=1[] [,];" },
	{ "e=5e", "e=5[e] [,];" },
	{ "e=5e3e", "e=5000[e] [,];" },
	{ "a=1.2.3", "a=1.2[.3] [,];" },
	{ "a=1e999", "!\"a\": the value is no number;" },
	{ "a=nan", "!\"a\": the value is no number;" },
	{ "a=-", "!\"a\": the value is no number;" },
};

static void
show_range(struct buffer *b, char name, const struct perfdata_range *r)
{
	if (r->set)
		buffer_printf(b, " %c%s%.15g:%.15g", name, r->inside ? "@" : "",
		    r->low, r->high);
}

static void
show_item(struct buffer *b, const struct perfdata_item *item)
{
	char *label = malloc(item->label.length);

	assert_non_null(label);
	buffer_put(b, label, perfdata_unescape(label, item->label));
	free(label);
	if (item->known)
		buffer_printf(b, "=%.15g", item->value);
	else
		buffer_puts(b, "=U");
	buffer_printf(b, "[%.*s]", (int)item->unit.length, item->unit.text);
	show_range(b, 'w', &item->warn);
	show_range(b, 'c', &item->crit);
	buffer_puts(b, " [");
	if (item->min.set)
		buffer_printf(b, "%.15g", item->min.value);
	buffer_putc(b, ',');
	if (item->max.set)
		buffer_printf(b, "%.15g", item->max.value);
	buffer_puts(b, "];");
}

static void
show(struct buffer *b, struct slice rest)
{
	struct perfdata_item item;
	struct error err;
	int got;

	buffer_clear(b);
	while ((got = perfdata_parse(&rest, &item, &err)) != 0)
		if (got < 0)
			buffer_printf(b, "!%s;", err.text);
		else
			show_item(b, &item);
}

static void
test_items(void **unused)
{
	struct buffer b = BUFFER_INIT;
	size_t i, length;
	char *exact;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		/* With nothing behind it that a sanitizer would let pass. */
		length = strlen(cases[i].text);
		exact = malloc(length + (length == 0));
		assert_non_null(exact);
		memcpy(exact, cases[i].text, length);
		show(&b, (struct slice){ exact, length });
		assert_string_equal(buffer_text(&b), cases[i].want);
		free(exact);
	}
	buffer_free(&b);
}

static void
test_ranges(void **unused)
{
	static const struct {
		const char *text;
		const char *alerts; /* of -1, 0, 5, 10, 15, 20, 25; "": none */
	} ranges[] = {
		{ "10", "1000111" },
		{ "10:", "1110000" },
		{ ":10", "1000111" },
		{ "~:10", "0000111" },
		{ "10:20", "1110001" },
		{ "@10:20", "0001110" },
		{ "@10", "0111000" },
		{ "~:", "0000000" },
		{ "-1,5:10", "0000111" },
		{ "", "" },
		{ "@", "" },
		{ "~", "" },
		{ "20:10", "" },
		{ "1:2:3", "" },
		{ "10:~", "" },
		{ "10%", "" },
		{ "inf", "" },
	};
	static const double values[] = { -1, 0, 5, 10, 15, 20, 25 };
	char got[COUNT(values) + 1];
	size_t i, j;

	(void)unused;
	for (i = 0; i < COUNT(ranges); i++) {
		struct slice text = { ranges[i].text, strlen(ranges[i].text) };
		struct perfdata_range r = { .set = false };

		memset(got, 0, sizeof(got));
		if (perfdata_range_parse(text, &r))
			for (j = 0; j < COUNT(values); j++)
				got[j] = perfdata_alerts(&r, values[j]) ? '1'
									: '0';
		assert_string_equal(got, ranges[i].alerts);
	}
}

static void
test_outputs(void **unused)
{
	static const struct {
		const char *output;
		const char *want; /* text / more / data / data */
	} outputs[] = {
		{ "", "/ / / " },
		{ "CRITICAL\n", "CRITICAL/ / / " },
		{ "LOAD OK - total load average: 4.27|load1=4.270;5;10;0; \n",
		    "LOAD OK - total load average: 4.27/ / "
		    "load1=4.270;5;10;0;/ " },
		{ "one | a=1\ntwo\nthree | b=2\nc=3\n",
		    "one/ two\nthree/ a=1/ b=2\nc=3" },
		{ "one\ntwo", "one/ two/ / " },
	};
	char got[200];
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(outputs); i++) {
		struct perfdata_output o;

		perfdata_split((struct slice){ outputs[i].output,
				   strlen(outputs[i].output) },
		    &o);
		snprintf(got, sizeof(got), "%.*s/ %.*s/ %.*s/ %.*s",
		    (int)o.text.length, o.text.text, (int)o.more.length,
		    o.more.text, (int)o.data[0].length, o.data[0].text,
		    (int)o.data[1].length, o.data[1].text);
		assert_string_equal(got, outputs[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_outputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
