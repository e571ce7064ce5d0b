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

/* What the daemon answered, or the reason it gave for not answering. */
static int
read_answer(
    const struct buffer *body, long status, json_t **ret, struct error *err)
{
	json_error_t why;
	json_t *root = json_loadb(
	    buffer_text(body), body->size, JSON_DECODE_ANY, &why);
	const char *message;

	if (root == NULL)
		return error_set(
		    err, "the daemon's answer is no JSON: %s", why.text);
	message = json_string_value(
	    json_object_get(json_object_get(root, "error"), "message"));
	if (status != 422 &&
	    (message != NULL || (status >= 400 && status != 503))) {
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

static int
transfer(CURL *curl, const char *socket, const char *path,
    const struct client_argument *arguments, const char *post, json_t **ret,
    struct error *err)
{
	struct buffer url = BUFFER_INIT;
	struct buffer body = { .limit = ANSWER_MAX };
	long status = 0;
	CURLcode code;
	int result = -1;

	buffer_printf(&url, "http://localhost%s", path);
	put_arguments(curl, &url, arguments);
	curl_easy_setopt(curl, CURLOPT_URL, buffer_text(&url));
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, WAIT_S);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
	if (post != NULL)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		explain(code, socket, err);
	} else {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
		result = read_answer(&body, status, ret, err);
	}
	buffer_free(&url);
	buffer_free(&body);
	return result;
}

static int
request(const char *socket, const char *path,
    const struct client_argument *arguments, const char *post, json_t **ret,
    struct error *err)
{
	CURL *curl = curl_easy_init();
	int result;

	if (curl == NULL)
		return error_set(err, "out of memory");
	result = transfer(curl, socket, path, arguments, post, ret, err);
	curl_easy_cleanup(curl);
	return result;
}

int
client_get(const char *socket, const char *path,
    const struct client_argument *arguments, json_t **ret, struct error *err)
{
	return request(socket, path, arguments, NULL, ret, err);
}

int
client_post(const char *socket, const char *path,
    const struct client_argument *arguments, const char *body, json_t **ret,
    struct error *err)
{
	return request(
	    socket, path, arguments, body == NULL ? "" : body, ret, err);
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
