/*
 * ApMon: tests/data/apmon holds what real clients sent, what an independent
 * script read in it and what MonALISA's listener made of it.
 */
#include "apmon.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

#define FOLDER TEST_DATA "/apmon/"

struct bytes {
	uint8_t
	    *data; /* in a block of its own, so that sanitizers see its end */
	size_t size;
};

static struct bytes
copy_of(const uint8_t *data, size_t size)
{
	struct bytes b = { malloc(size + (size == 0)), size };

	assert_non_null(b.data);
	memcpy(b.data, data, size);
	return b;
}

static struct bytes
load(const char *file)
{
	uint8_t data[4096];
	char path[512];
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "%s", file);
	f = fopen(path, "re");
	if (f == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	while (size < sizeof(data) && fscanf(f, "%2hhx", &data[size]) == 1)
		size++;
	fclose(f);
	assert_true(size > 0);
	return copy_of(data, size);
}

/* --- what the independent script read --- */

/* The bytes of b'...' with its escapes; returns their number. */
static size_t
python_bytes(const char *p, char *to)
{
	char *start = to;

	for (p += 2; *p != '\'' && *p != '\0'; to++) {
		if (p[0] == '\\' && p[1] == 'x') {
			assert_int_equal(sscanf(p + 2, "%2hhx", to), 1);
			p += 4;
		} else {
			*to = *p++;
		}
	}
	return (size_t)(to - start);
}

static void
assert_slice(const char *file, struct slice got, const char *line)
{
	char want[256];
	size_t length = python_bytes(strstr(line, "b'"), want);

	if (got.length != length || memcmp(got.text, want, length) != 0)
		fail_msg("%s: \"%.*s\" instead of %s", file, (int)got.length,
		    got.text, line);
}

/* (b'name', 5, 3.25) */
static void
assert_parameter(const char *file, struct apmon_datagram *d, const char *line)
{
	const char *value = strrchr(line, ' ') + 1;
	struct apmon_parameter p;

	if (!apmon_next(d, &p))
		fail_msg("%s: no parameter left for %s", file, line);
	assert_slice(file, p.name, line);
	assert_non_null(strstr(line, "', "));
	assert_int_equal(p.type, atoi(strstr(line, "', ") + 3));
	switch (p.type) {
	case APMON_STRING:
		assert_int_equal(p.value.type, FARM_TEXT);
		assert_slice(file,
		    (struct slice){ p.value.text, p.value.length },
		    strstr(strstr(line, "', ") + 3, "b'"));
		break;
	case APMON_INT32:
		assert_int_equal(p.value.type, FARM_INT64);
		assert_int_equal(p.value.int64, strtoll(value, NULL, 10));
		break;
	default:
		assert_int_equal(p.value.type, FARM_DOUBLE);
		assert_true(p.value.number == strtod(value, NULL));
	}
}

/* The version may be too old for what the script read as a time. */
static void
assert_time(const char *file, const struct apmon_datagram *d, int64_t want)
{
	enum apmon_time time = want < 0 ? APMON_TIME_BAD
			       : strcmp(file, "syn_v13_ts.hex") == 0
				   ? APMON_TIME_OLD
				   : APMON_TIME_GIVEN;

	if (d->time != time)
		fail_msg("%s: time is %d instead of %d", file, d->time, time);
	if (time == APMON_TIME_GIVEN)
		assert_int_equal(d->time_ns, want * 1000000000);
	else
		assert_int_equal(d->time_ns, 0);
}

