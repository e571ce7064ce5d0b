/* libganglia reads what we write, and we read what it writes. */
#include "gmond.h"

#include <gm_protocol.h>

#include "unit.h"

#define ROUNDS 2000

/* Random messages of a fixed seed. */
struct making {
	uint64_t seed;
	char texts[1024];
	size_t used;
};

static uint32_t
draw(struct making *k, uint32_t below)
{
	k->seed = k->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(k->seed >> 33) % below;
}

/* In the texts, with a NUL behind it, as libganglia has its strings. */
static struct slice
draw_text(struct making *k, size_t most)
{
	struct slice s = { k->texts + k->used, 1 + draw(k, (uint32_t)most) };
	size_t i;

	assert_true(k->used + s.length < sizeof(k->texts));
	for (i = 0; i < s.length; i++)
		k->texts[k->used++] = (char)(1 + draw(k, 255));
	k->texts[k->used++] = '\0';
	return s;
}

static void
draw_value(struct making *k, struct gmond_message *m)
{
	struct slice text;

	m->format = draw_text(k, 5);
	switch (m->id) {
	case GMOND_USHORT:
		m->value = farm_uint64(draw(k, 1 << 16));
		break;
	case GMOND_SHORT:
		m->value = farm_int64((int)draw(k, 1 << 16) - (1 << 15));
		break;
	case GMOND_INT:
		m->value = farm_int64((int32_t)(draw(k, INT32_MAX) * 2));
		break;
	case GMOND_UINT:
		m->value = farm_uint64((uint32_t)(draw(k, INT32_MAX) * 2));
		break;
	case GMOND_STRING:
		text = draw_text(k, 40);
		m->value = farm_text(text.text, text.length);
		break;
	default:
		m->value = farm_double((float)draw(k, 1 << 20) / 1024);
	}
}

static void
draw_metadata(
    struct making *k, struct gmond_message *m, struct gmond_extra *extra)
{
	m->described = true;
	m->metadata = (struct gmond_metadata){
		.type = (enum gmond_type)(1 + draw(k, GMOND_TYPES - 1)),
		.units = draw_text(k, 10),
		.slope = (enum gmond_slope)draw(k, GMOND_SLOPES),
		.tmax = draw(k, 10000),
		.dmax = draw(k, 10000),
	};
	m->n_extra = draw(k, 4);
	for (uint32_t i = 0; i < m->n_extra; i++) {
		extra[i].name = draw_text(k, 10);
		extra[i].value = draw_text(k, 80);
	}
}

static void
draw_message(
    struct making *k, struct gmond_message *m, struct gmond_extra *extra)
{
	k->used = 0;
	*m = (struct gmond_message){
		.id = GMOND_METADATA + draw(k, 9),
		.host = draw_text(k, 20),
		.address = { "", 0 },
		.name = draw_text(k, 30),
	};
	if (m->id == GMOND_METADATA)
		draw_metadata(k, m, extra);
	else if (m->id != GMOND_REQUEST)
		draw_value(k, m);
}

static bool
is_metadata(uint32_t id)
{
	return id == GMOND_METADATA || id == GMOND_REQUEST;
}

static void
assert_text(struct slice ours, const char *theirs)
{
	assert_int_equal(ours.length, strlen(theirs));
	assert_memory_equal(ours.text, theirs, ours.length);
}

static void
assert_same_metadata(const struct gmond_message *m,
    const struct gmond_extra *extra, const Ganglia_metadata_msg *got)
{
	const Ganglia_metadatadef *d = &got->Ganglia_metadata_msg_u.gfull;

	assert_int_equal(got->id, m->id);
	assert_text(m->host, d->metric_id.host);
	assert_text(m->name, d->metric_id.name);
	if (m->id == GMOND_REQUEST)
		return;
	assert_string_equal(d->metric.type, gmond_type_word(m->metadata.type));
	assert_text(m->metadata.units, d->metric.units);
	assert_int_equal(d->metric.slope, m->metadata.slope);
	assert_int_equal(d->metric.tmax, m->metadata.tmax);
	assert_int_equal(d->metric.dmax, m->metadata.dmax);
	assert_int_equal(d->metric.metadata.metadata_len, m->n_extra);
	for (uint32_t i = 0; i < m->n_extra; i++) {
		assert_text(
		    extra[i].name, d->metric.metadata.metadata_val[i].name);
		assert_text(
		    extra[i].value, d->metric.metadata.metadata_val[i].data);
	}
}

