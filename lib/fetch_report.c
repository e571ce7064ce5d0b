#include "fetch_report.h"

#include "clock.h"

#define NS_PER_DAY (86400.0 * NS_PER_S)

void
report_connection(struct report *r, const struct fetch *f, const char *why)
{
	double left_ns = (double)(f->expires_ns - farm_now_ns(r->host));

	report_status(r, why);
	report_time(r, "dns_time", f->times.names);
	report_time(r, "connect_time", f->times.connect);
	report_time(r, "tls_time", f->times.tls);
	report_time(r, "total_time", f->times.total);
	if (f->address[0] != '\0')
		report_text(r, "address", f->address);
	if (f->expires_ns != 0)
		report_put(r, "certificate_days", FARM_GAUGE, "d",
		    farm_double(left_ns / NS_PER_DAY));
}

void
report_end(const struct report *r)
{
	if (r->rc == 0)
		farm_done(r->host, r->target);
	else
		farm_done_failed(r->host, r->target, "%s: values not taken",
		    r->target->node);
}
