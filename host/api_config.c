/* The configuration: reading it anew. */
#include "api.h"

#include <string.h>

#include "reload.h"

/* [{"file":..,"line":..,"column":..,"warning":false,"text":..}, ...] */
static void
put_problems(struct buffer *out, const struct problems *problems)
{
	size_t i;

	buffer_putc(out, '[');
	for (i = 0; i < problems->n; i++) {
		const struct problem *p = &problems->items[i];

		buffer_puts(out, i > 0 ? ",\n{\"file\":" : "{\"file\":");
		buffer_json_text(out, p->file != NULL ? p->file : "");
		buffer_printf(out,
		    ",\"line\":%u,\"column\":%u,\"warning\":%s,\"text\":",
		    p->line, p->column, p->warning ? "true" : "false");
		buffer_json_text(out, p->text);
		buffer_putc(out, '}');
	}
	buffer_putc(out, ']');
}

/* What came of a change, good or bad. */
static void
put_answer(struct api_reply *reply, int rc, const struct reload_answer *answer)
{
	struct buffer *out = &reply->body;

	if (rc != 0) {
		api_error(reply, 422, "config", "%s", answer->why.text);
		/* The whole answer is an object: more goes before its end. */
		out->size--;
		buffer_puts(out, ",\"problems\":");
	} else {
		buffer_printf(out,
		    "{\"plan\":%s,\"problems\":", buffer_text(&answer->plan));
	}
	put_problems(out, &answer->problems);
	buffer_putc(out, '}');
}

static bool
is_true(const char *text)
{
	return text != NULL && strcmp(text, "true") == 0;
}

void
api_reload(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct reload_request what = {
		.origin = RELOAD_API,
		.uid = request->uid,
		.pid = request->pid,
		.what = "reload",
		.plan_only = is_true(request->argument(request, "plan")),
	};
	struct reload_answer answer = RELOAD_ANSWER_INIT;
	int rc;

	if (strcmp(request->method, "POST") != 0) {
		api_error(reply, 405, "method", "reload by POST");
		return;
	}
	rc = reload_run(farm->reload, &what, &answer);
	put_answer(reply, rc, &answer);
	reload_answer_free(&answer);
}
