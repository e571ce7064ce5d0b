/*
 * module.h - modules: found in folders, checked by their note before anything
 * of them runs, loaded once and never unloaded.
 */
#ifndef HOST_MODULE_H
#define HOST_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include <farm/module.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"
#include "option.h"

/* One loaded module.  Read-only once it is there; lives until the end. */
struct module {
	char *path;
	struct farm_stamp stamp; /* texts in it end in NUL */
	const char *name;	 /* stamp.name */
	enum farm_role role;
	bool ours; /* from a folder that came with farmd */
	/*
	 * A copy in this host's layout: what the module does not know is 0.
	 * So are its tables of options, of actions and of their arguments.
	 */
	struct farm_descriptor descriptor;
	struct option_table options;
	struct arena *arena;	 /* of the copies */
	void *dl; /* NULL: it is not loaded, see module_learn() */
	int64_t mtime_ns; /* of the file, when it was loaded */
	struct module *next;
};

/* Parameter or action number i of a module's tables; false at the end. */
bool module_parameter(const struct module *, size_t i,
    struct farm_parameter *ret);
bool module_action(const struct module *, size_t i, struct farm_action *ret);
/* Does it stand for all names that the table does not have? */
bool module_any_action(const struct farm_action *);
/* The entry of the catalogue that names this parameter ("*" matches any run);
   false if none. */
bool module_find_parameter(const struct module *, const char *name,
    struct farm_parameter *ret);

/*
 * Read the stamp from the ELF note, without loading.  The reason for a refusal
 * is one line that begins with the path:
 *   PATH: needs ABI 2.0, this host has 1.1
 *   PATH: not an ELF file            PATH: for a 32-bit machine
 *   PATH: has no farm note; not a module ...
 */
int module_note(const char *path, struct farm_stamp *ret, struct error *);

/*
 * Check the note, load the file, check entry, descriptor, option table and
 * callbacks.  On failure nothing of it has run except its ELF constructors.
 * A path that was loaded before gives the same module, even if the file has
 * changed.  Any thread.
 */
int module_open(const char *path, bool ours, struct module **ret,
    struct error *);

/*
 * The same, but the file is loaded by a process that is thrown away and tells
 * what it is: here its callbacks are stand-ins that fail.
 */
int module_learn(const char *path, struct module **ret, struct error *);
/* The same module with its code in this process. */
int module_load(const struct module *, struct module **ret, struct error *);

const char *role_name(enum farm_role); /* "collector", ... */

/* The module of this path, NULL if none.  Any thread. */
struct module *module_loaded(const char *path);

/* All modules of the module folders.  Any thread. */
struct modules;

/*
 * `folders' (n of them, in order of preference) are searched: *.so in each and
 * in its subfolders collectors, plugins, filters and writers.  The first
 * `n_ours' came with farmd.  A folder that cannot be read is an error of
 * modules_find() only if nothing is found.
 */
struct modules *modules_new(const char *const *folders, size_t n,
    size_t n_ours);
/* From now on those that did not come with farmd are learnt, not loaded. */
void modules_set_apart(struct modules *);
void modules_free(struct modules *); /* loaded ones stay in memory */

/*
 * The module of this role and name, loaded if need be.  On failure the reason,
 * with a suggestion and the folders searched if there is no such module.
 */
int modules_find(struct modules *, enum farm_role, const char *name,
    struct module **ret, struct error *);

/* Every file that claims to be a module, with its stamp or why not. */
struct module_file {
	const char *path;
	bool ours;
	bool good;
	bool changed;		 /* newer than when it was loaded */
	struct farm_stamp stamp; /* if good */
	struct error why;	 /* if not */
};
/* Returns the number, -1 if memory is out; the list is the caller's, freed by
   modules_list_free(). */
long modules_list(struct modules *, struct module_file **ret);
void modules_list_free(struct module_file *, long n);

/* What `describe' shows: as JSON, for people, as Markdown page, JSON Schema. */
/* `place': say where its file is. */
void module_describe_json(struct buffer *, const struct module *, bool place);
void module_describe_text(struct buffer *, const struct module *);
void module_describe_markdown(struct buffer *, const struct module *);
void module_describe_schema(struct buffer *, const struct module *);
/*
 * Everything an author should know before shipping: "ok" and "warning" and
 * "error" lines into `out'; returns the number of errors.  Checks what
 * module_open() checks, and: one exported symbol, no writable data, no
 * forbidden imports (exit, fork, signal, setlocale, chdir ...), RUNPATH, texts
 * and units of the tables.
 */
int module_lint(struct buffer *out, const char *path);

#endif
