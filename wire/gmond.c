#include "gmond.h"

#include "xdr.h"

/* Two empty strings: no pair is smaller. */
#define EXTRA_MIN 8

static const struct slice nothing = { "", 0 };

static const char *const reasons[GMOND_REASONS] = {
	"fine",
	"ends inside the message",
	"an unknown kind of message",
	"a metric without a name",
};

const char *
gmond_reason_text(enum gmond_reason reason)
{
	return (unsigned)reason < GMOND_REASONS ? reasons[reason] : "unknown";
}

static bool
is_ipv4(struct slice s)
{
	size_t i, dots = 0;

	for (i = 0; i < s.length; i++)
		if (s.text[i] == '.')
			dots++;
		else if (s.text[i] < '0' || s.text[i] > '9')
			return false;
	return dots == 3;
}

/* "ADDRESS:NAME": names have no colon, but addresses of IPv6 do. */
static void
split_host(struct gmond_message *m)
{
	struct slice name = m->host;
	struct slice address = slice_cut(&name, ':');
	const char *last;

	if (address.length == m->host.length)
		return;
	if (!is_ipv4(address)) {
		last = memrchr(m->host.text, ':', m->host.length);
		address.length = (size_t)(last - m->host.text);
		name.length = m->host.length - address.length - 1;
		name.text = last + 1;
	}
	m->address = address;
	m->host = name;
}

static bool
decode_limits(struct xdr *x, struct gmond_metadata *ret)
{
	uint32_t slope;

	if (!xdr_u32(x, &slope) || !xdr_u32(x, &ret->tmax) ||
	    !xdr_u32(x, &ret->dmax))
		return false;
	ret->slope = gmond_slope_of_number(slope);
	return true;
}

static bool
decode_extra(struct xdr *x, struct gmond_extra *ret)
{
	return xdr_string(x, &ret->name) && xdr_string(x, &ret->value);
}

static bool
check_extra(struct xdr *x, struct gmond_message *m)
{
	struct gmond_extra ignored;
	uint32_t i;

	if (!xdr_u32(x, &m->n_extra) || m->n_extra > xdr_left(x) / EXTRA_MIN)
		return false;
	m->at = x->at;
	for (i = 0; i < m->n_extra; i++)
		if (!decode_extra(x, &ignored))
			return false;
	m->end = x->at;
	return true;
}

static bool
decode_metadata(struct xdr *x, struct gmond_message *m)
{
	struct slice type, again;

	if (!xdr_string(x, &type) || !xdr_string(x, &again) ||
	    !xdr_string(x, &m->metadata.units) ||
	    !decode_limits(x, &m->metadata) || !check_extra(x, m))
		return false;
	m->metadata.type = gmond_type_of(type);
	m->described = true;
	return true;
}

static bool
decode_text(struct xdr *x, struct farm_value *ret)
{
	struct slice text;

	if (!xdr_string(x, &text))
		return false;
	*ret = farm_text(text.text, text.length);
	return true;
}

static bool
decode_double(struct xdr *x, struct farm_value *ret)
{
	uint64_t bits;

	if (!xdr_u64(x, &bits))
		return false;
	*ret = farm_double(xdr_to_double(bits));
	return true;
}

/* XDR has no numbers of less than four bytes: the others are cut, as by those
   who read them in C. */
static bool
decode_word(struct xdr *x, enum gmond_id id, struct farm_value *ret)
{
	uint32_t word;

	if (!xdr_u32(x, &word))
		return false;
	switch (id) {
	case GMOND_USHORT:
		*ret = farm_uint64((uint16_t)word);
		break;
	case GMOND_SHORT:
		*ret = farm_int64((int16_t)word);
		break;
	case GMOND_INT:
		*ret = farm_int64((int32_t)word);
		break;
	case GMOND_FLOAT:
		*ret = farm_double(xdr_to_float(word));
		break;
	default:
		*ret = farm_uint64(word);
	}
	return true;
}

static bool
decode_value(struct xdr *x, enum gmond_id id, struct farm_value *ret)
{
	if (id == GMOND_STRING)
		return decode_text(x, ret);
	if (id == GMOND_DOUBLE)
		return decode_double(x, ret);
	return decode_word(x, id, ret);
}

