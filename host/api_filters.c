/* Filters that clients load: scripts with a predicate, a lease and an owner. */
#include "api.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "loaded.h"

#define LEASE_DEFAULT "10m"
#define RESULTS_DEFAULT 1000
#define RESULTS_MAX 10000

static const char *
argument_or(
    const struct api_request *request, const char *name, const char *otherwise)
{
	const char *text = request->argument(request, name);

	return text != NULL ? text : otherwise;
}

/* What is wrong with the order of a request; "" if nothing is. */
static const char *
read_order(const struct api_request *request, struct loaded_order *o,
    struct error *err)
{
	const char *to = argument_or(request, "to", "farm");

	*o = (struct loaded_order){
		.name = request->argument(request, "name"),
		.match = argument_or(request, "match", "*"),
		.cluster = argument_or(request, "cluster", "filters"),
		.script = request->body,
		.owner = access_who_name(request->who),
		.class = access_who_class(request->who),
		.to_owner = strcmp(to, "me") == 0,
	};
	if (!o->to_owner && strcmp(to, "farm") != 0) {
		error_set(err, "\"%s\" is neither farm nor me", to);
		return "to";
	}
	if (request->body_size == 0 ||
	    strlen(request->body) != request->body_size) {
		error_set(err, "the script is not given, or no text");
		return "body";
	}
	if (duration_parse(argument_or(request, "lease", LEASE_DEFAULT),
		&o->lease_ns, err) != 0)
		return "lease";
	return "";
}

static void
load(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct buffer name = BUFFER_INIT;
	struct loaded_order order;
	struct error err;
	const char *place = read_order(request, &order, &err);

	if (place[0] == '\0' &&
	    loaded_load(farm->loaded, &order, &name, &place, &err) == 0) {
		buffer_puts(&reply->body, "{\"name\":");
		buffer_json_text(&reply->body, buffer_text(&name));
		buffer_putc(&reply->body, '}');
	} else if (place[0] != '\0') {
		api_error_at(reply, 400, "argument", place, "%s", err.text);
	} else {
		api_error(reply, 409, "refused", "%s", err.text);
	}
	buffer_free(&name);
}

static void
not_there(struct api_reply *reply, const char *name)
{
	api_error_at(reply, 404, "name", "path",
	    "there is no loaded filter \"%s\"", name);
}

static void
renew(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, const char *name)
{
	const char *text = request->argument(request, "lease");
	int64_t lease_ns = 0;
	struct error err;

	if (text != NULL && duration_parse(text, &lease_ns, &err) != 0)
		api_error_at(reply, 400, "argument", "lease", "%s", err.text);
	else if (text != NULL && (lease_ns < LOADED_LEASE_MIN_NS ||
				     lease_ns > LOADED_LEASE_MAX_NS))
		api_error_at(reply, 400, "argument", "lease",
		    "a lease lasts 1 s to 7 d");
	else if (loaded_renew(farm->loaded, name, lease_ns) != 0)
		not_there(reply, name);
	else
		buffer_puts(&reply->body, "{}");
}

/* A number from 0; -1, said in the reply, if it is none. */
static long long
read_number(const struct api_request *request, struct api_reply *reply,
    const char *name, long long otherwise, long long max)
{
	const char *text = request->argument(request, name);
	long long n;
	char *end;

	if (text == NULL)
		return otherwise;
	n = strtoll(text, &end, 10);
	if (end != text && *end == '\0' && n >= 0 && n <= max)
		return n;
	api_error_at(reply, 400, "argument", name,
	    "\"%s\" is not a number from 0 to %lld", text, max);
	return -1;
}

static void
results(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, const char *name)
{
	long long after, limit;

	after = read_number(request, reply, "after", 0, INT64_MAX);
	if (after < 0)
		return;
	limit = read_number(
	    request, reply, "limit", RESULTS_DEFAULT, RESULTS_MAX);
	if (limit >= 0 && loaded_results(farm->loaded, name, (uint64_t)after,
			      (size_t)limit, &reply->body) != 0)
		not_there(reply, name);
}

static void
withdraw(struct farm *farm, struct api_reply *reply, const char *name)
{
	if (loaded_remove(farm->loaded, name) != 0)
		not_there(reply, name);
	else
		buffer_puts(&reply->body, "{}");
}

/* It is its owner's and those of the same class; who administers may as well.
 */
static bool
is_theirs(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, const char *name)
{
	if (loaded_is_of(farm->loaded, name, access_who_class(request->who)) ||
	    access_may_some(request->who, ACCESS_ADMIN))
		return true;
	api_error(reply, 403, "not_yours",
	    "filter \"%s\" was loaded by another class of users", name);
	return false;
}

/* What stands behind the name, in a copy that ends before it. */
static void
dispatch(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, char *name)
{
	const char *method = request->method;
	char *verb = strchr(name, '/');

	if (verb != NULL)
		*verb++ = '\0';
	if (!is_theirs(farm, request, reply, name))
		return;
	if (verb == NULL && strcmp(method, "DELETE") == 0)
		withdraw(farm, reply, name);
	else if (verb != NULL && strcmp(verb, "renew") == 0 &&
		 strcmp(method, "POST") == 0)
		renew(farm, request, reply, name);
	else if (verb != NULL && strcmp(verb, "results") == 0 &&
		 strcmp(method, "GET") == 0)
		results(farm, request, reply, name);
	else
		api_error(reply, 404, "path", "there is nothing at %s for %s",
		    request->path, method);
}

void
api_filters(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, const char *rest)
{
	char *name;

	if (rest[0] == '\0' && strcmp(request->method, "POST") == 0) {
		load(farm, request, reply);
		return;
	}
	if (rest[0] == '\0' && strcmp(request->method, "GET") == 0) {
		loaded_json(farm->loaded, &reply->body);
		return;
	}
	name = strdup(rest);
	if (name == NULL)
		api_error(reply, 500, "memory", "out of memory");
	else
		dispatch(farm, request, reply, name);
	free(name);
}
