/*
 * ask.h - a server of NRPE asked, in the clear or by TLS.
 */
#ifndef NRPE_ASK_H
#define NRPE_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "connect.h"
#include "error.h"
#include "nrpe.h"

/* OpenSSL's; NULL: in the clear. */
typedef struct ssl_ctx_st SSL_CTX;

struct nrpe_tls {
	bool used;
	const char *ca; /* NULL: whoever answers is believed, without
			   certificates, as check_nrpe does */
	const char *certificate;
	const char *key;
};

/* *ret is the caller's for nrpe_tls_free(); NULL if it is not used. */
int nrpe_tls_new(SSL_CTX **ret, const struct nrpe_tls *, struct error *);
void nrpe_tls_free(SSL_CTX *);

struct nrpe_ask {
	struct connect_server server;
	SSL_CTX *tls;
	int64_t deadline_ns;
	const char *text;
	int version;
	bool closed; /* returned: it ended the connection without an answer */
};

/* `ret' takes the packet, in which the answer's text stands.  -1, and why; any
   thread, blocks until the deadline. */
int nrpe_ask(struct nrpe_ask *, struct buffer *ret, struct nrpe_answer *,
    struct error *);

#endif
