#include "identity.h"

#include <string.h>

#include "map.h"

/* Where in a list each field is. */
static const size_t offsets[IDENTITY_FIELDS] = { offsetof(value_list_t, host),
	offsetof(value_list_t, plugin), offsetof(value_list_t, plugin_instance),
	offsetof(value_list_t, type), offsetof(value_list_t, type_instance) };

/* ------------------------------------------------------------------- names */

static int
set_field(value_list_t *list, enum identity_field field, const char *text,
    struct error *err)
{
	char *to = (char *)list + offsets[field];

	if (strlen(text) >= DATA_MAX_NAME_LEN)
		return error_set(err,
		    "the %s would be \"%s\", of %zu bytes: collectd's names "
		    "have at most %d",
		    identity_fields[field], text, strlen(text),
		    DATA_MAX_NAME_LEN - 1);
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
	int i;

	for (i = 0; i < IDENTITY_FIELDS; i++) {
		fallback = i == IDENTITY_HOST ? s->node : "";
		if (set_field(list, i, label(s, identity_fields[i], fallback),
			err) != 0)
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
from_rules(const struct identity_rules *rules, const struct farm_series *s,
    int type, struct identity *ret, struct error *err)
{
	struct buffer b = BUFFER_INIT;
	int i, rc = 0;

	for (i = 0; i < IDENTITY_FIELDS && rc == 0; i++) {
		buffer_clear(&b);
		rc = identity_rules_expand(rules, i, s, type, &b, err);
		if (rc == 0)
			rc = set_field(&ret->list, i, buffer_text(&b), err);
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
		rc = from_rules(rules, s, type, &own, err);
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
