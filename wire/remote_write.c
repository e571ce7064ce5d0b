#include "remote_write.h"

#include <string.h>

#include "varint.h"

/* How a field's value is written. */
enum wire_type { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

#define TAG(FIELD, TYPE) ((uint8_t)((FIELD) << 3 | (TYPE)))
#define SERIES TAG(1, LENGTH)
#define LABEL TAG(1, LENGTH)
#define SAMPLE TAG(2, LENGTH)
#define NAME TAG(1, LENGTH)
#define VALUE TAG(2, LENGTH)
#define NUMBER TAG(1, FIXED64)
#define TIME TAG(2, VARINT)

/* ---------------------------------------------------------------- writing --
 */

static size_t
varint_size(uint64_t n)
{
	uint8_t room[VARINT_MAX];

	return (size_t)(varint_put(room, n) - room);
}

static void
put_varint(struct buffer *b, uint64_t n)
{
	uint8_t room[VARINT_MAX];

	buffer_put(b, room, (size_t)(varint_put(room, n) - room));
}

static void
put_head(struct buffer *b, uint8_t tag, size_t size)
{
	buffer_putc(b, (char)tag);
	put_varint(b, size);
}

static size_t
text_size(struct slice s)
{
	return 1 + varint_size(s.length) + s.length;
}

static void
put_text(struct buffer *b, uint8_t tag, struct slice s)
{
	put_head(b, tag, s.length);
	buffer_put(b, s.text, s.length);
}

void
remote_write_label(struct buffer *b, struct slice name, struct slice value)
{
	put_head(b, LABEL, text_size(name) + text_size(value));
	put_text(b, NAME, name);
	put_text(b, VALUE, value);
}

static size_t
sample_size(const struct remote_sample *s)
{
	return 1 + sizeof(s->value) + 1 + varint_size((uint64_t)s->time_ms);
}

/* The eight bytes of a double, the lowest first. */
static void
put_number(struct buffer *b, double number)
{
	uint64_t bits;
	char bytes[8];
	size_t i;

	memcpy(&bits, &number, sizeof(bits));
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(bits >> 8 * i);
	buffer_put(b, bytes, sizeof(bytes));
}

static void
put_sample(struct buffer *b, const struct remote_sample *s)
{
	put_head(b, SAMPLE, sample_size(s));
	buffer_putc(b, (char)NUMBER);
	put_number(b, s->value);
	buffer_putc(b, (char)TIME);
	put_varint(b, (uint64_t)s->time_ms);
}

void
remote_write_series(struct buffer *b, struct slice labels,
    const struct remote_sample *samples, size_t n)
{
	size_t size = labels.length, i, one;

	for (i = 0; i < n; i++) {
		one = sample_size(&samples[i]);
		size += 1 + varint_size(one) + one;
	}
	put_head(b, SERIES, size);
	buffer_put(b, labels.text, labels.length);
	for (i = 0; i < n; i++)
		put_sample(b, &samples[i]);
}

/* ---------------------------------------------------------------- reading --
 */

/* A field of a message. */
struct field {
	uint64_t tag;
	uint64_t number;    /* of a VARINT or FIXED64 */
	struct slice bytes; /* of LENGTH */
};

static bool
take_varint(struct slice *s, uint64_t *ret)
{
	const uint8_t *begin = (const uint8_t *)s->text;
	const uint8_t *p = varint_get(begin, begin + s->length, ret);

	if (p == NULL)
		return false;
	s->length -= (size_t)(p - begin);
	s->text = (const char *)p;
	return true;
}

static bool
take_bytes(struct slice *s, uint64_t n, struct slice *ret)
{
	if (n > s->length)
		return false;
	*ret = (struct slice){ s->text, (size_t)n };
	slice_skip(s, (size_t)n);
	return true;
}

static uint64_t
fixed_of(struct slice bytes)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < bytes.length; i++)
		n |= (uint64_t)(uint8_t)bytes.text[i] << 8 * i;
	return n;
}

/* 1, 0 at the end, -1. */
static int
next_field(struct slice *s, struct field *f)
{
	uint64_t n;

	if (s->length == 0)
		return 0;
	if (!take_varint(s, &f->tag))
		return -1;
	switch (f->tag & 7) {
	case VARINT:
		return take_varint(s, &f->number) ? 1 : -1;
	case FIXED64:
		if (!take_bytes(s, 8, &f->bytes))
			return -1;
		f->number = fixed_of(f->bytes);
		return 1;
	case LENGTH:
		return take_varint(s, &n) && take_bytes(s, n, &f->bytes) ? 1
									 : -1;
	case FIXED32:
		return take_bytes(s, 4, &f->bytes) ? 1 : -1;
	default:
		return -1;
	}
}

static int
read_label(struct slice s, struct remote_label *ret)
{
	struct field f;
	int rc;

	*ret = (struct remote_label){ { "", 0 }, { "", 0 } };
	while ((rc = next_field(&s, &f)) > 0)
		if (f.tag == NAME)
			ret->name = f.bytes;
		else if (f.tag == VALUE)
			ret->value = f.bytes;
	return rc;
}

static int
read_sample(struct slice s, struct remote_sample *ret)
{
	struct field f;
	int rc;

	*ret = (struct remote_sample){ 0 };
	while ((rc = next_field(&s, &f)) > 0)
		if (f.tag == NUMBER)
			memcpy(&ret->value, &f.number, sizeof(ret->value));
		else if (f.tag == TIME)
			ret->time_ms = (int64_t)f.number;
	return rc;
}

static int
check_series(struct slice s)
{
	struct remote_sample sample;
	struct remote_label label;
	struct field f;
	int rc;

	while ((rc = next_field(&s, &f)) > 0) {
		if (f.tag == LABEL && read_label(f.bytes, &label) != 0)
			return -1;
		if (f.tag == SAMPLE && read_sample(f.bytes, &sample) != 0)
			return -1;
	}
	return rc;
}

int
remote_write_next(
    struct slice *request, struct remote_series *ret, struct error *err)
{
	struct field f;
	int rc;

	while ((rc = next_field(request, &f)) > 0) {
		if (f.tag != SERIES)
			continue;
		if (check_series(f.bytes) != 0) {
			rc = -1;
			break;
		}
		*ret = (struct remote_series){ f.bytes, f.bytes };
		return 1;
	}
	return rc == 0 ? 0 : error_set(err, "no request of remote write");
}

bool
remote_write_next_label(struct remote_series *s, struct remote_label *ret)
{
	struct field f;

	while (next_field(&s->labels, &f) > 0)
		if (f.tag == LABEL)
			return read_label(f.bytes, ret) == 0;
	return false;
}

bool
remote_write_next_sample(struct remote_series *s, struct remote_sample *ret)
{
	struct field f;

	while (next_field(&s->samples, &f) > 0)
		if (f.tag == SAMPLE)
			return read_sample(f.bytes, ret) == 0;
	return false;
}
