/* conf_tree.c - options of farm.yaml as collectd's. */
#include "conf_tree.h"

#include "conf.h"
#include "conf_item.h"

__attribute__((format(printf, 3, 4))) static int
fail(struct error *err, const struct farm_tree *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	error_vset(err, format, args);
	va_end(args);
	return error_prefix(err, "%s:%u", at->file, (unsigned)at->line);
}

static int
add_value(oconfig_item_t *item, oconfig_value_t value, struct error *err,
    const struct farm_tree *at)
{
	if (conf_add_value(item, &value) == 0)
		return 0;
	if (value.type == OCONFIG_TYPE_STRING)
		free(value.value.string);
	return fail(err, at, "out of memory");
}

/* Nothing at all is no argument. */
static int
add_scalar(oconfig_item_t *item, const struct farm_tree *t, struct error *err)
{
	oconfig_value_t v = { .type = OCONFIG_TYPE_STRING };
	size_t length = strlen(t->value);

	if (length == 0 && !t->quoted)
		return 0;
	v.value.boolean = t->quoted ? -1 : conf_boolean(t->value, length);
	if (v.value.boolean >= 0)
		v.type = OCONFIG_TYPE_BOOLEAN;
	else if (!t->quoted && conf_number(t->value, length, &v.value.number))
		v.type = OCONFIG_TYPE_NUMBER;
	else
		v.value.string = sstrdup(t->value);
	return add_value(item, v, err, t);
}

/* A scalar, or a list of them. */
static int
add_arguments(
    oconfig_item_t *item, const struct farm_tree *t, struct error *err)
{
	size_t i;
	int status = 0;

	if (t->kind == FARM_SCALAR)
		return add_scalar(item, t, err);
	if (t->kind != FARM_SEQUENCE)
		return fail(
		    err, t, "%s: arguments are a value or a list", item->key);
	for (i = 0; status == 0 && i < t->n_children; i++) {
		if (t->children[i]->kind != FARM_SCALAR)
			return fail(err, t->children[i],
			    "%s: an argument is a value", item->key);
		status = add_scalar(item, t->children[i], err);
	}
	return status;
}

/* `Host db1' as collectd.conf would write it: a name, then its arguments. */
static int
add_head(oconfig_item_t *item, const struct farm_tree *t, struct error *err)
{
	oconfig_item_t *root = NULL;
	struct error reason;
	char *text;

	/* One argument more, or a bare name would be none of its options. */
	text = ssnprintf_alloc("%s 0", t->key);
	if (text == NULL)
		return fail(err, t, "out of memory");
	if (conf_parse("key", text, strlen(text), &root, &reason) != 0) {
		free(text);
		return fail(err, t, "\"%s\" is not the name of an option: %s",
		    t->key, reason.text);
	}
	free(text);
	if (root->children_num != 1 || root->children[0].children_num > 0) {
		oconfig_free(root);
		return fail(
		    err, t, "\"%s\" is not the name of an option", t->key);
	}
	*item = root->children[0];
	item->values_num--;
	item->parent = NULL;
	memset(&root->children[0], 0, sizeof(root->children[0]));
	oconfig_free(root);
	return 0;
}

static int add_members(
    oconfig_item_t *item, const struct farm_tree *t, struct error *err);

/* The option with the key of `head' and what one member says. */
static int
add_one(oconfig_item_t *into, const struct farm_tree *head,
    const struct farm_tree *t, struct error *err)
{
	oconfig_item_t item = { .key = NULL };
	int status;

	status = add_head(&item, head, err);
	if (status == 0)
		status = t->kind == FARM_MAPPING ? add_members(&item, t, err)
						 : add_arguments(&item, t, err);
	if (status == 0 && item.values_num + item.children_num == 0 &&
	    t->kind != FARM_MAPPING)
		status = fail(err, t, "%s has no value", item.key);
	/* As in collectd.conf, a block that says nothing is none. */
	if (status == 0 && item.values_num + item.children_num > 0) {
		if (conf_add_child(into, &item) == 0)
			return 0;
		status = fail(err, t, "out of memory");
	}
	conf_clear(&item);
	return status;
}

static int
add_members(oconfig_item_t *item, const struct farm_tree *t, struct error *err)
{
	const struct farm_tree *child;
	size_t i, k;
	int status = 0;

	for (i = 0; status == 0 && i < t->n_children; i++) {
		child = t->children[i];
		if (strcmp(child->key, "_args") == 0)
			status = add_arguments(item, child, err);
		else if (child->kind != FARM_SEQUENCE)
			status = add_one(item, child, child, err);
		else
			for (k = 0; status == 0 && k < child->n_children; k++)
				status = add_one(
				    item, child, child->children[k], err);
	}
	return status;
}

int
conf_from_tree(const char *key, const char *name, const struct farm_tree *tree,
    oconfig_item_t **ret, struct error *err)
{
	oconfig_value_t value = { .type = OCONFIG_TYPE_STRING };
	oconfig_item_t *root = calloc(1, sizeof(*root));
	int status = 0;

	if (root == NULL)
		return error_set(err, "out of memory");
	root->key = sstrdup(key);
	if (name != NULL) {
		value.value.string = sstrdup(name);
		if (conf_add_value(root, &value) != 0) {
			free(value.value.string);
			status = error_set(err, "out of memory");
		}
	}
	if (status == 0 && tree != NULL && tree->kind != FARM_MAPPING)
		status = fail(err, tree, "options are a mapping");
	if (status == 0 && tree != NULL)
		status = add_members(root, tree, err);
	if (status != 0) {
		oconfig_free(root);
		return -1;
	}
	conf_adopt(root);
	*ret = root;
	return 0;
}
