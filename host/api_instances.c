/* Instances: what they did, and telling them to do something. */
#include "api_question.h"

#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "clock.h"
#include "log.h"
#include "yaml.h"

/* What the contract grants open(). */
#define OPEN_NS (10 * NS_PER_S)

/* Every change is logged with who asked for it. */
static void
log_change(const struct api_request *request, const struct instance *instance,
    const char *what)
{
	log_line(LOG_LEVEL_NOTICE, instance->name, "%s, asked by %s", what,
	    access_who_name(request->who));
}

static void
put_instance(struct farm *farm, const struct api_request *request,
    struct instance *instance, bool targets, struct buffer *out)
{
	buffer_putc(out, '{');
	instance_json(out, instance, request->trusted);
	if (instance->module->role == FARM_WRITER)
		deliver_writer_json(farm->deliver, instance, out);
	if (targets && instance->module->role == FARM_COLLECTOR) {
		buffer_puts(out, ",\"targets\":");
		schedule_targets_json(farm->schedule, instance, out);
	}
	buffer_putc(out, '}');
}

static int
by_name(const void *a, const void *b)
{
	const struct instance *const *x = a;
	const struct instance *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
put_page(struct farm *farm, const struct api_request *request,
    struct instance **sorted, size_t n, struct api_pager *pager,
    struct buffer *out)
{
	enum api_turn turn = TURN_SKIP;
	size_t i;

	buffer_puts(out, "{\"instances\":[");
	for (i = 0; i < n && turn != TURN_END; i++) {
		const char *name = sorted[i]->name;

		turn = api_pager_turn(pager, &name, 1);
		if (turn != TURN_TAKE)
			continue;
		buffer_puts(out, pager->n > 1 ? ",\n" : "");
		put_instance(farm, request, sorted[i], false, out);
	}
	buffer_putc(out, ']');
	api_pager_end(pager, out);
}

static void
list(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct api_pager pager;
	struct instance **all;
	size_t n;

	if (api_pager_begin(&pager, request, reply, 1)) {
		all = farm_instances(farm, &n);
		if (n > 0)
			qsort(all, n, sizeof(*all), by_name);
		put_page(farm, request, all, n, &pager, &reply->body);
		farm_instances_release(all, n);
	}
	api_pager_free(&pager);
}

/* The body of a POST as a tree (JSON is YAML); NULL if there is none. */
static int
parse_body(struct arena *arena, const struct api_request *request,
    const struct farm_tree **ret, struct error *err)
{
	struct problems problems = PROBLEMS_INIT;
	int result = 0;

	*ret = NULL;
	if (request->body_size == 0)
		return 0;
	if (yaml_parse(arena, "body", request->body, request->body_size, ret,
		&problems) < 0)
		result = error_set(err, "%u:%u: %s", problems.items[0].line,
		    problems.items[0].column, problems.items[0].text);
	else if ((*ret)->kind != FARM_MAPPING)
		result = error_set(err, "the body must be an object");
	problems_free(&problems);
	return result;
}

static int
run_now(struct farm *farm, const struct api_request *request,
    struct instance *instance, struct error *err)
{
	const char *node = request->argument(request, "node");

	if (schedule_run_now(farm->schedule, instance, node, err) < 0)
		return -1;
	log_change(request, instance, "run at once");
	return 0;
}

static int
pause_it(struct farm *farm, const struct api_request *request,
    struct instance *instance, bool paused, struct error *err)
{
	if (schedule_pause(farm->schedule, instance, paused, err) < 0)
		return -1;
	log_change(request, instance, paused ? "paused" : "resumed");
	return 0;
}

/* One that runs on request is opened for it. */
static void
wake(struct farm *farm, struct instance *instance)
{
	if (instance->module->role == FARM_COLLECTOR &&
	    schedule_wanted(farm->schedule, instance))
		(void)schedule_await(
		    farm->schedule, instance, false, clock_mono_ns() + OPEN_NS);
}

static int
act(struct farm *farm, const struct api_request *request,
    struct instance *instance, const char *action, struct buffer *out,
    struct error *err)
{
	struct arena *arena = arena_new(0);
	const struct farm_tree *arguments;
	int result = -1;

	if (arena == NULL)
		error_set(err, "out of memory");
	else if (parse_body(arena, request, &arguments, err) != 0)
		error_prefix(err, "%s", instance->name);
	else {
		log_change(request, instance, action);
		wake(farm, instance);
		result = instance_action(instance, action, arguments, out, err);
	}
	arena_free(arena);
	return result;
}

static int
drop(struct farm *farm, const struct api_request *request,
    struct instance *instance, struct buffer *out, struct error *err)
{
	uint64_t values;

	if (deliver_drop(farm->deliver, instance, &values, err) < 0)
		return -1;
	log_change(request, instance, "what waits in the journal is given up");
	buffer_printf(out, "{\"values\":%llu}", (unsigned long long)values);
	return 0;
}

static int
change_writer(struct farm *farm, const struct api_request *request,
    struct instance *instance, const char *verb, struct buffer *out,
    struct error *err)
{
	if (strcmp(verb, "drop") == 0)
		return drop(farm, request, instance, out, err);
	return error_set(err, "only collectors can be told to %s", verb);
}

static int
tell(struct farm *farm, const struct api_request *request,
    struct instance *instance, const char *verb, struct buffer *out,
    struct error *err)
{
	if (instance->module->role == FARM_WRITER)
		return change_writer(farm, request, instance, verb, out, err);
	if (instance->module->role != FARM_COLLECTOR)
		return error_set(
		    err, "only collectors can be told to %s", verb);
	if (strcmp(verb, "run") == 0)
		return run_now(farm, request, instance, err);
	if (strcmp(verb, "pause") == 0)
		return pause_it(farm, request, instance, true, err);
	if (strcmp(verb, "resume") == 0)
		return pause_it(farm, request, instance, false, err);
	return error_set(err,
	    "\"%s\" is not one of run, pause, resume, "
	    "actions/NAME",
	    verb);
}

/* Every error names the instance. */
static int
change(struct farm *farm, const struct api_request *request,
    struct instance *instance, const char *verb, struct buffer *out,
    struct error *err)
{
	static const char actions[] = "actions/";

	if (strncmp(verb, actions, sizeof(actions) - 1) == 0)
		return act(farm, request, instance, verb + sizeof(actions) - 1,
		    out, err);
	if (tell(farm, request, instance, verb, out, err) == 0)
		return 0;
	return error_prefix(err, "%s", instance->name);
}

/*
 * Names hold slashes, so the longest instance's name that the path begins with
 * is meant; *rest is what stands behind it.  For instance_release().
 */
static struct instance *
find(struct farm *farm, const char *path, const char **rest)
{
	struct instance *best = NULL;
	struct instance **all;
	size_t longest = 0;
	size_t n_all, i;

	all = farm_instances(farm, &n_all);
	for (i = 0; i < n_all; i++) {
		const char *name = all[i]->name;
		size_t n = strlen(name);

		if (n <= longest || strncmp(path, name, n) != 0 ||
		    (path[n] != '\0' && path[n] != '/'))
			continue;
		best = all[i];
		longest = n;
		*rest = path + n + (path[n] == '/');
	}
	if (best != NULL)
		instance_use(best);
	farm_instances_release(all, n_all);
	return best;
}

static bool
is_replay(const struct instance *instance, const char *verb)
{
	return instance->module->role == FARM_WRITER &&
	       strcmp(verb, "replay") == 0;
}

static void
replay(struct farm *farm, const struct api_request *request,
    struct instance *instance, struct api_reply *reply)
{
	const char *from = request->argument(request, "from");
	int64_t from_ns = 0;
	struct error err;

	if (from == NULL) {
		api_error_at(
		    reply, 400, "argument", "from", "since when is not given");
	} else if (time_parse(from, clock_wall_ns(), &from_ns, &err) < 0) {
		api_error_at(reply, 400, "argument", "from", "%s", err.text);
	} else if (deliver_replay(farm->deliver, instance, from_ns, &err) < 0) {
		api_error(
		    reply, 409, "refused", "%s: %s", instance->name, err.text);
	} else {
		log_change(request, instance, "given the journal again");
		buffer_puts(&reply->body, "{}");
	}
}

#define LETTERS_DEFAULT 100
#define LETTERS_MAX 10000

static void
put_dead_letters(struct farm *farm, const struct api_request *request,
    struct instance *instance, struct api_reply *reply)
{
	const char *text = request->argument(request, "limit");
	long limit = text == NULL ? LETTERS_DEFAULT : strtol(text, NULL, 10);
	struct error err;

	if (limit < 1 || limit > LETTERS_MAX) {
		api_error_at(reply, 400, "argument", "limit",
		    "\"%s\" is not a number from 1 to %d", text, LETTERS_MAX);
		return;
	}
	buffer_puts(&reply->body, "{\"dead_letters\":");
	if (deliver_dead_letters(
		farm->deliver, instance, (size_t)limit, &reply->body, &err) < 0)
		api_error(
		    reply, 500, "storage", "%s: %s", instance->name, err.text);
	else
		buffer_putc(&reply->body, '}');
}

void
api_instances(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, const char *path)
{
	bool post = strcmp(request->method, "POST") == 0;
	struct instance *instance;
	const char *rest = "";
	struct error err;

	if (path[0] == '\0' && !post) {
		list(farm, request, reply);
		return;
	}
	instance = find(farm, path, &rest);
	if (instance != NULL && !post && strcmp(rest, "dead-letters") == 0 &&
	    instance->module->role == FARM_WRITER) {
		put_dead_letters(farm, request, instance, reply);
	} else if (instance != NULL && post && is_replay(instance, rest)) {
		replay(farm, request, instance, reply);
	} else if (instance == NULL || (!post && rest[0] != '\0')) {
		api_error_at(reply, 404, "name", "path",
		    "there is no instance \"%s\"", path);
	} else if (!post) {
		put_instance(farm, request, instance, true, &reply->body);
	} else if (change(farm, request, instance, rest, &reply->body, &err) <
		   0) {
		api_error(reply, 409, "refused", "%s", err.text);
	} else if (reply->body.size == 0) {
		buffer_puts(&reply->body, "{}");
	}
	instance_release(instance);
}
