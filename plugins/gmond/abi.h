/*
 * abi.h - gmond's metric modules as the binaries of Ganglia 3.2 to 3.7 have
 * them, in declarations of our own: so that neither libganglia's headers nor
 * APR's are needed to build.  What stands here is held against those headers
 * by tests/unit/test_gmond_abi.c.
 */
#ifndef GMOND_ABI_H
#define GMOND_ABI_H

#include <stdint.h>

#define GMOND_ABI_VERSION 20080913
#define GMOND_ABI_MAGIC 0x474d3332UL /* "GM32" */
#define GMOND_TEXT_MAX 64

enum gmond_abi_type {
	GMOND_ABI_STRING = 1,
	GMOND_ABI_USHORT = 2,
	GMOND_ABI_SHORT = 3,
	GMOND_ABI_UINT = 4,
	GMOND_ABI_INT = 5,
	GMOND_ABI_FLOAT = 6,
	GMOND_ABI_DOUBLE = 7,
};

union gmond_abi_value {
	uint16_t uint16;
	int16_t int16;
	uint32_t uint32;
	int32_t int32;
	float single;
	double number;
	char text[GMOND_TEXT_MAX]; /* need not end in NUL */
};

/* A module has an array of these, which ends with a name of NULL. */
struct gmond_abi_metric {
	int key;
	const char *name;
	int tmax;
	int type; /* enum gmond_abi_type */
	const char *units;
	const char *slope; /* a word */
	const char *format;
	int message_size;
	const char *description;
	int *metadata; /* an apr_table_t */
};

/* A name and a value from the configuration; arrays of APR hold them. */
struct gmond_abi_param {
	const char *name;
	const char *value;
};

/* What a module exports, by a name of its own. */
struct gmond_abi_module {
	int version;
	int minor_version;
	const char *file;
	void *handle; /* from here on what gmond fills in */
	const char *module_name;
	const char *metric_name;
	const char *params;
	void *params_list; /* an apr_array_header_t of gmond_abi_param */
	void *config;	   /* a cfg_t: the whole configuration */
	struct gmond_abi_module *next;
	unsigned long magic;
	int (*init)(void *pool); /* an apr_pool_t */
	void (*cleanup)(void);
	struct gmond_abi_metric *metrics;
	union gmond_abi_value (*handler)(int metric);
};

#endif
