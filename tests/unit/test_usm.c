/*
 * SNMPv3's security: the keys of RFC 3414 A.3, traps that net-snmp 5.9.3
 * encrypted, and each protocol there and back.
 */
#include "usm.h"

#include "clock.h"
#include "hex.h"

/* snmptrap -v3 -u trapv3 -l authPriv -a AUTH -A authpass123 -x PRIV
   -X privpass123 -e 0x8000000001020304 */
static const struct {
	enum usm_auth auth;
	enum usm_priv priv;
	const char *hex;
} captures[] = {
	{ USM_SHA1, USM_AES128,
	    "30819f02010330110204119f6d4a020300ffe30401030201030434303204"
	    "0880000000010203040201010203061fc80406747261707633040cd7ec8a"
	    "421d08bef87b318d6d04084e0273ee35bfe4af0451b805f4d8fb0918213f"
	    "d15c3379ec5286e5bf3742d9504452e1d2c6df096a8fe668751510644ce8"
	    "5f7aeef693a395eac8125064d7894b1e93aa1af86989ab758a19d1e50d9a"
	    "47878a17efafa7fe601987b7" },
	{ USM_MD5, USM_DES,
	    "30819e020103301102040f80729a020300ffe30401030201030434303204"
	    "08800000000102030402010102030ccb890406747261707633040c3fe5c9"
	    "4fc6c6b4dd35d569bf0408000000013aa7e13d0450c00aae8b0e0ba7e0f6"
	    "00635d17418cf6b4aecb7f677b690b8fea19b1a4ce623608a63d3e7eba9f"
	    "c01a0c004135c72b12fb2dfe783b45cbc1529cb683832a08ccd9ad988693"
	    "7f7a9841ce635e805721c3" },
	{ USM_SHA256, USM_AES128,
	    "3081a902010330110204524d1e3f020300ffe30401030201030440303e04"
	    "08800000000102030402010102030ccb8d04067472617076330418e3caf0"
	    "10a6495c711ba611899de9cc03a2c58b00dd7bb27c0408dbd00564e246ca"
	    "d8044f8036afe9a4da71b3eb2c2a33e710e301fce86ea9940e4d1cd2fc15"
	    "1772ce3e1cd3becd2ad26e4a2779f017673481a4ac25ff2856e5e8fb0a6c"
	    "11c56a212ffb1dd214c8fc6985b4a12a7643dddcf233" },
	{ USM_SHA1, USM_AES256,
	    "30819d0201033011020409543df6020300ffe30401030201030434303204"
	    "08800000000102030402010102030ccb8f0406747261707633040c6794a7"
	    "e4d86c9724f1e8d9a6040861a8ac194931ccf8044fdd38e6fbb3892fe82b"
	    "cc2c83b852cd0d2b3f9f8e1946ee1544999389916ed21ce5eb21af9aa83b"
	    "8576ac84280536ac53eb171c8e21d2616571c28aeaaf3f9d5756b12dfda5"
	    "18dbb69bbc35e07e6769" },
	{ USM_MD5, USM_AES192,
	    "30819d020103301102045be5a975020300ffe30401030201030434303204"
	    "08800000000102030402010102030ccb940406747261707633040cdbc995"
	    "f52970bd90916e0a8a0408a7895d7b3c60b4a0044fbb69a5e85a29b9ada3"
	    "e76aea55c3bb7918b448a8c1ff49d7fb19059cb06f3e991f0e77898ca785"
	    "75d25b4c171da0c1b3d68b3e3795556ad235c5d924e47d8f54b85b0d4716"
	    "3bed12df7ba3cd646250" },
	{ USM_SHA512, USM_AES256,
	    "3081c1020103301102040b06d730020300ffe30401030201030458305604"
	    "08800000000102030402010102030ccb9704067472617076330430cd6f39"
	    "8f3fa305b5d2007bbfb710ab5b65f1e97b1238225882d20c8422e668d3a7"
	    "4417f5f50752629499ee58c08c76050408f9ef1c2566f04e32044f137632"
	    "921a3c33fbe52c7ad9bb7021d721611008a83678ba4efbb748a28a0502c1"
	    "0fa1367d3bb89ba8ad7a317ffb7819ff45922f3492274e1c1ad6fed18fa3"
	    "9aff483e14b22c708ae637ca2345154d" },
	{ USM_SHA224, USM_DES,
	    "3081a20201033011020405ff887f020300ffe30401030201030438303604"
	    "08800000000102030402010102030ccb9b040674726170763304102ee4f6"
	    "8d68f1d441428dd6db9f007fee0408000000018a38ed430450c5d429ab40"
	    "991b6e13b7ded3a0a3e9cde109086f59bbade14b9ac8c7b7711f8030d661"
	    "40c669632e9fdd03bb8c2231195c661c7613d2618dacee1c21ec54e39a16"
	    "2a05c6bcadaec33cc58787536594bd" },
	{ USM_SHA384, USM_AES192,
	    "3081b1020103301102042afbf59c020300ffe30401030201030448304604"
	    "08800000000102030402010102030ccb9e04067472617076330420068e43"
	    "e61e5bc9574867a92ebb5f974f0747aeb573ea22e4331ac0258b856f2e04"
	    "08e85f9c28c9bfa630044f0ba4d1b229f500ac447a0a75b795ea90b15bb1"
	    "487e51c3deb6f10086e9d24f88093123ec446af54b7d2fdae7e61bc4010f"
	    "79dd0841667055a29cd5ff85990322a75f18ccd71533e49179eb5538cc7e" },
	{ USM_SHA1, USM_AES256_REEDER,
	    "30819d02010330110204170d1823020300ffe30401030201030434303204"
	    "08800000000102030402010102030ccba20406747261707633040cbf5983"
	    "3591eb7dfe72c7db3404084f81b28eb626eee0044fd7a72672221fcaea27"
	    "944c577bcef68981d1e8e687ac4bdfe3d4abc963ce8377207d94eb9e2693"
	    "1971b733886e01d888d1fb9dfd62b2a4453545f0ea502b6830fb75090689"
	    "975d38f05b84cbc69c6c" },
};

