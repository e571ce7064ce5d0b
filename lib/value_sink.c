/* Values become those of a target. */
#include "value_sink.h"

#include "name.h"

void
sink_refuse(struct sink *s, const struct error *err)
{
	if (s->n_bad++ == 0)
		s->first = *err;
}

static void
refuse_for_memory(struct sink *s)
{
	struct error err;

	error_set(&err, "out of memory");
	sink_refuse(s, &err);
}

const char *
sink_text(struct sink *s, struct slice text,
    size_t (*unescape)(char *to, struct slice))
{
	struct error err;
	char *copy;

	if (text.length > 0 && memchr(text.text, '\0', text.length) != NULL) {
		error_set(&err, "a text with a NUL in it");
		sink_refuse(s, &err);
		return "";
	}
	copy = arena_strndup(s->arena, text.text, text.length);
	if (copy == NULL) {
		refuse_for_memory(s);
		return "";
	}
	if (unescape != NULL)
		copy[unescape(copy, text)] = '\0';
	return copy;
}

/* A foreign name is looked at here, so that one of them cannot take the place
   of the message of the whole. */
static bool
is_good(struct sink *s, const char *what, const char *name)
{
	struct error err;

	if (name == NULL || name_check(what, name, strlen(name), &err) == 0)
		return true;
	sink_refuse(s, &err);
	return false;
}

static bool
is_good_text(struct sink *s, const char *name, struct farm_value value)
{
	struct error err;

	if (value.type != FARM_TEXT || utf8_valid(value.text, value.length))
		return true;
	error_set(&err, "\"%s\": the text is not UTF-8", name);
	sink_refuse(s, &err);
	return false;
}

const char *
sink_name(struct sink *s, const char *parameter)
{
	if (s->prefix[0] == '\0')
		return parameter;
	return arena_printf(s->arena, "%s%s", s->prefix, parameter);
}

void
sink_put(struct sink *s, struct farm_spec spec, struct farm_value value)
{
	const char *name = sink_name(s, spec.parameter);

	if (value.type == FARM_NONE)
		return;
	if (spec.cluster == NULL)
		spec.cluster = s->cluster;
	if (spec.node == NULL)
		spec.node = s->node;
	if (name == NULL) {
		refuse_for_memory(s);
		return;
	}
	if (!is_good(s, "parameter", name) ||
	    !is_good(s, "cluster", spec.cluster) ||
	    !is_good(s, "node", spec.node) || !is_good_text(s, name, value))
		return;
	spec.size = sizeof(spec);
	spec.parameter = name;
	if (s->host->ops->emit(s->host, s->target, &spec, value) != 0)
		s->rc = -1;
}

bool
sink_why(const struct sink *s, const char *shown, struct error *err)
{
	if (s->n_bad > 1)
		error_set(err, "%s: %s; and %zu more", shown, s->first.text,
		    s->n_bad - 1);
	else if (s->n_bad > 0)
		error_set(err, "%s: %s", shown, s->first.text);
	return s->n_bad > 0;
}

int
sink_end(const struct sink *s, const char *shown)
{
	struct error err;

	if (sink_why(s, shown, &err))
		return farm_fail(s->host, "%s", err.text);
	return s->rc;
}
