#include "networks.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"

#define ALL_BITS 128
/* Before an address of IPv4. */
#define MAPPED_BYTES 12
#define MAPPED_BITS 96

static const uint8_t mapped[MAPPED_BYTES] = { [10] = 0xff, [11] = 0xff };

struct place
place_of_ipv4(const uint8_t bytes[4])
{
	struct place p;

	memcpy(p.bytes, mapped, MAPPED_BYTES);
	memcpy(p.bytes + MAPPED_BYTES, bytes, 4);
	return p;
}

struct place
place_of_socket(const struct sockaddr *from)
{
	struct place p = { { 0 } };

	if (from->sa_family == AF_INET)
		return place_of_ipv4(
		    (const void *)&((const struct sockaddr_in *)from)
			->sin_addr);
	if (from->sa_family == AF_INET6)
		memcpy(p.bytes, &((const struct sockaddr_in6 *)from)->sin6_addr,
		    16);
	return p;
}

bool
place_is_none(const struct place *p)
{
	static const struct place none;

	return memcmp(p->bytes, none.bytes, sizeof(none.bytes)) == 0;
}

void
place_print(const struct place *p, char text[INET6_ADDRSTRLEN])
{
	bool ipv4 = memcmp(p->bytes, mapped, MAPPED_BYTES) == 0;

	inet_ntop(ipv4 ? AF_INET : AF_INET6,
	    p->bytes + (ipv4 ? MAPPED_BYTES : 0), text, INET6_ADDRSTRLEN);
}

static struct place
masked(const struct place *p, unsigned bits)
{
	struct place m = { { 0 } };

	memcpy(m.bytes, p->bytes, bits / 8);
	if (bits % 8 != 0)
		m.bytes[bits / 8] = (uint8_t)(p->bytes[bits / 8] &
					      0xff << (8 - bits % 8));
	return m;
}

/* The smallest networks first. */
static int
compare(const void *left, const void *right)
{
	const struct network *a = left, *b = right;

	if (a->bits != b->bits)
		return a->bits > b->bits ? -1 : 1;
	return memcmp(a->base.bytes, b->base.bytes, sizeof(a->base.bytes));
}

/* The number behind the slash; -1 if it is none up to `max'. */
static int
parse_bits(const char *text, int max)
{
	char *end;
	long bits = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || bits > max)
		return -1;
	return (int)bits;
}

static int
parse(const char *text, struct network *ret, struct error *err)
{
	size_t length = strcspn(text, "/");
	char host[INET6_ADDRSTRLEN];
	uint8_t ipv4[4];
	int bits;

	if (length >= sizeof(host))
		goto wrong;
	memcpy(host, text, length);
	host[length] = '\0';
	if (inet_pton(AF_INET, host, ipv4) == 1) {
		ret->base = place_of_ipv4(ipv4);
		bits = text[length] == '\0' ? 32
					    : parse_bits(text + length + 1, 32);
		ret->bits = (unsigned)bits + MAPPED_BITS;
	} else if (inet_pton(AF_INET6, host, ret->base.bytes) == 1) {
		bits = text[length] == '\0'
			   ? ALL_BITS
			   : parse_bits(text + length + 1, ALL_BITS);
		ret->bits = (unsigned)bits;
	} else {
		goto wrong;
	}
	if (bits < 0)
		goto wrong;
	ret->base = masked(&ret->base, ret->bits);
	return 0;
wrong:
	return error_set(err,
	    "\"%s\" is no address or network such as 10.1.2.3, "
	    "10.1.0.0/16 or 2001:db8::/32",
	    text);
}

int
networks_add(
    struct networks *t, const char *text, const char *name, struct error *err)
{
	struct network fresh = { .name = name };
	struct network *items;
	size_t i = 0;

	if (parse(text, &fresh, err) != 0)
		return -1;
	while (i < t->n && compare(&t->items[i], &fresh) < 0)
		i++;
	if (i < t->n && compare(&t->items[i], &fresh) == 0)
		return error_set(err, "\"%s\" is there twice", text);
	items = reallocarray(t->items, t->n + 1, sizeof(*items));
	if (items == NULL)
		return error_set(err, "out of memory");
	memmove(items + i + 1, items + i, (t->n - i) * sizeof(*items));
	items[i] = fresh;
	t->items = items;
	t->n++;
	return 0;
}

/* One search for each length that there is, the longest first. */
const char *
networks_find(const struct networks *t, const struct place *p)
{
	size_t begin, end;

	for (begin = 0; begin < t->n; begin = end) {
		struct network key = { .bits = t->items[begin].bits };
		const struct network *found;
		size_t low = begin, high = t->n;

		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (t->items[middle].bits == key.bits)
				low = middle + 1;
			else
				high = middle;
		}
		end = low;
		key.base = masked(p, key.bits);
		found = bsearch(
		    &key, t->items + begin, end - begin, sizeof(key), compare);
		if (found != NULL)
			return found->name;
	}
	return NULL;
}

void
networks_free(struct networks *t)
{
	free(t->items);
	*t = (struct networks){ .n = 0 };
}

int
networks_read(struct networks *ret, struct farm_host *host, const char *option,
    const struct farm_list *list)
{
	struct error err;
	int status = 0;

	for (size_t i = 0; i < list->n; i++)
		if (networks_add(ret, list->items[i], "", &err) != 0)
			status = farm_fail(
			    host, "%s[%zu]: %s", option, i, err.text);
	return status;
}

int
networks_read_names(struct networks *ret, struct farm_host *host,
    const char *option, const struct farm_map *map)
{
	struct error err;
	int status = 0;

	for (size_t i = 0; i < map->n; i++) {
		const struct farm_pair *pair = &map->pairs[i];

		if (name_check(
			"node", pair->value, strlen(pair->value), &err) != 0 ||
		    networks_add(ret, pair->key, pair->value, &err) != 0)
			status = farm_fail(
			    host, "%s[%zu]: %s", option, i, err.text);
	}
	return status;
}
