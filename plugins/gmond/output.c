#include "output.h"

#include "batch.h"

static void
take_rows(
    void *cookie, int64_t time_ns, const struct farm_value *rows, size_t n)
{
	struct output *o = cookie;
	struct batch *batch = batch_new();
	struct error err;

	if (batch == NULL ||
	    batch_add_result(batch, time_ns, "", 0, rows, n) != 0)
		worker_child_log(o->child, o->seat, FARM_WARNING,
		    "values are dropped: out of memory");
	else if (worker_child_send(o->child, o->seat, &batch->view, &err) != 0)
		worker_child_log(o->child, o->seat, FARM_WARNING, err.text);
	batch_unref(batch);
}

static void
take_line(void *cookie, const char *text)
{
	struct output *o = cookie;

	worker_child_log(o->child, o->seat, FARM_WARNING, text);
}

struct engine_output
output_to(struct output *o)
{
	return (struct engine_output){ o, take_rows, take_line };
}
