#include "fold.h"

#include <stdio.h>
#include <string.h>

#include "hostlist.h"
#include "unit.h"

#define NAMES_MAX 64

/* All hostlists of the names, with a blank between. */
static void
fold_all(struct buffer *out, const struct fold_name *names, size_t n)
{
	struct buffer address = BUFFER_INIT;
	size_t i;

	buffer_clear(out);
	for (i = 0; i < n;) {
		buffer_puts(out, i == 0 ? "" : " ");
		buffer_clear(&address);
		i += fold(names + i, n - i, out, &address);
		if (address.size > 0)
			buffer_printf(out, "=%s", buffer_text(&address));
	}
	buffer_free(&address);
}

/* Words, some as NAME=ADDRESS. */
static size_t
split(char *text, struct fold_name *names)
{
	size_t n = 0;
	char *rest, *word, *equals;

	for (word = strtok_r(text, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest)) {
		equals = strchr(word, '=');
		if (equals != NULL)
			*equals++ = '\0';
		names[n++] = (struct fold_name){ word, equals };
	}
	return n;
}

static void
test_fold(void **state)
{
	static const struct {
		const char *names;
		const char *want;
	} cases[] = {
		{ "localhost", "localhost" },
		{ "n1 n2 n3", "n[1-3]" },
		{ "n08 n09 n10 n11", "n[08-11]" },
		{ "n8 n9 n10", "n[8-10]" },
		{ "n0 n1 n2", "n[0-2]" },
		{ "n099 n100 n1001", "n[099-100] n1001" },
		{ "n1.c2 n2.c2 n3.c2", "n[1-3].c2" },
		{ "n1-1 n1-2 n2-1 n2-2", "n1-[1-2] n2-[1-2]" },
		{ "n1 n3 n4 n4", "n1 n[3-4] n4" },
		{ "n2 n1", "n2 n1" },
		{ "n1 n02", "n1 n02" },
		{ "a b c", "a b c" },
		{ "10.0.0.1 10.0.0.2", "10.0.0.[1-2]" },
		{ "n1=n1.x n2=n2.x n3=m3.x", "n[1-2]=n[1-2].x n3=m3.x" },
		{ "n1=10.0.0.9 n2=10.0.0.10 n3", "n[1-2]=10.0.0.[9-10] n3" },
		{ "n1 n2=x n3", "n1 n2=x n3" },
		{ "n1=a n2=b", "n1=a n2=b" },
		{ "n999999999999999998 n999999999999999999 "
		  "n1000000000000000000 n1000000000000000001",
		    "n[999999999999999998-999999999999999999] "
		    "n1000000000000000000 n1000000000000000001" },
	};
	struct fold_name names[NAMES_MAX];
	struct buffer got = BUFFER_INIT;
	char text[200];
	size_t i, n;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		(void)snprintf(text, sizeof(text), "%s", cases[i].names);
		n = split(text, names);
		fold_all(&got, names, n);
		assert_string_equal(buffer_text(&got), cases[i].want);
	}
	buffer_free(&got);
}

/* Whatever is folded unfolds to what it was. */
static void
test_random(void **state)
{
	struct fold_name names[NAMES_MAX];
	char room[NAMES_MAX][40];
	struct buffer got = BUFFER_INIT, address = BUFFER_INIT;
	const char *const *back;
	struct arena *arena;
	unsigned seed = 42, number = 0;
	size_t i, j, k, n, total;
	int round;

	(void)state;
	for (round = 0; round < 2000; round++) {
		for (n = 0; n < NAMES_MAX; n++) {
			seed = seed * 1103515245u + 12345u;
			number = seed >> 30 == 0 ? seed >> 20 : number + 1;
			(void)snprintf(room[n], sizeof(room[n]), "n%0*u-%u",
			    (int)(seed >> 28 & 3), number,
			    (seed >> 18 & 63) == 0 ? number : 7);
			names[n] = (struct fold_name){ .name = room[n] };
		}
		arena = arena_new(0);
		for (i = 0; i < n; i += k) {
			buffer_clear(&got);
			k = fold(names + i, n - i, &got, &address);
			assert_int_equal(
			    hostlist_expand(
				arena, buffer_text(&got), &back, &total, NULL),
			    0);
			assert_int_equal(total, k);
			for (j = 0; j < k; j++)
				assert_string_equal(back[j], names[i + j].name);
		}
		arena_free(arena);
	}
	buffer_free(&got);
	buffer_free(&address);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
