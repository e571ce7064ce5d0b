/* collectd's packets: read, written, signed, encrypted; and its types.db. */
#include "collectd_network.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "buffer.h"
#include "clock.h"
#include "collectd_seal.h"
#include "collectd_types.h"
#include "hex.h"
#include "unit.h"
#include "whole_file.h"

static void
show_name(struct buffer *b, const struct collectd_list *l)
{
	const struct collectd_identifier *of = &l->of;

	buffer_printf(b, "%.*s/%.*s", (int)of->host.length, of->host.text,
	    (int)of->plugin.length, of->plugin.text);
	if (of->plugin_instance.length > 0)
		buffer_printf(b, "-%.*s", (int)of->plugin_instance.length,
		    of->plugin_instance.text);
	buffer_printf(b, "/%.*s", (int)of->type.length, of->type.text);
	if (of->type_instance.length > 0)
		buffer_printf(b, "-%.*s", (int)of->type_instance.length,
		    of->type_instance.text);
}

static void
show_value(struct buffer *b, struct collectd_value v)
{
	static const char kinds[] = "cgda";

	buffer_printf(b, " %c", kinds[v.kind]);
	if (v.kind == COLLECTD_GAUGE)
		buffer_printf(b, "%.17g", v.gauge);
	else if (v.kind == COLLECTD_DERIVE)
		buffer_printf(b, "%lld", (long long)v.derive);
	else
		buffer_printf(b, "%llu", (unsigned long long)v.counter);
}

static void
show(struct buffer *b, struct slice bytes)
{
	struct collectd_packet p = { .rest = bytes };
	struct collectd_list l;
	struct error err;
	int got;

	while ((got = collectd_next(&p, &l, &err)) != 0) {
		if (got < 0) {
			buffer_printf(b, "!%s;", err.text);
			continue;
		}
		show_name(b, &l);
		if (l.time_ns % NS_PER_S != 0)
			buffer_printf(b, " @%lld.%09lld",
			    (long long)(l.time_ns / NS_PER_S),
			    (long long)(l.time_ns % NS_PER_S));
		else
			buffer_printf(
			    b, " @%lld", (long long)(l.time_ns / NS_PER_S));
		if (l.interval_ns != 0)
			buffer_printf(
			    b, "+%lld", (long long)(l.interval_ns / NS_PER_S));
		if (l.notification)
			buffer_printf(b, " %llu \"%.*s\"",
			    (unsigned long long)l.severity,
			    (int)l.message.length, l.message.text);
		for (size_t i = 0; i < l.n; i++)
			show_value(b, collectd_value_at(&l, i));
		buffer_putc(b, ';');
	}
}

