/*
 * emit.h - net-snmp's tree as lines of a catalogue.
 */
#ifndef CLI_MIB_EMIT_H
#define CLI_MIB_EMIT_H

#include "mib.h"

struct emit {
	struct buffer *out;
	char *inputs[MIB_INPUTS_MAX]; /* files and folders, absolute */
	size_t n_inputs;
	uint32_t numbers[BER_OID_MAX]; /* on the way to the node at hand */
};

struct tree;

/* Is the file of this path one of the inputs, or in one? */
bool emit_wants(const struct emit *, const char *path);
/* This node, its peers and all below them, in the order of the tree. */
void emit_tree(struct emit *, struct tree *);

#endif
