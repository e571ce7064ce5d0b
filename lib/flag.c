#include "flag.h"

#include <stdio.h>

#include "buffer.h"

bool
flag_turn(struct flag *f, bool is, int64_t now_ns, int64_t hold_ns,
    int64_t recover_ns)
{
	if (is == f->up) {
		f->turning = false;
		return false;
	}
	if (!f->turning) {
		f->turning = true;
		f->since_ns = now_ns;
	}
	if (now_ns - f->since_ns < (f->up ? recover_ns : hold_ns))
		return false;
	f->up = is;
	f->turning = false;
	return true;
}

static void
member(struct buffer *b, const char *name, const char *text)
{
	buffer_printf(b, "%s\"%s\":", b->size > 1 ? "," : "", name);
	buffer_json_text(b, text);
}

int
flag_tell(struct farm_host *host, const struct flag *f, const char *event,
    uint32_t series, int64_t now_ns, const char *format, ...)
{
	const struct farm_series *s = farm_series_info(host, series);
	struct buffer b = BUFFER_INIT;
	char text[512];
	va_list args;
	int rc;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buffer_putc(&b, '{');
	member(&b, "event", event);
	member(&b, "state", f->up ? "raised" : "over");
	member(&b, "text", text);
	member(&b, "farm", s->farm);
	member(&b, "cluster", s->cluster);
	member(&b, "node", s->node);
	member(&b, "parameter", s->parameter);
	buffer_putc(&b, '}');
	if (buffer_failed(&b))
		rc = farm_fail(host, "%s: out of memory", s->parameter);
	else
		rc = farm_emit_record(
		    host, NULL, FARM_EVENT, now_ns, b.data, b.size);
	buffer_free(&b);
	return rc;
}
