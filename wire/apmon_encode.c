#include "apmon.h"

#include <stdio.h>

#include "apmon_sequence.h"
#include "xdr.h"

/* With the language; no client needs half of it. */
#define VERSION_MAX 64

#define SLICE_FORMAT "%.*s"
#define SLICE(S) (int)(S).length, (S).text

/* What is done to one datagram. */
struct writing {
	struct xdr_room room;
	uint8_t *count; /* where the number of parameters goes */
	bool has_sequence;
	bool has_time;
};

static int
check_header(const char *version, const char *password, struct error *err)
{
	if (strlen(version) > VERSION_MAX || strstr(version, "p:") != NULL)
		return error_set(
		    err, "\"%s\" cannot be a version of ApMon", version);
	if (strlen(password) > APMON_PASSWORD_MAX)
		return error_set(err, "a password of more than %d bytes",
		    APMON_PASSWORD_MAX);
	return 0;
}

/* "v:2.2.2p:secret" */
static void
put_header(struct xdr_room *r, const char *version, const char *password)
{
	char text[sizeof("v:p:") + VERSION_MAX + APMON_PASSWORD_MAX];
	int length = snprintf(
	    text, sizeof(text), "v:%sp:%s", version, password);

	xdr_put_string(r, (struct slice){ text, (size_t)length });
}

static int
put_head(struct writing *w, const struct apmon_sender *sender,
    const struct apmon_message *m, struct error *err)
{
	const char *version = sender->version != NULL ? sender->version
						      : APMON_VERSION;
	const char *password = sender->password != NULL ? sender->password : "";
	struct slice number = { version, strcspn(version, "_-") };

	if (check_header(version, password, err) != 0)
		return -1;
	if (m->cluster.length == 0 || m->node.length == 0)
		return error_set(err, "no name of %s",
		    m->cluster.length == 0 ? "the cluster" : "the node");
	w->has_sequence = apmon_has_sequence(number);
	w->has_time = m->time_s != 0 && apmon_has_time(number);
	put_header(&w->room, version, password);
	if (w->has_sequence) {
		xdr_put_u32(&w->room, sender->instance);
		xdr_put_u32(&w->room, sender->sequence);
	}
	xdr_put_string(&w->room, m->cluster);
	xdr_put_string(&w->room, m->node);
	w->count = w->room.at;
	xdr_put_u32(&w->room, 0);
	if (!w->room.full)
		return 0;
	return error_set(err,
	    "the head of " SLICE_FORMAT "/" SLICE_FORMAT
	    " does not fit the datagram",
	    SLICE(m->cluster), SLICE(m->node));
}

static bool
put_value(struct xdr_room *r, const struct apmon_parameter *p)
{
	const struct farm_value *v = &p->value;

	switch (p->type) {
	case APMON_STRING:
		if (v->type != FARM_TEXT)
			return false;
		xdr_put_string(r, (struct slice){ v->text, v->length });
		return true;
	case APMON_INT16:
	case APMON_INT32:
		if (v->type != FARM_INT64 || v->int64 < INT32_MIN ||
		    v->int64 > INT32_MAX)
			return false;
		xdr_put_u32(r, (uint32_t)v->int64);
		return true;
	case APMON_INT64:
		if (v->type != FARM_INT64)
			return false;
		xdr_put_u64(r, (uint64_t)v->int64);
		return true;
	case APMON_FLOAT:
		if (v->type != FARM_DOUBLE)
			return false;
		xdr_put_float(r, (float)v->number);
		return true;
	case APMON_DOUBLE:
		if (v->type != FARM_DOUBLE)
			return false;
		xdr_put_double(r, v->number);
		return true;
	}
	return false;
}

static int
put_parameter(
    struct xdr_room *r, const struct apmon_parameter *p, struct error *err)
{
	if (p->name.length == 0)
		return error_set(err, "a parameter without a name");
	xdr_put_string(r, p->name);
	xdr_put_u32(r, p->type);
	if (put_value(r, p))
		return 0;
	return error_set(err, SLICE_FORMAT ": its value is not of type %d",
	    SLICE(p->name), (int)p->type);
}

/* As many as fit; *next is then the first that did not, or the bad one. */
static int
put_parameters(struct writing *w, const struct apmon_message *m, size_t *next,
    struct error *err)
{
	struct xdr_room before;
	size_t first = *next;

	for (; *next < m->n; ++*next) {
		before = w->room;
		if (put_parameter(&w->room, &m->parameters[*next], err) != 0)
			return -1;
		if (!w->room.full)
			continue;
		w->room = before;
		if (*next > first)
			break;
		return error_set(err,
		    SLICE_FORMAT ": does not fit the datagram",
		    SLICE(m->parameters[*next].name));
	}
	before = (struct xdr_room){ w->count, w->count + 4, false };
	xdr_put_u32(&before, (uint32_t)(*next - first));
	return 0;
}

ssize_t
apmon_encode(struct apmon_sender *sender, const struct apmon_message *m,
    size_t *next, void *to, size_t size, struct error *err)
{
	size_t time_size = m->time_s != 0 ? 4 : 0;
	struct writing w = { .room = { .at = to } };

	if (size > APMON_DATAGRAM_MAX)
		size = APMON_DATAGRAM_MAX;
	/* The time comes last and must find room. */
	w.room.end = w.room.at + (size > time_size ? size - time_size : 0);
	if (put_head(&w, sender, m, err) != 0) {
		*next = m->n;
		return -1;
	}
	if (put_parameters(&w, m, next, err) != 0)
		return -1;
	if (w.has_time) {
		w.room.end = (uint8_t *)to + size;
		xdr_put_u32(&w.room, (uint32_t)m->time_s);
	}
	if (w.has_sequence)
		sender->sequence = (sender->sequence + 1) % APMON_SEQUENCE_WRAP;
	return w.room.at - (uint8_t *)to;
}

static void
integer_parameter(
    const struct farm_value *v, bool exact, struct apmon_parameter *p)
{
	if (v->int64 >= INT32_MIN && v->int64 <= INT32_MAX) {
		p->type = APMON_INT32;
	} else if (exact) {
		p->type = APMON_INT64;
	} else {
		p->type = APMON_DOUBLE;
		p->value = farm_double((double)v->int64);
	}
}

bool
apmon_parameter_of(struct slice name, const struct farm_value *v, bool exact,
    struct apmon_parameter *ret)
{
	struct apmon_parameter p = { .name = name, .value = *v };

	switch (v->type) {
	case FARM_TEXT:
		p.type = APMON_STRING;
		break;
	case FARM_DOUBLE:
		p.type = APMON_DOUBLE;
		break;
	case FARM_INT64:
		integer_parameter(v, exact, &p);
		break;
	case FARM_BOOLEAN:
		p.type = APMON_INT32;
		p.value = farm_int64(v->boolean);
		break;
	case FARM_UINT64:
		if (v->uint64 <= INT64_MAX) {
			p.value = farm_int64((int64_t)v->uint64);
			integer_parameter(&p.value, exact, &p);
			break;
		}
		p.type = APMON_DOUBLE;
		p.value = farm_double((double)v->uint64);
		break;
	default:
		return false;
	}
	*ret = p;
	return true;
}
