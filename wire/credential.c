#include "credential.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arena.h"
#include "option.h"
#include "yaml.h"

/* One set as it is written; the enums are in the order of those in usm.h. */
struct written {
	int version;
	int auth;
	int priv;
	const char *community;
	const char *user;
	const char *auth_password;
	const char *priv_password;
	const char *context;
	const char *engine_id;
	const char *context_engine_id;
};

static const int versions[] = { SNMP_V1, SNMP_V2C, SNMP_V3 };

static const struct farm_option options[] = { FARM_OPTION_ENUM("version",
						  struct written, version, "2c",
						  "1|2c|3", "version of SNMP"),
	FARM_OPTION_SECRET(
	    "community", struct written, community, "of v1 and v2c"),
	FARM_OPTION_STRING("user", struct written, user, "", "of v3"),
	FARM_OPTION_ENUM("auth", struct written, auth, "none",
	    "none|md5|sha1|sha224|sha256|sha384|sha512", "authentication"),
	FARM_OPTION_SECRET(
	    "auth_password", struct written, auth_password, "at least 8 bytes"),
	FARM_OPTION_ENUM("priv", struct written, priv, "none",
	    "none|des|aes128|aes192|aes256|aes192c|aes256c", "encryption"),
	FARM_OPTION_SECRET(
	    "priv_password", struct written, priv_password, "at least 8 bytes"),
	FARM_OPTION_STRING("context", struct written, context, "", "of v3"),
	FARM_OPTION_STRING("engine_id", struct written, engine_id, "",
	    "of the sender of traps, in hexadecimal"),
	FARM_OPTION_STRING("context_engine_id", struct written,
	    context_engine_id, "", "if not the agent's own"),
	FARM_OPTION_END };
static const struct option_table table = { options, sizeof(options[0]) };

static void
wipe(const char *secret)
{
	if (secret != NULL)
		explicit_bzero((char *)secret, strlen(secret));
}

static void
credential_free(struct credential *c)
{
	wipe(c->community);
	explicit_bzero(&c->keys, sizeof(c->keys));
	free((char *)c->label);
	free((char *)c->community);
	free((char *)c->user);
	free((char *)c->context);
	free((uint8_t *)c->context_engine_id.data);
	free((uint8_t *)c->engine_id.data);
}

void
credentials_free(struct credentials *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		credential_free(&list->items[i]);
	free(list->items);
	*list = (struct credentials){ .items = NULL };
}

/* One more, which it owns then; -1 and freed if memory is out. */
static int
add(struct credentials *list, struct credential *c)
{
	static const char *const names[] = { "v1", "v2c" };
	struct credential *items = NULL;
	char *label;
	int n;

	n = c->version == SNMP_V3
		? asprintf(&label, "user %s", c->user)
		: asprintf(&label, "%s #%zu", names[c->version], list->n + 1);
	c->label = n < 0 ? NULL : label;
	if (c->label != NULL)
		items = malloc((list->n + 1) * sizeof(*items));
	if (items == NULL) {
		credential_free(c);
		return -1;
	}
	/* Not realloc(): it would leave keys behind. */
	if (list->n > 0) {
		memcpy(items, list->items, list->n * sizeof(*items));
		explicit_bzero(list->items, list->n * sizeof(*items));
	}
	free(list->items);
	list->items = items;
	items[list->n++] = *c;
	return 0;
}

int
credentials_add_community(
    struct credentials *list, const char *community, int version)
{
	struct credential c = { .version = version };

	if (list->n >= CREDENTIALS_MAX)
		return -1;
	c.community = strdup(community);
	return c.community == NULL ? -1 : add(list, &c);
}

/* ---------------------------------------------------- configuration ------- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "80001f8804...", also with 0x in front; 0 bytes of what is no such thing. */
static size_t
hex_bytes(const char *text, uint8_t *to, size_t max)
{
	size_t n;
	int high, low;

	if (strncasecmp(text, "0x", 2) == 0)
		text += 2;
	for (n = 0; *text != '\0'; text += 2) {
		high = hex_digit(text[0]);
		low = high < 0 ? -1 : hex_digit(text[1]);
		if (low < 0 || n == max)
			return 0;
		to[n++] = (uint8_t)(high << 4 | low);
	}
	return n;
}

static int
parse_engine_id(struct ber_bytes *ret, const char *key, const char *text,
    const struct farm_tree *tree, struct problems *problems)
{
	uint8_t bytes[USM_ENGINE_MAX], *copy;
	struct ber_bytes id = { bytes, 0 };

	if (*text == '\0')
		return 0;
	id.size = hex_bytes(text, bytes, sizeof(bytes));
	if (!usm_engine_id_valid(id))
		return problem_at(problems, tree_get(tree, key),
		    "\"%s\" must be 5 to 32 bytes in hexadecimal, not \"%s\"",
		    key, text);
	copy = malloc(id.size);
	if (copy == NULL)
		return problem_at(problems, tree, "out of memory");
	memcpy(copy, bytes, id.size);
	*ret = (struct ber_bytes){ copy, id.size };
	return 0;
}

/* A key that has no meaning in this set. */
static int
check_absent(const struct farm_tree *tree, const char *const *keys,
    const char *why, struct problems *problems)
{
	const struct farm_tree *found;
	int result = 0;

	for (; *keys != NULL; keys++) {
		found = tree_get(tree, *keys);
		if (found != NULL)
			result = problem_at(
			    problems, found, "\"%s\" %s", *keys, why);
	}
	return result;
}

