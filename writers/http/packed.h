/* packed.h - bodies made small. */
#ifndef HTTP_PACKED_H
#define HTTP_PACKED_H

#include "buffer.h"

/* Both -1 if memory is out.  `to' is empty before. */
int packed_gzip(struct buffer *to, const struct buffer *from);
int packed_snappy(struct buffer *to, const struct buffer *from);

#endif