static const uint8_t engine_bytes[12] = { [11] = 2 };
static const struct ber_bytes engine = { engine_bytes, 12 };
static const uint8_t salt[USM_SALT] = { 1, 2, 3, 4, 5, 6, 7, 8 };

/* MD5 and SHA-1: RFC 3414 A.3.1 and A.3.2; SHA-2: computed by Python. */
static const struct {
	enum usm_auth auth;
	const char *master;
	const char *local;
} keys[] = {
	{ USM_MD5, "9faf3283884e92834ebc9847d8edd963",
	    "526f5eed9fcce26f8964c2930787d82b" },
	{ USM_SHA1, "9fb5cc0381497b3793528939ff788d5d79145211",
	    "6695febc9288e36282235fc7151f128497b38f3f" },
	{ USM_SHA224,
	    "282a5867ee9aac639ad59df9572c7d3ac0fbc13a905b6df07dbbf00b",
	    "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674" },
	{ USM_SHA256,
	    "ab51014d1e077f6017df2b12bee5f5aa72993177e9bb569c4dff5a4c"
	    "a0b4afac",
	    "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6"
	    "776f0f8b" },
	{ USM_SHA384,
	    "e06eccdf2c68a06ed034723c9c26e0db3b669e1e2efed49150b55377"
	    "a2e98f383c86fb836857444654b287c93f51ff64",
	    "3b298f16164a11184279d5432bf169e2d2a48307de02b3d3f7e2b4f3"
	    "6eb6f0455a53689a3937eea07319a633d2ccba78" },
	{ USM_SHA512,
	    "7e4396de5aadc77be853819b98c9406265b3a9c37cc3176569847a4e"
	    "4f6fba63dd3a73d04924d31a63f95a601f9385af6be4ed1b37f87d04"
	    "0f7c6ed6f8d38a91",
	    "22a5a36cedfcc085807a128d7bc6c2382167ad6c0dbc5fdff856740f"
	    "3d84c099ad1ea87a8db096714d9788bd544047c9021e4229ce27e4c0"
	    "a69250adfcffbb0b" },
};

