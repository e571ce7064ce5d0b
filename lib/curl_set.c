#include "curl_set.h"

#include "buffer.h"

void
curl_set_text(CURL *e, CURLoption option, const char *text)
{
	if (text != NULL && text[0] != '\0')
		curl_easy_setopt(e, option, text);
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
