#include "tls.h"

#include <gnutls/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Certificates of a chain, at most. */
#define CHAIN_MAX 8
/* Bytes of a file. */
#define PEM_MAX (1 << 20)

/* What was read of the files at one time. */
struct material {
	struct buffer certificate;
	struct buffer key;
	gnutls_x509_trust_list_t trust; /* NULL: nobody is asked */
};

struct tls {
	const struct tls_config *config;
	struct buffer authorities; /* as they were at the start */
	pthread_mutex_t lock;      /* of what follows */
	struct material now;
};

/* Whose tls_retrieve() it is. */
static struct tls *_Atomic served;

static gnutls_datum_t
datum(const struct buffer *b)
{
	return (gnutls_datum_t){ .data = (unsigned char *)b->data,
		.size = (unsigned)b->size };
}

static bool
asks_clients(const struct tls_config *c)
{
	return c->client_ca != NULL && c->client_ca[0] != '\0';
}

static void
material_free(struct material *m)
{
	if (m->key.data != NULL)
		explicit_bzero(m->key.data, m->key.size);
	buffer_free(&m->key);
	buffer_free(&m->certificate);
	if (m->trust != NULL)
		gnutls_x509_trust_list_deinit(m->trust, 1);
	m->trust = NULL;
}

/* --- reading --- */

static int
read_file(const char *path, struct buffer *to, struct error *err)
{
	FILE *f = fopen(path, "re");
	char *room;
	size_t n;
	int rc = -1;

	to->limit = PEM_MAX;
	if (f == NULL)
		return error_set(err, "%s: %m", path);
	while ((room = buffer_room(to, 4096)) != NULL &&
	       (n = fread(room, 1, 4096, f)) > 0)
		buffer_added(to, n);
	if (ferror(f))
		error_set(err, "%s: %m", path);
	else if (buffer_failed(to))
		error_set(err, "%s: larger than %d bytes", path, PEM_MAX);
	else if (to->size == 0)
		error_set(err, "%s: empty", path);
	else
		rc = 0;
	(void)fclose(f);
	return rc;
}

/* GnuTLS itself finds out whether they belong together. */
static int
check_pair(
    const struct tls_config *c, const struct material *m, struct error *err)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t certificate = datum(&m->certificate);
	gnutls_datum_t key = datum(&m->key);
	int code = gnutls_certificate_allocate_credentials(&credentials);

	if (code != 0)
		return error_set(err, "%s", gnutls_strerror(code));
	code = gnutls_certificate_set_x509_key_mem(
	    credentials, &certificate, &key, GNUTLS_X509_FMT_PEM);
	gnutls_certificate_free_credentials(credentials);
	return code >= 0 ? 0
			 : error_set(err, "%s, %s: %s", c->certificate, c->key,
			       gnutls_strerror(code));
}

static int
read_authorities(const struct tls_config *c, struct material *m,
    struct buffer *text, struct error *err)
{
	gnutls_datum_t pem;
	int n;

	if (read_file(c->client_ca, text, err) < 0)
		return -1;
	if (gnutls_x509_trust_list_init(&m->trust, 0) != 0)
		return error_set(err, "out of memory");
	pem = datum(text);
	n = gnutls_x509_trust_list_add_trust_mem(
	    m->trust, &pem, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
	return n > 0 ? 0
		     : error_set(err, "%s: no certificate in it", c->client_ca);
}

/* `authorities' keeps their text. */
static int
material_read(const struct tls_config *c, struct material *ret,
    struct buffer *authorities, struct error *err)
{
	struct material m = { .trust = NULL };

