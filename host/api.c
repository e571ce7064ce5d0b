#include "api.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "log.h"

#define FILTERS "/v1/filters"
#define INSTANCES "/v1/instances"
#define MODULES "/v1/modules"
#define SUBSCRIPTIONS "/v1/subscriptions"

static void
put_error(struct api_reply *reply, int status, const char *code,
    const char *place, const char *format, va_list args)
{
	struct error text;

	error_vset(&text, format, args);
	reply->status = status;
	buffer_clear(&reply->body);
	buffer_puts(&reply->body, "{\"error\":{\"code\":");
	buffer_json_text(&reply->body, code);
	buffer_puts(&reply->body, ",\"message\":");
	buffer_json_text(&reply->body, text.text);
	if (place != NULL) {
		buffer_puts(&reply->body, ",\"place\":");
		buffer_json_text(&reply->body, place);
	}
	buffer_puts(&reply->body, "}}");
}

void
api_error(struct api_reply *reply, int status, const char *code,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_error(reply, status, code, NULL, format, args);
	va_end(args);
}

void
api_error_at(struct api_reply *reply, int status, const char *code,
    const char *place, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_error(reply, status, code, place, format, args);
	va_end(args);
}

void
api_refuse(const struct api_request *request, struct api_reply *reply,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_error(reply, 403,
	    access_has_policy(request->who) ? "access" : "read_only", NULL,
	    format, args);
	va_end(args);
	log_line(LOG_LEVEL_WARNING, "audit", "refused: %s %s to %s",
	    request->method, request->path, access_who_name(request->who));
}

/* What one must be allowed to ask here: a mode of some series, or of all. */
enum need { NEED_NOTHING, NEED_SOMETHING, NEED_SOME, NEED_ALL };

static const struct route {
	const char *path;
	void (*handle)(
	    struct farm *, const struct api_request *, struct api_reply *);
	enum need need;
	enum access_mode mode;
} routes[] = {
	{ "/v1/openapi.json", api_openapi, NEED_NOTHING, 0 },
	{ "/v1/allowed", api_allowed, NEED_NOTHING, 0 },
	{ "/v1/status", api_status, NEED_SOMETHING, 0 },
	{ "/v1/health", api_health, NEED_SOMETHING, 0 },
	{ "/v1/tree", api_tree, NEED_SOME, ACCESS_LATEST },
	{ "/v1/latest", api_latest, NEED_SOME, ACCESS_LATEST },
	{ "/metrics", api_metrics, NEED_SOME, ACCESS_LATEST },
	{ "/healthz", api_alive, NEED_NOTHING, 0 },
	{ "/readyz", api_ready, NEED_NOTHING, 0 },
	/* They look for themselves whether values or averages are asked for. */
	{ "/v1/history", api_history, NEED_SOMETHING, 0 },
	{ "/v1/subscribe", api_subscribe, NEED_SOMETHING, 0 },
};

static bool
may_something(const struct access_who *who)
{
	int mode;

	for (mode = 0; mode < ACCESS_MODES; mode++)
		if (access_may_some(who, (enum access_mode)mode))
			return true;
	return false;
}

static bool
is_allowed(const struct api_request *request, enum need need,
    enum access_mode mode, struct api_reply *reply)
{
	const struct access_who *who = request->who;

	if (need == NEED_NOTHING ||
	    (need == NEED_SOMETHING && may_something(who)) ||
	    (need == NEED_SOME && access_may_some(who, mode)) ||
	    (need == NEED_ALL && access_may_all(who, mode)))
		return true;
	if (need == NEED_SOMETHING)
		api_refuse(request, reply, "%s may do nothing here",
		    access_who_name(who));
	else if (access_has_policy(who))
		api_refuse(request, reply, "%s may not: %s%s",
		    access_who_name(who), access_mode_name(mode),
		    need == NEED_ALL ? " of all series" : "");
	else
		api_refuse(request, reply,
		    "changes and the configuration are for the Unix socket "
		    "only");
	return false;
}

