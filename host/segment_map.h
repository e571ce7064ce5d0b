/* segment_map.h - a whole segment in memory, for reading it through. */
#ifndef HOST_SEGMENT_MAP_H
#define HOST_SEGMENT_MAP_H

#include <stddef.h>

#include "error.h"

struct segment_map {
	void *bytes;
	size_t size;
	size_t unreadable; /* bytes that the disk did not give: zeros */
	size_t packed;	   /* bytes of the file, if it was packed; else 0 */
};

/* Unpacked if need be; -1 if there is no memory for that, or no zstd.
   A copy: mapped pages that the disk cannot give would end the process. */
int segment_map(struct segment_map *, const char *path, struct error *);
void segment_unmap(struct segment_map *);
/* A descriptor to read it by, unpacked, at the places that its sums speak of;
   -1. */
int segment_open(const char *path, struct error *);

#endif