	if (read_file(c->certificate, &m.certificate, err) == 0 &&
	    read_file(c->key, &m.key, err) == 0 &&
	    check_pair(c, &m, err) == 0 &&
	    (!asks_clients(c) ||
		read_authorities(c, &m, authorities, err) == 0)) {
		*ret = m;
		return 0;
	}
	material_free(&m);
	return -1;
}

int
tls_check(const struct tls_config *c, struct error *err)
{
	struct buffer authorities = BUFFER_INIT;
	struct material m = { .trust = NULL };
	int rc = material_read(c, &m, &authorities, err);

	material_free(&m);
	buffer_free(&authorities);
	return rc;
}

int
tls_new(struct tls **ret, const struct tls_config *config, struct error *err)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return error_set(err, "out of memory");
	t->config = config;
	pthread_mutex_init(&t->lock, NULL);
	if (material_read(config, &t->now, &t->authorities, err) < 0) {
		tls_free(t);
		return -1;
	}
	served = t;
	*ret = t;
	return 0;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	if (served == t)
		served = NULL;
	material_free(&t->now);
	buffer_free(&t->authorities);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

int
tls_reload(struct tls *t, struct error *err)
{
	struct buffer authorities = BUFFER_INIT;
	struct material fresh, before;
	int rc = material_read(t->config, &fresh, &authorities, err);

	buffer_free(&authorities);
	if (rc < 0)
		return -1;
	pthread_mutex_lock(&t->lock);
	before = t->now;
	t->now = fresh;
	pthread_mutex_unlock(&t->lock);
	material_free(&before);
	return 0;
}

/* --- serving --- */

const char *
tls_authorities(const struct tls *t)
{
	return asks_clients(t->config) ? buffer_text(&t->authorities) : NULL;
}

/* Both are the caller's, or neither is there. */
static int
import_pair(const struct material *m, gnutls_pcert_st **ret_certs,
    unsigned *ret_n, gnutls_privkey_t *ret_key)
{
	gnutls_pcert_st *certs = gnutls_calloc(CHAIN_MAX, sizeof(*certs));
	gnutls_datum_t certificate = datum(&m->certificate);
	gnutls_datum_t key_text = datum(&m->key);
	gnutls_privkey_t key = NULL;
	unsigned n = CHAIN_MAX;
	unsigned i;

	if (certs == NULL)
		return -1;
	if (gnutls_pcert_list_import_x509_raw(
		certs, &n, &certificate, GNUTLS_X509_FMT_PEM, 0) != 0) {
		gnutls_free(certs);
		return -1;
	}
	if (gnutls_privkey_init(&key) == 0 &&
	    gnutls_privkey_import_x509_raw(
		key, &key_text, GNUTLS_X509_FMT_PEM, NULL, 0) == 0) {
		*ret_certs = certs;
		*ret_n = n;
		*ret_key = key;
		return 0;
	}
	if (key != NULL)
		gnutls_privkey_deinit(key);
	for (i = 0; i < n; i++)
		gnutls_pcert_deinit(&certs[i]);
	gnutls_free(certs);
	return -1;
}

int
tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
    gnutls_pcert_st **certs, unsigned *n_certs, gnutls_ocsp_data_st **ocsp,
    unsigned *n_ocsp, gnutls_privkey_t *key, unsigned *flags)
{
	struct tls *t = served;
	int rc;

	(void)session;
	(void)info;
	if (t == NULL)
		return -1;
	pthread_mutex_lock(&t->lock);
	rc = import_pair(&t->now, certs, n_certs, key);
	pthread_mutex_unlock(&t->lock);
	*ocsp = NULL;
	*n_ocsp = 0;
	/* It frees them when the handshake is over. */
	*flags = GNUTLS_CERT_RETR_DEINIT_ALL;
	return rc;
}

/* --- those who show one --- */

static int
put_subject(struct buffer *out, gnutls_x509_crt_t crt)
{
	gnutls_datum_t subject = { .data = NULL };

	if (gnutls_x509_crt_get_dn3(crt, &subject, 0) != 0)
		return -1;
	buffer_put(out, subject.data, subject.size);
	gnutls_free(subject.data);
	return buffer_failed(out) ? -1 : 0;
}

static bool
is_vouched_for(struct tls *t, gnutls_x509_crt_t *crts, unsigned n)
{
	gnutls_typed_vdata_st purpose = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT,
	};
	unsigned status = 1;
	bool good;

	pthread_mutex_lock(&t->lock);
	good = t->now.trust != NULL &&
	       gnutls_x509_trust_list_verify_crt2(
		   t->now.trust, crts, n, &purpose, 1, 0, &status, NULL) == 0 &&
	       status == 0;
	pthread_mutex_unlock(&t->lock);
	return good;
}

int
tls_verify(struct tls *t, const gnutls_datum_t *chain, unsigned n,
    struct buffer *subject)
{
	gnutls_x509_crt_t crts[CHAIN_MAX];
	unsigned have = 0;
	int rc = -1;

	while (have < n && have < CHAIN_MAX &&
	       gnutls_x509_crt_init(&crts[have]) == 0) {
		have++;
		if (gnutls_x509_crt_import(crts[have - 1], &chain[have - 1],
			GNUTLS_X509_FMT_DER) != 0)
			n = 0;
	}
	if (n > 0 && have == n && is_vouched_for(t, crts, have))
		rc = put_subject(subject, crts[0]);
	while (have > 0)
		gnutls_x509_crt_deinit(crts[--have]);
	return rc;
}
