#include "apmon.h"

#include "clock.h"
#include "xdr.h"

/* Name, type and value of 4 bytes each: no parameter is smaller. */
#define PARAMETER_MIN 12
/* 2000-01-01 in seconds since 1970. */
#define EPOCH_2000 946684800

#define PREFIX_ACCOUNTING "#acc_"

static const char *const reasons[APMON_REASONS] = {
	"fine",
	"more than 65535 bytes",
	"ends before its parameters",
	"a password of more than 255 bytes",
	"a negative number of parameters",
	"ends inside a parameter",
	"a value of unknown type",
	"bytes after the last parameter that are no time",
};

const char *
apmon_reason_text(enum apmon_reason reason)
{
	return (unsigned)reason < APMON_REASONS ? reasons[reason] : "unknown";
}

/* The next part of "2.17.02", as a number; 0 if there is none. */
static uint32_t
next_part(struct slice *version)
{
	struct slice part = slice_cut(version, '.');
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < part.length && n < 100000; i++) {
		if (part.text[i] < '0' || part.text[i] > '9')
			break;
		n = 10 * n + (uint32_t)(part.text[i] - '0');
	}
	return n;
}

/* No rule looks further than at the second part. */
static bool
at_least(struct slice version, uint32_t major, uint32_t minor)
{
	uint32_t n = next_part(&version);

	return n > major || (n == major && next_part(&version) >= minor);
}

bool
apmon_has_sequence(struct slice version)
{
	return at_least(version, 2, 2);
}

bool
apmon_has_time(struct slice version)
{
	return at_least(version, 1, 6);
}

/* "v:2.2.8_cppp:secret" into its parts; false if it is no header. */
static bool
split_header(struct slice text, struct apmon_datagram *d)
{
	struct slice version = text;
	size_t i;

	if (text.length < 4 || memcmp(text.text, "v:", 2) != 0)
		return false;
	for (i = 2; i + 1 < text.length; i++)
		if (text.text[i] == 'p' && text.text[i + 1] == ':')
			break;
	if (i + 1 >= text.length)
		return false;
	d->password = (struct slice){ text.text + i + 2, text.length - i - 2 };
	version = (struct slice){ text.text + 2, i - 2 };
	for (i = 0; i < version.length; i++)
		if (version.text[i] == '_' || version.text[i] == '-')
			break;
	d->version = (struct slice){ version.text, i };
	if (i < version.length)
		d->language = (struct slice){ version.text + i + 1,
			version.length - i - 1 };
	return true;
}

static bool
decode_head(struct xdr *x, struct apmon_datagram *d)
{
	struct slice first;

	if (!xdr_string(x, &first))
		return false;
	if (!split_header(first, d)) {
		d->cluster = first;
		return xdr_string(x, &d->node) && xdr_u32(x, &d->n_announced);
	}
	d->sequenced = apmon_has_sequence(d->version);
	if (d->sequenced &&
	    !(xdr_u32(x, &d->instance) && xdr_u32(x, &d->sequence)))
		return false;
	return xdr_string(x, &d->cluster) && xdr_string(x, &d->node) &&
	       xdr_u32(x, &d->n_announced);
}

static enum apmon_reason
decode_value(struct xdr *x, uint32_t type, struct farm_value *ret)
{
	struct slice text;
	uint32_t word;
	uint64_t wide;

	switch (type) {
	case APMON_STRING:
		if (!xdr_string(x, &text))
			return APMON_CUT;
		*ret = farm_text(text.text, text.length);
		return APMON_OK;
	case APMON_INT16:
	case APMON_INT32:
	case APMON_FLOAT:
		if (!xdr_u32(x, &word))
			return APMON_CUT;
		*ret = type == APMON_FLOAT ? farm_double(xdr_to_float(word))
					   : farm_int64((int32_t)word);
		return APMON_OK;
	case APMON_INT64:
	case APMON_DOUBLE:
		if (!xdr_u64(x, &wide))
			return APMON_CUT;
		*ret = type == APMON_DOUBLE ? farm_double(xdr_to_double(wide))
					    : farm_int64((int64_t)wide);
		return APMON_OK;
	}
	return APMON_TYPE;
}

