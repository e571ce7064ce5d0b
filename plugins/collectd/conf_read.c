/* conf_read.c - files of options, and the files that they include. */
#include "conf.h"

#include <fnmatch.h>
#include <glob.h>

#include "conf_item.h"
#include "text_file.h"

struct files {
	unsigned depth;
	struct error *err;
};

static int
parse_file(const char *path, oconfig_item_t **ret, struct error *err)
{
	struct buffer text = BUFFER_INIT;
	int status;

	status = text_file_read(path, CONF_BYTES_MAX, &text, err);
	if (status == 0)
		status = conf_parse(
		    path, buffer_text(&text), text.size, ret, err);
	buffer_free(&text);
	return status;
}

oconfig_item_t *
oconfig_parse_file(const char *file)
{
	oconfig_item_t *root = NULL;
	struct error err;

	if (parse_file(file, &root, &err) != 0) {
		plugin_log(LOG_ERR, "%s", err.text);
		return NULL;
	}
	return root;
}

static int read_into(
    struct files *, const char *path, const char *filter, oconfig_item_t *into);

static int
read_folder(
    struct files *f, const char *path, const char *filter, oconfig_item_t *into)
{
	struct dirent **entries = NULL;
	int i, n, status = 0;
	char *inner;

	n = scandir(path, &entries, NULL, alphasort);
	if (n < 0)
		return error_set(f->err, "%s: %m", path);
	for (i = 0; i < n; i++) {
		if (status == 0 && entries[i]->d_name[0] != '.') {
			inner = ssnprintf_alloc(
			    "%s/%s", path, entries[i]->d_name);
			status = inner == NULL
				     ? error_set(
					   f->err, "%s: out of memory", path)
				     : read_into(f, inner, filter, into);
			free(inner);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

/* The Filter of an <Include> block; NULL if it has none. */
static const char *
filter_of(const oconfig_item_t *include)
{
	const oconfig_item_t *child;
	int i;

	for (i = 0; i < include->children_num; i++) {
		child = &include->children[i];
		if (strcasecmp(child->key, "Filter") == 0 &&
		    child->values_num == 1 &&
		    child->values[0].type == OCONFIG_TYPE_STRING)
			return child->values[0].value.string;
	}
	return NULL;
}

static int
read_pattern(
    struct files *f, const oconfig_item_t *include, oconfig_item_t *into)
{
	const char *pattern;
	glob_t found;
	size_t i;
	int status;

	if (include->values_num != 1 ||
	    include->values[0].type != OCONFIG_TYPE_STRING)
		return error_set(f->err, "Include needs one file or pattern");
	pattern = include->values[0].value.string;
	status = glob(pattern, 0, NULL, &found);
	if (status == GLOB_NOMATCH && strpbrk(pattern, "*?[") != NULL)
		return 0;
	if (status != 0)
		return error_set(f->err, "Include \"%s\": %s", pattern,
		    status == GLOB_NOMATCH ? "no such file" : "cannot be read");
	for (i = 0; status == 0 && i < found.gl_pathc; i++)
		status = read_into(
		    f, found.gl_pathv[i], filter_of(include), into);
	globfree(&found);
	return status;
}

/* Move what the file says, and what it includes, into the item. */
static int
take_over(struct files *f, oconfig_item_t *from, oconfig_item_t *into)
{
	oconfig_item_t *child;
	int i;

	for (i = 0; i < from->children_num; i++) {
		child = &from->children[i];
		if (strcasecmp(child->key, "Include") == 0) {
			if (read_pattern(f, child, into) != 0)
				return -1;
			continue;
		}
		if (into->children_num >= CONF_ITEMS_MAX ||
		    conf_add_child(into, child) != 0)
			return error_set(f->err, "out of memory");
		memset(child, 0, sizeof(*child));
	}
	return 0;
}

static int
read_file(struct files *f, const char *path, oconfig_item_t *into)
{
	oconfig_item_t *root = NULL;
	int status;

	if (f->depth >= CONF_INCLUDE_MAX)
		return error_set(f->err, "%s: included more than %d deep", path,
		    CONF_INCLUDE_MAX);
	if (parse_file(path, &root, f->err) != 0)
		return -1;
	f->depth++;
	status = take_over(f, root, into);
	f->depth--;
	oconfig_free(root);
	return status == 0 ? 0 : error_prefix(f->err, "%s", path);
}

static int
read_into(
    struct files *f, const char *path, const char *filter, oconfig_item_t *into)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	int status;

	if (stat(path, &st) != 0)
		return error_set(f->err, "%s: %m", path);
	if (!S_ISDIR(st.st_mode)) {
		if (filter != NULL &&
		    fnmatch(filter, slash == NULL ? path : slash + 1, 0) != 0)
			return 0;
		return read_file(f, path, into);
	}
	if (f->depth >= CONF_INCLUDE_MAX)
		return error_set(f->err, "%s: more than %d folders deep", path,
		    CONF_INCLUDE_MAX);
	f->depth++;
	status = read_folder(f, path, filter, into);
	f->depth--;
	return status;
}

int
conf_read(const char *path, oconfig_item_t **ret, struct error *err)
{
	struct files f = { .err = err };
	oconfig_item_t *root = calloc(1, sizeof(*root));

	if (root == NULL)
		return error_set(err, "%s: out of memory", path);
	if (read_into(&f, path, NULL, root) != 0) {
		oconfig_free(root);
		return -1;
	}
	conf_adopt(root);
	*ret = root;
	return 0;
}
