#include "checkpoints.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

struct checkpoint {
	struct checkpoint *next;
	uint64_t position;
	size_t size;
	char *bytes;
	char instance[];
};

struct checkpoints {
	pthread_mutex_t lock;
	struct checkpoint *waiting;  /* the newest first */
	struct checkpoint *counting; /* one of each instance */
	size_t n_counting;
};

struct checkpoints *
checkpoints_new(void)
{
	struct checkpoints *c = calloc(1, sizeof(*c));

	if (c != NULL)
		pthread_mutex_init(&c->lock, NULL);
	return c;
}

static void
free_list(struct checkpoint *list)
{
	struct checkpoint *next;

	for (; list != NULL; list = next) {
		next = list->next;
		free(list->bytes);
		free(list);
	}
}

void
checkpoints_free(struct checkpoints *c)
{
	if (c == NULL)
		return;
	free_list(c->waiting);
	free_list(c->counting);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/*
 * While the disk is away an instance keeps its first and its last: the first
 * can come to count however fast others follow.
 */
static void
forget_middle(struct checkpoints *c, const char *instance)
{
	struct checkpoint **last = NULL;
	struct checkpoint *gone;

	for (struct checkpoint **at = &c->waiting; *at != NULL;
	     at = &(*at)->next) {
		if (strcmp((*at)->instance, instance) != 0)
			continue;
		if (last == NULL) {
			last = at;
			continue;
		}
		gone = *last;
		*last = gone->next;
		gone->next = NULL;
		free_list(gone);
		return;
	}
}

int
checkpoints_add(struct checkpoints *c, uint64_t position, const char *instance,
    const void *bytes, size_t size)
{
	size_t length = strlen(instance);
	struct checkpoint *p = calloc(1, sizeof(*p) + length + 1);

	if (p == NULL)
		return -1;
	p->bytes = malloc(size + 1);
	if (p->bytes == NULL) {
		free(p);
		return -1;
	}
	if (size > 0)
		memcpy(p->bytes, bytes, size);
	memcpy(p->instance, instance, length);
	p->position = position;
	p->size = size;
	pthread_mutex_lock(&c->lock);
	forget_middle(c, instance);
	p->next = c->waiting;
	c->waiting = p;
	pthread_mutex_unlock(&c->lock);
	return 0;
}

void
checkpoints_withdraw(struct checkpoints *c, uint64_t position)
{
	struct checkpoint *p;

	pthread_mutex_lock(&c->lock);
	/* The newest stand first. */
	while (c->waiting != NULL && c->waiting->position >= position) {
		p = c->waiting;
		c->waiting = p->next;
		p->next = NULL;
		free_list(p);
	}
	pthread_mutex_unlock(&c->lock);
}

static struct checkpoint **
find(struct checkpoints *c, const char *instance)
{
	struct checkpoint **at = &c->counting;

	while (*at != NULL && strcmp((*at)->instance, instance) != 0)
		at = &(*at)->next;
	return at;
}

static void
drop_oldest(struct checkpoints *c)
{
	struct checkpoint **oldest = &c->counting;
	struct checkpoint *gone;

	for (struct checkpoint **at = oldest; *at != NULL; at = &(*at)->next)
		if ((*at)->position < (*oldest)->position)
			oldest = at;
	gone = *oldest;
	*oldest = gone->next;
	gone->next = NULL;
	free_list(gone);
	c->n_counting--;
}

/* It counts unless a later one does. */
static void
count(struct checkpoints *c, struct checkpoint *p)
{
	struct checkpoint **at = find(c, p->instance);
	struct checkpoint *before = *at;

	if (before != NULL && before->position > p->position) {
		p->next = NULL;
		free_list(p);
		return;
	}
	p->next = before != NULL ? before->next : NULL;
	*at = p;
	if (before == NULL && ++c->n_counting > CHECKPOINTS_MAX)
		drop_oldest(c);
	if (before != NULL)
		before->next = NULL;
	free_list(before);
}

void
checkpoints_written(struct checkpoints *c, uint64_t position)
{
	struct checkpoint **at;
	struct checkpoint *list;
	struct checkpoint *next;

	pthread_mutex_lock(&c->lock);
	at = &c->waiting;
	while (*at != NULL && (*at)->position > position)
		at = &(*at)->next;
	list = *at;
	*at = NULL;
	for (; list != NULL; list = next) {
		next = list->next;
		count(c, list);
	}
	pthread_mutex_unlock(&c->lock);
}

void *
checkpoints_get(struct checkpoints *c, const char *instance, size_t *ret_size)
{
	const struct checkpoint *p;
	void *copy = NULL;

	pthread_mutex_lock(&c->lock);
	p = *find(c, instance);
	if (p != NULL)
		copy = malloc(p->size + 1);
	if (copy != NULL) {
		memcpy(copy, p->bytes, p->size);
		*ret_size = p->size;
	}
	pthread_mutex_unlock(&c->lock);
	return copy;
}

/* How far the stream was comes first, as a checkpoint of nobody. */
static int
collect(struct checkpoints *c, uint64_t through, struct batch *batch)
{
	int rc = batch_add_payload(batch, FARM_CHECKPOINT, 0, "", "", 0);

	if (rc == 0)
		batch_last(batch)->position = through;
	for (const struct checkpoint *p = c->counting; p != NULL && rc == 0;
	     p = p->next) {
		rc = batch_add_payload(
		    batch, FARM_CHECKPOINT, 0, p->instance, p->bytes, p->size);
		if (rc == 0)
			batch_last(batch)->position = p->position;
	}
	return rc;
}

int
checkpoints_print(struct checkpoints *c, uint64_t through, struct buffer *to,
    struct error *err)
{
	struct series_table *series = series_table_new(1);
	struct frame_encoder *encoder = frame_encoder_new(series);
	struct batch *batch = batch_new();
	int rc = -1;

	pthread_mutex_lock(&c->lock);
	if (series == NULL || encoder == NULL || batch == NULL ||
	    collect(c, through, batch) != 0)
		error_set(err, "out of memory");
	else
		rc = frame_encode(encoder, &batch->view, to, err);
	pthread_mutex_unlock(&c->lock);
	batch_unref(batch);
	frame_encoder_free(encoder);
	series_table_free(series);
	return rc;
}

static int
take(struct checkpoints *c, const struct farm_batch *batch, uint64_t *ret,
    struct error *err)
{
	for (size_t i = 0; i < batch->n_records; i++) {
		const struct farm_record *r = &batch->records[i];

		if (r->type != FARM_CHECKPOINT)
			continue;
		if (r->instance[0] == '\0')
			*ret = r->position;
		else if (checkpoints_add(c, r->position, r->instance,
			     r->payload, r->payload_size) != 0)
			return error_set(err, "out of memory");
	}
	checkpoints_written(c, UINT64_MAX);
	return 0;
}

int
checkpoints_parse(struct checkpoints *c, const void *bytes, size_t size,
    uint64_t *ret_through, struct error *err)
{
	struct series_table *series = series_table_new(1);
	struct frame_decoder *decoder = frame_decoder_new(series);
	struct batch *batch = batch_new();
	int rc = -1;

	if (series == NULL || decoder == NULL || batch == NULL)
		error_set(err, "out of memory");
	else if (frame_decode(decoder, bytes, size, batch, err) == 0)
		rc = take(c, &batch->view, ret_through, err);
	batch_unref(batch);
	frame_decoder_free(decoder);
	series_table_free(series);
	return rc;
}
