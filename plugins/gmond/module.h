/*
 * module.h - one of gmond's modules in this process.  Never unloaded.
 */
#ifndef GMOND_MODULE_H
#define GMOND_MODULE_H

#include "abi.h"
#include "arena.h"
#include "conf.h"
#include "error.h"
#include "ganglia.h"

struct module {
	struct module *next;
	const char *name; /* its file's, without the folder: "modcpu.so" */
	struct gmond_abi_module *theirs;
	unsigned n_metrics;
};

/*
 * The file that is meant: a path as it is; a name in `folder', "cpu" as
 * modcpu.so.  NULL if memory is out.
 */
const char *module_path(const char *path, const char *folder, struct arena *);
/*
 * Look at the file, load it, call its init(), and add it to the list; one that
 * is there already is given as it is, for there is one of each in a process.
 * `pool' is APR's.  An error begins with the file's name.
 */
int module_load(struct module **ret, struct module **all,
    const struct ganglia *, void *pool, const struct conf_module *,
    const char *path, struct arena *, struct error *);
void module_cleanup(struct module *);

#endif
