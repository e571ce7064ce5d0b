/* subst.c - pieces of a text replaced by others. */
#include "abi.h"

char *
subst(char *buf, size_t buflen, const char *string, size_t off1, size_t off2,
    const char *replacement)
{
	size_t length;

	if (buf == NULL || buflen == 0 || string == NULL || replacement == NULL)
		return NULL;
	length = strlen(string);
	if (off1 > off2 || off2 > length)
		return NULL;
	snprintf(buf, buflen, "%.*s%s%s", (int)off1, string, replacement,
	    string + off2);
	return buf;
}

char *
subst_string(char *buf, size_t buflen, const char *string, const char *needle,
    const char *replacement)
{
	size_t used = 0, room, length;
	const char *hit;

	if (buf == NULL || buflen == 0 || string == NULL || needle == NULL ||
	    needle[0] == '\0' || replacement == NULL)
		return NULL;
	do {
		hit = strstr(string, needle);
		length = hit == NULL ? strlen(string) : (size_t)(hit - string);
		room = buflen - used;
		snprintf(buf + used, room, "%.*s%s", (int)length, string,
		    hit == NULL ? "" : replacement);
		used += strlen(buf + used);
		if (hit != NULL)
			string = hit + strlen(needle);
	} while (hit != NULL && used + 1 < buflen);
	return buf;
}
