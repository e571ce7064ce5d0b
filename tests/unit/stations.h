/* stations.h - filters and writers for tests of their stations: instances made
   by hand from a static descriptor, no .so needed. */
#ifndef TESTS_STATIONS_H
#define TESTS_STATIONS_H

#include <stdlib.h>

#include "clock.h"
#include "instance.h"
#include "unit.h"

#define TEST_BOUND (20 * NS_PER_S)

static const struct farm_predicate match_all = {
	.farm = "*",
	.cluster = "*",
	.node = "*",
	.parameters = (const char *const[]){ "*" },
	.n_parameters = 1,
};

/* One instance with all that it is made of. */
struct made {
	struct module module;
	struct instance_config config;
	struct instance *instance;
};

/* Its state is a copy of `options', of descriptor->state_size bytes. */
static inline struct made *
make_instance(const char *name, enum farm_role role,
    const struct farm_descriptor *descriptor, void *options,
    const struct farm_predicate *match)
{
	struct made *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->module.name = name;
	m->module.role = role;
	if (descriptor != NULL)
		m->module.descriptor = *descriptor;
	m->config.name = name;
	m->config.cluster = "";
	m->config.module = &m->module;
	m->config.options = options;
	m->config.match = match;
	m->config.n_match = match != NULL;
	m->instance = instance_new(&m->config, NULL, NULL);
	assert_non_null(m->instance);
	return m;
}

static inline void
free_instance(struct made *m)
{
	instance_free(m->instance);
	free(m);
}

/* Pinned once, for the test. */
static inline uint32_t
test_series(struct series_table *t, const char *node, const char *parameter)
{
	struct farm_series s = {
		.farm = "farm",
		.cluster = "c",
		.node = node,
		.parameter = parameter,
	};
	uint32_t number = series_define(t, &s, NULL);

	assert_true(number != 0);
	return number;
}

#endif
