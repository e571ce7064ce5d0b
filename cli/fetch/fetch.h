/*
 * fetch.h - additions to the configuration from a web server: what is fetched
 * is checked with all the rest before it takes the place of what was there.
 */
#ifndef CLI_FETCH_FETCH_H
#define CLI_FETCH_FETCH_H

#include "buffer.h"
#include "cli.h"
#include "error.h"

/* More is no configuration. */
#define FETCH_MAX (4 << 20)

struct fetch {
	struct cli cli;
	const char *url;
	const char *name;	/* of the file, without .yaml */
	const char *ca;		/* files of PEM; NULL: the system's, none */
	const char *certificate;
	const char *key;
	const char *token_file; /* what is in it says who we are; NULL: none */
	const char *timeout;
	bool offline;

	/* Made of them. */
	char *file;   /* CONF.D/NAME.yaml */
	char *before; /* CONF.D/.NAME.before, what was there */
	char *known;  /* CONF.D/.NAME.fetched */
	char *trial;  /* CONF.D/.NAME.trial, what is fetched */
	char *folder; /* CONF.D */
};

/* What the server said of what is there now; NULL: nothing. */
struct known {
	char *etag;
	char *modified;
};

/* Of this URL; nothing where the file is gone, or of another URL. */
void known_read(const struct fetch *, struct known *ret);
int known_write(const struct fetch *, const struct known *, struct error *);
void known_free(struct known *);

/* 1: *body is what is there, and *ret what it said of it; 0: nothing is new;
   -1: it could not be had. */
int download(const struct fetch *, const struct known *, struct buffer *body,
    struct known *ret, struct error *);

/* Where everything is. */
int place_names(struct fetch *, struct error *);
void place_free(struct fetch *);
/*
 * Would farmd run with these bytes in the place of the file?  What is wrong
 * stands on stderr then.  They lie beside it, for place_take().
 */
int place_try(const struct fetch *, const struct buffer *, struct error *);
/* What was tried takes the place of what was there, which stays aside. */
int place_take(const struct fetch *, struct error *);
/* As it was before. */
void place_undo(const struct fetch *);
/* Nothing is left but the file. */
void place_clear(const struct fetch *);

#endif
