/*
 * Loading: the note first, then dlopen(), then everything the module says of
 * itself is checked and copied into this host's layout, so that nobody else
 * has to think of structs of other sizes.
 */
#include "module.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "module_note.h"
#include "module_sheet.h"

/* A table without an end is taken for one that is longer than this. */
#define TABLE_ENTRIES_MAX 4096

/* Loaded modules stay until the process ends. */
static pthread_mutex_t loaded_lock = PTHREAD_MUTEX_INITIALIZER;
static struct module *loaded;

const char *
role_name(enum farm_role role)
{
	switch (role) {
	case FARM_COLLECTOR:
		return "collector";
	case FARM_FILTER:
		return "filter";
	case FARM_WRITER:
		return "writer";
	}
	return "module of unknown role";
}

/* Entry number i of a table whose entries have `theirs' bytes, into `ours'. */
static void
copy_entry(void *to, size_t ours, const void *table, size_t theirs, size_t i)
{
	memset(to, 0, ours);
	memcpy(to, (const char *)table + i * theirs,
	    theirs < ours ? theirs : ours);
}

bool
module_parameter(const struct module *m, size_t i, struct farm_parameter *ret)
{
	const struct farm_parameter *table = m->descriptor.parameters;

	if (table == NULL)
		return false;
	copy_entry(ret, sizeof(*ret), table, m->stamp.parameter_size, i);
	return ret->name != NULL;
}

bool
module_action(const struct module *m, size_t i, struct farm_action *ret)
{
	if (m->descriptor.actions == NULL)
		return false;
	*ret = m->descriptor.actions[i];
	return ret->name != NULL;
}

/* Does a name of the catalogue, with at most one "*", stand for this one? */
static bool
stands_for(const char *entry, const char *name)
{
	const char *star = strchr(entry, '*');
	size_t before, after, n = strlen(name);

	if (star == NULL)
		return strcmp(entry, name) == 0;
	before = (size_t)(star - entry);
	after = strlen(star + 1);
	return n >= before + after && memcmp(entry, name, before) == 0 &&
	       memcmp(star + 1, name + n - after, after) == 0;
}

bool
module_find_parameter(
    const struct module *m, const char *name, struct farm_parameter *ret)
{
	struct farm_parameter p;
	size_t i;

	for (i = 0; module_parameter(m, i, &p); i++) {
		if (stands_for(p.name, name)) {
			*ret = p;
			return true;
		}
	}
	return false;
}

/* Copy a table of options; NULL is an empty one. */
static int
copy_options(struct module *m, const struct farm_option *theirs,
    const struct farm_option **ret, const char *what, struct error *err)
{
	size_t stride = m->stamp.option_size;
	struct farm_option o;
	struct farm_option *ours;
	size_t i, n;

	*ret = NULL;
	if (theirs == NULL)
		return 0;
	for (n = 0; n < TABLE_ENTRIES_MAX; n++) {
		copy_entry(&o, sizeof(o), theirs, stride, n);
		if (o.type == 0)
			break;
	}
	if (n == TABLE_ENTRIES_MAX)
		return error_set(err, "its table of %s has no end", what);
	ours = arena_array(m->arena, n + 1, sizeof(*ours));
	if (ours == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < n; i++)
		copy_entry(&ours[i], sizeof(*ours), theirs, stride, i);
	*ret = ours;
	return 0;
}

bool
module_any_action(const struct farm_action *a)
{
	return strcmp(a->name, "*") == 0;
}

static int
check_action(const struct farm_action *a, struct error *err)
{
	struct option_table arguments = { .first = a->arguments };

	if (a->run == NULL)
		return error_set(err, "action %s: has no run()", a->name);
	if (options_check(arguments, a->arguments_size, err) != 0)
		return error_prefix(err, "action %s", a->name);
	if (module_any_action(a) &&
	    (option_at(arguments, 0) == NULL ||
		strcmp(a->arguments->name, "action") != 0 ||
		a->arguments->type != FARM_TYPE_STRING))
		return error_set(err,
		    "action *: its first argument is no string \"action\"");
	return 0;
}

static int
copy_actions(struct module *m, struct error *err)
{
	const void *theirs = m->descriptor.actions;
	size_t stride = m->stamp.action_size;
	struct farm_action *ours;
	struct farm_action a;
	size_t i, n;

	if (theirs == NULL)
		return 0;
	for (n = 0; n < TABLE_ENTRIES_MAX; n++) {
		copy_entry(&a, sizeof(a), theirs, stride, n);
		if (a.name == NULL)
			break;
	}
	if (n == TABLE_ENTRIES_MAX)
		return error_set(err, "its table of actions has no end");
	ours = arena_array(m->arena, n + 1, sizeof(*ours));
	if (ours == NULL)
		return error_set(err, "out of memory");
	for (i = 0; i < n; i++) {
		copy_entry(&ours[i], sizeof(*ours), theirs, stride, i);
		if (copy_options(m, ours[i].arguments, &ours[i].arguments,
			"arguments", err) != 0 ||
		    check_action(&ours[i], err) != 0)
			return -1;
	}
	m->descriptor.actions = ours;
	return 0;
}

