/* NRDP: results as XML in one request. */
#include <curl/curl.h>
#include <string.h>

#include "clock.h"
#include "curl_set.h"
#include "passive.h"

#define ANSWER_MAX 65536

static void
put_xml(struct buffer *b, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			buffer_puts(b, "&amp;");
			break;
		case '<':
			buffer_puts(b, "&lt;");
			break;
		case '>':
			buffer_puts(b, "&gt;");
			break;
		case '"':
			buffer_puts(b, "&quot;");
			break;
		default:
			/* What XML cannot say. */
			buffer_putc(b, (unsigned char)*text < ' ' &&
					       *text != '\n' && *text != '\t'
					   ? '_'
					   : *text);
			break;
		}
}

static void
put_element(struct buffer *b, const char *name, const char *text)
{
	buffer_printf(b, "<%s>", name);
	put_xml(b, text);
	buffer_printf(b, "</%s>", name);
}

static void
put_results(struct buffer *b, const struct passive *first)
{
	buffer_puts(b, "<?xml version='1.0'?><checkresults>");
	for (const struct passive *p = first; p != NULL; p = p->next) {
		buffer_printf(b, "<checkresult type='%s' checktype='1'>",
		    p->service[0] == '\0' ? "host" : "service");
		put_element(b, "hostname", p->host);
		if (p->service[0] != '\0')
			put_element(b, "servicename", p->service);
		buffer_printf(b, "<state>%d</state><time>%lld</time>", p->state,
		    (long long)(p->time_ns / NS_PER_S));
		put_element(b, "output", p->output);
		buffer_puts(b, "</checkresult>");
	}
	buffer_puts(b, "</checkresults>");
}

/* token=...&cmd=submitcheck&XMLDATA=... */
static void
put_form(CURL *curl, struct buffer *form, const char *key, const char *value,
    size_t length)
{
	char *escaped = curl_easy_escape(curl, value, (int)length);

	if (escaped == NULL)
		form->failed = true;
	else
		buffer_printf(
		    form, "%s%s=%s", form->size > 0 ? "&" : "", key, escaped);
	curl_free(escaped);
}

static size_t
take_answer(char *data, size_t one, size_t size, void *context)
{
	struct buffer *b = context;

	(void)one;
	if (b->size + size > ANSWER_MAX)
		return 0;
	buffer_put(b, data, size);
	return buffer_failed(b) ? 0 : size;
}

/* Of XML or JSON: a status of 0 is well, anything else has a message. */
static int
judge(CURL *curl, const struct buffer *answer, struct error *err)
{
	const char *text = buffer_text(answer);
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200 && (strstr(text, "<status>0</status>") != NULL ||
				 strstr(text, "\"status\":0") != NULL ||
				 strstr(text, "\"status\": 0") != NULL))
		return 0;
	return error_set(err, "answers %ld: %.*s", status,
	    (int)(answer->size < 200 ? answer->size : 200), text);
}

static int
post(CURL *curl, const struct outlet_options *o, const struct buffer *form,
    struct error *err)
{
	struct buffer answer = BUFFER_INIT;
	char why[CURL_ERROR_SIZE] = "";
	CURLcode code;
	int rc;

	curl_easy_setopt(curl, CURLOPT_URL, o->nrdp);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(
	    curl, CURLOPT_TIMEOUT_MS, (long)(o->timeout_ns / NS_PER_MS));
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, buffer_text(form));
	curl_easy_setopt(
	    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)form->size);
	curl_set_authorities(curl, o->ca);
	code = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	rc = code == CURLE_OK
		 ? judge(curl, &answer, err)
		 : error_set(err, "%s",
		       why[0] != '\0' ? why : curl_easy_strerror(code));
	buffer_free(&answer);
	return rc;
}

int
nrdp_send(const struct outlet_options *o, const struct passive *first,
    struct error *err)
{
	struct buffer xml = BUFFER_INIT, form = BUFFER_INIT;
	CURL *curl = curl_easy_init();
	int rc = -1;

	if (curl != NULL) {
		put_results(&xml, first);
		put_form(curl, &form, "token", o->token, strlen(o->token));
		buffer_puts(&form, "&cmd=submitcheck");
		put_form(curl, &form, "XMLDATA", buffer_text(&xml), xml.size);
	}
	if (curl == NULL || buffer_failed(&xml) || buffer_failed(&form))
		error_set(err, "out of memory");
	else
		rc = post(curl, o, &form, err);
	if (rc != 0)
		error_prefix(err, "%s", o->nrdp);
	curl_easy_cleanup(curl);
	buffer_free(&xml);
	buffer_free(&form);
	return rc;
}
