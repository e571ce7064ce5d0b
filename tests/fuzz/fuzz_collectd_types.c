/* Any text as types.db: every data set has names and sources. */
#include "types_db.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
see(void *data, const data_set_t *ds)
{
	size_t i;

	(void)data;
	if (ds->ds_num == 0 || ds->type[0] == '\0')
		__builtin_trap();
	for (i = 0; i < ds->ds_num; i++)
		if (ds->ds[i].name[0] == '\0' || ds->ds[i].type < 0 ||
		    ds->ds[i].type > DS_TYPE_ABSOLUTE)
			__builtin_trap();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct error err;

	types_db_parse("f", (const char *)bytes, size, see, NULL, &err);
	return 0;
}
