#include "recent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "unit.h"

#define SERIES 7
#define POINTS 20000

/* What was ever added: the truth that the log forgets from its old end. */
struct model {
	struct recent recent;
	uint64_t last[SERIES];
	uint64_t dropped[SERIES]; /* positions up to this went by a drop */
	struct {
		unsigned series;
		int64_t time_ns;
		char text[32]; /* "": a number, which is the position */
	} points[POINTS];
	uint64_t n; /* position of the next, from 1 on */
};

static void
add(struct model *m, unsigned series, unsigned length)
{
	uint64_t position = m->n;
	struct farm_value v = farm_uint64(position);

	m->points[position].series = series;
	/* Several of one time and position share a head. */
	m->points[position].time_ns = (int64_t)(position / 5);
	if (length > 0) {
		snprintf(m->points[position].text, 32, "%0*d", (int)length,
		    (int)position);
		v = farm_text(
		    m->points[position].text, strlen(m->points[position].text));
	}
	recent_add(&m->recent, &m->last[series], &v,
	    m->points[position].time_ns, position, (int64_t)position);
	m->n++;
}

/* The newest first, none left out, none that is not its own. */
static uint64_t
check_series(const struct model *m, unsigned series)
{
	uint64_t number = m->last[series], n = 0;
	struct recent_point p;

	for (uint64_t i = m->n - 1; i > 0; i--) {
		if (m->points[i].series != series)
			continue;
		if (i <= m->dropped[series] ||
		    !recent_point(&m->recent, number, &p)) {
			assert_true(i <= m->recent.given_up_position);
			assert_false(recent_point(&m->recent, number, &p));
			break;
		}
		assert_int_equal(i, p.position);
		assert_int_equal(m->points[i].time_ns, p.time_ns);
		if (p.value.type == FARM_TEXT)
			assert_string_equal(m->points[i].text, p.value.text);
		else
			assert_int_equal(i, p.value.uint64);
		number = p.previous;
		n++;
	}
	return n;
}

static void
check(const struct model *m)
{
	uint64_t n = 0;

	assert_true(m->recent.bytes <= m->recent.bound);
	for (unsigned i = 0; i < SERIES; i++)
		n += check_series(m, i);
	assert_int_equal(n, m->recent.points);
	assert_int_equal(m->n - 1, n + m->recent.given_up);
}

static void
forgets_the_oldest_only(void **state)
{
	static const size_t bounds[] = { 5000, 20000, 1 << 20 };
	struct model *m = malloc(sizeof(*m));
	unsigned seed = 4711;

	(void)state;
	for (size_t b = 0; b < sizeof(bounds) / sizeof(bounds[0]); b++) {
		*m = (struct model){ .n = 1 };
		assert_int_equal(0, recent_init(&m->recent, bounds[b], 3000));
		while (m->n < POINTS) {
			unsigned series = (unsigned)rand_r(&seed) % SERIES;
			int what = rand_r(&seed) % 1000;

			add(m, series,
			    what < 100 ? 1 + (unsigned)what % 20 : 0);
			if (what == 998) {
				recent_drop(&m->recent, &m->last[series]);
				m->dropped[series] = m->n - 1;
			}
			if (what == 999)
				recent_age(&m->recent, (int64_t)m->n);
			if (what > 990)
				check(m);
		}
		recent_age(&m->recent, POINTS + 3000);
		assert_int_equal(0, m->recent.points);
		assert_int_equal(0, m->recent.bytes);
		check(m);
		recent_destroy(&m->recent);
	}
	free(m);
}

/* Also where few points come, and none of the log is full. */
static void
goes_with_age(void **state)
{
	static const int64_t age = 300 * NS_PER_MS, step = 10 * NS_PER_MS;
	struct farm_value v = farm_uint64(1);
	struct recent_point p;
	uint64_t last = 0, n, oldest;
	struct recent r;

	(void)state;
	assert_int_equal(0, recent_init(&r, 64 << 20, age));
	for (uint64_t i = 1; i <= 1000; i++) {
		recent_add(&r, &last, &v, 1, i, (int64_t)i * step);
		recent_age(&r, (int64_t)i * step);
		oldest = i;
		for (n = last; recent_point(&r, n, &p); n = p.previous)
			oldest = p.position;
		/* What is young enough is there; what is too old by a sixth
		   is not. */
		assert_true(i <= 29 || oldest <= i - 29);
		assert_true(i <= 35 || oldest >= i - 36);
	}
	recent_destroy(&r);
}

static void
what_is_too_large_is_given_up_itself(void **state)
{
	static char text[3000];
	struct farm_value large = farm_text(text, sizeof(text));
	struct farm_value small = farm_uint64(1);
	struct recent_point p;
	uint64_t last = 0;
	struct recent r;

	(void)state;
	assert_int_equal(0, recent_init(&r, 3000, 1000));
	recent_add(&r, &last, &small, 1, 1, 1);
	recent_add(&r, &last, &large, 2, 2, 2);
	assert_int_equal(2, r.given_up_position);
	assert_int_equal(1, r.points + r.given_up - 1);
	assert_true(recent_point(&r, last, &p));
	assert_int_equal(1, p.position);
	recent_destroy(&r);
	/* Where there is room for nothing. */
	last = 0;
	assert_int_equal(0, recent_init(&r, 0, 1000));
	recent_add(&r, &last, &small, 3, 3, 3);
	assert_int_equal(3, r.given_up_position);
	assert_false(recent_point(&r, last, &p));
	recent_destroy(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forgets_the_oldest_only),
		cmocka_unit_test(goes_with_age),
		cmocka_unit_test(what_is_too_large_is_given_up_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
