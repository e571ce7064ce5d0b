#include "intern.h"

#include <stdlib.h>
#include <string.h>

#define HEADS_FIRST 64

struct interned {
	struct interned *next;
	uint64_t hash;
	size_t refs;
	char text[];
};

void
intern_init(struct intern *in)
{
	*in = (struct intern){ .heads = NULL };
	hash_key_draw(&in->key);
}

void
intern_free(struct intern *in)
{
	struct interned *e, *next;
	size_t i;

	for (i = 0; i < in->n_heads; i++)
		for (e = in->heads[i]; e != NULL; e = next) {
			next = e->next;
			free(e);
		}
	free(in->heads);
	in->heads = NULL;
	in->n_heads = 0;
}

static int
grow(struct intern *in)
{
	size_t n = in->n_heads == 0 ? HEADS_FIRST : in->n_heads * 2;
	struct interned **heads, *e, *next;
	size_t i;

	heads = calloc(n, sizeof(struct interned *));
	if (heads == NULL)
		return -1;
	for (i = 0; i < in->n_heads; i++)
		for (e = in->heads[i]; e != NULL; e = next) {
			next = e->next;
			e->next = heads[e->hash & (n - 1)];
			heads[e->hash & (n - 1)] = e;
		}
	free(in->heads);
	in->heads = heads;
	in->bytes += (n - in->n_heads) * sizeof(struct interned *);
	in->n_heads = n;
	return 0;
}

static struct interned *
add(struct intern *in, const char *text, size_t length, uint64_t hash)
{
	struct interned *e;

	/* Fuller heads are slower, none at all are the end. */
	if (in->count >= in->n_heads && grow(in) != 0 && in->n_heads == 0)
		return NULL;
	e = malloc(sizeof(*e) + length + 1);
	if (e == NULL)
		return NULL;
	e->hash = hash;
	e->refs = 0;
	memcpy(e->text, text, length + 1);
	e->next = in->heads[hash & (in->n_heads - 1)];
	in->heads[hash & (in->n_heads - 1)] = e;
	in->count++;
	in->bytes += sizeof(*e) + length + 1;
	return e;
}

const char *
intern_ref(struct intern *in, const char *text)
{
	size_t length = strlen(text);
	uint64_t hash = hash_bytes(&in->key, 0, text, length);
	struct interned *e = NULL;

	if (in->n_heads > 0)
		e = in->heads[hash & (in->n_heads - 1)];
	while (e != NULL && (e->hash != hash || strcmp(e->text, text) != 0))
		e = e->next;
	if (e == NULL)
		e = add(in, text, length, hash);
	if (e == NULL)
		return NULL;
	e->refs++;
	return e->text;
}

void
intern_unref(struct intern *in, const char *text)
{
	struct interned *e, **link;

	if (text == NULL)
		return;
	e = (struct interned *)(text - offsetof(struct interned, text));
	if (--e->refs > 0)
		return;
	link = &in->heads[e->hash & (in->n_heads - 1)];
	while (*link != e)
		link = &(*link)->next;
	*link = e->next;
	in->count--;
	in->bytes -= sizeof(*e) + strlen(e->text) + 1;
	free(e);
}
