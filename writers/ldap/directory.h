/*
 * directory.h - a connection to an LDAP server, on which many operations may
 * be under way at a time.  One thread's; each call blocks for `timeout_ns' at
 * most.
 */
#ifndef LDAP_DIRECTORY_H
#define LDAP_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "error.h"

/* Operations under way at a time, at most. */
#define DIRECTORY_WINDOW 64

enum login { LOGIN_SIMPLE, LOGIN_EXTERNAL, LOGIN_GSSAPI };

struct directory_options {
	struct farm_list urls; /* tried in this order */
	int login;
	const char *bind_dn;  /* "": nobody */
	const char *password; /* may be NULL */
	bool starttls;
	const char *ca, *certificate, *key; /* files; NULL or "": none */
	int64_t timeout_ns;
};

/* An attribute and its values; none of them: it is to be there no more. */
struct attribute {
	const char *name;
	const char *const *values;
	const size_t *lengths;
	size_t n;
};

struct attributes {
	const struct attribute *items;
	size_t n;
};

enum answer {
	ANSWER_DONE,
	ANSWER_MISSING, /* there is no such entry, or none to be below */
	ANSWER_THERE,	/* there is such an entry already */
	ANSWER_PARENT,	/* it has entries below it */
	ANSWER_REFUSED, /* and will be again: this entry is wrong */
	ANSWER_FAILED,	/* nothing can be written now; the connection is shut
			   where that may help */
};

struct directory;

/* NULL if memory is out.  The options must outlive it; connects to nobody. */
struct directory *directory_new(const struct directory_options *);
void directory_free(struct directory *); /* NULL is fine */

/*
 * Connect and log in unless that is so already: to the server that answered
 * last, or the next that does.  *ret_other: it is another one than before, or
 * the first.  -1: no server, and why not each.
 */
int directory_connect(struct directory *, bool *ret_other, struct error *);
bool directory_is_connected(const struct directory *);
void directory_disconnect(struct directory *);
/* Its URL; "" before the first. */
const char *directory_url(const struct directory *);

/* Does the server know all of these classes?  One that does not show its
   schema is taken to. */
int directory_check_classes(
    struct directory *, const char *const *names, size_t n, struct error *);
/* Can entries have a time to live? */
int directory_check_dynamic(struct directory *, struct error *);

/*
 * Begin an operation; `cookie' comes back with its answer.  There is room in
 * the window.  -1: the connection is lost, and with it whatever is under way.
 */
int directory_add(struct directory *, const char *dn, const struct attributes *,
    void *cookie, struct error *);
int directory_replace(struct directory *, const char *dn,
    const struct attributes *, void *cookie, struct error *);
int directory_delete(
    struct directory *, const char *dn, void *cookie, struct error *);
/* RFC 2589: it lives so much longer. */
int directory_refresh(struct directory *, const char *dn, int64_t ttl_s,
    void *cookie, struct error *);

size_t directory_under_way(const struct directory *);
/* Wait for one answer; the error says what the server does. */
enum answer directory_answer(
    struct directory *, void **ret_cookie, struct error *);

#endif
