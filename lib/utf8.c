#include "utf8.h"

/* What a first byte announces: the size, and the span of the second byte. */
struct lead {
	size_t size;
	unsigned char low;
	unsigned char high;
};

static struct lead
lead_of(unsigned char c)
{
	if (c < 0x80)
		return (struct lead){ 1, 0, 0 };
	if (c < 0xc2 || c > 0xf4)
		return (struct lead){ 0, 0, 0 };
	if (c < 0xe0)
		return (struct lead){ 2, 0x80, 0xbf };
	if (c < 0xf0)
		return (struct lead){ 3, c == 0xe0 ? 0xa0 : 0x80,
			c == 0xed ? 0x9f : 0xbf };
	return (
	    struct lead){ 4, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf };
}

size_t
utf8_character(const char *text, size_t length)
{
	const unsigned char *s = (const unsigned char *)text;
	struct lead lead;
	size_t i;

	if (length == 0)
		return 0;
	lead = lead_of(s[0]);
	if (lead.size > length)
		return 0;
	if (lead.size > 1 && (s[1] < lead.low || s[1] > lead.high))
		return 0;
	for (i = 2; i < lead.size; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return lead.size;
}
