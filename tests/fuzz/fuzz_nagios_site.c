/* Nagios' object configuration: definitions, and what they mean. */
#include <stdint.h>
#include <stdlib.h>

#include "nagios_site.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct problems problems = PROBLEMS_INIT;
	struct nagios_config config = { .unit_s = 60 };
	struct nagios_site site;
	size_t n = 0;

	if (arena == NULL)
		abort();
	nagios_objects_parse(&config.objects, arena, "fuzz", (const char *)data,
	    size, &problems);
	(void)nagios_site_make(&site, arena, &config, &problems);
	for (const struct nagios_check *c = site.checks; c != NULL;
	     c = c->next, n++)
		if (c->host == NULL || c->command == NULL || c->every_s < 1 ||
		    c->retry_s < 1 || c->attempts < 1)
			abort();
	if (n != site.n_checks)
		abort();
	problems_free(&problems);
	arena_free(arena);
	return 0;
}
