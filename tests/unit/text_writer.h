/* text_writer.h - what the tests of writers of text share: values given to one
   in the fake host. */
#ifndef TESTS_TEXT_WRITER_H
#define TESTS_TEXT_WRITER_H

#include "fake_host.h"

/* 2026-01-31T10:00:00Z */
#define TEXT_WRITER_NOW_NS INT64_C(1769853600000000000)

/* The handle of c/n1/PARAMETER. */
uint32_t text_series(struct fake_host *, const char *parameter);
/* write() of a batch with these values, each a record of its own. */
int text_write(struct fake_host *, const struct farm_value *values, size_t n);
/* The same with one value of c/n1/load. */
int text_write_number(struct fake_host *, double number);
/* The lines of that as JSON and as CSV: a format for its number. */
#define TEXT_JSON                                                              \
	"{\"farm\":\"testfarm\",\"cluster\":\"c\",\"node\":\"n1\","            \
	"\"parameter\":\"load\",\"unit\":\"1\",\"kind\":\"gauge\","            \
	"\"time\":\"2026-01-31T10:00:00.000000000Z\",\"type\":\"double\","     \
	"\"value\":%g}\n"
#define TEXT_CSV                                                               \
	"testfarm,c,n1,load,gauge,1,,2026-01-31T10:00:00.000000000Z,double,%g"  \
	"\r\n"

/* A folder of the test's own; names in it. */
struct text_folder {
	char path[64];
};
void text_folder_make(struct text_folder *);
void text_folder_remove(const struct text_folder *);
/* PATH/NAME, until the next call. */
const char *text_path(const struct text_folder *, const char *name);
/* What stands in the file, until the next call; "" if there is none. */
const char *text_of(const struct text_folder *, const char *name);

#endif
