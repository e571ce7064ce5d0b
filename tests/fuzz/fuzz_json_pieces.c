/* A text in pieces of any length says the same as in one. */
#include "json_pieces.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
take(void *cookie, struct slice list, struct slice element, struct error *err)
{
	struct buffer *b = cookie;

	(void)err;
	buffer_put(b, list.text, list.length);
	buffer_putc(b, ':');
	buffer_put(b, element.text, element.length);
	return 0;
}

static int
feed(const uint8_t *data, size_t size, size_t most, struct buffer *said)
{
	struct json_pieces p = { .depth = 0 };
	struct error err;
	size_t at, n;
	char *bytes;
	int rc = 0;

	for (at = 0; at < size && rc == 0; at += n) {
		n = size - at < most ? size - at : most;
		bytes = malloc(n);
		if (bytes == NULL)
			abort();
		memcpy(bytes, data + at, n);
		rc = json_pieces_feed(
		    &p, (struct slice){ bytes, n }, take, said, &err);
		free(bytes);
	}
	if (rc == 0)
		rc = json_pieces_end(&p, &err);
	json_pieces_free(&p);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer one = BUFFER_INIT, many = BUFFER_INIT;

	if (size < 2 || size > 20000)
		return 0;
	if (feed(data + 1, size - 1, size, &one) !=
		feed(data + 1, size - 1, (size_t)data[0] + 1, &many) ||
	    one.size != many.size ||
	    memcmp(buffer_text(&one), buffer_text(&many), one.size) != 0)
		__builtin_trap();
	buffer_free(&one);
	buffer_free(&many);
	return 0;
}
