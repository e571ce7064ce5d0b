#include "worker_protocol.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"
#include "yaml.h"

/* The one message in a buffer. */
static struct worker_message
only_message(const struct buffer *b)
{
	struct worker_message m;
	struct error err;

	assert_false(buffer_failed(b));
	assert_int_equal(worker_next(b->data, b->size, &m, &err), b->size);
	return m;
}

static void
test_messages_follow_each_other(void **state)
{
	struct buffer b = BUFFER_INIT;
	struct worker_message m;
	struct error err;
	size_t i;

	worker_put(&b, WORKER_PING, 0, NULL, 0);
	worker_put(&b, WORKER_CHECKPOINT, 7, "abc", 3);
	assert_int_equal(worker_next(b.data, b.size, &m, &err), WORKER_HEADER);
	assert_int_equal(m.type, WORKER_PING);
	assert_int_equal(m.size, 0);
	assert_int_equal(worker_next(b.data + WORKER_HEADER,
			     b.size - WORKER_HEADER, &m, &err),
	    WORKER_HEADER + 3);
	assert_int_equal(m.type, WORKER_CHECKPOINT);
	assert_int_equal(m.seat, 7);
	assert_memory_equal(m.payload, "abc", 3);
	/* Never more than there is. */
	for (i = 0; i < WORKER_HEADER + 3; i++)
		assert_int_equal(
		    worker_next(b.data + WORKER_HEADER, i, &m, &err), 0);
	buffer_free(&b);
	(void)state;
}

static void
test_no_message(void **state)
{
	static const struct {
		uint8_t header[WORKER_HEADER];
		const char *want;
	} cases[] = {
		{ { 0 }, "no message begins here" },
		{ { 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 1, 0 },
		    "no message begins here" },
		{ { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 67 },
		    "a message of type 67 has 4294967295 bytes" },
		{ { 1, 0, 0x10, 0, 0, 0, 0, 0, 69 },
		    "a message of type 69 has 1048577 bytes" },
	};
	struct worker_message m;
	struct error err;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    worker_next(cases[i].header, WORKER_HEADER, &m, &err), -1);
		assert_string_equal(err.text, cases[i].want);
	}
	(void)state;
}

static void
test_done(void **state)
{
	struct worker_done in = { .target = 4000000000u,
		.failed = true,
		.cpu_ns = UINT64_MAX,
		.why = { "no way", 6 } };
	struct buffer b = BUFFER_INIT;
	struct worker_done out;
	struct worker_message m;
	struct error err;

	worker_put_done(&b, 3, &in);
	m = only_message(&b);
	assert_int_equal(m.seat, 3);
	assert_int_equal(worker_read_done(&m, &out, &err), 0);
	assert_int_equal(out.target, in.target);
	assert_true(out.failed);
	assert_true(out.cpu_ns == in.cpu_ns);
	assert_int_equal(out.why.length, 6);
	assert_memory_equal(out.why.text, "no way", 6);
	m.size = 12;
	assert_int_equal(worker_read_done(&m, &out, &err), -1);
	assert_string_equal(err.text, "a message of type 68 has only 12 bytes");
	buffer_free(&b);
	(void)state;
}

static void
test_runs(void **state)
{
	struct buffer b = BUFFER_INIT;
	struct worker_message m;
	struct worker_run run;
	size_t begin = worker_put_begin(&b, WORKER_RUN, 1);

	worker_put_run(&b, 5, -1);
	worker_put_run(&b, 6, INT64_MAX);
	worker_put_end(&b, begin);
	m = only_message(&b);
	assert_int_equal(worker_read_run(&m, 0, &run), 0);
	assert_int_equal(run.target, 5);
	assert_true(run.deadline_mono_ns == -1);
	assert_int_equal(worker_read_run(&m, 1, &run), 0);
	assert_int_equal(run.target, 6);
	assert_true(run.deadline_mono_ns == INT64_MAX);
	assert_int_equal(worker_read_run(&m, 2, &run), -1);
	buffer_free(&b);
	(void)state;
}

