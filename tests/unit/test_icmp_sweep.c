/* The rhythm of bursts, with a clock of the test's own. */
#include "sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "unit.h"

#define SPACING (10 * NS_PER_MS)
#define TIMEOUT (100 * NS_PER_MS)
#define START (1000 * NS_PER_S)
#define MS NS_PER_MS

static struct sweep
new_sweep(int count)
{
	return (struct sweep){
		.count = count,
		.spacing_ns = SPACING,
		.timeout_ns = TIMEOUT,
		.token = 42,
	};
}

/* A peer that has an address, with its burst begun. */
static void
begin(struct sweep *s, struct peer *p, int64_t limit_ns)
{
	if (p->times == NULL)
		assert_int_equal(sweep_join(s, p), 0);
	p->family = AF_INET;
	sweep_begin(s, p, START, limit_ns, false);
}

/* Send the one probe that is due; the cookie it carried. */
static struct cookie
send_probe(struct sweep *s, struct peer *p, int64_t now_ns)
{
	struct cookie cookie;

	assert_ptr_equal(sweep_next(s, now_ns), p);
	cookie = sweep_cookie(s, p);
	sweep_sent(s, p, now_ns, 0);
	assert_null(sweep_next(s, now_ns));
	return cookie;
}

static void
done(struct sweep *s, struct peer *p)
{
	sweep_leave(s, p);
	assert_int_equal(s->running, 0);
	assert_true(sweep_due(s, 0) == INT64_MAX);
	sweep_free(s);
}

/* An answer whose stamp is good. */
static void
reply(struct sweep *s, const struct cookie *c, int64_t when_ns)
{
	sweep_reply(s, c, when_ns, when_ns);
}

static void
test_all_answered(void **unused)
{
	struct sweep s = new_sweep(3);
	struct peer p = { 0 };
	struct figures f;
	int64_t now_ns = START;
	struct cookie c;
	int i;

	(void)unused;
	begin(&s, &p, INT64_MAX);
	for (i = 0; i < 3; i++, now_ns += SPACING) {
		assert_int_equal(sweep_due(&s, 0), now_ns);
		assert_int_equal(sweep_due(&s, now_ns + 1), now_ns + 1);
		c = send_probe(&s, &p, now_ns);
		assert_null(sweep_over(&s, now_ns));
		reply(&s, &c, now_ns + (i + 1) * MS);
	}
	assert_ptr_equal(sweep_over(&s, now_ns), &p);
	assert_null(sweep_over(&s, now_ns));
	sweep_figures(&p, &f);
	assert_int_equal(f.sent, 3);
	assert_int_equal(f.received, 3);
	assert_true(f.loss == 0 && f.mean == 2 && f.min == 1 && f.max == 3);
	assert_true(fabs(f.deviation - sqrt(2.0 / 3)) < 1e-12);
	assert_true(f.median == 2 && f.jitter == 1);
	assert_int_equal(f.duplicates + f.reordered + f.late, 0);
	done(&s, &p);
}

/* Stamped before what is taken for the sending: no round trip takes no time. */
static void
test_stamp_before_sending(void **unused)
{
	struct sweep s = new_sweep(1);
	struct peer p = { 0 };
	struct figures f;
	struct cookie c;

	(void)unused;
	begin(&s, &p, INT64_MAX);
	c = send_probe(&s, &p, START);
	sweep_reply(&s, &c, START - MS, START + 2 * MS);
	assert_ptr_equal(sweep_over(&s, START), &p);
	sweep_figures(&p, &f);
	assert_int_equal(f.received, 1);
	assert_true(f.min == 2 && f.mean == 2 && f.max == 2);
	sweep_leave(&s, &p);
	sweep_free(&s);
}

static void
test_silence(void **unused)
{
	struct sweep s = new_sweep(2);
	struct peer p = { 0 };
	struct figures f;
	int64_t end_ns = START + SPACING + TIMEOUT;

	(void)unused;
	begin(&s, &p, INT64_MAX);
	send_probe(&s, &p, START);
	send_probe(&s, &p, START + SPACING);
	assert_int_equal(sweep_due(&s, 0), end_ns);
	assert_null(sweep_over(&s, end_ns - 1));
	assert_ptr_equal(sweep_over(&s, end_ns), &p);
	sweep_figures(&p, &f);
	assert_int_equal(f.sent, 2);
	assert_int_equal(f.received, 0);
	assert_true(f.loss == 100);
	assert_int_equal(p.reason, REASON_NONE);
	done(&s, &p);
}

