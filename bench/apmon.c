/*
 * apmon - what it costs to decode and to encode a datagram, in CPU time per
 * datagram and per value.  Prints one line per number of values.
 */
#include <stdio.h>
#include <stdlib.h>

#include "apmon.h"
#include "clock.h"

#define VALUES_MAX 40
#define ROUNDS 1000000

static double
decode_all(const uint8_t *bytes, size_t size)
{
	struct apmon_parameter p;
	struct apmon_datagram d;
	double sum = 0;

	if (apmon_decode(bytes, size, &d) != APMON_OK)
		return -1;
	while (apmon_next(&d, &p))
		sum += p.value.number;
	return sum;
}

static int
measure(const struct apmon_message *m)
{
	struct apmon_sender sender = { .instance = 1 };
	uint8_t bytes[APMON_DATAGRAM_SIZE];
	int64_t start_ns, encode_ns, decode_ns;
	volatile double sum = 0;
	struct error err;
	size_t next;
	ssize_t size = 0;
	int round;

	start_ns = clock_thread_cpu_ns();
	for (round = 0; round < ROUNDS && size >= 0; round++) {
		next = 0;
		size = apmon_encode(
		    &sender, m, &next, bytes, sizeof(bytes), &err);
	}
	encode_ns = clock_thread_cpu_ns() - start_ns;
	if (size < 0 || next < m->n) {
		fprintf(stderr, "apmon: does not fit one datagram\n");
		return -1;
	}
	start_ns = clock_thread_cpu_ns();
	for (round = 0; round < ROUNDS; round++)
		sum += decode_all(bytes, (size_t)size);
	decode_ns = clock_thread_cpu_ns() - start_ns;
	printf("%2zu values, %4zd bytes: decode %6.1f ns, %4.1f ns a value; "
	       "encode %6.1f ns, %4.1f ns a value\n",
	    m->n, size, (double)decode_ns / ROUNDS,
	    (double)decode_ns / ROUNDS / (double)m->n,
	    (double)encode_ns / ROUNDS,
	    (double)encode_ns / ROUNDS / (double)m->n);
	return 0;
}

int
main(void)
{
	static const size_t sizes[] = { 1, 4, 10, VALUES_MAX };
	struct apmon_parameter parameters[VALUES_MAX];
	struct apmon_message m = { { "Cluster", 7 }, { "node001", 7 },
		parameters, 0, 1700000000 };
	char names[VALUES_MAX][16];
	size_t i;
	int status = 0;

	for (i = 0; i < VALUES_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "parameter%02zu", i);
		parameters[i] = (struct apmon_parameter){ { names[i], 11 },
			APMON_DOUBLE, farm_double((double)i * 1.1) };
	}
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		m.n = sizes[i];
		status |= measure(&m);
	}
	return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