static void
assert_line(const char *file, struct apmon_datagram *d, const char *line)
{
	struct apmon_parameter p;
	long long n = 0;

	if (strstr(line, "('header'") != NULL) {
		assert_true(d->version.length > 0);
		assert_slice(file,
		    (struct slice){ d->version.text - 2,
			(size_t)(d->password.text - d->version.text) + 2 +
			    d->password.length },
		    line);
	} else if (sscanf(line, " ('instance', '%llx')",
		       (unsigned long long *)&n) == 1) {
		assert_true(d->sequenced);
		assert_int_equal(d->instance, n);
	} else if (sscanf(line, " ('seq', %lld)", &n) == 1) {
		assert_int_equal(d->sequence, n);
	} else if (strstr(line, "('cluster'") != NULL ||
		   strstr(line, "('cluster(") != NULL) {
		assert_slice(file, d->cluster, line);
	} else if (strstr(line, "('node'") != NULL) {
		assert_slice(file, d->node, line);
	} else if (sscanf(line, " ('n', %lld)", &n) == 1) {
		assert_int_equal(d->n_announced, n);
		assert_int_equal(d->n_parameters, n);
		assert_false(d->truncated);
	} else if (sscanf(line, " ('timestamp', %lld)", &n) == 1) {
		assert_time(file, d, n);
	} else if (strstr(line, "('rest', 0") != NULL) {
		assert_false(apmon_next(d, &p));
	} else {
		assert_parameter(file, d, line);
	}
}

/* It did not know two types and took what follows for a time. */
static bool
script_knows(const char *file)
{
	return strcmp(file, "syn_int16.hex") != 0 &&
	       strcmp(file, "syn_int64.hex") != 0;
}

static void
decode_file(const char *file, struct bytes *b, struct apmon_datagram *d)
{
	enum apmon_reason reason;

	free(b->data);
	*b = load(file);
	reason = apmon_decode(b->data, b->size, d);
	/* This one ends inside its value; the listener read a 0 there. */
	if (reason !=
	    (strcmp(file, "syn_trunc.hex") == 0 ? APMON_CUT : APMON_OK))
		fail_msg("%s: %s", file, apmon_reason_text(reason));
}

static void
test_corpus(void **unused)
{
	struct bytes b = { NULL, 0 };
	struct apmon_datagram d;
	char line[512], file[64] = "";
	size_t n_files = 0;
	FILE *f = fopen(FOLDER "decoded.txt", "re");

	(void)unused;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "== %63s", file) == 1) {
			decode_file(file, &b, &d);
			n_files++;
		} else if (script_knows(file)) {
			assert_line(file, &d, line);
		}
	}
	fclose(f);
	free(b.data);
	assert_int_equal(n_files, 36);
}

/* --- what MonALISA's listener made of it --- */

/* The next "* name = \t"; the names of a Result are of numbers. */
static const char *
next_name(const char *line, char name[64])
{
	const char *at = strstr(line, "     * ");

	if (at == NULL)
		return NULL;
	assert_int_equal(sscanf(at, " * %63s", name), 1);
	return at + 7;
}

/* The next parameter that is a text, or is none. */
static void
assert_split(const char *file, struct apmon_datagram d, const char *line)
{
	bool text = strncmp(line, "eResult", 7) == 0;
	struct apmon_parameter p = { .type = APMON_STRING };
	char name[64];

	while ((line = next_name(line, name)) != NULL) {
		do {
			if (!apmon_next(&d, &p))
				fail_msg("%s: no %s", file, name);
		} while ((p.value.type == FARM_TEXT) != text);
		if (!slice_is(p.name, name))
			fail_msg("%s: %.*s instead of %s", file,
			    (int)p.name.length, p.name.text, name);
	}
}

static void
test_listener(void **unused)
{
	struct bytes b = { NULL, 0 };
	struct apmon_datagram d;
	char line[2048], file[64] = "";
	size_t n_results = 0;
	FILE *f = fopen(FOLDER "monalisa_receiver_output.txt", "re");

	(void)unused;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "== %63s", file) == 1) {
			decode_file(file, &b, &d);
		} else if (strstr(line, "esult  -->") != NULL &&
			   strcmp(file, "syn_trunc.hex") != 0) {
			assert_split(file, d, line);
			n_results++;
		}
	}
	fclose(f);
	free(b.data);
	assert_true(n_results > 34);
}

/* --- cases made by hand --- */

#define V22 "00000009763a322e322e30703a000000"
#define SENDER "0000000700000000"
#define C1N1                                                                   \
	"00000002433100000000000"                                              \
	"24e310000"
#define P_INT "000000017000000000000002000000ff"

