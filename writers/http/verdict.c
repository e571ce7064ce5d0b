#include "verdict.h"

#define SHOWN 300

enum farm_verdict
verdict_of(long status)
{
	if (status >= 200 && status <= 299)
		return FARM_DONE;
	switch (status) {
	case 400:
	case 413:
	case 415:
	case 422:
		return FARM_BAD;
	default:
		return FARM_AGAIN;
	}
}

void
verdict_words(struct buffer *to, const char *answer, size_t size)
{
	bool blank = true;
	size_t i;

	for (i = 0; i < size && to->size < SHOWN; i++) {
		if ((unsigned char)answer[i] <= ' ' || answer[i] == 0x7f) {
			blank = true;
			continue;
		}
		if (blank && to->size > 0)
			buffer_putc(to, ' ');
		blank = false;
		buffer_putc(to, answer[i]);
	}
}
