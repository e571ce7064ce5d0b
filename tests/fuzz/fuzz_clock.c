/* Any text as a duration, a size and a time: what is taken prints and reads
   back as the same. */
#include "clock.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
must_be(int64_t got, int64_t want)
{
	if (got != want)
		__builtin_trap();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = strndup((const char *)bytes, size);
	struct buffer b = BUFFER_INIT;
	struct error err;
	int64_t value, back;

	if (duration_parse(text, &value, &err) == 0) {
		duration_print(&b, value);
		must_be(duration_parse(buffer_text(&b), &back, &err), 0);
		must_be(back, value);
	}
	buffer_clear(&b);
	if (size_parse(text, &value, &err) == 0) {
		size_print(&b, value);
		must_be(size_parse(buffer_text(&b), &back, &err), 0);
		must_be(back, value);
	}
	buffer_clear(&b);
	if (time_parse(text, 0, &value, &err) == 0) {
		time_print(&b, value, 9);
		must_be(time_parse(buffer_text(&b), 0, &back, &err), 0);
		must_be(back, value);
	}
	buffer_free(&b);
	free(text);
	return 0;
}
