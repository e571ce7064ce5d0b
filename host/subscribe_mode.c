#include "subscribe_mode.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

static const char *const words[] = { "all", "on_change", "crossing", "delta",
	"latest", "summary" };
#define N_MODES (sizeof(words) / sizeof(words[0]))

const char *
mode_word(enum mode mode)
{
	return words[mode];
}

enum access_mode
mode_access(enum mode mode)
{
	if (mode == MODE_LATEST)
		return ACCESS_LATEST;
	return mode == MODE_SUMMARY ? ACCESS_SUMMARY : ACCESS_LIVE;
}

/* --------------------------------------------------------------- arguments --
 */

/* An argument that is a number, and for which modes. */
struct number {
	const char *name;
	double *field;
	double min;
	double max;
	unsigned modes; /* a bit for each */
};

#define BIT(MODE) (1u << (MODE))
#define ANY_MODE ((1u << N_MODES) - 1)

static int
parse_number(const char *text, const struct number *n, struct error *err)
{
	char *end;

	errno = 0;
	*n->field = strtod(text, &end);
	if (errno == 0 && end != text && *end == '\0' && isfinite(*n->field) &&
	    *n->field >= n->min && *n->field <= n->max)
		return 0;
	return error_set(err, "%s: \"%s\": a number from %g to %g", n->name,
	    text, n->min, n->max);
}

/* Is the argument there, and may it be? */
static int
ask(mode_argument_fn *argument, void *context, const char *name, unsigned modes,
    enum mode mode, const char **ret, const char **place, struct error *err)
{
	*ret = argument(context, name);
	if (*ret == NULL)
		return 0;
	*place = name;
	if ((modes & BIT(mode)) == 0)
		return error_set(
		    err, "%s: not with mode=%s", name, words[mode]);
	return 0;
}

static int
parse_numbers(struct mode_rule *r, double *rate, mode_argument_fn *argument,
    void *context, const char **place, struct error *err)
{
	const double never = CROSSING_NEVER;
	const struct number numbers[] = {
		{ "above", &r->crossing.above, -never, never,
		    BIT(MODE_CROSSING) },
		{ "below", &r->crossing.below, -never, never,
		    BIT(MODE_CROSSING) },
		{ "hysteresis", &r->crossing.hysteresis, 0, 1e300,
		    BIT(MODE_CROSSING) },
		{ "delta", &r->crossing.delta, 0, 1e300, BIT(MODE_DELTA) },
		{ "percent", &r->crossing.percent, 0, 1e6, BIT(MODE_DELTA) },
		{ "max_rate", rate, 1e-6, 1e9, ANY_MODE },
	};
	const char *text;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (ask(argument, context, numbers[i].name, numbers[i].modes,
			r->mode, &text, place, err) != 0 ||
		    (text != NULL && parse_number(text, &numbers[i], err) != 0))
			return -1;
	}
	return 0;
}

static int
parse_back(struct mode_rule *r, mode_argument_fn *argument, void *context,
    const char **place, struct error *err)
{
	const char *text;

	if (ask(argument, context, "back", BIT(MODE_CROSSING), r->mode, &text,
		place, err) != 0)
		return -1;
	r->crossing.back = text != NULL && strcmp(text, "true") == 0;
	if (text == NULL || r->crossing.back || strcmp(text, "false") == 0)
		return 0;
	return error_set(err, "back: \"%s\": true or false", text);
}

static int
parse_every(struct mode_rule *r, mode_argument_fn *argument, void *context,
    const char **place, struct error *err)
{
	unsigned modes = BIT(MODE_LATEST) | BIT(MODE_SUMMARY);
	const char *text;

	if (ask(argument, context, "every", modes, r->mode, &text, place,
		err) != 0)
		return -1;
	if ((modes & BIT(r->mode)) == 0)
		return 0;
	*place = "every";
	if (text == NULL)
		return error_set(
		    err, "every: needed with mode=%s", words[r->mode]);
	if (duration_parse(text, &r->every_ns, err) != 0)
		return error_prefix(err, "every");
	if (r->every_ns < NS_PER_S / 10 || r->every_ns > 366 * 86400 * NS_PER_S)
		return error_set(err, "every: \"%s\": 100ms to 366d", text);
	return 0;
}

static int
parse_mode(struct mode_rule *r, mode_argument_fn *argument, void *context,
    const char **place, struct error *err)
{
	const char *text = argument(context, "mode");

	for (size_t i = 0; i < N_MODES; i++)
		if (strcmp(text == NULL ? "all" : text, words[i]) == 0) {
			r->mode = (enum mode)i;
			return 0;
		}
	*place = "mode";
	return error_set(err,
	    "mode: \"%s\": all, on_change, crossing, delta, latest or summary",
	    text);
}

int
mode_parse(struct mode_rule *r, mode_argument_fn *argument, void *context,
    const char **place, struct error *err)
{
	double rate = 0;

	*r = (struct mode_rule){ .crossing = { .above = CROSSING_NEVER,
				     .below = -CROSSING_NEVER } };
	if (parse_mode(r, argument, context, place, err) != 0 ||
	    parse_numbers(r, &rate, argument, context, place, err) != 0 ||
	    parse_back(r, argument, context, place, err) != 0 ||
	    parse_every(r, argument, context, place, err) != 0)
		return -1;
	if (rate > 0)
		r->rest_ns = (int64_t)((double)NS_PER_S / rate);
	hash_key_draw(&r->differ.key);
	if ((r->mode == MODE_CROSSING || r->mode == MODE_DELTA) &&
	    crossing_check(&r->crossing, err) != 0) {
		*place = "mode";
		return -1;
	}
	return 0;
}

void
mode_print(const struct mode_rule *r, struct buffer *out)
{
	const struct crossing_rule *c = &r->crossing;

	buffer_printf(out, "%s %a %a %a %d %a %a %" PRId64 " %" PRId64,
	    words[r->mode], c->above, c->below, c->hysteresis, c->back,
	    c->delta, c->percent, r->every_ns, r->rest_ns);
}

/* --------------------------------------------------------------- decisions --
 */

bool
mode_remembers(const struct mode_rule *r)
{
	return r->mode != MODE_ALL || r->rest_ns > 0;
}

/* Of what is older than the last one there is no distance to tell. */
static bool
is_too_close(
    const struct mode_rule *r, const struct mode_state *s, int64_t time_ns)
{
	return r->rest_ns > 0 && s->told && time_ns - s->told_ns < r->rest_ns;
}

bool
mode_take(const struct mode_rule *r, struct mode_state *s, int64_t time_ns,
    const struct farm_value *v)
{
	bool told = true;

	if (is_too_close(r, s, time_ns))
		return false;
	if (r->mode == MODE_ON_CHANGE)
		told = differ_take(&r->differ, &s->differ, time_ns, v);
	else if (r->mode == MODE_CROSSING || r->mode == MODE_DELTA)
		told = crossing_take(&r->crossing, &s->crossing, v);
	if (told) {
		s->told = true;
		s->told_ns = time_ns;
	}
	return told;
}