static const struct {
	const char *hex, *want;
} cases[] = {
	{ "", "" },
	/* host h, time 5, plugin p, type t, a derive of -1 */
	{ "000000066800"
	  "0001000c0000000000000005"
	  "000200067000"
	  "000400067400"
	  "0006000f000102ffffffffffffffff",
	    "h/p/t @5 d-1;" },
	/* an unknown part before, instances, 2^-30 s, an interval, a gauge */
	{ "0fff0005aa"
	  "000000066800"
	  "0008000c0000000160000000"
	  "0009000c0000000280000000"
	  "000200067000"
	  "000300066900"
	  "000400067400"
	  "000500066a00"
	  "0006000f000101000000000000f83f",
	    "h/p-i/t-j @5.500000000+10 g1.5;" },
	/* two values, then one of another type instance at another time */
	{ "000000066800"
	  "0001000c0000000000000005"
	  "0007000c000000000000000a"
	  "000200067000"
	  "000400067400"
	  "0006001800020003"
	  "0000000000000001"
	  "ffffffffffffffff"
	  "0001000c0000000000000006"
	  "000500066a00"
	  "0006000f0001000000000000000007",
	    "h/p/t @5+10 c1 a18446744073709551615;h/p/t-j @6+10 c7;" },
	/* a notification */
	{ "000000066800"
	  "0001000c0000000000000005"
	  "0101000c0000000000000002"
	  "0100000768690000",
	    "h// @5 2 \"hi\";!a part of 0 bytes of 1;" },
	{ "000000066800"
	  "0001000c0000000000000005"
	  "0101000c0000000000000002"
	  "01000007686900",
	    "h// @5 2 \"hi\";" },
	/* what is not said */
	{ "0001000c0000000000000005"
	  "000200067000"
	  "000400067400"
	  "0006000f000102ffffffffffffffff"
	  "000000066800"
	  "0006000f000102ffffffffffffffff",
	    "!values without a host;h/p/t @5 d-1;" },
	{ "000000066800"
	  "000200067000"
	  "000400067400"
	  "0006000f000102ffffffffffffffff",
	    "!values without a time;" },
	{ "000000066800"
	  "0001000c0000000000000005"
	  "000400067400"
	  "0006000f000102ffffffffffffffff",
	    "!values without a plugin;" },
	{ "000000066800"
	  "0001000c0000000000000005"
	  "000200067000"
	  "0006000f000102ffffffffffffffff",
	    "!values without a type;" },
	/* what is wrong */
	{ "00", "!a part of 0 bytes of 1;" },
	{ "00000003", "!a part of 3 bytes of 4;" },
	{ "000000076800", "!a part of 7 bytes of 6;" },
	{ "0000000568", "!a text that does not end in NUL;" },
	{ "00000004", "!a text that does not end in NUL;" },
	{ "0001000800000001", "!a number of 4 bytes;" },
	{ "0001000cffffffffffffffff", "!a time beyond the year 2261;" },
	{ "000600060000", "!0 values in 2 bytes;" },
	{ "0006000f000202ffffffffffffffff", "!2 values in 11 bytes;" },
	{ "0006000f000104ffffffffffffffff", "!a value of unknown kind 4;" },
};

static void
test_cases(void **unused)
{
	struct buffer b = BUFFER_INIT;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t n;
		uint8_t *bytes = hex_bytes(cases[i].hex, &n);

		buffer_clear(&b);
		show(&b, (struct slice){ (const char *)bytes, n });
		assert_string_equal(buffer_text(&b), cases[i].want);
		free(bytes);
	}
	buffer_free(&b);
}

/* What collectd 5.12 sent; and each beginning of it. */
static void
test_recorded(void **unused)
{
	struct buffer b = BUFFER_INIT;
	size_t n;
	char *bytes = whole_file(TEST_DATA "/collectd/network-packet.bin", &n);

	(void)unused;
	show(&b, (struct slice){ bytes, n });
	assert_null(strchr(buffer_text(&b), '!'));
	assert_non_null(strstr(buffer_text(&b), "node01/cpu-1/cpu-nice @"));
	assert_non_null(
	    strstr(buffer_text(&b), "node01/statsd/gauge-farm.temp @"));
	for (size_t cut = 0; cut < n; cut++) {
		char *part = malloc(cut + 1);

		assert_non_null(part);
		memcpy(part, bytes, cut);
		buffer_clear(&b);
		show(&b, (struct slice){ part, cut });
		free(part);
	}
	free(bytes);
	buffer_free(&b);
}

/* ---------------------------------------------------------- properties -- */

static uint64_t
draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct slice
draw_name(uint64_t *seed, bool empty)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	size_t n = draw(seed) % 4;

	return (struct slice){ letters + draw(seed) % 20,
		n == 0 && !empty ? 1 : n };
}

