/* What is kept for an owner: all of it as long as there is room, then the
   newest, and how much is not there any more. */
#include "loaded_kept.h"

#include <stdio.h>
#include <string.h>

#include "stations.h"

struct fixture {
	struct series_table *series;
	struct kept *kept;
	uint32_t number;
	struct buffer json;
};

static void
begin(struct fixture *f)
{
	*f = (struct fixture){ .series = series_table_new(1000) };
	f->kept = kept_new(f->series);
	assert_non_null(f->kept);
	f->number = test_series(f->series, "n", "p");
}

static void
end(struct fixture *f)
{
	kept_free(f->kept);
	series_unpin(f->series, f->number);
	series_table_free(f->series);
	buffer_free(&f->json);
}

static void
give(struct fixture *f, struct farm_value v)
{
	struct batch *b = batch_new();
	struct sink *sink = kept_sink(f->kept);

	v.series = f->number;
	assert_int_equal(0, batch_add_result(b, NS_PER_S, "", 0, &v, 1));
	sink->send(sink, NULL, b);
}

static const char *
ask(struct fixture *f, uint64_t after, size_t limit)
{
	buffer_clear(&f->json);
	kept_json(f->kept, after, limit, &f->json);
	return buffer_text(&f->json);
}

#define RESULT(VALUE)                                                          \
	"{\"time\":\"1970-01-01T00:00:01.000Z\",\"cluster\":\"c\","            \
	"\"node\":\"n\",\"parameter\":\"p\",\"unit\":\"\",\"value\":" VALUE    \
	"}"

static void
in_order(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f);
	assert_string_equal(
	    "{\"results\":[],\"next\":0,\"lost\":0}", ask(&f, 0, 10));
	assert_string_equal(
	    "{\"results\":[],\"next\":0,\"lost\":0}", ask(&f, 7, 10));
	for (int i = 1; i <= 3; i++)
		give(&f, farm_int64(i));
	assert_string_equal("{\"results\":[" RESULT("1") ",\n" RESULT(
				"2") "],\"next\":2,\"lost\":0}",
	    ask(&f, 0, 2));
	assert_string_equal(
	    "{\"results\":[" RESULT("3") "],\"next\":3,\"lost\":0}",
	    ask(&f, 2, 2));
	assert_string_equal(
	    "{\"results\":[],\"next\":3,\"lost\":0}", ask(&f, 3, 2));
	end(&f);
}

/* 60,000 bytes each: 17 of them fit. */
static void
the_newest(void **state)
{
	static char text[60000];
	struct fixture f;
	const char *json;

	(void)state;
	begin(&f);
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 40; i++)
		give(&f, farm_text(text, sizeof(text)));
	give(&f, farm_int64(41));
	json = ask(&f, 0, 1000);
	assert_true(strlen(json) < (1 << 20) + 1000);
	assert_non_null(strstr(json, "],\"next\":41,\"lost\":23}"));
	assert_non_null(strstr(ask(&f, 30, 1), "],\"next\":31,\"lost\":0}"));
	assert_string_equal(
	    "{\"results\":[],\"next\":23,\"lost\":23}", ask(&f, 0, 0));
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
