/* readers.h - readers of a batch system's output, given any bytes. */
#ifndef FUZZ_READERS_H
#define FUZZ_READERS_H

#include <stdlib.h>
#include <string.h>

#include "jobs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_reader {
	jobs_parse *parse;
	const char *head; /* put before the bytes */
};

/* The same bytes as a line of an accounting log. */
static inline void
fuzz_record(job_record_parse *parse, const uint8_t *data, size_t size)
{
	struct buffer json = BUFFER_INIT;
	struct job_record r;
	char *line = malloc(size + 1);

	if (line == NULL)
		abort();
	memcpy(line, data, size);
	if (parse((struct slice){ line, size }, &r) == 1)
		job_record_json(&r, "x", &json);
	buffer_free(&json);
	free(line);
}

/* The first byte says which reader, and whether the head is there. */
static int
fuzz_jobs(const struct fuzz_reader *readers, size_t n, const uint8_t *data,
    size_t size)
{
	const struct fuzz_reader *r;
	struct census *c;
	struct error err;
	size_t head;
	char *text;

	if (size == 0)
		return 0;
	r = &readers[(data[0] >> 1) % n];
	head = data[0] & 1 ? strlen(r->head) : 0;
	c = census_new(50, INT64_C(1795208400000000000));
	text = malloc(head + size);
	if (c == NULL || text == NULL)
		abort();
	memcpy(text, r->head, head);
	memcpy(text + head, data + 1, size - 1);
	if (r->parse(c, (struct slice){ text, head + size - 1 }, &err) != 0 &&
	    strlen(err.text) == 0)
		__builtin_trap();
	if (c->users.n > 50 || c->nodes.n > 50 || c->queues.n > 50)
		__builtin_trap();
	census_free(c);
	free(text);
	return 0;
}

#endif
