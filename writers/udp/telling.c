#include "telling.h"

#include <inttypes.h>

#include "clock.h"

/* None were lost for so long: that is over. */
#define OVER_NS (60 * NS_PER_S)

static const char *const unsaid_names[UNSAIDS] = { "name", "value", "too_large",
	"old" };

static const struct {
	const char *name, *text;
} undelivered_names[UNDELIVERED] = {
	{ "no_address", "its name is not known" },
	{ "refused", "nobody listens there" },
	{ "limited", "more than `rate'" },
	{ "unsent", "the system does not send them" },
};

static uint64_t
lost_of(const struct destination *d)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < UNDELIVERED; i++)
		sum += d->undelivered[i];
	return sum;
}

/* The reason that most were lost for. */
static const char *
reason_of(const struct destination *d)
{
	size_t most = 0;

	for (size_t i = 1; i < UNDELIVERED; i++)
		if (d->undelivered[i] > d->undelivered[most])
			most = i;
	return undelivered_names[most].text;
}

static void
tell_losses(struct farm_host *host, struct destination *d, int64_t mono_ns)
{
	uint64_t lost = lost_of(d);

	if (lost > d->before) {
		if (d->lost_mono_ns == 0) {
			d->at_last = d->before;
			farm_log(host, FARM_WARNING,
			    "%s: datagrams are lost: %s", d->to.text,
			    reason_of(d));
		}
		d->lost_mono_ns = mono_ns;
	} else if (d->lost_mono_ns != 0 &&
		   mono_ns - d->lost_mono_ns > OVER_NS) {
		farm_log(host, FARM_NOTICE,
		    "%s: no more datagrams are lost, %" PRIu64 " were",
		    d->to.text, lost - d->at_last);
		d->lost_mono_ns = 0;
	}
	d->before = lost;
}

/* What waits while nothing is wrong is under way. */
static void
tell_waiting(struct farm_host *host, struct destination *d)
{
	if (d->waiting.first == NULL && d->behind) {
		farm_log(
		    host, FARM_NOTICE, "%s: has all lines again", d->to.text);
		d->behind = false;
	} else if (d->waiting.first != NULL && !d->behind &&
		   d->trouble.text[0] != '\0') {
		farm_log(host, FARM_WARNING, "%s; lines wait for it",
		    d->trouble.text);
		d->behind = true;
	}
}

void
tell_of(struct farm_host *host, struct destination *d, int64_t mono_ns)
{
	bool unknown = d->problem[0] != '\0';

	if (unknown && !d->unknown)
		farm_log(host, FARM_WARNING, "%s: %s%s", d->to.text, d->problem,
		    destination_is_known(d) ? "; the last address is used"
					    : "");
	else if (!unknown && d->unknown)
		farm_log(
		    host, FARM_NOTICE, "%s: has an address again", d->to.text);
	d->unknown = unknown;
	tell_losses(host, d, mono_ns);
	tell_waiting(host, d);
}

void
tell_composer(
    struct buffer *b, const char *format, const struct composer_counts *counts)
{
	buffer_printf(b,
	    "{\"format\":\"%s\",\"values\":%" PRIu64 ",\"left_out\":{", format,
	    counts->values);
	for (size_t i = 0; i < UNSAIDS; i++)
		buffer_printf(b, "%s\"%s\":%" PRIu64, i == 0 ? "" : ",",
		    unsaid_names[i], counts->unsaid[i]);
	buffer_puts(b, "},\"to\":");
}

void
tell_destination(struct buffer *b, const struct destination *d)
{
	buffer_puts(b, "{\"to\":");
	buffer_json_text(b, d->to.text);
	buffer_printf(b,
	    ",\"sent\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"resent\":%" PRIu64
	    ",\"connections\":%" PRIu64 ",\"waiting\":%zu,\"lost\":{",
	    d->sent, d->bytes, d->resent, d->connections, d->waiting.size);
	for (size_t i = 0; i < UNDELIVERED; i++)
		buffer_printf(b, "%s\"%s\":%" PRIu64, i == 0 ? "" : ",",
		    undelivered_names[i].name, d->undelivered[i]);
	buffer_puts(b, "}}");
}
