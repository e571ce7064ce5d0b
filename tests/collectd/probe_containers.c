/* probe_containers.c - lists, trees and meta data. */
#include "probe.h"

static void
lists(FILE *out)
{
	llist_t *list = llist_create();
	llentry_t *e;
	char keys[] = "abcd", name[2] = "";
	size_t i;

	for (i = 0; i < 4; i++) {
		name[0] = keys[i];
		llist_append(list, llentry_create(strdup(name), &keys[i]));
	}
	fprintf(out, "llist %d", llist_size(list));
	e = llist_search(list, "b");
	fprintf(out, " %s", e->key);
	llist_remove(list, e);
	free(e->key);
	llentry_destroy(e);
	fprintf(
	    out, " %d %d", llist_size(list), llist_search(list, "b") == NULL);
	for (e = llist_head(list); e != NULL; e = e->next) {
		fprintf(out, " %s", e->key);
		free(e->key);
	}
	fprintf(out, " %d\n", llist_size(NULL));
	llist_destroy(list);
	llist_destroy(NULL);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
trees(FILE *out)
{
	c_avl_tree_t *tree = c_avl_create(compare);
	c_avl_iterator_t *iter;
	char keys[100][4];
	void *key, *value;
	size_t i;

	for (i = 0; i < 100; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%02zu", i * 37 % 100);
		fprintf(out, "%d", c_avl_insert(tree, keys[i], keys[i]));
	}
	fprintf(out, " again %d size %d", c_avl_insert(tree, keys[5], NULL),
	    c_avl_size(tree));
	fprintf(out, " get %d %d", c_avl_get(tree, "37", &value),
	    c_avl_get(tree, "xx", NULL) != 0);
	fprintf(out, " remove %d", c_avl_remove(tree, "37", &key, &value));
	fprintf(out, " %s %d\n", (char *)key,
	    c_avl_remove(tree, "37", NULL, NULL) != 0);
	iter = c_avl_get_iterator(tree);
	while (c_avl_iterator_next(iter, &key, &value) == 0)
		fprintf(out, "%s,", (char *)key);
	fprintf(out, " %d\n", c_avl_iterator_next(iter, &key, &value) != 0);
	c_avl_iterator_destroy(iter);
	for (i = 0; c_avl_pick(tree, &key, &value) == 0; i++)
		;
	fprintf(
	    out, "picked %zu %d %d\n", i, c_avl_size(tree), c_avl_size(NULL));
	c_avl_destroy(tree);
	c_avl_destroy(NULL);
}

static void
print_meta(FILE *out, meta_data_t *md)
{
	char **names = NULL, *text;
	int i, n = meta_data_toc(md, &names);

	fprintf(out, "meta %d", n);
	for (i = 0; i < n; i++) {
		text = NULL;
		fprintf(out, " %s:%d:%d", names[i],
		    meta_data_type(md, names[i]),
		    meta_data_as_string(md, names[i], &text) != 0);
		fprintf(out, "=%s", probe_quote(text));
		free(text);
		free(names[i]);
	}
	free(names);
	fprintf(out, "\n");
}

static void
meta(FILE *out)
{
	meta_data_t *md = meta_data_create(), *other = NULL;
	int64_t i = 42;
	char *text = NULL;
	bool b = true;

	fprintf(out, "add %d", meta_data_add_string(md, "s", "text"));
	fprintf(out, " %d", meta_data_add_string(md, "S", "upper"));
	fprintf(out, " %d", meta_data_add_signed_int(md, "i", -5));
	fprintf(out, " %d", meta_data_add_unsigned_int(md, "u", UINT64_MAX));
	fprintf(out, " %d", meta_data_add_double(md, "d", 1.0 / 3));
	fprintf(out, " %d", meta_data_add_boolean(md, "b", true));
	fprintf(out, " null %d %d %d\n",
	    meta_data_add_string(md, NULL, "x") != 0,
	    meta_data_add_string(NULL, "x", "x") != 0,
	    meta_data_add_string(md, "x", NULL) != 0);
	print_meta(out, md);
	fprintf(out, "get %d", meta_data_get_signed_int(md, "i", &i));
	fprintf(
	    out, " %" PRId64 " %d", i, meta_data_get_signed_int(md, "s", &i));
	fprintf(out, " %d", meta_data_get_signed_int(md, "none", &i));
	fprintf(out, " %d", meta_data_get_boolean(md, "b", &b));
	fprintf(out, " %d", meta_data_get_string(md, "s", &text));
	fprintf(out, " %s %d %d\n", text, meta_data_type(md, "none"),
	    meta_data_type(NULL, "s"));
	free(text);
	fprintf(out, "replace %d", meta_data_add_double(md, "s", 2));
	fprintf(out, " delete %d", meta_data_delete(md, "i"));
	fprintf(out, " %d\n", meta_data_delete(md, "i"));
	print_meta(out, md);
	fprintf(out, "merge %d\n", meta_data_clone_merge(&other, md));
	meta_data_add_string(md, "new", "1");
	meta_data_add_string(other, "own", "1");
	fprintf(out, "merge %d\n", meta_data_clone_merge(&other, md));
	print_meta(out, other);
	fprintf(out, "merge %d\n", meta_data_clone_merge(&other, NULL));
	meta_data_destroy(other);
	meta_data_destroy(md);
	meta_data_destroy(NULL);
}

void
probe_containers(FILE *out)
{
	lists(out);
	trees(out);
	meta(out);
}
