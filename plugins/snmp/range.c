#include "range.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "hostlist.h"

/* Of a prefix: its addresses, before some are left out. */
#define RANGE_BITS 16

/* All four numbers of IPv4: "127.1" is too short for a range to be sure. */
static bool
numeric(const char *text, union address *ret)
{
	union address a = { .any.sa_family = AF_INET };

	if (inet_pton(AF_INET, text, &a.ipv4.sin_addr) != 1) {
		a.ipv6 = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
		if (inet_pton(AF_INET6, text, &a.ipv6.sin6_addr) != 1)
			return false;
	}
	*ret = a;
	return true;
}

static int
grow(struct range *r, size_t n, const char *text, struct error *err)
{
	void *p;

	if (n > RANGE_MAX - r->n)
		return error_set(
		    err, "%s: more than %d addresses", text, RANGE_MAX);
	p = reallocarray(r->addresses, r->n + n, sizeof(*r->addresses));
	if (p == NULL)
		return error_set(err, "out of memory");
	r->addresses = p;
	return 0;
}

/* The number behind the slash; -1: it is none of a prefix. */
static int
prefix_length(const char *text, int most)
{
	char *end;
	long bits;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	bits = strtol(text, &end, 10);
	return *end == '\0' && bits <= most ? (int)bits : -1;
}

/* The first and the last address of a network are nobody's. */
static void
add_ipv4(struct range *r, union address a, uint32_t n)
{
	uint32_t first = ntohl(a.ipv4.sin_addr.s_addr) & ~(n - 1);

	if (n > 2) {
		first++;
		n -= 2;
	}
	for (; n > 0; n--) {
		a.ipv4.sin_addr.s_addr = htonl(first++);
		r->addresses[r->n++] = a;
	}
}

/* The first address of a network is any of its routers (RFC 4291 2.6.1). */
static void
add_ipv6(struct range *r, union address a, uint32_t n)
{
	uint8_t *end = &a.ipv6.sin6_addr.s6_addr[12];
	uint32_t last, first;

	memcpy(&last, end, sizeof(last));
	first = ntohl(last) & ~(n - 1);
	if (n > 2) {
		first++;
		n--;
	}
	for (; n > 0; n--) {
		last = htonl(first++);
		memcpy(end, &last, sizeof(last));
		r->addresses[r->n++] = a;
	}
}

static int
add_prefix(struct range *r, const char *text, struct error *err)
{
	const char *slash = strchr(text, '/');
	char network[INET6_ADDRSTRLEN] = "";
	size_t length = (size_t)(slash - text);
	int bits, most;
	union address a;
	uint32_t n;

	if (length < sizeof(network))
		memcpy(network, text, length);
	if (!numeric(network, &a))
		return error_set(err, "\"%s\" is no range of addresses", text);
	most = a.any.sa_family == AF_INET ? 32 : 128;
	bits = prefix_length(slash + 1, most);
	if (bits < 0)
		return error_set(err, "\"%s\" is no range of addresses", text);
	if (most - bits > RANGE_BITS)
		return error_set(
		    err, "%s: more than %d addresses", text, RANGE_MAX);
	n = UINT32_C(1) << (most - bits);
	if (grow(r, n, text, err) != 0)
		return -1;
	if (most == 32)
		add_ipv4(r, a, n);
	else
		add_ipv6(r, a, n);
	return 0;
}

static int
add_names(
    struct range *r, struct arena *arena, const char *text, struct error *err)
{
	const char *const *names;
	size_t i, n;

	if (hostlist_expand(arena, text, &names, &n, err) != 0 ||
	    grow(r, n, text, err) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (!numeric(names[i], &r->addresses[r->n]))
			return error_set(
			    err, "\"%s\" is no numeric address", names[i]);
		r->n++;
	}
	return 0;
}

int
range_parse(struct range *ret, const struct farm_list *texts, struct error *err)
{
	struct arena *arena = arena_new(0);
	int result = 0;
	size_t i;

	*ret = (struct range){ .addresses = NULL };
	if (arena == NULL)
		return error_set(err, "out of memory");
	for (i = 0; result == 0 && i < texts->n; i++)
		result = strchr(texts->items[i], '/') != NULL
			     ? add_prefix(ret, texts->items[i], err)
			     : add_names(ret, arena, texts->items[i], err);
	arena_free(arena);
	if (result == 0 && ret->n == 0)
		return error_set(err, "no range is given");
	return result;
}

void
range_free(struct range *r)
{
	free(r->addresses);
	r->addresses = NULL;
}
