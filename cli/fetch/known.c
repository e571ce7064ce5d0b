/* What is remembered of the last answer, beside the file. */
#include "fetch.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *
copy_of(const json_t *root, const char *key)
{
	const char *text = json_string_value(json_object_get(root, key));

	return text == NULL ? NULL : strdup(text);
}

void
known_read(const struct fetch *f, struct known *ret)
{
	json_t *root = json_load_file(f->known, 0, NULL);
	const char *url = json_string_value(json_object_get(root, "url"));

	*ret = (struct known){ .etag = NULL };
	if (url != NULL && strcmp(url, f->url) == 0 &&
	    access(f->file, F_OK) == 0) {
		ret->etag = copy_of(root, "etag");
		ret->modified = copy_of(root, "modified");
	}
	json_decref(root);
}

int
known_write(const struct fetch *f, const struct known *known, struct error *err)
{
	json_t *root = json_pack("{s:s, s:s*, s:s*}", "url", f->url, "etag",
	    known->etag, "modified", known->modified);
	int rc = root == NULL ? -1 : json_dump_file(root, f->known, 0);

	json_decref(root);
	return rc == 0 ? 0 : error_set(err, "%s: cannot be written", f->known);
}

void
known_free(struct known *k)
{
	free(k->etag);
	free(k->modified);
	*k = (struct known){ .etag = NULL };
}