/* Late, doubled, foreign, forged and stale answers. */
static void
test_odd_answers(void **unused)
{
	struct sweep s = new_sweep(2);
	struct peer p = { 0 };
	struct cookie first, second, odd;
	struct figures f;

	(void)unused;
	begin(&s, &p, INT64_MAX);
	first = send_probe(&s, &p, START);
	odd = first;
	odd.token++;
	reply(&s, &odd, START + MS);
	odd = first;
	odd.number++; /* not sent yet */
	reply(&s, &odd, START + MS);
	odd.number = UINT64_MAX;
	reply(&s, &odd, START + MS);
	assert_int_equal(p.answered, 0);
	second = send_probe(&s, &p, START + SPACING);
	reply(&s, &first, START + TIMEOUT + 1); /* late */
	assert_int_equal(p.answered, 0);
	reply(&s, &second, START + SPACING + 5 * MS);
	reply(&s, &second, START + SPACING + 6 * MS);
	sweep_refused(&s, &second, REASON_HOST);
	assert_ptr_equal(sweep_over(&s, START + SPACING + TIMEOUT), &p);
	sweep_figures(&p, &f);
	assert_int_equal(f.received, 1);
	assert_int_equal(f.duplicates, 1);
	assert_int_equal(f.late, 1);
	assert_int_equal(f.reordered, 0);
	assert_true(f.loss == 50 && f.mean == 5 && f.deviation == 0);
	assert_true(f.median == 5 && f.jitter == 0);
	sweep_figures(&p, &f); /* counted once */
	assert_int_equal(f.duplicates + f.late, 0);
	done(&s, &p);
}

/* Answers after the end of their burst: the last one's and the one's before
   are late, older ones are forgotten. */
static void
test_late(void **unused)
{
	struct sweep s = new_sweep(2);
	struct cookie old, before, last;
	struct peer p = { 0 };
	struct figures f;
	int64_t now_ns = START;

	(void)unused;
	begin(&s, &p, INT64_MAX);
	old = send_probe(&s, &p, now_ns);
	sweep_stop(&s);
	begin(&s, &p, INT64_MAX);
	before = send_probe(&s, &p, now_ns);
	sweep_stop(&s);
	begin(&s, &p, INT64_MAX);
	reply(&s, &before, now_ns + MS);
	reply(&s, &before, now_ns + MS);
	reply(&s, &old, now_ns + MS);
	sweep_refused(&s, &before, REASON_HOST);
	assert_int_equal(p.answered | p.refused, 0);
	last = send_probe(&s, &p, now_ns);
	sweep_sent(&s, sweep_next(&s, now_ns + SPACING), now_ns + SPACING, 0);
	now_ns += SPACING + TIMEOUT;
	assert_ptr_equal(sweep_over(&s, now_ns), &p);
	reply(&s, &last, now_ns + MS);
	sweep_figures(&p, &f);
	assert_int_equal(f.late, 2);
	assert_int_equal(f.duplicates, 1);
	assert_int_equal(f.received, 0);
	done(&s, &p);
}

/* Whether it is there at all: the first answer is enough. */
static void
test_one_answer(void **unused)
{
	struct sweep s = new_sweep(3);
	struct cookie first, second;
	struct peer p = { 0 };
	struct figures f;

	(void)unused;
	assert_int_equal(sweep_join(&s, &p), 0);
	p.family = AF_INET;
	sweep_begin(&s, &p, START, INT64_MAX, true);
	first = send_probe(&s, &p, START);
	second = send_probe(&s, &p, START + SPACING);
	assert_null(sweep_over(&s, START + SPACING));
	reply(&s, &first, START + SPACING + MS);
	assert_ptr_equal(sweep_over(&s, START + SPACING + MS), &p);
	reply(&s, &first, START + SPACING + 2 * MS);
	reply(&s, &second, START + SPACING + 2 * MS);
	sweep_begin(&s, &p, START, INT64_MAX, false);
	reply(&s, &second, START + SPACING + 2 * MS);
	sweep_stop(&s);
	sweep_figures(&p, &f);
	assert_int_equal(f.duplicates + f.reordered + f.late, 0);
	done(&s, &p);
}

