#include "directory.h"

#include <ldap.h>
#include <ldap_schema.h>
#include <sasl/sasl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "clock.h"

/* A server refers to another one, and that to a third: then it is enough. */
#define REFERRALS_MAX 3

struct pending {
	int id; /* 0: free */
	void *cookie;
};

struct directory {
	struct directory_options options;
	LDAP *ldap;     /* NULL: not connected */
	size_t at;      /* in the options' URLs */
	char *referral; /* instead of it; NULL: none */
	unsigned referrals;
	char *url; /* of the last connection */
	struct pending pending[DIRECTORY_WINDOW];
	size_t n_pending;
};

struct directory *
directory_new(const struct directory_options *o)
{
	struct directory *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->options = *o;
	return d;
}

void
directory_disconnect(struct directory *d)
{
	if (d->ldap != NULL)
		ldap_unbind_ext(d->ldap, NULL, NULL);
	d->ldap = NULL;
	memset(d->pending, 0, sizeof(d->pending));
	d->n_pending = 0;
}

void
directory_free(struct directory *d)
{
	if (d == NULL)
		return;
	directory_disconnect(d);
	free(d->referral);
	free(d->url);
	free(d);
}

bool
directory_is_connected(const struct directory *d)
{
	return d->ldap != NULL;
}

const char *
directory_url(const struct directory *d)
{
	return d->url == NULL ? "" : d->url;
}

/* ------------------------------------------------------------- errors -- */

/* What the server said to it, besides the code's own text.  Of TLS with
   GnuTLS the library tells nothing. */
static int
explain(struct directory *d, struct error *err, const char *what, int code)
{
	char *more = NULL;

	if (code == LDAP_CONNECT_ERROR)
		return error_set(err,
		    "%s: no TLS: is the server's certificate signed by one of "
		    "`ca', and made out to that name?",
		    what);
	if (d->ldap != NULL)
		ldap_get_option(d->ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, &more);
	if (more != NULL && *more != '\0')
		error_set(
		    err, "%s: %s (%s)", what, ldap_err2string(code), more);
	else
		error_set(err, "%s: %s", what, ldap_err2string(code));
	ldap_memfree(more);
	return -1;
}

/* -------------------------------------------------------- connecting -- */

static struct timeval
timeval_of(int64_t ns)
{
	return (struct timeval){
		.tv_sec = ns / NS_PER_S,
		.tv_usec = ns % NS_PER_S / NS_PER_US,
	};
}

static void
set_file(LDAP *ldap, int option, const char *path)
{
	if (path != NULL && *path != '\0')
		ldap_set_option(ldap, option, path);
}

static void
set_tls(const struct directory_options *o, LDAP *ldap)
{
	int hard = LDAP_OPT_X_TLS_HARD, client = 0;

	set_file(ldap, LDAP_OPT_X_TLS_CACERTFILE, o->ca);
	set_file(ldap, LDAP_OPT_X_TLS_CERTFILE, o->certificate);
	set_file(ldap, LDAP_OPT_X_TLS_KEYFILE, o->key);
	ldap_set_option(ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &hard);
	ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &client);
}