static void
test_keys(void **unused)
{
	uint8_t master[USM_KEY_MAX], local[USM_KEY_MAX], *want;
	struct error err;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(keys); i++) {
		assert_int_equal(usm_master_key(keys[i].auth, "maplesyrup", 10,
				     master, &err),
		    0);
		want = hex_bytes(keys[i].master, &size);
		assert_int_equal(size, usm_hash_size(keys[i].auth));
		assert_memory_equal(master, want, size);
		free(want);
		assert_int_equal(
		    usm_localize(keys[i].auth, master, engine, local, &err), 0);
		want = hex_bytes(keys[i].local, &size);
		assert_memory_equal(local, want, size);
		free(want);
	}
}

static void
test_users(void **unused)
{
	static const struct {
		enum usm_auth auth;
		const char *auth_phrase;
		enum usm_priv priv;
		const char *priv_phrase;
		const char *want;
	} cases[] = {
		{ USM_MD5, "short", USM_NO_PRIV, NULL,
		    "authentication: a pass phrase of 5 bytes is too short; "
		    "at least 8" },
		{ USM_MD5, "long enough", USM_AES128, "short",
		    "privacy: a pass phrase of 5 bytes is too short; at least "
		    "8" },
		{ USM_MD5, NULL, USM_NO_PRIV, NULL,
		    "authentication needs a pass phrase" },
		{ USM_MD5, "long enough", USM_AES128, NULL,
		    "privacy needs a pass phrase" },
		{ USM_NO_AUTH, NULL, USM_DES, "long enough",
		    "privacy needs authentication" },
	};
	struct usm_user u;
	struct error err;
	size_t i;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    usm_user_init(&u, cases[i].auth, cases[i].auth_phrase,
			cases[i].priv, cases[i].priv_phrase, &err),
		    -1);
		assert_string_equal(err.text, cases[i].want);
	}
	assert_int_equal(
	    usm_user_init(&u, USM_NO_AUTH, NULL, USM_NO_PRIV, NULL, &err), 0);
}

/* What stands in msgSecurityParameters, and why it is refused. */
static void
test_refused(void **unused)
{
	static const struct {
		uint8_t flags;
		const char *hex;
		const char *want;
	} cases[] = {
		{ 0, "0400",
		    "byte 0: UsmSecurityParameters is not a SEQUENCE" },
		{ 0, "300e0400020100020100040004000400ff",
		    "byte 16: UsmSecurityParameters is followed by more "
		    "bytes" },
		{ 0, "300e04000201ff020100040004000400",
		    "byte 4: msgAuthoritativeEngineBoots is -1, not between 0 "
		    "and 2147483647" },
		{ 0, "300c040002010002010004000400",
		    "byte 14: msgPrivacyParameters is missing or cut off" },
		{ 0, "30170400020100020100040004000409112233445566778899",
		    "byte 14: msgPrivacyParameters is too long" },
		{ SNMP_AUTH, "300e0400020100020100040004000400",
		    "byte 0: msgAuthenticationParameters is empty" },
		{ SNMP_AUTH | SNMP_PRIV,
		    "300f04000201000201000400040101"
		    "0400",
		    "byte 0: msgPrivacyParameters is not 8 bytes" },
	};
	struct snmp_message m = { .security_model = SNMP_USM };
	struct usm_parameters p;
	struct error err;
	uint8_t *bytes;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(cases); i++) {
		bytes = hex_bytes(cases[i].hex, &size);
		m.flags = cases[i].flags;
		m.security = ber_reader(bytes, size);
		assert_int_equal(usm_decode(&m, &p, &err), -1);
		assert_string_equal(err.text, cases[i].want);
		free(bytes);
	}
	m.security_model = 2;
	assert_int_equal(usm_decode(&m, &p, &err), -1);
	assert_string_equal(err.text, "security model 2 is not 3 (USM)");
}

