#include "api.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

static const struct {
	const char *path;
	void (*handle)(
	    struct farm *, const struct api_request *, struct api_reply *);
} routes[] = {
	{ "/v1/openapi.json", api_openapi },
	{ "/v1/status", api_status },
	{ "/v1/health", api_health },
	{ "/v1/tree", api_tree },
	{ "/v1/latest", api_latest },
	{ "/v1/history", api_history },
	{ "/metrics", api_metrics },
	{ "/healthz", api_alive },
	{ "/readyz", api_ready },
	{ "/v1/subscribe", api_subscribe },
};

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

static void
dispatch(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	const char *rest;
	size_t i;

	if (strcmp(request->path, "/v1/reload") == 0) {
		api_reload(farm, request, reply);
		return;
	}
	rest = below(request->path, "/v1/config");
	if (rest != NULL) {
		api_config(farm, request, reply, rest);
		return;
	}
	rest = below(request->path, INSTANCES);
	if (rest != NULL) {
		api_instances(farm, request, reply, rest);
		return;
	}
	rest = below(request->path, SUBSCRIPTIONS);
	if (rest != NULL) {
		api_subscriptions(farm, request, reply, rest);
		return;
	}
	if (strcmp(request->path, "/v1/import") == 0 &&
	    strcmp(request->method, "POST") == 0) {
		api_import(farm, request, reply);
		return;
	}
	if (strcmp(request->method, "GET") != 0) {
		api_error(
		    reply, 405, "method", "%s can only be read", request->path);
		return;
	}
	rest = below(request->path, MODULES);
	if (rest != NULL) {
		api_modules(farm, request, reply, rest);
		return;
	}
	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(routes[i].path, request->path) == 0) {
			routes[i].handle(farm, request, reply);
			return;
		}
	api_error(reply, 404, "path", "there is nothing at %s", request->path);
}

void
api_handle(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	bool subscription = below(request->path, SUBSCRIPTIONS) != NULL;

	reply->status = 200;
	if (strcmp(request->method, "DELETE") == 0 && !subscription)
		api_error(reply, 405, "method", "nothing is deleted at %s",
		    request->path);
	else if (!request->trusted && strcmp(request->method, "GET") != 0 &&
		 !subscription)
		api_error(reply, 403, "read_only",
		    "changes are made over the Unix socket only");
	else
		dispatch(farm, request, reply);
	if (buffer_failed(&reply->body))
		api_error(reply, 500, "memory", "out of memory");
}
