#include "derived.h"

#include <stdlib.h>
#include <string.h>

void
derived_free(struct derived *d)
{
	free(d->uses);
	*d = (struct derived){ .uses = NULL };
}

static struct farm_spec
spec_like(struct farm_host *host, uint32_t series)
{
	const struct farm_series *s = farm_series_info(host, series);

	return (struct farm_spec){
		.size = sizeof(struct farm_spec),
		.kind = s->kind,
		.farm = s->farm,
		.cluster = s->cluster,
		.node = s->node,
		.parameter = s->parameter,
		.unit = s->unit,
		.labels = s->labels,
		.n_labels = s->n_labels,
		.lifetime_ns = farm_series_lifetime_ns(host, series),
	};
}

static int
make_room(struct derived *d, uint32_t series)
{
	size_t n = d->n == 0 ? 256 : d->n;
	uint32_t *grown;

	if (series < d->n)
		return 0;
	while (n <= series)
		n *= 2;
	grown = reallocarray(d->uses, n, sizeof(*grown));
	if (grown == NULL)
		return -1;
	memset(grown + d->n, 0, (n - d->n) * sizeof(*grown));
	d->uses = grown;
	d->n = n;
	return 0;
}

/* One use more of the series that the spec says. */
static uint32_t
use(struct farm_host *host, struct derived *d, const struct farm_spec *spec)
{
	uint32_t series = host->ops->series(host, NULL, spec);

	if (series == 0)
		return 0;
	if (make_room(d, series) != 0) {
		farm_fail(host, "%s: out of memory", spec->parameter);
		return 0;
	}
	d->uses[series]++;
	return series;
}

int
derive_as(struct farm_host *host, const void *context, struct farm_spec *spec,
    struct derive_room *room)
{
	const struct derive_as *as = context;

	buffer_printf(&room->texts, "%s%s", spec->parameter, as->suffix);
	if (buffer_failed(&room->texts))
		return farm_fail(host, "%s: out of memory", spec->parameter);
	spec->parameter = buffer_text(&room->texts);
	spec->kind = as->kind;
	if (as->unit != NULL)
		spec->unit = as->unit;
	return 1;
}

uint32_t
derived_make(struct farm_host *host, struct derived *d, struct derivation *to,
    const struct farm_spec *spec)
{
	if (to->series == 0) {
		to->series = use(host, d, spec);
		to->held = to->series != 0;
	}
	return to->series;
}

uint32_t
derived_find(struct farm_host *host, struct derived *d, struct derivation *to,
    uint32_t source, derive_fn *derive, const void *context)
{
	struct derive_room room = { .texts = BUFFER_INIT };
	struct farm_spec spec;
	int rc;

	if (to->series != 0)
		return to->series;
	spec = spec_like(host, source);
	rc = derive(host, context, &spec, &room);
	if (rc == 0)
		to->series = source;
	else if (rc > 0)
		derived_make(host, d, to, &spec);
	buffer_free(&room.texts);
	return to->series;
}

void
derived_forget(struct farm_host *host, struct derived *d, struct derivation *to)
{
	if (to->held && --d->uses[to->series] == 0)
		farm_release(host, to->series);
	*to = (struct derivation){ .series = 0 };
}

int
derived_move(struct farm_host *host, struct derived *d, struct rows *rows,
    const struct farm_record *in, derive_fn *derive, const void *context)
{
	uint32_t i;

	rows->n = 0;
	for (i = 0; i < in->n_values; i++) {
		struct farm_value v = in->values[i];
		struct derivation *to = farm_series_state(host, v.series);

		if (to == NULL)
			return farm_fail(host, "out of memory");
		v.series = derived_find(host, d, to, v.series, derive, context);
		if (v.series == 0 || rows_put(host, rows, v) != 0)
			return -1;
	}
	return rows_emit(host, rows, in);
}
