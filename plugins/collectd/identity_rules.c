#include "identity_rules.h"

#include <string.h>

const char *const identity_fields[IDENTITY_FIELDS] = { "host", "plugin",
	"plugin_instance", "type", "type_instance" };

static const char **
rule_at(struct identity_rules *r, size_t i)
{
	const char **all[IDENTITY_FIELDS] = { &r->host, &r->plugin,
		&r->plugin_instance, &r->type, &r->type_instance };

	return all[i];
}

/* collectd's name of a kind.  Its DERIVE has integers alone, and falls to 0
   without taking that for a wrap. */
static const char *
kind_name(uint32_t kind, int type)
{
	if (type == FARM_DOUBLE || type == FARM_BOOLEAN)
		return "gauge";
	return kind == FARM_COUNTER32   ? "counter"
	       : kind == FARM_COUNTER64 ? "derive"
					: "gauge";
}

/* What {NAME} stands for; NULL if it is none. */
static const char *
placeholder(const struct farm_series *s, int type, const char *name, size_t n)
{
	const struct {
		const char *name;
		const char *text;
	} all[] = {
		{ "farm", s->farm },
		{ "cluster", s->cluster },
		{ "node", s->node },
		{ "parameter", s->parameter },
		{ "unit", s->unit },
		{ "kind", kind_name(s->kind, type) },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strlen(all[i].name) == n &&
		    memcmp(all[i].name, name, n) == 0)
			return all[i].text;
	return NULL;
}

static int
expand(struct buffer *b, const char *rule, const struct farm_series *s,
    int type, struct error *err)
{
	const char *end, *text;

	for (; *rule != '\0'; rule = end + 1) {
		end = strchr(rule, '{');
		if (end == NULL) {
			buffer_puts(b, rule);
			return 0;
		}
		buffer_put(b, rule, (size_t)(end - rule));
		rule = end + 1;
		end = strchr(rule, '}');
		if (end == NULL)
			return error_set(err, "\"{%s\" has no end", rule);
		text = placeholder(s, type, rule, (size_t)(end - rule));
		if (text == NULL)
			return error_set(err,
			    "{%.*s} stands for nothing; there are {farm}, "
			    "{cluster}, {node}, {parameter}, {unit} and {kind}",
			    (int)(end - rule), rule);
		buffer_puts(b, text);
	}
	return 0;
}

/* Whether it can be expanded shows with any series. */
static int
check_rule(const char *name, const char *rule, struct error *err)
{
	const struct farm_series any = { .farm = "",
		.cluster = "",
		.node = "",
		.parameter = "",
		.unit = "" };
	struct buffer b = BUFFER_INIT;
	int rc = expand(&b, rule, &any, FARM_DOUBLE, err);

	buffer_free(&b);
	return rc == 0 ? 0 : error_prefix(err, "identifier: %s", name);
}

int
identity_rules_read(
    struct identity_rules *ret, const struct farm_map *map, struct error *err)
{
	struct identity_rules rules = { "{node}", "{cluster}", "", "{kind}",
		"{parameter}" };
	const struct farm_pair *p;
	size_t i, k;

	for (i = 0; i < map->n; i++) {
		p = &map->pairs[i];
		for (k = 0; k < IDENTITY_FIELDS; k++)
			if (strcmp(identity_fields[k], p->key) == 0)
				break;
		if (k == IDENTITY_FIELDS)
			return error_set(err,
			    "identifier: an identifier has no \"%s\"; it has "
			    "host, plugin, plugin_instance, type and "
			    "type_instance",
			    p->key);
		if (check_rule(p->key, p->value, err) != 0)
			return -1;
		*rule_at(&rules, k) = p->value;
	}
	*ret = rules;
	return 0;
}

int
identity_rules_expand(const struct identity_rules *rules,
    enum identity_field field, const struct farm_series *s, int type,
    struct buffer *to, struct error *err)
{
	struct identity_rules own = *rules;

	if (expand(to, *rule_at(&own, field), s, type, err) != 0)
		return -1;
	return buffer_failed(to) ? error_set(err, "out of memory") : 0;
}
