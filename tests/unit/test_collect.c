#include "collect.h"

#include <string.h>

#include "stage.h"
#include "unit.h"

#define farm_module acts_entry
#include "../modules/acts.c"
#undef farm_module

struct fixture {
	struct stage stage;
	struct stage_instance i;
	struct acts options;
	struct run run;
};

static void
begin(struct fixture *f, int act)
{
	f->options = (struct acts){ .act = act };
	stage_begin(&f->stage, 1);
	stage_instance(&f->stage, &f->i, &acts_entry, &f->options, 2, NS_PER_S);
	run_init(&f->run, f->i.instance);
}

static void
end(struct fixture *f)
{
	batch_unref(f->run.batch);
	stage_instance_end(&f->i);
	stage_end(&f->stage);
}

static const struct farm_record *
record(struct fixture *f, size_t i)
{
	assert_non_null(f->stage.last);
	assert_true(i < f->stage.last->view.n_records);
	return &f->stage.last->view.records[i];
}

static const struct farm_series *
series_of(struct fixture *f, const struct farm_value *value)
{
	return series_get(f->stage.series, value->series);
}

static void
test_by_name_is_one_record(void **state)
{
	struct fixture f;
	struct farm_host *host = &f.run.call.host;
	struct farm_target *t;
	const struct farm_record *r;

	(void)state;
	begin(&f, SLEEP);
	t = &f.i.instance->targets[0]->view;
	assert_int_equal(farm_emit_double(host, t, "Load1", 0.5), 0);
	assert_int_equal(farm_emit_uint64(host, t, "runs", 7), 0);
	assert_int_equal(farm_emit_text(host, t, "kernel", "6.1"), 0);
	assert_int_equal(farm_emit(host, t, farm_double(1), .parameter = "old",
			     .time_ns = 5, .unit = "ms", .kind = FARM_STATE),
	    0);
	f.run.target = f.i.instance->targets[0];
	assert_int_equal(run_finish(&f.run, 0), 0);

	assert_int_equal(f.stage.records, 2);
	assert_int_equal(f.stage.values, 4);
	r = record(&f, 0);
	assert_int_equal(r->n_values, 3);
	assert_string_equal(r->instance, "acts");
	assert_true(r->time_ns > INT64_C(1600000000) * NS_PER_S);
	assert_string_equal(series_of(&f, &r->values[1])->farm, "test");
	assert_string_equal(series_of(&f, &r->values[1])->cluster, "workers");
	assert_string_equal(series_of(&f, &r->values[1])->node, "n000");
	/* Kind and unit as in the catalogue. */
	assert_int_equal(series_of(&f, &r->values[1])->kind, FARM_COUNTER64);
	assert_string_equal(series_of(&f, &r->values[1])->unit, "1");
	assert_string_equal(series_of(&f, &r->values[0])->unit, "");
	r = record(&f, 1);
	assert_int_equal(r->time_ns, 5);
	assert_int_equal(series_of(&f, &r->values[0])->kind, FARM_STATE);
	assert_string_equal(series_of(&f, &r->values[0])->unit, "ms");
	end(&f);
}

/* Each bad value costs itself, is counted, and is named by the error. */
/* Given with a value or with a handle; the last one counts. */
static void
test_lifetimes(void **state)
{
	struct fixture f;
	struct farm_host *host = &f.run.call.host;
	struct farm_target *t;
	uint32_t series;

	(void)state;
	begin(&f, SLEEP);
	t = &f.i.instance->targets[0]->view;
	series = farm_series(
	    host, t, .parameter = "lease", .lifetime_ns = 3 * NS_PER_S);
	assert_int_equal(
	    series_lifetime(f.i.instance->series, series), 3 * NS_PER_S);
	assert_int_equal(farm_emit(host, t, farm_double(1),
			     .parameter = "lease", .lifetime_ns = 5 * NS_PER_S),
	    0);
	assert_int_equal(
	    series_lifetime(f.i.instance->series, series), 5 * NS_PER_S);
	assert_int_equal(farm_emit_double(host, t, "lease", 2), 0);
	assert_int_equal(series_lifetime(f.i.instance->series, series), 0);
	assert_int_equal(farm_emit(host, t, farm_double(1),
			     .parameter = "lease", .lifetime_ns = -NS_PER_S),
	    0);
	assert_int_equal(
	    series_lifetime(f.i.instance->series, series), -NS_PER_S);
	end(&f);
}