static enum apmon_reason
decode_parameter(struct xdr *x, struct apmon_parameter *ret)
{
	uint32_t type;

	if (!xdr_string(x, &ret->name) || !xdr_u32(x, &type))
		return APMON_CUT;
	ret->type = (enum apmon_type)type;
	return decode_value(x, type, &ret->value);
}

/* Look at each parameter; what is announced beyond the end is not there. */
static enum apmon_reason
check_parameters(struct xdr *x, struct apmon_datagram *d)
{
	struct apmon_parameter ignored;
	enum apmon_reason reason;

	if (d->n_announced > INT32_MAX)
		return APMON_NEGATIVE;
	while (d->n_parameters < d->n_announced && xdr_left(x) > 0) {
		if (xdr_left(x) < PARAMETER_MIN)
			return APMON_CUT;
		reason = decode_parameter(x, &ignored);
		if (reason != APMON_OK)
			return reason;
		d->n_parameters++;
	}
	d->truncated = d->n_parameters < d->n_announced;
	return APMON_OK;
}

static enum apmon_reason
decode_time(struct xdr *x, struct apmon_datagram *d)
{
	int32_t seconds;

	if (xdr_left(x) == 0)
		return APMON_OK;
	if (xdr_left(x) != 4)
		return APMON_TRAILING;
	seconds = (int32_t)xdr_word(x->at);
	if (!apmon_has_time(d->version)) {
		d->time = APMON_TIME_OLD;
	} else if (seconds == 0) {
		d->time = APMON_TIME_NONE;
	} else if (seconds < EPOCH_2000) {
		d->time = APMON_TIME_BAD;
	} else {
		d->time = APMON_TIME_GIVEN;
		d->time_ns = seconds * NS_PER_S;
	}
	return APMON_OK;
}

/* "#acc_USER" */
static void
look_for_user(struct apmon_datagram *d)
{
	size_t skip = sizeof(PREFIX_ACCOUNTING) - 1;

	d->accounting = d->node.length >= skip &&
			memcmp(d->node.text, PREFIX_ACCOUNTING, skip) == 0;
	if (d->accounting)
		d->user = (struct slice){ d->node.text + skip,
			d->node.length - skip };
}

enum apmon_reason
apmon_decode(const void *bytes, size_t size, struct apmon_datagram *ret)
{
	struct xdr x = { bytes, bytes };
	struct apmon_datagram d = { .version = { "", 0 },
		.language = { "", 0 },
		.password = { "", 0 },
		.user = { "", 0 } };
	enum apmon_reason reason;

	if (size > APMON_DATAGRAM_MAX)
		return APMON_TOO_LARGE;
	if (size == 0)
		return APMON_SHORT;
	x.end += size;
	if (!decode_head(&x, &d))
		return APMON_SHORT;
	if (d.password.length > APMON_PASSWORD_MAX)
		return APMON_PASSWORD;
	d.at = x.at;
	d.end = x.end;
	reason = check_parameters(&x, &d);
	if (reason == APMON_OK)
		reason = decode_time(&x, &d);
	if (reason != APMON_OK)
		return reason;
	d.n_left = d.n_parameters;
	look_for_user(&d);
	*ret = d;
	return APMON_OK;
}

bool
apmon_next(struct apmon_datagram *d, struct apmon_parameter *ret)
{
	struct xdr x = { d->at, d->end };

	if (d->n_left == 0)
		return false;
	d->n_left--;
	/* Looked at by apmon_decode(). */
	(void)decode_parameter(&x, ret);
	d->at = x.at;
	return true;
}

bool
apmon_password_is(const struct apmon_datagram *d, const char *expected)
{
	size_t i, length;
	unsigned differ;

	if (expected == NULL)
		return true;
	length = strlen(expected);
	differ = length != d->password.length;
	/* As many steps for each guess: the given one's bytes, repeated. */
	for (i = 0; i < d->password.length; i++)
		differ |= (unsigned char)d->password.text[i] ^
			  (unsigned char)expected[length > 0 ? i % length : 0];
	return differ == 0;
}