/* The rest of the path behind `folder', NULL if it is not below it. */
static const char *
below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	if (strncmp(path, folder, n) != 0 ||
	    (path[n] != '\0' && path[n] != '/'))
		return NULL;
	return path + n + (path[n] == '/');
}

/* Whoever knows of one may renew it; to end another's takes more. */
static void
dispatch_subscriptions(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, const char *rest)
{
	enum need need = NEED_ALL;
	enum access_mode mode = ACCESS_LIVE;

	if (strcmp(request->method, "DELETE") == 0)
		mode = ACCESS_ADMIN;
	else if (strcmp(request->method, "POST") == 0)
		need = NEED_SOMETHING;
	if (is_allowed(request, need, mode, reply))
		api_subscriptions(farm, request, reply, rest);
}

/* Below these are names or verbs. */
static bool
dispatch_below(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	bool get = strcmp(request->method, "GET") == 0;
	enum access_mode mode = get ? ACCESS_LATEST : ACCESS_ADMIN;
	const char *rest;

	rest = below(request->path, "/v1/config");
	if (rest != NULL) {
		if (is_allowed(request, NEED_ALL, ACCESS_ADMIN, reply))
			api_config(farm, request, reply, rest);
		return true;
	}
	rest = below(request->path, INSTANCES);
	if (rest != NULL) {
		if (is_allowed(request, NEED_ALL, mode, reply))
			api_instances(farm, request, reply, rest);
		return true;
	}
	rest = below(request->path, FILTERS);
	if (rest != NULL) {
		if (is_allowed(request, NEED_ALL, ACCESS_FILTER, reply))
			api_filters(farm, request, reply, rest);
		return true;
	}
	rest = below(request->path, SUBSCRIPTIONS);
	if (rest != NULL) {
		dispatch_subscriptions(farm, request, reply, rest);
		return true;
	}
	rest = get ? below(request->path, MODULES) : NULL;
	if (rest != NULL && is_allowed(request, NEED_ALL, mode, reply))
		api_modules(farm, request, reply, rest);
	return rest != NULL;
}

static void
change(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	bool reload = strcmp(request->path, "/v1/reload") == 0;
	bool import = strcmp(request->path, "/v1/import") == 0;

	if (!is_allowed(request, NEED_ALL, ACCESS_ADMIN, reply))
		return;
	if (reload)
		api_reload(farm, request, reply);
	else if (import)
		api_import(farm, request, reply);
	else
		api_error(
		    reply, 405, "method", "%s can only be read", request->path);
}

static void
dispatch(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	size_t i;

	if (dispatch_below(farm, request, reply))
		return;
	if (strcmp(request->method, "GET") != 0 ||
	    strcmp(request->path, "/v1/reload") == 0) {
		change(farm, request, reply);
		return;
	}
	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(routes[i].path, request->path) == 0) {
			if (is_allowed(
				request, routes[i].need, routes[i].mode, reply))
				routes[i].handle(farm, request, reply);
			return;
		}
	api_error(reply, 404, "path", "there is nothing at %s", request->path);
}

/* What was changed, or tried, whatever else is said of it. */
static void
audit(const struct api_request *request, const struct api_reply *reply)
{
	if (strcmp(request->method, "GET") != 0 && reply->status != 403)
		log_line(LOG_LEVEL_NOTICE, "audit", "%s %s by %s: %d",
		    request->method, request->path,
		    access_who_name(request->who), reply->status);
}

void
api_handle(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	bool deletes = below(request->path, SUBSCRIPTIONS) != NULL ||
		       below(request->path, FILTERS) != NULL;

	reply->status = 200;
	if (strcmp(request->method, "DELETE") == 0 && !deletes)
		api_error(reply, 405, "method", "nothing is deleted at %s",
		    request->path);
	else
		dispatch(farm, request, reply);
	if (buffer_failed(&reply->body))
		api_error(reply, 500, "memory", "out of memory");
	audit(request, reply);
}