/* As many lists as fit, and what they are. */
static size_t
draw_packet(uint64_t *seed, uint8_t *room, size_t size, struct buffer *want)
{
	struct collectd_writing w = {
		.begin = room, .at = room, .end = room + size
	};
	struct collectd_value values[4];
	struct collectd_list l;
	struct error err;

	for (;;) {
		size_t n = 1 + draw(seed) % 4;

		l = (struct collectd_list){
			.of = { draw_name(seed, false), draw_name(seed, false),
			    draw_name(seed, true), draw_name(seed, false),
			    draw_name(seed, true) },
			.time_ns = (int64_t)(1 +
					     draw(seed) % (UINT64_C(1) << 60)),
			.interval_ns = 10 * NS_PER_S,
		};
		for (size_t i = 0; i < n; i++) {
			values[i].kind = (enum collectd_kind)(draw(seed) % 4);
			values[i].counter = draw(seed) >> 12;
		}
		if (collectd_put(&w, &l.of, l.time_ns, l.interval_ns, values, n,
			&err) == 0)
			break;
		show_name(want, &l);
		buffer_printf(
		    want, " @%lld", (long long)(l.time_ns / NS_PER_S));
		if (l.time_ns % NS_PER_S != 0)
			buffer_printf(
			    want, ".%09lld", (long long)(l.time_ns % NS_PER_S));
		buffer_puts(want, "+10");
		for (size_t i = 0; i < n; i++)
			show_value(want, values[i]);
		buffer_putc(want, ';');
	}
	return (size_t)(w.at - w.begin);
}

/* What is written is read again, sealed or not; and nothing else is taken. */
static void
test_round_trips(void **unused)
{
	uint64_t seed = 88172645463325252u;
	struct buffer want = BUFFER_INIT, seen = BUFFER_INIT;

	(void)unused;
	for (int round = 0; round < 600; round++) {
		enum collectd_security security = (enum collectd_security)(
		    round % (collectd_can_seal(NULL) == 0 ? 3 : 1));
		size_t head = collectd_seal_size(security, "user");
		size_t size = head + 100 + draw(&seed) % 1300;
		uint8_t *packet = malloc(size), *room = malloc(size);
		struct collectd_sealed sealed;
		struct slice parts;
		struct error err;
		size_t n;

		assert_true(packet != NULL && room != NULL);
		buffer_clear(&want);
		buffer_clear(&seen);
		n = draw_packet(&seed, packet + head, size - head, &want);
		assert_int_equal(
		    collectd_seal(security, "user", "secret", packet, n, &err),
		    0);
		assert_int_equal(
		    collectd_sealed(
			(struct slice){ (const char *)packet, head + n },
			&sealed, &err),
		    0);
		assert_int_equal(sealed.security, security);
		assert_int_equal(
		    collectd_open(&sealed, "secret", room, &parts, &err), 0);
		show(&seen, parts);
		assert_string_equal(buffer_text(&seen), buffer_text(&want));
		if (security != COLLECTD_PLAIN) {
			assert_int_equal(collectd_open(&sealed, "secrex", room,
					     &parts, &err),
			    -1);
			assert_string_equal(
			    err.text, "not by the password of \"user\"");
			packet[head + draw(&seed) % n] ^= 1;
			assert_int_equal(collectd_open(&sealed, "secret", room,
					     &parts, &err),
			    -1);
		}
		free(packet);
		free(room);
	}
	buffer_free(&want);
	buffer_free(&seen);
}

static void
test_refused(void **unused)
{
	static const struct {
		struct collectd_identifier of;
		size_t n;
		const char *want;
	} bad[] = {
		{ { { "", 0 }, { "p", 1 }, { "", 0 }, { "t", 1 }, { "", 0 } },
		    1, "no host" },
		{ { { "h", 1 }, { "", 0 }, { "", 0 }, { "t", 1 }, { "", 0 } },
		    1, "no plugin" },
		{ { { "h", 1 }, { "p", 1 }, { "", 0 }, { "", 0 }, { "", 0 } },
		    1, "no type" },
		{ { { "h", 1 }, { "p", 1 }, { "", 0 }, { "t", 1 },
		      { "a\0b", 3 } },
		    1, "type instance with a NUL in it" },
		{ { { "h", 1 }, { "p", 1 }, { "", 0 }, { "t", 1 }, { "", 0 } },
		    0, "0 values" },
	};
	static const struct collectd_value one = { .kind = COLLECTD_GAUGE };
	uint8_t room[1024];
	struct error err;

	(void)unused;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct collectd_writing w = {
			.begin = room, .at = room, .end = room + sizeof(room)
		};

		assert_int_equal(
		    collectd_put(&w, &bad[i].of, 1, 0, &one, bad[i].n, &err),
		    -1);
		assert_string_equal(err.text, bad[i].want);
		assert_ptr_equal(w.at, room);
	}
}

