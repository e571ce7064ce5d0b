/*
 * frame - what it costs to put values into frames and to take them out again,
 * in CPU time per value.  Prints one line per size of record.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "frame.h"

#define SERIES 10000
#define VALUES 100000 /* in a batch */
#define ROUNDS 20

static void
define_all(struct series_table *t, uint32_t *handles)
{
	char node[32], parameter[32];
	uint32_t i;

	for (i = 0; i < SERIES; i++) {
		snprintf(node, sizeof(node), "node%03" PRIu32, i / 100);
		snprintf(
		    parameter, sizeof(parameter), "param%02" PRIu32, i % 100);
		handles[i] = series_define(t,
		    &(struct farm_series){ "farm", "cluster", node, parameter },
		    NULL);
	}
}

static struct batch *
batch_of(const uint32_t *handles, size_t values_per_record)
{
	struct batch *b = batch_new();
	struct farm_value v;
	size_t i;

	for (i = 0; i < VALUES; i++) {
		if (i % values_per_record == 0)
			batch_add_result(
			    b, (int64_t)i * NS_PER_MS, "bench", 0, NULL, 0);
		v = farm_double((double)i * 1.1);
		v.series = handles[i % SERIES];
		batch_add_value(b, &v);
	}
	return b;
}

static int
measure(struct series_table *t, const struct batch *b, size_t per_record)
{
	struct frame_encoder *e = frame_encoder_new(t);
	struct frame_decoder *d = frame_decoder_new(t);
	struct buffer out = BUFFER_INIT;
	int64_t start_ns, encode_ns = 0, decode_ns = 0;
	struct error err;
	struct batch *to;
	int round, status = 0;

	for (round = 0; round < ROUNDS && status == 0; round++) {
		buffer_clear(&out);
		start_ns = clock_thread_cpu_ns();
		status = frame_encode(e, &b->view, &out, &err);
		encode_ns += clock_thread_cpu_ns() - start_ns;
		to = batch_new();
		start_ns = clock_thread_cpu_ns();
		if (status == 0)
			status = frame_decode(d, out.data, out.size, to, &err);
		decode_ns += clock_thread_cpu_ns() - start_ns;
		batch_unref(to);
	}
	if (status != 0)
		fprintf(stderr, "frame: %s\n", err.text);
	else
		printf("%4zu values a record: encode %5.1f ns, "
		       "decode %5.1f ns, %4.1f bytes a value\n",
		    per_record, (double)encode_ns / (ROUNDS * VALUES),
		    (double)decode_ns / (ROUNDS * VALUES),
		    (double)out.size / VALUES);
	buffer_free(&out);
	frame_encoder_free(e);
	frame_decoder_free(d);
	return status;
}

int
main(void)
{
	static const size_t sizes[] = { 1, 10, 100, 1000 };
	struct series_table *t = series_table_new(SERIES);
	uint32_t *handles = calloc(SERIES, sizeof(*handles));
	struct batch *b;
	size_t i;
	int status = 0;

	define_all(t, handles);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		b = batch_of(handles, sizes[i]);
		status |= measure(t, b, sizes[i]);
		batch_unref(b);
	}
	free(handles);
	series_table_free(t);
	return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
