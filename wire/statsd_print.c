#include "statsd.h"

#include <math.h>

#include "fold.h"

/* What means something in a line, in a path or in a tag. */
#define IN_NAME ".:|@#,;=[]()/\\*?\"'{}"
#define IN_TAG_NAME "|,:"
/* Tags may hold points and colons: addresses and names of hosts do. */
#define IN_TAG "|,"

int
statsd_put_name(
    struct buffer *b, const struct slice *parts, size_t n, struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (parts[i].length == 0)
			return error_set(
			    err, "part %zu of a name is empty", i + 1);
	for (i = 0; i < n; i++) {
		if (i > 0)
			buffer_putc(b, '.');
		fold_put(b, parts[i], IN_NAME);
	}
	return 0;
}

bool
statsd_put_value(
    struct buffer *b, const struct farm_value *v, enum statsd_type type)
{
	struct farm_value value = *v;

	if (v->type == FARM_NONE || v->type == FARM_TEXT ||
	    (v->type == FARM_DOUBLE && !isfinite(v->number)))
		return false;
	if (v->type == FARM_BOOLEAN)
		value = farm_int64(v->boolean);
	buffer_putc(b, ':');
	buffer_value(b, &value);
	buffer_puts(b, type == STATSD_COUNTER ? "|c" : "|g");
	return true;
}

void
statsd_put_tag(
    struct buffer *b, bool first, struct slice name, struct slice value)
{
	buffer_puts(b, first ? "|#" : ",");
	fold_put(b, name, IN_TAG_NAME);
	buffer_putc(b, ':');
	fold_put(b, value, IN_TAG);
}

bool
statsd_is_negative(const struct farm_value *v)
{
	return v->type == FARM_INT64 ? v->int64 < 0
				     : v->type == FARM_DOUBLE && v->number < 0;
}

static int
put_line(struct buffer *b, const struct slice *parts, size_t n,
    struct slice host, const struct farm_value *v, struct error *err)
{
	if (statsd_put_name(b, parts, n, err) != 0)
		return -1;
	(void)statsd_put_value(b, v, STATSD_GAUGE);
	if (host.length > 0)
		statsd_put_tag(b, true, (struct slice){ "host", 4 }, host);
	buffer_putc(b, '\n');
	return 1;
}

int
statsd_put(struct buffer *b, const struct slice *parts, size_t n,
    struct slice host, const struct farm_value *v, struct error *err)
{
	const struct farm_value zero = farm_int64(0);

	if (v->type == FARM_NONE || v->type == FARM_TEXT ||
	    (v->type == FARM_DOUBLE && !isfinite(v->number)))
		return 0;
	if (statsd_is_negative(v) &&
	    put_line(b, parts, n, host, &zero, err) < 0)
		return -1;
	return put_line(b, parts, n, host, v, err);
}
