/* Any text as collectd.conf: a tree that can be copied, or an error. */
#include "conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	oconfig_item_t *root, *copy;
	struct error err;
	int i;

	if (conf_parse("f", (const char *)bytes, size, &root, &err) != 0)
		return 0;
	copy = oconfig_clone(root);
	for (i = 0; i < copy->children_num; i++)
		free(conf_values_text(&copy->children[i]));
	oconfig_free(copy);
	oconfig_free(root);
	return 0;
}