/* Which field of the stamps differs; NULL if none. */
static const char *
difference(const struct farm_stamp *a, const struct farm_stamp *b)
{
	/* clang-format off */
#define FIELD(NAME) { #NAME, offsetof(struct farm_stamp, NAME), \
	sizeof(((struct farm_stamp *)0)->NAME) }
	/* clang-format on */
	static const struct {
		const char *name;
		size_t offset, size;
	} fields[] = { FIELD(abi_major), FIELD(abi_minor), FIELD(role),
		FIELD(stamp_size), FIELD(descriptor_size), FIELD(role_offset),
		FIELD(role_size), FIELD(option_size), FIELD(parameter_size),
		FIELD(action_size), FIELD(name), FIELD(version) };
#undef FIELD
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (memcmp((const char *)a + fields[i].offset,
			(const char *)b + fields[i].offset,
			fields[i].size) != 0)
			return fields[i].name;
	return NULL;
}

/* The descriptor that the entry points to, as the module's compiler saw it. */
static int
find_descriptor(const struct module *m, const void **ret, struct error *err)
{
	const struct farm_entry *entry = dlsym(m->dl, "farm_module");
	const char *differs;
	size_t at;

	if (entry == NULL)
		return error_set(err, "exports no farm_module");
	differs = difference(&entry->stamp, &m->stamp);
	if (differs != NULL)
		return error_set(err, "note and entry disagree on %s", differs);
	/* A longer stamp has moved the pointer behind it. */
	at = (m->stamp.stamp_size + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
	memcpy(ret, (const char *)entry + at, sizeof(*ret));
	if (*ret == NULL)
		return error_set(err, "has no descriptor");
	return 0;
}

static void
copy_descriptor(struct module *m, const void *theirs)
{
	static const size_t role_sizes[] = {
		[FARM_COLLECTOR] = sizeof(struct farm_collector),
		[FARM_FILTER] = sizeof(struct farm_filter),
		[FARM_WRITER] = sizeof(struct farm_writer),
	};
	struct farm_descriptor *ours = &m->descriptor;
	size_t base = offsetof(struct farm_descriptor, collector);
	size_t role = role_sizes[m->role];

	if (base > m->stamp.role_offset)
		base = m->stamp.role_offset;
	if (role > m->stamp.role_size)
		role = m->stamp.role_size;
	memcpy(ours, theirs, base);
	memcpy((char *)ours + offsetof(struct farm_descriptor, collector),
	    (const char *)theirs + m->stamp.role_offset, role);
}

static int
check_callbacks(const struct module *m, struct error *err)
{
	const struct farm_descriptor *d = &m->descriptor;

	switch (m->role) {
	case FARM_COLLECTOR:
		if (d->collector.collect == NULL &&
		    d->collector.collect_many == NULL && d->listen == NULL)
			return error_set(err,
			    "has none of collect(), collect_many(), listen()");
		return 0;
	case FARM_FILTER:
		if (d->filter.apply == NULL)
			return error_set(err, "has no apply()");
		return 0;
	case FARM_WRITER:
		if (d->writer.write == NULL)
			return error_set(err, "has no write()");
		return 0;
	}
	return 0;
}

static int
check_parameters(const struct module *m, struct error *err)
{
	struct farm_parameter p;
	size_t n;

	for (n = 0; module_parameter(m, n, &p); n++)
		if (n == TABLE_ENTRIES_MAX)
			return error_set(
			    err, "its table of parameters has no end");
	return 0;
}

/* Beyond this an instance's state is a mistake in a number. */
#define STATE_BYTES_MAX (64 << 20)

static int
check_descriptor(struct module *m, struct error *err)
{
	struct farm_descriptor *d = &m->descriptor;

	if (d->summary == NULL)
		return error_set(err, "has no summary");
	if (d->state_size > STATE_BYTES_MAX ||
	    d->target_state_size > STATE_BYTES_MAX)
		return error_set(err, "a state of %zu bytes is too large",
		    d->state_size > STATE_BYTES_MAX ? d->state_size
						    : d->target_state_size);
	if (check_callbacks(m, err) != 0 || check_parameters(m, err) != 0)
		return -1;
	if (copy_options(m, d->options, &d->options, "options", err) != 0 ||
	    copy_actions(m, err) != 0)
		return -1;
	m->options = (struct option_table){
		.first = d->options,
		.stride = sizeof(struct farm_option),
	};
	return options_check(m->options, d->state_size, err);
}

/* Of one that was not handed to anybody. */
static void
module_free(struct module *m)
{
	if (m == NULL)
		return;
	if (m->dl != NULL)
		dlclose(m->dl);
	arena_free(m->arena);
	free(m->path);
	free(m);
}

static int
read_file(struct module *m, struct error *err)
{
	struct stat st;

	if (module_note(m->path, &m->stamp, err) != 0)
		return -1;
	m->name = m->stamp.name;
	m->role = (enum farm_role)m->stamp.role;
	if (stat(m->path, &st) != 0)
		return error_set(err, "%s: %m", m->path);
	m->mtime_ns = st.st_mtim.tv_sec * INT64_C(1000000000) +
		      st.st_mtim.tv_nsec;
	return 0;
}

static int
load_file(struct module *m, struct error *err)
{
	m->dl = dlopen(m->path, RTLD_NOW | RTLD_LOCAL);
	if (m->dl != NULL)
		return 0;
	error_set(err, "%s", dlerror());
	if (strncmp(err->text, m->path, strlen(m->path)) == 0)
		return -1;
	return error_prefix(err, "%s", m->path);
}

static int
check_loaded(struct module *m, struct error *err)
{
	const void *theirs;

	if (find_descriptor(m, &theirs, err) != 0)
		return error_prefix(err, "%s", m->path);
	copy_descriptor(m, theirs);
	if (check_descriptor(m, err) != 0)
		return error_prefix(err, "%s", m->path);
	return 0;
}

static int
learn(struct module *m, struct error *err)
{
	struct buffer sheet = BUFFER_INIT;
	int rc = module_sheet_ask(m->path, &sheet, err);

	if (rc == 0 &&
	    (module_sheet_read(m, sheet.data, sheet.size, err) != 0 ||
		check_descriptor(m, err) != 0))
		rc = error_prefix(err, "%s", m->path);
	buffer_free(&sheet);
	return rc;
}

/* Takes `path' over, also on failure. */
static int
make(char *path, bool ours, bool apart, struct module **ret, struct error *err)
{
	struct module *m = calloc(1, sizeof(*m));

	if (m == NULL) {
		error_set(err, "%s: out of memory", path);
		free(path);
		return -1;
	}
	m->path = path;
	m->ours = ours;
	m->arena = arena_new(0);
	if (m->arena == NULL) {
		error_set(err, "%s: out of memory", path);
		goto fail;
	}
	if (read_file(m, err) != 0)
		goto fail;
	if (apart && learn(m, err) != 0)
		goto fail;
	if (!apart && (load_file(m, err) != 0 || check_loaded(m, err) != 0))
		goto fail;
	*ret = m;
	return 0;
fail:
	module_free(m);
	return -1;
}

/* With the lock held: one that is loaded, or that was learnt. */
static struct module *
find_loaded(const char *path, bool apart)
{
	struct module *m;

	for (m = loaded; m != NULL; m = m->next)
		if ((m->dl == NULL) == apart && strcmp(m->path, path) == 0)
			break;
	return m;
}

struct module *
module_loaded(const char *path)
{
	struct module *m;

	pthread_mutex_lock(&loaded_lock);
	m = find_loaded(path, false);
	if (m == NULL)
		m = find_loaded(path, true);
	pthread_mutex_unlock(&loaded_lock);
	return m;
}

/* dlopen() would look for a path without a slash elsewhere. */
static char *
path_copy(const char *path)
{
	char *copy;

	if (asprintf(
		&copy, "%s%s", strchr(path, '/') == NULL ? "./" : "", path) < 0)
		return NULL;
	return copy;
}

static int
get(const char *path, bool ours, bool apart, struct module **ret,
    struct error *err)
{
	char *copy = path_copy(path);
	struct module *m;

	if (copy == NULL)
		return error_set(err, "%s: out of memory", path);
	pthread_mutex_lock(&loaded_lock);
	m = find_loaded(copy, apart);
	if (m != NULL) {
		free(copy);
	} else if (make(copy, ours, apart, &m, err) == 0) {
		m->next = loaded;
		loaded = m;
	}
	pthread_mutex_unlock(&loaded_lock);
	if (m == NULL)
		return -1;
	*ret = m;
	return 0;
}

int
module_open(const char *path, bool ours, struct module **ret, struct error *err)
{
	return get(path, ours, false, ret, err);
}

int
module_learn(const char *path, struct module **ret, struct error *err)
{
	return get(path, false, true, ret, err);
}

int
module_load(const struct module *m, struct module **ret, struct error *err)
{
	return get(m->path, m->ours, false, ret, err);
}
