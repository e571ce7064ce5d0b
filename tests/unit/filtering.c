#include "filtering.h"

#include "buffer.h"
#include "clock.h"
#include "unit.h"

#define BEGIN_S 1000

extern const struct farm_entry farm_module;

uint32_t
filtering_series(struct fake_host *fake, const char *node,
    const char *parameter, uint32_t kind, const char *unit)
{
	return farm_series(&fake->host, NULL, .farm = FAKE_FARM, .cluster = "c",
	    .node = node, .parameter = parameter, .kind = kind, .unit = unit);
}

static void
print(struct buffer *b, const struct fake_value *v, const char *cluster)
{
	if (b->size > 0)
		buffer_putc(b, ' ');
	if (cluster != NULL)
		buffer_printf(b, "%s/", cluster);
	buffer_printf(b, "%s/%s", v->node, v->parameter);
	if (v->unit[0] != '\0')
		buffer_printf(b, " %s", v->unit);
	buffer_putc(b, '=');
	buffer_value(b, &v->value);
	buffer_printf(b, "@%lld", (long long)(v->time_ns / NS_PER_S - BEGIN_S));
}

const char *
filtering_apply(struct fake_host *fake, int64_t s,
    const struct farm_value *values, uint32_t n)
{
	static struct buffer b;
	struct farm_record record = {
		.type = FARM_RESULT,
		.time_ns = (BEGIN_S + s) * NS_PER_S,
		.values = values,
		.n_values = n,
	};
	size_t i;

	buffer_clear(&b);
	fake_clear(fake);
	if (farm_module.descriptor->filter.apply(
		&fake->host, fake_state(fake), &record) != 0)
		buffer_printf(&b, "!%s", fake_failure(fake));
	for (i = 0; i < fake->n_values; i++)
		print(&b, &fake->values[i], NULL);
	return buffer_text(&b);
}

const char *
filtering_number(
    struct fake_host *fake, int64_t s, uint32_t series, double number)
{
	struct farm_value v = farm_double(number);

	v.series = series;
	return filtering_apply(fake, s, &v, 1);
}

void
filtering_open(struct fake_host *fake, int64_t s)
{
	assert_int_equal(fake_open(fake), 0);
	fake->now_ns = (BEGIN_S + s) * NS_PER_S;
	assert_int_equal(fake_tick(fake), 0);
}

const char *
filtering_tick(struct fake_host *fake, int64_t s)
{
	static struct buffer b;

	buffer_clear(&b);
	fake_clear(fake);
	fake->now_ns = (BEGIN_S + s) * NS_PER_S;
	if (fake_tick(fake) != 0)
		buffer_printf(&b, "!%s", fake_failure(fake));
	for (size_t i = 0; i < fake->n_values; i++)
		print(&b, &fake->values[i], fake->values[i].cluster);
	return buffer_text(&b);
}
