/* NSCA: one connection, a packet for each result, and no answer. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connect.h"
#include "passive.h"

#define PORT 5667

static int
read_greeting(int fd, uint8_t *greeting, int64_t until_ns, struct error *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < NSCA_GREETING_SIZE) {
		n = connect_move(fd, "its greeting", greeting + done,
		    NSCA_GREETING_SIZE - done, false, until_ns, err);
		if (n < 0)
			return -1;
		if (n == 0)
			return error_set(err,
			    "the connection ended without a greeting: are we "
			    "allowed?");
		done += (size_t)n;
	}
	return 0;
}

static int
write_packet(int fd, uint8_t *packet, int64_t until_ns, struct error *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < NSCA_PACKET_SIZE) {
		n = connect_move(fd, "a packet", packet + done,
		    NSCA_PACKET_SIZE - done, true, until_ns, err);
		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

/* A text that is too long loses its end, not within a character. */
static void
put_output(char *to, const char *output)
{
	size_t length = strnlen(output, NSCA_OUTPUT_SIZE - 1);

	while (length > 0 && ((unsigned char)output[length] & 0xc0) == 0x80)
		length--;
	memcpy(to, output, length);
	to[length] = '\0';
}

/* Names were looked at before: they fit. */
static void
make_result(struct nsca_result *ret, const struct passive *p, uint32_t time_s)
{
	struct buffer output = BUFFER_INIT;

	*ret = (struct nsca_result){ .time_s = time_s,
		.state = (int16_t)p->state };
	(void)snprintf(ret->host, sizeof(ret->host), "%s", p->host);
	(void)snprintf(ret->service, sizeof(ret->service), "%s", p->service);
	passive_put_output(&output, p->output);
	put_output(ret->output, buffer_text(&output));
	buffer_free(&output);
}

static int
send_all(int fd, struct nsca_mixer *mixer, uint32_t time_s,
    const struct passive *first, int64_t until_ns, struct error *err)
{
	uint8_t packet[NSCA_PACKET_SIZE];
	struct nsca_result result;

	for (const struct passive *p = first; p != NULL; p = p->next) {
		make_result(&result, p, time_s);
		nsca_encode(packet, &result);
		if (nsca_mix(mixer, packet, err) != 0 ||
		    write_packet(fd, packet, until_ns, err) != 0)
			return -1;
	}
	return 0;
}

static int
talk(int fd, const struct outlet_options *o, const struct passive *first,
    int64_t until_ns, struct error *err)
{
	uint8_t greeting[NSCA_GREETING_SIZE];
	struct nsca_mixer *mixer;
	uint32_t time_s = 0;
	int rc;

	if (read_greeting(fd, greeting, until_ns, err) != 0)
		return -1;
	mixer = nsca_mixer_new((enum nsca_method)o->method, NSCA_SENDS,
	    greeting, o->password, err);
	if (mixer == NULL)
		return -1;
	/* The server takes no packet that is old by its own clock. */
	for (int i = 0; i < 4; i++)
		time_s = time_s << 8 | greeting[NSCA_IV_SIZE + i];
	rc = send_all(fd, mixer, time_s, first, until_ns, err);
	nsca_mixer_free(mixer);
	return rc;
}

int
nsca_send(const struct outlet_options *o, const struct passive *first,
    int64_t until_ns, struct error *err)
{
	const struct connect_server server = { .name = o->nsca.host,
		.port = (uint16_t)(o->nsca.port == 0 ? PORT : o->nsca.port),
		.family = AF_UNSPEC,
		.type = SOCK_STREAM };
	int fd = connect_open(&server, until_ns, err);
	int rc;

	if (fd < 0)
		return error_prefix(err, "port %u", server.port);
	rc = talk(fd, o, first, until_ns, err);
	if (rc != 0)
		error_prefix(err, "%s", o->nsca.text);
	(void)close(fd);
	return rc;
}
