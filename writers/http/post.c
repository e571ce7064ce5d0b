#include "post.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "curl_set.h"
#include "verdict.h"

/* Of an answer: enough for what a server has to say. */
#define ANSWER_MAX 4096
#define CONNECT_S 10L
/* What a server may ask for. */
#define WAIT_MAX_NS (600 * NS_PER_S)

struct post {
	CURL *easy;
	struct curl_slist *headers;
	char *shown;
	char text[CURL_ERROR_SIZE];
	struct buffer answer;
};

static bool
is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* -------------------------------------------------------------- the URL -- */

/* Scheme, host, port and path; NULL if it is no URL that can be asked. */
static char *
shown_of(const char *url, struct error *err)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *text = NULL, *shown = NULL;

	if (u == NULL || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK) {
		error_set(err, "url: it is none");
	} else if (strcmp(scheme, "http") != 0 &&
		   strcmp(scheme, "https") != 0) {
		error_set(err, "url: \"%s\" is neither http nor https", scheme);
	} else {
		(void)curl_url_set(u, CURLUPART_USER, NULL, 0);
		(void)curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
		(void)curl_url_set(u, CURLUPART_QUERY, NULL, 0);
		(void)curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
		if (curl_url_get(u, CURLUPART_URL, &text, 0) == CURLUE_OK)
			shown = strdup(text);
		if (shown == NULL)
			error_set(err, "out of memory");
	}
	curl_free(scheme);
	curl_free(text);
	curl_url_cleanup(u);
	return shown;
}

static bool
is_one_line(const char *text)
{
	return strpbrk(text, "\r\n") == NULL;
}

int
post_check(const struct post_options *o, struct error *err)
{
	char *shown = shown_of(o->url, err);
	size_t i;

	free(shown);
	if (shown == NULL)
		return -1;
	if (is_set(o->token) && is_set(o->user))
		return error_set(err, "token: there is a user, too");
	if (is_set(o->key) && !is_set(o->certificate))
		return error_set(err, "key: there is no certificate");
	for (i = 0; i < o->headers.n; i++)
		if (!is_one_line(o->headers.pairs[i].key) ||
		    !is_one_line(o->headers.pairs[i].value))
			return error_set(err,
			    "headers: \"%s\" is more than one line",
			    o->headers.pairs[i].key);
	return 0;
}

/* -------------------------------------------------------------- opening -- */

static bool
add_authorization(
    struct post *p, const struct post_options *o, const char *scheme)
{
	struct buffer value = BUFFER_INIT;
	bool good;

	if (!is_set(o->token))
		return true;
	buffer_printf(&value, "%s %s", scheme, o->token);
	good = !buffer_failed(&value) &&
	       curl_add_header(
		   &p->headers, "Authorization", buffer_text(&value));
	buffer_free(&value);
	return good;
}

static bool
add_headers(struct post *p, const struct post_options *o,
    const struct format_ops *format, bool gzip)
{
	const char *packing = gzip ? "gzip" : format->packing;
	const char *const *more = format->more;
	bool good = curl_add_header(&p->headers, "Content-Type", format->type);
	size_t i;

	if (packing != NULL)
		good &= curl_add_header(
		    &p->headers, "Content-Encoding", packing);
	for (; more != NULL && *more != NULL; more++)
		good &= curl_add_line(&p->headers, *more);
	/* Curl would wait for a word of the server's before large bodies. */
	good &= curl_add_line(&p->headers, "Expect:");
	good &= add_authorization(p, o, format->scheme);
	for (i = 0; i < o->headers.n; i++)
		good &= curl_add_header(&p->headers, o->headers.pairs[i].key,
		    o->headers.pairs[i].value);
	return good;
}

static size_t
on_bytes(char *bytes, size_t one, size_t size, void *context)
{
	struct post *p = context;
	size_t room = ANSWER_MAX - p->answer.size;

	(void)one;
	buffer_put(&p->answer, bytes, size < room ? size : room);
	return size;
}

static void
set_options(struct post *p, const struct post_options *o)
{
	CURL *e = p->easy;

	curl_easy_setopt(e, CURLOPT_URL, o->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_POST, 1L);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, p->headers);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "farmd");
	curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(
	    e, CURLOPT_TIMEOUT_MS, (long)(o->timeout_ns / NS_PER_MS));
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, p->text);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, p);
	curl_set_text(e, CURLOPT_USERNAME, o->user);
	curl_set_text(e, CURLOPT_PASSWORD, o->password);
	curl_set_authorities(e, o->ca);
	curl_set_text(e, CURLOPT_SSLCERT, o->certificate);
	curl_set_text(e, CURLOPT_SSLKEY, o->key);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, o->verify ? 1L : 0L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, o->verify ? 2L : 0L);
}

int
post_open(struct post **ret, const struct post_options *o,
    const struct format_ops *format, bool gzip, struct error *err)
{
	struct post *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return error_set(err, "out of memory");
	p->shown = shown_of(o->url, err);
	if (p->shown == NULL) {
		post_close(p);
		return -1;
	}
	p->easy = curl_easy_init();
	if (p->easy == NULL || !add_headers(p, o, format, gzip)) {
		post_close(p);
		return error_set(err, "out of memory");
	}
	set_options(p, o);
	*ret = p;
	return 0;
}

void
post_close(struct post *p)
{
	if (p == NULL)
		return;
	curl_easy_cleanup(p->easy);
	curl_slist_free_all(p->headers);
	buffer_free(&p->answer);
	free(p->shown);
	free(p);
}

const char *
post_shown(const struct post *p)
{
	return p->shown;
}

/* -------------------------------------------------------------- sending -- */

/* What libcurl says, which is more than the code's name where it knows. */
static int
explain(const struct post *p, CURLcode code, struct error *err)
{
	return error_set(
	    err, "%s", p->text[0] != '\0' ? p->text : curl_easy_strerror(code));
}

int
post_send(struct post *p, const struct buffer *body, struct post_answer *ret,
    struct error *err)
{
	curl_off_t seconds = 0;
	CURLcode code;

	buffer_clear(&p->answer);
	p->text[0] = '\0';
	curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, buffer_text(body));
	curl_easy_setopt(
	    p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
	code = curl_easy_perform(p->easy);
	if (code != CURLE_OK)
		return explain(p, code, err);
	curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &ret->status);
	curl_easy_getinfo(p->easy, CURLINFO_RETRY_AFTER, &seconds);
	ret->wait_ns = seconds < 0 ? 0 : (int64_t)seconds * NS_PER_S;
	if (seconds > WAIT_MAX_NS / NS_PER_S)
		ret->wait_ns = WAIT_MAX_NS;
	verdict_words(&ret->words, p->answer.data, p->answer.size);
	return 0;
}
