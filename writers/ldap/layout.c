#include "layout.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct farm_pair glue_attributes[] = {
	{ "Load1", "GlueHostProcessorLoadLast1Min" },
	{ "Load5", "GlueHostProcessorLoadLast5Min" },
	{ "Load15", "GlueHostProcessorLoadLast15Min" },
};

static const struct kind {
	const char *dn;
	const char *classes[DEPTH_PARAMETER + 1];
	struct farm_map attributes;
	bool readings;
} kinds[] = {
	[LAYOUT_PARAMETERS] = {
	    .dn = "farmParameterName={parameter},farmNodeName={node},"
		  "farmClusterName={cluster},farmName={farm}",
	    .classes = { "organizationalUnit", "farmFarm", "farmCluster",
		"farmNode", "farmParameter" },
	    .readings = true,
	},
	[LAYOUT_NODES] = {
	    .dn = "farmNodeName={node},farmClusterName={cluster},"
		  "farmName={farm}",
	    .classes = { "organizationalUnit", "farmFarm", "farmCluster",
		"farmNode", "farmParameter" },
	    .readings = true,
	},
	[LAYOUT_GLUE] = {
	    .dn = "GlueHostUniqueID={node},GlueClusterUniqueID={cluster},"
		  "Mds-Vo-name={farm}",
	    .classes = { "organizationalUnit", "MdsVo", "GlueCluster",
		"GlueHost", "GlueHost" },
	    .attributes = { glue_attributes,
		sizeof(glue_attributes) / sizeof(glue_attributes[0]) },
	},
};

static const char *const depths[] = { "above", "farm", "cluster", "node",
	"parameter" };
#define DEPTHS (sizeof(depths) / sizeof(depths[0]))

static void
free_classes(struct classes *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->names[i]);
	c->n = 0;
}

/* "top organizationalUnit" */
static int
split_classes(struct classes *ret, const char *text, struct error *err)
{
	size_t length;

	for (text += strspn(text, " "); *text != '\0';
	     text += length, text += strspn(text, " ")) {
		length = strcspn(text, " ");
		if (ret->n == CLASSES_MAX)
			return error_set(
			    err, "classes: more than %d", CLASSES_MAX);
		ret->names[ret->n] = strndup(text, length);
		if (ret->names[ret->n] == NULL)
			return error_set(err, "out of memory");
		if (strncmp(text, "farm", 4) == 0)
			ret->ours = true;
		ret->n++;
	}
	if (ret->n == 0)
		return error_set(err, "classes: there is none");
	return 0;
}

static const char *
find(const struct farm_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->pairs[i].key, key) == 0)
			return map->pairs[i].value;
	return NULL;
}

static int
check_depths(const struct farm_map *classes, struct error *err)
{
	for (size_t i = 0; i < classes->n; i++) {
		const char *key = classes->pairs[i].key;
		size_t k = 0;

		while (k < DEPTHS && strcmp(depths[k], key) != 0)
			k++;
		if (k == DEPTHS)
			return error_set(err,
			    "classes: \"%s\" is none of above, farm, cluster, "
			    "node, parameter",
			    key);
	}
	return 0;
}

static int
fill(struct layout *l, const struct layout_options *o, struct error *err)
{
	const struct kind *kind = &kinds[o->kind];

	if (check_depths(&o->classes, err) != 0)
		return -1;
	if (dn_plan_parse(&l->plan, *o->dn == '\0' ? kind->dn : o->dn, err) !=
	    0)
		return error_prefix(err, "dn");
	for (size_t i = 0; i < l->plan.n; i++) {
		enum depth depth = l->plan.levels[i].depth;
		const char *classes = find(&o->classes, depths[depth]);

		if (classes == NULL)
			classes = kind->classes[depth];
		if (split_classes(&l->classes[i], classes, err) != 0)
			return -1;
	}
	l->attributes = o->attributes.n > 0 ? o->attributes : kind->attributes;
	l->readings = kind->readings;
	return 0;
}

int
layout_make(
    struct layout *ret, const struct layout_options *o, struct error *err)
{
	struct layout l = { .readings = false };

	if (fill(&l, o, err) != 0) {
		layout_free(&l);
		return -1;
	}
	*ret = l;
	return 0;
}

void
layout_free(struct layout *l)
{
	dn_plan_free(&l->plan);
	for (size_t i = 0; i < DN_LEVELS_MAX; i++)
		free_classes(&l->classes[i]);
}

bool
layout_is_of_nodes(const struct layout *l)
{
	return l->plan.levels[l->plan.n - 1].depth != DEPTH_PARAMETER;
}

const char *
layout_attribute(const struct layout *l, const char *parameter)
{
	return find(&l->attributes, parameter);
}
