/*
 * What is kept: a hash of the credentials' labels, then for each node that a
 * credential other than the first opens a hash of its name and the number.
 * The hashes need no key: two nodes that share one cost a try too many.
 */
#include "roster.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

#define RECORD_BYTES 9 /* a hash and a number */

struct roster_entry {
	struct roster_entry *next, *previous;
	char *node;
	char *address;
	uint8_t credential;
};

struct roster {
	pthread_mutex_t lock;
	struct roster_entry *first;
	uint64_t labels; /* hash of the credentials' */
	size_t n_credentials;
	uint8_t *kept; /* records of before; NULL: none */
	size_t n_kept;
	bool changed;
};

/* Any will do, as long as it stays the same. */
static const struct hash_key key = { { 0x9e3779b97f4a7c15,
    0xbf58476d1ce4e5b9 } };

static uint64_t
hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(&key, hash, text, strlen(text) + 1);
}

static uint64_t
hash_labels(const struct credentials *c)
{
	uint64_t hash = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		hash = hash_text(hash, c->items[i].label);
	return hash;
}

/* Of other credentials, numbers mean nothing any more. */
static int
take_kept(struct roster *r, const uint8_t *bytes, size_t size)
{
	uint64_t labels;

	if (bytes == NULL || size < sizeof(labels))
		return 0;
	memcpy(&labels, bytes, sizeof(labels));
	size -= sizeof(labels);
	if (labels != r->labels || size % RECORD_BYTES != 0 || size == 0)
		return 0;
	r->kept = malloc(size);
	if (r->kept == NULL)
		return -1;
	memcpy(r->kept, bytes + sizeof(labels), size);
	r->n_kept = size / RECORD_BYTES;
	return 0;
}

struct roster *
roster_new(const struct credentials *c, const void *kept, size_t size)
{
	struct roster *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	pthread_mutex_init(&r->lock, NULL);
	r->labels = hash_labels(c);
	r->n_credentials = c->n;
	if (take_kept(r, kept, size) != 0) {
		roster_free(r);
		return NULL;
	}
	return r;
}

static void
entry_free(struct roster_entry *e)
{
	if (e == NULL)
		return;
	free(e->node);
	free(e->address);
	free(e);
}

void
roster_free(struct roster *r)
{
	struct roster_entry *e;

	if (r == NULL)
		return;
	while ((e = r->first) != NULL) {
		r->first = e->next;
		entry_free(e);
	}
	pthread_mutex_destroy(&r->lock);
	free(r->kept);
	free(r);
}

/* Once: from now on it is the entry that knows. */
static uint8_t
take_credential(struct roster *r, const char *node)
{
	uint64_t hash = hash_text(0, node);
	uint8_t *record = r->kept;
	uint8_t credential;
	size_t i;

	for (i = 0; i < r->n_kept; i++, record += RECORD_BYTES)
		if (memcmp(record, &hash, sizeof(hash)) == 0) {
			credential = record[sizeof(hash)];
			record[sizeof(hash)] = 0;
			return credential < r->n_credentials ? credential : 0;
		}
	return 0;
}

struct roster_entry *
roster_add(struct roster *r, const char *node, const char *address,
    uint8_t *ret_credential)
{
	struct roster_entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->node = strdup(node);
	e->address = strdup(address);
	if (e->node == NULL || e->address == NULL) {
		entry_free(e);
		return NULL;
	}
	pthread_mutex_lock(&r->lock);
	e->credential = take_credential(r, node);
	*ret_credential = e->credential;
	e->next = r->first;
	if (e->next != NULL)
		e->next->previous = e;
	r->first = e;
	pthread_mutex_unlock(&r->lock);
	return e;
}

void
roster_remove(struct roster *r, struct roster_entry *e)
{
	if (e == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	*(e->previous != NULL ? &e->previous->next : &r->first) = e->next;
	if (e->next != NULL)
		e->next->previous = e->previous;
	pthread_mutex_unlock(&r->lock);
	entry_free(e);
}

void
roster_opened(struct roster *r, struct roster_entry *e, uint8_t credential)
{
	if (e == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->changed |= e->credential != credential;
	e->credential = credential;
	pthread_mutex_unlock(&r->lock);
}

bool
roster_find(struct roster *r, const char *node, struct buffer *ret_address,
    uint8_t *ret_credential)
{
	struct roster_entry *e;

	pthread_mutex_lock(&r->lock);
	for (e = r->first; e != NULL; e = e->next)
		if (strcmp(e->node, node) == 0)
			break;
	if (e != NULL) {
		buffer_puts(ret_address, e->address);
		*ret_credential = e->credential;
	}
	pthread_mutex_unlock(&r->lock);
	return e != NULL;
}

bool
roster_changed(struct roster *r)
{
	bool changed;

	pthread_mutex_lock(&r->lock);
	changed = r->changed;
	pthread_mutex_unlock(&r->lock);
	return changed;
}

static void
put_record(struct buffer *out, uint64_t hash, uint8_t credential)
{
	if (credential == 0 || out->size + RECORD_BYTES > ROSTER_BYTES_MAX)
		return;
	buffer_put(out, &hash, sizeof(hash));
	buffer_putc(out, (char)credential);
}

void
roster_keep(struct roster *r, struct buffer *out)
{
	const struct roster_entry *e;
	const uint8_t *record;
	uint64_t hash;

	pthread_mutex_lock(&r->lock);
	buffer_put(out, &r->labels, sizeof(r->labels));
	for (e = r->first; e != NULL; e = e->next)
		put_record(out, hash_text(0, e->node), e->credential);
	/* And of those that had no turn yet. */
	for (record = r->kept; record < r->kept + r->n_kept * RECORD_BYTES;
	     record += RECORD_BYTES) {
		memcpy(&hash, record, sizeof(hash));
		put_record(out, hash, record[sizeof(hash)]);
	}
	r->changed = false;
	pthread_mutex_unlock(&r->lock);
}
