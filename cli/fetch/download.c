/* One conditional GET. */
#include "fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clock.h"
#include "curl_set.h"

#define TOKEN_MAX 4096
#define REDIRECTS_MAX 5L
#define SECRET_CHARACTERS " \t\r\n"

struct answer {
	struct buffer *body;
	struct known said;
	bool too_large;
};

static size_t
take_body(char *data, size_t size, size_t n, void *context)
{
	struct answer *a = context;

	if (a->body->size + size * n > FETCH_MAX) {
		a->too_large = true;
		return 0;
	}
	buffer_put(a->body, data, size * n);
	return buffer_failed(a->body) ? 0 : size * n;
}

/* "Name: value" with the end of the line; NULL if it is another. */
static char *
value_of(const char *line, size_t length, const char *name)
{
	size_t n = strlen(name);

	if (length <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	for (n++; n < length && line[n] == ' '; n++)
		;
	while (length > n && strchr("\r\n ", line[length - 1]) != NULL)
		length--;
	return strndup(line + n, length - n);
}

/* Each answer on the way begins with its status: the last one counts. */
static size_t
take_header(char *line, size_t size, size_t n, void *context)
{
	struct answer *a = context;
	char *text;

	if (size * n >= 5 && memcmp(line, "HTTP/", 5) == 0)
		known_free(&a->said);
	text = value_of(line, size * n, "ETag");
	if (text != NULL) {
		free(a->said.etag);
		a->said.etag = text;
	}
	text = value_of(line, size * n, "Last-Modified");
	if (text != NULL) {
		free(a->said.modified);
		a->said.modified = text;
	}
	return size * n;
}

/* curl_slist_append() leaves the list as it is when memory is out. */
static void
add_header(
    struct curl_slist **list, const char *name, const char *value, bool *failed)
{
	struct buffer line = BUFFER_INIT;
	struct curl_slist *longer = NULL;

	if (value == NULL)
		return;
	buffer_printf(&line, "%s: %s", name, value);
	if (!buffer_failed(&line))
		longer = curl_slist_append(*list, line.data);
	buffer_free(&line);
	if (longer == NULL)
		*failed = true;
	else
		*list = longer;
}

static int
read_token(const char *path, char *ret, struct error *err)
{
	FILE *f = fopen(path, "re");
	char *got;

	if (f == NULL)
		return error_set(err, "%s: %m", path);
	got = fgets(ret, TOKEN_MAX, f);
	fclose(f);
	if (got != NULL)
		ret[strcspn(ret, SECRET_CHARACTERS)] = '\0';
	if (got == NULL || ret[0] == '\0')
		return error_set(err, "%s: no token in it", path);
	return 0;
}

/* Nobody is led from https to http, and the token goes to no other host. */
static int
set_options(
    CURL *curl, const struct fetch *f, struct answer *a, struct error *err)
{
	const char *to = strncasecmp(f->url, "https:", 6) == 0 ? "https"
							       : "http,https";
	char token[TOKEN_MAX];
	int64_t timeout_ns;

	if (duration_parse(f->timeout, &timeout_ns, err) != 0)
		return error_prefix(err, "--timeout");
	if (timeout_ns < NS_PER_MS || timeout_ns > 3600 * NS_PER_S)
		return error_set(err, "--timeout: 1ms to 1h");
	if (f->token_file != NULL) {
		if (read_token(f->token_file, token, err) != 0)
			return -1;
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token);
	}
	curl_easy_setopt(curl, CURLOPT_URL, f->url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, to);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(
	    curl, CURLOPT_TIMEOUT_MS, (long)(timeout_ns / NS_PER_MS));
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "farmctl");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, a);
	curl_set_authorities(curl, f->ca);
	if (f->certificate != NULL)
		curl_easy_setopt(curl, CURLOPT_SSLCERT, f->certificate);
	if (f->key != NULL)
		curl_easy_setopt(curl, CURLOPT_SSLKEY, f->key);
	return 0;
}

static int
judge(CURL *curl, const struct fetch *f, CURLcode code, const struct answer *a,
    const char *why, struct error *err)
{
	long status = 0;

	if (a->too_large)
		return error_set(
		    err, "%s: more than %d bytes", f->url, FETCH_MAX);
	if (code != CURLE_OK)
		return error_set(err, "%s: %s", f->url,
		    why[0] != '\0' ? why : curl_easy_strerror(code));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 304)
		return 0;
	if (status != 200)
		return error_set(err, "%s: status %ld", f->url, status);
	if (a->body->size == 0)
		return error_set(err, "%s: nothing in it", f->url);
	return 1;
}

int
download(const struct fetch *f, const struct known *known, struct buffer *body,
    struct known *ret, struct error *err)
{
	struct answer a = { .body = body };
	struct curl_slist *headers = NULL;
	char why[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_easy_init();
	bool failed = curl == NULL;
	int rc = -1;

	add_header(&headers, "If-None-Match", known->etag, &failed);
	add_header(&headers, "If-Modified-Since", known->modified, &failed);
	if (failed) {
		error_set(err, "out of memory");
	} else if (set_options(curl, f, &a, err) == 0) {
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
		rc = judge(curl, f, curl_easy_perform(curl), &a, why, err);
	}
	if (rc > 0)
		*ret = a.said;
	else
		known_free(&a.said);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return rc;
}
