#include "curl_set.h"

#include "buffer.h"

/* How long authorities that were read are good for: to read the system's takes
   some ten times as long as a handshake. */
#define AUTHORITIES_S 60L

void
curl_set_text(CURL *e, CURLoption option, const char *text)
{
	if (text != NULL && text[0] != '\0')
		curl_easy_setopt(e, option, text);
}

void
curl_set_authorities(CURL *e, const char *file)
{
	const char *usual = NULL;

	curl_set_text(e, CURLOPT_CAINFO, file);
	curl_easy_getinfo(e, CURLINFO_CAINFO, &usual);
	/* The system's folder would count beside the file, and what may lie
	   there is read for each connection. */
	if ((file != NULL && file[0] != '\0') || usual != NULL)
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_CA_CACHE_TIMEOUT, AUTHORITIES_S);
}

bool
curl_add_line(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(*list, line);

	if (longer != NULL)
		*list = longer;
	return longer != NULL;
}

bool
curl_add_header(struct curl_slist **list, const char *name, const char *value)
{
	struct buffer line = BUFFER_INIT;
	bool good;

	buffer_printf(&line, *value == '\0' ? "%s;" : "%s: %s", name, value);
	good = !buffer_failed(&line) && curl_add_line(list, buffer_text(&line));
	buffer_free(&line);
	return good;
}
