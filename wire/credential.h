/*
 * credential.h - what opens an agent: communities of v1 and v2c, users of v3;
 * in the order in which they are to be tried.
 */
#ifndef WIRE_CREDENTIAL_H
#define WIRE_CREDENTIAL_H

#include <stddef.h>

#include <farm/module.h>

#include "problems.h"
#include "snmp.h"
#include "usm.h"

/* Sets of one instance, at most: each one costs a time-out at a dead node. */
#define CREDENTIALS_MAX 64

struct credential {
	int version; /* enum snmp_version */
	const char *label; /* for people: "v2c #1", "user monitor"; no secret */
	const char *community; /* v1, v2c */
	/* v3 from here on */
	const char *user; /* 1 to USM_NAME_MAX bytes */
	const char *context;
	struct ber_bytes context_engine_id; /* empty: the agent's own */
	struct ber_bytes engine_id; /* of traps' senders; empty: any */
	uint8_t flags; /* SNMP_AUTH | SNMP_PRIV: the security level */
	struct usm_user keys; /* made once: some ms per pass phrase */
};

struct credentials {
	struct credential *items;
	size_t n;
};

/*
 * From configuration: a mapping or a sequence of mappings of
 *
 *   community: TEXT   version: 1 | 2c (default); 3 of a user
 *   user: NAME   auth: md5|sha1|sha224|sha256|sha384|sha512
 *   auth_password: TEXT   priv: des|aes128|aes192|aes256|aes192c|aes256c
 *   priv_password: TEXT   context: NAME   engine_id: HEX   context_engine_id: HEX
 *
 * Passwords and communities may be "file:PATH".  `tree' may be NULL: none.
 * All errors become problems with their place, never with the secret.
 * 0 or -1; *ret, which is set anew, is to be freed in both cases.
 */
int credentials_parse(struct credentials *ret, const struct farm_tree *tree,
    struct problems *);
/* The short form: one community.  `version' is an enum snmp_version.  -1 if
   there are too many or memory is out. */
int credentials_add_community(struct credentials *, const char *community,
    int version);
/* Wipes the secrets. */
void credentials_free(struct credentials *);

#endif
