#include "respond.h"

#include <string.h>

/* More names than any monitor asks for in one request. */
#define NAMES_MAX 1024
#define NOT_WRITABLE 17 /* RFC 3416 3 */
#define LOOP_FROM 16    /* behind the system group, which all are asked for */

/* What one name of the request leads to. */
struct walk {
	struct ber_bytes name;
	size_t at;
};

struct work {
	struct respond *r;
	uint8_t *p;
	uint8_t *end;
	struct walk walks[NAMES_MAX];
	size_t n;
};

/* False: it does not fit. */
static bool
put(struct work *w, size_t at)
{
	uint8_t *p = mib_put(w->r->mib, at, &w->r->moment, w->p);

	if (p > w->end)
		return false;
	w->p = p;
	w->r->n++;
	return true;
}

static bool
put_exception(struct work *w, struct ber_bytes name, enum ber_tag tag)
{
	struct ber_writer out = ber_writer(w->p, (size_t)(w->end - w->p));
	size_t size;

	ber_put_value(&out, &(struct ber_value){ .tag = (uint8_t)tag });
	ber_put_bytes(&out, BER_OID, name);
	ber_put_header(&out, BER_SEQUENCE, 0);
	if (out.failed)
		return false;
	size = ber_written(&out);
	memmove(w->p, out.p, size);
	w->p += size;
	w->r->n++;
	return true;
}

/* Where GetNext goes on from `at'. */
static size_t
next(const struct work *w, size_t at)
{
	const struct mib *mib = w->r->mib;

	while (at < mib_size(mib) && w->r->version == SNMP_V1 &&
	       mib_is_wide(mib, at))
		at++;
	if (w->r->loops && at >= LOOP_FROM && at < mib_size(mib) && at % 8 == 7)
		at -= 4;
	return at;
}

static bool
is_over(const struct work *w, const struct walk *k)
{
	return k->at == mib_size(w->r->mib);
}

static bool
put_next(struct work *w, struct walk *k)
{
	if (is_over(w, k))
		return put_exception(w, k->name, BER_END_OF_MIB_VIEW);
	if (!put(w, k->at))
		return false;
	k->name = mib_name(w->r->mib, k->at);
	k->at = next(w, k->at + 1);
	return true;
}

/* ------------------------------------------------------------- requests -- */

/* v1 gives the request's varbinds back, v2c none with tooBig. */
static void
refuse(struct work *w, struct snmp_pdu *pdu, int status, size_t index)
{
	pdu->error_status = status;
	pdu->error_index = (int32_t)index;
	w->p = w->r->varbinds;
	w->r->n = 0;
	if (status == SNMP_TOO_BIG && w->r->version != SNMP_V1)
		pdu->varbinds = ber_reader(w->r->varbinds, 0);
}

static void
answer_with(const struct work *w, struct snmp_pdu *pdu)
{
	pdu->error_status = SNMP_NO_ERROR;
	pdu->error_index = 0;
	pdu->varbinds = ber_reader(
	    w->r->varbinds, (size_t)(w->p - w->r->varbinds));
}

/* Get and GetNext: all or nothing. */
static void
answer_each(struct work *w, struct snmp_pdu *pdu)
{
	struct walk *k;
	bool fits = true;
	size_t i;

	for (i = 0; i < w->n && fits; i++) {
		k = &w->walks[i];
		if (is_over(w, k) && w->r->version == SNMP_V1) {
			refuse(w, pdu, SNMP_NO_SUCH_NAME, i + 1);
			return;
		}
		if (pdu->type == SNMP_GET_NEXT)
			fits = put_next(w, k);
		else if (is_over(w, k))
			fits = put_exception(w, k->name, BER_NO_SUCH_OBJECT);
		else
			fits = put(w, k->at);
	}
	if (fits)
		answer_with(w, pdu);
	else
		refuse(w, pdu, SNMP_TOO_BIG, 0);
}

/* As much as fits; nothing behind the end of all walks. */
static void
answer_bulk(struct work *w, struct snmp_pdu *pdu)
{
	size_t once = (size_t)pdu->non_repeaters, i;
	bool fits = true, more = true;
	int32_t turn;

	if (once > w->n)
		once = w->n;
	for (i = 0; i < once && fits; i++)
		fits = put_next(w, &w->walks[i]);
	for (turn = 0; turn < pdu->max_repetitions && fits && more; turn++)
		for (i = once, more = false; i < w->n && fits; i++) {
			more = more || !is_over(w, &w->walks[i]);
			fits = put_next(w, &w->walks[i]);
		}
	answer_with(w, pdu);
}

static bool
read_names(struct work *w, const struct snmp_pdu *pdu)
{
	struct ber list = pdu->varbinds;
	struct snmp_varbind v;
	struct walk *k;
	int more = 0;

	while (w->n < NAMES_MAX &&
	       (more = snmp_varbind_next(&list, &v, NULL)) > 0) {
		k = &w->walks[w->n++];
		k->name = v.name;
		if (pdu->type == SNMP_GET)
			k->at = mib_at(w->r->mib, v.name);
		else
			k->at = next(w, mib_after(w->r->mib, v.name));
		if (w->r->version == SNMP_V1 && !is_over(w, k) &&
		    mib_is_wide(w->r->mib, k->at))
			k->at = mib_size(w->r->mib);
	}
	return more == 0;
}

static bool
is_too_much(const struct work *w, const struct snmp_pdu *pdu)
{
	uint64_t asked = w->n;

	if (pdu->type == SNMP_GET_BULK && w->n > (size_t)pdu->non_repeaters)
		asked = (uint64_t)pdu->non_repeaters +
			(w->n - (size_t)pdu->non_repeaters) *
			    (uint64_t)pdu->max_repetitions;
	return w->r->most > 0 && asked > w->r->most;
}

bool
respond(struct respond *r, struct snmp_pdu *pdu)
{
	uint8_t type = pdu->type;
	struct work w; /* too large to be cleared each time */

	w.r = r;
	w.p = r->varbinds;
	w.end = r->varbinds + r->limit;
	w.n = r->n = 0;
	if ((type != SNMP_GET && type != SNMP_GET_NEXT && type != SNMP_SET &&
		type != SNMP_GET_BULK) ||
	    !read_names(&w, pdu))
		return false;
	if (is_too_much(&w, pdu))
		refuse(&w, pdu, SNMP_TOO_BIG, 0);
	else if (type == SNMP_SET)
		refuse(&w, pdu,
		    r->version == SNMP_V1 ? SNMP_NO_SUCH_NAME : NOT_WRITABLE,
		    w.n > 0);
	else if (type == SNMP_GET_BULK)
		answer_bulk(&w, pdu);
	else
		answer_each(&w, pdu);
	pdu->type = SNMP_RESPONSE;
	return true;
}
