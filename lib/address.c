#include "option.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "name.h"

/* Longer than any name of DNS (RFC 1035, 2.3.4) or numeric form. */
#define HOST_MAX 255
/* Digits of 65535. */
#define PORT_DIGITS 5

static int
malformed(struct error *err, const char *text)
{
	return error_set(err,
	    "\"%s\" is not an address such as host:8649, "
	    "[::1]:162 or unix:/run/x",
	    text);
}

static bool
is_ipv6(const char *text, size_t length)
{
	char plain[INET6_ADDRSTRLEN];
	struct in6_addr ignored;
	const char *zone = memchr(text, '%', length);

	if (zone != NULL)
		length = (size_t)(zone - text);
	if (length >= sizeof(plain))
		return false;
	memcpy(plain, text, length);
	plain[length] = '\0';
	return inet_pton(AF_INET6, plain, &ignored) == 1;
}

/* A name or number without anything that belongs to another part. */
static bool
is_host(const char *text, size_t length)
{
	size_t i;

	if (length > HOST_MAX || !utf8_valid(text, length))
		return false;
	for (i = 0; i < length; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f ||
		    strchr("[]/:,@\"'\\", text[i]) != NULL)
			return false;
	return true;
}

static bool
port_of(const char *text, uint32_t *ret)
{
	size_t n = strlen(text), i;
	uint32_t port = 0;

	if (n == 0 || n > PORT_DIGITS)
		return false;
	for (i = 0; i < n; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		port = port * 10 + (uint32_t)(text[i] - '0');
	}
	if (port > UINT16_MAX)
		return false;
	*ret = port;
	return true;
}

/* The length of the scheme before "://"; 0 if there is none. */
static size_t
scheme_length(const char *text)
{
	size_t n = 0;

	if (!isalpha((unsigned char)*text))
		return 0;
	while (isalnum((unsigned char)text[n]) ||
	       (text[n] != '\0' && strchr("+-.", text[n]) != NULL))
		n++;
	return strncmp(text + n, "://", 3) == 0 ? n : 0;
}

/* Where the host ends in HOST[:PORT], and what to take for it. */
struct host {
	const char *text;
	size_t length;
	const char *port; /* NULL: none */
};

static bool
host_split(const char *s, struct host *ret)
{
	struct host h = { s, strcspn(s, ":"), NULL };
	const char *end = strchr(s, ']');

	if (*s == '[') {
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		h.text = s + 1;
		h.length = (size_t)(end - h.text);
		h.port = end[1] == ':' ? end + 2 : NULL;
		*ret = h;
		return is_ipv6(h.text, h.length);
	}
	if (is_ipv6(s, strlen(s))) {
		h.length = strlen(s);
	} else if (*s != '\0' && s[strspn(s, "0123456789")] == '\0') {
		h.length = 0;
		h.port = s;
	} else {
		h.port = s[h.length] == ':' ? s + h.length + 1 : NULL;
		if (!is_host(s, h.length))
			return false;
	}
	if (h.length == 0 && h.port == NULL)
		return false;
	if (h.length == 1 && *s == '*')
		h.length = 0;
	*ret = h;
	return true;
}

/* The path of a Unix socket, and its scheme; NULL if it is none.  unix:///run/x
   is the same as unix:/run/x. */
static const char *
unix_path(const char *text, const char **ret_scheme)
{
	static const char *const schemes[] = { "unix", "unixgram" };

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(schemes[i]);

		if (strncmp(text, schemes[i], n) != 0 ||
		    strncmp(text + n, ":/", 2) != 0)
			continue;
		*ret_scheme = schemes[i];
		text += n + 1;
		return strncmp(text, "///", 3) == 0 ? text + 2 : text;
	}
	return NULL;
}

int
address_parse(struct arena *arena, const char *text, struct farm_address *ret,
    struct error *err)
{
	struct farm_address a = { .scheme = "", .host = "", .path = "" };
	size_t n = scheme_length(text);
	const char *path = unix_path(text, &a.scheme);
	struct host host = { 0 };

	a.text = arena_strdup(arena, text);
	if (path != NULL) {
		a.path = arena_strdup(arena, path);
	} else {
		if (!host_split(text + (n == 0 ? 0 : n + 3), &host))
			return malformed(err, text);
		if (host.port != NULL && !port_of(host.port, &a.port))
			return error_set(err,
			    "the port \"%s\" of \"%s\" is "
			    "not 0 to 65535",
			    host.port, text);
		a.scheme = arena_strndup(arena, text, n);
		a.host = arena_strndup(arena, host.text, host.length);
	}
	if (a.text == NULL || a.scheme == NULL || a.host == NULL ||
	    a.path == NULL)
		return error_set(err, "out of memory");
	*ret = a;
	return 0;
}