static bool
decode_new(struct xdr *x, struct gmond_message *m)
{
	uint32_t spoof;

	if (!xdr_string(x, &m->host) || !xdr_string(x, &m->name) ||
	    !xdr_u32(x, &spoof))
		return false;
	m->spoof = spoof != 0;
	if (m->spoof)
		split_host(m);
	if (m->id == GMOND_METADATA)
		return decode_metadata(x, m);
	return m->id == GMOND_REQUEST ||
	       (xdr_string(x, &m->format) &&
		   decode_value(x, (enum gmond_id)m->id, &m->value));
}

/* gmetric's: metadata and value at once. */
static bool
decode_gmetric(struct xdr *x, struct gmond_message *m)
{
	struct slice type;

	if (!xdr_string(x, &type) || !xdr_string(x, &m->name) ||
	    !decode_text(x, &m->value) || !xdr_string(x, &m->metadata.units) ||
	    !decode_limits(x, &m->metadata))
		return false;
	m->metadata.type = gmond_type_of(type);
	m->described = true;
	return true;
}

static enum gmond_id
id_of_type(enum gmond_type type)
{
	switch (type) {
	case GMOND_TYPE_STRING:
		return GMOND_STRING;
	case GMOND_TYPE_UINT16:
		return GMOND_USHORT;
	case GMOND_TYPE_FLOAT:
		return GMOND_FLOAT;
	case GMOND_TYPE_DOUBLE:
		return GMOND_DOUBLE;
	default:
		return GMOND_UINT;
	}
}

static bool
decode_old_metric(struct xdr *x, struct gmond_message *m)
{
	const struct gmond_old_metric *old = gmond_old_metric(m->id);

	m->name = (struct slice){ old->name, strlen(old->name) };
	m->metadata = old->metadata;
	m->described = true;
	return decode_value(x, id_of_type(old->metadata.type), &m->value);
}

static bool
decode_old_spoof(struct xdr *x, struct gmond_message *m)
{
	m->spoof = true;
	if (!xdr_string(x, &m->host) || !xdr_string(x, &m->address))
		return false;
	if (m->id == GMOND_OLD_SPOOF)
		return decode_gmetric(x, m);
	m->name = (struct slice){ "heartbeat", 9 };
	m->value = farm_uint64(0);
	return true;
}

static bool
decode_any(struct xdr *x, struct gmond_message *m)
{
	switch (m->id) {
	case GMOND_OLD_GMETRIC:
	case GMOND_OLD_MODULAR:
		return decode_gmetric(x, m);
	case GMOND_OLD_SPOOF:
	case GMOND_OLD_SPOOF_HEARTBEAT:
		return decode_old_spoof(x, m);
	}
	return m->id < GMOND_OLD_METRICS ? decode_old_metric(x, m)
					 : decode_new(x, m);
}

static bool
is_known(uint32_t id)
{
	return id < GMOND_OLD_METRICS ||
	       (id >= GMOND_METADATA && id <= GMOND_REQUEST) ||
	       (id >= GMOND_OLD_SPOOF && id <= GMOND_OLD_MODULAR);
}

enum gmond_reason
gmond_decode(const void *bytes, size_t size, struct gmond_message *ret)
{
	struct xdr x = { bytes, bytes };
	struct gmond_message m = { .host = nothing,
		.address = nothing,
		.name = nothing,
		.format = nothing,
		.metadata = { .units = nothing } };

	if (size < 4)
		return GMOND_SHORT_MESSAGE;
	x.end += size;
	(void)xdr_u32(&x, &m.id);
	if (!is_known(m.id))
		return GMOND_UNKNOWN_ID;
	if (!decode_any(&x, &m))
		return GMOND_SHORT_MESSAGE;
	if (m.name.length == 0)
		return GMOND_NO_NAME;
	*ret = m;
	return GMOND_OK;
}

bool
gmond_next_extra(struct gmond_message *m, struct gmond_extra *ret)
{
	struct xdr x = { m->at, m->end };

	if (m->n_extra == 0)
		return false;
	m->n_extra--;
	/* Looked at by gmond_decode(). */
	(void)decode_extra(&x, ret);
	m->at = x.at;
	return true;
}
