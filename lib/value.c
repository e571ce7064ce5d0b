#include "value.h"

bool
value_number(const struct farm_value *v, double *ret)
{
	switch (v->type) {
	case FARM_DOUBLE:
		*ret = v->number;
		return v->number == v->number;
	case FARM_INT64:
		*ret = (double)v->int64;
		return true;
	case FARM_UINT64:
		*ret = (double)v->uint64;
		return true;
	case FARM_BOOLEAN:
		*ret = v->boolean;
		return true;
	default:
		return false;
	}
}

struct farm_value
value_counted(double number)
{
	if (number >= 0 && number < 0x1p63 &&
	    (double)(uint64_t)number == number)
		return farm_uint64((uint64_t)number);
	return farm_double(number);
}