static const struct {
	const char *what;
	const char *hex;
	enum apmon_reason want;
} cases[] = {
	{ "nothing", "", APMON_SHORT },
	{ "half a length", "0000", APMON_SHORT },
	{ "a header of 4 GB", "ffffffff763a3270", APMON_SHORT },
	{ "padding missing",
	    "00000001"
	    "43",
	    APMON_SHORT },
	{ "no parameters", V22 SENDER C1N1 "00000000", APMON_OK },
	{ "no number", V22 SENDER C1N1, APMON_SHORT },
	{ "a negative number", V22 SENDER C1N1 "ffffffff" P_INT,
	    APMON_NEGATIVE },
	{ "2^31-1 of them, one there", V22 SENDER C1N1 "7fffffff" P_INT,
	    APMON_OK },
	{ "cut", V22 SENDER C1N1 "00000002" P_INT "00000001", APMON_CUT },
	{ "a name too long",
	    V22 SENDER C1N1 "00000001"
			    "7fffffff7000000000000002000000ff",
	    APMON_CUT },
	{ "type 6",
	    V22 SENDER C1N1 "00000001"
			    "000000017000000000000006"
			    "000000ff",
	    APMON_TYPE },
	{ "5 bytes after", V22 SENDER C1N1 "00000001" P_INT "0000000000",
	    APMON_TRAILING },
	{ "8 bytes after", V22 SENDER C1N1 "00000001" P_INT "6553f1006553f100",
	    APMON_TRAILING },
	{ "padding that is not 0",
	    V22 SENDER "0000000243317878"
		       "000000024e317878"
		       "00000001" P_INT,
	    APMON_OK },
};

static struct bytes
from_hex(const char *hex)
{
	uint8_t data[1024];
	size_t size = 0;

	while (hex[2 * size] != '\0' &&
	       sscanf(hex + 2 * size, "%2hhx", &data[size]) == 1)
		size++;
	return copy_of(data, size);
}

static void
test_cases(void **unused)
{
	struct apmon_datagram d;
	enum apmon_reason got;
	struct bytes b;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		b = from_hex(cases[i].hex);
		memset(&d, 0x5a, sizeof(d));
		got = apmon_decode(b.data, b.size, &d);
		if (got != cases[i].want)
			fail_msg(
			    "%s: %s", cases[i].what, apmon_reason_text(got));
		if (got != APMON_OK)
			assert_int_equal(d.n_left, 0x5a5a5a5a);
		free(b.data);
	}
	b.data = calloc(1, APMON_DATAGRAM_MAX + 1);
	assert_non_null(b.data);
	assert_int_equal(
	    apmon_decode(b.data, APMON_DATAGRAM_MAX + 1, &d), APMON_TOO_LARGE);
	free(b.data);
}

static const struct {
	const char *header;
	const char *version;
	const char *language;
	const char *password;
	bool sequenced;
	bool timed;
} headers[] = {
	{ "v:2.2.2p:secret", "2.2.2", "", "secret", true, true },
	{ "v:2.2.8_cppp:", "2.2.8", "cpp", "", true, true },
	{ "v:2.17.02-pyp:a", "2.17.02", "py", "a", true, true },
	{ "v:2.2p:with p: in it", "2.2", "", "with p: in it", true, true },
	{ "v:2.10p:", "2.10", "", "", true, true },
	{ "v:10p:", "10", "", "", true, true },
	{ "v:2p:", "2", "", "", false, true },
	{ "v:2.1.9p:", "2.1.9", "", "", false, true },
	{ "v:1.6p:", "1.6", "", "", false, true },
	{ "v:1.10p:", "1.10", "", "", false, true },
	{ "v:1.5.9p:", "1.5.9", "", "", false, false },
	{ "v:1.3_jp:x", "1.3", "j", "x", false, false },
	{ "v:p:x", "", "", "x", false, false },
	{ "v:99999999999999999999p:", "99999999999999999999", "", "", true,
	    true },
};

