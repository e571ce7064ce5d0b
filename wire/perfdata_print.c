#include "perfdata_print.h"

#include <math.h>
#include <string.h>

void
perfdata_put_text(struct buffer *b, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		buffer_putc(b, text[i] == '|' || (unsigned char)text[i] < ' '
				   ? '_'
				   : text[i]);
}

static void
put_label(struct buffer *b, const char *label)
{
	bool quotes = label[strcspn(label, " \t'=")] != '\0' ||
		      label[0] == '\0';
	size_t length;

	buffer_puts(b, quotes ? "'" : "");
	while (*label != '\0') {
		length = strcspn(label, "'");
		perfdata_put_text(b, label, length);
		label += length;
		if (*label == '\0')
			break;
		buffer_puts(b, "''");
		label++;
	}
	buffer_puts(b, quotes ? "'=" : "=");
}

void
perfdata_put(struct buffer *b, const char *label, double number,
    const char *unit, const struct perfdata_bounds *bounds)
{
	const struct farm_value value = farm_double(number);

	put_label(b, label);
	if (isfinite(number))
		buffer_value(b, &value);
	else
		buffer_puts(b, "U");
	buffer_printf(b, "%s;%s;%s", unit, bounds->warn, bounds->crit);
	if (bounds->min[0] != '\0' || bounds->max[0] != '\0')
		buffer_printf(b, ";%s;%s", bounds->min, bounds->max);
}

const char *
perfdata_unit(const char *unit, uint32_t kind)
{
	static const struct {
		const char *ours;
		const char *theirs;
	} units[] = {
		{ "s", "s" },
		{ "ms", "ms" },
		{ "us", "us" },
		{ "%", "%" },
		{ "By", "B" },
		{ "kBy", "KB" },
		{ "MBy", "MB" },
		{ "GBy", "GB" },
		{ "TBy", "TB" },
		{ "KiBy", "KiB" },
		{ "MiBy", "MiB" },
		{ "GiBy", "GiB" },
		{ "TiBy", "TiB" },
	};

	if (kind == FARM_COUNTER32 || kind == FARM_COUNTER64)
		return "c";
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].ours) == 0)
			return units[i].theirs;
	return "";
}
