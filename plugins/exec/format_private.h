/* What the formats share. */
#ifndef EXEC_FORMAT_PRIVATE_H
#define EXEC_FORMAT_PRIVATE_H

#include "buffer.h"
#include "format.h"

/* A name with tags, where only both together tell values apart. */
struct tagged {
	struct buffer name;
	const char *cluster; /* NULL: the target's */
	const char *node;
	int64_t time_ns;
	uint32_t kind; /* enum farm_kind */
	struct farm_label labels[FARM_LABELS_MAX];
	uint32_t n_labels;
};

void tagged_begin(struct tagged *, const char *name);
/* Names must last until the end. */
void tagged_add(struct tagged *, const char *name, const char *value);
/* One value, `field' the last part of its name unless it is "". */
void tagged_put(struct sink *, const struct tagged *, const char *field,
    struct farm_value);
void tagged_end(struct tagged *);

#endif
