#include "identity.h"

#include <string.h>

#include "map.h"

/* ------------------------------------------------------------------- rules */

/* Where in the rules each field is; in the order of an identifier. */
static const struct field {
	const char *name;
	size_t rule;
	size_t offset; /* in the list */
} fields[] = {
	{ MAP_HOST, offsetof(struct identity_rules, host),
	    offsetof(value_list_t, host) },
	{ MAP_PLUGIN, offsetof(struct identity_rules, plugin),
	    offsetof(value_list_t, plugin) },
	{ MAP_PLUGIN_INSTANCE, offsetof(struct identity_rules, plugin_instance),
	    offsetof(value_list_t, plugin_instance) },
	{ MAP_TYPE, offsetof(struct identity_rules, type),
	    offsetof(value_list_t, type) },
	{ MAP_TYPE_INSTANCE, offsetof(struct identity_rules, type_instance),
	    offsetof(value_list_t, type_instance) },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static const char **
rule_at(struct identity_rules *r, size_t i)
{
	return (const char **)(void *)((char *)r + fields[i].rule);
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
		for (k = 0; k < FIELDS; k++)
			if (strcmp(fields[k].name, p->key) == 0)
				break;
		if (k == FIELDS)
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

/* ------------------------------------------------------------------- names */

static int
set_field(value_list_t *list, const struct field *f, const char *text,
    struct error *err)
{
	char *to = (char *)list + f->offset;

	if (strlen(text) >= DATA_MAX_NAME_LEN)
		return error_set(err,
		    "the %s would be \"%s\", of %zu bytes: collectd's names "
		    "have at most %d",
		    f->name, text, strlen(text), DATA_MAX_NAME_LEN - 1);
	strcpy(to, text);
	(void)escape_slashes(to, DATA_MAX_NAME_LEN);
	return 0;
}

static const char *
label(const struct farm_series *s, const char *name, const char *fallback)
{
	uint32_t i;

	for (i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, name) == 0)
			return s->labels[i].value;
	return fallback;
}

static int
fill_from_labels(
    value_list_t *list, const struct farm_series *s, struct error *err)
{
	const char *fallback;
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		fallback = strcmp(fields[i].name, MAP_HOST) == 0 ? s->node : "";
		if (set_field(list, &fields[i],
			label(s, fields[i].name, fallback), err) != 0)
			return -1;
	}
	return 0;
}

/* Is this its parameter, as we would have made it of that source? */
static bool
is_parameter(const struct identity *id, enum options_names names, size_t source,
    const char *parameter)
{
	struct buffer b = BUFFER_INIT;
	bool same;

	map_parameter(&b, names, id->ds, &id->list, source);
	same = strcmp(buffer_text(&b), parameter) == 0;
	buffer_free(&b);
	return same;
}

static bool
find_source(struct identity *id, const char *parameter)
{
	size_t i;

	for (i = 0; i < id->ds->ds_num; i++) {
		if (!is_parameter(id, NAMES_SHORT, i, parameter) &&
		    !is_parameter(id, NAMES_FULL, i, parameter))
			continue;
		id->source = i;
		return true;
	}
	return false;
}

/* 1 if it did not come from collectd. */
static int
from_labels(
    const struct farm_series *s, struct identity *ret, struct error *err)
{
	const char *type = label(s, MAP_TYPE, "");

	if (label(s, MAP_PLUGIN, "")[0] == '\0' || type[0] == '\0')
		return 1;
	ret->ds = plugin_get_ds(type);
	if (ret->ds == NULL)
		return error_set(err, "no types.db has its type, \"%s\"", type);
	if (fill_from_labels(&ret->list, s, err) != 0)
		return -1;
	return find_source(ret, s->parameter) ? 0 : 1;
}

