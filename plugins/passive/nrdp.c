#include "nrdp.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ganglia_xml.h"

struct parser {
	struct arena *arena;
	struct nrdp_request *request;
	struct nrdp_result **last;
	struct error *err;
};

static int
add(struct parser *p, const char *host, const char *service, const char *state,
    const char *output)
{
	struct nrdp_result *r = arena_alloc(p->arena, sizeof(*r));
	char *end;
	long n;

	if (r == NULL || host == NULL || service == NULL || state == NULL ||
	    output == NULL)
		return error_set(p->err, "out of memory");
	if (p->request->n == NRDP_RESULTS_MAX)
		return error_set(
		    p->err, "more than %d results", NRDP_RESULTS_MAX);
	n = strtol(state, &end, 10);
	if (host[0] == '\0')
		return error_set(p->err, "a result without a hostname");
	if (end == state || *end != '\0' || n < 0 || n > 255)
		return error_set(p->err, "\"%s\" is no state", state);
	*r = (struct nrdp_result){ host, service, (int)n, output, NULL };
	*p->last = r;
	p->last = &r->next;
	p->request->n++;
	return 0;
}

/* ------------------------------------------------------------------- XML -- */

/* What stands before the text, which is dropped with it; false, and the rest as
   it was, if it is not there. */
static bool
cut_at(struct slice *rest, const char *text, struct slice *ret)
{
	const char *at = rest->length == 0 ? NULL
					   : memmem(rest->text, rest->length,
						 text, strlen(text));

	if (at == NULL)
		return false;
	*ret = (struct slice){ rest->text, (size_t)(at - rest->text) };
	rest->length -= ret->length + strlen(text);
	rest->text = at + strlen(text);
	return true;
}

/* NULL if memory is out. */
static const char *
xml_text(struct arena *arena, struct slice s)
{
	struct buffer room = BUFFER_INIT;
	struct slice text = ganglia_xml_text(s, &room);
	const char *copy = NULL;

	if (!buffer_failed(&room))
		copy = arena_strndup(arena, text.text, text.length);
	buffer_free(&room);
	return copy;
}

/* <NAME>...</NAME>, "" if it is not there. */
static const char *
element(struct parser *p, struct slice result, const char *name)
{
	struct slice before, text = { "", 0 };
	char open[32], close[32];

	(void)snprintf(open, sizeof(open), "<%s>", name);
	(void)snprintf(close, sizeof(close), "</%s>", name);
	if (!cut_at(&result, open, &before) || !cut_at(&result, close, &text))
		text = (struct slice){ "", 0 };
	return xml_text(p->arena, text);
}

static int
parse_xml(struct parser *p, struct slice xml)
{
	struct slice before, result;

	if (!cut_at(&xml, "<checkresults", &before))
		return error_set(p->err, "XMLDATA: no <checkresults>");
	while (cut_at(&xml, "<checkresult", &before)) {
		if (!cut_at(&xml, "</checkresult>", &result))
			return error_set(
			    p->err, "XMLDATA: a <checkresult> is not closed");
		if (add(p, element(p, result, "hostname"),
			element(p, result, "servicename"),
			element(p, result, "state"),
			element(p, result, "output")) != 0)
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------ JSON -- */

static const char *
member(struct parser *p, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (json_is_integer(value))
		return arena_printf(
		    p->arena, "%lld", (long long)json_integer_value(value));
	return arena_strdup(
	    p->arena, json_is_string(value) ? json_string_value(value) : "");
}

static int
parse_json(struct parser *p, const char *text)
{
	json_error_t why;
	json_t *root = json_loads(text, 0, &why);
	const json_t *list = json_object_get(root, "checkresults");
	int rc = 0;

	if (root == NULL)
		rc = error_set(p->err, "JSONDATA: %s", why.text);
	else if (!json_is_array(list))
		rc = error_set(p->err, "JSONDATA: no list \"checkresults\"");
	for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		rc = add(p, member(p, one, "hostname"),
		    member(p, one, "servicename"), member(p, one, "state"),
		    member(p, one, "output"));
	}
	json_decref(root);
	return rc;
}

/* ------------------------------------------------------------------ form -- */

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Never longer than it was; NULL if memory is out. */
static const char *
form_text(struct arena *arena, struct slice s)
{
	char *copy = arena_strndup(arena, s.text, s.length);
	size_t n = 0;

	for (size_t i = 0; copy != NULL && i < s.length; i++)
		if (s.text[i] == '%' && i + 2 < s.length &&
		    hex(s.text[i + 1]) >= 0 && hex(s.text[i + 2]) >= 0) {
			copy[n++] = (char)(hex(s.text[i + 1]) * 16 +
					   hex(s.text[i + 2]));
			i += 2;
		} else {
			copy[n++] = s.text[i] == '+' ? ' ' : s.text[i];
		}
	if (copy != NULL)
		copy[n] = '\0';
	return copy;
}

static int
take_field(struct parser *p, struct slice key, struct slice raw)
{
	const char *value = form_text(p->arena, raw);

	if (value == NULL)
		return error_set(p->err, "out of memory");
	if (slice_is(key, "token"))
		p->request->token = value;
	else if (slice_is(key, "cmd"))
		p->request->command = value;
	else if (slice_is(key, "XMLDATA") || slice_is(key, "xml"))
		return parse_xml(p, (struct slice){ value, strlen(value) });
	else if (slice_is(key, "JSONDATA") || slice_is(key, "json"))
		return parse_json(p, value);
	return 0;
}

int
nrdp_parse(struct arena *arena, struct slice body, struct nrdp_request *ret,
    struct error *err)
{
	struct nrdp_request request = { .token = "", .command = "" };
	struct parser p = { .arena = arena, .request = &request, .err = err };
	struct slice field, key;

	p.last = &request.results;
	while (body.length > 0) {
		field = slice_cut(&body, '&');
		key = slice_cut(&field, '=');
		if (take_field(&p, key, field) != 0)
			return -1;
	}
	*ret = request;
	return 0;
}
