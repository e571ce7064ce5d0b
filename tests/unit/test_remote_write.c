#include "remote_write.h"

#include <string.h>

#include "unit.h"

#define ROUNDS 3000
#define LABELS_MAX 8
#define SAMPLES_MAX 20

/* Worked out by hand from the description of protobuf's encoding. */
static void
test_bytes(void **state)
{
	static const char want[] =
	    "\x0a\x2a"                  /* a TimeSeries of 42 bytes */
	    "\x0a\x0d"                  /* a Label of 13 */
	    "\x0a\x08__name__\x12\x01u" /* its name and value */
	    "\x12\x0c"                  /* a Sample of 12 */
	    "\x09\0\0\0\0\0\0\xf0\x3f\x10\xac\x02" /* 1.0 at 300 */
	    "\x12\x0b"
	    "\x09\0\0\0\0\0\0\0\0\x10\0"; /* 0.0 at 0 */
	struct remote_sample samples[] = { { 1, 300 }, { 0, 0 } };
	struct buffer labels = BUFFER_INIT, b = BUFFER_INIT;

	(void)state;
	remote_write_label(&labels, slice_of("__name__"), slice_of("u"));
	remote_write_series(
	    &b, (struct slice){ labels.data, labels.size }, samples, 2);
	assert_int_equal(b.size, sizeof(want) - 1);
	assert_memory_equal(b.data, want, b.size);
	buffer_free(&labels);
	buffer_free(&b);
}

/* Random series of a fixed seed. */
struct making {
	uint64_t seed;
	char names[LABELS_MAX][40], values[LABELS_MAX][300];
	size_t n_labels;
	struct remote_sample samples[SAMPLES_MAX];
	size_t n_samples;
};

static uint64_t
draw(struct making *k)
{
	k->seed = k->seed * 6364136223846793005u + 1442695040888963407u;
	return k->seed >> 16 ^ k->seed << 40;
}

static void
draw_text(struct making *k, char *to, size_t size)
{
	size_t n = draw(k) % size, i;

	for (i = 0; i < n; i++)
		to[i] = (char)(1 + draw(k) % 255);
	to[n] = '\0';
}

static void
make(struct making *k, struct buffer *request)
{
	struct buffer labels = BUFFER_INIT;
	size_t i;

	k->n_labels = draw(k) % (LABELS_MAX + 1);
	k->n_samples = draw(k) % (SAMPLES_MAX + 1);
	for (i = 0; i < k->n_labels; i++) {
		draw_text(k, k->names[i], sizeof(k->names[i]));
		draw_text(k, k->values[i], sizeof(k->values[i]));
		remote_write_label(
		    &labels, slice_of(k->names[i]), slice_of(k->values[i]));
	}
	for (i = 0; i < k->n_samples; i++) {
		uint64_t bits = draw(k);

		memcpy(&k->samples[i].value, &bits, sizeof(bits));
		k->samples[i].time_ms = (int64_t)draw(k) >> draw(k) % 64;
	}
	remote_write_series(request,
	    (struct slice){ buffer_text(&labels), labels.size }, k->samples,
	    k->n_samples);
	buffer_free(&labels);
}

static void
assert_same(const struct making *k, struct remote_series s)
{
	struct remote_sample sample;
	struct remote_label l;
	size_t i;

	for (i = 0; i < k->n_labels; i++) {
		assert_true(remote_write_next_label(&s, &l));
		assert_true(slice_is(l.name, k->names[i]));
		assert_true(slice_is(l.value, k->values[i]));
	}
	assert_false(remote_write_next_label(&s, &l));
	for (i = 0; i < k->n_samples; i++) {
		assert_true(remote_write_next_sample(&s, &sample));
		assert_memory_equal(&sample, &k->samples[i], sizeof(sample));
	}
	assert_false(remote_write_next_sample(&s, &sample));
}

static void
test_both_ways(void **state)
{
	struct making *k = calloc(2, sizeof(*k));
	struct buffer request = BUFFER_INIT;
	struct remote_series s;
	struct slice rest;
	struct error err;
	size_t i;

	(void)state;
	assert_non_null(k);
	k[0].seed = 7;
	k[1].seed = 8;
	for (i = 0; i < ROUNDS; i++) {
		buffer_clear(&request);
		make(&k[0], &request);
		make(&k[1], &request);
		rest = (struct slice){ request.data, request.size };
		assert_int_equal(remote_write_next(&rest, &s, &err), 1);
		assert_same(&k[0], s);
		assert_int_equal(remote_write_next(&rest, &s, &err), 1);
		assert_same(&k[1], s);
		assert_int_equal(remote_write_next(&rest, &s, &err), 0);
	}
	buffer_free(&request);
	free(k);
}

/* Cut anywhere: an error or fewer series, never beyond the end. */
static void
test_cut(void **state)
{
	struct making *k = calloc(1, sizeof(*k));
	struct buffer request = BUFFER_INIT;
	struct remote_sample sample;
	struct remote_series s;
	struct remote_label l;
	struct error err;
	size_t i, n;
	char *copy;

	(void)state;
	assert_non_null(k);
	k->seed = 9;
	for (n = 0; n < 3; n++)
		make(k, &request);
	for (i = 0; i < request.size; i++) {
		struct slice rest;

		copy = malloc(i + 1);
		assert_non_null(copy);
		memcpy(copy, request.data, i);
		rest = (struct slice){ copy, i };
		n = 0;
		while (remote_write_next(&rest, &s, &err) == 1) {
			n++;
			while (remote_write_next_label(&s, &l))
				;
			while (remote_write_next_sample(&s, &sample))
				;
		}
		assert_true(n < 3);
		free(copy);
	}
	buffer_free(&request);
	free(k);
}

static void
test_refused(void **state)
{
	static const char *const bad[] = {
		"\x0a\x05\x0a",     /* a series that ends too soon */
		"\x0a\x02\x0a\x7f", /* a label, likewise */
		"\x0b",             /* a group, which nobody writes */
		"\x80",
	};
	struct remote_series s;
	struct error err;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		struct slice rest = slice_of(bad[i]);

		assert_int_equal(remote_write_next(&rest, &s, &err), -1);
		assert_string_equal(err.text, "no request of remote write");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
