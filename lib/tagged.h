/*
 * tagged.h - names that are made of a name, tags and a field:
 * "disk_sda_reads".  Only all together tell values apart where a value has
 * tags but a parameter has a name.
 */
#ifndef LIB_TAGGED_H
#define LIB_TAGGED_H

#include "buffer.h"
#include "value_sink.h"

/* What tags mean; each may be NULL. */
struct tag_rules {
	const char *cluster; /* the tag that names the cluster, */
	const char *node;    /* and the node */
	const char *skipped[2]; /* these add nothing to the name */
};
/* Of what is sent to a monitor on purpose: cluster, node; farm and host say
   nothing new. */
extern const struct tag_rules tag_rules_usual;

struct tagged {
	const struct tag_rules *rules;
	struct buffer name;
	const char *cluster; /* NULL: the target's */
	const char *node;
	const char *unit; /* NULL: none */
	int64_t time_ns;
	uint32_t kind; /* enum farm_kind */
	struct farm_label labels[FARM_LABELS_MAX];
	uint32_t n_labels;
};

void tagged_begin(struct tagged *, const struct tag_rules *, const char *name);
/* Names must last until the end. */
void tagged_add(struct tagged *, const char *name, const char *value);
/* One value, `field' the last part of its name unless it is "". */
void tagged_put(struct sink *, const struct tagged *, const char *field,
    struct farm_value);
void tagged_end(struct tagged *);

#endif