/* A datagram without parameters that begins with `header'. */
static struct bytes
headed(const char *header, size_t length, bool sequenced)
{
	uint8_t data[1024] = { 0 };
	size_t size = 4 + (length + 3) / 4 * 4;

	data[2] = (uint8_t)(length >> 8);
	data[3] = (uint8_t)length;
	memcpy(data + 4, header, length);
	size += sequenced ? 8 : 0;
	memcpy(data + size, "\0\0\0\1C\0\0\0\0\0\0\1N\0\0\0\0\0\0\0", 20);
	memcpy(data + size + 20, "\x65\x53\xf1\0", 4);
	return copy_of(data, size + 24);
}

static void
test_headers(void **unused)
{
	struct apmon_datagram d;
	struct bytes b;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(headers); i++) {
		b = headed(headers[i].header, strlen(headers[i].header),
		    headers[i].sequenced);
		if (apmon_decode(b.data, b.size, &d) != APMON_OK)
			fail_msg("%s is refused", headers[i].header);
		assert_true(slice_is(d.version, headers[i].version));
		assert_true(slice_is(d.language, headers[i].language));
		assert_true(slice_is(d.password, headers[i].password));
		assert_true(slice_is(d.cluster, "C"));
		assert_int_equal(d.sequenced, headers[i].sequenced);
		assert_int_equal(d.time,
		    headers[i].timed ? APMON_TIME_GIVEN : APMON_TIME_OLD);
		free(b.data);
	}
}

static void
test_passwords(void **unused)
{
	char header[300];
	struct apmon_datagram d;
	struct bytes b;

	(void)unused;
	b = load("c_001.hex");
	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_OK);
	assert_true(apmon_password_is(&d, NULL));
	assert_true(apmon_password_is(&d, "secret"));
	assert_false(apmon_password_is(&d, ""));
	assert_false(apmon_password_is(&d, "secre"));
	assert_false(apmon_password_is(&d, "secrets"));
	assert_false(apmon_password_is(&d, "Secret"));
	free(b.data);
	b = load("syn_n0.hex");
	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_OK);
	assert_true(apmon_password_is(&d, ""));
	assert_false(apmon_password_is(&d, "secret"));
	free(b.data);
	memset(header, 'x', sizeof(header));
	memcpy(header, "v:2p:", 5);
	b = headed(header, 5 + 255, false);
	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_OK);
	free(b.data);
	b = headed(header, 5 + 256, false);
	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_PASSWORD);
	free(b.data);
}

/* Where the listener of MonALISA does something else. */
static void
test_differences(void **unused)
{
	struct apmon_parameter p;
	struct apmon_datagram d;
	struct bytes b;

	(void)unused;
	b = load("syn_int64.hex");
	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_OK);
	assert_true(apmon_next(&d, &p));
	assert_int_equal(p.value.int64, -5);
	free(b.data);
	b = load("syn_int16.hex");
	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_OK);
	assert_true(apmon_next(&d, &p) && apmon_next(&d, &p));
	assert_int_equal(p.type, APMON_INT16);
	assert_int_equal(p.value.int64, 3);
	free(b.data);
	/* It ends inside its only value. */
	b = load("syn_trunc.hex");
	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_CUT);
	free(b.data);
	b = from_hex(V22 SENDER C1N1 "00000027" P_INT);
	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_OK);
	assert_true(d.truncated);
	assert_int_equal(d.n_announced, 39);
	assert_int_equal(d.n_parameters, 1);
	assert_true(apmon_next(&d, &p));
	assert_true(slice_is(p.name, "p"));
	assert_false(apmon_next(&d, &p));
	free(b.data);
	b = load("syn_acc.hex");
	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_OK);
	assert_true(d.accounting);
	assert_true(slice_is(d.user, "user1"));
	free(b.data);
}

/* --- bad bytes --- */

