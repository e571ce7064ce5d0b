/*
 * insist.h - options without which a plugin would take a refusal for success:
 * added to its <Plugin> block where nobody has said otherwise.
 */
#ifndef COLLECTD_INSIST_H
#define COLLECTD_INSIST_H

#include "abi.h"
#include "error.h"

int insist_on_words(oconfig_item_t *block, struct error *);

#endif
