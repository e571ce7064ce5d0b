#include "proc.h"

static int
find(struct scan word, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (scan_is(word, names[i]))
			return (int)i;
	return -1;
}

/* Also of /proc/meminfo: "NAME:  VALUE kB" has the colon in its name. */
int
pairs_parse(struct scan text, const char *const *names, size_t n,
    uint64_t *ret_values, uint32_t *ret_found, struct error *err)
{
	struct scan line, word;
	uint32_t found = 0;
	int i;

	while (scan_line(&text, &line)) {
		if (!scan_word(&line, &word))
			continue;
		i = find(word, names, n);
		if (i < 0)
			continue;
		if (!scan_count(&line, &ret_values[i]))
			return error_set(
			    err, "number expected after \"%s\"", names[i]);
		found |= UINT32_C(1) << i;
	}
	*ret_found = found;
	return 0;
}
