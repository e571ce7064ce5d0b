/*
 * mariadb_url.c - a URL taken apart.
 */
#include "mariadb_url.h"

#include <stdlib.h>
#include <string.h>

#define SCHEME "mariadb://"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A copy with each %XX as its byte; NULL if there is a bad or zero one. */
static char *
decode(const char *text, size_t length)
{
	char *copy = malloc(length + 1), *to = copy;
	int high, low;

	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '%') {
			*to++ = text[i];
			continue;
		}
		high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
		low = i + 2 < length ? hex_digit(text[i + 2]) : -1;
		if (high < 0 || low < 0 || high + low == 0) {
			free(copy);
			return NULL;
		}
		*to++ = (char)(high * 16 + low);
		i += 2;
	}
	*to = '\0';
	return copy;
}

static int
parse_user(struct mariadb_url *u, const char *text, size_t length)
{
	const char *colon = memchr(text, ':', length);
	size_t user = colon == NULL ? length : (size_t)(colon - text);

	u->user = decode(text, user);
	if (colon != NULL) {
		u->password = decode(colon + 1, length - user - 1);
		if (u->password == NULL)
			return -1;
	}
	return u->user == NULL ? -1 : 0;
}

static int
parse_port(struct mariadb_url *u, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		u->port = u->port * 10 + (uint32_t)(text[i] - '0');
		if (u->port > 65535)
			return -1;
	}
	return u->port == 0 ? -1 : 0;
}

/* A host in brackets is an IPv6 address. */
static int
parse_host(struct mariadb_url *u, const char *text, size_t length)
{
	const char *end = text + length, *host_end;

	if (length > 0 && text[0] == '[') {
		text++;
		host_end = memchr(text, ']', (size_t)(end - text));
		if (host_end == NULL)
			return -1;
		u->host = decode(text, (size_t)(host_end - text));
		host_end++;
	} else {
		host_end = memchr(text, ':', length);
		if (host_end == NULL)
			host_end = end;
		u->host = decode(text, (size_t)(host_end - text));
	}
	if (u->host == NULL)
		return -1;
	if (host_end == end)
		return 0;
	if (*host_end != ':')
		return -1;
	return parse_port(u, host_end + 1, (size_t)(end - host_end) - 1);
}

static int
parse_setting(struct mariadb_url *u, const char *text, size_t length)
{
	static const char socket[] = "socket=", ssl_ca[] = "ssl_ca=";
	const size_t n = sizeof(socket) - 1; /* both are as long */
	char **field;

	if (length > n && strncmp(text, socket, n) == 0)
		field = &u->socket;
	else if (length > n && strncmp(text, ssl_ca, n) == 0)
		field = &u->ssl_ca;
	else
		return -1;
	free(*field);
	*field = decode(text + n, length - n);
	return *field == NULL ? -1 : 0;
}

static int
parse_settings(struct mariadb_url *u, const char *text)
{
	size_t length;

	for (;;) {
		length = strcspn(text, "&");
		if (parse_setting(u, text, length) != 0)
			return -1;
		if (text[length] == '\0')
			return 0;
		text += length + 1;
	}
}

static int
parse(struct mariadb_url *u, const char *url)
{
	const char *authority, *slash, *at, *query;

	if (strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return -1;
	authority = url + strlen(SCHEME);
	slash = strchr(authority, '/');
	if (slash == NULL)
		return -1;
	at = memchr(authority, '@', (size_t)(slash - authority));
	if (at == NULL ||
	    parse_user(u, authority, (size_t)(at - authority)) != 0 ||
	    parse_host(u, at + 1, (size_t)(slash - at) - 1) != 0)
		return -1;
	query = slash + 1 + strcspn(slash + 1, "?");
	u->database = decode(slash + 1, (size_t)(query - slash) - 1);
	if (u->database == NULL || u->database[0] == '\0')
		return -1;
	return *query == '\0' ? 0 : parse_settings(u, query + 1);
}

int
mariadb_url_parse(struct mariadb_url *ret, const char *url)
{
	struct mariadb_url u = { .user = NULL };

	if (parse(&u, url) != 0) {
		mariadb_url_free(&u);
		return -1;
	}
	*ret = u;
	return 0;
}

void
mariadb_url_free(struct mariadb_url *u)
{
	free(u->user);
	free(u->password);
	free(u->host);
	free(u->database);
	free(u->socket);
	free(u->ssl_ca);
}
