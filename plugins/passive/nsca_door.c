#include "nsca_door.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "clock.h"

/* Of one call, so that nobody holds up the others. */
#define READS_MAX 32

struct caller {
	struct connection connection; /* first */
	struct nsca_mixer *mixer;     /* NULL: not greeted yet */
	size_t size;
	uint8_t packet[NSCA_PACKET_SIZE]; /* touched as far as it came */
};

static void
release(struct connection *c)
{
	nsca_mixer_free(((struct caller *)c)->mixer);
}

void
nsca_door_init(struct nsca_door *d, size_t connections)
{
	d->connections = (struct connections){ .max = connections,
		.size = sizeof(struct caller),
		.zeroed = offsetof(struct caller, packet),
		.release = release };
}

void
nsca_door_close(struct nsca_door *d, struct farm_host *host)
{
	connections_close(&d->connections, host);
}

static bool
admit(void *cookie, const struct place *from)
{
	return intake_admits(cookie, from);
}

/* It fits into any socket's room. */
static bool
greet(const struct nsca_door *d, struct caller *c, int64_t now_s)
{
	uint8_t iv[NSCA_IV_SIZE], greeting[NSCA_GREETING_SIZE];

	if (getrandom(iv, sizeof(iv), 0) != sizeof(iv))
		return false;
	c->mixer = nsca_mixer_new(
	    d->method, NSCA_RECEIVES, iv, d->password, NULL);
	if (c->mixer == NULL)
		return false;
	nsca_greet(greeting, iv, (uint32_t)now_s);
	return send(c->connection.fd, greeting, sizeof(greeting),
		   MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(greeting);
}

void
nsca_door_accept(struct nsca_door *d, struct farm_host *host, struct intake *in,
    int listener)
{
	int64_t now_s = farm_now_ns(host) / NS_PER_S;
	struct connection *c, *next;

	connections_accept(&d->connections, host, listener, admit, in);
	for (c = d->connections.first; c != NULL; c = next) {
		next = c->next;
		if (((struct caller *)c)->mixer == NULL &&
		    !greet(d, (struct caller *)c, now_s))
			connections_end(&d->connections, host, c);
	}
}

/* A packet says the time it was greeted with, so an old one is one that
   somebody has kept. */
static int
check_age(const struct nsca_door *d, const struct nsca_result *r, int64_t now_s,
    struct error *err)
{
	int64_t age_s = now_s - (int64_t)r->time_s;

	if (age_s > d->max_age_s || age_s < -d->max_age_s)
		return error_set(
		    err, "a packet of %lld s ago", (long long)age_s);
	return 0;
}

static int
take_packet(struct nsca_door *d, struct farm_host *host, struct intake *in,
    struct caller *c, bool *ret_over)
{
	struct nsca_result r;
	struct error err;

	if (nsca_mix(c->mixer, c->packet, &err) != 0 ||
	    nsca_decode(c->packet, &r, &err) != 0 ||
	    check_age(d, &r, farm_now_ns(host) / NS_PER_S, &err) != 0) {
		intake_refuse(in, REFUSED, &c->connection.from, &err);
		*ret_over = true;
		return 0;
	}
	return intake_take(in, host, &c->connection.from,
	    &(struct passive_result){ r.host, r.service, r.state, r.output });
}

int
nsca_door_ready(struct nsca_door *d, struct farm_host *host, struct intake *in,
    struct connection *connection)
{
	struct caller *c = (struct caller *)connection;
	bool over = false;
	int rc = 0;
	ssize_t n;

	for (int i = 0; i < READS_MAX && !over && rc == 0; i++) {
		n = recv(connection->fd, c->packet + c->size,
		    sizeof(c->packet) - c->size, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			over = true;
			break;
		}
		connection->active_mono_ns = clock_mono_ns();
		c->size += (size_t)n;
		if (c->size < sizeof(c->packet))
			continue;
		c->size = 0;
		rc = take_packet(d, host, in, c, &over);
	}
	if (over)
		connections_end(&d->connections, host, connection);
	return rc;
}
