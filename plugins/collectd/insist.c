#include "insist.h"

#include <stdlib.h>
#include <strings.h>

#include "conf_item.h"

/* Which block of which plugin has to have what, as true. */
static const struct {
	const char *plugin;
	const char *block;
	const char *option;
} wanted[] = {
	{ "write_graphite", "Node", "LogSendErrors" },
	{ "write_graphite", "Carbon", "LogSendErrors" },
	{ "write_http", "Node", "LogHttpError" },
	{ "write_http", "URL", "LogHttpError" },
};

static bool
has(const oconfig_item_t *block, const char *option)
{
	int i;

	for (i = 0; i < block->children_num; i++)
		if (strcasecmp(block->children[i].key, option) == 0)
			return true;
	return false;
}

static int
add(oconfig_item_t *block, const char *option)
{
	const oconfig_value_t yes = { .type = OCONFIG_TYPE_BOOLEAN,
		.value.boolean = 1 };
	oconfig_item_t item = { .key = strdup(option) };

	if (item.key != NULL && conf_add_value(&item, &yes) == 0 &&
	    conf_add_child(block, &item) == 0)
		return 0;
	conf_clear(&item);
	return -1;
}

int
insist_on_words(oconfig_item_t *block, struct error *err)
{
	const char *plugin = block->values_num > 0 && block->values[0].type ==
							  OCONFIG_TYPE_STRING
				 ? block->values[0].value.string
				 : "";
	oconfig_item_t *child;
	size_t k;
	int i;

	for (i = 0; i < block->children_num; i++) {
		child = &block->children[i];
		for (k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++)
			if (strcasecmp(plugin, wanted[k].plugin) == 0 &&
			    strcasecmp(child->key, wanted[k].block) == 0 &&
			    !has(child, wanted[k].option) &&
			    add(child, wanted[k].option) != 0)
				return error_set(err, "out of memory");
	}
	conf_adopt(block);
	return 0;
}
