#include "partial.h"

#include <endian.h>
#include <math.h>
#include <string.h>

#include "name.h"
#include "varint.h"

#define FORMAT 1
#define HAS_SKETCH 1u
/* Bins of doubles do not reach further. */
#define PLACE_MAX 40000
#define DIGIT_MAX UINT64_C(0xffffffff)

static const char *const text_names[PARTIAL_TEXTS] = { "source", "farm",
	"cluster", "node", "parameter", "unit" };

/* ------------------------------------------------------------- writing -- */

static void
put_varint(struct buffer *b, uint64_t n)
{
	uint8_t bytes[VARINT_MAX];

	buffer_put(b, bytes, (size_t)(varint_put(bytes, n) - bytes));
}

static void
put_text(struct buffer *b, const char *text)
{
	size_t length = strlen(text);

	put_varint(b, length);
	buffer_put(b, text, length);
}

static void
put_double(struct buffer *b, double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	bits = htole64(bits);
	buffer_put(b, &bits, sizeof(bits));
}

/* Only the digits that are there. */
static void
put_exact(struct buffer *b, const struct exact *e)
{
	struct exact magnitude;
	int sign = exact_magnitude(e, &magnitude);
	int first = 0, end = EXACT_DIGITS;

	while (end > 0 && magnitude.digits[end - 1] == 0)
		end--;
	while (first < end && magnitude.digits[first] == 0)
		first++;
	buffer_putc(b, sign < 0);
	put_varint(b, (uint64_t)first);
	put_varint(b, (uint64_t)(end - first));
	for (int i = first; i < end; i++)
		put_varint(b, (uint64_t)magnitude.digits[i]);
}

static void
put_side(struct buffer *b, const struct sketch_side *s)
{
	uint64_t bins = 0;
	size_t before = 0;

	for (size_t i = 0; i < s->depth; i++)
		bins += s->counts[i] > 0;
	put_varint(b, bins);
	if (bins == 0)
		return;
	put_varint(b, zigzag(s->top));
	for (size_t i = 0; i < s->depth; i++) {
		if (s->counts[i] == 0)
			continue;
		put_varint(b, i - before);
		put_varint(b, s->counts[i]);
		before = i;
	}
}

void
partial_put(struct buffer *b, const char *source,
    const struct farm_series *names, const struct tally *t,
    const struct sketch *sketch)
{
	const char *const texts[PARTIAL_TEXTS] = { source, names->farm,
		names->cluster, names->node, names->parameter, names->unit };

	buffer_putc(b, FORMAT);
	buffer_putc(b, sketch != NULL ? HAS_SKETCH : 0);
	for (int i = 0; i < PARTIAL_TEXTS; i++)
		put_text(b, texts[i]);
	put_varint(b, t->known);
	put_varint(b, t->moments.n);
	if (t->moments.n > 0) {
		put_double(b, t->min);
		put_double(b, t->max);
		put_double(b, t->moments.mean);
		put_double(b, t->moments.m2);
		put_exact(b, &t->sum);
	}
	if (sketch != NULL) {
		put_varint(b, sketch->zeros);
		put_side(b, &sketch->negative);
		put_side(b, &sketch->positive);
	}
}

/* ------------------------------------------------------------- reading -- */

/* What is left of the bytes; once something is wrong, nothing more is read. */
struct reading {
	const uint8_t *begin;
	const uint8_t *p;
	const uint8_t *end;
	struct error *err;
};

/* The byte that is wrong is named by its place, from 0. */
static int
wrong(const struct reading *in, const char *what)
{
	return error_set(in->err, "a partial aggregate: byte %td: %s",
	    in->p - in->begin, what);
}

static int
get_byte(struct reading *in, unsigned max, const char *what, unsigned *ret)
{
	if (in->p == in->end || *in->p > max)
		return wrong(in, what);
	*ret = *in->p++;
	return 0;
}

static int
get_varint(struct reading *in, uint64_t max, const char *what, uint64_t *ret)
{
	const uint8_t *next = varint_get(in->p, in->end, ret);

	if (next == NULL || *ret > max)
		return wrong(in, what);
	in->p = next;
	return 0;
}

static int
get_text(struct reading *in, enum partial_text which, char *ret)
{
	uint64_t length;

	if (get_varint(in, FARM_NAME_MAX, text_names[which], &length) != 0)
		return -1;
	if (length > (size_t)(in->end - in->p))
		return wrong(in, text_names[which]);
	memcpy(ret, in->p, length);
	ret[length] = '\0';
	if (length == 0 && which == PARTIAL_UNIT)
		return 0;
	if (name_check(text_names[which], ret, length, in->err) != 0)
		return error_prefix(in->err, "a partial aggregate: byte %td",
		    in->p - in->begin);
	in->p += length;
	return 0;
}

static int
get_any_double(struct reading *in, const char *what, double *ret)
{
	uint64_t bits;

	if ((size_t)(in->end - in->p) < sizeof(bits))
		return wrong(in, what);
	memcpy(&bits, in->p, sizeof(bits));
	bits = le64toh(bits);
	memcpy(ret, &bits, sizeof(bits));
	in->p += sizeof(bits);
	return 0;
}

