/* `http:', the TCP door: an address alone, or a mapping. */
#include "config_build.h"

#include <arpa/inet.h>
#include <string.h>

#include "option.h"
#include "yaml.h"

const struct farm_tree *
config_http_tree(struct config_build *b)
{
	const struct farm_tree *tree = tree_get(b->root, "http");
	struct arena *arena = b->config->arena;
	struct farm_tree *address, *whole;
	const struct farm_tree **children;

	if (tree == NULL || tree->kind != FARM_SCALAR)
		return tree;
	address = arena_copy(arena, tree, 1, sizeof(*tree));
	whole = arena_copy(arena, tree, 1, sizeof(*tree));
	children = arena_array(arena, 1, sizeof(*children));
	if (address == NULL || whole == NULL || children == NULL) {
		problem_at(b->problems, tree, "out of memory");
		return NULL;
	}
	address->key = "address";
	children[0] = address;
	whole->kind = FARM_MAPPING;
	whole->children = children;
	whole->n_children = 1;
	return whole;
}

static bool
is_loopback(const char *host)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcmp(host, "localhost") == 0;
}

static void
build_tls(struct config_build *b)
{
	struct http_config *h = &b->config->http;

	if (h->tls_tree == NULL)
		return;
	if (h->tls_tree->kind != FARM_MAPPING)
		problem_at(b->problems, h->tls_tree,
		    "\"tls\" is a mapping of files, not %s",
		    tree_kind_name(h->tls_tree));
	else
		(void)options_parse(
		    (struct option_table){ .first = tls_options }, h->tls_tree,
		    NULL, &h->tls, b->config->arena, b->problems);
}

void
config_build_http(struct config_build *b)
{
	const struct http_config *h = &b->config->http;

	build_tls(b);
	if (h->address.text == NULL || h->address.text[0] == '\0' ||
	    h->insecure || is_loopback(h->address.host) ||
	    (h->tls_tree != NULL && tree_get(b->root, "access") != NULL))
		return;
	problem_at(b->problems, tree_get(b->root, "http"),
	    "\"http\": %s can be reached from elsewhere: that takes \"tls\" "
	    "and \"access\", or \"insecure: true\"",
	    h->address.text);
}
