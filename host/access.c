#include "access_private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

#define ALL_MODES ((1u << ACCESS_MODES) - 1)
#define READ_MODES (ALL_MODES & ~(1u << ACCESS_FILTER) & ~(1u << ACCESS_ADMIN))

struct access_who {
	atomic_uint users;
	struct access *policy;            /* NULL: there is none */
	const struct access_class *class; /* NULL: see `modes' */
	unsigned modes;                   /* of all series, a bit each */
	char *name;
};

const char *
access_mode_name(enum access_mode mode)
{
	static const char *const names[] = { "latest", "live", "summary",
		"history", "filter", "admin" };

	return names[mode];
}

struct access *
access_ref(struct access *a)
{
	if (a != NULL)
		atomic_fetch_add(&a->users, 1);
	return a;
}

static void
free_class(struct access_class *c)
{
	int mode;

	for (mode = 0; mode < ACCESS_MODES; mode++)
		matcher_free(c->may[mode]);
	while (c->n_subjects > 0)
		pattern_free(c->subjects[--c->n_subjects]);
}

void
access_unref(struct access *a)
{
	if (a == NULL || atomic_fetch_sub(&a->users, 1) > 1)
		return;
	while (a->n_classes > 0)
		free_class(&a->classes[--a->n_classes]);
	arena_free(a->arena);
	free(a);
}

/* --- who it is --- */

bool
access_address(const struct sockaddr *address, uint8_t ret[16])
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	memset(ret, 0, 16);
	if (address->sa_family == AF_INET6) {
		memcpy(ret, &v6->sin6_addr, 16);
		return true;
	}
	if (address->sa_family != AF_INET)
		return false;
	ret[10] = ret[11] = 0xff;
	memcpy(ret + 12, &v4->sin_addr, 4);
	return true;
}

static bool
has_token(const struct access_class *c, const struct token_digest *digest)
{
	size_t i;

	for (i = 0; i < c->n_tokens; i++)
		if (token_equal(&c->tokens[i], digest))
			return true;
	return false;
}

static bool
has_subject(const struct access_class *c, const char *subject)
{
	size_t i;

	for (i = 0; i < c->n_subjects; i++)
		if (pattern_match(c->subjects[i], subject, strlen(subject)))
			return true;
	return false;
}

static bool
has_user(const struct access_class *c, uid_t uid)
{
	size_t i;

	for (i = 0; i < c->n_users; i++)
		if (c->users[i] == uid)
			return true;
	return c->any_user;
}

static bool
in_block(const struct access_block *block, const uint8_t *address)
{
	unsigned whole = block->bits / 8;
	unsigned rest = block->bits % 8;

	if (memcmp(block->bytes, address, whole) != 0)
		return false;
	return rest == 0 ||
	       (block->bytes[whole] ^ address[whole]) >> (8 - rest) == 0;
}

static bool
has_address(const struct access_class *c, const uint8_t *address)
{
	size_t i;

	for (i = 0; i < c->n_blocks; i++)
		if (in_block(&c->blocks[i], address))
			return true;
	return false;
}

/* What of a caller decides on its class. */
struct identity {
	const struct access_caller *caller;
	struct token_digest digest; /* of its token */
	uint8_t address[16];
	bool known_address;
};

static bool
is_in(const struct access_class *c, const struct identity *i)
{
	if (i->caller->token != NULL)
		return has_token(c, &i->digest);
	if (i->caller->subject != NULL)
		return has_subject(c, i->caller->subject);
	if (i->caller->local)
		return has_user(c, i->caller->uid);
	return i->known_address && has_address(c, i->address);
}

static int
classify(struct access_who *who, const struct access_caller *caller,
    struct error *err)
{
	struct identity identity = { .caller = caller };
	size_t i;

	if (caller->token != NULL &&
	    token_digest(caller->token, &identity.digest) < 0)
		return error_set(err, "the token cannot be looked at");
	if (caller->address != NULL)
		identity.known_address = access_address(
		    caller->address, identity.address);
	for (i = 0; i < who->policy->n_classes && who->class == NULL; i++)
		if (is_in(&who->policy->classes[i], &identity))
			who->class = &who->policy->classes[i];
	if (who->class == NULL && caller->token != NULL)
		return error_set(err, "nobody has this token");
	return 0;
}

/* Without a class: by the door alone. */
static unsigned
modes_of(const struct access_who *who, const struct access_caller *caller)
{
	if (who->class != NULL)
		return 0;
	if (who->policy == NULL)
		return caller->local ? ALL_MODES : READ_MODES;
	/* They could replace the daemon and its configuration, too. */
	if (caller->local && (caller->uid == 0 || caller->uid == geteuid()))
		return ALL_MODES;
	return 0;
}

static void
put_address(struct buffer *b, const struct sockaddr *address)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t bytes[16];

	if (address == NULL || !access_address(address, bytes))
		return;
	if (memcmp(bytes, mapped, sizeof(mapped)) == 0)
		(void)inet_ntop(AF_INET, bytes + 12, text, sizeof(text));
	else
		(void)inet_ntop(AF_INET6, bytes, text, sizeof(text));
	buffer_puts(b, text);
}

