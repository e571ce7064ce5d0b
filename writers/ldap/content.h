/*
 * content.h - the attributes of an entry.
 */
#ifndef LDAP_CONTENT_H
#define LDAP_CONTENT_H

#include "arena.h"
#include "directory.h"
#include "layout.h"
#include "tree.h"

struct content {
	const struct layout *layout;
	const char *endpoint; /* of the farm's entry; "": none */
	bool dynamic;
};

/* What may change; in the arena.  -1: memory is out. */
int content_changing(const struct content *, const struct entry *,
    struct arena *, struct attributes *ret);
/* The same with classes and names: the whole of an entry that is new. */
int content_whole(const struct content *, const struct entry *, struct arena *,
    struct attributes *ret);

#endif
