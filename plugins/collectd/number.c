/* number.c - text as a number or as the values of a list. */
#include "abi.h"

int
strtogauge(const char *string, gauge_t *ret_value)
{
	char *end = NULL;
	gauge_t number;

	if (string == NULL || ret_value == NULL)
		return EINVAL;
	errno = 0;
	number = strtod(string, &end);
	if (errno != 0)
		return errno;
	if (end == NULL || *end != '\0')
		return EINVAL;
	*ret_value = number;
	return 0;
}

/* What follows the digits does not matter. */
int
strtoderive(const char *string, derive_t *ret_value)
{
	char *end = NULL;
	long long number;

	if (string == NULL || ret_value == NULL)
		return EINVAL;
	errno = 0;
	number = strtoll(string, &end, 0);
	if (errno != 0)
		return errno;
	if (end == string)
		return EINVAL;
	*ret_value = number;
	return 0;
}

int
parse_value(const char *value, value_t *ret_value, int ds_type)
{
	value_t v = { .gauge = 0 };
	char *end = NULL;

	if (value == NULL)
		return -1;
	switch (ds_type) {
	case DS_TYPE_COUNTER:
		v.counter = strtoull(value, &end, 0);
		break;
	case DS_TYPE_GAUGE:
		v.gauge = strtod(value, &end);
		break;
	case DS_TYPE_DERIVE:
		v.derive = strtoll(value, &end, 0);
		break;
	case DS_TYPE_ABSOLUTE:
		v.absolute = strtoull(value, &end, 0);
		break;
	default:
		plugin_log(LOG_ERR, "there is no kind %d of value", ds_type);
		return -1;
	}
	if (end == value) {
		plugin_log(LOG_ERR, "\"%s\" is no %s", value,
		    DS_TYPE_TO_STRING(ds_type));
		return -1;
	}
	*ret_value = v;
	return 0;
}

int
parse_value_file(const char *path, value_t *ret_value, int ds_type)
{
	char text[256];

	if (read_text_file_contents(path, text, sizeof(text)) < 0)
		return -1;
	strstripnewline(text);
	return parse_value(text, ret_value, ds_type);
}

static int
parse_time(const char *text, cdtime_t *ret)
{
	double seconds;
	char *end = NULL;

	if (strcmp(text, "N") == 0) {
		*ret = cdtime();
		return 0;
	}
	errno = 0;
	seconds = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || isnan(seconds))
		return -1;
	/* Times before 1970 pass, as zero: collectd asks no more. */
	*ret = seconds > 0 && seconds < 17179869184.0
		   ? DOUBLE_TO_CDTIME_T(seconds)
		   : 0;
	return 0;
}

/* "TIME:VALUE[:VALUE...]", where fewer values than the type has will do. */
int
parse_values(char *buffer, value_list_t *vl, const data_set_t *ds)
{
	char *field, *rest = NULL;
	value_t value;
	size_t n = 0;

	if (buffer == NULL || vl == NULL || ds == NULL)
		return EINVAL;
	field = strtok_r(buffer, ":", &rest);
	if (field == NULL || parse_time(field, &vl->time) != 0)
		return -1;
	while ((field = strtok_r(NULL, ":", &rest)) != NULL) {
		if (n >= ds->ds_num || n >= vl->values_len)
			return -1;
		if (ds->ds[n].type == DS_TYPE_GAUGE && strcmp(field, "U") == 0)
			value.gauge = NAN;
		else if (parse_value(field, &value, ds->ds[n].type) != 0)
			return -1;
		vl->values[n++] = value;
	}
	return n == 0 ? -1 : 0;
}