static const char *const corpus[] = { "c_001.hex", "c_002.hex", "c_003.hex",
	"c_004.hex", "c_005.hex", "cpp17_001.hex", "cpp17_003.hex",
	"cpp17_004.hex", "cpp17_005.hex", "cpp2020_bug_int_001.hex",
	"cpp2020_bug_timed_004.hex", "cppbg_001.hex", "cppbg_003.hex",
	"java_001.hex", "javabg_001.hex", "oldjp_001.hex", "perl_001.hex",
	"py_001.hex", "py_002.hex", "py_003.hex", "py_005.hex", "syn_acc.hex",
	"syn_emptyclus.hex", "syn_emptyname.hex", "syn_emptystr.hex",
	"syn_int16.hex", "syn_int64.hex", "syn_n0.hex", "syn_nohdr.hex",
	"syn_trunc.hex", "syn_v13_jp.hex", "syn_v13_ts.hex", "syn_v16_ts.hex",
	"syn_v20_ts.hex", "syn_v2210.hex", "syn_v2.hex" };

/* Reads each byte that it gives out; the number of parameters. */
static size_t
walk(const struct bytes *b, enum apmon_reason *reason)
{
	static volatile unsigned sum;
	struct apmon_parameter p;
	struct apmon_datagram d;
	size_t i, n = 0;

	*reason = apmon_decode(b->data, b->size, &d);
	if (*reason != APMON_OK)
		return 0;
	for (i = 0; i < d.cluster.length; i++)
		sum += (unsigned char)d.cluster.text[i];
	for (; apmon_next(&d, &p); n++) {
		for (i = 0; i < p.name.length; i++)
			sum += (unsigned char)p.name.text[i];
		for (i = 0; i < p.value.length; i++)
			sum += (unsigned char)p.value.text[i];
	}
	assert_int_equal(n, d.n_parameters);
	assert_true(n * 12 <= b->size);
	return n;
}

/* What is cut is fine only between parameters, and then says so. */
static void
test_truncations(void **unused)
{
	struct apmon_datagram d;
	enum apmon_reason reason;
	struct bytes whole, cut;
	size_t i, size, n;

	(void)unused;
	for (i = 0; i < COUNT(corpus); i++) {
		whole = load(corpus[i]);
		n = walk(&whole, &reason);
		for (size = 0; size < whole.size; size++) {
			cut = copy_of(whole.data, size);
			(void)walk(&cut, &reason);
			assert_int_not_equal(reason, APMON_TOO_LARGE);
			if (apmon_decode(cut.data, size, &d) == APMON_OK)
				assert_true(
				    d.truncated || (d.n_parameters == n &&
						       size + 4 == whole.size));
			free(cut.data);
		}
		free(whole.data);
	}
}