static void
assert_same_value(const struct gmond_message *m, const Ganglia_value_msg *got)
{
	/* All of them begin with the same members. */
	const Ganglia_gmetric_string *s = &got->Ganglia_value_msg_u.gstr;
	const struct farm_value *v = &m->value;

	assert_int_equal(got->id, m->id);
	assert_text(m->host, s->metric_id.host);
	assert_text(m->name, s->metric_id.name);
	assert_text(m->format, s->fmt);
	switch (m->id) {
	case GMOND_USHORT:
		assert_int_equal(
		    got->Ganglia_value_msg_u.gu_short.us, v->uint64);
		break;
	case GMOND_SHORT:
		assert_int_equal(
		    got->Ganglia_value_msg_u.gs_short.ss, v->int64);
		break;
	case GMOND_INT:
		assert_int_equal(got->Ganglia_value_msg_u.gs_int.si, v->int64);
		break;
	case GMOND_UINT:
		assert_int_equal(got->Ganglia_value_msg_u.gu_int.ui, v->uint64);
		break;
	case GMOND_STRING:
		assert_text((struct slice){ v->text, v->length }, s->str);
		break;
	case GMOND_FLOAT:
		assert_true(got->Ganglia_value_msg_u.gf.f == v->number);
		break;
	default:
		assert_true(got->Ganglia_value_msg_u.gd.d == v->number);
	}
}

/* What libganglia makes of our bytes is what we meant, and what it writes of
   that are our bytes again. */
static void
compare(const struct gmond_message *m, const struct gmond_extra *extra)
{
	Ganglia_metadata_msg metadata = { 0 };
	Ganglia_value_msg value = { 0 };
	bool is_meta = is_metadata(m->id);
	void *got = is_meta ? (void *)&metadata : (void *)&value;
	xdrproc_t codec = is_meta ? (xdrproc_t)xdr_Ganglia_metadata_msg
				  : (xdrproc_t)xdr_Ganglia_value_msg;
	char ours[GMOND_DATAGRAM_SIZE], theirs[GMOND_DATAGRAM_SIZE];
	ssize_t size = gmond_encode(m, extra, ours, sizeof(ours), NULL);
	XDR x;

	assert_true(size > 0);
	xdrmem_create(&x, ours, (u_int)size, XDR_DECODE);
	assert_true(codec(&x, got));
	assert_int_equal(xdr_getpos(&x), size);
	if (is_meta)
		assert_same_metadata(m, extra, &metadata);
	else
		assert_same_value(m, &value);
	xdrmem_create(&x, theirs, sizeof(theirs), XDR_ENCODE);
	assert_true(codec(&x, got));
	assert_int_equal(xdr_getpos(&x), size);
	assert_memory_equal(theirs, ours, size);
	xdr_free(codec, got);
}

/* And we read those bytes as what they were made of. */
static void
compare_decoded(const struct gmond_message *m, const struct gmond_extra *extra)
{
	char bytes[GMOND_DATAGRAM_SIZE], again[GMOND_DATAGRAM_SIZE];
	ssize_t size = gmond_encode(m, extra, bytes, sizeof(bytes), NULL);
	struct gmond_extra got_extra[4];
	struct gmond_message got, walk;

	assert_int_equal(gmond_decode(bytes, (size_t)size, &got), GMOND_OK);
	walk = got;
	for (uint32_t i = 0; gmond_next_extra(&walk, &got_extra[i]); i++)
		assert_true(i < 3);
	assert_int_equal(
	    gmond_encode(&got, got_extra, again, sizeof(again), NULL), size);
	assert_memory_equal(again, bytes, size);
}

static void
libganglia_agrees(void **state)
{
	struct making k = { .seed = 8649 };
	struct gmond_extra extra[4];
	struct gmond_message m;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		draw_message(&k, &m, extra);
		compare(&m, extra);
		compare_decoded(&m, extra);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libganglia_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