static void
test_refusals(void **state)
{
	static char long_name[FARM_NAME_MAX + 2];
	const struct {
		const char *name;
		struct farm_value value;
		const char *want;
	} cases[] = {
		{ "none", { .type = FARM_NONE },
		    "none: no value, or a text of more than 65535 bytes" },
		{ "long", farm_text("", FARM_TEXT_MAX + 1),
		    "long: no value, or a text of more than 65535 bytes" },
		{ NULL, farm_double(1), "a value without a parameter's name" },
		{ "", farm_double(1), NULL },
		{ "bad\nname", farm_double(1), NULL },
		{ long_name, farm_double(1), NULL },
	};
	struct fixture f;
	struct farm_target *t;
	size_t i;

	(void)state;
	memset(long_name, 'x', FARM_NAME_MAX + 1);
	begin(&f, SLEEP);
	t = &f.i.instance->targets[0]->view;
	for (i = 0; i < COUNT(cases); i++) {
		run_init(&f.run, f.i.instance);
		assert_int_equal(farm_emit(&f.run.call.host, t, cases[i].value,
				     .parameter = cases[i].name),
		    -1);
		assert_int_equal(f.run.names_refused, 1);
		assert_true(strlen(f.run.refusal.text) > 0);
		if (cases[i].want != NULL)
			assert_string_equal(
			    f.run.call.error.text, cases[i].want);
	}
	assert_int_equal(f.i.instance->ledger.dropped[DROP_NAME], COUNT(cases));
	assert_int_equal(f.stage.values, 0);
	end(&f);
}

static void
test_without_a_node(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, SLEEP);
	assert_int_equal(
	    farm_emit_double(&f.run.call.host, NULL, "rtt", 1), -1);
	assert_string_equal(
	    f.run.call.error.text, "rtt: no farm, cluster or node given");
	assert_int_equal(farm_emit(&f.run.call.host, NULL, farm_double(1),
			     .parameter = "rtt", .node = "elsewhere"),
	    0);
	assert_int_equal(run_finish(&f.run, 0), 0);
	assert_string_equal(
	    series_of(&f, &record(&f, 0)->values[0])->node, "elsewhere");
	end(&f);
}

static void
test_a_bad_name_leaves_the_others(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, BAD_NAMES);
	/* The module goes on and returns 0. */
	assert_int_equal(collect_target(&f.run, f.i.instance->targets[0]), 0);
	assert_int_equal(f.run.names_refused, 2);
	assert_int_equal(f.stage.values, 3);
	assert_int_equal(f.stage.records, 1);
	assert_int_equal(f.i.instance->ledger.values, 3);
	end(&f);
}

static void
test_rows(void **state)
{
	struct fixture f;
	struct farm_host *host = &f.run.call.host;
	struct farm_target *t;
	struct farm_value rows[3];
	uint32_t a, b;

	(void)state;
	begin(&f, SLEEP);
	t = &f.i.instance->targets[1]->view;
	a = farm_series(host, t, .parameter = "in", .kind = FARM_COUNTER64);
	b = farm_series(host, t, .parameter = "out", .unit = "B");
	assert_true(a != 0 && b != 0 && a != b);
	assert_int_equal(
	    farm_series(host, t, .parameter = "out", .unit = "B"), b);
	rows[0] = farm_uint64(1);
	rows[0].series = a;
	rows[1] = farm_double(2);
	rows[1].series = 99999;
	rows[2] = farm_double(3);
	rows[2].series = b;
	assert_int_equal(farm_emit_rows(host, t, 8, FARM_PARTIAL, rows, 1), 0);
	assert_int_equal(farm_emit_rows(host, t, 9, 0, rows, 3), -1);
	assert_string_equal(
	    f.run.call.error.text, "row 1: handle 99999 stands for no series");
	assert_int_equal(run_finish(&f.run, 0), 0);
	assert_int_equal(f.stage.values, 3);
	assert_int_equal(f.i.instance->ledger.dropped[DROP_HANDLE], 1);
	assert_int_equal(record(&f, 0)->flags, FARM_PARTIAL);
	assert_int_equal(record(&f, 0)->time_ns, 8);
	assert_int_equal(record(&f, 1)->time_ns, 9);

	farm_release(host, a);
	farm_release(host, a);
	farm_release(host, 12345);
	assert_int_equal(series_count(f.stage.series), 1);
	end(&f);
}

/* What is full is sent before the call returns. */
static void
test_full_batches_go(void **state)
{
	struct fixture f;
	struct farm_target *t;
	int i;

	(void)state;
	begin(&f, SLEEP);
	t = &f.i.instance->targets[0]->view;
	for (i = 0; i < 20000; i++)
		assert_int_equal(farm_emit(&f.run.call.host, t, farm_double(i),
				     .parameter = "x", .time_ns = i + 1),
		    0);
	assert_true(f.stage.batches > 4);
	assert_int_equal(run_finish(&f.run, 0), 0);
	assert_int_equal(f.stage.values, 20000);
	end(&f);
}