static int
parse_community(struct credential *c, const struct written *w,
    const struct farm_tree *tree, struct problems *problems)
{
	static const char *const of_v3[] = { "auth", "auth_password", "priv",
		"priv_password", "context", "engine_id", "context_engine_id",
		NULL };

	if (check_absent(tree, of_v3, "is of v3 and needs \"user\"", problems))
		return -1;
	c->version = versions[w->version];
	if (c->version == SNMP_V3)
		return problem_at(problems, tree_get(tree, "version"),
		    "version 3 needs \"user\", not \"community\"");
	if (*w->community == '\0')
		return problem_at(problems, tree_get(tree, "community"),
		    "\"community\" is empty");
	c->community = strdup(w->community);
	if (c->community == NULL)
		return problem_at(problems, tree, "out of memory");
	return 0;
}

/* A protocol needs its password, and none goes without the other. */
static int
check_password(int protocol, const char *password, const char *key,
    const struct farm_tree *tree, struct problems *problems)
{
	if (protocol != 0 && password == NULL)
		return problem_at(problems, tree_get(tree, key),
		    "\"%s\" needs \"%s_password\"", key, key);
	if (protocol == 0 && password != NULL)
		return problem_at(
		    problems, tree, "\"%s_password\" needs \"%s\"", key, key);
	return 0;
}

static int
check_user(const struct written *w, const struct farm_tree *tree,
    struct problems *problems)
{
	size_t length = strlen(w->user);
	int result = 0;

	if (length > USM_NAME_MAX)
		result = problem_at(problems, tree_get(tree, "user"),
		    "the user \"%s\" is %zu bytes long; at most %d fit",
		    w->user, length, USM_NAME_MAX);
	if (tree_get(tree, "version") != NULL &&
	    versions[w->version] != SNMP_V3)
		result = problem_at(problems, tree_get(tree, "version"),
		    "a user is of version 3");
	if (check_password(w->auth, w->auth_password, "auth", tree, problems) !=
		0 ||
	    check_password(w->priv, w->priv_password, "priv", tree, problems) !=
		0)
		return -1;
	if (w->priv != USM_NO_PRIV && w->auth == USM_NO_AUTH)
		return problem_at(problems, tree_get(tree, "priv"),
		    "\"priv\" needs \"auth\", too");
	return result;
}

static int
parse_user(struct credential *c, const struct written *w,
    const struct farm_tree *tree, struct problems *problems)
{
	struct error err;

	if (check_user(w, tree, problems) != 0 ||
	    parse_engine_id(&c->engine_id, "engine_id", w->engine_id, tree,
		problems) != 0 ||
	    parse_engine_id(&c->context_engine_id, "context_engine_id",
		w->context_engine_id, tree, problems) != 0)
		return -1;
	c->version = SNMP_V3;
	c->flags = (uint8_t)((w->auth != USM_NO_AUTH ? SNMP_AUTH : 0) |
			     (w->priv != USM_NO_PRIV ? SNMP_PRIV : 0));
	c->user = strdup(w->user);
	c->context = strdup(w->context);
	if (c->user == NULL || c->context == NULL)
		return problem_at(problems, tree, "out of memory");
	if (usm_user_init(&c->keys, (enum usm_auth)w->auth, w->auth_password,
		(enum usm_priv)w->priv, w->priv_password, &err) != 0)
		return problem_at(
		    problems, tree, "user \"%s\": %s", w->user, err.text);
	return 0;
}

static int
parse_written(struct credential *c, const struct written *w,
    const struct farm_tree *tree, struct problems *problems)
{
	if (w->community != NULL && *w->user != '\0')
		return problem_at(problems, tree,
		    "\"community\" and \"user\" are two sets, not one");
	if (w->community != NULL)
		return parse_community(c, w, tree, problems);
	if (*w->user != '\0')
		return parse_user(c, w, tree, problems);
	return problem_at(problems, tree, "needs \"community\" or \"user\"");
}

static int
parse_one(struct credentials *list, const struct farm_tree *tree,
    struct arena *arena, struct problems *problems)
{
	struct credential c = { .version = SNMP_V2C };
	struct written w = { .version = 0 };
	int result = -1;

	if (tree->kind != FARM_MAPPING)
		return problem_at(problems, tree,
		    "credentials are a mapping such as {community: "
		    "file:PATH}, not %s",
		    tree_kind_name(tree));
	if (options_parse(table, tree, NULL, &w, arena, problems) == 0)
		result = parse_written(&c, &w, tree, problems);
	wipe(w.community);
	wipe(w.auth_password);
	wipe(w.priv_password);
	if (result == 0 && add(list, &c) != 0)
		return problem_at(problems, tree, "out of memory");
	if (result != 0)
		credential_free(&c);
	explicit_bzero(&c, sizeof(c));
	return result;
}

int
credentials_parse(struct credentials *ret, const struct farm_tree *tree,
    struct problems *problems)
{
	const struct farm_tree *const *items;
	struct arena *arena;
	size_t i, n;
	int result = 0;

	*ret = (struct credentials){ .items = NULL };
	if (tree == NULL)
		return 0;
	n = tree->kind == FARM_SEQUENCE ? tree->n_children : 1;
	items = tree->kind == FARM_SEQUENCE ? tree->children : &tree;
	if (n > CREDENTIALS_MAX)
		return problem_at(problems, tree,
		    "%zu sets of credentials are too many; at most %d", n,
		    CREDENTIALS_MAX);
	arena = arena_new(0);
	if (arena == NULL)
		return problem_at(problems, tree, "out of memory");
	for (i = 0; i < n; i++)
		if (parse_one(ret, items[i], arena, problems) != 0)
			result = -1;
	arena_free(arena);
	return result;
}
