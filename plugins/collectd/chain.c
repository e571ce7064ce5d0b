/* chain.c - a value's way through the rules of a chain. */
#include "chain_private.h"

/* Jumps within jumps: chains may jump in circles. */
#define JUMPS_MAX 32

static _Thread_local unsigned jumps;

static bool
matches_all(struct chain_match *m, const data_set_t *ds, const value_list_t *vl,
    notification_meta_t **meta)
{
	int status;

	for (; m != NULL; m = m->next) {
		status = m->proc.match(ds, vl, meta, &m->data);
		if (status < 0)
			plugin_log(LOG_WARNING, "the match \"%s\" fails: %d",
			    m->name, status);
		if (status != FC_MATCH_MATCHES)
			return false;
	}
	return true;
}

/* One that fails is passed over. */
static int
invoke_all(struct chain_target *t, const data_set_t *ds, value_list_t *vl,
    notification_meta_t **meta)
{
	int status;

	for (; t != NULL; t = t->next) {
		status = t->proc.invoke(ds, vl, meta, &t->data);
		if (status == FC_TARGET_STOP || status == FC_TARGET_RETURN)
			return status;
		if (status != FC_TARGET_CONTINUE)
			plugin_log(LOG_WARNING, "the target \"%s\" fails: %d",
			    t->name, status);
	}
	return FC_TARGET_CONTINUE;
}

static int
process(const data_set_t *ds, value_list_t *vl, const fc_chain_t *chain)
{
	const struct chain_rule *r;
	notification_meta_t *meta;
	int status = FC_TARGET_CONTINUE;

	for (r = chain->rules; r != NULL && status == FC_TARGET_CONTINUE;
	     r = r->next) {
		/* What matches tell the targets of their rule. */
		meta = NULL;
		if (matches_all(r->matches, ds, vl, &meta))
			status = invoke_all(r->targets, ds, vl, &meta);
		if (meta != NULL)
			plugin_notification_meta_free(meta);
	}
	if (status != FC_TARGET_CONTINUE)
		return status;
	meta = NULL;
	status = invoke_all(chain->targets, ds, vl, &meta);
	if (meta != NULL)
		plugin_notification_meta_free(meta);
	return status;
}

/* FC_TARGET_STOP: the value ends here; a return is for the chain alone. */
int
fc_process_chain(const data_set_t *ds, value_list_t *vl, fc_chain_t *chain)
{
	int status;

	if (chain == NULL)
		return -1;
	if (jumps >= JUMPS_MAX) {
		plugin_log(LOG_ERR, "the chain \"%s\" is %d jumps deep",
		    chain->name, JUMPS_MAX);
		return -1;
	}
	jumps++;
	status = process(ds, vl, chain);
	jumps--;
	return status == FC_TARGET_STOP ? FC_TARGET_STOP : FC_TARGET_CONTINUE;
}
