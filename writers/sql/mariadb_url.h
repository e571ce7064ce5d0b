/*
 * mariadb_url.h - mariadb://USER:PASSWORD@HOST:PORT/DATABASE?socket=/PATH, as
 * the library of PostgreSQL has it built in, and that of MariaDB not.
 */
#ifndef SQL_MARIADB_URL_H
#define SQL_MARIADB_URL_H

#include <stdint.h>

/* Parts that are left out are "" or 0; %XX is taken apart. */
struct mariadb_url {
	char *user;
	char *password; /* NULL: none, which is not "" */
	char *host;
	uint32_t port;
	char *database;
	char *socket;
	char *ssl_ca; /* a file: the server must be certified by it */
};

/* 0, or -1 if it is not one or memory is out; nothing is left then.  What is
   wrong is not said, as the password may be part of it. */
int mariadb_url_parse(struct mariadb_url *ret, const char *url);
void mariadb_url_free(struct mariadb_url *); /* half-built is fine */

#endif
