#include "ganglia.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define LIBAPR "libapr-1.so.0"
#define LIBGANGLIA "libganglia.so.0"

/* libconfuse is opened by libganglia, which needs it. */
static const struct {
	const char *library;
	const char *name;
	size_t offset;
} names[] = {
	{ LIBAPR, "apr_initialize", offsetof(struct ganglia, initialize) },
	{ LIBAPR, "apr_pool_create_ex", offsetof(struct ganglia, pool_create) },
	{ LIBAPR, "apr_array_make", offsetof(struct ganglia, array_make) },
	{ LIBAPR, "apr_array_push", offsetof(struct ganglia, array_push) },
	{ LIBAPR, "apr_table_get", offsetof(struct ganglia, table_get) },
	{ LIBGANGLIA, "Ganglia_gmond_config_create",
	    offsetof(struct ganglia, config_create) },
	{ LIBGANGLIA, "cfg_size", offsetof(struct ganglia, size) },
	{ LIBGANGLIA, "cfg_getnsec", offsetof(struct ganglia, section) },
	{ LIBGANGLIA, "cfg_title", offsetof(struct ganglia, title) },
	{ LIBGANGLIA, "cfg_getstr", offsetof(struct ganglia, string) },
	{ LIBGANGLIA, "cfg_getint", offsetof(struct ganglia, integer) },
	{ LIBGANGLIA, "cfg_getfloat", offsetof(struct ganglia, number) },
	{ LIBGANGLIA, "cfg_getbool", offsetof(struct ganglia, boolean) },
};

int
ganglia_open(struct ganglia *ret, struct error *err)
{
	void *library, *symbol;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		library = dlopen(names[i].library, RTLD_NOW | RTLD_GLOBAL);
		if (library == NULL)
			return error_set(err,
			    "%s; modules of gmond's need Ganglia's library "
			    "(Debian: libganglia1)",
			    dlerror());
		symbol = dlsym(library, names[i].name);
		if (symbol == NULL)
			return error_set(err, "%s", dlerror());
		memcpy((char *)ret + names[i].offset, &symbol, sizeof(symbol));
	}
	return ret->initialize() == 0 ? 0
				      : error_set(err, "APR does not start");
}

int
ganglia_folder(const struct ganglia *g, char *ret, size_t size)
{
	const char *slash;
	void *symbol;
	Dl_info info;
	int n;

	memcpy(&symbol, &g->config_create, sizeof(symbol));
	if (dladdr(symbol, &info) == 0 ||
	    (slash = strrchr(info.dli_fname, '/')) == NULL)
		return -1;
	n = snprintf(ret, size, "%.*s/ganglia", (int)(slash - info.dli_fname),
	    info.dli_fname);
	return n < (int)size ? 0 : -1;
}
