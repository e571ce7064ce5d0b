#include "nsca.h"

#include <string.h>

#include "crc32.h"

#define NSCA_VERSION 3
#define AT_CRC 4
#define AT_TIME 8
#define AT_STATE 12
#define AT_HOST 14
#define AT_SERVICE 78
#define AT_OUTPUT 206

static void
put16(uint8_t *to, uint16_t n)
{
	to[0] = (uint8_t)(n >> 8);
	to[1] = (uint8_t)n;
}

static void
put32(uint8_t *to, uint32_t n)
{
	put16(to, (uint16_t)(n >> 16));
	put16(to + 2, (uint16_t)n);
}

static uint16_t
get16(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

static uint32_t
get32(const uint8_t *from)
{
	return (uint32_t)get16(from) << 16 | get16(from + 2);
}

void
nsca_greet(uint8_t ret[NSCA_GREETING_SIZE], const uint8_t iv[NSCA_IV_SIZE],
    uint32_t time_s)
{
	memcpy(ret, iv, NSCA_IV_SIZE);
	put32(ret + NSCA_IV_SIZE, time_s);
}

void
nsca_encode(uint8_t ret[NSCA_PACKET_SIZE], const struct nsca_result *r)
{
	memset(ret, 0, NSCA_PACKET_SIZE);
	put16(ret, NSCA_VERSION);
	put32(ret + AT_TIME, r->time_s);
	put16(ret + AT_STATE, (uint16_t)r->state);
	memcpy(ret + AT_HOST, r->host, strnlen(r->host, NSCA_HOST_SIZE - 1));
	memcpy(ret + AT_SERVICE, r->service,
	    strnlen(r->service, NSCA_SERVICE_SIZE - 1));
	memcpy(ret + AT_OUTPUT, r->output,
	    strnlen(r->output, NSCA_OUTPUT_SIZE - 1));
	put32(ret + AT_CRC, crc32_of(ret, NSCA_PACKET_SIZE));
}

/* What is behind the NUL is noise. */
static int
take_text(char *to, const uint8_t *from, size_t size, const char *what,
    struct error *err)
{
	const uint8_t *end = memchr(from, '\0', size);

	if (end == NULL)
		return error_set(err, "the %s does not end", what);
	memcpy(to, from, (size_t)(end - from) + 1);
	return 0;
}

int
nsca_decode(const uint8_t packet[NSCA_PACKET_SIZE], struct nsca_result *ret,
    struct error *err)
{
	uint8_t copy[NSCA_PACKET_SIZE];
	struct nsca_result r;

	if (get16(packet) != NSCA_VERSION)
		return error_set(err,
		    "not version %d: the password or the method is another",
		    NSCA_VERSION);
	memcpy(copy, packet, sizeof(copy));
	put32(copy + AT_CRC, 0);
	if (crc32_of(copy, sizeof(copy)) != get32(packet + AT_CRC))
		return error_set(err, "the sum is wrong: the password or the "
				      "method is another");
	r.time_s = get32(packet + AT_TIME);
	r.state = (int16_t)get16(packet + AT_STATE);
	if (take_text(r.host, packet + AT_HOST, NSCA_HOST_SIZE, "host", err) !=
		0 ||
	    take_text(r.service, packet + AT_SERVICE, NSCA_SERVICE_SIZE,
		"service", err) != 0 ||
	    take_text(r.output, packet + AT_OUTPUT, NSCA_OUTPUT_SIZE, "output",
		err) != 0)
		return -1;
	*ret = r;
	return 0;
}
