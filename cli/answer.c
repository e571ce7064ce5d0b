#include "answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *
answer_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

double
answer_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

void
answer_scalar(struct buffer *out, const json_t *value)
{
	struct farm_value v;

	switch (json_typeof(value)) {
	case JSON_STRING:
		buffer_puts(out, json_string_value(value));
		break;
	case JSON_INTEGER:
		v = farm_int64(json_integer_value(value));
		buffer_value(out, &v);
		break;
	case JSON_REAL:
		v = farm_double(json_real_value(value));
		buffer_value(out, &v);
		break;
	case JSON_TRUE:
		buffer_puts(out, "true");
		break;
	case JSON_FALSE:
		buffer_puts(out, "false");
		break;
	default:
		buffer_puts(out, "-");
	}
}

/* The largest unit that leaves at least 1, with three digits. */
static void
put_scaled(struct buffer *out, double n, const char *const *units, double step)
{
	while (fabs(n) >= step && units[1] != NULL) {
		n /= step;
		units++;
	}
	buffer_printf(out, "%.3g %s", n, units[0]);
}

void
put_duration(struct buffer *out, double ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s", NULL };

	if (ns <= 0)
		buffer_puts(out, "-");
	else if (ns < 1e11)
		put_scaled(out, ns, units, 1000);
	else
		buffer_printf(out, "%.0f s", ns / 1e9);
}

void
put_size(struct buffer *out, double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB",
		NULL };

	put_scaled(out, bytes, units, 1024);
}
