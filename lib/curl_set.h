/*
 * curl_set.h - options and headers for libcurl, of texts that may not be set.
 */
#ifndef LIB_CURL_SET_H
#define LIB_CURL_SET_H

#include <curl/curl.h>
#include <stdbool.h>

/* Nothing if it is NULL or "". */
void curl_set_text(CURL *, CURLoption, const char *text);

/* A server's certificate must be signed by one of this file; by one of the
   system's if it is NULL or "".  A file that has changed is seen within a
   minute. */
void curl_set_authorities(CURL *, const char *file);

/* A line more of a list; false if memory is out, and the list is as before. */
bool curl_add_line(struct curl_slist **list, const char *line);
/* A header; an empty one is sent, too. */
bool curl_add_header(struct curl_slist **list, const char *name,
    const char *value);

#endif
