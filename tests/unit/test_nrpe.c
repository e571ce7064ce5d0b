/* NRPE's packets: as check_nrpe and nrpe 4.1.0 have sent them, in all three
   versions of questions and two of answers. */
#include "nrpe.h"

#include <stdlib.h>

#include "unit.h"
#include "whole_file.h"

static uint8_t *
recorded(const char *name, size_t *ret_size)
{
	char path[256];

	snprintf(path, sizeof(path), TEST_DATA "/nrpe/%s.bin", name);
	return (uint8_t *)whole_file(path, ret_size);
}

/* Theirs of version 2 have leftovers behind the text; all that counts is the
   same. */
static void
test_questions(void **unused)
{
	static const char *const names[] = { "v2-query-check_load",
		"v3-query-check_load", "v4-query-check_load" };
	uint8_t ours[NRPE_QUESTION_SIZE], *theirs;
	struct error err;
	size_t size;
	int i;

	(void)unused;
	for (i = 0; i < 3; i++) {
		theirs = recorded(names[i], &size);
		assert_int_equal(size, NRPE_QUESTION_SIZE);
		assert_int_equal(
		    nrpe_question(ours, 2 + i, "check_load", &err), 0);
		if (i == 0) {
			assert_memory_equal(ours, theirs, 4);
			assert_memory_equal(ours + 10, theirs + 10, 11);
		} else
			assert_memory_equal(ours, theirs, size);
		free(theirs);
	}
}

static void
test_too_long(void **unused)
{
	uint8_t packet[NRPE_QUESTION_SIZE];
	char text[NRPE_TEXT_MAX + 2];
	struct error err;

	(void)unused;
	memset(text, 'x', sizeof(text));
	text[NRPE_TEXT_MAX] = '\0';
	assert_int_equal(nrpe_question(packet, 4, text, &err), 0);
	text[NRPE_TEXT_MAX] = 'x';
	text[NRPE_TEXT_MAX + 1] = '\0';
	assert_int_equal(nrpe_question(packet, 4, text, &err), -1);
	assert_string_equal(err.text,
	    "the command and its arguments have 1001 bytes, not 1000 at most");
}

static const struct {
	const char *name;
	int state;
	size_t length;
	const char *begins;
} answers[] = {
	{ "v2-response-1036", 0, 1023, "OK - long|m1=1 m2=2" },
	{ "v4-response-28", 0, 11, "NRPE v4.1.0" },
	{ "v4-response-51", 3, 34, "NRPE: Command 'nosuch' not defined" },
	{ "v4-response-56", 3, 39, "NRPE: Command timed out after 5 seconds" },
	{ "v4-response-147", 0, 130, "LOAD OK - total load average: 0.36" },
};

static void
test_answers(void **unused)
{
	struct nrpe_answer a;
	struct error err;
	uint8_t *packet;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(answers); i++) {
		packet = recorded(answers[i].name, &size);
		assert_int_equal(nrpe_answer_size(packet, &err), size);
		assert_int_equal(nrpe_answer_read(&a, packet, size, &err), 0);
		assert_int_equal(a.state, answers[i].state);
		assert_int_equal(a.text.length, answers[i].length);
		assert_memory_equal(
		    a.text.text, answers[i].begins, strlen(answers[i].begins));
		free(packet);
	}
}

/* At each byte; and with each byte changed, but for what version 2 keeps
   behind its text, which its CRC covers too. */
static void
test_damaged(void **unused)
{
	struct nrpe_answer a;
	struct error err;
	uint8_t *packet, *part;
	size_t i, at, size;

	(void)unused;
	for (i = 0; i < COUNT(answers); i++) {
		packet = recorded(answers[i].name, &size);
		for (at = 0; at < size; at++) {
			part = malloc(at + (at == 0));
			assert_non_null(part);
			memcpy(part, packet, at);
			assert_int_equal(
			    nrpe_answer_read(&a, part, at, &err), -1);
			free(part);
			packet[at] ^= 0x20;
			assert_int_equal(
			    nrpe_answer_read(&a, packet, size, &err), -1);
			packet[at] ^= 0x20;
		}
		free(packet);
	}
}

static void
test_sizes(void **unused)
{
	uint8_t head[NRPE_HEAD_SIZE] = { 0, 3, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 9 };
	struct error err;

	(void)unused;
	assert_int_equal(nrpe_answer_size(head, &err), 16 + 9 + 3);
	head[1] = 4;
	assert_int_equal(nrpe_answer_size(head, &err), 16 + 9);
	head[12] = 0xff;
	assert_int_equal(nrpe_answer_size(head, &err), -1);
	assert_string_equal(
	    err.text, "answers with 4278190089 bytes, not 1048576 at most");
	head[3] = 1;
	assert_int_equal(nrpe_answer_size(head, &err), -1);
	assert_string_equal(err.text, "answers something that is no NRPE");
	head[3] = 2;
	head[1] = 5;
	assert_int_equal(nrpe_answer_size(head, &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
