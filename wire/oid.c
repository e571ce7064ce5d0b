#include "oid.h"

#include <string.h>

static int
no_oid(const char *text, const char *why, struct error *err)
{
	return error_set(err, "\"%s\" is no OID: %s", text, why);
}

/* The number at *p, which moves behind it; why not, or NULL. */
static const char *
parse_number(const char **p, uint32_t *ret)
{
	uint64_t number = 0;

	if (**p < '0' || **p > '9')
		return "numbers with dots between them are expected";
	while (**p >= '0' && **p <= '9') {
		number = number * 10 + (uint64_t)(*(*p)++ - '0');
		if (number > UINT32_MAX)
			return "a number is above 4294967295";
	}
	*ret = (uint32_t)number;
	return NULL;
}

int
oid_parse(const char *text, struct oid *ret, struct error *err)
{
	uint32_t numbers[BER_OID_MAX];
	const char *p = text + (*text == '.'), *why;
	struct oid oid;
	size_t n = 0;

	for (;;) {
		if (n == BER_OID_MAX)
			return no_oid(
			    text, "it has more than 128 numbers", err);
		why = parse_number(&p, &numbers[n++]);
		if (why != NULL)
			return no_oid(text, why, err);
		if (*p == '\0')
			break;
		if (*p++ != '.')
			return no_oid(text,
			    "numbers with dots between them are expected", err);
	}
	if (n < 2)
		return no_oid(text, "it has one number only", err);
	oid.size = (uint16_t)ber_oid_encode(numbers, n, oid.bytes);
	if (oid.size == 0)
		return no_oid(text, "none begins like that", err);
	*ret = oid;
	return 0;
}

/* By hand: an event of a trap holds a hundred numbers, and printf was more
   than half of its cost. */
static void
print_number(struct buffer *b, uint32_t number)
{
	char digits[10];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	buffer_put(b, digits + n, sizeof(digits) - n);
}

static void
print_numbers(struct buffer *b, const uint32_t *numbers, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			buffer_putc(b, '.');
		print_number(b, numbers[i]);
	}
}

void
oid_print(struct buffer *b, struct ber_bytes oid)
{
	uint32_t numbers[BER_OID_MAX];

	print_numbers(b, numbers, ber_oid_numbers(oid, numbers));
}

void
oid_print_below(struct buffer *b, struct ber_bytes oid, struct ber_bytes root)
{
	uint32_t above[BER_OID_MAX], numbers[BER_OID_MAX];
	size_t n = ber_oid_numbers(oid, numbers);
	size_t skip = ber_oid_numbers(root, above);

	if (skip < n)
		print_numbers(b, numbers + skip, n - skip);
}