static int
from_rules(struct identity_rules rules, const struct farm_series *s, int type,
    struct identity *ret, struct error *err)
{
	struct buffer b = BUFFER_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; i < FIELDS && rc == 0; i++) {
		buffer_clear(&b);
		rc = expand(&b, *rule_at(&rules, i), s, type, err);
		if (rc == 0 && buffer_failed(&b))
			rc = error_set(err, "out of memory");
		if (rc == 0)
			rc = set_field(
			    &ret->list, &fields[i], buffer_text(&b), err);
	}
	buffer_free(&b);
	if (rc != 0)
		return -1;
	if (ret->list.host[0] == '\0' || ret->list.plugin[0] == '\0')
		return error_set(err, "its host and plugin would be empty");
	ret->source = 0;
	ret->ds = plugin_get_ds(ret->list.type);
	if (ret->ds == NULL || ret->ds->ds_num != 1)
		return error_set(err,
		    "the type \"%s\" is not one with a single data source",
		    ret->list.type);
	return 0;
}

int
identity_of(const struct identity_rules *rules, const struct farm_series *s,
    int type, struct identity *ret, struct error *err)
{
	struct identity own;
	int rc;

	memset(&own, 0, sizeof(own));
	rc = from_labels(s, &own, err);
	if (rc == 1) {
		memset(&own, 0, sizeof(own));
		rc = from_rules(*rules, s, type, &own, err);
	}
	if (rc != 0)
		return error_prefix(
		    err, "%s/%s/%s", s->cluster, s->node, s->parameter);
	*ret = own;
	return 0;
}

void
identity_name(const struct identity *id, char name[IDENTITY_NAME_MAX])
{
	size_t n;

	if (FORMAT_VL(name, IDENTITY_NAME_MAX, &id->list) != 0)
		name[0] = '\0';
	n = strlen(name);
	(void)snprintf(name + n, IDENTITY_NAME_MAX - n, "/%s",
	    id->ds->ds[id->source].name);
}

/* ------------------------------------------------------------------ values */

/* All doubles below it are whole numbers of an int64_t. */
#define INT64_LIMIT 9223372036854775808.0
#define UINT64_LIMIT 18446744073709551616.0

static bool
to_gauge(const struct farm_value *v, gauge_t *ret)
{
	switch (v->type) {
	case FARM_DOUBLE:
		*ret = v->number;
		return true;
	case FARM_INT64:
		*ret = (double)v->int64;
		return true;
	case FARM_UINT64:
		*ret = (double)v->uint64;
		return true;
	case FARM_BOOLEAN:
		*ret = v->boolean ? 1 : 0;
		return true;
	default:
		return false;
	}
}

static bool
to_signed(const struct farm_value *v, int64_t *ret)
{
	switch (v->type) {
	case FARM_DOUBLE:
		if (!(v->number >= -INT64_LIMIT && v->number < INT64_LIMIT) ||
		    v->number != floor(v->number))
			return false;
		*ret = (int64_t)v->number;
		return true;
	case FARM_INT64:
		*ret = v->int64;
		return true;
	case FARM_UINT64:
		*ret = (int64_t)v->uint64;
		return v->uint64 <= INT64_MAX;
	default:
		return false;
	}
}

static bool
to_unsigned(const struct farm_value *v, uint64_t *ret)
{
	switch (v->type) {
	case FARM_DOUBLE:
		if (!(v->number >= 0 && v->number < UINT64_LIMIT) ||
		    v->number != floor(v->number))
			return false;
		*ret = (uint64_t)v->number;
		return true;
	case FARM_INT64:
		*ret = (uint64_t)v->int64;
		return v->int64 >= 0;
	case FARM_UINT64:
		*ret = v->uint64;
		return true;
	default:
		return false;
	}
}

bool
identity_value(int ds_type, const struct farm_value *v, value_t *ret)
{
	value_t own = { .absolute = 0 };
	uint64_t n = 0;
	bool fits;

	switch (ds_type) {
	case DS_TYPE_GAUGE:
		fits = to_gauge(v, &own.gauge);
		break;
	case DS_TYPE_DERIVE:
		fits = to_signed(v, &own.derive);
		break;
	case DS_TYPE_COUNTER:
		fits = to_unsigned(v, &n);
		own.counter = n;
		break;
	default:
		fits = to_unsigned(v, &n);
		own.absolute = n;
	}
	if (fits)
		*ret = own;
	return fits;
}