static void
test_not_sealed_well(void **unused)
{
	static const struct {
		const char *hex, *want;
	} bad[] = {
		{ "02000004", "a signature of 4 bytes" },
		{ "0200002500", "a signature of 37 bytes" },
		{ "02100004", "encrypted bytes: none" },
		{ "0210000600000000", "encrypted bytes: 6 of 8" },
		{ "021000060004", "encrypted bytes: 6 of 6" },
	};
	struct collectd_sealed s;
	struct error err;

	(void)unused;
	for (size_t i = 0; i < COUNT(bad); i++) {
		size_t n;
		uint8_t *bytes = hex_bytes(bad[i].hex, &n);

		assert_int_equal(
		    collectd_sealed(
			(struct slice){ (const char *)bytes, n }, &s, &err),
		    -1);
		assert_string_equal(err.text, bad[i].want);
		free(bytes);
	}
}

/* --------------------------------------------------------------- types -- */

static void
test_types(void **unused)
{
	static const char text[] = "# a comment\n\n"
				   "load  shortterm:GAUGE:0:5000, "
				   "midterm:gauge:0:U,longterm:GAUGE:0:5000\n"
				   "bad\n"
				   "worse x:WHAT:0:1\n"
				   "one value:DERIVE:0:U";
	static const char *const want[] = { "load shortterm=1 midterm=1 "
					    "longterm=1",
		"!bad has no source",
		"!\"x:WHAT:0:1\" is not NAME:KIND:MIN:MAX", "one value=2" };
	struct slice rest = { text, sizeof(text) - 1 };
	struct buffer b = BUFFER_INIT;
	struct collectd_type t;
	struct error err;
	int got;

	(void)unused;
	for (size_t i = 0; i < COUNT(want); i++) {
		buffer_clear(&b);
		got = collectd_type_parse(&rest, &t, &err);
		if (got < 0)
			buffer_printf(&b, "!%s", err.text);
		else
			buffer_put(&b, t.name.text, t.name.length);
		for (size_t k = 0; got > 0 && k < t.n; k++)
			buffer_printf(&b, " %.*s=%d", (int)t.sources[k].length,
			    t.sources[k].text, (int)t.kinds[k]);
		assert_string_equal(buffer_text(&b), want[i]);
	}
	assert_int_equal(collectd_type_parse(&rest, &t, &err), 0);
	buffer_free(&b);
}

static void
test_types_file(void **unused)
{
	char path[] = "/tmp/test_collectd_network.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct collectd_types *types;
	const struct collectd_type *t;
	struct error err;

	(void)unused;
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fprintf(f, "type%d a:GAUGE:0:U b%d:DERIVE:0:U\n", i, i);
	fclose(f);
	assert_int_equal(collectd_types_load(&types, path, &err), 0);
	t = collectd_types_find(types, (struct slice){ "type77", 6 });
	assert_non_null(t);
	assert_int_equal(t->n, 2);
	assert_true(slice_is(t->sources[1], "b77"));
	assert_null(collectd_types_find(types, (struct slice){ "type", 4 }));
	assert_null(collectd_types_find(NULL, (struct slice){ "type", 4 }));
	collectd_types_free(types);
	unlink(path);
	assert_int_equal(collectd_types_load(&types, path, &err), -1);
	assert_non_null(strstr(err.text, ": No such file or directory"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_not_sealed_well),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_types_file),
		cmocka_unit_test(test_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
