/* Our declarations of gmond's modules are those of Ganglia's own headers. */
#include "abi.h"

#include <gm_metric.h>

#include "unit.h"

#define SAME(OURS, FIELD, THEIRS, ITS)                                         \
	assert_int_equal(offsetof(OURS, FIELD), offsetof(THEIRS, ITS));        \
	assert_int_equal(sizeof(((OURS *)0)->FIELD), sizeof(((THEIRS *)0)->ITS))

static void
test_module(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct gmond_abi_module), sizeof(mmodule));
	SAME(struct gmond_abi_module, version, mmodule, version);
	SAME(struct gmond_abi_module, minor_version, mmodule, minor_version);
	SAME(struct gmond_abi_module, params, mmodule, module_params);
	SAME(struct gmond_abi_module, params_list, mmodule, module_params_list);
	SAME(struct gmond_abi_module, config, mmodule, config_file);
	SAME(struct gmond_abi_module, magic, mmodule, magic);
	SAME(struct gmond_abi_module, init, mmodule, init);
	SAME(struct gmond_abi_module, cleanup, mmodule, cleanup);
	SAME(struct gmond_abi_module, metrics, mmodule, metrics_info);
	SAME(struct gmond_abi_module, handler, mmodule, handler);
	assert_int_equal(GMOND_ABI_VERSION, MMODULE_MAGIC_NUMBER_MAJOR);
	assert_int_equal(GMOND_ABI_MAGIC, MMODULE_MAGIC_COOKIE);
}

static void
test_metric(void **state)
{
	(void)state;
	assert_int_equal(
	    sizeof(struct gmond_abi_metric), sizeof(Ganglia_25metric));
	SAME(struct gmond_abi_metric, name, Ganglia_25metric, name);
	SAME(struct gmond_abi_metric, tmax, Ganglia_25metric, tmax);
	SAME(struct gmond_abi_metric, type, Ganglia_25metric, type);
	SAME(struct gmond_abi_metric, units, Ganglia_25metric, units);
	SAME(struct gmond_abi_metric, slope, Ganglia_25metric, slope);
	SAME(struct gmond_abi_metric, description, Ganglia_25metric, desc);
	SAME(struct gmond_abi_metric, metadata, Ganglia_25metric, metadata);
	SAME(struct gmond_abi_param, name, mmparam, name);
	SAME(struct gmond_abi_param, value, mmparam, value);
}

static void
test_value(void **state)
{
	(void)state;
	assert_int_equal(sizeof(union gmond_abi_value), sizeof(g_val_t));
	assert_int_equal(_Alignof(union gmond_abi_value), _Alignof(g_val_t));
	assert_int_equal(GMOND_TEXT_MAX, MAX_G_STRING_SIZE);
	assert_int_equal(GMOND_ABI_STRING, GANGLIA_VALUE_STRING);
	assert_int_equal(GMOND_ABI_USHORT, GANGLIA_VALUE_UNSIGNED_SHORT);
	assert_int_equal(GMOND_ABI_SHORT, GANGLIA_VALUE_SHORT);
	assert_int_equal(GMOND_ABI_UINT, GANGLIA_VALUE_UNSIGNED_INT);
	assert_int_equal(GMOND_ABI_INT, GANGLIA_VALUE_INT);
	assert_int_equal(GMOND_ABI_FLOAT, GANGLIA_VALUE_FLOAT);
	assert_int_equal(GMOND_ABI_DOUBLE, GANGLIA_VALUE_DOUBLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_metric),
		cmocka_unit_test(test_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
