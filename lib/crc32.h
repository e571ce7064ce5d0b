/* crc32.h - the CRC-32 of Ethernet and zip (ISO 3309), as Nagios' protocols
   have it. */
#ifndef LIB_CRC32_H
#define LIB_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(const void *bytes, size_t size);

#endif
