/*
 * chain_config.c - chains out of options:
 *
 *   <Chain "NAME">
 *     <Rule "NAME">            its name may be missing
 *       <Match "NAME"> ... </Match>
 *       <Target "NAME"> ... </Target>
 *     </Rule>
 *     Target "NAME"            for what passes all rules
 *   </Chain>
 *
 * A second block of the same name goes on with the first.
 */
#include "chain_private.h"

static fc_chain_t *chains;

static void
free_matches(struct chain_match *m)
{
	struct chain_match *next;

	for (; m != NULL; m = next) {
		next = m->next;
		if (m->proc.destroy != NULL)
			(void)m->proc.destroy(&m->data);
		free(m->name);
		free(m);
	}
}

static void
free_targets(struct chain_target *t)
{
	struct chain_target *next;

	for (; t != NULL; t = next) {
		next = t->next;
		if (t->proc.destroy != NULL)
			(void)t->proc.destroy(&t->data);
		free(t->name);
		free(t);
	}
}

static void
free_rules(struct chain_rule *r)
{
	struct chain_rule *next;

	for (; r != NULL; r = next) {
		next = r->next;
		free_matches(r->matches);
		free_targets(r->targets);
		free(r->name);
		free(r);
	}
}

static void
free_chain(fc_chain_t *chain)
{
	if (chain == NULL)
		return;
	free_rules(chain->rules);
	free_targets(chain->targets);
	free(chain->name);
	free(chain);
}

/* The only value, a string; NULL, and said, if it is not. */
static const char *
name_of(const oconfig_item_t *ci)
{
	if (ci->values_num == 1 && ci->values[0].type == OCONFIG_TYPE_STRING)
		return ci->values[0].value.string;
	plugin_log(LOG_ERR, "%s needs exactly one string, its name", ci->key);
	return NULL;
}

static int
add_match(struct chain_match **list, const oconfig_item_t *ci)
{
	const char *name = name_of(ci);
	struct chain_match *m;
	match_proc_t proc;

	if (name == NULL)
		return -1;
	if (chain_find_match(name, &proc) != 0) {
		plugin_log(
		    LOG_ERR, "no loaded plugin has a match \"%s\"", name);
		return -1;
	}
	m = smalloc(sizeof(*m));
	memset(m, 0, sizeof(*m));
	if (proc.create != NULL && proc.create(ci, &m->data) != 0) {
		plugin_log(LOG_ERR, "the match \"%s\" cannot be made", name);
		free(m);
		return -1;
	}
	m->name = sstrdup(name);
	m->proc = proc;
	while (*list != NULL)
		list = &(*list)->next;
	*list = m;
	return 0;
}

static int
add_target(struct chain_target **list, const oconfig_item_t *ci)
{
	const char *name = name_of(ci);
	struct chain_target *t;
	target_proc_t proc;

	if (name == NULL)
		return -1;
	if (chain_find_target(name, &proc) != 0) {
		plugin_log(
		    LOG_ERR, "no loaded plugin has a target \"%s\"", name);
		return -1;
	}
	t = smalloc(sizeof(*t));
	memset(t, 0, sizeof(*t));
	if (proc.create != NULL && proc.create(ci, &t->data) != 0) {
		plugin_log(LOG_ERR, "the target \"%s\" cannot be made", name);
		free(t);
		return -1;
	}
	t->name = sstrdup(name);
	t->proc = proc;
	while (*list != NULL)
		list = &(*list)->next;
	*list = t;
	return 0;
}

static int
unknown(const oconfig_item_t *ci, const char *within)
{
	plugin_log(LOG_ERR, "%s means nothing in a <%s>", ci->key, within);
	return -1;
}

static int
fill_rule(struct chain_rule *r, const oconfig_item_t *ci)
{
	const oconfig_item_t *child;
	int i, status = 0;

	for (i = 0; status == 0 && i < ci->children_num; i++) {
		child = &ci->children[i];
		if (strcasecmp(child->key, "Match") == 0)
			status = add_match(&r->matches, child);
		else if (strcasecmp(child->key, "Target") == 0)
			status = add_target(&r->targets, child);
		else
			status = unknown(child, "Rule");
	}
	if (status == 0 && r->targets == NULL) {
		plugin_log(LOG_ERR, "the rule \"%s\" has no target", r->name);
		return -1;
	}
	return status;
}

static int
add_rule(struct chain_rule **list, const oconfig_item_t *ci)
{
	struct chain_rule *r;
	const char *name = "";

	if (ci->values_num > 0 && (name = name_of(ci)) == NULL)
		return -1;
	r = smalloc(sizeof(*r));
	memset(r, 0, sizeof(*r));
	r->name = sstrdup(name);
	if (fill_rule(r, ci) != 0) {
		free_rules(r);
		return -1;
	}
	while (*list != NULL)
		list = &(*list)->next;
	*list = r;
	return 0;
}

static int
fill_chain(fc_chain_t *chain, const oconfig_item_t *ci)
{
	const oconfig_item_t *child;
	int i, status = 0;

	for (i = 0; status == 0 && i < ci->children_num; i++) {
		child = &ci->children[i];
		if (strcasecmp(child->key, "Rule") == 0)
			status = add_rule(&chain->rules, child);
		else if (strcasecmp(child->key, "Target") == 0)
			status = add_target(&chain->targets, child);
		else
			status = unknown(child, "Chain");
	}
	return status;
}

/* To the end of the chains, or of the one of its name. */
static void
join(fc_chain_t *part)
{
	fc_chain_t *chain = fc_chain_get_by_name(part->name);
	struct chain_rule **rules;
	struct chain_target **targets;

	if (chain == NULL) {
		part->next = chains;
		chains = part;
		return;
	}
	for (rules = &chain->rules; *rules != NULL;)
		rules = &(*rules)->next;
	*rules = part->rules;
	part->rules = NULL;
	for (targets = &chain->targets; *targets != NULL;)
		targets = &(*targets)->next;
	*targets = part->targets;
	part->targets = NULL;
	free_chain(part);
}

/* A chain is taken over whole, or not at all. */
int
fc_configure(const oconfig_item_t *ci)
{
	fc_chain_t *part;
	const char *name;

	if (ci == NULL)
		return -EINVAL;
	if (strcasecmp(ci->key, "Chain") != 0)
		return unknown(ci, "configuration of chains");
	name = name_of(ci);
	if (name == NULL)
		return -1;
	part = smalloc(sizeof(*part));
	memset(part, 0, sizeof(*part));
	part->name = sstrdup(name);
	if (fill_chain(part, ci) != 0) {
		plugin_log(LOG_ERR, "the chain \"%s\" is left out", name);
		free_chain(part);
		return -1;
	}
	join(part);
	return 0;
}

fc_chain_t *
fc_chain_get_by_name(const char *chain_name)
{
	fc_chain_t *chain = chains;

	while (chain != NULL &&
	       (chain_name == NULL || strcasecmp(chain->name, chain_name) != 0))
		chain = chain->next;
	return chain;
}
