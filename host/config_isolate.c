/* Where an instance runs: `isolate', `worker' and `limits'. */
#include "config_build.h"

#include <limits.h>
#include <linux/capability.h>
#include <string.h>
#include <unistd.h>

#include "name.h"
#include "option.h"
#include "yaml.h"

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

/* As capabilities(7) has them, in the order of their numbers. */
static const char *const capability_names[] = { "CAP_CHOWN", "CAP_DAC_OVERRIDE",
	"CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
	"CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
	"CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",
	"CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE",
	"CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
	"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
	"CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE",
	"CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
	"CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
	"CAP_CHECKPOINT_RESTORE" };
#define N_CAPABILITIES (sizeof(capability_names) / sizeof(capability_names[0]))

static uint64_t
find_capability(
    struct config_build *b, const struct farm_tree *place, const char *name)
{
	const char *meant;
	size_t i;

	for (i = 0; i < N_CAPABILITIES; i++)
		if (strcmp(capability_names[i], name) == 0)
			return UINT64_C(1) << i;
	meant = name_suggest(name, capability_names, N_CAPABILITIES);
	problem_at(b->problems, place, "there is no capability \"%s\"%s%s%s",
	    name, meant != NULL ? "; did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
	return 0;
}

/* One below the other, as the helper takes them. */
static void
copy_paths(struct config_build *b, const struct farm_tree *place,
    const struct farm_list *paths, char *to)
{
	size_t i, n, used = 0;

	for (i = 0; i < paths->n; i++) {
		n = strlen(paths->items[i]);
		if (paths->items[i][0] != '/' ||
		    strchr(paths->items[i], '\n') != NULL) {
			problem_at(b->problems, place,
			    "\"write\": \"%s\" is no absolute path",
			    paths->items[i]);
		} else if (used + n + 2 > SPAWNER_PATHS_MAX) {
			problem_at(b->problems, place,
			    "\"write\": at most %d bytes of paths are possible",
			    SPAWNER_PATHS_MAX);
			return;
		} else {
			memcpy(to + used, paths->items[i], n);
			used += n;
			to[used++] = '\n';
			to[used] = '\0';
		}
	}
}

/* What a module does not say it needs it does not get. */
static void
limits_by_needs(const struct module *m, struct spawner_limits *ret)
{
	uint32_t needs = m->descriptor.needs;

	ret->capabilities = capabilities_of(m);
	ret->no_exec = (needs & FARM_NEEDS_EXEC) == 0;
	ret->read_only = (needs & FARM_NEEDS_FILES) == 0;
	ret->system_calls = true;
}

static void
build_limits(struct config_build *b, const struct farm_tree *tree,
    struct spawner_limits *ret)
{
	struct limit_options own = { .user = "", .group = "" };
	size_t i;

	if (options_parse((struct option_table){ .first = limit_options }, tree,
		NULL, &own, b->config->arena, b->problems) < 0)
		return;
	ret->memory = own.memory;
	ret->files = own.files;
	ret->nice = own.nice;
	ret->cpu_time_ns = own.cpu_time_ns;
	ret->share = (struct confine_group){
		.resident_bytes = own.resident,
		.processes = own.processes,
		.cpus = own.cpus,
	};
	ret->system_calls = own.system_calls == 0;
	if (tree_get(tree, "write") != NULL)
		ret->read_only = true;
	copy_paths(b, tree, &own.write, ret->write);
	copy_name(b, tree, own.user, ret->user);
	copy_name(b, tree, own.group, ret->group);
	for (i = 0; i < own.capabilities.n; i++)
		ret->capabilities |= find_capability(
		    b, tree, own.capabilities.items[i]);
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
	limits_by_needs(ret->module, &i->limits);
	if (o->limits != NULL)
		build_limits(b, o->limits, &i->limits);
	if (!i->on)
		(void)config_need_code(b, ret->place, &ret->module);
	if (i->worker == NULL || i->program == NULL)
		problem_at(b->problems, ret->place, "out of memory");
	else if (!i->on && (i->worker[0] != '\0' || o->limits != NULL))
		problem_at(b->problems, ret->place,
		    "\"worker\" and \"limits\" are for instances in a "
		    "process of their own; \"isolate: process\" is missing");
}

void
config_build_tap(struct config_build *b, const struct instance_options *o,
    struct instance_config *ret)
{
	const struct module *m = ret->module;

	ret->tap = o->tap == TAP_ALWAYS ||
		   (o->tap == TAP_AUTO &&
		       (!m->ours || (m->descriptor.flags & FARM_TAP) != 0));
	ret->tap_bytes = o->queue_bytes;
	ret->deadline_ns = o->deadline_ns;
	if (ret->tap) {
		config_build_isolation(b, o, ret);
		return;
	}
	(void)config_need_code(b, ret->place, &ret->module);
	if (o->isolate == ISOLATE_PROCESS || o->worker[0] != '\0' ||
	    o->limits != NULL)
		problem_at(b->problems, ret->place,
		    "\"isolate\", \"worker\" and \"limits\" are for taps; "
		    "\"tap: true\" is missing");
}
