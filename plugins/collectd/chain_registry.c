/* chain_registry.c - the matches and targets that plugins offer. */
#include "chain_private.h"

struct offer {
	struct offer *next;
	char *name;
	match_proc_t match;
	target_proc_t target;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct offer *matches;
static struct offer *targets;

static struct offer *
find(struct offer *o, const char *name)
{
	while (o != NULL && strcasecmp(o->name, name) != 0)
		o = o->next;
	return o;
}

static int
add(struct offer **list, const char *what, const char *name, struct offer offer)
{
	struct offer *o = calloc(1, sizeof(*o));
	bool taken;

	offer.name = strdup(name);
	if (o == NULL || offer.name == NULL) {
		free(offer.name);
		free(o);
		return ENOMEM;
	}
	pthread_mutex_lock(&lock);
	taken = find(*list, name) != NULL;
	if (!taken) {
		*o = offer;
		o->next = *list;
		*list = o;
	}
	pthread_mutex_unlock(&lock);
	if (!taken)
		return 0;
	plugin_log(LOG_ERR, "there is a %s \"%s\" already", what, name);
	free(offer.name);
	free(o);
	return EEXIST;
}

int
fc_register_match(const char *name, match_proc_t proc)
{
	return add(&matches, "match", name, (struct offer){ .match = proc });
}

int
fc_register_target(const char *name, target_proc_t proc)
{
	return add(&targets, "target", name, (struct offer){ .target = proc });
}

int
chain_find_match(const char *name, match_proc_t *ret)
{
	const struct offer *o;

	pthread_mutex_lock(&lock);
	o = find(matches, name);
	if (o != NULL)
		*ret = o->match;
	pthread_mutex_unlock(&lock);
	return o == NULL ? -1 : 0;
}

int
chain_find_target(const char *name, target_proc_t *ret)
{
	const struct offer *o;

	pthread_mutex_lock(&lock);
	o = find(targets, name);
	if (o != NULL)
		*ret = o->target;
	pthread_mutex_unlock(&lock);
	return o == NULL ? chain_own_target(name, ret) : 0;
}
