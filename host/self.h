/*
 * self.h - farmd's figures about itself, as a collector like any other: the
 * instance "farmd/self" in cluster "farmd", on the node named after the host.
 */
#ifndef HOST_SELF_H
#define HOST_SELF_H

#include "config.h"
#include "module.h"

struct farm;

extern const struct module self_module;

/* The configuration of the instance that reports on the farm; in the
   configuration's arena, NULL if memory is out. */
const struct instance_config *self_config(const struct config *,
    struct farm *);

#endif
