/* Subscriptions: what a request asks for, who has asked. */
#include "api.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "api_question.h"
#include "clock.h"
#include "subscribe.h"

/* One request taken apart. */
struct asked {
	struct api_question question;
	struct subscription_order order;
	char place[API_PLACE_MAX]; /* the argument that is wrong */
};

static int
wrong(struct asked *a, const char *argument)
{
	(void)snprintf(a->place, sizeof(a->place), "%s", argument);
	return -1;
}

static int
parse_position(const char *text, uint64_t *ret, struct error *err)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || text[0] < '0' || text[0] > '9')
		return error_set(
		    err, "resume: \"%s\": it must be the id of an event", text);
	return 0;
}

/* A client that comes back says the last event it got, which goes before the
   words of the address it uses again. */
static int
parse_after(
    struct asked *a, const struct api_request *request, struct error *err)
{
	const char *after = request->last_event;

	if (after == NULL || after[0] == '\0')
		after = request->argument(request, "resume");
	if (after == NULL)
		return 0;
	a->order.resume = true;
	return parse_position(after, &a->order.after, err) == 0
		   ? 0
		   : wrong(a, "resume");
}

static int
parse_lease(
    struct asked *a, const struct api_request *request, struct error *err)
{
	const char *lease = request->argument(request, "lease");

	if (lease == NULL)
		return 0;
	if (duration_parse(lease, &a->order.lease_ns, err) != 0) {
		error_prefix(err, "lease");
		return wrong(a, "lease");
	}
	if (a->order.lease_ns >= NS_PER_S &&
	    a->order.lease_ns <= 366 * 86400 * NS_PER_S)
		return 0;
	error_set(err, "lease: \"%s\": 1s to 366d", lease);
	return wrong(a, "lease");
}

static const char *
mode_argument(void *context, const char *name)
{
	const struct api_request *request = context;

	return request->argument(request, name);
}

static int
parse_mode(
    struct asked *a, const struct api_request *request, struct error *err)
{
	const char *place = "format";

	if (format_parse(request->argument(request, "format"), &a->order.format,
		err) != 0)
		return wrong(a, place);
	if (mode_parse(&a->order.mode, mode_argument, (void *)request, &place,
		err) == 0)
		return 0;
	return wrong(a, place);
}

/* Do they go on, all of them or none? */
static int
parse_follow(struct asked *a, struct error *err)
{
	struct subscription_order *o = &a->order;
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++)
		n += (o->predicates[i].flags & FARM_FOLLOW) != 0;
	o->follow = n > 0;
	if (n == 0 || n == o->n)
		return 0;
	error_set(err, "predicate: some of them have an end, some have none");
	return wrong(a, "predicate");
}

/* What has passed by at the seam would be in no window. */
static int
check_windows(struct asked *a, struct error *err)
{
	if (!matcher_windowed(a->question.matcher))
		return 0;
	error_set(err, "predicate: a window (avg() and the like) cannot be "
		       "subscribed to");
	return wrong(a, "predicate");
}

/* When the history begins: as the argument says, or each predicate. */
static int
parse_from(
    struct asked *a, const struct api_request *request, struct error *err)
{
	struct subscription_order *o = &a->order;
	const char *text = request->argument(request, "from");
	int64_t from_ns = 0, to_ns;
	bool any = text != NULL || !o->follow;
	int64_t *list;

	if (text != NULL && time_parse(text, o->now_ns, &from_ns, err) < 0) {
		error_prefix(err, "from");
		return wrong(a, "from");
	}
	list = arena_array(o->arena, o->n, sizeof(*list));
	if (list == NULL)
		return error_set(err, "out of memory");
	for (size_t i = 0; i < o->n; i++) {
		const struct farm_predicate *p = &o->predicates[i];

		any |= p->from_ns != PREDICATE_FROM_DEFAULT_NS;
		predicate_span(p, o->now_ns, &list[i], &to_ns);
		if (text != NULL)
			list[i] = from_ns;
	}
	o->from_ns = any ? list : NULL;
	return 0;
}

