/* conf_item.c - trees of options: grown, copied, freed. */
#include "conf_item.h"

#include "conf.h"

/* Room for one more: the arrays double, so a power of two is full. */
static void *
grow(void *array, int n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return array;
	return reallocarray(array, n == 0 ? 1 : (size_t)n * 2, size);
}

int
conf_add_value(oconfig_item_t *item, const oconfig_value_t *value)
{
	oconfig_value_t *grown;

	grown = grow(item->values, item->values_num, sizeof(*grown));
	if (grown == NULL)
		return -1;
	item->values = grown;
	item->values[item->values_num++] = *value;
	return 0;
}

int
conf_add_child(oconfig_item_t *item, const oconfig_item_t *child)
{
	oconfig_item_t *grown;

	grown = grow(item->children, item->children_num, sizeof(*grown));
	if (grown == NULL)
		return -1;
	item->children = grown;
	item->children[item->children_num++] = *child;
	return 0;
}

void
conf_adopt(oconfig_item_t *root)
{
	int i;

	for (i = 0; i < root->children_num; i++) {
		root->children[i].parent = root;
		conf_adopt(&root->children[i]);
	}
}

void
conf_clear(oconfig_item_t *item)
{
	int i;

	for (i = 0; i < item->values_num; i++)
		if (item->values[i].type == OCONFIG_TYPE_STRING)
			free(item->values[i].value.string);
	for (i = 0; i < item->children_num; i++)
		conf_clear(&item->children[i]);
	free(item->values);
	free(item->children);
	free(item->key);
	memset(item, 0, sizeof(*item));
}

void
oconfig_free(oconfig_item_t *ci)
{
	if (ci != NULL)
		conf_clear(ci);
	free(ci);
}

static int
copy_values(oconfig_item_t *to, const oconfig_item_t *from)
{
	oconfig_value_t value;
	int i;

	for (i = 0; i < from->values_num; i++) {
		value = from->values[i];
		if (value.type == OCONFIG_TYPE_STRING)
			value.value.string = sstrdup(value.value.string);
		if (conf_add_value(to, &value) == 0)
			continue;
		if (value.type == OCONFIG_TYPE_STRING)
			free(value.value.string);
		return -1;
	}
	return 0;
}

static int
copy(oconfig_item_t *to, const oconfig_item_t *from)
{
	oconfig_item_t child;
	int i;

	memset(to, 0, sizeof(*to));
	to->key = sstrdup(from->key);
	if (copy_values(to, from) != 0)
		return -1;
	for (i = 0; i < from->children_num; i++)
		if (copy(&child, &from->children[i]) != 0 ||
		    conf_add_child(to, &child) != 0) {
			conf_clear(&child);
			return -1;
		}
	return 0;
}

oconfig_item_t *
oconfig_clone(const oconfig_item_t *ci)
{
	oconfig_item_t *root;

	if (ci == NULL)
		return NULL;
	root = calloc(1, sizeof(*root));
	if (root == NULL)
		return NULL;
	if (copy(root, ci) != 0) {
		oconfig_free(root);
		return NULL;
	}
	conf_adopt(root);
	return root;
}

char *
conf_values_text(const oconfig_item_t *ci)
{
	char *text = strdup(""), *more;
	const char *gap;
	int i;

	for (i = 0; text != NULL && i < ci->values_num; i++) {
		gap = i > 0 ? " " : "";
		if (ci->values[i].type == OCONFIG_TYPE_STRING)
			more = ssnprintf_alloc(
			    "%s%s%s", text, gap, ci->values[i].value.string);
		else if (ci->values[i].type == OCONFIG_TYPE_NUMBER)
			more = ssnprintf_alloc(
			    "%s%s%lf", text, gap, ci->values[i].value.number);
		else
			more = ssnprintf_alloc("%s%s%s", text, gap,
			    ci->values[i].value.boolean ? "true" : "false");
		free(text);
		text = more;
	}
	return text;
}
