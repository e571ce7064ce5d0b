/*
 * Results from elsewhere, as a frame: on to the writers as they are, past
 * filters and last values.
 */
#include "api.h"

#include "clock.h"
#include "frame.h"

/* How long one request may wait for the writers. */
#define WAIT_NS (20 * NS_PER_S)

/* What was sent before is stored: so nobody can be given more than he takes,
   and bounds of the journal stay for what is measured. */
static bool
wait_for_writers(struct farm *farm, struct api_reply *reply)
{
	int64_t deadline = clock_mono_ns() + WAIT_NS;
	struct router_stats stats;
	struct error err;

	if (!deliver_has_writers(farm->deliver)) {
		api_error(reply, 409, "writer",
		    "there is no writer that could keep them");
		return false;
	}
	if (!router_flush(farm->router, deadline)) {
		api_error(reply, 503, "busy", "the router is behind");
		return false;
	}
	router_stats(farm->router, &stats);
	if (deliver_flush(farm->deliver, stats.position - 1, deadline, &err) ==
	    0)
		return true;
	api_error(reply, 503, "busy", "%s", err.text);
	return false;
}

/* Results and nothing else, which are the host's from now on. */
static int
adopt(struct batch *batch, uint64_t *ret_values, struct error *err)
{
	struct farm_record *r;
	size_t i;

	*ret_values = 0;
	for (i = 0; i < batch->view.n_records; i++) {
		r = batch_record(batch, i);
		if (r->type != FARM_RESULT)
			return error_set(err,
			    "record %zu is of type %u; results alone are taken",
			    i + 1, (unsigned)r->type);
		r->position = 0;
		r->instance = "";
		r->flags = FARM_IMPORTED;
		*ret_values += r->n_values;
	}
	return 0;
}

/* The names are pinned by the decoder until the batch is routed, then by who
   wrote it down. */
static void
take_frame(struct farm *farm, struct frame_decoder *decoder,
    const struct api_request *request, struct api_reply *reply)
{
	struct batch *batch = batch_new();
	struct error err;
	uint64_t values;

	if (batch == NULL) {
		api_error(reply, 500, "memory", "out of memory");
		return;
	}
	if (frame_decode(
		decoder, request->body, request->body_size, batch, &err) < 0 ||
	    adopt(batch, &values, &err) < 0) {
		api_error_at(reply, 400, "body", "body", "%s", err.text);
	} else if (values > 0 && !router_import(farm->router, batch)) {
		api_error(reply, 503, "busy", "the router's queue is full");
	} else {
		if (values > 0)
			batch = NULL; /* the router's */
		(void)router_flush(farm->router, clock_mono_ns() + WAIT_NS);
		buffer_printf(&reply->body, "{\"values\":%llu}",
		    (unsigned long long)values);
	}
	batch_unref(batch);
}

void
api_import(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct frame_decoder *decoder;

	if (!wait_for_writers(farm, reply))
		return;
	if (request->body_size == 0) {
		buffer_puts(&reply->body, "{\"values\":0}");
		return;
	}
	decoder = frame_decoder_new(farm->series);
	if (decoder == NULL)
		api_error(reply, 500, "memory", "out of memory");
	else
		take_frame(farm, decoder, request, reply);
	frame_decoder_free(decoder);
}
