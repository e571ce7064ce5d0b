/*
 * nagios_config.h - nagios.cfg and the files that it names.
 */
#ifndef LIB_NAGIOS_CONFIG_H
#define LIB_NAGIOS_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "nagios_objects.h"

/* More files, deeper folders and more bytes in all are errors. */
#define NAGIOS_FILES_MAX 20000
#define NAGIOS_DEPTH_MAX 16
#define NAGIOS_BYTES_MAX (256 << 20)

struct nagios_config {
	struct nagios_objects objects;
	const char *resource_file; /* NULL: none */
	int64_t unit_s;		   /* interval_length: of check_interval */
	int64_t service_timeout_s;
	int64_t host_timeout_s;
	int timeout_state;    /* 0 to 3, of services */
	const char **paths;   /* of all files and folders that were read */
	size_t n_paths;
	uint64_t stamp;       /* of each as it was before it was read */
};

/*
 * Read `path' and all that it names.  All is the arena's.  -1 if something is
 * wrong: the problems say what, and what could be read is there all the same.
 */
int nagios_config_read(struct nagios_config *ret, struct arena *,
    const char *path, struct problems *);
/* Of the sizes and times of all that was read, as they are now: another one
   than its stamp if something has changed. */
uint64_t nagios_config_stamp(const struct nagios_config *);

#endif
