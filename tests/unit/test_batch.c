#include "batch.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

static void
test_results(void **state)
{
	struct farm_value rows[] = { farm_double(1.5), farm_text("idle", 4),
		farm_int64(-7), farm_text("", 0) };
	struct batch *b = batch_new();
	const struct farm_record *r;

	(void)state;
	assert_true(batch_empty(b));
	assert_null(batch_last(b));
	assert_int_equal(
	    batch_add_result(b, 10, "proc", FARM_PARTIAL, rows, COUNT(rows)),
	    0);
	memset(rows, 0xee, sizeof(rows));
	r = batch_last(b);
	assert_int_equal(r->time_ns, 10);
	assert_string_equal(r->instance, "proc");
	assert_int_equal(r->type, FARM_RESULT);
	assert_int_equal(r->flags, FARM_PARTIAL);
	assert_int_equal(r->n_values, 4);
	assert_true(r->values[0].number == 1.5);
	assert_memory_equal(r->values[1].text, "idle", 5);
	assert_int_equal(r->values[2].int64, -7);
	assert_memory_equal(r->values[3].text, "", 1);
	assert_int_equal(b->n_values, 4);
	assert_false(batch_empty(b));
	batch_unref(b);
	batch_unref(NULL);
}

static void
test_payload(void **state)
{
	struct batch *b = batch_new();
	char json[] = "{\"node\":\"n1\"}";
	const struct farm_record *r;

	(void)state;
	assert_int_equal(
	    batch_add_payload(b, FARM_REMOVAL, 5, "", json, sizeof(json) - 1),
	    0);
	memset(json, 'x', sizeof(json));
	r = batch_last(b);
	assert_int_equal(r->type, FARM_REMOVAL);
	assert_int_equal(r->n_values, 0);
	assert_null(r->values);
	assert_int_equal(r->payload_size, 13);
	assert_string_equal(r->payload, "{\"node\":\"n1\"}");
	batch_unref(b);
}

/* Values one by one, texts among them, equal the rows they were. */
static void
test_values_one_by_one(void **state)
{
	struct batch *b = batch_new();
	char text[16];
	struct farm_value v;
	size_t record, i;

	(void)state;
	for (record = 0; record < 40; record++) {
		assert_int_equal(
		    batch_add_result(b, (int64_t)record, "", 0, NULL, 0), 0);
		for (i = 0; i < record * 7; i++) {
			snprintf(text, sizeof(text), "%zu.%zu", record, i);
			v = i % 3 == 0 ? farm_text(text, strlen(text))
				       : farm_uint64(record * 1000 + i);
			v.series = (uint32_t)i;
			assert_int_equal(batch_add_value(b, &v), 0);
		}
	}
	assert_int_equal(b->n_values, 7 * 39 * 40 / 2);
	for (record = 0; record < 40; record++) {
		const struct farm_record *r = batch_record(b, record);

		assert_int_equal(r->n_values, record * 7);
		assert_int_equal(r->time_ns, record);
		for (i = 0; i < r->n_values; i++) {
			assert_int_equal(r->values[i].series, i);
			snprintf(text, sizeof(text), "%zu.%zu", record, i);
			if (i % 3 == 0)
				assert_string_equal(r->values[i].text, text);
			else
				assert_int_equal(
				    r->values[i].uint64, record * 1000 + i);
		}
	}
	batch_unref(b);
}

static void
test_truncate(void **state)
{
	const struct farm_value rows[3] = { farm_double(1), farm_double(2),
		farm_double(3) };
	struct farm_value v = farm_double(4);
	struct batch *b = batch_new();

	(void)state;
	assert_int_equal(batch_add_result(b, 1, "", 0, rows, 3), 0);
	assert_int_equal(batch_add_result(b, 2, "", 0, rows, 2), 0);
	assert_int_equal(batch_add_payload(b, FARM_EVENT, 3, "", "{}", 2), 0);
	batch_truncate(b, 1);
	assert_int_equal(b->view.n_records, 1);
	assert_int_equal(b->n_values, 3);
	assert_int_equal(batch_add_value(b, &v), 0);
	assert_int_equal(batch_last(b)->n_values, 4);
	assert_true(batch_last(b)->values[3].number == 4);
	batch_truncate(b, 0);
	assert_true(batch_empty(b));
	assert_int_equal(b->n_values, 0);
	batch_unref(b);
}

/* What a small batch costs is what most batches cost. */
static void
test_bytes(void **state)
{
	struct farm_value rows[10];
	struct batch *b = batch_new();
	size_t before = batch_bytes(b);
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		rows[i] = farm_double((double)i);
	assert_int_equal(batch_add_result(b, 1, "", 0, rows, 10), 0);
	assert_int_equal(batch_bytes(b), before);
	for (i = 0; i < 1000; i++)
		assert_int_equal(batch_add_result(b, 1, "", 0, rows, 10), 0);
	assert_in_range(batch_bytes(b), 224000, 700000);
	batch_unref(b);
}

static void
test_shared(void **state)
{
	struct batch *b = batch_new();

	(void)state;
	assert_ptr_equal(batch_ref(b), b);
	batch_unref(b);
	assert_int_equal(batch_add_result(b, 1, "", 0, NULL, 0), 0);
	batch_unref(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_values_one_by_one),
		cmocka_unit_test(test_truncate),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
