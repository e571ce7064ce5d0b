#include "senders.h"

#include <string.h>

static const char *const parameters[FAULTS] = { "udp_source_malformed",
	"udp_source_limited" };

static void
drop(void *value, void *cookie)
{
	struct sender *s = value;

	for (size_t i = 0; i < FAULTS; i++)
		if (s->series[i] != 0)
			farm_release(cookie, s->series[i]);
}

int
senders_init(struct senders *s, size_t max)
{
	s->known = lru_new(max, sizeof(struct sender), drop);
	return s->known == NULL ? -1 : 0;
}

void
senders_free(struct senders *s, struct farm_host *host)
{
	lru_free(s->known, host);
	networks_free(&s->names);
}

struct sender *
senders_get(
    struct senders *all, struct farm_host *host, const struct place *from)
{
	struct sender *s = lru_find(
	    all->known, from->bytes, sizeof(from->bytes));

	if (s != NULL)
		return s;
	s = lru_add(all->known, from->bytes, sizeof(from->bytes), host);
	if (s == NULL)
		return NULL;
	place_print(from, s->text);
	s->node = networks_find(&all->names, from);
	if (s->node == NULL)
		s->node = s->text;
	return s;
}

void
sender_fault(struct sender *s, enum fault fault)
{
	s->faults[fault]++;
	s->changed = true;
}

struct emitting {
	struct farm_host *host;
	const char *cluster;
	bool all;
	int status;
};

static void
emit_sender(void *value, void *cookie)
{
	struct emitting *e = cookie;
	struct sender *s = value;
	struct farm_value rows[FAULTS];
	size_t i, n = 0;

	if (!s->changed && !e->all)
		return;
	for (i = 0; i < FAULTS; i++) {
		if (s->faults[i] > 0 && s->series[i] == 0)
			s->series[i] = farm_series(e->host, NULL,
			    .cluster = e->cluster, .node = s->node,
			    .parameter = parameters[i], .unit = "1",
			    .kind = FARM_COUNTER64);
		if (s->series[i] == 0)
			continue;
		rows[n] = farm_uint64(s->faults[i]);
		rows[n++].series = s->series[i];
	}
	if (n > 0 && farm_emit_rows(e->host, NULL, 0, 0, rows, n) != 0)
		e->status = -1;
	else
		s->changed = false;
}

int
senders_emit(struct senders *all, struct farm_host *host, bool every)
{
	struct emitting e = { host, all->cluster, every, 0 };

	lru_each(all->known, emit_sender, &e);
	return e.status;
}