static void
set_options(const struct directory_options *o, LDAP *ldap)
{
	struct timeval timeout = timeval_of(o->timeout_ns);
	int version = LDAP_VERSION3;

	ldap_set_option(ldap, LDAP_OPT_PROTOCOL_VERSION, &version);
	ldap_set_option(ldap, LDAP_OPT_NETWORK_TIMEOUT, &timeout);
	ldap_set_option(ldap, LDAP_OPT_TIMEOUT, &timeout);
	/* Followed here: the library would connect for each operation. */
	ldap_set_option(ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	ldap_set_option(ldap, LDAP_OPT_RESTART, LDAP_OPT_ON);
	set_tls(o, ldap);
}

/* There is nobody to be asked: each question has its default answer. */
static int
interact(LDAP *ldap, unsigned flags, void *defaults, void *questions)
{
	sasl_interact_t *q;

	(void)ldap;
	(void)flags;
	(void)defaults;
	for (q = questions; q->id != SASL_CB_LIST_END; q++) {
		q->result = q->defresult != NULL ? q->defresult : "";
		q->len = (unsigned)strlen(q->result);
	}
	return LDAP_SUCCESS;
}

static int
log_in(struct directory *d)
{
	const struct directory_options *o = &d->options;
	const char *word = o->password == NULL ? "" : o->password;
	struct berval password = { strlen(word), (char *)word };

	if (o->login == LOGIN_GSSAPI)
		return ldap_sasl_interactive_bind_s(d->ldap, NULL, "GSSAPI",
		    NULL, NULL, LDAP_SASL_QUIET, interact, NULL);
	if (o->login == LOGIN_EXTERNAL) /* as whom the server takes us for */
		return ldap_sasl_bind_s(d->ldap, NULL, "EXTERNAL",
		    &(struct berval){ 0, (char *)"" }, NULL, NULL, NULL);
	return ldap_sasl_bind_s(
	    d->ldap, o->bind_dn, LDAP_SASL_SIMPLE, &password, NULL, NULL, NULL);
}

static int
try_connect(struct directory *d, const char *url, struct error *err)
{
	int code = ldap_initialize(&d->ldap, url);

	if (code == LDAP_SUCCESS) {
		set_options(&d->options, d->ldap);
		if (d->options.starttls)
			code = ldap_start_tls_s(d->ldap, NULL, NULL);
	}
	if (code == LDAP_SUCCESS)
		code = log_in(d);
	if (code == LDAP_SUCCESS)
		return 0;
	explain(d, err, url, code);
	directory_disconnect(d);
	return -1;
}

static int
remember(struct directory *d, const char *url, bool *ret_other)
{
	char *copy;

	*ret_other = d->url == NULL || strcmp(d->url, url) != 0;
	if (!*ret_other)
		return 0;
	copy = strdup(url);
	if (copy == NULL)
		return -1;
	free(d->url);
	d->url = copy;
	return 0;
}

static void
append(struct error *all, const struct error *one)
{
	struct error before = *all;

	if (before.text[0] == '\0')
		*all = *one;
	else
		error_set(all, "%s; %s", before.text, one->text);
}

static int
connect_any(struct directory *d, const char **ret_url, struct error *err)
{
	struct error all = { .text = "" }, one;

	if (d->referral != NULL) {
		*ret_url = d->referral;
		if (try_connect(d, d->referral, &one) == 0)
			return 0;
		append(&all, &one);
		free(d->referral);
		d->referral = NULL;
	}
	for (size_t i = 0; i < d->options.urls.n; i++) {
		*ret_url = d->options.urls.items[d->at];
		if (try_connect(d, *ret_url, &one) == 0)
			return 0;
		append(&all, &one);
		d->at = (d->at + 1) % d->options.urls.n;
	}
	return error_set(err, "%s", all.text);
}

int
directory_connect(struct directory *d, bool *ret_other, struct error *err)
{
	const char *url;

	*ret_other = false;
	if (d->ldap != NULL)
		return 0;
	if (connect_any(d, &url, err) != 0)
		return -1;
	if (remember(d, url, ret_other) != 0) {
		directory_disconnect(d);
		return error_set(err, "out of memory");
	}
	return 0;
}

/* ------------------------------------------------- what the server can -- */

/* One attribute of one entry; NULL if it is not shown. */
static struct berval **
read_values(
    struct directory *d, const char *dn, const char *attribute, bool *ret_ok)
{
	char *wanted[] = { (char *)attribute, NULL };
	LDAPMessage *result = NULL, *entry;
	struct berval **values = NULL;
	int code = ldap_search_ext_s(d->ldap, dn, LDAP_SCOPE_BASE,
	    "(objectClass=*)", wanted, 0, NULL, NULL, NULL, 1, &result);

	*ret_ok = code == LDAP_SUCCESS;
	entry = ldap_first_entry(d->ldap, result);
	if (entry != NULL)
		values = ldap_get_values_len(d->ldap, entry, attribute);
	ldap_msgfree(result);
	return values;
}

static bool
is_named(const struct berval *definition, const char *name)
{
	const char *why;
	LDAPObjectClass *class;
	bool found = false;
	int code;

	class = ldap_str2objectclass(
	    definition->bv_val, &code, &why, LDAP_SCHEMA_ALLOW_ALL);
	if (class == NULL)
		return false;
	for (char **n = class->oc_names; n != NULL && *n != NULL; n++)
		found = found || strcasecmp(*n, name) == 0;
	ldap_objectclass_free(class);
	return found;
}

static bool
is_known(struct berval **definitions, const char *name)
{
	for (; *definitions != NULL; definitions++)
		if (is_named(*definitions, name))
			return true;
	return false;
}

int
directory_check_classes(
    struct directory *d, const char *const *names, size_t n, struct error *err)
{
	struct berval **where, **definitions = NULL;
	bool ok;
	int rc = 0;

	where = read_values(d, "", "subschemaSubentry", &ok);
	if (where != NULL && where[0] != NULL)
		definitions = read_values(
		    d, where[0]->bv_val, "objectClasses", &ok);
	for (size_t i = 0; definitions != NULL && rc == 0 && i < n; i++)
		if (!is_known(definitions, names[i]))
			rc = error_set(err,
			    "%s: does not know the class %s: its schema is to "
			    "be loaded there",
			    d->url, names[i]);
	ldap_value_free_len(definitions);
	ldap_value_free_len(where);
	return rc;
}

int
directory_check_dynamic(struct directory *d, struct error *err)
{
	bool ok;
	struct berval **subtrees = read_values(d, "", "dynamicSubtrees", &ok);
	bool any = subtrees != NULL && subtrees[0] != NULL;

	ldap_value_free_len(subtrees);
	if (any || !ok)
		return 0;
	return error_set(err,
	    "%s: has no entries with a time to live (slapd: overlay dds)",
	    d->url);
}

/* --------------------------------------------------------- operations -- */

static int
note(struct directory *d, int code, int id, void *cookie, struct error *err)
{
	if (code != LDAP_SUCCESS) {
		explain(d, err, directory_url(d), code);
		directory_disconnect(d);
		return -1;
	}
	for (size_t i = 0; i < DIRECTORY_WINDOW; i++)
		if (d->pending[i].id == 0) {
			d->pending[i] = (struct pending){ id, cookie };
			break;
		}
	d->n_pending++;
	return 0;
}

static void
free_mods(LDAPMod **mods)
{
	if (mods == NULL)
		return;
	for (size_t i = 0; mods[i] != NULL; i++) {
		for (size_t k = 0; mods[i]->mod_bvalues != NULL &&
				   mods[i]->mod_bvalues[k] != NULL;
		     k++)
			free(mods[i]->mod_bvalues[k]);
		free(mods[i]->mod_bvalues);
		free(mods[i]);
	}
	free(mods);
}

/* The values are borrowed. */
static LDAPMod *
make_mod(const struct attribute *a, int op)
{
	LDAPMod *mod = calloc(1, sizeof(*mod));

	if (mod == NULL)
		return NULL;
	mod->mod_op = op | LDAP_MOD_BVALUES;
	mod->mod_type = (char *)a->name;
	if (a->n == 0)
		return mod;
	mod->mod_bvalues = calloc(a->n + 1, sizeof(*mod->mod_bvalues));
	for (size_t i = 0; mod->mod_bvalues != NULL && i < a->n; i++) {
		struct berval *v = malloc(sizeof(*v));

		if (v == NULL)
			break;
		*v = (struct berval){ a->lengths[i], (char *)a->values[i] };
		mod->mod_bvalues[i] = v;
	}
	if (mod->mod_bvalues != NULL && mod->mod_bvalues[a->n - 1] != NULL)
		return mod;
	free_mods((LDAPMod *[]){ mod, NULL });
	return NULL;
}

/* An attribute without values is left out of an entry that is new. */
static LDAPMod **
make_mods(const struct attributes *as, int op)
{
	LDAPMod **mods = calloc(as->n + 1, sizeof(*mods));
	size_t n = 0;

	for (size_t i = 0; mods != NULL && i < as->n; i++) {
		if (as->items[i].n == 0 && op == LDAP_MOD_ADD)
			continue;
		mods[n] = make_mod(&as->items[i], op);
		if (mods[n++] == NULL) {
			free_mods(mods);
			return NULL;
		}
	}
	return mods;
}

int
directory_add(struct directory *d, const char *dn, const struct attributes *as,
    void *cookie, struct error *err)
{
	LDAPMod **mods = make_mods(as, LDAP_MOD_ADD);
	int id = 0, code = LDAP_NO_MEMORY;

	if (mods != NULL)
		code = ldap_add_ext(d->ldap, dn, mods, NULL, NULL, &id);
	free_mods(mods);
	return note(d, code, id, cookie, err);
}

int
directory_replace(struct directory *d, const char *dn,
    const struct attributes *as, void *cookie, struct error *err)
{
	LDAPMod **mods = make_mods(as, LDAP_MOD_REPLACE);
	int id = 0, code = LDAP_NO_MEMORY;

	if (mods != NULL)
		code = ldap_modify_ext(d->ldap, dn, mods, NULL, NULL, &id);
	free_mods(mods);
	return note(d, code, id, cookie, err);
}

int
directory_delete(
    struct directory *d, const char *dn, void *cookie, struct error *err)
{
	int id = 0, code = ldap_delete_ext(d->ldap, dn, NULL, NULL, &id);

	return note(d, code, id, cookie, err);
}

int
directory_refresh(struct directory *d, const char *dn, int64_t ttl_s,
    void *cookie, struct error *err)
{
	struct berval name = { strlen(dn), (char *)dn };
	int id = 0, code = ldap_refresh(
			d->ldap, &name, (ber_int_t)ttl_s, NULL, NULL, &id);

	return note(d, code, id, cookie, err);
}

size_t
directory_under_way(const struct directory *d)
{
	return d->n_pending;
}

/* ------------------------------------------------------------ answers -- */

static enum answer
answer_of(int code)
{
	switch (code) {
	case LDAP_SUCCESS:
		return ANSWER_DONE;
	case LDAP_NO_SUCH_OBJECT:
		return ANSWER_MISSING;
	case LDAP_ALREADY_EXISTS:
		return ANSWER_THERE;
	case LDAP_NOT_ALLOWED_ON_NONLEAF:
		return ANSWER_PARENT;
	case LDAP_UNDEFINED_TYPE:
	case LDAP_CONSTRAINT_VIOLATION:
	case LDAP_TYPE_OR_VALUE_EXISTS:
	case LDAP_INVALID_SYNTAX:
	case LDAP_INVALID_DN_SYNTAX:
	case LDAP_NAMING_VIOLATION:
	case LDAP_OBJECT_CLASS_VIOLATION:
	case LDAP_NOT_ALLOWED_ON_RDN:
	case LDAP_NO_OBJECT_CLASS_MODS:
		return ANSWER_REFUSED;
	default:
		return ANSWER_FAILED;
	}
}

/* "ldap://other:389/dc=example" without what stands behind the server. */
static char *
server_of(const char *referral)
{
	LDAPURLDesc *url = NULL;
	char *text = NULL;

	if (ldap_url_parse(referral, &url) != LDAP_URL_SUCCESS)
		return NULL;
	ldap_memfree(url->lud_dn);
	url->lud_dn = NULL;
	text = ldap_url_desc2str(url);
	ldap_free_urldesc(url);
	return text;
}

/* From now on it is written there: the next connection goes to it. */
static void
follow(struct directory *d, char **referrals, struct error *err)
{
	char *to = NULL;

	if (d->referrals < REFERRALS_MAX && referrals != NULL &&
	    referrals[0] != NULL)
		to = server_of(referrals[0]);
	if (to == NULL) {
		error_set(
		    err, "%s: refers to nobody that could be asked", d->url);
		return;
	}
	error_set(err, "%s: refers to %s", d->url, to);
	d->referrals++;
	free(d->referral);
	d->referral = strdup(to);
	ldap_memfree(to);
	directory_disconnect(d);
}

static void *
take(struct directory *d, int id)
{
	for (size_t i = 0; i < DIRECTORY_WINDOW; i++) {
		if (d->pending[i].id != id)
			continue;
		d->pending[i].id = 0;
		d->n_pending--;
		return d->pending[i].cookie;
	}
	return NULL;
}

/* What may be cured by another connection, or another server. */
static bool
ends_connection(int code)
{
	return code == LDAP_SERVER_DOWN || code == LDAP_UNAVAILABLE ||
	       code == LDAP_BUSY || code == LDAP_CONNECT_ERROR ||
	       code == LDAP_TIMEOUT || code == LDAP_UNWILLING_TO_PERFORM ||
	       code < 0;
}

static enum answer
fail(struct directory *d, int code, struct error *err)
{
	explain(d, err, directory_url(d), code);
	if (ends_connection(code)) {
		directory_disconnect(d);
		d->at = (d->at + 1) % d->options.urls.n;
	}
	return ANSWER_FAILED;
}

enum answer
directory_answer(struct directory *d, void **ret_cookie, struct error *err)
{
	struct timeval timeout = timeval_of(d->options.timeout_ns);
	LDAPMessage *message = NULL;
	char *text = NULL, **referrals = NULL;
	enum answer answer;
	int type, code = LDAP_TIMEOUT;

	*ret_cookie = NULL;
	type = ldap_result(
	    d->ldap, LDAP_RES_ANY, LDAP_MSG_ONE, &timeout, &message);
	if (type < 0)
		ldap_get_option(d->ldap, LDAP_OPT_RESULT_CODE, &code);
	if (type <= 0)
		return fail(d, code, err);
	*ret_cookie = take(d, ldap_msgid(message));
	type = ldap_parse_result(
	    d->ldap, message, &code, NULL, &text, &referrals, NULL, 1);
	if (type != LDAP_SUCCESS)
		code = type;
	answer = answer_of(code);
	if (answer != ANSWER_DONE)
		error_set(err, "%s: %s%s%s%s", d->url, ldap_err2string(code),
		    text != NULL && *text != '\0' ? " (" : "",
		    text != NULL && *text != '\0' ? text : "",
		    text != NULL && *text != '\0' ? ")" : "");
	if (code == LDAP_REFERRAL)
		follow(d, referrals, err);
	else if (answer == ANSWER_FAILED && ends_connection(code))
		(void)fail(d, code, &(struct error){ .text = "" });
	else if (answer == ANSWER_DONE)
		d->referrals = 0;
	ldap_memfree(text);
	ldap_memvfree((void **)referrals);
	return answer;
}
