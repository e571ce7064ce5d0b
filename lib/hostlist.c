#include "hostlist.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>

#include <farm/result.h>

#include "buffer.h"
#include "name.h"

/* Each part but a literal between two brackets adds to every name. */
#define PARTS_MAX (2 * FARM_NAME_MAX + 1)
/* So many digits always fit a uint64_t. */
#define DIGITS_MAX 18
/* Quoted in a message at most. */
#define SHOWN_MAX 60

/* What stands at one place of the names: one of these texts. */
struct part {
	const char **items;
	size_t n;
	size_t capacity;
};

struct hostlist {
	struct arena *arena;
	struct error *err;
	struct part parts[PARTS_MAX];
	size_t n;
};

static int
shown(size_t length)
{
	return (int)(length < SHOWN_MAX ? length : SHOWN_MAX);
}

static int
out_of_memory(struct hostlist *h)
{
	return error_set(h->err, "out of memory");
}

static int
too_many(struct hostlist *h)
{
	return error_set(h->err, "gives more than %d names", HOSTLIST_MAX);
}

static int
part_add(struct hostlist *h, struct part *part, const char *item)
{
	size_t capacity = part->capacity == 0 ? 4 : part->capacity * 2;

	if (item == NULL)
		return out_of_memory(h);
	if (part->n == HOSTLIST_MAX)
		return too_many(h);
	if (part->n == part->capacity) {
		part->items = arena_grow(h->arena, part->items,
		    part->capacity * sizeof(*part->items),
		    capacity * sizeof(*part->items));
		if (part->items == NULL)
			return out_of_memory(h);
		part->capacity = capacity;
	}
	part->items[part->n++] = item;
	return 0;
}

static struct part *
part_new(struct hostlist *h)
{
	if (h->n == PARTS_MAX) {
		error_set(h->err, "has more than %d brackets", FARM_NAME_MAX);
		return NULL;
	}
	return &h->parts[h->n++];
}

static size_t
digits_count(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && isdigit((unsigned char)text[n]))
		n++;
	return n;
}

static uint64_t
number_of(const char *text, size_t length)
{
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < length; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	return number;
}

/* LOW-HIGH, `width' digits of LOW. */
static int
range_add(struct hostlist *h, struct part *part, const char *text,
    size_t length, size_t width)
{
	const char *high_text = text + width + 1;
	size_t high_width = length - width - 1;
	uint64_t low, high, i;

	if (width > DIGITS_MAX || high_width > DIGITS_MAX)
		return error_set(h->err,
		    "the range \"%.*s...\" has numbers of "
		    "more than %d digits",
		    shown(length), text, DIGITS_MAX);
	low = number_of(text, width);
	high = number_of(high_text, high_width);
	if (low > high)
		return error_set(h->err, "the range \"%.*s\" runs backwards",
		    (int)length, text);
	if (high - low >= HOSTLIST_MAX)
		return too_many(h);
	if (text[0] != '0')
		width = 1;
	for (i = low; i <= high; i++)
		if (part_add(h, part,
			arena_printf(h->arena, "%0*" PRIu64, (int)width, i)) !=
		    0)
			return -1;
	return 0;
}

/* One of the things between the commas of a bracket. */
static int
item_add(struct hostlist *h, struct part *part, const char *text, size_t length)
{
	size_t width = digits_count(text, length), rest;

	if (length == 0)
		return error_set(h->err, "nothing between two of \"[\", \",\" "
					 "and \"]\"");
	if (memchr(text, '[', length) != NULL)
		return error_set(h->err, "a \"[\" inside of \"[\"");
	if (width > 0 && width < length && text[width] == '-') {
		rest = length - width - 1;
		if (rest == 0 || digits_count(text + width + 1, rest) != rest)
			return error_set(h->err,
			    "\"%.*s\" is not a range such "
			    "as 01-20",
			    shown(length), text);
		return range_add(h, part, text, length, width);
	}
	return part_add(h, part, arena_strndup(h->arena, text, length));
}

