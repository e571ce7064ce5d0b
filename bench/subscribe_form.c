/*
 * subscribe_form.c - what it costs to put values into words for subscribers, in
 * each format: results of VALUES values each.
 *
 * Usage: subscribe_form [VALUES [RESULTS]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "subscribe_form.h"

#define BATCH 100 /* results that come together */
#define NAME_SIZE 32

static struct farm_value *
make_rows(struct series_table *series, size_t n)
{
	struct farm_value *rows = calloc(n, sizeof(*rows));
	char name[NAME_SIZE];
	struct farm_series s = { .farm = "caltech",
		.cluster = "workers",
		.node = "node001.local",
		.parameter = name,
		.unit = "By/s" };

	for (size_t i = 0; rows != NULL && i < n; i++) {
		(void)snprintf(name, sizeof(name), "eth%zu_IN", i);
		rows[i] = farm_double(1234.5 + (double)i);
		rows[i].series = series_define(series, &s, NULL);
	}
	return rows;
}

static void
run(const char *word, struct series_table *series,
    const struct farm_value *rows, size_t n, size_t results)
{
	struct farm_record r = { .instance = "workers/proc",
		.type = FARM_RESULT,
		.time_ns = clock_wall_ns() };
	struct buffer out = BUFFER_INIT;
	enum format format;
	struct form *f;
	uint64_t bytes = 0;
	int64_t ns;

	if (format_parse(word, &format, NULL) != 0 ||
	    (f = form_new(format, series)) == NULL)
		exit(1);
	ns = clock_thread_cpu_ns();
	for (size_t i = 1; i <= results; i++) {
		r.position = i;
		r.time_ns += NS_PER_MS;
		form_result(f, i, &r, rows, n, &out);
		if (i % BATCH == 0) {
			form_flush(f, &out);
			bytes += out.size;
			buffer_clear(&out);
		}
	}
	ns = clock_thread_cpu_ns() - ns;
	printf("%-7s %8.2f million values/CPU-s  %7.1f ns/value  "
	       "%6.1f bytes/value\n",
	    word, (double)(n * results) * 1e3 / (double)ns,
	    (double)ns / (double)(n * results),
	    (double)bytes / (double)(n * results));
	form_free(f);
	buffer_free(&out);
}

int
main(int argc, char **argv)
{
	static const char *const words[] = { "json", "ulm", "xml", "influx",
		"frames" };
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 20;
	size_t results = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
	struct series_table *series = series_table_new(1000000);
	struct farm_value *rows = make_rows(series, n);

	if (rows == NULL)
		return 1;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		run(words[i], series, rows, n, results);
	free(rows);
	series_table_free(series);
	return 0;
}
