#include "gmond.h"

#include "xdr.h"

/* "ADDRESS:NAME" of a spoofed host is one string. */
static void
put_host(struct xdr_room *r, const struct gmond_message *m)
{
	size_t length = m->address.length + 1 + m->host.length;
	size_t pad = (0 - length) % 4;

	if (!m->spoof || m->address.length == 0) {
		xdr_put_string(r, m->host);
		return;
	}
	if (length > INT32_MAX || !xdr_fits(r, 4 + length + pad)) {
		r->full = true;
		return;
	}
	xdr_put_u32(r, (uint32_t)length);
	memcpy(r->at, m->address.text, m->address.length);
	r->at[m->address.length] = ':';
	if (m->host.length > 0)
		memcpy(r->at + m->address.length + 1, m->host.text,
		    m->host.length);
	memset(r->at + length, 0, pad);
	r->at += length + pad;
}

static void
put_word(struct xdr_room *r, const char *word)
{
	xdr_put_string(r, (struct slice){ word, strlen(word) });
}

static void
put_limits(struct xdr_room *r, const struct gmond_metadata *d)
{
	xdr_put_u32(r, (uint32_t)d->slope);
	xdr_put_u32(r, d->tmax);
	xdr_put_u32(r, d->dmax);
}

static void
put_metadata(struct xdr_room *r, const struct gmond_message *m,
    const struct gmond_extra *extra)
{
	uint32_t i;

	put_word(r, gmond_type_word(m->metadata.type));
	xdr_put_string(r, m->name);
	xdr_put_string(r, m->metadata.units);
	put_limits(r, &m->metadata);
	xdr_put_u32(r, m->n_extra);
	for (i = 0; i < m->n_extra; i++) {
		xdr_put_string(r, extra[i].name);
		xdr_put_string(r, extra[i].value);
	}
}

static enum farm_type
type_of_id(uint32_t id)
{
	switch (id) {
	case GMOND_STRING:
		return FARM_TEXT;
	case GMOND_FLOAT:
	case GMOND_DOUBLE:
		return FARM_DOUBLE;
	case GMOND_SHORT:
	case GMOND_INT:
		return FARM_INT64;
	}
	return FARM_UINT64;
}

static void
put_text(struct xdr_room *r, const struct farm_value *v)
{
	xdr_put_string(r, (struct slice){ v->text, v->length });
}

/* False if it is of another type than the id says, or too large for it. */
static bool
put_value(struct xdr_room *r, uint32_t id, const struct farm_value *v)
{
	static const uint64_t most[] = { [GMOND_USHORT -
					     GMOND_USHORT] = UINT16_MAX,
		[GMOND_SHORT - GMOND_USHORT] = INT16_MAX,
		[GMOND_INT - GMOND_USHORT] = INT32_MAX,
		[GMOND_UINT - GMOND_USHORT] = UINT32_MAX };

	if (v->type != type_of_id(id))
		return false;
	if (id == GMOND_STRING) {
		put_text(r, v);
	} else if (id == GMOND_FLOAT) {
		xdr_put_float(r, (float)v->number);
	} else if (id == GMOND_DOUBLE) {
		xdr_put_double(r, v->number);
	} else if (v->type == FARM_INT64) {
		if (v->int64 > (int64_t)most[id - GMOND_USHORT] ||
		    v->int64 < -(int64_t)most[id - GMOND_USHORT] - 1)
			return false;
		xdr_put_u32(r, (uint32_t)v->int64);
	} else {
		if (v->uint64 > most[id - GMOND_USHORT])
			return false;
		xdr_put_u32(r, (uint32_t)v->uint64);
	}
	return true;
}

static bool
put_new(struct xdr_room *r, const struct gmond_message *m,
    const struct gmond_extra *extra)
{
	put_host(r, m);
	xdr_put_string(r, m->name);
	xdr_put_u32(r, m->spoof);
	if (m->id == GMOND_METADATA) {
		put_metadata(r, m, extra);
		return true;
	}
	if (m->id == GMOND_REQUEST)
		return true;
	xdr_put_string(r, m->format);
	return put_value(r, m->id, &m->value);
}

/* gmetric's of before 3.1: its value is a text. */
static bool
put_gmetric(struct xdr_room *r, const struct gmond_message *m)
{
	if (m->value.type != FARM_TEXT)
		return false;
	put_word(r, gmond_type_word(m->metadata.type));
	xdr_put_string(r, m->name);
	put_text(r, &m->value);
	xdr_put_string(r, m->metadata.units);
	put_limits(r, &m->metadata);
	return true;
}

static bool
put_message(struct xdr_room *r, const struct gmond_message *m,
    const struct gmond_extra *extra)
{
	xdr_put_u32(r, m->id);
	if (m->id >= GMOND_METADATA && m->id <= GMOND_REQUEST)
		return put_new(r, m, extra);
	switch (m->id) {
	case GMOND_OLD_SPOOF:
	case GMOND_OLD_SPOOF_HEARTBEAT:
		xdr_put_string(r, m->host);
		xdr_put_string(r, m->address);
		return m->id == GMOND_OLD_SPOOF_HEARTBEAT || put_gmetric(r, m);
	case GMOND_OLD_GMETRIC:
		return put_gmetric(r, m);
	}
	return false;
}

ssize_t
gmond_encode(const struct gmond_message *m, const struct gmond_extra *extra,
    void *to, size_t size, struct error *err)
{
	struct xdr_room room = { to, (uint8_t *)to + size, false };

	if (!put_message(&room, m, extra))
		return error_set(err,
		    "%.*s: not a value that message %u can hold",
		    (int)m->name.length, m->name.text, m->id);
	if (room.full)
		return error_set(err, "%.*s: more than %zu bytes",
		    (int)m->name.length, m->name.text, size);
	return room.at - (uint8_t *)to;
}