static void
test_ledger(void **state)
{
	struct worker_ledger in = { .failures = 2,
		.n_dropped = 3,
		.dropped = { 1, 0, 9 },
		.error = { "lost", 4 } };
	struct buffer b = BUFFER_INIT;
	struct worker_ledger out;
	struct worker_message m;
	struct error err;

	worker_put_ledger(&b, 1, &in);
	m = only_message(&b);
	assert_int_equal(worker_read_ledger(&m, &out, &err), 0);
	assert_int_equal(out.failures, 2);
	assert_int_equal(out.n_dropped, 3);
	assert_int_equal(out.dropped[2], 9);
	assert_int_equal(out.error.length, 4);
	/* More reasons than bytes, more than there can be. */
	b.data[WORKER_HEADER + 8] = 30;
	assert_int_equal(worker_read_ledger(&m, &out, &err), -1);
	b.data[WORKER_HEADER + 8] = 33;
	assert_int_equal(worker_read_ledger(&m, &out, &err), -1);
	assert_string_equal(err.text, "33 reasons in a ledger");
	buffer_free(&b);
	(void)state;
}

static void
test_pair(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		int want;
	} cases[] = {
		{ "....n1\0a1", 10, 0 },
		{ "....\0", 6, 0 },
		{ "....n1\0a1", 9, -1 },
		{ "....n1", 6, -1 },
		{ "..", 2, -1 },
	};
	const char *first, *second;
	struct error err;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct worker_message m = { .type = WORKER_TARGET,
			.payload = (const uint8_t *)cases[i].bytes,
			.size = cases[i].size };

		assert_int_equal(worker_read_pair(&m, 4, &first, &second, &err),
		    cases[i].want);
		if (i == 0) {
			assert_string_equal(first, "n1");
			assert_string_equal(second, "a1");
		}
	}
	(void)state;
}

static void
test_verdict(void **state)
{
	struct worker_verdict in = { .verdict = FARM_BAD,
		.record = UINT64_MAX,
		.cpu_ns = 7,
		.why = { "torn", 4 } };
	struct buffer b = BUFFER_INIT;
	struct worker_verdict out;
	struct worker_message m;
	struct error err;

	worker_put_verdict(&b, 3, &in);
	m = only_message(&b);
	assert_int_equal(m.type, WORKER_VERDICT);
	assert_int_equal(worker_read_verdict(&m, &out, &err), 0);
	assert_int_equal(out.verdict, FARM_BAD);
	assert_true(out.record == UINT64_MAX && out.cpu_ns == 7);
	assert_int_equal(out.why.length, 4);
	assert_memory_equal(out.why.text, "torn", 4);
	m.size = 16;
	assert_int_equal(worker_read_verdict(&m, &out, &err), -1);
	assert_string_equal(err.text, "a message of type 74 has only 16 bytes");
	buffer_free(&b);
	(void)state;
}

static void
test_question(void **state)
{
	struct worker_question in = { .id = 9,
		.flags = FARM_COMPAT,
		.deadline_mono_ns = 5,
		.from_ns = -1,
		.to_ns = INT64_MAX,
		.predicate = "*/c/n/x" };
	struct worker_answered said = {
		.id = 9, .failed = true, .through = 12, .why = { "gone", 4 }
	};
	struct buffer b = BUFFER_INIT;
	struct worker_question out;
	struct worker_answered answered;
	struct worker_message m;
	struct error err;

	worker_put_question(&b, 3, &in);
	m = only_message(&b);
	assert_int_equal(worker_read_question(&m, &out, &err), 0);
	assert_true(out.id == 9 && out.flags == FARM_COMPAT);
	assert_true(out.deadline_mono_ns == 5 && out.from_ns == -1);
	assert_true(out.to_ns == INT64_MAX);
	assert_string_equal(out.predicate, "*/c/n/x");
	m.size--; /* its text does not end */
	assert_int_equal(worker_read_question(&m, &out, &err), -1);

	buffer_clear(&b);
	worker_put_answered(&b, 3, &said);
	m = only_message(&b);
	assert_int_equal(worker_read_answered(&m, &answered, &err), 0);
	assert_true(answered.id == 9 && answered.failed);
	assert_true(answered.through == 12);
	assert_memory_equal(answered.why.text, "gone", 4);
	m.size = 12;
	assert_int_equal(worker_read_answered(&m, &answered, &err), -1);
	buffer_free(&b);
	(void)state;
}

static void
test_lifetime(void **state)
{
	struct worker_lifetime in = { .ns = 5,
		.names = { "f", "cluster", "n", "p" } };
	struct buffer b = BUFFER_INIT;
	struct worker_lifetime out;
	struct worker_message m;
	struct error err;

	worker_put_lifetime(&b, 1, &in);
	m = only_message(&b);
	assert_int_equal(worker_read_lifetime(&m, &out, &err), 0);
	assert_int_equal(out.ns, 5);
	assert_string_equal(out.names[0], "f");
	assert_string_equal(out.names[1], "cluster");
	assert_string_equal(out.names[3], "p");
	while (m.size-- > 0)
		assert_int_equal(worker_read_lifetime(&m, &out, &err), -1);
	buffer_free(&b);
	(void)state;
}

