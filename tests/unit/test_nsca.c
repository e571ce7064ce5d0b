/* NSCA's packets: those of a real send_nsca, and our own. */
#include <stdio.h>
#include <string.h>

#include "crc32.h"
#include "nsca.h"
#include "unit.h"

static void
read_data(const char *name, uint8_t *to, size_t size)
{
	char path[500];
	FILE *f;

	(void)snprintf(path, sizeof(path), TEST_DATA "/nagios/%s", name);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fread(to, 1, size, f), size);
	fclose(f);
}

static void
test_crc(void **unused)
{
	(void)unused;
	assert_int_equal(crc32_of((const uint8_t *)"123456789", 9), 0xcbf43926);
}

static void
test_send_nsca(void **unused)
{
	uint8_t packets[2 * NSCA_PACKET_SIZE], greeting[NSCA_GREETING_SIZE];
	struct nsca_result r;
	struct error err;

	(void)unused;
	read_data("nsca-plain-client-2packets.bin", packets, sizeof(packets));
	assert_int_equal(nsca_decode(packets, &r, &err), 0);
	assert_string_equal(r.host, "farm1");
	assert_string_equal(r.service, "farmmon-passive");
	assert_int_equal(nsca_decode(packets + NSCA_PACKET_SIZE, &r, &err), 0);
	read_data("nsca-xor-server-greeting.bin", greeting, sizeof(greeting));
	read_data("nsca-xor-client.bin", packets, NSCA_PACKET_SIZE);
	nsca_mix(packets, NSCA_XOR, greeting, "sekrit");
	assert_int_equal(nsca_decode(packets, &r, &err), 0);
	assert_string_equal(r.host, "farm1");
	nsca_mix(packets, NSCA_XOR, greeting, "another");
	assert_int_equal(nsca_decode(packets, &r, &err), -1);
	assert_string_equal(
	    err.text, "not version 3: the password or the method is another");
}

static void
test_there_and_back(void **unused)
{
	struct nsca_result r = { .time_s = 0xfedcba98,
		.state = 2,
		.host = "h",
		.service = "",
		.output = "bad|x=1" };
	uint8_t packet[NSCA_PACKET_SIZE], iv[NSCA_IV_SIZE];
	struct nsca_result back;
	struct error err;

	(void)unused;
	for (size_t i = 0; i < sizeof(iv); i++)
		iv[i] = (uint8_t)(i * 7);
	nsca_encode(packet, &r);
	nsca_mix(packet, NSCA_XOR, iv, "p");
	nsca_mix(packet, NSCA_XOR, iv, "p");
	assert_int_equal(nsca_decode(packet, &back, &err), 0);
	assert_int_equal(back.time_s, r.time_s);
	assert_int_equal(back.state, 2);
	assert_string_equal(back.output, r.output);
	packet[300] ^= 1;
	assert_int_equal(nsca_decode(packet, &back, &err), -1);
	assert_string_equal(err.text,
	    "the sum is wrong: the password or the method is another");
	/* A text without an end, under a sum that is right. */
	memset(r.host, 'x', sizeof(r.host));
	nsca_encode(packet, &r);
	assert_int_equal(nsca_decode(packet, &back, &err), 0);
	assert_int_equal(strlen(back.host), NSCA_HOST_SIZE - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc),
		cmocka_unit_test(test_send_nsca),
		cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
