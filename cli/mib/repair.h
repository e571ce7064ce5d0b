/*
 * repair.h - one broken definition less in a MIB file: net-snmp drops a whole
 * module for one.
 */
#ifndef CLI_MIB_REPAIR_H
#define CLI_MIB_REPAIR_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Write blanks over the definition that line `line' (from 1) belongs to; lines
 * stay where they are.  False if there is none.
 */
bool mib_blank_definition(char *text, size_t size, unsigned line);

#endif
