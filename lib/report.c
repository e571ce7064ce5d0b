#include "report.h"

#include <string.h>

#include "buffer.h"
#include "clock.h"

void
report_put(struct report *r, const char *parameter, uint32_t kind,
    const char *unit, struct farm_value value)
{
	struct buffer name = BUFFER_INIT;

	buffer_printf(&name, "%s%s", r->prefix, parameter);
	if (buffer_failed(&name) || farm_emit(r->host, r->target, value,
					.parameter = buffer_text(&name),
					.kind = kind, .unit = unit) != 0)
		r->rc = -1;
	buffer_free(&name);
}

void
report_text(struct report *r, const char *parameter, const char *text)
{
	report_put(r, parameter, FARM_STATE, "", farm_text(text, strlen(text)));
}

void
report_time(struct report *r, const char *parameter, int64_t ns)
{
	if (ns >= 0)
		report_put(r, parameter, FARM_GAUGE, "s",
		    farm_double((double)ns / NS_PER_S));
}

void
report_status(struct report *r, const char *why)
{
	report_put(r, "ok", FARM_STATE, "", farm_boolean(why[0] == '\0'));
	report_text(r, "status", why[0] == '\0' ? "ok" : why);
}
