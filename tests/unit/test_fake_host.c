/* The fake host records what real modules are tested by, so test it too. */
#include "fake_host.h"

#include <poll.h>

#include "unit.h"

struct state {
	int64_t count;
};

static const struct farm_option options[] = { FARM_OPTION_INTEGER("count",
						  struct state, count, "3", 1,
						  9, "how many"),
	FARM_OPTION_END };

static int
collect(struct farm_host *host, const void *state, struct farm_target *target)
{
	struct farm_value rows[2];
	uint32_t handle;

	(void)state;
	handle = farm_series(host, target, .parameter = "rtt", .unit = "ms");
	rows[0] = farm_double(1.5);
	rows[0].series = handle;
	rows[1] = farm_uint64(7);
	rows[1].series = farm_series(host, target, .parameter = "eth0_IN");
	farm_emit_text(host, target, "status", "up");
	farm_emit_rows(host, target, 42, FARM_PARTIAL, rows, 2);
	return farm_emit_double(host, target, "", 1);
}

static int
collect_many(struct farm_host *host, void *state,
    struct farm_target *const *targets, size_t n)
{
	struct farm_target *more[4];
	int got;

	(void)state;
	while ((got = farm_more(host, more, 4)) > 0)
		farm_done(host, more[0]);
	farm_done_failed(host, targets[n - 1], "%d late", 1);
	return 0;
}

static const struct farm_parameter parameters[] = {
	{ "*_IN", FARM_COUNTER64, "By", "bytes" },
	{ 0 },
};

static const struct farm_descriptor descriptor = {
	.options = options,
	.parameters = parameters,
	.state_size = sizeof(struct state),
	.target_state_size = 8,
	.collector = { .collect = collect, .collect_many = collect_many },
};

static const struct farm_entry entry = {
	.stamp = { .role = FARM_COLLECTOR },
	.descriptor = &descriptor,
};

static void
test_values_are_resolved(void **unused)
{
	struct fake_host *fake = fake_new(&entry);
	struct farm_target *target = fake_target(fake, "c", "n1", "");
	const struct fake_value *v;

	(void)unused;
	assert_int_equal(fake_collect(fake, target), -1);
	assert_string_equal(fake_failure(fake), "parameter name is empty");
	assert_int_equal(fake_count(fake, "n1"), 3);
	assert_string_equal(fake_text(fake, "n1", "status"), "up");
	assert_true(fake_value(fake, "n1", "rtt") == 1.5);
	v = fake_find(fake, "n1", "eth0_IN");
	assert_non_null(v);
	assert_string_equal(v->farm, FAKE_FARM);
	assert_string_equal(v->cluster, "c");
	assert_string_equal(v->unit, "By");
	assert_int_equal(v->kind, FARM_COUNTER64);
	assert_int_equal(v->time_ns, 42);
	assert_int_equal(v->flags, FARM_PARTIAL);
	assert_int_equal(v->call, fake_find(fake, "n1", "rtt")->call);
	assert_int_equal(
	    fake_find(fake, "n1", "status")->time_ns, fake->now_ns);
	fake_free(fake);
}

static bool
readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
test_due_targets_come_by_more(void **unused)
{
	struct fake_host *fake = fake_new(&entry);
	struct farm_target *a = fake_target(fake, "c", "a", "");
	struct farm_target *b = fake_target(fake, "c", "b", "10.0.0.1");

	(void)unused;
	assert_string_equal(a->address, "a");
	assert_string_equal(b->address, "10.0.0.1");
	assert_false(readable(fake->wake_fd));
	fake_due(fake, b);
	assert_true(readable(fake->wake_fd));
	assert_int_equal(fake_collect_many(fake, &a, 1), 0);
	assert_false(readable(fake->wake_fd));
	assert_int_equal(fake->n_dones, 2);
	assert_ptr_equal(fake->dones[0].target, b);
	assert_false(fake->dones[0].failed);
	assert_true(fake->dones[1].failed);
	assert_string_equal(fake->dones[1].text, "1 late");
	fake_end(fake);
	assert_int_equal(fake_collect_many(fake, &a, 1), 0);
	assert_true(readable(fake->wake_fd));
	fake_free(fake);
}

static void
test_handles_are_one_per_name(void **unused)
{
	struct fake_host *fake = fake_new(NULL);
	struct farm_host *host = &fake->host;
	struct farm_target *target = fake_target(fake, "c", "n", "");
	uint32_t first = farm_series(host, target, .parameter = "p");

	(void)unused;
	assert_int_not_equal(first, 0);
	assert_int_equal(farm_series(host, target, .parameter = "p"), first);
	assert_int_not_equal(
	    farm_series(host, target, .parameter = "q"), first);
	farm_release(host, first);
	assert_int_not_equal(
	    farm_series(host, target, .parameter = "p"), first);
	fake_free(fake);
}

static void
test_options_are_parsed(void **unused)
{
	struct fake_host *fake = fake_new(&entry);
	const struct state *state = fake_state(fake);

	(void)unused;
	assert_int_equal(state->count, 3);
	fake_options(fake, "count", "5", NULL);
	assert_int_equal(state->count, 5);
	assert_string_not_equal(fake_option(fake, "count", "10"), "");
	fake_free(fake);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_resolved),
		cmocka_unit_test(test_due_targets_come_by_more),
		cmocka_unit_test(test_handles_are_one_per_name),
		cmocka_unit_test(test_options_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
