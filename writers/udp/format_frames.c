#include "frames.h"

#include <stdlib.h>

#include "batch.h"
#include "frame.h"
#include "series.h"

/* More than any writer is given. */
#define SERIES_MAX (1u << 28)

struct frames {
	struct series_table *series;
	struct frame_encoder *encoder;
};

int
frames_new(struct frames **ret)
{
	struct frames *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->series = series_table_new(SERIES_MAX);
	if (f->series != NULL)
		f->encoder = frame_encoder_new(f->series);
	if (f->encoder == NULL) {
		frames_free(f);
		return -1;
	}
	*ret = f;
	return 0;
}

void
frames_free(struct frames *f)
{
	if (f == NULL)
		return;
	frame_encoder_free(f->encoder);
	series_table_free(f->series);
	free(f);
}

void
frames_forget(struct frames *f, struct known *k)
{
	if (k->own != 0)
		series_unpin(f->series, k->own);
	k->own = 0;
}

/* By numbers of our own: those of the host are its own. */
static int
add_value(struct frames *f, const struct group *g, const struct farm_value *v,
    struct batch *b)
{
	const struct farm_series *s = farm_series_info(g->host, v->series);
	struct known *k = farm_series_state(g->host, v->series);
	struct farm_value own = *v;
	struct error err;

	if (k == NULL)
		return -1;
	if (k->own == 0)
		k->own = series_define(f->series, s, &err);
	own.series = k->own;
	return k->own == 0 ? -1 : batch_add_value(b, &own);
}

static struct batch *
batch_of(struct frames *f, const struct group *g, size_t first, size_t n)
{
	const struct farm_record *r = g->record;
	struct batch *b = batch_new();
	int rc = b == NULL ? -1
			   : batch_add_result(
				 b, r->time_ns, r->instance, r->flags, NULL, 0);

	for (size_t i = first; i < first + n && rc == 0; i++)
		rc = add_value(f, g, &g->values[i], b);
	if (rc == 0)
		return b;
	batch_unref(b);
	return NULL;
}

/* Appends a frame, which may turn out too long. */
static int
put_frame(struct composer *c, const struct farm_batch *batch)
{
	struct error err;

	frame_encoder_reset(c->frames->encoder);
	return frame_encode(
	    c->frames->encoder, batch, &c->outgoing.bytes, &err);
}

/* Halved until it fits. */
static int
put_values(struct composer *c, const struct group *g, size_t first, size_t n)
{
	struct outgoing *o = &c->outgoing;
	struct batch *b = batch_of(c->frames, g, first, n);
	int rc = b == NULL ? -1 : put_frame(c, &b->view);

	batch_unref(b);
	if (rc != 0)
		return -1;
	if (n == 1 || o->bytes.size - outgoing_start(o) <= o->limit)
		return composer_end(c, g, &g->values[first], n);
	outgoing_undo(o);
	if (put_values(c, g, first, n / 2) != 0)
		return -1;
	return put_values(c, g, first + n / 2, n - n / 2);
}

static int
frames_put(struct composer *c, const struct group *g)
{
	return put_values(c, g, 0, g->n);
}

/* Events and whatever else is in the stream, but for what is this farm's own:
   where it stopped reading. */
static int
frames_put_other(
    struct composer *c, struct farm_host *host, const struct farm_record *r)
{
	const struct farm_batch one = { r, 1 };

	(void)host;
	if (r->type == FARM_CHECKPOINT)
		return 0;
	if (put_frame(c, &one) != 0)
		return -1;
	if (!outgoing_end(&c->outgoing))
		c->counts.unsaid[UNSAID_LARGE]++;
	return buffer_failed(&c->outgoing.bytes) ? -1 : 0;
}

const struct format_ops format_frames = {
	.name = "frames",
	.timed = true,
	.alone = true,
	.put = frames_put,
	.put_other = frames_put_other,
};