static uint64_t
random_number(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
test_mutations(void **unused)
{
	uint64_t state = 88172645463325252;
	size_t seen[APMON_REASONS] = { 0 };
	enum apmon_reason reason;
	struct bytes whole, bad;
	size_t i, round, k;

	(void)unused;
	for (i = 0; i < COUNT(corpus); i++) {
		whole = load(corpus[i]);
		for (round = 0; round < 1000; round++) {
			bad = copy_of(whole.data,
			    whole.size -
				random_number(&state) % 2 *
				    (random_number(&state) % whole.size));
			for (k = 0; k <= random_number(&state) % 4; k++)
				bad.data[random_number(&state) % bad.size] =
				    (uint8_t)random_number(&state);
			(void)walk(&bad, &reason);
			assert_true(reason < APMON_REASONS);
			seen[reason]++;
			free(bad.data);
		}
		free(whole.data);
	}
	for (i = 0; i < APMON_REASONS; i++)
		if (i != APMON_TOO_LARGE && i != APMON_PASSWORD)
			assert_true(seen[i] > 0);
}

/* --- encoding --- */

/* Decode a capture and encode it again: the same bytes. */
static void
assert_same_again(const char *file, const char *version)
{
	struct apmon_parameter parameters[64];
	struct apmon_sender sender = { .version = version };
	char password[APMON_PASSWORD_MAX + 1];
	struct apmon_datagram d;
	struct apmon_message m;
	struct bytes b = load(file);
	uint8_t got[2048];
	size_t n = 0, next = 0;
	ssize_t size;
	struct error err = { "" };

	assert_int_equal(apmon_decode(b.data, b.size, &d), APMON_OK);
	while (apmon_next(&d, &parameters[n]))
		n++;
	snprintf(password, sizeof(password), "%.*s", (int)d.password.length,
	    d.password.text);
	sender.password = password;
	sender.instance = d.instance;
	sender.sequence = d.sequence;
	m = (struct apmon_message){ d.cluster, d.node, parameters, n,
		(int32_t)(d.time_ns / 1000000000) };
	size = apmon_encode(&sender, &m, &next, got, b.size, &err);
	if (size < 0)
		fail_msg("%s: %s", file, err.text);
	assert_int_equal(size, b.size);
	assert_memory_equal(got, b.data, b.size);
	assert_int_equal(next, n);
	assert_int_equal(sender.sequence, d.sequence + d.sequenced);
	free(b.data);
}

static void
test_same_as_clients(void **unused)
{
	(void)unused;
	assert_same_again("c_001.hex", NULL);
	assert_same_again("c_002.hex", NULL);
	assert_same_again("c_003.hex", NULL);
	assert_same_again("c_004.hex", NULL);
	assert_same_again("c_005.hex", NULL);
	assert_same_again("cpp17_001.hex", "2.2.8_cpp");
	assert_same_again("cpp17_003.hex", "2.2.8_cpp");
	assert_same_again("cpp17_004.hex", "2.2.8_cpp");
	assert_same_again("cpp17_005.hex", "2.2.8_cpp");
	assert_same_again("cppbg_001.hex", "2.2.8_cpp");
	assert_same_again("cppbg_003.hex", "2.2.8_cpp");
	assert_same_again("oldjp_001.hex", "1.3_j");
	assert_same_again("perl_001.hex", "2.2.18_pl");
	assert_same_again("py_005.hex", "2.17.02-py");
}

#define TEXT(S) ((struct slice){ S, sizeof(S) - 1 })

static struct apmon_parameter
random_parameter(uint64_t *state, char name[16])
{
	static const char bytes[] = "some bytes of text";
	struct apmon_parameter p = { .type = APMON_STRING };
	uint64_t n = random_number(state);

	snprintf(name, 16, "p%" PRIu64, n % 100000);
	p.name = (struct slice){ name, strlen(name) };
	p.type = (enum apmon_type)(random_number(state) % 6);
	if (p.type == APMON_STRING)
		p.value = farm_text(bytes, n % sizeof(bytes));
	else if (p.type == APMON_INT64)
		p.value = farm_int64((int64_t)n);
	else if (p.type < APMON_FLOAT)
		p.value = farm_int64((int32_t)n);
	else
		p.value = farm_double((double)(float)((double)n / 3));
	return p;
}

static void
assert_same_value(const struct farm_value *a, const struct farm_value *b)
{
	assert_int_equal(a->type, b->type);
	if (a->type == FARM_TEXT) {
		assert_int_equal(a->length, b->length);
		assert_memory_equal(a->text, b->text, a->length);
	} else {
		assert_int_equal(a->int64, b->int64);
	}
}

/* Split at `size', then put together: the same parameters, each once. */
static void
assert_round_trip(const struct apmon_message *m, size_t size)
{
	struct apmon_sender sender = {
		.password = "x", .instance = 9, .sequence = 1999999998
	};
	uint32_t sequence = sender.sequence;
	struct apmon_parameter p;
	struct apmon_datagram d;
	size_t next = 0, seen = 0;
	uint8_t to[2048];
	struct error err;
	ssize_t n;

	do {
		n = apmon_encode(&sender, m, &next, to, size, &err);
		if (n < 0)
			fail_msg("%zu: %s", size, err.text);
		assert_true((size_t)n <= size);
		assert_int_equal(apmon_decode(to, (size_t)n, &d), APMON_OK);
		assert_int_equal(d.sequence, sequence);
		assert_int_equal(d.time_ns, m->time_s * INT64_C(1000000000));
		assert_true(slice_is(d.cluster, "Cluster"));
		sequence = (sequence + 1) % 2000000000;
		for (; apmon_next(&d, &p); seen++) {
			assert_memory_equal(p.name.text,
			    m->parameters[seen].name.text, p.name.length);
			assert_int_equal(p.type, m->parameters[seen].type);
			assert_same_value(&p.value, &m->parameters[seen].value);
		}
		assert_int_equal(seen, next);
	} while (next < m->n);
	assert_int_equal(seen, m->n);
	assert_int_equal(sender.sequence, sequence);
}

static void
test_round_trips(void **unused)
{
	struct apmon_parameter parameters[50];
	struct apmon_message m = { TEXT("Cluster"), TEXT("node"), parameters, 0,
		0 };
	char names[50][16];
	uint64_t state = 2463534242;
	size_t i, round;

	(void)unused;
	for (round = 0; round < 500; round++) {
		m.n = round % 50;
		m.time_s = round % 2 ? 1700000000 : 0;
		for (i = 0; i < m.n; i++)
			parameters[i] = random_parameter(&state, names[i]);
		assert_round_trip(&m, 120 + random_number(&state) % 1300);
	}
}

static void
test_refusals(void **unused)
{
	struct apmon_parameter good = { TEXT("p"), APMON_INT32, farm_int64(1) };
	struct apmon_parameter wide = { TEXT("wide"), APMON_INT32,
		farm_int64(INT64_C(1) << 31) };
	struct apmon_parameter unnamed = { TEXT(""), APMON_INT32,
		farm_int64(1) };
	const struct {
		const char *version;
		struct slice cluster;
		struct apmon_parameter p;
		size_t size;
		size_t next;
		const char *want;
	} bad[] = {
		{ NULL, TEXT(""), good, 100, 1, "no name of the cluster" },
		{ "2.2p:", TEXT("C"), good, 100, 1,
		    "\"2.2p:\" cannot be a version of ApMon" },
		{ NULL, TEXT("C"), good, 30, 1,
		    "the head of C/N does not fit the datagram" },
		{ NULL, TEXT("C"), good, 50, 0,
		    "p: does not fit the datagram" },
		{ NULL, TEXT("C"), wide, 100, 0,
		    "wide: its value is not of type 2" },
		{ NULL, TEXT("C"), unnamed, 100, 0,
		    "a parameter without a name" },
	};
	uint8_t to[100];
	struct error err;
	size_t i, next;

	(void)unused;
	for (i = 0; i < COUNT(bad); i++) {
		struct apmon_sender s = { .version = bad[i].version };
		struct apmon_message m = { bad[i].cluster, TEXT("N"), &bad[i].p,
			1, 0 };

		next = 0;
		assert_int_equal(
		    apmon_encode(&s, &m, &next, to, bad[i].size, &err), -1);
		assert_string_equal(err.text, bad[i].want);
		assert_int_equal(next, bad[i].next);
		assert_int_equal(s.sequence, 0);
	}
}

static void
test_values(void **unused)
{
	const struct {
		struct farm_value from;
		bool exact;
		enum apmon_type type;
		struct farm_value to;
	} values[] = {
		{ farm_int64(-5), false, APMON_INT32, farm_int64(-5) },
		{ farm_int64(INT32_MIN), true, APMON_INT32,
		    farm_int64(INT32_MIN) },
		{ farm_int64(INT64_C(1) << 40), false, APMON_DOUBLE,
		    farm_double(1099511627776) },
		{ farm_int64(INT64_C(1) << 40), true, APMON_INT64,
		    farm_int64(INT64_C(1) << 40) },
		{ farm_uint64(7), false, APMON_INT32, farm_int64(7) },
		{ farm_uint64(UINT64_MAX), true, APMON_DOUBLE,
		    farm_double(18446744073709551616.0) },
		{ farm_boolean(true), false, APMON_INT32, farm_int64(1) },
		{ farm_double(0.5), false, APMON_DOUBLE, farm_double(0.5) },
		{ farm_text("x", 1), false, APMON_STRING, farm_text("x", 1) },
	};
	struct farm_value none = { .type = FARM_NONE };
	struct apmon_parameter p;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(values); i++) {
		assert_true(apmon_parameter_of(
		    TEXT("p"), &values[i].from, values[i].exact, &p));
		assert_int_equal(p.type, values[i].type);
		assert_same_value(&p.value, &values[i].to);
	}
	assert_false(apmon_parameter_of(TEXT("p"), &none, false, &p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_listener),
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_same_as_clients),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
