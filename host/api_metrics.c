/* The last values for Prometheus. */
#include "api.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "metrics.h"
#include "predicate.h"

#define MATCHES_MAX 64
/* More scrapes at a time are turned away: each holds memory by the series. */
#define SCRAPES_MAX 4

#define TYPE_TEXT "text/plain; version=0.0.4; charset=utf-8"
#define TYPE_OPEN "application/openmetrics-text; version=1.0.0; charset=utf-8"

struct scrape {
	struct api_stream stream; /* first */
	struct farm *farm;
	struct metrics *metrics;
	struct instance **instances; /* whose catalogues are asked */
	size_t n_instances;
};

static bool
find_help(void *context, const struct farm_series *s, struct buffer *out)
{
	const struct scrape *scrape = context;
	struct farm_parameter p;
	size_t i;

	for (i = 0; i < scrape->n_instances; i++) {
		const struct module *m = scrape->instances[i]->module;

		/* The instances of one module often stand together. */
		if (i > 0 && m == scrape->instances[i - 1]->module)
			continue;
		if (module_find_parameter(m, s->parameter, &p) &&
		    p.help != NULL && p.help[0] != '\0') {
			buffer_puts(out, p.help);
			return true;
		}
	}
	return false;
}

static bool
scrape_more(struct api_stream *stream, struct buffer *out)
{
	return metrics_more(((struct scrape *)stream)->metrics, out);
}

static void
scrape_free(struct api_stream *stream)
{
	struct scrape *s = (struct scrape *)stream;

	metrics_free(s->metrics);
	farm_instances_release(s->instances, s->n_instances);
	atomic_fetch_sub(&s->farm->scrapes, 1);
	free(s);
}

/* NULL if too many are under way, or memory is out. */
static struct scrape *
scrape_new(struct farm *farm)
{
	struct scrape *s = NULL;

	if (atomic_fetch_add(&farm->scrapes, 1) < SCRAPES_MAX)
		s = calloc(1, sizeof(*s));
	if (s == NULL) {
		atomic_fetch_sub(&farm->scrapes, 1);
		return NULL;
	}
	*s = (struct scrape){
		.stream = { scrape_more, scrape_free },
		.farm = farm,
	};
	s->instances = farm_instances(farm, &s->n_instances);
	return s;
}

/* All predicates of all arguments, or everything. */
static int
parse_matches(const struct api_request *request, struct arena *arena,
    struct matcher **ret, struct error *err)
{
	const char *texts[MATCHES_MAX] = { "*" };
	size_t n = request->arguments(request, "match[]", texts, MATCHES_MAX);
	struct farm_predicate *all;
	size_t n_all;

	if (n > MATCHES_MAX)
		return error_set(
		    err, "match[] is given more than %d times", MATCHES_MAX);
	if (predicate_parse_all(
		arena, texts, n == 0 ? 1 : n, &all, &n_all, err) < 0)
		return error_prefix(err, "match[]");
	if (matcher_new(ret, all, n_all, err) < 0)
		return error_prefix(err, "match[]");
	if (!matcher_windowed(*ret))
		return 0;
	matcher_free(*ret);
	*ret = NULL;
	return error_set(err, "match[]: a window (avg() and the like) "
			      "cannot be asked here");
}

static bool
is_true(const char *text)
{
	return text != NULL && strcmp(text, "true") == 0;
}

static void
scrape_all(struct farm *farm, const struct api_request *request,
    const struct matcher *matcher, struct api_reply *reply)
{
	struct scrape *s = scrape_new(farm);
	struct metrics_question q = {
		.matcher = matcher,
		.who = request->who,
		.open = strstr(request->accept,
			    "application/openmetrics-text") != NULL,
		.times = is_true(request->argument(request, "timestamps")),
		.help = find_help,
		.context = s,
	};

	if (s == NULL) {
		api_error(reply, 503, "busy", "%d scrapes are under way",
		    SCRAPES_MAX);
		return;
	}
	/* Somebody wants these; all of them is nothing that anybody wants. */
	if (request->argument(request, "match[]") != NULL)
		(void)farm_await(farm, matcher, NULL);
	s->metrics = metrics_new(
	    farm->cache, farm->series, &q, clock_mono_ns());
	if (s->metrics == NULL) {
		scrape_free(&s->stream);
		api_error(reply, 500, "memory", "out of memory");
		return;
	}
	reply->stream = &s->stream;
	reply->type = q.open ? TYPE_OPEN : TYPE_TEXT;
}

void
api_metrics(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct arena *arena = arena_new(0);
	struct matcher *matcher = NULL;
	struct error err;

	if (arena == NULL)
		api_error(reply, 500, "memory", "out of memory");
	else if (parse_matches(request, arena, &matcher, &err) < 0)
		api_error_at(reply, 400, "argument", "match[]", "%s", err.text);
	else
		scrape_all(farm, request, matcher, reply);
	matcher_free(matcher);
	arena_free(arena);
}
