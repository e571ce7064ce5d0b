/* llist.c - a list of keys and values, in the order they came.  Not
   thread-safe, and it owns no more than its entries. */
#include "abi.h"

struct llist_s {
	llentry_t *head;
	llentry_t *tail;
	int size;
};

llist_t *
llist_create(void)
{
	return calloc(1, sizeof(llist_t));
}

void
llist_destroy(llist_t *l)
{
	llentry_t *e, *next;

	if (l == NULL)
		return;
	for (e = l->head; e != NULL; e = next) {
		next = e->next;
		free(e);
	}
	free(l);
}

llentry_t *
llentry_create(char *key, void *value)
{
	llentry_t *e = calloc(1, sizeof(*e));

	if (e != NULL) {
		e->key = key;
		e->value = value;
	}
	return e;
}

void
llentry_destroy(llentry_t *e)
{
	free(e);
}

void
llist_append(llist_t *l, llentry_t *e)
{
	e->next = NULL;
	if (l->tail == NULL)
		l->head = e;
	else
		l->tail->next = e;
	l->tail = e;
	l->size++;
}

void
llist_prepend(llist_t *l, llentry_t *e)
{
	e->next = l->head;
	l->head = e;
	if (l->tail == NULL)
		l->tail = e;
	l->size++;
}

void
llist_remove(llist_t *l, llentry_t *e)
{
	llentry_t **at = &l->head, *before = NULL;

	while (*at != NULL && *at != e) {
		before = *at;
		at = &before->next;
	}
	if (*at == NULL)
		return;
	*at = e->next;
	if (l->tail == e)
		l->tail = before;
	l->size--;
}

int
llist_size(llist_t *l)
{
	return l == NULL ? 0 : l->size;
}

llentry_t *
llist_search_custom(
    llist_t *l, int (*compare)(llentry_t *, void *), void *user_data)
{
	llentry_t *e, *next;

	if (l == NULL)
		return NULL;
	for (e = l->head; e != NULL; e = next) {
		next = e->next;
		if (compare(e, user_data) == 0)
			return e;
	}
	return NULL;
}

static int
compare_key(llentry_t *e, void *key)
{
	return strcmp(e->key, key);
}

llentry_t *
llist_search(llist_t *l, const char *key)
{
	return llist_search_custom(l, compare_key, (void *)(uintptr_t)key);
}

llentry_t *
llist_head(llist_t *l)
{
	return l == NULL ? NULL : l->head;
}

llentry_t *
llist_tail(llist_t *l)
{
	return l == NULL ? NULL : l->tail;
}
