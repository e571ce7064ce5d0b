#include "ganglia_text.h"

#include "name.h"

static void
put_latin1(struct buffer *b, struct slice s)
{
	unsigned char c;
	size_t i;

	for (i = 0; i < s.length; i++) {
		c = (unsigned char)s.text[i];
		if (c >= 0x80) {
			buffer_putc(b, (char)(0xc0 | c >> 6));
			c = 0x80 | (c & 0x3f);
		}
		buffer_putc(b, (char)c);
	}
}

struct slice
ganglia_text_utf8(struct slice s, struct buffer *room)
{
	struct buffer made = BUFFER_INIT;

	if (utf8_valid(s.text, s.length))
		return s;
	put_latin1(&made, s);
	buffer_free(room);
	*room = made;
	return (struct slice){ buffer_text(room), room->size };
}

const char *
ganglia_text_string(struct slice s, struct buffer *room)
{
	struct buffer made = BUFFER_INIT;

	if (utf8_valid(s.text, s.length))
		buffer_put(&made, s.text, s.length);
	else
		put_latin1(&made, s);
	buffer_free(room);
	*room = made;
	return buffer_failed(room) ? NULL : buffer_text(room);
}
