/* Where an instance runs: `isolate', `worker' and `limits'. */
#include "config_build.h"

#include <limits.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "option.h"

/* What a module says it needs, as the kernel knows it. */
static uint64_t
capabilities_of(const struct module *m)
{
	uint64_t set = 0;

	if ((m->descriptor.needs & FARM_NEEDS_RAW_SOCKETS) != 0)
		set |= UINT64_C(1) << CAP_NET_RAW;
	return set;
}

/* The program that hosts the module: beside the module folders of a build
   tree, else where programs of farmd's own are installed. */
static const char *
find_program(struct arena *arena, const char *name)
{
	char folder[PATH_MAX];

	if (config_build_tree(folder, sizeof(folder)))
		return arena_printf(arena, "%s/%s", folder, name);
	return arena_printf(arena, "%s/%s", FARM_LIBEXEC_DIR, name);
}

static void
copy_name(struct config_build *b, const struct farm_tree *place,
    const char *name, char *to)
{
	if (strlen(name) > SPAWNER_NAME_MAX)
		problem_at(b->problems, place,
		    "\"%s\": a name of at most %d bytes is possible", name,
		    SPAWNER_NAME_MAX);
	else
		strcpy(to, name);
}

static void
build_limits(struct config_build *b, const struct farm_tree *tree,
    struct spawner_limits *ret)
{
	struct limit_options own = { .user = "", .group = "" };

	if (options_parse((struct option_table){ .first = limit_options }, tree,
		NULL, &own, b->config->arena, b->problems) < 0)
		return;
	ret->memory = own.memory;
	ret->files = own.files;
	ret->nice = own.nice;
	copy_name(b, tree, own.user, ret->user);
	copy_name(b, tree, own.group, ret->group);
}

/* A module with a program of its own cannot run elsewhere. */
static bool
is_isolated(struct config_build *b, const struct instance_options *o,
    const struct instance_config *c)
{
	bool elsewhere = c->module->descriptor.worker != NULL;

	if (elsewhere && o->isolate == ISOLATE_NONE)
		problem_at(b->problems, c->place,
		    "module \"%s\" runs in a worker only: %s", c->module->name,
		    c->module->descriptor.worker);
	if (o->isolate == ISOLATE_AUTO)
		return elsewhere || !c->module->ours;
	return o->isolate == ISOLATE_PROCESS;
}

void
config_build_isolation(struct config_build *b, const struct instance_options *o,
    struct instance_config *ret)
{
	const char *program = ret->module->descriptor.worker;
	struct isolation *i = &ret->isolation;

	i->on = is_isolated(b, o, ret);
	i->movable = !i->on && o->isolate == ISOLATE_AUTO;
	i->worker = arena_strdup(ret->arena, o->worker);
	i->program = program == NULL || program[0] == '\0'
			 ? ""
			 : find_program(ret->arena, program);
	i->limits.capabilities = capabilities_of(ret->module);
	if (o->limits != NULL)
		build_limits(b, o->limits, &i->limits);
	if (i->worker == NULL || i->program == NULL)
		problem_at(b->problems, ret->place, "out of memory");
	else if (!i->on && (i->worker[0] != '\0' || o->limits != NULL))
		problem_at(b->problems, ret->place,
		    "\"worker\" and \"limits\" are for instances in a "
		    "process of their own; \"isolate: process\" is missing");
}
