#include "place.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "option.h"

void
place_set_port(union address *a, int family, uint16_t port)
{
	if (family == AF_INET)
		a->ipv4.sin_port = htons(port);
	else
		a->ipv6.sin6_port = htons(port);
}

static int
parse_host(struct place *p, const char *text, uint16_t port)
{
	struct farm_address parsed;
	struct arena *arena = arena_new(0);
	int result = -1;

	if (arena != NULL && address_parse(arena, text, &parsed, NULL) == 0 &&
	    parsed.host[0] != '\0') {
		p->port = parsed.port != 0 ? (uint16_t)parsed.port : port;
		p->family = resolve_numeric(parsed.host, &p->address);
		if (p->family == 0)
			p->host = strdup(parsed.host);
		result = p->family != 0 || p->host != NULL ? 0 : -1;
	}
	arena_free(arena);
	return result;
}

int
place_parse(struct place *ret, const char *text, uint16_t port)
{
	struct place p = { .port = port };

	p.family = resolve_numeric(text, &p.address);
	if (p.family == 0 && parse_host(&p, text, port) != 0)
		return -1;
	if (p.family != 0)
		place_set_port(&p.address, p.family, p.port);
	*ret = p;
	return 0;
}

void
place_free(struct place *p)
{
	free(p->host);
	p->host = NULL;
}