/* Cut anywhere, it is refused; and with a bit turned, for all is signed. */
static void
refuse_damaged(struct usm_keys *k, uint8_t *bytes, size_t size)
{
	struct usm_parameters p;
	struct snmp_message m;
	uint8_t plain[256];
	struct error err;
	struct ber in;
	size_t i;

	for (i = 0; i < size; i++)
		assert_int_equal(snmp_message_decode(bytes, i, &m, &err), -1);
	for (i = 0; i < size; i++) {
		bytes[i] ^= 1;
		if (snmp_message_decode(bytes, size, &m, &err) == 0 &&
		    usm_decode(&m, &p, &err) == 0 && m.flags & SNMP_AUTH)
			assert_int_equal(
			    usm_open(k, bytes, size, &m, &p, plain, &in, &err),
			    -1);
		bytes[i] ^= 1;
	}
}

/* Opened, it is a trap; sealed again, it is the same bytes. */
static void
open_and_seal(struct usm_keys *k, const uint8_t *bytes, size_t size,
    const struct snmp_message *m, const struct usm_parameters *p)
{
	uint8_t plain[256], again[256];
	struct ber_writer out = ber_writer(again, sizeof(again));
	struct snmp_scope scope;
	struct snmp_pdu pdu;
	struct error err;
	struct ber in;

	if (usm_open(k, bytes, size, m, p, plain, &in, &err) != 0 ||
	    snmp_scope_decode(&in, &scope, &err) != 0 ||
	    snmp_pdu_decode(&scope.pdu, SNMP_V3, &pdu, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(pdu.type, SNMP_TRAP2);
	snmp_pdu_encode(&out, &pdu, NULL, 0);
	snmp_scope_encode(&out, scope.engine_id, scope.context);
	if (usm_seal(&out, k, m, p, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(ber_written(&out), size);
	assert_memory_equal(out.p, bytes, size);
}

static void
test_captures(void **unused)
{
	struct usm_user u;
	struct usm_keys *k;
	struct usm_parameters p;
	struct snmp_message m;
	struct error err;
	uint8_t *bytes;
	size_t i, size;

	(void)unused;
	for (i = 0; i < COUNT(captures); i++) {
		bytes = hex_bytes(captures[i].hex, &size);
		assert_int_equal(snmp_message_decode(bytes, size, &m, &err), 0);
		assert_int_equal(usm_decode(&m, &p, &err), 0);
		assert_int_equal(
		    usm_user_init(&u, captures[i].auth, "authpass123",
			captures[i].priv, "privpass123", &err),
		    0);
		assert_int_equal(usm_keys_new(&k, &u, p.engine_id, &err), 0);
		open_and_seal(k, bytes, size, &m, &p);
		refuse_damaged(k, bytes, size);
		usm_keys_free(k);
		free(bytes);
	}
}

/* A message with `size' bytes of context, sealed and opened again. */
static void
round_trip(struct usm_keys *k, uint8_t flags, size_t size)
{
	static const uint8_t context[16];
	struct snmp_message m = { .version = SNMP_V3,
		.flags = flags,
		.id = 7,
		.max_size = 65507,
		.security_model = SNMP_USM };
	struct usm_parameters p = { .engine_id = engine,
		.boots = 3,
		.time = 70000,
		.user = { (const uint8_t *)"user", 4 },
		.salt = { salt, USM_SALT } };
	struct snmp_pdu pdu = { .type = SNMP_GET, .request_id = 1234 };
	uint8_t memory[512], plain[512];
	struct ber_writer out = ber_writer(memory, sizeof(memory));
	struct snmp_scope scope;
	struct error err = { "" };
	struct ber in;

	snmp_pdu_encode(&out, &pdu, NULL, 0);
	snmp_scope_encode(&out, engine, (struct ber_bytes){ context, size });
	if (usm_seal(&out, k, &m, &p, &err) != 0 ||
	    snmp_message_decode(out.p, ber_written(&out), &m, &err) != 0 ||
	    usm_decode(&m, &p, &err) != 0 ||
	    usm_open(k, out.p, ber_written(&out), &m, &p, plain, &in, &err) !=
		0 ||
	    snmp_scope_decode(&in, &scope, &err) != 0 ||
	    snmp_pdu_decode(&scope.pdu, SNMP_V3, &pdu, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(pdu.request_id, 1234);
	assert_int_equal(scope.context.size, size);
	if (!(flags & SNMP_AUTH))
		return;
	out.p[ber_written(&out) - 1] ^= 1;
	assert_int_equal(
	    usm_open(k, out.p, ber_written(&out), &m, &p, plain, &in, &err),
	    -1);
	assert_string_equal(err.text, "wrong digest");
}

static void
test_round_trips(void **unused)
{
	struct usm_user u = { .auth = USM_NO_AUTH };
	struct usm_keys *k;
	struct error err;
	size_t i;

	(void)unused;
	round_trip(NULL, 0, 0);
	memset(u.auth_key, 1, sizeof(u.auth_key));
	memset(u.priv_key, 2, sizeof(u.priv_key));
	for (u.auth = USM_MD5; u.auth <= USM_SHA512; u.auth++)
		for (u.priv = USM_DES; u.priv <= USM_AES256_REEDER; u.priv++) {
			assert_int_equal(usm_keys_new(&k, &u, engine, &err), 0);
			round_trip(k, 0, 0);
			round_trip(k, SNMP_AUTH, 0);
			for (i = 0; i < 9; i++)
				round_trip(k, SNMP_AUTH | SNMP_PRIV, i);
			usm_keys_free(k);
		}
}

static void
test_clock(void **unused)
{
	struct usm_clock c = { 0 };

	(void)unused;
	assert_true(usm_clock_receive(&c, 5, 1000, 0));
	assert_int_equal(usm_clock_now(&c, 60 * NS_PER_S), 1060);
	assert_true(usm_clock_receive(&c, 5, 910, 60 * NS_PER_S));
	assert_false(usm_clock_receive(&c, 5, 909, 60 * NS_PER_S));
	/* What is late does not turn the clock back. */
	assert_int_equal(usm_clock_now(&c, 60 * NS_PER_S), 1060);
	assert_false(usm_clock_receive(&c, 4, 5000, 60 * NS_PER_S));
	assert_true(usm_clock_receive(&c, 6, 0, 60 * NS_PER_S));
	assert_int_equal(usm_clock_now(&c, 61 * NS_PER_S), 1);
	assert_false(usm_clock_receive(&c, INT32_MAX, 1, 0));
	assert_true(usm_in_window(5, 1000, 5, 850));
	assert_true(usm_in_window(5, 1000, 5, 1150));
	assert_false(usm_in_window(5, 1000, 5, 849));
	assert_false(usm_in_window(5, 1000, 5, 1151));
	assert_false(usm_in_window(5, 1000, 6, 1000));
	assert_false(usm_in_window(INT32_MAX, 0, INT32_MAX, 0));
}

static void
test_engine_id(void **unused)
{
	uint8_t id[33] = { 0 };

	(void)unused;
	assert_false(usm_engine_id_valid((struct ber_bytes){ id, 5 }));
	id[4] = 1;
	assert_true(usm_engine_id_valid((struct ber_bytes){ id, 5 }));
	assert_false(usm_engine_id_valid((struct ber_bytes){ id, 4 }));
	assert_true(usm_engine_id_valid((struct ber_bytes){ id, 32 }));
	assert_false(usm_engine_id_valid((struct ber_bytes){ id, 33 }));
	memset(id, 0xff, sizeof(id));
	assert_false(usm_engine_id_valid((struct ber_bytes){ id, 12 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_captures),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_engine_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
