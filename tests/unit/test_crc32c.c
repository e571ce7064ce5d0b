#include "crc32c.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* RFC 3720, B.4: an iSCSI read command among them. */
static const uint8_t command[48] = { 0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
	0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0 };

static void
check(const void *bytes, size_t size, uint32_t want)
{
	assert_int_equal(crc32c(0, bytes, size), want);
	assert_int_equal(crc32c_portable(0, bytes, size), want);
}

static void
test_vectors(void **state)
{
	uint8_t bytes[32];
	size_t i;

	(void)state;
	check("", 0, 0);
	check("123456789", 9, 0xe3069283);
	memset(bytes, 0, sizeof(bytes));
	check(bytes, sizeof(bytes), 0x8a9136aa);
	memset(bytes, 0xff, sizeof(bytes));
	check(bytes, sizeof(bytes), 0x62a8ab43);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	check(bytes, sizeof(bytes), 0x46dd794e);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(31 - i);
	check(bytes, sizeof(bytes), 0x113fdb5c);
	check(command, sizeof(command), 0xd9963a56);
}

static void
test_both_agree_in_pieces(void **state)
{
	uint8_t bytes[300];
	size_t i, round, from, size, cut;
	uint32_t whole;

	(void)state;
	srand(3720);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rand();
	for (round = 0; round < 2000; round++) {
		from = (size_t)rand() % 40;
		size = (size_t)rand() % 250;
		cut = (size_t)rand() % (size + 1);
		whole = crc32c(0, bytes + from, size);
		assert_int_equal(crc32c_portable(0, bytes + from, size), whole);
		assert_int_equal(crc32c(crc32c_portable(0, bytes + from, cut),
				     bytes + from + cut, size - cut),
		    whole);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_both_agree_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
