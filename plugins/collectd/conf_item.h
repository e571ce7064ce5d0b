/* conf_item.h - how the trees of options grow; for conf_*.c alone. */
#ifndef COLLECTD_CONF_ITEM_H
#define COLLECTD_CONF_ITEM_H

#include "abi.h"

/*
 * Add what is in *value (and owned by it) to the item; -1 if memory is out:
 * then it is still the caller's.
 */
int conf_add_value(oconfig_item_t *, const oconfig_value_t *value);
/* The same of a child; its own children's `parent' is not right before
   conf_adopt(). */
int conf_add_child(oconfig_item_t *, const oconfig_item_t *child);
/* Set `parent' in the whole tree: arrays move while they grow. */
void conf_adopt(oconfig_item_t *root);
/* Free what the item holds and leave it empty. */
void conf_clear(oconfig_item_t *);

/*
 * A text that is a number for collectd.conf: decimal digits, perhaps with a
 * sign, a point and, if there is a sign or point, an exponent; or 0x and
 * hexadecimal digits.
 */
bool conf_number(const char *text, size_t length, double *ret);
/* true, yes, on: 1; false, no, off: 0; else -1. */
int conf_boolean(const char *text, size_t length);

#endif
