/* meta_data.c - names with values of five types; letters' case is ignored.
   Any thread may ask or change the same set. */
#include "abi.h"

struct entry {
	struct entry *next;
	char *key;
	int type; /* MD_TYPE_* */
	union {
		char *string;
		int64_t signed_int;
		uint64_t unsigned_int;
		double real;
		bool boolean;
	} value;
};

struct meta_data_s {
	struct entry *head;
	pthread_mutex_t lock;
};

static void
free_entry(struct entry *e)
{
	if (e == NULL)
		return;
	if (e->type == MD_TYPE_STRING)
		free(e->value.string);
	free(e->key);
	free(e);
}

static void
free_entries(struct entry *e)
{
	struct entry *next;

	for (; e != NULL; e = next) {
		next = e->next;
		free_entry(e);
	}
}

/* The link to the entry of that key, or to the end. */
static struct entry **
find(struct entry **at, const char *key)
{
	while (*at != NULL && strcasecmp((*at)->key, key) != 0)
		at = &(*at)->next;
	return at;
}

/* In place of one of the same key, else at the end. */
static void
put(struct entry **head, struct entry *e)
{
	struct entry **at = find(head, e->key), *old = *at;

	e->next = old == NULL ? NULL : old->next;
	*at = e;
	free_entry(old);
}

static struct entry *
copy_entry(const struct entry *from)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->type = from->type;
	e->value = from->value;
	e->key = strdup(from->key);
	if (from->type == MD_TYPE_STRING)
		e->value.string = strdup(from->value.string);
	if (e->key == NULL ||
	    (e->type == MD_TYPE_STRING && e->value.string == NULL)) {
		free_entry(e);
		return NULL;
	}
	return e;
}

/* Copies of all entries, in their order; -1 if memory is out. */
static int
copy_entries(meta_data_t *from, struct entry **ret)
{
	struct entry *head = NULL, **at = &head;
	const struct entry *e;

	pthread_mutex_lock(&from->lock);
	for (e = from->head; e != NULL; e = e->next) {
		*at = copy_entry(e);
		if (*at == NULL)
			break;
		at = &(*at)->next;
	}
	pthread_mutex_unlock(&from->lock);
	if (e != NULL) {
		free_entries(head);
		return -1;
	}
	*ret = head;
	return 0;
}

meta_data_t *
meta_data_create(void)
{
	meta_data_t *md = calloc(1, sizeof(*md));

	if (md != NULL)
		pthread_mutex_init(&md->lock, NULL);
	return md;
}

void
meta_data_destroy(meta_data_t *md)
{
	if (md == NULL)
		return;
	free_entries(md->head);
	pthread_mutex_destroy(&md->lock);
	free(md);
}

meta_data_t *
meta_data_clone(meta_data_t *orig)
{
	meta_data_t *copy;

	if (orig == NULL)
		return NULL;
	copy = meta_data_create();
	if (copy != NULL && copy_entries(orig, &copy->head) != 0) {
		meta_data_destroy(copy);
		return NULL;
	}
	return copy;
}

int
meta_data_clone_merge(meta_data_t **dest, meta_data_t *orig)
{
	struct entry *e, *next;

	if (orig == NULL)
		return 0;
	if (*dest == NULL) {
		*dest = meta_data_clone(orig);
		return *dest == NULL ? ENOMEM : 0;
	}
	/* One lock at a time: two threads may merge both ways. */
	if (copy_entries(orig, &e) != 0)
		return ENOMEM;
	pthread_mutex_lock(&(*dest)->lock);
	for (; e != NULL; e = next) {
		next = e->next;
		put(&(*dest)->head, e);
	}
	pthread_mutex_unlock(&(*dest)->lock);
	return 0;
}

int
meta_data_exists(meta_data_t *md, const char *key)
{
	if (md == NULL || key == NULL)
		return -EINVAL;
	return meta_data_type(md, key) != 0;
}

int
meta_data_type(meta_data_t *md, const char *key)
{
	struct entry *e;
	int type;

	if (md == NULL || key == NULL)
		return -EINVAL;
	pthread_mutex_lock(&md->lock);
	e = *find(&md->head, key);
	type = e == NULL ? 0 : e->type;
	pthread_mutex_unlock(&md->lock);
	return type;
}

int
meta_data_toc(meta_data_t *md, char ***toc)
{
	const struct entry *e;
	char **names = NULL;
	size_t n = 0;
	int status = 0;

	if (md == NULL || toc == NULL)
		return -EINVAL;
	pthread_mutex_lock(&md->lock);
	for (e = md->head; status == 0 && e != NULL; e = e->next)
		status = strarray_add(&names, &n, e->key);
	pthread_mutex_unlock(&md->lock);
	if (status != 0) {
		strarray_free(names, n);
		return -ENOMEM;
	}
	if (n > 0)
		*toc = names;
	return (int)n;
}

