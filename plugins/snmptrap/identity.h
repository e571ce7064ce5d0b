/*
 * identity.h - who we are to those who send informs over SNMPv3: an engine id
 * that stays, and boots that only grow.
 */
#ifndef SNMPTRAP_IDENTITY_H
#define SNMPTRAP_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "usm.h"

struct identity {
	uint8_t id[USM_ENGINE_MAX];
	size_t size;
};

/* "0x8000000001020304"; fails with the reason. */
int identity_parse(struct identity *ret, const char *text, struct error *);

/*
 * From the machine's id and what is listened on, so that it is the same after
 * each start, and another for each listener of a machine: their boots differ.
 */
int identity_derive(struct identity *ret, const char *machine_id_path,
    const char *listen, struct error *);

/*
 * RFC 3414 2.2.2 wants boots that have never been before.  These are the
 * seconds since 2020, so that they grow from one start to the next without
 * anything being kept, up to 2088; and more than `last', the boots of the last
 * start (0: unknown), in case the clock was set back.
 */
int32_t identity_boots(int64_t wall_ns, int32_t last);

#endif
