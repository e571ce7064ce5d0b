/*
 * config_history.h - every change of the configuration, a line of JSON each, in
 * STATE/config-history.jsonl, with the configuration that ran from then on.  Its
 * size is bounded: beyond 16 MiB the older half goes.  The same text is the
 * payload of the FARM_CONFIG record.
 */
#ifndef HOST_CONFIG_HISTORY_H
#define HOST_CONFIG_HISTORY_H

#include "buffer.h"
#include "error.h"
#include "reload.h"

#define CONFIG_HISTORY_BYTES (16 << 20)

/* {"time":..,"what":..,"origin":"start|reload|api|signal","uid":..,"user":..,
   "plan":{..},"yaml":..} */
void config_history_entry(struct buffer *, int64_t time_ns,
    const struct reload_request *, const char *plan, const char *yaml);
int config_history_add(const char *state, const struct buffer *entry,
    struct error *);
/*
 * The configuration that ran at a time, as YAML; -1 with the reason if the
 * history does not reach back to it.
 */
int config_history_at(struct buffer *yaml, const char *state, int64_t time_ns,
    struct error *);
/* [entry, ...], the oldest first. */
int config_history_json(struct buffer *, const char *state, struct error *);
/* Who asked: the name of a user, its number if it has none; in `room' or the
   request's. */
const char *request_user(const struct reload_request *, char *room,
    size_t size);

#endif