int
meta_data_delete(meta_data_t *md, const char *key)
{
	struct entry **at, *e;

	if (md == NULL || key == NULL)
		return -EINVAL;
	pthread_mutex_lock(&md->lock);
	at = find(&md->head, key);
	e = *at;
	if (e != NULL)
		*at = e->next;
	pthread_mutex_unlock(&md->lock);
	if (e == NULL)
		return -ENOENT;
	free_entry(e);
	return 0;
}

/* Add a copy of `from', whose key and string are the caller's. */
static int
add(meta_data_t *md, const struct entry *from)
{
	struct entry *e;

	if (md == NULL || from->key == NULL ||
	    (from->type == MD_TYPE_STRING && from->value.string == NULL))
		return -EINVAL;
	e = copy_entry(from);
	if (e == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&md->lock);
	put(&md->head, e);
	pthread_mutex_unlock(&md->lock);
	return 0;
}

#define KEY(TEXT) (char *)(uintptr_t)(TEXT)

int
meta_data_add_string(meta_data_t *md, const char *key, const char *value)
{
	return add(md, &(struct entry){ .key = KEY(key),
			   .type = MD_TYPE_STRING,
			   .value.string = KEY(value) });
}

int
meta_data_add_signed_int(meta_data_t *md, const char *key, int64_t value)
{
	return add(md, &(struct entry){ .key = KEY(key),
			   .type = MD_TYPE_SIGNED_INT,
			   .value.signed_int = value });
}

int
meta_data_add_unsigned_int(meta_data_t *md, const char *key, uint64_t value)
{
	return add(md, &(struct entry){ .key = KEY(key),
			   .type = MD_TYPE_UNSIGNED_INT,
			   .value.unsigned_int = value });
}

int
meta_data_add_double(meta_data_t *md, const char *key, double value)
{
	return add(md,
	    &(struct entry){
		.key = KEY(key), .type = MD_TYPE_DOUBLE, .value.real = value });
}

int
meta_data_add_boolean(meta_data_t *md, const char *key, bool value)
{
	return add(md, &(struct entry){ .key = KEY(key),
			   .type = MD_TYPE_BOOLEAN,
			   .value.boolean = value });
}

/* A copy of the entry if it is there and of that type (0: any). */
static int
get(meta_data_t *md, const char *key, int type, struct entry **ret)
{
	const struct entry *e;
	struct entry *copy = NULL;
	bool found;

	if (md == NULL || key == NULL)
		return -EINVAL;
	pthread_mutex_lock(&md->lock);
	e = *find(&md->head, key);
	found = e != NULL && (type == 0 || e->type == type);
	if (found)
		copy = copy_entry(e);
	pthread_mutex_unlock(&md->lock);
	if (!found)
		return -ENOENT;
	if (copy == NULL)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

int
meta_data_get_string(meta_data_t *md, const char *key, char **value)
{
	struct entry *e;
	int status;

	if (value == NULL)
		return -EINVAL;
	status = get(md, key, MD_TYPE_STRING, &e);
	if (status != 0)
		return status;
	*value = e->value.string;
	e->value.string = NULL;
	free_entry(e);
	return 0;
}

#define GETTER(NAME, TYPE, FIELD, C_TYPE)                                      \
	int meta_data_get_##NAME(                                              \
	    meta_data_t *md, const char *key, C_TYPE *value)                   \
	{                                                                      \
		struct entry *e;                                               \
		int status;                                                    \
                                                                               \
		if (value == NULL)                                             \
			return -EINVAL;                                        \
		status = get(md, key, TYPE, &e);                               \
		if (status != 0)                                               \
			return status;                                         \
		*value = e->value.FIELD;                                       \
		free_entry(e);                                                 \
		return 0;                                                      \
	}

GETTER(signed_int, MD_TYPE_SIGNED_INT, signed_int, int64_t)
GETTER(unsigned_int, MD_TYPE_UNSIGNED_INT, unsigned_int, uint64_t)
GETTER(double, MD_TYPE_DOUBLE, real, double)
GETTER(boolean, MD_TYPE_BOOLEAN, boolean, bool)

static char *
entry_text(const struct entry *e)
{
	switch (e->type) {
	case MD_TYPE_STRING:
		return strdup(e->value.string);
	case MD_TYPE_SIGNED_INT:
		return ssnprintf_alloc("%" PRId64, e->value.signed_int);
	case MD_TYPE_UNSIGNED_INT:
		return ssnprintf_alloc("%" PRIu64, e->value.unsigned_int);
	case MD_TYPE_DOUBLE:
		return ssnprintf_alloc(GAUGE_FORMAT, e->value.real);
	default:
		return strdup(e->value.boolean ? "true" : "false");
	}
}

int
meta_data_as_string(meta_data_t *md, const char *key, char **value)
{
	struct entry *e;
	char *text;
	int status;

	if (value == NULL)
		return -EINVAL;
	status = get(md, key, 0, &e);
	if (status != 0)
		return status;
	text = entry_text(e);
	free_entry(e);
	if (text == NULL)
		return -ENOMEM;
	*value = text;
	return 0;
}
