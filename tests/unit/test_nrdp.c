/* Requests of NRDP: forms, XML and JSON, and how long they are. */
#include <string.h>

#include "buffer.h"
#include "nrdp.h"
#include "nrdp_door.h"
#include "unit.h"

static const struct {
	const char *body;
	const char *want; /* TOKEN COMMAND then HOST/SERVICE STATE [OUTPUT]; or
			     what is wrong */
} bodies[] = {
	{ "", " " },
	{ "token=a%26b+c&cmd=submitcheck&other=1", "a&b c submitcheck" },
	{ "XMLDATA=<checkresults><checkresult type='service'><hostname>h"
	  "</hostname><servicename>s</servicename><state>2</state><output>"
	  "%26lt;o%26gt; %2B</output></checkresult></checkresults>",
	    "  h/s 2 [<o> +]" },
	/* As PHP and Go write quotes. */
	{ "XMLDATA=<checkresults><checkresult><hostname>h</hostname><state>0"
	  "</state><output>%26#039;a b%26#x27;=1 %26quot;%26apos;%26x;%26"
	  "</output></checkresult></checkresults>",
	    "  h/ 0 ['a b'=1 \"'&x;&]" },
	{ "XMLDATA=<checkresults></checkresults>", " " },
	{ "XMLDATA=<x>", "XMLDATA: no <checkresults>" },
	{ "XMLDATA=<checkresults><checkresult>",
	    "XMLDATA: a <checkresult> is not closed" },
	{ "XMLDATA=<checkresults><checkresult><state>0</state></checkresult>",
	    "a result without a hostname" },
	{ "XMLDATA=<checkresults><checkresult><hostname>h</hostname><state>x"
	  "</state></checkresult>",
	    "\"x\" is no state" },
	{ "JSONDATA={\"checkresults\":[{\"hostname\":\"h\",\"state\":3,"
	  "\"output\":\"o\"}]}",
	    "  h/ 3 [o]" },
	{ "JSONDATA=[]", "JSONDATA: no list \"checkresults\"" },
	{ "JSONDATA={\"checkresults\":[1]}", "a result without a hostname" },
	{ "%zz=%4&cmd=%", " %" },
};

static void
test_bodies(void **unused)
{
	struct buffer b = BUFFER_INIT;

	(void)unused;
	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct arena *arena = arena_new(0);
		struct nrdp_request request;
		struct error err;

		buffer_clear(&b);
		if (nrdp_parse(arena,
			(struct slice){
			    bodies[i].body, strlen(bodies[i].body) },
			&request, &err) != 0) {
			buffer_puts(&b, err.text);
			request.results = NULL;
		} else {
			buffer_printf(
			    &b, "%s %s", request.token, request.command);
		}
		for (const struct nrdp_result *r = request.results; r != NULL;
		     r = r->next)
			buffer_printf(&b, " %s/%s %d [%s]", r->host, r->service,
			    r->state, r->output);
		assert_string_equal(buffer_text(&b), bodies[i].want);
		arena_free(arena);
	}
	buffer_free(&b);
}

static const struct {
	const char *text;
	ssize_t size;
	const char *why;
} requests[] = {
	{ "", 0, "" },
	{ "POST / HTTP/1.1\r\nContent-Length: 5\r\n", 0, "" },
	{ "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 43, "" },
	{ "POST / HTTP/1.1\r\nX: y\r\ncontent-length:\t12 \r\n\r\n", 58, "" },
	{ "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", -1,
	    "a Content-Length of no number" },
	{ "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", -1,
	    "more than 4 MiB" },
	{ "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", -1, "an empty length" },
	{ "POST / HTTP/1.1\r\n\r\n", -1, "a body without a length" },
	{ "GET / HTTP/1.1\r\n\r\n", -1, "no POST" },
};

static void
test_requests(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct error err = { "" };
		size_t head = 0;
		ssize_t size = nrdp_request_size(
		    (struct slice){
			requests[i].text, strlen(requests[i].text) },
		    &head, &err);

		if (size != requests[i].size)
			fail_msg(
			    "%s: %zd, %s", requests[i].text, size, err.text);
		if (size < 0)
			assert_string_equal(err.text, requests[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
