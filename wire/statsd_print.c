#include "statsd.h"

#include <math.h>

#include "fold.h"

/* What means something in a line, in a path or in a tag. */
#define IN_NAME ".:|@#,;=[]()/\\*?\"'{}"
/* Tags may hold points and colons: addresses and names of hosts do. */
#define IN_TAG "|,"

static void
put_line(struct buffer *b, const struct slice *parts, size_t n,
    struct slice host, const struct farm_value *v)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			buffer_putc(b, '.');
		fold_put(b, parts[i], IN_NAME);
	}
	buffer_putc(b, ':');
	buffer_value(b, v);
	buffer_puts(b, "|g");
	if (host.length > 0) {
		buffer_puts(b, "|#host:");
		fold_put(b, host, IN_TAG);
	}
	buffer_putc(b, '\n');
}

static bool
is_negative(const struct farm_value *v)
{
	return v->type == FARM_INT64 ? v->int64 < 0
				     : v->type == FARM_DOUBLE && v->number < 0;
}

int
statsd_put(struct buffer *b, const struct slice *parts, size_t n,
    struct slice host, const struct farm_value *v, struct error *err)
{
	const struct farm_value zero = farm_int64(0);
	struct farm_value value = *v;
	size_t i;

	if (v->type == FARM_NONE || v->type == FARM_TEXT ||
	    (v->type == FARM_DOUBLE && !isfinite(v->number)))
		return 0;
	if (v->type == FARM_BOOLEAN)
		value = farm_int64(v->boolean);
	for (i = 0; i < n; i++)
		if (parts[i].length == 0)
			return error_set(
			    err, "part %zu of a name is empty", i + 1);
	if (is_negative(&value))
		put_line(b, parts, n, host, &zero);
	put_line(b, parts, n, host, &value);
	return 1;
}
