/* Records of CSV: what is taken apart is what is written again. */
#include "csv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put_again(const struct csv_field *fields, size_t n, struct buffer *out)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			buffer_putc(out, ',');
		csv_put_field(out, fields[i].text, fields[i].length);
	}
	buffer_putc(out, '\n');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv_field first[CSV_FIELDS_MAX], second[CSV_FIELDS_MAX];
	const char *text = (const char *)data;
	struct buffer again = BUFFER_INIT;
	size_t length = csv_record_length(text, size), n, m, i;
	char *to, *others;

	if (length == 0)
		return 0;
	to = malloc(length + CSV_FIELDS_MAX);
	if (to != NULL && csv_parse(text, length, to, first, &n, NULL) == 0) {
		put_again(first, n, &again);
		others = malloc(again.size + CSV_FIELDS_MAX);
		if (others == NULL ||
		    csv_parse(again.data, again.size, others, second, &m,
			NULL) != 0 ||
		    m != n)
			abort();
		for (i = 0; i < n; i++)
			if (first[i].length != second[i].length ||
			    memcmp(first[i].text, second[i].text,
				first[i].length) != 0)
				abort();
		free(others);
	}
	buffer_free(&again);
	free(to);
	return 0;
}