static void
put_caller(struct buffer *b, const struct access_who *who,
    const struct access_caller *caller)
{
	if (caller->local) {
		buffer_printf(b, "uid %u (pid %d)", (unsigned)caller->uid,
		    (int)caller->pid);
		return;
	}
	if (who->class != NULL)
		buffer_puts(b, who->class->name);
	else
		buffer_puts(b, who->policy == NULL ? "somebody" : "nobody");
	buffer_puts(b, " (");
	if (caller->token != NULL)
		buffer_puts(b, "token, ");
	else if (caller->subject != NULL)
		buffer_printf(b, "%s, ", caller->subject);
	put_address(b, caller->address);
	buffer_putc(b, ')');
}

struct access_who *
access_identify(struct access *policy, const struct access_caller *caller,
    struct error *err)
{
	struct access_who *who = calloc(1, sizeof(*who));
	struct buffer name = BUFFER_INIT;

	if (who == NULL) {
		error_set(err, "out of memory");
		return NULL;
	}
	atomic_init(&who->users, 1);
	who->policy = access_ref(policy);
	if (policy != NULL && classify(who, caller, err) < 0) {
		access_who_free(who);
		return NULL;
	}
	who->modes = modes_of(who, caller);
	put_caller(&name, who, caller);
	who->name = buffer_take(&name, NULL);
	if (who->name != NULL)
		return who;
	access_who_free(who);
	error_set(err, "out of memory");
	return NULL;
}

struct access_who *
access_who_ref(struct access_who *who)
{
	if (who != NULL)
		atomic_fetch_add(&who->users, 1);
	return who;
}

void
access_who_free(struct access_who *who)
{
	if (who == NULL || atomic_fetch_sub(&who->users, 1) > 1)
		return;
	access_unref(who->policy);
	free(who->name);
	free(who);
}

const char *
access_who_name(const struct access_who *who)
{
	return who != NULL ? who->name : "farmd";
}

const char *
access_who_class(const struct access_who *who)
{
	return who != NULL && who->class != NULL ? who->class->name : "";
}

bool
access_has_policy(const struct access_who *who)
{
	return who != NULL && who->policy != NULL;
}

/* --- what it may --- */

bool
access_may_all(const struct access_who *who, enum access_mode mode)
{
	if (who == NULL || (who->modes >> mode & 1) != 0)
		return true;
	return who->class != NULL && who->class->all[mode];
}

bool
access_may_some(const struct access_who *who, enum access_mode mode)
{
	return access_may_all(who, mode) ||
	       (who->class != NULL && who->class->may[mode] != NULL);
}

bool
access_may(const struct access_who *who, enum access_mode mode,
    const struct farm_series *series)
{
	if (access_may_all(who, mode))
		return true;
	return access_may_some(who, mode) &&
	       matcher_series(who->class->may[mode], series);
}

bool
access_may_source(const struct access_who *who, enum access_mode mode,
    const struct matcher_source *source)
{
	if (access_may_all(who, mode))
		return true;
	return access_may_some(who, mode) &&
	       matcher_may_match(who->class->may[mode], source);
}

int64_t
access_finest_ns(const struct access_who *who)
{
	return who != NULL && who->class != NULL ? who->class->finest_ns : 0;
}

/* --- told to people --- */

static void
put_rules(struct buffer *b, const struct access_who *who, int mode)
{
	struct buffer text = BUFFER_INIT;
	size_t i;

	if (access_may_all(who, (enum access_mode)mode)) {
		buffer_puts(b, "\"*\"");
		return;
	}
	for (i = 0; i < who->class->n_rules[mode]; i++) {
		buffer_clear(&text);
		predicate_print(&text, &who->class->rules[mode][i]);
		buffer_puts(b, i > 0 ? "," : "");
		buffer_json_text(b, buffer_text(&text));
	}
	b->failed |= buffer_failed(&text);
	buffer_free(&text);
}

void
access_json(struct buffer *b, const struct access_who *who)
{
	const char *comma = "";
	int mode;

	buffer_puts(b, "{\"class\":");
	buffer_json_text(b, access_who_class(who));
	buffer_puts(b, ",\"name\":");
	buffer_json_text(b, access_who_name(who));
	buffer_printf(b, ",\"finest_ns\":%lld,\"allowed\":[",
	    (long long)access_finest_ns(who));
	for (mode = 0; mode < ACCESS_MODES; mode++) {
		if (!access_may_some(who, (enum access_mode)mode))
			continue;
		buffer_printf(b, "%s{\"mode\":\"%s\",\"match\":[", comma,
		    access_mode_name((enum access_mode)mode));
		put_rules(b, who, mode);
		buffer_puts(b, "]}");
		comma = ",";
	}
	buffer_puts(b, "]}");
}