static int
literal_add(struct hostlist *h, const char *text, size_t length)
{
	struct part *part;

	if (length == 0)
		return 0;
	if (memchr(text, ']', length) != NULL && *text != '[')
		return error_set(h->err, "a \"]\" without its \"[\"");
	part = part_new(h);
	if (part == NULL)
		return -1;
	return part_add(h, part, arena_strndup(h->arena, text, length));
}

/* The inside of a bracket. */
static int
bracket_add(struct hostlist *h, const char *text, size_t length)
{
	const char *end = text + length, *comma;
	struct part *part = part_new(h);

	if (part == NULL)
		return -1;
	while ((comma = memchr(text, ',', (size_t)(end - text))) != NULL) {
		if (item_add(h, part, text, (size_t)(comma - text)) != 0)
			return -1;
		text = comma + 1;
	}
	return item_add(h, part, text, (size_t)(end - text));
}

static int
parts_parse(struct hostlist *h, const char *text)
{
	const char *open, *close;
	size_t inside;
	int failed;

	while ((open = strchr(text, '[')) != NULL) {
		close = strchr(open, ']');
		if (close == NULL)
			return error_set(h->err, "a \"[\" without its \"]\"");
		inside = (size_t)(close - open) - 1;
		failed = literal_add(h, text, (size_t)(open - text));
		if (failed)
			return -1;
		/* An IPv6 address: no item of a list has a colon. */
		if (memchr(open, ':', inside + 1) != NULL)
			failed = literal_add(h, open, inside + 2);
		else
			failed = bracket_add(h, open + 1, inside);
		if (failed)
			return -1;
		text = close + 1;
	}
	return literal_add(h, text, strlen(text));
}

/* How many names the parts give. */
static int
names_count(struct hostlist *h, size_t *ret)
{
	size_t i, total = 1;

	for (i = 0; i < h->n; i++) {
		total *= h->parts[i].n; /* both are at most HOSTLIST_MAX */
		if (total > HOSTLIST_MAX)
			return too_many(h);
	}
	*ret = total;
	return 0;
}

/* Name number `index': each part is a digit of it, the last the lowest. */
static const char *
name_of(struct hostlist *h, size_t index, struct buffer *scratch)
{
	const char *chosen[PARTS_MAX], *name;
	size_t i;

	for (i = h->n; i > 0; i--) {
		chosen[i - 1] =
		    h->parts[i - 1].items[index % h->parts[i - 1].n];
		index /= h->parts[i - 1].n;
	}
	buffer_clear(scratch);
	for (i = 0; i < h->n; i++)
		buffer_puts(scratch, chosen[i]);
	if (buffer_failed(scratch)) {
		out_of_memory(h);
		return NULL;
	}
	if (name_check("node", buffer_text(scratch), scratch->size, h->err))
		return NULL;
	name = arena_strndup(h->arena, scratch->data, scratch->size);
	if (name == NULL)
		out_of_memory(h);
	return name;
}

static int
names_make(struct hostlist *h, size_t n, const char *const **ret)
{
	struct buffer scratch = BUFFER_INIT;
	const char **names;
	size_t i;

	names = arena_array(h->arena, n, sizeof(*names));
	if (names == NULL)
		return out_of_memory(h);
	for (i = 0; i < n; i++) {
		names[i] = name_of(h, i, &scratch);
		if (names[i] == NULL)
			break;
	}
	buffer_free(&scratch);
	if (i < n)
		return -1;
	*ret = names;
	return 0;
}

int
hostlist_expand(struct arena *arena, const char *text, const char *const **ret,
    size_t *ret_n, struct error *err)
{
	struct hostlist h = { .arena = arena, .err = err };
	size_t n = 0;

	if (parts_parse(&h, text) != 0 || names_count(&h, &n) != 0)
		return error_prefix(err, "\"%.*s%s\"", SHOWN_MAX, text,
		    strlen(text) > SHOWN_MAX ? "..." : "");
	if (names_make(&h, n, ret) != 0)
		return -1;
	*ret_n = n;
	return 0;
}
