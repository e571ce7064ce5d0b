/* Requests of remote write: what reads as one reads the same once written. */
#include "remote_write.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One series written again, with all of its labels and some samples. */
static void
write_again(struct remote_series s)
{
	struct buffer labels = BUFFER_INIT, request = BUFFER_INIT;
	struct remote_sample samples[SAMPLES_MAX], sample;
	struct remote_series first = s, again;
	struct remote_label label, other;
	struct slice rest;
	size_t n = 0, i;

	while (remote_write_next_label(&s, &label))
		remote_write_label(&labels, label.name, label.value);
	while (n < SAMPLES_MAX && remote_write_next_sample(&s, &samples[n]))
		n++;
	remote_write_series(&request,
	    (struct slice){ buffer_text(&labels), labels.size }, samples, n);
	rest = (struct slice){ buffer_text(&request), request.size };
	if (remote_write_next(&rest, &again, NULL) != 1 || rest.length != 0)
		abort();
	while (remote_write_next_label(&first, &label))
		if (!remote_write_next_label(&again, &other) ||
		    label.name.length != other.name.length ||
		    memcmp(label.value.text, other.value.text,
			other.value.length) != 0)
			abort();
	for (i = 0; i < n; i++)
		if (!remote_write_next_sample(&again, &sample) ||
		    memcmp(&sample, &samples[i], sizeof(sample)) != 0)
			abort();
	buffer_free(&labels);
	buffer_free(&request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct remote_series s;
	struct error err;

	while (remote_write_next(&rest, &s, &err) == 1)
		write_again(s);
	return 0;
}
