#include "composer.h"

#include <stdlib.h>
#include <string.h>

const struct format_ops *const format_table[HTTP_FORMATS] = { &format_influx,
	&format_remote_write };

static const struct format_ops *
ops_of(const struct composer *c)
{
	return format_table[c->options->format];
}

int
composer_open(struct composer *c, const struct composer_options *options,
    struct error *err)
{
	c->options = options;
	if (path_open(&c->path, options->measurement, true, err) != 0)
		return error_prefix(err, "measurement");
	if (tags_open(&c->tags, &options->tags, err) != 0)
		return error_prefix(err, "tags");
	if (c->path.n == 0)
		return error_set(err, "measurement: is empty");
	return 0;
}

void
composer_close(struct composer *c)
{
	path_free(&c->path);
	tags_free(&c->tags);
	buffer_free(&c->text);
	buffer_free(&c->body);
	buffer_free(&c->room);
	buffer_free(&c->name);
	free(c->waiting);
}

int
composer_check(const struct composer_options *options, struct error *err)
{
	struct composer c = { .options = options };
	int rc = composer_open(&c, options, err);

	composer_close(&c);
	return rc;
}

void
composer_forget(struct known *k)
{
	free(k->head);
	*k = (struct known){ .head = NULL };
}

void
composer_begin(struct composer *c)
{
	buffer_clear(&c->text);
	buffer_clear(&c->body);
	c->n_waiting = 0;
	c->last = NULL;
}

/* Once for each series; one that cannot be said stays so. */
static int
make_head(struct composer *c, struct known *k, const struct farm_series *s)
{
	struct buffer b = BUFFER_INIT;

	if (ops_of(c)->head(c, s, &b, &c->why) == 0)
		k->head = buffer_take(&b, &k->size);
	else
		k->refused = true;
	buffer_free(&b);
	return k->head != NULL || k->refused ? 0 : -1;
}

int
composer_add(struct composer *c, struct known *k, const struct farm_series *s,
    const struct farm_value *v, int64_t time_ns)
{
	if (k->head == NULL && !k->refused && make_head(c, k, s) != 0)
		return -1;
	if (!k->refused)
		return ops_of(c)->put(c, k, s, v, time_ns);
	c->left_out[LEFT_NAME]++;
	return 0;
}

int
composer_finish(struct composer *c)
{
	if (ops_of(c)->gather(c) != 0)
		return -1;
	return c->text.size > 0 ? ops_of(c)->pack(c) : 0;
}

int
composer_make_empty(struct composer *c)
{
	composer_begin(c);
	return ops_of(c)->pack(c);
}

size_t
composer_size(const struct composer *c)
{
	return c->text.size + c->n_waiting * sizeof(*c->waiting);
}