/* The sets of collect_many() are what bursts: they wait for room. */
static void
test_only_sets_wait(void **state)
{
	static const struct run_source source = { .more = NULL };
	struct fixture f;
	struct farm_target *t;
	int many;

	(void)state;
	for (many = 0; many < 2; many++) {
		begin(&f, SLEEP);
		f.run.source = many ? &source : NULL;
		t = &f.i.instance->targets[0]->view;
		assert_int_equal(
		    farm_emit_double(&f.run.call.host, t, "x", 1), 0);
		assert_int_equal(farm_flush(&f.run.call.host), 0);
		assert_non_null(f.stage.last);
		if (many)
			assert_true(f.stage.last->until_mono_ns >
				    f.stage.first_mono_ns);
		else
			assert_int_equal(f.stage.last->until_mono_ns, 0);
		end(&f);
	}
}

static void
test_late_results_are_discarded(void **state)
{
	struct fixture f;
	struct farm_target *t;

	(void)state;
	begin(&f, SLEEP);
	t = &f.i.instance->targets[0]->view;
	assert_int_equal(farm_emit_double(&f.run.call.host, t, "early", 1), 0);
	atomic_store(&f.run.written_off, true);
	assert_int_equal(farm_emit_double(&f.run.call.host, t, "late", 1), -1);
	assert_string_equal(
	    f.run.call.error.text, "too late: the run was given up");
	assert_int_equal(run_finish(&f.run, -1), -1);
	assert_int_equal(f.stage.values, 0);
	assert_int_equal(f.i.instance->ledger.dropped[DROP_LATE], 2);
	end(&f);
}

static void
test_records_and_checkpoints(void **state)
{
	struct fixture f;
	struct farm_host *host = &f.run.call.host;
	struct call opening;
	const void *bytes;
	size_t size;

	(void)state;
	begin(&f, SLEEP);
	call_init(&opening, &open_ops, f.i.instance);
	assert_null(farm_restore(&opening.host, &size));
	assert_int_equal(
	    farm_emit_record(host, NULL, FARM_EVENT, 3, "{}", 2), 0);
	assert_int_equal(
	    farm_emit_record(host, NULL, FARM_RESULT, 3, "{}", 2), -1);
	assert_int_equal(farm_checkpoint(host, "abc", 3), 0);
	assert_int_equal(farm_checkpoint(host, "abcd", 4), 0);
	assert_int_equal(farm_checkpoint(host, "", CHECKPOINT_MAX + 1), -1);
	assert_int_equal(run_finish(&f.run, 0), 0);
	assert_int_equal(f.stage.records, 3);
	assert_int_equal(record(&f, 0)->type, FARM_EVENT);
	assert_int_equal(record(&f, 2)->type, FARM_CHECKPOINT);
	assert_int_equal(record(&f, 2)->payload_size, 4);
	bytes = farm_restore(&opening.host, &size);
	assert_int_equal(size, 4);
	assert_memory_equal(bytes, "abcd", 4);
	assert_int_equal(farm_emit_double(&opening.host, NULL, "x", 1), -1);
	assert_string_equal(opening.error.text,
	    "farm_emit() is not available in this callback");
	end(&f);
}

/* What is not emitted any more is forgotten, and only that. */
static void
test_old_names_are_forgotten(void **state)
{
	struct fixture f;
	struct target *t;
	int i;

	(void)state;
	begin(&f, SLEEP);
	t = f.i.instance->targets[0];
	for (i = 0; i < 3 * NAME_CACHE_RUNS; i++) {
		run_init(&f.run, f.i.instance);
		if (i == 0)
			(void)farm_emit_double(
			    &f.run.call.host, &t->view, "once", 1);
		assert_int_equal(collect_target(&f.run, t), 0);
	}
	assert_int_equal(series_count(f.stage.series), 1);
	assert_true(series_find(f.stage.series, "test", "workers", "n000",
			"runs") != 0);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_name_is_one_record),
		cmocka_unit_test(test_lifetimes),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_without_a_node),
		cmocka_unit_test(test_a_bad_name_leaves_the_others),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_full_batches_go),
		cmocka_unit_test(test_only_sets_wait),
		cmocka_unit_test(test_late_results_are_discarded),
		cmocka_unit_test(test_records_and_checkpoints),
		cmocka_unit_test(test_old_names_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
