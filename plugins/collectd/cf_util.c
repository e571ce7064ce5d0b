/* cf_util.c - what an option means, and complaints if it means nothing. */
#include "abi.h"

static int
complain(const oconfig_item_t *ci, const char *needs)
{
	plugin_log(LOG_WARNING, "the option %s needs %s",
	    ci == NULL || ci->key == NULL ? "?" : ci->key, needs);
	return -1;
}

/* Its only value, of that type; NULL if it is none. */
static const oconfig_value_t *
only(const oconfig_item_t *ci, int type)
{
	if (ci == NULL || ci->values_num != 1 || ci->values[0].type != type)
		return NULL;
	return &ci->values[0];
}

int
cf_util_get_string(const oconfig_item_t *ci, char **ret_string)
{
	const oconfig_value_t *v = only(ci, OCONFIG_TYPE_STRING);
	char *copy;

	if (v == NULL)
		return complain(ci, "exactly one string");
	copy = strdup(v->value.string);
	if (copy == NULL)
		return -1;
	free(*ret_string);
	*ret_string = copy;
	return 0;
}

int
cf_util_get_string_buffer(
    const oconfig_item_t *ci, char *buffer, size_t buffer_size)
{
	const oconfig_value_t *v = only(ci, OCONFIG_TYPE_STRING);

	if (buffer == NULL || buffer_size < 1)
		return EINVAL;
	if (v == NULL)
		return complain(ci, "exactly one string");
	if (strlen(v->value.string) >= buffer_size) {
		plugin_log(LOG_ERR, "%s \"%s\": longer than %zu bytes", ci->key,
		    v->value.string, buffer_size - 1);
		return -1;
	}
	sstrncpy(buffer, v->value.string, buffer_size);
	return 0;
}

int
cf_util_get_double(const oconfig_item_t *ci, double *ret_value)
{
	const oconfig_value_t *v = only(ci, OCONFIG_TYPE_NUMBER);

	if (v == NULL)
		return complain(ci, "exactly one number");
	*ret_value = v->value.number;
	return 0;
}

int
cf_util_get_int(const oconfig_item_t *ci, int *ret_value)
{
	double number;

	if (cf_util_get_double(ci, &number) != 0)
		return -1;
	if (!(number > INT_MIN - 1.0 && number < INT_MAX + 1.0))
		return complain(ci, "a smaller number");
	*ret_value = (int)number;
	return 0;
}

int
cf_util_get_boolean(const oconfig_item_t *ci, bool *ret_bool)
{
	const oconfig_value_t *v = only(ci, OCONFIG_TYPE_BOOLEAN);
	const char *text;

	if (v != NULL) {
		*ret_bool = v->value.boolean != 0;
		return 0;
	}
	v = only(ci, OCONFIG_TYPE_STRING);
	text = v == NULL ? "" : v->value.string;
	if (!IS_TRUE(text) && !IS_FALSE(text))
		return complain(ci, "exactly one boolean");
	plugin_log(
	    LOG_WARNING, "%s \"%s\": a boolean needs no quotes", ci->key, text);
	*ret_bool = IS_TRUE(text);
	return 0;
}

int
cf_util_get_flag(
    const oconfig_item_t *ci, unsigned int *ret_value, unsigned int flag)
{
	bool on;

	if (ret_value == NULL)
		return EINVAL;
	if (cf_util_get_boolean(ci, &on) != 0)
		return -1;
	if (on)
		*ret_value |= flag;
	else
		*ret_value &= ~flag;
	return 0;
}

int
cf_util_get_port_number(const oconfig_item_t *ci)
{
	const oconfig_value_t *number = only(ci, OCONFIG_TYPE_NUMBER);
	const oconfig_value_t *name = only(ci, OCONFIG_TYPE_STRING);
	double port;

	if (name != NULL)
		return service_name_to_port_number(name->value.string);
	/* Rounded, where cf_util_get_service() cuts: so does collectd. */
	port = number == NULL ? 0 : number->value.number + 0.5;
	if (!(port >= 1 && port < 65536))
		return complain(ci, "a service, or a port from 1 to 65535");
	return (int)port;
}

int
cf_util_get_service(const oconfig_item_t *ci, char **ret_string)
{
	const oconfig_value_t *number = only(ci, OCONFIG_TYPE_NUMBER);
	char *service;

	if (ci != NULL && number == NULL)
		return cf_util_get_string(ci, ret_string);
	if (number == NULL ||
	    !(number->value.number >= 1 && number->value.number < 65536))
		return complain(ci, "a service, or a port from 1 to 65535");
	service = ssnprintf_alloc("%d", (int)number->value.number);
	if (service == NULL)
		return -1;
	free(*ret_string);
	*ret_string = service;
	return 0;
}

/* Seconds, of which a cdtime_t holds 2^34. */
int
cf_util_get_cdtime(const oconfig_item_t *ci, cdtime_t *ret_value)
{
	double seconds;

	if (cf_util_get_double(ci, &seconds) != 0)
		return -1;
	if (!(seconds >= 0 && seconds < 17179869184.0))
		return complain(ci, "a time of 0 s to 2^34 s");
	*ret_value = DOUBLE_TO_CDTIME_T(seconds);
	return 0;
}
