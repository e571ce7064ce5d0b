/*
 * family.h - the option that says which of a name's addresses is used.
 */
#ifndef LIB_FAMILY_H
#define LIB_FAMILY_H

#include <sys/socket.h>

#include <farm/module.h>

/* OF: whose address, in a text. */
#define FAMILY_OPTION(STATE, FIELD, OF)                                        \
	FARM_OPTION_ENUM("family", STATE, FIELD, "any", "any|ipv4|ipv6",       \
	    "which address of " OF " is used")

/* As sockets and resolvers have it. */
static inline int
family_of(int choice)
{
	static const int families[] = { AF_UNSPEC, AF_INET, AF_INET6 };

	return families[choice];
}

#endif