/* No permission is not gained by trying again; no room is. */
static void
test_forbidden_and_put_off(void **unused)
{
	struct sweep s = new_sweep(3);
	struct peer p = { 0 };

	(void)unused;
	begin(&s, &p, INT64_MAX);
	assert_ptr_equal(sweep_next(&s, START), &p);
	sweep_put_off(&s, &p, START);
	assert_int_equal(p.sent, 0);
	assert_int_equal(sweep_due(&s, 0), START + SPACING);
	assert_ptr_equal(sweep_next(&s, START + SPACING), &p);
	sweep_sent(&s, &p, START + SPACING, EPERM);
	assert_ptr_equal(sweep_over(&s, START + SPACING), &p);
	assert_int_equal(p.sent, 1);
	assert_int_equal(p.error, EPERM);
	done(&s, &p);
}

static void
test_order(void **unused)
{
	static const struct {
		int n;
		int order[4]; /* in which the probes are answered */
		uint32_t reordered;
		double rtts[4]; /* ms, by probe; 0: never answered */
		double median, jitter;
	} cases[] = {
		{ 4, { 0, 1, 2, 3 }, 0, { 60, 61, 63, 70 }, 62, 10.0 / 3 },
		{ 4, { 3, 2, 1, 0 }, 3, { 90, 80, 60, 50 }, 70, 40.0 / 3 },
		{ 4, { 0, 2, 1, 3 }, 1, { 60, 90, 60, 70 }, 65, 70.0 / 3 },
		{ 3, { 3, 0, 2 }, 2, { 70, 0, 60, 50 }, 60, 10 },
	};
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		struct sweep s = new_sweep(4);
		struct cookie cookies[4];
		struct peer p = { 0 };
		struct figures f;
		int k, probe;

		begin(&s, &p, INT64_MAX);
		for (k = 0; k < 4; k++)
			cookies[k] = send_probe(&s, &p, START + k * SPACING);
		for (k = 0; k < cases[i].n; k++) {
			probe = cases[i].order[k];
			reply(&s, &cookies[probe],
			    START + probe * SPACING +
				(int64_t)cases[i].rtts[probe] * MS);
		}
		sweep_figures(&p, &f);
		assert_int_equal(f.received, cases[i].n);
		assert_int_equal(f.reordered, cases[i].reordered);
		assert_true(fabs(f.median - cases[i].median) < 1e-9);
		assert_true(fabs(f.jitter - cases[i].jitter) < 1e-9);
		done(&s, &p);
	}
}

static void
test_refused(void **unused)
{
	struct sweep s = new_sweep(2);
	struct peer p = { 0 };
	struct cookie c;
	struct figures f;

	(void)unused;
	begin(&s, &p, INT64_MAX);
	c = send_probe(&s, &p, START);
	sweep_refused(&s, &c, REASON_TTL);
	assert_ptr_equal(sweep_next(&s, START + SPACING), &p);
	sweep_sent(&s, &p, START + SPACING, EHOSTUNREACH);
	assert_ptr_equal(sweep_over(&s, START + SPACING), &p);
	sweep_figures(&p, &f);
	assert_int_equal(f.sent, 2);
	assert_int_equal(f.received, 0);
	assert_int_equal(p.reason, REASON_LOCAL);
	assert_int_equal(p.error, EHOSTUNREACH);
	done(&s, &p);
}

/* Only what can be answered before the limit is sent. */
static void
test_limit(void **unused)
{
	struct sweep s = new_sweep(5);
	struct peer p = { 0 };
	struct figures f;

	(void)unused;
	begin(&s, &p, START + TIMEOUT - 1);
	assert_null(sweep_next(&s, START));
	assert_ptr_equal(sweep_over(&s, START), &p);
	assert_int_equal(p.sent, 0);

	begin(&s, &p, START + SPACING + TIMEOUT);
	send_probe(&s, &p, START);
	send_probe(&s, &p, START + SPACING);
	assert_int_equal(sweep_due(&s, 0), START + SPACING + TIMEOUT);

	/* Held up by the pace: the second probe comes too late. */
	sweep_stop(&s);
	begin(&s, &p, START + SPACING + TIMEOUT);
	send_probe(&s, &p, START);
	assert_null(sweep_next(&s, START + SPACING + 1));
	assert_int_equal(sweep_due(&s, 0), START + TIMEOUT);
	assert_ptr_equal(sweep_over(&s, START + TIMEOUT), &p);
	sweep_figures(&p, &f);
	assert_int_equal(f.sent, 1);
	done(&s, &p);
}

