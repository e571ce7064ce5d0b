/*
 * flag.h - something that is so, or is not: raised when it has been so for a
 * while, taken down when it has not been so for a while.
 */
#ifndef LIB_FLAG_H
#define LIB_FLAG_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/module.h>

/* Starts zeroed, down. */
struct flag {
	bool up;
	bool turning;     /* it is the other way now, */
	int64_t since_ns; /* since then */
};

/* True if that has raised it or taken it down. */
bool flag_turn(struct flag *, bool is, int64_t now_ns, int64_t hold_ns,
    int64_t recover_ns);

/*
 * An event (FARM_EVENT) that says so: {"event": EVENT, "state": "raised" or
 * "over", "text": ..., and the four names}.  -1, said to the host.
 */
__attribute__((format(printf, 6, 7))) int flag_tell(struct farm_host *,
    const struct flag *, const char *event, uint32_t series, int64_t now_ns,
    const char *format, ...);

#endif
