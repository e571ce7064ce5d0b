#include "client.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

#define WAIT_S 60L
/* A larger answer than this is not the daemon's. */
#define ANSWER_MAX (1u << 30)

static size_t
take_body(char *data, size_t size, size_t n, void *context)
{
	struct buffer *body = context;

	buffer_put(body, data, size * n);
	return buffer_failed(body) ? 0 : size * n;
}

static void
put_arguments(
    CURL *curl, struct buffer *url, const struct client_argument *arguments)
{
	char separator = '?';

	for (; arguments != NULL && arguments->name != NULL; arguments++) {
		char *value;

		if (arguments->value == NULL)
			continue;
		value = curl_easy_escape(curl, arguments->value, 0);
		buffer_printf(url, "%c%s=%s", separator, arguments->name,
		    value == NULL ? "" : value);
		curl_free(value);
		separator = '&';
	}
}

/* One request and how it went. */
struct request {
	const char *socket;
	const char *path;
	const struct client_argument *arguments;
	const void *post; /* NULL: a GET */
	size_t post_size;
	size_t flags; /* jansson's, for the answer */
	long status;  /* HTTP's; 0: no answer came */
};

/* What the daemon answered, or the reason it gave for not answering. */
static int
read_answer(const struct request *r, const struct buffer *body, json_t **ret,
    struct error *err)
{
	json_error_t why;
	json_t *root = json_loadb(
	    buffer_text(body), body->size, r->flags, &why);
	const char *message;

	if (root == NULL)
		return error_set(
		    err, "the daemon's answer is no JSON: %s", why.text);
	message = json_string_value(
	    json_object_get(json_object_get(root, "error"), "message"));
	if (r->status != 422 &&
	    (message != NULL || (r->status >= 400 && r->status != 503))) {
		error_set(err, "%s", message != NULL ? message : "refused");
		json_decref(root);
		return -1;
	}
	*ret = root;
	return 0;
}

static int
explain(CURLcode code, const char *socket, struct error *err)
{
	if (code == CURLE_COULDNT_CONNECT)
		return error_set(err,
		    "no farmd answers at %s (is it running? --socket PATH or "
		    "FARM_SOCKET says where)",
		    socket);
	return error_set(err, "%s: %s", socket, curl_easy_strerror(code));
}

static void
set_options(
    CURL *curl, const struct request *r, const char *url, struct buffer *body)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, r->socket);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, WAIT_S);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (r->post == NULL)
		return;
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, r->post);
	curl_easy_setopt(
	    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->post_size);
}

static int
transfer(CURL *curl, struct request *r, json_t **ret, struct error *err)
{
	struct buffer url = BUFFER_INIT;
	struct buffer body = { .limit = ANSWER_MAX };
	CURLcode code;
	int result = -1;

	buffer_printf(&url, "http://localhost%s", r->path);
	put_arguments(curl, &url, r->arguments);
	set_options(curl, r, buffer_text(&url), &body);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		explain(code, r->socket, err);
	} else {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &r->status);
		result = read_answer(r, &body, ret, err);
	}
	buffer_free(&url);
	buffer_free(&body);
	return result;
}

static int
request(struct request *r, json_t **ret, struct error *err)
{
	CURL *curl = curl_easy_init();
	int result;

	if (curl == NULL)
		return error_set(err, "out of memory");
	result = transfer(curl, r, ret, err);
	curl_easy_cleanup(curl);
	return result;
}

int
client_get_exact(const char *socket, const char *path,
    const struct client_argument *arguments, size_t flags, json_t **ret,
    struct error *err)
{
	struct request r = { .socket = socket,
		.path = path,
		.arguments = arguments,
		.flags = flags };

	return request(&r, ret, err);
}

int
client_get(const char *socket, const char *path,
    const struct client_argument *arguments, json_t **ret, struct error *err)
{
	return client_get_exact(
	    socket, path, arguments, JSON_DECODE_ANY, ret, err);
}

int
client_post(const char *socket, const char *path,
    const struct client_argument *arguments, const char *body, json_t **ret,
    struct error *err)
{
	struct request r = { .socket = socket,
		.path = path,
		.arguments = arguments,
		.post = body == NULL ? "" : body,
		.flags = JSON_DECODE_ANY };

	r.post_size = strlen(r.post);
	return request(&r, ret, err);
}

int
client_post_bytes(const char *socket, const char *path, const void *body,
    size_t size, json_t **ret, bool *ret_busy, struct error *err)
{
	struct request r = {
		.socket = socket, .path = path, .post = body, .post_size = size
	};
	int rc = request(&r, ret, err);

	*ret_busy = rc < 0 && r.status == 503;
	return rc;
}

char *
client_escape(const char *text)
{
	char *escaped = curl_easy_escape(NULL, text, 0);
	char *copy = escaped == NULL ? NULL : strdup(escaped);

	curl_free(escaped);
	return copy;
}

char *
client_instance_path(const char *name, const char *verb)
{
	struct buffer path = BUFFER_INIT;
	char *escaped = client_escape(name);

	buffer_printf(
	    &path, "/v1/instances/%s%s", escaped == NULL ? "" : escaped, verb);
	free(escaped);
	return buffer_take(&path, NULL);
}
