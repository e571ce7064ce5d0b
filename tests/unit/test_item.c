/* Values as they are typed. */
#include "item.h"

#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "unit.h"
#include "words.h"

static const struct {
	const char *text;
	const char *want; /* CLUSTER|NODE|PARAMETER TYPE VALUE, or !reason */
} cases[] = {
	{ "c/n/p=1", "c|n|p int64 1" },
	{ "c/n/p=-7", "c|n|p int64 -7" },
	{ "c/n/p=+7", "c|n|p int64 7" },
	{ "c/n/p=9223372036854775807", "c|n|p int64 9223372036854775807" },
	{ "c/n/p=9223372036854775808", "c|n|p uint64 9223372036854775808" },
	{ "c/n/p=18446744073709551616", "c|n|p double 1.8446744073709552e+19" },
	{ "c/n/p=-9223372036854775809", "c|n|p double -9.223372036854776e+18" },
	{ "c/n/p=1.5", "c|n|p double 1.5" },
	{ "c/n/p=1e3", "c|n|p double 1000" },
	{ "c/n/p=1e999", "c|n|p text 1e999" },
	{ "c/n/p=0x10", "c|n|p text 0x10" },
	{ "c/n/p=nan", "c|n|p text nan" },
	{ "c/n/p= 1", "c|n|p text  1" },
	{ "c/n/p=true", "c|n|p boolean true" },
	{ "c/n/p=false", "c|n|p boolean false" },
	{ "c/n/p=True", "c|n|p text True" },
	{ "c/n/p=a=b", "c|n|p text a=b" },
	{ "c/n/p=text:", "c|n|p text " },
	{ "c/n/p=text:text:1", "c|n|p text text:1" },
	{ "c/n/p=http://x", "c|n|p text http://x" },
	{ "c/n/p=double:1", "c|n|p double 1" },
	{ "c/n/p=uint64:1", "c|n|p uint64 1" },
	{ "c/n/p=boolean:true", "c|n|p boolean true" },
	{ "c\\/d/n\\=o/\\\\p=1", "c/d|n=o|\\p int64 1" },
	{ "c/n/p/q=1", "c|n|p/q int64 1" },
	{ "", "!not CLUSTER/NODE/PARAMETER=VALUE" },
	{ "c/n/p", "!not CLUSTER/NODE/PARAMETER=VALUE" },
	{ "c/n=1", "!not CLUSTER/NODE/PARAMETER=VALUE" },
	{ "c/n/p\\=1", "!not CLUSTER/NODE/PARAMETER=VALUE" },
	{ "=c/n/p", "!not CLUSTER/NODE/PARAMETER=VALUE" },
	{ "/n/p=1", "!the name of a cluster is empty" },
	{ "c/n/=1", "!the name of a parameter is empty" },
	{ "c/n/p=", "!no value; an empty text is \"text:\"" },
	{ "c/n/p=int64:1.5", "!\"1.5\" is no int64" },
	{ "c/n/p=uint64:-1", "!\"-1\" is no uint64" },
	{ "c/n/p=double:x", "!\"x\" is no double" },
	{ "c/n/p=boolean:1", "!\"1\" is no boolean" },
	{ "c/n/p=\xff", "!a text of more than 65535 bytes, or not UTF-8" },
};

static void
show(struct buffer *b, struct slice text)
{
	struct arena *arena = arena_new(0);
	struct error err;
	struct item item;

	buffer_clear(b);
	if (item_parse(&item, arena, text, &err) != 0) {
		buffer_printf(b, "!%s", err.text);
	} else {
		buffer_put(b, item.cluster.text, item.cluster.length);
		buffer_putc(b, '|');
		buffer_put(b, item.node.text, item.node.length);
		buffer_putc(b, '|');
		buffer_put(b, item.parameter.text, item.parameter.length);
		buffer_printf(b, " %s ", type_word(item.value.type));
		buffer_value(b, &item.value);
	}
	arena_free(arena);
}

static void
test_cases(void **unused)
{
	struct buffer b = BUFFER_INIT;

	(void)unused;
	for (size_t i = 0; i < COUNT(cases); i++) {
		show(
		    &b, (struct slice){ cases[i].text, strlen(cases[i].text) });
		assert_string_equal(buffer_text(&b), cases[i].want);
	}
	buffer_free(&b);
}

static void
test_nul(void **unused)
{
	struct buffer b = BUFFER_INIT;

	(void)unused;
	show(&b, (struct slice){ "c/n/p=1\0002", 9 });
	assert_string_equal(buffer_text(&b), "!a NUL in the value");
	show(&b, (struct slice){ "c/\000/p=1", 7 });
	assert_string_equal(buffer_text(&b),
	    "!the node name \"\\x00\" holds a control character");
	buffer_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
