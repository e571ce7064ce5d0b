#include "worker_protocol.h"

#include <string.h>

#include "frame_format.h"
#include "varint.h"
#include "yaml.h"

/* Options may be as deep as YAML, and stand in a mapping of their own. */
#define DEPTH_MAX (YAML_DEPTH_MAX + 4)
/* Kind, key, line, column and a value, each at least a byte. */
#define PIECE_MIN 5
/* The kind's bits; above them, whether a scalar stood in quotes. */
#define KIND_MASK 3u
#define QUOTED 4u

/* ------------------------------------------------------------- writing -- */

void
worker_put_u32(struct buffer *b, uint32_t n)
{
	uint8_t bytes[4];

	put_le32(bytes, n);
	buffer_put(b, bytes, sizeof(bytes));
}

void
worker_put_u64(struct buffer *b, uint64_t n)
{
	uint8_t bytes[8];

	put_le64(bytes, n);
	buffer_put(b, bytes, sizeof(bytes));
}

size_t
worker_put_begin(struct buffer *b, enum worker_type type, uint32_t seat)
{
	size_t begin = b->size;

	worker_put_u32(b, 0);
	worker_put_u32(b, seat);
	worker_put_u32(b, (uint32_t)type);
	return begin;
}

void
worker_put_end(struct buffer *b, size_t begin)
{
	if (!buffer_failed(b))
		put_le32((uint8_t *)b->data + begin,
		    (uint32_t)(b->size - begin - WORKER_HEADER));
}

void
worker_put_undo(struct buffer *b, size_t begin)
{
	b->failed = false;
	b->size = begin;
}

void
worker_put(struct buffer *b, enum worker_type type, uint32_t seat,
    const void *payload, size_t size)
{
	size_t begin = worker_put_begin(b, type, seat);

	buffer_put(b, payload, size);
	worker_put_end(b, begin);
}

void
worker_put_run(struct buffer *b, uint32_t target, int64_t deadline_mono_ns)
{
	worker_put_u32(b, target);
	worker_put_u64(b, (uint64_t)deadline_mono_ns);
}

void
worker_put_done(struct buffer *b, uint32_t seat, const struct worker_done *done)
{
	size_t begin = worker_put_begin(b, WORKER_DONE, seat);

	worker_put_u32(b, done->target);
	buffer_putc(b, (char)done->failed);
	worker_put_u64(b, done->cpu_ns);
	buffer_put(b, done->why.text, done->why.length);
	worker_put_end(b, begin);
}

void
worker_put_lifetime(
    struct buffer *b, uint32_t seat, const struct worker_lifetime *l)
{
	size_t begin = worker_put_begin(b, WORKER_LIFETIME, seat);
	int i;

	worker_put_u64(b, (uint64_t)l->ns);
	for (i = 0; i < 4; i++)
		buffer_put(b, l->names[i], strlen(l->names[i]) + 1);
	worker_put_end(b, begin);
}

void
worker_put_ledger(
    struct buffer *b, uint32_t seat, const struct worker_ledger *l)
{
	size_t begin = worker_put_begin(b, WORKER_LEDGER, seat);
	uint32_t i;

	worker_put_u64(b, l->failures);
	worker_put_u32(b, l->n_dropped);
	for (i = 0; i < l->n_dropped; i++)
		worker_put_u64(b, l->dropped[i]);
	buffer_put(b, l->error.text, l->error.length);
	worker_put_end(b, begin);
}

void
worker_put_verdict(
    struct buffer *b, uint32_t seat, const struct worker_verdict *v)
{
	size_t begin = worker_put_begin(b, WORKER_VERDICT, seat);

	buffer_putc(b, (char)v->verdict);
	worker_put_u64(b, v->record);
	worker_put_u64(b, v->cpu_ns);
	buffer_put(b, v->why.text, v->why.length);
	worker_put_end(b, begin);
}

void
worker_put_question(
    struct buffer *b, uint32_t seat, const struct worker_question *q)
{
	size_t begin = worker_put_begin(b, WORKER_HISTORY, seat);

	worker_put_u32(b, q->id);
	worker_put_u32(b, q->flags);
	worker_put_u64(b, (uint64_t)q->deadline_mono_ns);
	worker_put_u64(b, (uint64_t)q->from_ns);
	worker_put_u64(b, (uint64_t)q->to_ns);
	worker_put_u64(b, (uint64_t)q->step_ns);
	worker_put_u64(b, (uint64_t)q->level_ns);
	buffer_put(b, q->predicate, strlen(q->predicate) + 1);
	worker_put_end(b, begin);
}

