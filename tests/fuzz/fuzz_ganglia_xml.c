/*
 * Dumps: however they come in pieces, the same elements come out; what is
 * escaped reads as what it was.
 */
#include "ganglia_xml.h"

#include <stdlib.h>

struct seen {
	size_t elements;
	size_t attributes;
	size_t bytes; /* of their texts */
	struct buffer room;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
look(void *cookie, const struct ganglia_element *e)
{
	struct slice rest = e->attributes, name, value;
	struct seen *seen = cookie;

	seen->elements++;
	while (ganglia_xml_next(&rest, &name, &value)) {
		seen->attributes++;
		seen->bytes += ganglia_xml_text(value, &seen->room).length;
	}
	return 0;
}

static struct seen
scan(const uint8_t *data, size_t size, size_t piece)
{
	struct seen seen = { .room = BUFFER_INIT };
	struct ganglia_scanner s;
	size_t at, n;

	ganglia_xml_init(&s, look, &seen);
	for (at = 0; at < size; at += n) {
		n = size - at < piece ? size - at : piece;
		if (ganglia_xml_push(&s, data + at, n) != 0)
			abort();
	}
	ganglia_xml_free(&s);
	buffer_free(&seen.room);
	return seen;
}

static void
escape(const uint8_t *data, size_t size)
{
	struct buffer once = BUFFER_INIT, room = BUFFER_INIT;
	struct buffer twice = BUFFER_INIT;
	struct slice text;

	ganglia_xml_escape(&once, (const char *)data, size);
	text = ganglia_xml_text(
	    (struct slice){ buffer_text(&once), once.size }, &room);
	ganglia_xml_escape(&twice, text.text, text.length);
	if (once.size != twice.size ||
	    memcmp(buffer_text(&once), buffer_text(&twice), once.size) != 0)
		abort();
	buffer_free(&once);
	buffer_free(&room);
	buffer_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole = scan(data, size, size + 1);
	struct seen pieces = scan(data, size, 1 + size % 7);

	if (whole.elements != pieces.elements ||
	    whole.attributes != pieces.attributes ||
	    whole.bytes != pieces.bytes)
		abort();
	escape(data, size);
	return 0;
}
