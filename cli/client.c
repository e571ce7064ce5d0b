#include "client.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "curl_set.h"

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
	const struct client_door *door; /* NULL: the socket alone */
	const char *path;
	const struct client_argument *arguments;
	const char *method; /* NULL: as `post' says */
	const void *post;   /* NULL: a GET */
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
set_text(CURL *curl, CURLoption option, const char *text)
{
	if (text != NULL)
		curl_easy_setopt(curl, option, text);
}

static void
set_door(CURL *curl, const struct client_door *door)
{
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, door->wait_s);
	curl_set_authorities(curl, door->ca);
	set_text(curl, CURLOPT_SSLCERT, door->certificate);
	set_text(curl, CURLOPT_SSLKEY, door->key);
	if (door->token == NULL)
		return;
	curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
	curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, door->token);
}

static void
set_options(
    CURL *curl, const struct request *r, const char *url, struct buffer *body)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	set_text(curl, CURLOPT_UNIX_SOCKET_PATH, r->socket);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, WAIT_S);
	if (r->door != NULL)
		set_door(curl, r->door);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	if (r->method != NULL)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, r->method);
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
	bool by_url = r->door != NULL && r->door->url != NULL;
	char why[CURL_ERROR_SIZE] = "";
	CURLcode code;
	int result = -1;

	buffer_printf(
	    &url, "%s%s", by_url ? r->door->url : "http://localhost", r->path);
	put_arguments(curl, &url, r->arguments);
	set_options(curl, r, buffer_text(&url), &body);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	code = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	if (code != CURLE_OK && r->door != NULL) {
		error_set(err, "%s: %s", by_url ? r->door->url : r->socket,
		    why[0] != '\0' ? why : curl_easy_strerror(code));
	} else if (code != CURLE_OK) {
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
client_get_from(const struct client_door *door, const char *path,
    const struct client_argument *arguments, json_t **ret, struct error *err)
{
	struct request r = { .socket = door->socket,
		.door = door,
		.path = path,
		.arguments = arguments };

	return request(&r, ret, err);
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
client_delete(
    const char *socket, const char *path, json_t **ret, struct error *err)
{
	struct request r = { .socket = socket,
		.path = path,
		.method = "DELETE",
		.flags = JSON_DECODE_ANY };

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

/* --- streams --- */

/* The daemon says something every 15 s. */
#define SILENCE_S 60L
#define REFUSAL_MAX (1u << 20)

struct streaming {
	CURL *curl;
	client_piece_fn *each;
	void *context;
	bool begun;
	struct buffer refusal;
};

static size_t
take_piece(char *data, size_t size, size_t n, void *context)
{
	struct streaming *s = context;
	long status = 0;

	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200) {
		buffer_put(&s->refusal, data, size * n);
		return buffer_failed(&s->refusal) ? 0 : size * n;
	}
	s->begun = true;
	return s->each(s->context, data, size * n) ? size * n : 0;
}

static struct curl_slist *
set_stream_options(struct streaming *s, const char *socket, const char *url,
    const char *last_event)
{
	const struct request r = { .socket = socket };
	struct buffer header = BUFFER_INIT;
	struct curl_slist *headers = NULL;

	set_options(s->curl, &r, url, NULL);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT, 0L);
	curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT, WAIT_S);
	curl_easy_setopt(s->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(s->curl, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, take_piece);
	curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s);
	if (last_event != NULL && last_event[0] != '\0') {
		buffer_printf(&header, "Last-Event-ID: %s", last_event);
		headers = curl_slist_append(NULL, buffer_text(&header));
		curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, headers);
		buffer_free(&header);
	}
	return headers;
}

/* Why it never began. */
static int
explain_refusal(const struct streaming *s, const char *socket, CURLcode code,
    bool *ret_again, struct error *err)
{
	struct request r = { .socket = socket };
	json_t *root;

	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &r.status);
	*ret_again = r.status == 0 || r.status == 503;
	if (r.status == 0)
		return explain(code, socket, err);
	if (read_answer(&r, &s->refusal, &root, err) == 0) {
		json_decref(root);
		error_set(err, "the daemon answers %ld", r.status);
	}
	return -1;
}

int
client_stream(const char *socket, const char *path,
    const struct client_argument *arguments, const char *last_event,
    client_piece_fn *each, void *context, bool *ret_again, struct error *err)
{
	struct streaming s = { .curl = curl_easy_init(),
		.each = each,
		.context = context,
		.refusal = { .limit = REFUSAL_MAX } };
	struct buffer url = BUFFER_INIT;
	struct curl_slist *headers;
	CURLcode code;

	*ret_again = false;
	if (s.curl == NULL)
		return error_set(err, "out of memory");
	buffer_printf(&url, "http://localhost%s", path);
	put_arguments(s.curl, &url, arguments);
	headers = set_stream_options(&s, socket, buffer_text(&url), last_event);
	code = curl_easy_perform(s.curl);
	if (!s.begun)
		explain_refusal(&s, socket, code, ret_again, err);
	curl_slist_free_all(headers);
	curl_easy_cleanup(s.curl);
	buffer_free(&s.refusal);
	buffer_free(&url);
	return s.begun ? 0 : -1;
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

static char *
action_path(const char *instance, const char *action)
{
	struct buffer verb = BUFFER_INIT;
	char *name = client_escape(action);
	char *path = NULL;

	buffer_printf(&verb, "/actions/%s", name == NULL ? "" : name);
	if (name != NULL && !buffer_failed(&verb))
		path = client_instance_path(instance, buffer_text(&verb));
	buffer_free(&verb);
	free(name);
	return path;
}

int
client_act(const char *socket, const char *instance, const char *action,
    json_t *arguments, json_t **ret, struct error *err)
{
	char *body = json_dumps(arguments, JSON_COMPACT);
	char *path = action_path(instance, action);
	int result = -1;

	if (body == NULL || path == NULL)
		error_set(err, "out of memory");
	else
		result = client_post(socket, path, NULL, body, ret, err);
	json_decref(arguments);
	free(path);
	free(body);
	return result;
}
