/* NSCA's packets: those of a real send_nsca, and our own. */
#include <stdio.h>
#include <string.h>

#include "crc32.h"
#include "nsca_mix.h"
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

/* Of a connection's packets, those up to the last. */
static void
mix(enum nsca_method method, enum nsca_way way, const uint8_t *iv,
    const char *password, uint8_t *packets, size_t n)
{
	struct nsca_mixer *m;
	struct error err;

	m = nsca_mixer_new(method, way, iv, password, &err);
	assert_non_null(m);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
		    nsca_mix(m, packets + i * NSCA_PACKET_SIZE, &err), 0);
	nsca_mixer_free(m);
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
	mix(NSCA_XOR, NSCA_RECEIVES, greeting, "sekrit", packets, 1);
	assert_int_equal(nsca_decode(packets, &r, &err), 0);
	assert_string_equal(r.host, "farm1");
	mix(NSCA_XOR, NSCA_RECEIVES, greeting, "another", packets, 1);
	assert_int_equal(nsca_decode(packets, &r, &err), -1);
	assert_string_equal(
	    err.text, "not version 3: the password or the method is another");
}

static void
there_and_back(enum nsca_method method, const char *password)
{
	struct nsca_result r = { .time_s = 0xfedcba98,
		.state = 2,
		.host = "h",
		.service = "",
		.output = "bad|x=1" };
	uint8_t packets[2 * NSCA_PACKET_SIZE], iv[NSCA_IV_SIZE];
	struct nsca_result back;
	struct error err;

	for (size_t i = 0; i < sizeof(iv); i++)
		iv[i] = (uint8_t)(i * 7);
	nsca_encode(packets, &r);
	nsca_encode(packets + NSCA_PACKET_SIZE, &r);
	mix(method, NSCA_SENDS, iv, password, packets, 2);
	mix(method, NSCA_RECEIVES, iv, password, packets, 2);
	assert_int_equal(nsca_decode(packets, &back, &err), 0);
	assert_int_equal(
	    nsca_decode(packets + NSCA_PACKET_SIZE, &back, &err), 0);
	assert_int_equal(back.time_s, r.time_s);
	assert_int_equal(back.state, 2);
	assert_string_equal(back.output, r.output);
}

static void
test_there_and_back(void **unused)
{
	/* As long as a key, and longer than all. */
	static const char *const passwords[] = { "p",
		"abcdefghijklmnopqrstuvwxyz012345",
		"abcdefghijklmnopqrstuvwxyz0123456789" };

	(void)unused;
	for (size_t i = 0; i < 3; i++)
		for (int method = NSCA_PLAIN; method <= NSCA_AES256; method++)
			if (nsca_mix_check((enum nsca_method)method,
				passwords[i], NULL) == 0)
				there_and_back(
				    (enum nsca_method)method, passwords[i]);
}

static void
test_without_password(void **unused)
{
	struct error err;

	(void)unused;
	assert_int_equal(nsca_mix_check(NSCA_PLAIN, NULL, &err), 0);
	assert_int_equal(nsca_mix_check(NSCA_XOR, NULL, &err), -1);
	assert_string_equal(
	    err.text, "password: is missing, with the method xor");
	assert_int_equal(nsca_mix_check(NSCA_3DES, "", &err), -1);
	assert_string_equal(
	    err.text, "password: is missing, with the method 3des");
}

static void
test_damaged(void **unused)
{
	struct nsca_result r = { .state = 2, .output = "bad|x=1" };
	uint8_t packet[NSCA_PACKET_SIZE];
	struct nsca_result back;
	struct error err;

	(void)unused;
	nsca_encode(packet, &r);
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
		cmocka_unit_test(test_without_password),
		cmocka_unit_test(test_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
