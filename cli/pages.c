#include "pages.h"

#include <stdbool.h>
#include <string.h>

#include "answer.h"

/* A page may end within a series or a cluster; the next goes on with it. */
static bool
continues(const json_t *last, const json_t *first)
{
	static const char *const names[] = { "farm", "cluster", "node",
		"parameter", "type" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(answer_text(last, names[i]),
			answer_text(first, names[i])) != 0)
			return false;
	return true;
}

static int
join_lists(json_t *list, json_t *more)
{
	json_t *last = json_array_get(list, json_array_size(list) - 1);
	json_t *first = json_array_get(more, 0);
	json_t *tail = json_object_get(last, "points");
	json_t *head = json_object_get(first, "points");

	if (tail == NULL) {
		tail = json_object_get(last, "nodes");
		head = json_object_get(first, "nodes");
	}
	if (json_is_array(tail) && json_is_array(head) &&
	    continues(last, first)) {
		if (json_array_extend(tail, head) < 0 ||
		    json_array_remove(more, 0) < 0)
			return -1;
	}
	return json_array_extend(list, more);
}

/* What one page says of the answer is true of the whole; its end is not. */
static int
join(json_t *root, json_t *page, const char *key)
{
	json_t *list = json_object_get(root, key);
	json_t *more = json_object_get(page, key);

	if (!json_is_array(list) || !json_is_array(more) ||
	    join_lists(list, more) < 0)
		return -1;
	if (json_is_true(json_object_get(root, "gap")))
		(void)json_object_del(page, "gap");
	if (json_object_del(page, key) < 0 ||
	    json_object_update(root, page) < 0)
		return -1;
	if (json_object_get(page, "next") == NULL)
		(void)json_object_del(root, "next");
	return 0;
}

static int
get_rest(const char *socket, const char *path,
    struct client_argument *arguments, size_t n, const char *key, json_t *root,
    struct error *err)
{
	const char *next;
	json_t *page;
	int result;

	arguments[n].name = "after";
	arguments[n + 1].name = NULL;
	for (;;) {
		next = json_string_value(json_object_get(root, "next"));
		if (next == NULL)
			return 0;
		arguments[n].value = next;
		if (client_get(socket, path, arguments, &page, err) < 0)
			return -1;
		result = join(root, page, key);
		json_decref(page);
		if (result < 0)
			return error_set(
			    err, "a page of the answer has no \"%s\"", key);
	}
}

int
pages_get(const char *socket, const char *path,
    const struct client_argument *arguments, const char *key, json_t **ret,
    struct error *err)
{
	struct client_argument all[PAGES_ARGUMENTS + 2] = { { NULL, NULL } };
	bool limited = false;
	json_t *root;
	size_t n = 0;

	for (; arguments != NULL && arguments->name != NULL &&
	       n < PAGES_ARGUMENTS;
	     arguments++) {
		limited |= strcmp(arguments->name, "limit") == 0 &&
			   arguments->value != NULL;
		all[n++] = *arguments;
	}
	if (client_get(socket, path, all, &root, err) < 0)
		return -1;
	if (!limited && get_rest(socket, path, all, n, key, root, err) < 0) {
		json_decref(root);
		return -1;
	}
	*ret = root;
	return 0;
}
