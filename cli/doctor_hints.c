#include "doctor.h"

#include <string.h>

/* The first that the error holds wins, so the narrower ones stand first. */
static const struct {
	const char *text;
	const char *hint;
} hints[] = {
	{ "CAP_NET_RAW",
	    "give the daemon CAP_NET_RAW (the unit has it), or its "
	    "group a place in sysctl net.ipv4.ping_group_range" },
	{ "limit of memory", "raise memory: in its limits:, or tell its author "
			     "that it leaks" },
	{ "the worker of module", "what ended it is the module's: tell its "
				  "author; the daemon starts it again by "
				  "itself" },
	{ "deadline", "see what it waits for (farmctl instances NAME, kill "
		      "-USR1); a longer deadline: or a longer every: helps if "
		      "it is only slow" },
	{ "Too many open files", "raise LimitNOFILE of the service" },
	{ "No space left", "make room on that file system; values wait in "
			   "memory, within limits: writers" },
	{ "disk is full", "make room on that file system; values wait in "
			  "memory, within limits: writers" },
	{ "Read-only file system", "let the service write there "
				   "(ReadWritePaths= in a drop-in), or use the "
				   "state folder" },
	{ "Permission denied", "let the daemon's user read or write it, or add "
			       "the path to the service (ReadWritePaths=)" },
	{ "Operation not permitted", "the service takes this right away: see "
				     "CapabilityBoundingSet= and the other "
				     "limits of its unit" },
	{ "unable to open database", "make its folder and let the daemon's "
				     "user write there" },
	{ "database is locked", "end the other program that holds the "
				"database open" },
	{ "No such file", "correct the path in the configuration, or install "
			  "what it names" },
	{ "Connection refused", "start the service at that address, or correct "
				"the address" },
	{ "timed out",
	    "is the peer up, and does a firewall drop the packets?" },
	{ "unreachable", "check the route to that address" },
	{ "not known",
	    "correct the name, or the name service of this machine" },
	{ "resol", "correct the name, or the name service of this machine" },
	{ "uthentication", "correct user and password in the configuration" },
	{ "out of memory", "give the service more memory, or lower limits: and "
			   "cache: in the configuration" },
};

const char *
doctor_hint(const char *error)
{
	size_t i;

	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strstr(error, hints[i].text) != NULL)
			return hints[i].hint;
	return "try it alone: farmctl test INSTANCE; see docs/modules for what "
	       "it needs";
}