static void
test_naming(void **unused)
{
	struct sweep s = new_sweep(1);
	struct peer p = { 0 };

	(void)unused;
	assert_int_equal(sweep_join(&s, &p), 0);
	sweep_begin(&s, &p, START, START + NS_PER_S, false);
	assert_null(sweep_next(&s, START));
	assert_int_equal(sweep_due(&s, 0), START + NS_PER_S);
	p.family = AF_INET6;
	sweep_named(&s, &p, START + MS);
	assert_ptr_equal(sweep_next(&s, START + MS), &p);
	sweep_stop(&s);

	p.family = 0;
	sweep_begin(&s, &p, START, START + NS_PER_S, false);
	sweep_named(&s, &p, START + MS); /* no such name */
	assert_ptr_equal(sweep_over(&s, START + MS), &p);

	sweep_begin(&s, &p, START, START + NS_PER_S, false);
	assert_null(sweep_over(&s, START + NS_PER_S - 1));
	assert_ptr_equal(sweep_over(&s, START + NS_PER_S), &p);
	assert_int_equal(p.sent, 0);
	done(&s, &p);
}

/* Slots of those that left are taken again, and 64 probes fit a burst. */
static void
test_slots(void **unused)
{
	struct sweep s = new_sweep(SWEEP_COUNT_MAX);
	struct peer *peers = calloc(200, sizeof(*peers));
	struct cookie c;
	int64_t now_ns = START;
	int i;

	(void)unused;
	assert_non_null(peers);
	for (i = 0; i < 200; i++)
		assert_int_equal(sweep_join(&s, &peers[i]), 0);
	for (i = 50; i < 150; i++)
		sweep_leave(&s, &peers[i]);
	for (i = 149; i >= 50; i--)
		assert_int_equal(sweep_join(&s, &peers[i]), 0);
	assert_int_equal(s.n_peers, 200);
	assert_int_equal(peers[149].slot, 50);
	begin(&s, &peers[60], INT64_MAX);
	for (i = 0; i < SWEEP_COUNT_MAX; i++, now_ns += SPACING) {
		c = send_probe(&s, &peers[60], now_ns);
		reply(&s, &c, now_ns);
	}
	assert_ptr_equal(sweep_over(&s, now_ns), &peers[60]);
	assert_true(peers[60].answered == UINT64_MAX);
	for (i = 0; i < 200; i++)
		sweep_leave(&s, &peers[i]);
	sweep_leave(&s, &peers[0]);
	sweep_free(&s);
	free(peers);
}

/* However many wait, and in whatever order, each gets all of its probes at
   its time. */
static void
test_many(void **unused)
{
	enum { N = 500, PROBES = 4 };
	struct sweep s = new_sweep(PROBES);
	struct peer *peers = calloc(N, sizeof(*peers));
	int64_t now_ns = START, due_ns;
	struct peer *p;
	int i, over = 0;

	(void)unused;
	assert_non_null(peers);
	srand48(1);
	for (i = 0; i < N; i++)
		begin(&s, &peers[i], INT64_MAX - lrand48());
	while (s.running > 0) {
		due_ns = sweep_due(&s, 0);
		now_ns = due_ns > now_ns ? due_ns : now_ns;
		p = sweep_next(&s, now_ns);
		if (p != NULL && p->sent > 0)
			assert_true(now_ns - p->times[p->sent - 1] >= SPACING);
		if (p != NULL)
			sweep_sent(&s, p, now_ns, 0);
		now_ns += lrand48() % 3;
		for (; (p = sweep_over(&s, now_ns)) != NULL; over++)
			assert_int_equal(p->sent, PROBES);
	}
	assert_int_equal(over, N);
	for (i = 0; i < N; i++)
		sweep_leave(&s, &peers[i]);
	sweep_free(&s);
	free(peers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_answered),
		cmocka_unit_test(test_stamp_before_sending),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_odd_answers),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_one_answer),
		cmocka_unit_test(test_forbidden_and_put_off),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_naming),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
