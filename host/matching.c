#include "matching.h"

void
matching_init(struct matching *m, const struct matcher *matcher)
{
	*m = (struct matching){
		.matcher = matcher,
		.series = { .item = sizeof(struct matched *) },
	};
}

void
matching_free(struct matching *m)
{
	for (uint32_t i = 0; i < column_bound(&m->series); i++)
		matching_forget(m, i);
	column_free(&m->series);
}

bool
matching_passes(struct matching *m, uint32_t number,
    const struct farm_series *names, int64_t time_ns,
    const struct farm_value *value)
{
	struct matched **of = column_need(&m->series, number);

	if (of == NULL)
		return false;
	if (*of == NULL && matched_new(of, m->matcher, names) != 0)
		return false;
	return *of != NULL && matched_value(*of, time_ns, value);
}

void
matching_forget(struct matching *m, uint32_t number)
{
	struct matched **of = column_at(&m->series, number);

	if (of == NULL)
		return;
	matched_free(*of);
	*of = NULL;
}