static int
get_double(struct reading *in, const char *what, double *ret)
{
	if (get_any_double(in, what, ret) != 0)
		return -1;
	return isfinite(*ret) ? 0 : wrong(in, what);
}

static int
get_exact(struct reading *in, struct exact *ret)
{
	uint64_t first = 0, n = 0, digit = 0;
	unsigned negative = 0;

	*ret = (struct exact){ .pending = 0 };
	if (get_byte(in, 1, "sign of the sum", &negative) != 0 ||
	    get_varint(in, EXACT_DIGITS, "place of the sum", &first) != 0 ||
	    get_varint(in, EXACT_DIGITS - first, "length of the sum", &n) != 0)
		return -1;
	for (uint64_t i = first; i < first + n; i++) {
		if (get_varint(in, DIGIT_MAX, "digit of the sum", &digit) != 0)
			return -1;
		ret->digits[i] = negative ? -(int64_t)digit : (int64_t)digit;
	}
	return 0;
}

/* Of very large numbers mean and squares are beyond what doubles are. */
static int
get_tally(struct reading *in, struct tally *t)
{
	struct moments *m = &t->moments;

	tally_init(t);
	if (get_varint(in, PARTIAL_COUNT_MAX, "known", &t->known) != 0 ||
	    get_varint(in, PARTIAL_COUNT_MAX, "count", &m->n) != 0)
		return -1;
	if (m->n == 0)
		return 0;
	if (get_double(in, "least", &t->min) != 0 ||
	    get_double(in, "largest", &t->max) != 0 ||
	    get_any_double(in, "mean", &m->mean) != 0 ||
	    get_any_double(in, "squares", &m->m2) != 0)
		return -1;
	if (t->min > t->max || m->m2 < 0)
		return wrong(in, "least, largest and squares");
	return get_exact(in, &t->sum);
}

/* *left is how many numbers there may be yet. */
static int
get_bin(struct reading *in, struct sketch_side *s, bool first, uint64_t *left)
{
	uint64_t step, count;
	size_t at = first ? 0 : s->depth - 1;

	if (get_varint(in, SKETCH_BINS - 1 - at, "bin", &step) != 0)
		return -1;
	if (step == 0 && !first)
		return wrong(in, "bin");
	if (get_varint(in, *left, "count of a bin", &count) != 0)
		return -1;
	s->counts[at + step] = count;
	s->depth = at + step + 1;
	*left -= count;
	return 0;
}

static int
get_side(struct reading *in, struct sketch_side *s, uint64_t *left)
{
	uint64_t n, top;

	if (get_varint(in, SKETCH_BINS, "bins", &n) != 0)
		return -1;
	if (n == 0)
		return 0;
	if (get_varint(in, 2 * PLACE_MAX, "place of a bin", &top) != 0)
		return -1;
	s->top = (int32_t)unzigzag(top);
	for (uint64_t i = 0; i < n; i++)
		if (get_bin(in, s, i == 0, left) != 0)
			return -1;
	return 0;
}

static int
get_texts(struct reading *in, struct partial *ret)
{
	ret->key_begin = (size_t)(in->p - in->begin);
	for (int i = 0; i < PARTIAL_TEXTS; i++) {
		if (i == PARTIAL_UNIT)
			ret->key_end = (size_t)(in->p - in->begin);
		if (get_text(in, (enum partial_text)i, ret->texts[i]) != 0)
			return -1;
	}
	return 0;
}

static int
get_sketch(struct reading *in, uint64_t n, struct sketch *s)
{
	uint64_t left = n;

	sketch_clear(s);
	s->n = n;
	if (get_varint(in, left, "zeros", &s->zeros) != 0)
		return -1;
	left -= s->zeros;
	if (get_side(in, &s->negative, &left) != 0 ||
	    get_side(in, &s->positive, &left) != 0)
		return -1;
	return left == 0 ? 0
			 : wrong(in, "bins of fewer numbers than there are");
}

int
partial_parse(
    struct partial *ret, const void *bytes, size_t size, struct error *err)
{
	struct reading in = { bytes, bytes, (const uint8_t *)bytes + size,
		err };
	unsigned version = 0, flags = 0;

	if (size > PARTIAL_MAX)
		return error_set(err,
		    "a partial aggregate of %zu bytes: %u at "
		    "most",
		    size, PARTIAL_MAX);
	if (get_byte(&in, UINT8_MAX, "version", &version) != 0)
		return -1;
	if (version != FORMAT)
		return error_set(err,
		    "a partial aggregate of version %u; "
		    "known is %d",
		    version, FORMAT);
	if (get_byte(&in, HAS_SKETCH, "flags", &flags) != 0)
		return -1;
	if (get_texts(&in, ret) != 0 || get_tally(&in, &ret->tally) != 0)
		return -1;
	ret->sketched = (flags & HAS_SKETCH) != 0;
	if (ret->sketched &&
	    get_sketch(&in, ret->tally.moments.n, &ret->sketch) != 0)
		return -1;
	return in.p == in.end ? 0 : wrong(&in, "nothing more was expected");
}
