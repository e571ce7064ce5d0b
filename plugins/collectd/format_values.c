/* format_values.c - a value list as "TIME:VALUE[:VALUE...]". */
#include "abi.h"

__attribute__((format(printf, 4, 5))) static int
put(char *to, size_t size, size_t *used, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(to + *used, size - *used, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= size - *used)
		return -1;
	*used += (size_t)n;
	return 0;
}

static int
put_value(char *to, size_t size, size_t *used, value_t v, int type)
{
	switch (type) {
	case DS_TYPE_GAUGE:
		return put(to, size, used, ":" GAUGE_FORMAT, v.gauge);
	case DS_TYPE_COUNTER:
		return put(to, size, used, ":%llu", v.counter);
	case DS_TYPE_DERIVE:
		return put(to, size, used, ":%" PRId64, v.derive);
	case DS_TYPE_ABSOLUTE:
		return put(to, size, used, ":%" PRIu64, v.absolute);
	default:
		plugin_log(LOG_ERR, "there is no kind %d of value", type);
		return -1;
	}
}

int
format_values(char *ret, size_t ret_len, const data_set_t *ds,
    const value_list_t *vl, bool store_rates)
{
	gauge_t *rates = NULL;
	size_t i, used = 0;
	int status;

	if (ret == NULL || ret_len == 0 || ds == NULL || vl == NULL ||
	    vl->values_len < ds->ds_num)
		return -1;
	status = put(ret, ret_len, &used, "%.3f", CDTIME_T_TO_DOUBLE(vl->time));
	for (i = 0; status == 0 && i < ds->ds_num; i++) {
		if (!store_rates || ds->ds[i].type == DS_TYPE_GAUGE) {
			status = put_value(
			    ret, ret_len, &used, vl->values[i], ds->ds[i].type);
			continue;
		}
		if (rates == NULL)
			rates = uc_get_rate(ds, vl);
		if (rates == NULL) {
			plugin_log(LOG_WARNING, "no rate of %s/%s is known",
			    vl->plugin, vl->type);
			status = -1;
		} else
			status = put(
			    ret, ret_len, &used, ":" GAUGE_FORMAT, rates[i]);
	}
	free(rates);
	return status;
}