void
worker_put_answered(
    struct buffer *b, uint32_t seat, const struct worker_answered *a)
{
	size_t begin = worker_put_begin(b, WORKER_ANSWERED, seat);

	worker_put_u32(b, a->id);
	buffer_putc(b, (char)a->failed);
	worker_put_u64(b, a->through);
	buffer_put(b, a->why.text, a->why.length);
	worker_put_end(b, begin);
}

static void
put_varint(struct buffer *b, uint64_t n)
{
	uint8_t bytes[VARINT_MAX];

	buffer_put(b, bytes, (size_t)(varint_put(bytes, n) - bytes));
}

/* With its NUL, so that the reader need not copy it. */
static void
put_text(struct buffer *b, const char *text)
{
	size_t length = strlen(text) + 1;

	put_varint(b, length);
	buffer_put(b, text, length);
}

static void
put_piece(struct buffer *b, const char *key, const struct farm_tree *tree)
{
	put_varint(b, tree->kind | (tree->quoted ? QUOTED : 0));
	put_text(b, key);
	put_text(b, tree->file != NULL ? tree->file : "");
	put_varint(b, tree->line);
	put_varint(b, tree->column);
	if (tree->kind == FARM_SCALAR)
		put_text(b, tree->value);
	else
		put_varint(b, tree->n_children);
}

/* Recursion is as deep as the tree, which YAML_DEPTH_MAX bounds. */
void
worker_put_tree(struct buffer *b, const char *key, const struct farm_tree *tree)
{
	size_t i;

	put_piece(b, key, tree);
	for (i = 0; i < tree->n_children; i++)
		worker_put_tree(b, tree->children[i]->key, tree->children[i]);
}

void
worker_put_mapping(struct buffer *b, const char *key, size_t n_children)
{
	put_piece(b, key,
	    &(struct farm_tree){
		.kind = FARM_MAPPING, .n_children = n_children });
}

void
worker_put_scalar(struct buffer *b, const char *key, const char *value)
{
	put_piece(b, key,
	    &(struct farm_tree){
		.kind = FARM_SCALAR, .quoted = 1, .value = value });
}

/* ------------------------------------------------------------- reading -- */

long
worker_next(const void *bytes, size_t size, struct worker_message *ret,
    struct error *err)
{
	const uint8_t *header = bytes;
	uint32_t payload, type;

	if (size < WORKER_HEADER)
		return 0;
	payload = get_le32(header);
	type = get_le32(header + 8);
	if (type == 0 || type > UINT16_MAX)
		return error_set(err, "no message begins here");
	if (payload > WORKER_PAYLOAD_MAX ||
	    (type > WORKER_READY && type != WORKER_FRAME &&
		type != WORKER_ANSWER && payload > WORKER_WORDS_MAX))
		return error_set(
		    err, "a message of type %u has %u bytes", type, payload);
	if (size - WORKER_HEADER < payload)
		return 0;
	*ret = (struct worker_message){ .type = (uint16_t)type,
		.seat = get_le32(header + 4),
		.payload = header + WORKER_HEADER,
		.size = payload };
	return WORKER_HEADER + (long)payload;
}

size_t
worker_missing(const void *bytes, size_t size)
{
	if (size < WORKER_HEADER)
		return WORKER_HEADER - size;
	return WORKER_HEADER + get_le32(bytes) - size;
}

static int
too_short(const struct worker_message *m, struct error *err)
{
	return error_set(
	    err, "a message of type %u has only %zu bytes", m->type, m->size);
}

static struct worker_text
text_behind(const struct worker_message *m, size_t at)
{
	return (struct worker_text){ .text = (const char *)m->payload + at,
		.length = m->size - at };
}

int
worker_read_u32(
    const struct worker_message *m, uint32_t *ret, struct error *err)
{
	if (m->size < 4)
		return too_short(m, err);
	*ret = get_le32(m->payload);
	return 0;
}

int
worker_read_run(
    const struct worker_message *m, size_t i, struct worker_run *ret)
{
	const uint8_t *p = m->payload + i * WORKER_RUN_SIZE;

	if (i >= m->size / WORKER_RUN_SIZE)
		return -1;
	ret->target = get_le32(p);
	ret->deadline_mono_ns = (int64_t)get_le64(p + 4);
	return 0;
}

