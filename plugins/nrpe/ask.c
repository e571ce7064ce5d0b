#include "ask.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What NRPE's servers take without certificates: anonymous Diffie-Hellman,
   which needs TLS 1.2 and, in OpenSSL, the lowest of its levels. */
#define CIPHERS_ANONYMOUS "ALL:aNULL:!MD5:@STRENGTH:@SECLEVEL=0"

/* ------------------------------------------------------------------ TLS -- */

/* What OpenSSL says; its list is empty then. */
static int
tls_fail(struct error *err, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *why = code != 0 ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return error_set(err, "%s: %s", what,
	    why != NULL ? why : "TLS failed without a reason");
}

static int
set_anonymous(SSL_CTX *c, struct error *err)
{
	SSL_CTX_set_verify(c, SSL_VERIFY_NONE, NULL);
	if (SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(c, CIPHERS_ANONYMOUS) != 1)
		return tls_fail(err, "tls");
	return 0;
}

static int
set_files(SSL_CTX *c, const struct nrpe_tls *t, struct error *err)
{
	if (t->certificate != NULL &&
	    SSL_CTX_use_certificate_chain_file(c, t->certificate) != 1)
		return tls_fail(err, t->certificate);
	if (t->key != NULL &&
	    SSL_CTX_use_PrivateKey_file(c, t->key, SSL_FILETYPE_PEM) != 1)
		return tls_fail(err, t->key);
	if (t->ca == NULL)
		return set_anonymous(c, err);
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
	if (SSL_CTX_load_verify_locations(c, t->ca, NULL) != 1)
		return tls_fail(err, t->ca);
	return 0;
}

int
nrpe_tls_new(SSL_CTX **ret, const struct nrpe_tls *t, struct error *err)
{
	SSL_CTX *c;

	*ret = NULL;
	if (!t->used)
		return 0;
	c = SSL_CTX_new(TLS_client_method());
	if (c == NULL)
		return tls_fail(err, "tls");
	SSL_CTX_set_options(c, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (set_files(c, t, err) != 0) {
		SSL_CTX_free(c);
		return -1;
	}
	*ret = c;
	return 0;
}

void
nrpe_tls_free(SSL_CTX *c)
{
	SSL_CTX_free(c);
}

/* ----------------------------------------------------------- connection -- */

struct wire {
	const struct nrpe_ask *ask;
	int fd;
	SSL *ssl; /* NULL: in the clear */
};

/* For what OpenSSL waits for; -1 with the reason if it is anything else. */
static int
tls_wait(const struct wire *w, int rc, struct error *err)
{
	const char *name = w->ask->server.name;
	int why = SSL_get_error(w->ssl, rc);

	if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
		return tls_fail(err, name);
	if (!connect_await(w->fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT,
		w->ask->deadline_ns))
		return error_set(err, "%s: no answer in time", name);
	return 0;
}

static int
tls_begin(struct wire *w, struct error *err)
{
	int rc;

	w->ssl = SSL_new(w->ask->tls);
	if (w->ssl == NULL || SSL_set_fd(w->ssl, w->fd) != 1)
		return tls_fail(err, w->ask->server.name);
	ERR_clear_error();
	while ((rc = SSL_connect(w->ssl)) != 1)
		if (tls_wait(w, rc, err) != 0)
			return -1;
	return 0;
}

/* Some bytes, 0 at the end, -1 with the reason. */
static ssize_t
tls_move(const struct wire *w, uint8_t *bytes, size_t size, bool out,
    struct error *err)
{
	size_t n;
	int rc;

	for (;;) {
		ERR_clear_error();
		rc = out ? SSL_write_ex(w->ssl, bytes, size, &n)
			 : SSL_read_ex(w->ssl, bytes, size, &n);
		if (rc == 1)
			return (ssize_t)n;
		if (SSL_get_error(w->ssl, rc) == SSL_ERROR_ZERO_RETURN)
			return 0;
		if (tls_wait(w, rc, err) != 0)
			return -1;
	}
}

/* All of them; 1 if the connection has ended before the first. */
static int
move_all(
    struct wire *w, uint8_t *bytes, size_t size, bool out, struct error *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = w->ssl != NULL
			? tls_move(w, bytes + done, size - done, out, err)
			: connect_move(w->fd, w->ask->server.name, bytes + done,
			      size - done, out, w->ask->deadline_ns, err);
		if (n < 0)
			return -1;
		if (n == 0 && done == 0)
			return 1;
		if (n == 0)
			return error_set(err, "%s: its answer breaks off",
			    w->ask->server.name);
		done += (size_t)n;
	}
	return 0;
}

static int
take_answer(
    struct wire *w, struct nrpe_ask *a, struct buffer *ret, struct error *err)
{
	uint8_t head[NRPE_HEAD_SIZE];
	int rc = move_all(w, head, sizeof(head), false, err);
	int64_t size;
	uint8_t *rest;
	size_t left;

	/* A server that does not speak to us resets, or just ends. */
	a->closed = rc == 1 || (rc < 0 && errno == ECONNRESET);
	if (a->closed)
		return error_set(err,
		    "%s: ended the connection without an answer: does it "
		    "allow us, and arguments?",
		    a->server.name);
	if (rc < 0)
		return -1;
	size = nrpe_answer_size(head, err);
	if (size < 0)
		return error_prefix(err, "%s", a->server.name);
	buffer_put(ret, head, sizeof(head));
	left = (size_t)size - sizeof(head);
	rest = (uint8_t *)buffer_room(ret, left);
	if (rest == NULL)
		return error_set(err, "out of memory");
	rc = left > 0 ? move_all(w, rest, left, false, err) : 0;
	if (rc == 1)
		return error_set(
		    err, "%s: its answer breaks off", a->server.name);
	buffer_added(ret, left);
	return rc;
}

static int
talk(struct wire *w, struct nrpe_ask *a, struct buffer *ret, struct error *err)
{
	uint8_t question[NRPE_QUESTION_SIZE];

	if (nrpe_question(question, a->version, a->text, err) != 0)
		return -1;
	if (a->tls != NULL && tls_begin(w, err) != 0)
		return -1;
	if (move_all(w, question, sizeof(question), true, err) != 0)
		return -1;
	return take_answer(w, a, ret, err);
}

int
nrpe_ask(struct nrpe_ask *a, struct buffer *ret, struct nrpe_answer *answer,
    struct error *err)
{
	struct wire w = { .ask = a,
		.fd = connect_open(&a->server, a->deadline_ns, err) };
	int rc;

	a->closed = false;
	buffer_clear(ret);
	if (w.fd < 0)
		return -1;
	errno = 0;
	rc = talk(&w, a, ret, err);
	SSL_free(w.ssl);
	close(w.fd);
	if (rc == 0 && nrpe_answer_read(answer, (const uint8_t *)ret->data,
			   ret->size, err) != 0)
		rc = error_prefix(err, "%s", a->server.name);
	return rc;
}
