/* crc32c.h - CRC-32C (Castagnoli), RFC 3720 appendix B.4. */
#ifndef LIB_CRC32C_H
#define LIB_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of `size' bytes, going on from `crc' (0 at first).  Uses the processor's
   instruction where it has one. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t size);
/* The same without that instruction. */
uint32_t crc32c_portable(uint32_t crc, const void *bytes, size_t size);

#endif
