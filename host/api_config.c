/* The configuration: reading it anew, showing and changing it. */
#include "api.h"

#include <string.h>

#include "access.h"
#include "arena.h"
#include "clock.h"
#include "config_history.h"
#include "reload.h"
#include "yaml.h"

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
		.by = request->local ? NULL : access_who_name(request->who),
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

/* What runs, or what ran at a time. */
static int
read_config(
    struct farm *farm, const char *at, struct buffer *text, struct error *err)
{
	int64_t time_ns;

	if (at == NULL) {
		reload_show(farm->reload, text);
		return 0;
	}
	if (time_parse(at, clock_wall_ns(), &time_ns, err) != 0)
		return -1;
	return config_history_at(text, farm->config->state, time_ns, err);
}

static void
show(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct buffer text = BUFFER_INIT;
	struct error err;

	if (read_config(farm, request->argument(request, "at"), &text, &err) !=
	    0) {
		api_error(reply, 400, "at", "at: %s", err.text);
	} else {
		buffer_puts(&reply->body, "{\"yaml\":");
		buffer_json_text(&reply->body, buffer_text(&text));
		buffer_putc(&reply->body, '}');
	}
	buffer_free(&text);
}

static void
history(struct farm *farm, struct api_reply *reply)
{
	struct error err;

	buffer_puts(&reply->body, "{\"changes\":");
	if (config_history_json(&reply->body, farm->config->state, &err) != 0)
		api_error(reply, 500, "history", "%s", err.text);
	else
		buffer_putc(&reply->body, '}');
}

/* A word or a pattern means itself, though YAML may see more in it. */
static const struct farm_tree *
plain_value(struct arena *arena, const char *text)
{
	struct farm_tree *value = arena_alloc(arena, sizeof(*value));

	if (value == NULL)
		return NULL;
	*value = (struct farm_tree){ .kind = FARM_SCALAR,
		.key = "",
		.value = arena_strdup(arena, text),
		.file = "value",
		.line = 1,
		.column = 1 };
	return value->value == NULL ? NULL : value;
}

/* The value of the piece is the body: YAML, so JSON too. */
static int
parse_value(const struct api_request *request, struct arena *arena,
    const struct farm_tree **ret, struct reload_answer *answer)
{
	const char *text = request->body;

	if (strpbrk(text, "\n") == NULL && strchr("{[\"'", text[0]) == NULL) {
		*ret = plain_value(arena, text);
		return *ret != NULL ? 0
				    : error_set(&answer->why, "out of memory");
	}
	if (yaml_parse(arena, "value", text, request->body_size, ret,
		&answer->problems) == 0)
		return 0;
	return error_set(&answer->why, "the value is not good YAML");
}

static void
edit(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, bool set)
{
	struct reload_request what = { .origin = RELOAD_API,
		.uid = request->uid,
		.pid = request->pid,
		.by = request->local ? NULL : access_who_name(request->who),
		.plan_only = false };
	struct reload_answer answer = RELOAD_ANSWER_INIT;
	const char *path = request->argument(request, "path");
	const struct farm_tree *value = NULL;
	struct arena *arena = arena_new(0);
	int rc = -1;

	if (arena == NULL)
		error_set(&answer.why, "out of memory");
	else if (path == NULL)
		error_set(&answer.why, "no path is given");
	else if (!set || parse_value(request, arena, &value, &answer) == 0)
		rc = reload_edit(farm->reload, &what, path, value, &answer);
	put_answer(reply, rc, &answer);
	reload_answer_free(&answer);
	arena_free(arena);
}

void
api_config(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, const char *rest)
{
	bool post = strcmp(request->method, "POST") == 0;

	if (!post && rest[0] == '\0')
		show(farm, request, reply);
	else if (!post && strcmp(rest, "history") == 0)
		history(farm, reply);
	else if (post &&
		 (strcmp(rest, "set") == 0 || strcmp(rest, "remove") == 0))
		edit(farm, request, reply, rest[0] == 's');
	else
		api_error(reply, 404, "path", "there is nothing at %s for %s",
		    request->path, request->method);
}
