#include "answer.h"

static bool
find_word(struct slice text, enum answer_word *ret)
{
	static const char *const words[] = { "ok", "again", "bad" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_is(text, words[i])) {
			*ret = (enum answer_word)i;
			return true;
		}
	return false;
}

static bool
find_number(struct slice text, uint64_t *ret)
{
	uint64_t n = 0;
	size_t i;

	/* No number that we gave has more digits. */
	if (text.length == 0 || text.length > 19)
		return false;
	for (i = 0; i < text.length; i++) {
		if (text.text[i] < '0' || text.text[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(text.text[i] - '0');
	}
	*ret = n;
	return true;
}

/* Control characters are for no log. */
static bool
is_plain(struct slice text)
{
	size_t i;

	for (i = 0; i < text.length; i++)
		if ((unsigned char)text.text[i] < ' ' || text.text[i] == 0x7f)
			return false;
	return true;
}

bool
answer_parse(struct slice line, struct answer *ret)
{
	struct answer a;

	if (line.length > 0 && line.text[line.length - 1] == '\r')
		line.length--;
	if (!is_plain(line) || !find_word(slice_cut(&line, ' '), &a.word) ||
	    !find_number(slice_cut(&line, ' '), &a.batch))
		return false;
	a.why = line;
	if (a.why.length > ANSWER_SHOWN)
		a.why.length = ANSWER_SHOWN;
	*ret = a;
	return true;
}
