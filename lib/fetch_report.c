#include "fetch_report.h"

#include <string.h>

#include "clock.h"

#define NS_PER_DAY (86400.0 * NS_PER_S)

void
report_put(struct fetch_report *r, const char *parameter, uint32_t kind,
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

static void
put_text(struct fetch_report *r, const char *parameter, const char *text)
{
	report_put(r, parameter, FARM_STATE, "", farm_text(text, strlen(text)));
}

void
report_time(struct fetch_report *r, const char *parameter, int64_t ns)
{
	if (ns >= 0)
		report_put(r, parameter, FARM_GAUGE, "s",
		    farm_double((double)ns / NS_PER_S));
}

void
report_connection(
    struct fetch_report *r, const struct fetch *f, const char *why)
{
	double left_ns = (double)(f->expires_ns - farm_now_ns(r->host));

	report_put(r, "ok", FARM_STATE, "", farm_boolean(why[0] == '\0'));
	put_text(r, "status", why[0] == '\0' ? "ok" : why);
	report_time(r, "dns_time", f->times.names);
	report_time(r, "connect_time", f->times.connect);
	report_time(r, "tls_time", f->times.tls);
	report_time(r, "total_time", f->times.total);
	if (f->address[0] != '\0')
		put_text(r, "address", f->address);
	if (f->expires_ns != 0)
		report_put(r, "certificate_days", FARM_GAUGE, "d",
		    farm_double(left_ns / NS_PER_DAY));
}

void
report_end(const struct fetch_report *r)
{
	if (r->rc == 0)
		farm_done(r->host, r->target);
	else
		farm_done_failed(r->host, r->target, "%s: values not taken",
		    r->target->node);
}
