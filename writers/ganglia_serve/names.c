#include "names.h"

#include <stdlib.h>
#include <string.h>

#define HEADS_FIRST 64

void
names_init(struct names *n)
{
	*n = (struct names){ .heads = NULL };
	hash_key_draw(&n->key);
}

void
names_free(struct names *n)
{
	free(n->heads);
	n->heads = NULL;
	n->n_heads = 0;
}

static struct metric_name **
head_of(const struct names *n, uint64_t hash)
{
	return &n->heads[hash & (n->n_heads - 1)];
}

static int
grow(struct names *n)
{
	struct names grown = *n;
	struct metric_name *e, *next;
	size_t i;

	grown.n_heads = n->n_heads == 0 ? HEADS_FIRST : n->n_heads * 2;
	grown.heads = calloc(grown.n_heads, sizeof(struct metric_name *));
	if (grown.heads == NULL)
		return -1;
	for (i = 0; i < n->n_heads; i++)
		for (e = n->heads[i]; e != NULL; e = next) {
			next = e->next;
			e->next = *head_of(&grown, e->hash);
			*head_of(&grown, e->hash) = e;
		}
	free(n->heads);
	grown.bytes += (grown.n_heads - n->n_heads) * sizeof(*grown.heads);
	*n = grown;
	return 0;
}

static struct metric_name *
add(struct names *n, const char *text, size_t length, uint64_t hash)
{
	struct metric_name *e = calloc(1, sizeof(*e) + length + 1);

	if (e == NULL)
		return NULL;
	memcpy(e->text, text, length + 1);
	e->hash = hash;
	e->next = *head_of(n, hash);
	*head_of(n, hash) = e;
	n->count++;
	n->bytes += sizeof(*e) + length + 1;
	return e;
}

struct metric_name *
names_ref(struct names *n, const char *text)
{
	size_t length = strlen(text);
	uint64_t hash = hash_bytes(&n->key, 0, text, length);
	struct metric_name *e;

	if (n->count >= n->n_heads && grow(n) != 0)
		return NULL;
	for (e = *head_of(n, hash); e != NULL; e = e->next)
		if (e->hash == hash && strcmp(e->text, text) == 0)
			break;
	if (e == NULL)
		e = add(n, text, length, hash);
	if (e != NULL)
		e->refs++;
	return e;
}

void
names_unref(struct names *n, struct metric_name *name)
{
	struct metric_name **at;

	if (name == NULL || --name->refs > 0)
		return;
	for (at = head_of(n, name->hash); *at != name; at = &(*at)->next)
		;
	*at = name->next;
	n->count--;
	n->bytes -= sizeof(*name) + strlen(name->text) + 1;
	free(name);
}