/* ------------------------------------------------------------------- trees */

static const char yaml[] = "name: a\n"
			   "quoted: \"5\"\n"
			   "list: [x, {deep: [1, 2]}, []]\n"
			   "empty:\n"
			   "text: \"\\u00fc and\\nmore\"\n";

static void
put_yaml(struct buffer *b, struct arena *arena)
{
	struct problems problems = PROBLEMS_INIT;
	const struct farm_tree *tree;
	size_t begin = worker_put_begin(b, WORKER_OPEN, 1);

	assert_int_equal(
	    yaml_parse(arena, "a.yaml", yaml, strlen(yaml), &tree, &problems),
	    0);
	worker_put_tree(b, "", tree);
	worker_put_end(b, begin);
	problems_free(&problems);
}

static void
test_tree_comes_back(void **state)
{
	struct buffer b = BUFFER_INIT, before = BUFFER_INIT,
		      after = BUFFER_INIT;
	struct arena *arena = arena_new(0);
	struct problems problems = PROBLEMS_INIT;
	const struct farm_tree *in, *out, *list;
	struct worker_message m;
	struct error err;

	put_yaml(&b, arena);
	m = only_message(&b);
	assert_int_equal(worker_read_tree(&m, arena, &out, &err), 0);
	assert_int_equal(
	    yaml_parse(arena, "a.yaml", yaml, strlen(yaml), &in, &problems), 0);
	assert_true(tree_equal(in, out));
	list = tree_get(out, "list");
	assert_int_equal(list->line, 3);
	assert_string_equal(list->file, "a.yaml");
	tree_json(&before, in);
	tree_json(&after, out);
	assert_string_equal(buffer_text(&before), buffer_text(&after));
	assert_string_equal(worker_tree_text(out, "name"), "a");
	assert_string_equal(worker_tree_text(out, "none"), "");
	problems_free(&problems);
	buffer_free(&before);
	buffer_free(&after);
	buffer_free(&b);
	arena_free(arena);
	(void)state;
}

/* Cut anywhere, it is refused; with any byte changed, read within bounds. */
static void
test_broken_trees(void **state)
{
	struct arena *arena = arena_new(0);
	struct buffer b = BUFFER_INIT;
	const struct farm_tree *tree;
	struct worker_message m;
	struct error err;
	unsigned seed = 1;
	size_t size, i;
	int round;

	put_yaml(&b, arena);
	m = only_message(&b);
	for (size = m.size; m.size-- > 0;)
		assert_int_equal(worker_read_tree(&m, arena, &tree, &err), -1);
	m.size = size;
	for (round = 0; round < 20000; round++) {
		uint8_t *copy = malloc(size);
		struct worker_message broken = m;
		struct arena *own = arena_new(0);

		memcpy(copy, m.payload, size);
		for (i = 0; i < 3; i++)
			copy[(size_t)rand_r(&seed) % size] = (uint8_t)rand_r(
			    &seed);
		broken.payload = copy;
		(void)worker_read_tree(&broken, own, &tree, &err);
		arena_free(own);
		free(copy);
	}
	buffer_free(&b);
	arena_free(arena);
	(void)state;
}

static void
test_too_deep(void **state)
{
	struct arena *arena = arena_new(0);
	struct buffer b = BUFFER_INIT;
	const struct farm_tree *tree;
	struct worker_message m;
	struct error err;
	size_t begin = worker_put_begin(&b, WORKER_OPEN, 1);
	int i;

	for (i = 0; i < 100; i++)
		worker_put_mapping(&b, "k", 1);
	worker_put_scalar(&b, "k", "v");
	worker_put_end(&b, begin);
	m = only_message(&b);
	assert_int_equal(worker_read_tree(&m, arena, &tree, &err), -1);
	assert_string_equal(err.text, "a tree with too many levels");
	buffer_free(&b);
	arena_free(arena);
	(void)state;
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_follow_each_other),
		cmocka_unit_test(test_no_message),
		cmocka_unit_test(test_done),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_ledger),
		cmocka_unit_test(test_pair),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_lifetime),
		cmocka_unit_test(test_tree_comes_back),
		cmocka_unit_test(test_broken_trees),
		cmocka_unit_test(test_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
