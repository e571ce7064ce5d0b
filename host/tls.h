/*
 * tls.h - the certificates of the TCP door: its own, and the authority of those
 * who show one.  Files are read at the start and at each reload, so that one
 * that is renewed needs no restart.
 */
#ifndef HOST_TLS_H
#define HOST_TLS_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>

#include "buffer.h"
#include "config.h"
#include "error.h"

struct tls;

/* Are the files there, whole, and do key and certificate belong together? */
int tls_check(const struct tls_config *, struct error *);

/* There is one at a time: GnuTLS asks for a certificate without saying on whose
   behalf.  Read the files; `config' must live as long. */
int tls_new(struct tls **ret, const struct tls_config *config, struct error *);
void tls_free(struct tls *); /* after the server; NULL is fine */
/* Read them again; what cannot be used leaves all as it was.  Any thread. */
int tls_reload(struct tls *, struct error *);

/* The authorities, as PEM; NULL if nobody is asked for a certificate. */
const char *tls_authorities(const struct tls *);
/* Is the chain one that our authorities vouch for?  Its subject goes to the
   buffer (RFC 4514).  Any thread. */
int tls_verify(struct tls *, const gnutls_datum_t *chain, unsigned n,
    struct buffer *subject);

/* What GnuTLS calls for the server's certificate. */
int tls_retrieve(gnutls_session_t, const struct gnutls_cert_retr_st *,
    gnutls_pcert_st **certs, unsigned *n_certs, gnutls_ocsp_data_st **ocsp,
    unsigned *n_ocsp, gnutls_privkey_t *, unsigned *flags);

#endif
