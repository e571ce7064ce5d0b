#include "callbacks.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct callbacks *lists[CALLBACK_KINDS];

const char *
callback_kind_name(enum callback_kind kind)
{
	static const char *const names[CALLBACK_KINDS] = { "init", "read",
		"write", "flush", "missing", "cache event", "notification",
		"log", "shutdown" };

	return names[kind];
}

/* ------------------------------------------------------------- one of them */

struct callback *
callback_new(enum callback_kind kind, const char *name, const user_data_t *data)
{
	struct callback *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->kind = kind;
	c->context = plugin_get_ctx();
	atomic_init(&c->refs, 1);
	c->name = strdup(name);
	if (c->name == NULL) {
		free(c);
		return NULL;
	}
	if (data != NULL)
		c->data = *data;
	return c;
}

struct callback *
callback_ref(struct callback *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void
callback_unref(struct callback *c)
{
	struct context before;

	if (c == NULL || atomic_fetch_sub(&c->refs, 1) > 1)
		return;
	if (c->data.free_func != NULL && c->data.data != NULL) {
		before = context_enter(&c->context, "free");
		c->data.free_func(c->data.data);
		context_leave(before);
	}
	free(c->name);
	free(c->group);
	free(c);
}

/* ------------------------------------------------------------------- lists */

void
callbacks_put(struct callbacks *list)
{
	size_t i;

	if (list == NULL || atomic_fetch_sub(&list->refs, 1) > 1)
		return;
	for (i = 0; i < list->n; i++)
		callback_unref(list->items[i]);
	free(list);
}

/* With the lock held. */
static struct callbacks *
get(enum callback_kind kind)
{
	if (lists[kind] != NULL)
		atomic_fetch_add(&lists[kind]->refs, 1);
	return lists[kind];
}

struct callbacks *
callbacks_get(enum callback_kind kind)
{
	struct callbacks *list;

	pthread_mutex_lock(&lock);
	list = get(kind);
	pthread_mutex_unlock(&lock);
	return list;
}

size_t
callbacks_count(enum callback_kind kind)
{
	struct callbacks *list = callbacks_get(kind);
	size_t n = list == NULL ? 0 : list->n;

	callbacks_put(list);
	return n;
}

static size_t
find(const struct callbacks *list, const char *name)
{
	size_t i = 0;

	while (list != NULL && i < list->n &&
	       strcmp(list->items[i]->name, name) != 0)
		i++;
	return list != NULL && i < list->n ? i : SIZE_MAX;
}

/* A copy without number `skip' and with room for one more. */
static struct callbacks *
copy(const struct callbacks *list, size_t skip)
{
	size_t n = list == NULL ? 0 : list->n, i;
	struct callbacks *fresh = malloc(
	    sizeof(*fresh) + (n + 1) * sizeof(fresh->items[0]));

	if (fresh == NULL)
		return NULL;
	atomic_init(&fresh->refs, 1);
	fresh->n = 0;
	for (i = 0; i < n; i++)
		if (i != skip)
			fresh->items[fresh->n++] = callback_ref(list->items[i]);
	return fresh;
}

/* The lowest that no other has. */
static unsigned
free_bit(const struct callbacks *list)
{
	unsigned long taken = 0;
	unsigned bit = 0;
	size_t i;

	for (i = 0; i < list->n; i++)
		taken |= 1UL << list->items[i]->bit;
	while ((taken >> bit & 1) != 0 && bit < 63)
		bit++;
	return bit;
}

/* Takes the place of the old list, which is put without the lock: what it
   frees may call us. */
static void
swap(enum callback_kind kind, struct callbacks *fresh)
{
	struct callbacks *old = lists[kind];

	lists[kind] = fresh;
	pthread_mutex_unlock(&lock);
	callbacks_put(old);
}

int
callbacks_add(struct callback *c, bool replace)
{
	struct callbacks *fresh;
	size_t there;

	pthread_mutex_lock(&lock);
	there = find(lists[c->kind], c->name);
	if (there != SIZE_MAX && !replace) {
		pthread_mutex_unlock(&lock);
		callback_unref(c);
		return EEXIST;
	}
	fresh = copy(lists[c->kind], there);
	if (fresh == NULL) {
		pthread_mutex_unlock(&lock);
		callback_unref(c);
		return ENOMEM;
	}
	if (there != SIZE_MAX)
		atomic_store(&lists[c->kind]->items[there]->gone, true);
	c->bit = free_bit(fresh);
	fresh->items[fresh->n++] = c;
	swap(c->kind, fresh);
	return 0;
}

int
callbacks_remove(enum callback_kind kind, const char *name)
{
	struct callbacks *fresh;
	size_t there;

	pthread_mutex_lock(&lock);
	there = find(lists[kind], name);
	fresh = there == SIZE_MAX ? NULL : copy(lists[kind], there);
	if (fresh == NULL) {
		pthread_mutex_unlock(&lock);
		return ENOENT;
	}
	atomic_store(&lists[kind]->items[there]->gone, true);
	swap(kind, fresh);
	return 0;
}

void
callbacks_clear(enum callback_kind kind)
{
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; lists[kind] != NULL && i < lists[kind]->n; i++)
		atomic_store(&lists[kind]->items[i]->gone, true);
	swap(kind, NULL);
}