int
worker_read_done(
    const struct worker_message *m, struct worker_done *ret, struct error *err)
{
	if (m->size < 13)
		return too_short(m, err);
	ret->target = get_le32(m->payload);
	ret->failed = m->payload[4] != 0;
	ret->cpu_ns = get_le64(m->payload + 5);
	ret->why = text_behind(m, 13);
	return 0;
}

int
worker_read_ledger(const struct worker_message *m, struct worker_ledger *ret,
    struct error *err)
{
	uint32_t i;

	if (m->size < 12)
		return too_short(m, err);
	ret->failures = get_le64(m->payload);
	ret->n_dropped = get_le32(m->payload + 8);
	if (ret->n_dropped > WORKER_REASONS_MAX)
		return error_set(err, "%u reasons in a ledger", ret->n_dropped);
	if ((m->size - 12) / 8 < ret->n_dropped)
		return too_short(m, err);
	for (i = 0; i < ret->n_dropped; i++)
		ret->dropped[i] = get_le64(m->payload + 12 + 8 * i);
	ret->error = text_behind(m, 12 + 8 * ret->n_dropped);
	return 0;
}

int
worker_read_verdict(const struct worker_message *m, struct worker_verdict *ret,
    struct error *err)
{
	if (m->size < 17)
		return too_short(m, err);
	ret->verdict = m->payload[0];
	ret->record = get_le64(m->payload + 1);
	ret->cpu_ns = get_le64(m->payload + 9);
	ret->why = text_behind(m, 17);
	return 0;
}

int
worker_read_question(const struct worker_message *m,
    struct worker_question *ret, struct error *err)
{
	if (m->size < 49 || m->payload[m->size - 1] != '\0')
		return too_short(m, err);
	ret->id = get_le32(m->payload);
	ret->flags = get_le32(m->payload + 4);
	ret->deadline_mono_ns = (int64_t)get_le64(m->payload + 8);
	ret->from_ns = (int64_t)get_le64(m->payload + 16);
	ret->to_ns = (int64_t)get_le64(m->payload + 24);
	ret->step_ns = (int64_t)get_le64(m->payload + 32);
	ret->level_ns = (int64_t)get_le64(m->payload + 40);
	ret->predicate = (const char *)m->payload + 48;
	return 0;
}

int
worker_read_answered(const struct worker_message *m,
    struct worker_answered *ret, struct error *err)
{
	if (m->size < 13)
		return too_short(m, err);
	ret->id = get_le32(m->payload);
	ret->failed = m->payload[4] != 0;
	ret->through = get_le64(m->payload + 5);
	ret->why = text_behind(m, 13);
	return 0;
}

int
worker_read_u64(
    const struct worker_message *m, size_t i, uint64_t *ret, struct error *err)
{
	if (m->size < 8 * (i + 1))
		return too_short(m, err);
	*ret = get_le64(m->payload + 8 * i);
	return 0;
}

int
worker_read_lifetime(const struct worker_message *m,
    struct worker_lifetime *ret, struct error *err)
{
	const char *p = (const char *)m->payload + 8;
	const char *end = (const char *)m->payload + m->size;
	int i;

	if (m->size < 8)
		return too_short(m, err);
	ret->ns = (int64_t)get_le64(m->payload);
	for (i = 0; i < 4; i++) {
		ret->names[i] = p;
		p = memchr(p, '\0', (size_t)(end - p));
		if (p == NULL)
			return too_short(m, err);
		p++;
	}
	return 0;
}

int
worker_read_words(const struct worker_message *m, uint8_t *ret_byte,
    struct worker_text *ret, struct error *err)
{
	if (m->size < 1)
		return too_short(m, err);
	*ret_byte = m->payload[0];
	*ret = text_behind(m, 1);
	return 0;
}

int
worker_read_reply(const struct worker_message *m, uint32_t *ret_id,
    bool *ret_failed, struct worker_text *ret, struct error *err)
{
	if (m->size < 5)
		return too_short(m, err);
	*ret_id = get_le32(m->payload);
	*ret_failed = m->payload[4] != 0;
	*ret = text_behind(m, 5);
	return 0;
}

