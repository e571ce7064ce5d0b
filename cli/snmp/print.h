/*
 * print.h - what a device said, as a line of text.
 */
#ifndef CLI_SNMP_PRINT_H
#define CLI_SNMP_PRINT_H

#include <jansson.h>
#include <stdbool.h>

#include "buffer.h"

/*
 * IF-MIB::ifDescr.1 = "eth0"; with `numeric' both names and values without
 * the catalogue.  `value' is one of an action's reply.  Texts are in quotes,
 * what a terminal would act on is escaped.
 */
void print_value(struct buffer *, const json_t *value, bool numeric);
/* A text of a device in a cell of a table: what is no character is a blank. */
void print_cell(struct buffer *, const char *text);

#endif
