#include "message.h"

#include <math.h>
#include <string.h>

/* gmond 3.7 writes a metric into 1024 bytes of XML, of which the names of the
   attributes and the numbers take their part, and cuts what is longer. */
#define STRICT_MAX 300

/* Is it XML as it stands?  gmond makes references in values, gmetad serves
   what they stood for. */
static bool
is_plain(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~' || text[i] == '&' ||
		    text[i] == '<' || text[i] == '"')
			return false;
	return true;
}

static bool
is_plain_name(const char *text)
{
	return is_plain(text, strlen(text));
}

/* gmond writes &gt; and &apos;, of six bytes at most. */
static size_t
written_length(const struct farm_value *v)
{
	size_t i, n = v->length;

	for (i = 0; i < v->length; i++)
		if (v->text[i] == '>' || v->text[i] == '\'')
			n += 5;
	return n;
}

static int
check_strict(
    const struct farm_series *s, const struct farm_value *v, struct error *err)
{
	if (!is_plain_name(s->node) || !is_plain_name(s->parameter))
		return error_set(err,
		    "%s/%s: Ganglia would not write this name as XML", s->node,
		    s->parameter);
	if (v->type != FARM_TEXT)
		return 0;
	if (!is_plain(v->text, v->length))
		return error_set(err,
		    "%s/%s: Ganglia would not write this text as XML", s->node,
		    s->parameter);
	if (written_length(v) > STRICT_MAX)
		return error_set(err, "%s/%s: gmond would cut a text so long",
		    s->node, s->parameter);
	return 0;
}

int
message_check(const struct message_options *o, const struct farm_series *s,
    const struct farm_value *v, struct error *err)
{
	/* What stands before the first colon is the address to gmond. */
	if (strchr(s->node, ':') != NULL)
		return error_set(err,
		    "%s/%s: gmond takes no name of a host with a colon",
		    s->node, s->parameter);
	if (v->type == FARM_DOUBLE && !isfinite(v->number))
		return error_set(
		    err, "%s/%s: not a number", s->node, s->parameter);
	if (v->type == FARM_TEXT && v->length > 0 &&
	    memchr(v->text, '\0', v->length) != NULL)
		return error_set(err, "%s/%s: a text with a NUL in it", s->node,
		    s->parameter);
	return o->strict ? check_strict(s, v, err) : 0;
}

/* The address is not known here; gmond wants one, and takes any text. */
static struct gmond_message
message_of(const struct farm_series *s, uint32_t id)
{
	return (struct gmond_message){
		.id = id,
		.host = slice_of(s->node),
		.address = slice_of(s->node),
		.name = slice_of(s->parameter),
		.spoof = true,
	};
}

static uint32_t
put_extra(const struct message_options *o, const struct farm_series *s,
    struct gmond_extra *to)
{
	uint32_t i, n = 0;
	bool grouped = false;

	for (i = 0; i < s->n_labels; i++) {
		if (o->strict && (!is_plain_name(s->labels[i].name) ||
				     !is_plain_name(s->labels[i].value)))
			continue;
		grouped = grouped || strcmp(s->labels[i].name, "GROUP") == 0;
		to[n++] = (struct gmond_extra){ slice_of(s->labels[i].name),
			slice_of(s->labels[i].value) };
	}
	if (!grouped && (!o->strict || is_plain_name(s->cluster)))
		to[n++] = (struct gmond_extra){ slice_of("GROUP"),
			slice_of(s->cluster) };
	return n;
}

ssize_t
message_metadata(const struct message_options *o, const struct farm_series *s,
    enum gmond_type type, void *to, size_t size, struct error *err)
{
	struct gmond_message m = message_of(s, GMOND_METADATA);
	struct gmond_extra extra[FARM_LABELS_MAX + 1];
	const char *units = gmond_units_of(s->unit);

	m.metadata = (struct gmond_metadata){
		.type = type,
		.units = slice_of(
		    o->strict && !is_plain_name(units) ? "" : units),
		.slope = gmond_slope_for(s->kind),
		.tmax = o->tmax,
		.dmax = o->dmax,
	};
	m.n_extra = put_extra(o, s, extra);
	return gmond_encode(&m, extra, to, size, err);
}

/* As text, like gmetric: no number is rounded, and 64 bits have no message. */
ssize_t
message_value(const struct farm_series *s, const struct farm_value *v,
    struct buffer *room, void *to, size_t size, struct error *err)
{
	struct gmond_message m = message_of(s, GMOND_STRING);

	buffer_clear(room);
	gmond_put_value(room, v);
	if (buffer_failed(room))
		return error_set(err, "out of memory");
	m.format = slice_of("%s");
	m.value = farm_text(buffer_text(room), room->size);
	return gmond_encode(&m, NULL, to, size, err);
}