int
worker_read_pair(const struct worker_message *m, size_t skip,
    const char **ret_first, const char **ret_second, struct error *err)
{
	const char *first, *second;
	const void *nul;
	size_t left;

	if (m->size < skip)
		return too_short(m, err);
	first = (const char *)m->payload + skip;
	left = m->size - skip;
	nul = memchr(first, '\0', left);
	if (nul == NULL)
		return too_short(m, err);
	second = (const char *)nul + 1;
	left -= (size_t)(second - first);
	if (memchr(second, '\0', left) == NULL)
		return too_short(m, err);
	*ret_first = first;
	*ret_second = second;
	return 0;
}

/* --------------------------------------------------------------- trees -- */

struct reading {
	const uint8_t *p;
	const uint8_t *end;
	struct arena *arena;
	struct error *err;
};

static int
bad(struct reading *in, const char *what)
{
	return error_set(in->err, "a tree with %s", what);
}

static int
get_varint(struct reading *in, uint64_t *ret, uint64_t max)
{
	const uint8_t *p = varint_get(in->p, in->end, ret);

	if (p == NULL || *ret > max)
		return bad(in, "a broken number");
	in->p = p;
	return 0;
}

static int
get_text(struct reading *in, const char **ret)
{
	uint64_t length;

	if (get_varint(in, &length, SIZE_MAX) != 0)
		return -1;
	if (length == 0 || length > (size_t)(in->end - in->p) ||
	    memchr(in->p, '\0', length) != in->p + length - 1)
		return bad(in, "a broken text");
	*ret = arena_strndup(in->arena, (const char *)in->p, length - 1);
	in->p += length;
	return *ret != NULL ? 0 : error_set(in->err, "out of memory");
}

static int
get_head(struct reading *in, struct farm_tree *t)
{
	uint64_t kind, line, column;

	if (get_varint(in, &kind, KIND_MASK | QUOTED) != 0 ||
	    get_text(in, &t->key) != 0 || get_text(in, &t->file) != 0 ||
	    get_varint(in, &line, UINT32_MAX) != 0 ||
	    get_varint(in, &column, UINT32_MAX) != 0)
		return -1;
	t->kind = (uint32_t)kind & KIND_MASK;
	t->quoted = (kind & QUOTED) != 0;
	t->line = (uint32_t)line;
	t->column = (uint32_t)column;
	t->value = "";
	return t->kind != 0 ? 0 : bad(in, "a piece of no kind");
}

static int get_piece(struct reading *, int depth, const struct farm_tree **);

static int
get_children(struct reading *in, int depth, struct farm_tree *t)
{
	const struct farm_tree **children;
	uint64_t n, i;

	/* Never believed beyond what the bytes left can hold. */
	if (get_varint(in, &n, (size_t)(in->end - in->p) / PIECE_MIN) != 0)
		return -1;
	children = arena_array(in->arena, n, sizeof(*children));
	if (children == NULL)
		return error_set(in->err, "out of memory");
	for (i = 0; i < n; i++)
		if (get_piece(in, depth + 1, &children[i]) != 0)
			return -1;
	t->children = children;
	t->n_children = n;
	return 0;
}

static int
get_piece(struct reading *in, int depth, const struct farm_tree **ret)
{
	struct farm_tree *t = arena_alloc(in->arena, sizeof(*t));
	int rc;

	if (t == NULL)
		return error_set(in->err, "out of memory");
	if (depth > DEPTH_MAX)
		return bad(in, "too many levels");
	if (get_head(in, t) != 0)
		return -1;
	rc = t->kind == FARM_SCALAR ? get_text(in, &t->value)
				    : get_children(in, depth, t);
	*ret = t;
	return rc;
}

int
worker_read_tree(const struct worker_message *m, struct arena *arena,
    const struct farm_tree **ret, struct error *err)
{
	struct reading in = { .p = m->payload,
		.end = m->payload + m->size,
		.arena = arena,
		.err = err };
	const struct farm_tree *tree;

	if (get_piece(&in, 0, &tree) != 0)
		return -1;
	if (in.p != in.end)
		return bad(&in, "more bytes than pieces");
	*ret = tree;
	return 0;
}

const char *
worker_tree_text(const struct farm_tree *tree, const char *key)
{
	const struct farm_tree *child = tree_get(tree, key);

	return child != NULL ? child->value : "";
}
