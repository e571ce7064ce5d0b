#include "nrpe.h"

#include <stdlib.h>
#include <string.h>

#include "crc32.h"

enum place {
	AT_VERSION = 0,
	AT_TYPE = 2,
	AT_CRC = 4,
	AT_STATE = 8,
	AT_OLD_TEXT = 10, /* of version 2 */
	AT_LENGTH = 12,
	AT_TEXT = 16,
};

#define QUESTION 1
#define ANSWER 2
#define OLD_SIZE 1036
#define OLD_TEXT_SIZE 1024

static void
put16(uint8_t *at, unsigned number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

static void
put32(uint8_t *at, uint32_t number)
{
	put16(at, number >> 16);
	put16(at + 2, number & 0xffff);
}

static unsigned
get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static uint32_t
get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* What stands behind the text. */
static size_t
tail_of(unsigned version)
{
	return version == 3 ? 3 : 0;
}

int
nrpe_question(uint8_t ret[NRPE_QUESTION_SIZE], int version, const char *text,
    struct error *err)
{
	unsigned v = (unsigned)version;
	size_t length = strlen(text);

	if (length > NRPE_TEXT_MAX)
		return error_set(err,
		    "the command and its arguments have %zu bytes, not %d at "
		    "most",
		    length, NRPE_TEXT_MAX);
	memset(ret, 0, NRPE_QUESTION_SIZE);
	put16(ret + AT_VERSION, v);
	put16(ret + AT_TYPE, QUESTION);
	if (v > 2)
		put32(ret + AT_LENGTH,
		    (uint32_t)(NRPE_QUESTION_SIZE - AT_TEXT - tail_of(v)));
	memcpy(ret + (v > 2 ? AT_TEXT : AT_OLD_TEXT), text, length);
	put32(ret + AT_CRC, crc32_of(ret, NRPE_QUESTION_SIZE));
	return 0;
}

int64_t
nrpe_answer_size(const uint8_t head[NRPE_HEAD_SIZE], struct error *err)
{
	unsigned version = get16(head + AT_VERSION);
	uint32_t length = get32(head + AT_LENGTH);

	if (version < NRPE_OLDEST || version > NRPE_NEWEST ||
	    get16(head + AT_TYPE) != ANSWER)
		return error_set(err, "answers something that is no NRPE");
	if (version == 2)
		return OLD_SIZE;
	if (length > NRPE_ANSWER_MAX)
		return error_set(err, "answers with %u bytes, not %d at most",
		    length, NRPE_ANSWER_MAX);
	return (int64_t)(AT_TEXT + length + tail_of(version));
}

/* With zeros in its own place. */
static bool
is_good_crc(const uint8_t *packet, size_t size)
{
	uint8_t *copy = malloc(size);
	bool good;

	if (copy == NULL)
		return false;
	memcpy(copy, packet, size);
	memset(copy + AT_CRC, 0, 4);
	good = crc32_of(copy, size) == get32(packet + AT_CRC);
	free(copy);
	return good;
}

int
nrpe_answer_read(struct nrpe_answer *ret, const uint8_t *packet, size_t size,
    struct error *err)
{
	bool old = size >= 2 && get16(packet + AT_VERSION) == 2;
	struct slice text;

	if (size < NRPE_HEAD_SIZE ||
	    nrpe_answer_size(packet, err) != (int64_t)size)
		return error_set(err, "answers something that is no NRPE");
	if (!is_good_crc(packet, size))
		return error_set(err, "its answer does not have its CRC");
	text.text = (const char *)packet + (old ? AT_OLD_TEXT : AT_TEXT);
	text.length = old ? OLD_TEXT_SIZE : get32(packet + AT_LENGTH);
	text.length = strnlen(text.text, text.length);
	*ret = (struct nrpe_answer){ (int)get16(packet + AT_STATE), text };
	return 0;
}