static int
parse(struct asked *a, const struct api_request *request, struct error *err)
{
	const char *text = request->argument(request, "predicate");
	struct subscription_order *o = &a->order;

	a->question.arena = arena_new(0);
	if (a->question.arena == NULL)
		return error_set(err, "out of memory");
	if (api_question_predicates(&a->question, text, a->place, err) < 0)
		return -1;
	*o = (struct subscription_order){
		.arena = a->question.arena,
		.predicates = a->question.predicates,
		.n = a->question.n,
		.matcher = a->question.matcher,
		.access = request->who,
		.trusted = request->trusted,
		.past = access_may_all(request->who, ACCESS_HISTORY),
		.now_ns = clock_wall_ns(),
	};
	o->text = arena_strdup(o->arena, text == NULL ? "*" : text);
	o->who = arena_strdup(o->arena, access_who_name(request->who));
	if (o->text == NULL || o->who == NULL)
		return error_set(err, "out of memory");
	if (check_windows(a, err) < 0 || parse_follow(a, err) < 0 ||
	    parse_from(a, request, err) < 0 || parse_after(a, request, err) < 0)
		return -1;
	if (parse_mode(a, request, err) < 0)
		return -1;
	return parse_lease(a, request, err);
}

/* Values as they come take live; averages, over slots as long as the class
   says, and last values may be had for less.  Some series will do: the others
   are not told. */
static bool
may_subscribe(const struct subscription_order *o,
    const struct api_request *request, struct api_reply *reply)
{
	const struct access_who *who = request->who;
	enum access_mode mode = mode_access(o->mode.mode);
	const char *lacks = NULL;

	if (!access_may_some(who, ACCESS_LIVE)) {
		if (!access_may_some(who, mode))
			lacks = access_mode_name(mode);
		else if (mode == ACCESS_SUMMARY &&
			 o->mode.every_ns < access_finest_ns(who))
			lacks = "summary so fine";
	}
	if (mode == ACCESS_LIVE && o->from_ns != NULL &&
	    !access_may_some(who, ACCESS_HISTORY))
		lacks = "history";
	if (lacks != NULL)
		api_refuse(request, reply, "%s may not: %s",
		    access_who_name(who), lacks);
	return lacks == NULL;
}

static void
subscribe(struct farm *farm, struct asked *a, struct api_reply *reply)
{
	struct error err;

	if (hub_subscribe(farm->hub, &a->order, &reply->subscription, &err) ==
	    0) {
		(void)access_who_ref(a->order.access);
		reply->type = format_content_type(a->order.format);
	} else {
		api_error(reply, 503, "busy", "%s", err.text);
	}
}

void
api_subscribe(struct farm *farm, const struct api_request *request,
    struct api_reply *reply)
{
	struct asked a = { .place = "" };
	struct error err;

	if (parse(&a, request, &err) < 0 && a.place[0] == '\0')
		api_error(reply, 500, "memory", "%s", err.text);
	else if (a.place[0] != '\0')
		api_error_at(reply, 400, "argument", a.place, "%s", err.text);
	else if (may_subscribe(&a.order, request, reply))
		subscribe(farm, &a, reply);
	if (reply->subscription == NULL)
		api_question_free(&a.question);
}

/* --- those there are --- */

static void
change(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, uint64_t id, const char *verb)
{
	bool post = strcmp(request->method, "POST") == 0;
	bool found;

	if (post && strcmp(verb, "renew") == 0) {
		found = hub_renew(farm->hub, id);
	} else if (!post && verb[0] == '\0') {
		found = hub_cancel(farm->hub, id);
	} else {
		api_error(reply, 404, "path", "there is nothing at %s",
		    request->path);
		return;
	}
	if (found)
		buffer_printf(
		    &reply->body, "{\"subscription\":%" PRIu64 "}", id);
	else
		api_error_at(reply, 404, "subscription", "path",
		    "there is no subscription %" PRIu64, id);
}

void
api_subscriptions(struct farm *farm, const struct api_request *request,
    struct api_reply *reply, const char *rest)
{
	bool get = strcmp(request->method, "GET") == 0;
	uint64_t id;
	char *end;

	id = strtoull(rest, &end, 10);
	if (get && rest[0] == '\0')
		hub_json(farm->hub, request->trusted, &reply->body);
	else if (!get && end != rest && (*end == '/' || *end == '\0'))
		change(farm, request, reply, id, *end == '/' ? end + 1 : end);
	else
		api_error(reply, 404, "path", "there is nothing at %s",
		    request->path);
}
