/*
 * config.h - ApMon's configuration files, a line at a time:
 *
 *	# comment
 *	HOST[:PORT] [PASSWORD]
 *	xApMon_NAME = VALUE
 */
#ifndef SEND_CONFIG_H
#define SEND_CONFIG_H

#include <stdint.h>

#include "error.h"
#include "slice.h"

enum config_line {
	CONFIG_BAD = -1,
	CONFIG_NOTHING = 0, /* empty, or a comment */
	CONFIG_DESTINATION,
	CONFIG_SETTING,
};

/* Of a destination the host (without brackets), its port and password (""); of
   a setting the name (without xApMon_) and the value. */
struct config_entry {
	struct slice host;
	uint32_t port;
	struct slice password;
	struct slice name;
	struct slice value;
};

/* All of it lies in the line. */
enum config_line config_parse(struct slice line, struct config_entry *ret,
    struct error *);

#endif
