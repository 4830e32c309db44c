#include "offer_scene.h"

#include "protocol/demand.h"

#define CHALLENGE "AAECAwQFBgcICQoLDA0ODw=="

static const char demand_text[] =
    "{\"data\":{\"type\":\"attestation\",\"attributes\":{"
    "\"stage\":\"awaiting_evidence\",\"evidence_requested\":["
    "{\"evidence_class\":\"certification\",\"evidence_type\":\"tpm_quote\","
    "\"chosen_parameters\":{\"challenge\":\"" CHALLENGE "\","
    "\"signature_scheme\":\"rsassa\",\"hash_algorithm\":\"sha256\","
    "\"selected_subjects\":{\"sha1\":null,\"sha256\":[0,7,11,23]},"
    "\"certification_key\":" KEY_RSA ",\"binding\":\"attestd-1\"}},"
    "{\"evidence_class\":\"log\",\"evidence_type\":\"uefi_log\","
    "\"chosen_parameters\":{\"format\":\"application/octet-stream\"}},"
    "{\"evidence_class\":\"log\",\"evidence_type\":\"ima_log\","
    "\"chosen_parameters\":{\"format\":\"text/plain\","
    "\"starting_offset\":40}}],"
    "\"system_info\":{\"boot_time\":\"2026-11-22T06:04:46Z\"},"
    "\"capabilities_received_at\":\"2026-11-22T08:07:51Z\","
    "\"challenges_expire_at\":\"2026-11-22T08:37:51Z\"},"
    "\"links\":{\"self\":\"/v3.0/agents/node-7/attestations/12\"}}}";

static struct att_demand
a_demand(void)
{
	struct att_demand d = {
		.challenge_len = 16,
		.scheme = ATT_SIG_RSASSA,
		.select = { ATT_ALG_SHA256, 1u << 0 | 1u << 7 | 1u << 11 |
			1u << 23 },
		.bound = true,
		.count = 2,
		.item = { ATT_ITEM_UEFI_LOG, ATT_ITEM_IMA_LOG },
		.ima_offset = 40,
		.received_at = 1795334871,
		.expires_at = 1795336671,
	};

	for (uint8_t i = 0; i < 16; i++)
		d.challenge[i] = i;
	return d;
}

static int
parse(struct att_slice body, struct att_pointer *where, struct att_err *err)
{
	struct att_offer o = an_offer();
	struct att_demand d;

	return att_demand_parse(body, &o, &d, err);
}

static int
encode(const struct att_demand *d, const struct att_offer *o,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	int r = att_demand_encode(d, o, "node-7", 12, &b, err);

	ck_assert(r == 0 || b.len == 0);
	return r;
}

/* -- there and back ------------------------------------------------------- */

START_TEST(written)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer();
	struct att_demand d = a_demand();

	ok(att_demand_encode(&d, &o, "node-7", 12, &b, err));
	same_json(&b, demand_text);
}
END_TEST

START_TEST(read_back)
{
	struct att_offer o = an_offer();
	struct att_demand want = a_demand(), d;

	memset(&d, 0xff, sizeof(d));
	ok(att_demand_parse(S(demand_text), &o, &d, err));
	ck_assert_uint_eq(d.challenge_len, 16);
	ck_assert_mem_eq(d.challenge, want.challenge, 16);
	ck_assert_uint_eq(d.key, 0);
	ck_assert_uint_eq(d.scheme, want.scheme);
	ck_assert_uint_eq(d.select.alg, want.select.alg);
	ck_assert_uint_eq(d.select.mask, want.select.mask);
	ck_assert(d.bound);
	ck_assert_uint_eq(d.count, 2);
	ck_assert_uint_eq(d.before, 0);
	ck_assert_int_eq(d.item[0], ATT_ITEM_UEFI_LOG);
	ck_assert_int_eq(d.item[1], ATT_ITEM_IMA_LOG);
	ck_assert_int_eq(d.ima_offset, 40);
	ck_assert_int_eq(d.received_at, want.received_at);
	ck_assert_int_eq(d.expires_at, want.expires_at);
}
END_TEST

/* The quote may stand anywhere; the place is kept. */
START_TEST(quote_in_every_place)
{
	for (size_t before = 0; before <= 2; before++) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_MESSAGE_MAX);
		struct att_offer o = an_offer();
		struct att_demand d = a_demand(), got;

		d.before = before;
		ok(att_demand_encode(&d, &o, "node-7", 12, &b, err));
		ok(att_demand_parse(att_buf_view(&b), &o, &got, err));
		ck_assert_uint_eq(got.before, before);
		ck_assert_uint_eq(got.count, 2);
		ck_assert_int_eq(got.item[0], ATT_ITEM_UEFI_LOG);
		ck_assert_int_eq(got.item[1], ATT_ITEM_IMA_LOG);
	}
}
END_TEST

START_TEST(quote_alone_and_not_bound)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer();
	struct att_demand d = a_demand(), got;

	d.count = 0;
	d.bound = false;
	ok(att_demand_encode(&d, &o, "node-7", 0, &b, err));
	ok(att_demand_parse(att_buf_view(&b), &o, &got, err));
	ck_assert(!got.bound);
	ck_assert_uint_eq(got.count, 0);
}
END_TEST

START_TEST(key_by_its_name)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer();
	struct att_demand d = a_demand(), got;

	o.keys = 2;
	o.key[1] = o.key[0];
	o.key[1].name[33] ^= 1;
	o.key[1].algs.scheme[0] = ATT_SIG_RSAPSS;
	d.key = 1;
	d.scheme = ATT_SIG_RSAPSS;
	ok(att_demand_encode(&d, &o, "node-7", 0, &b, err));
	ok(att_demand_parse(att_buf_view(&b), &o, &got, err));
	ck_assert_uint_eq(got.key, 1);
	ck_assert_uint_eq(got.scheme, ATT_SIG_RSAPSS);
}
END_TEST

/* A bank that goes by two names. */
START_TEST(sm3)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer();
	struct att_demand d = a_demand(), got;

	o.bank[0] = (struct att_pcr_select){ ATT_ALG_SM3, 0xff };
	o.key[0].algs.hash[0] = ATT_ALG_SM3;
	d.select = (struct att_pcr_select){ ATT_ALG_SM3, 0x81 };
	ok(att_demand_encode(&d, &o, "node-7", 0, &b, err));
	ck_assert(has_text(&b, "\"hash_algorithm\":\"sm3_256\""));
	ck_assert(has_text(&b, "\"sm3_256\":[0,7]"));
	ok(att_demand_parse(att_buf_view(&b), &o, &got, err));
	ck_assert_uint_eq(got.select.alg, ATT_ALG_SM3);
	ck_assert_uint_eq(got.select.mask, 0x81);
}
END_TEST

/* A key of which only the class is known is not sent back half. */
START_TEST(key_without_a_name)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer();
	struct att_demand d = a_demand(), got;

	o.key[0].name_len = 0;
	ok(att_demand_encode(&d, &o, "node-7", 0, &b, err));
	ck_assert(!has_text(&b, "certification_key"));
	ok(att_demand_parse(att_buf_view(&b), &o, &got, err));
	ck_assert_uint_eq(got.key, 0);
}
END_TEST

START_TEST(demands_that_cannot_be_written)
{
	struct att_offer o = an_offer();
	struct att_demand d = a_demand();

	ok(encode(&d, &o, err));
	d.key = 1;
	fails(encode(&d, &o, err), ATT_E_USAGE, "not offered");
	d = a_demand();
	d.scheme = ATT_SIG_ECDSA;
	fails(encode(&d, &o, err), ATT_E_USAGE, "not offered");
	d = a_demand();
	d.select.alg = ATT_ALG_SHA1;
	d.select.mask = 1;
	fails(encode(&d, &o, err), ATT_E_USAGE, "not offered");
	d = a_demand();
	d.select.mask = 0;
	fails(encode(&d, &o, err), ATT_E_USAGE, "PCRs");
	d = a_demand();
	o.bank[1].mask &= ~(1u << 23);
	fails(encode(&d, &o, err), ATT_E_USAGE, "PCRs");
	o = an_offer();
	o.can_bind = false;
	fails(encode(&d, &o, err), ATT_E_USAGE, "bound");
	o = an_offer();
	d.item[0] = ATT_ITEM_USERSPACE_LOG;	/* unreadable */
	fails(encode(&d, &o, err), ATT_E_USAGE, "not offered");
	d.item[0] = ATT_ITEM_FIRMWARE_CLAIMS;	/* absent */
	fails(encode(&d, &o, err), ATT_E_USAGE, "not offered");
	d.item[0] = ATT_ITEM_IMA_LOG;
	fails(encode(&d, &o, err), ATT_E_USAGE, "twice");
	d = a_demand();
	d.before = 3;
	fails(encode(&d, &o, err), ATT_E_USAGE, "items");
	d = a_demand();
	d.ima_offset = 396;
	fails(encode(&d, &o, err), ATT_E_USAGE, "395 lines");
	d = a_demand();
	d.challenge_len = 15;
	fails(encode(&d, &o, err), ATT_E_FORMAT, "15 bytes");
	fails(att_demand_encode(&d, &o, "a/b", 0, NULL, err), ATT_E_FORMAT,
	    "agent id");
}
END_TEST

START_TEST(paths)
{
	char path[ATT_ATTESTATION_PATH_MAX + 1];
	char id[ATT_AGENT_ID_MAX + 1];

	ok(att_attestation_path("n", 0, path, err));
	ck_assert_str_eq(path, "/v3.0/agents/n/attestations/0");
	memset(id, 'i', ATT_AGENT_ID_MAX);
	id[ATT_AGENT_ID_MAX] = '\0';
	ok(att_attestation_path(id, UINT64_MAX, path, err));
	ck_assert_ptr_nonnull(strstr(path,
	    "i/attestations/18446744073709551615"));
	fails(att_attestation_path("..", 0, path, err), ATT_E_FORMAT,
	    "agent id");
}
END_TEST

#define REQ "/data/attributes/evidence_requested"
#define CHOSEN REQ "/0/chosen_parameters"

/* -- rules of the agent's side -------------------------------------------- */

START_TEST(leniency)
{
	static const struct change c[] = {
		{ "/more", "1", ATT_OK, NULL, NULL },
		{ "/jsonapi", "{\"version\":\"1.1\"}", ATT_OK, NULL, NULL },
		{ "/data/attributes/more", "1", ATT_OK, NULL, NULL },
		{ "/data/attributes/stage", NULL, ATT_OK, NULL, NULL },
		{ "/data/attributes/system_info/boot_time",
		    "\"2026-11-22T06:04:46.000000+00:00\"", ATT_OK, NULL,
		    NULL },
		{ "/data/attributes/capabilities_received_at", NULL, ATT_OK,
		    NULL, NULL },
		{ CHOSEN "/certification_key", NULL, ATT_OK, NULL, NULL },
		{ CHOSEN "/certification_key", "null", ATT_OK, NULL, NULL },
		{ CHOSEN "/certification_key/local_identifier", NULL, ATT_OK,
		    NULL, NULL },
		{ CHOSEN "/binding", "null", ATT_OK, NULL, NULL },
		{ CHOSEN "/selected_subjects/sha384", "[]", ATT_OK, NULL,
		    NULL },
		{ CHOSEN "/new", "null", ATT_OK, NULL, NULL },
		{ REQ "/1/chosen_parameters/starting_offset", "null", ATT_OK,
		    NULL, NULL },
	};

	check_changes(demand_text, parse, c, ATT_COUNT(c));
}
END_TEST

/* What is chosen is honoured or refused, never passed over. */
START_TEST(quote_rules)
{
	static const struct change c[] = {
		{ CHOSEN, NULL, ATT_E_FORMAT, "chosen_parameters", NULL },
		{ CHOSEN "/new", "1", ATT_E_UNSUPPORTED, "\"new\"", NULL },
		{ CHOSEN "/signature_scheme", NULL, ATT_E_FORMAT,
		    "signature_scheme", NULL },
		{ CHOSEN "/signature_scheme", "\"ecdsa\"", ATT_E_UNSUPPORTED,
		    "not offered", NULL },
		{ CHOSEN "/signature_scheme", "\"RSASSA\"", ATT_E_UNSUPPORTED,
		    "not offered", NULL },
		{ CHOSEN "/hash_algorithm", NULL, ATT_E_FORMAT,
		    "hash_algorithm", NULL },
		{ CHOSEN "/hash_algorithm", "\"sha1\"", ATT_E_UNSUPPORTED,
		    "not offered", NULL },
		{ CHOSEN "/hash_algorithm", "\"md5\"", ATT_E_UNSUPPORTED,
		    "not offered", NULL },
		{ CHOSEN "/certification_key/local_identifier", "\"00\"",
		    ATT_E_MISMATCH, "certification_key", NULL },
		{ CHOSEN "/certification_key/local_identifier", "7",
		    ATT_E_FORMAT, "local_identifier", NULL },
		{ CHOSEN "/binding", "\"attestd-2\"", ATT_E_UNSUPPORTED,
		    "binding", NULL },
		{ CHOSEN "/binding", "true", ATT_E_FORMAT, "binding", NULL },
		{ "/data/attributes/challenges_expire_at",
		    "\"2026-11-22T08:07:51Z\"", ATT_E_EXPIRED, "expired",
		    NULL },
	};

	check_changes(demand_text, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(binding_that_was_not_offered)
{
	struct att_offer o = an_offer();
	struct att_demand d;

	o.can_bind = false;
	fails(att_demand_parse(S(demand_text), &o, &d, err),
	    ATT_E_UNSUPPORTED, "binding was not offered");
}
END_TEST

/* K11, K15: nothing of this kind reaches TPM2_Quote. */
START_TEST(k15_challenge)
{
	static const struct change c[] = {
		{ CHOSEN "/challenge", NULL, ATT_E_FORMAT, "challenge", NULL },
		{ CHOSEN "/challenge", "7", ATT_E_FORMAT, "challenge", NULL },
		{ CHOSEN "/challenge", "\"\"", ATT_E_FORMAT, "0 bytes", NULL },
		{ CHOSEN "/challenge", "\"AAECAwQFBgcICQoLDA0O\"",
		    ATT_E_FORMAT, "15 bytes", NULL },
		{ CHOSEN "/challenge",
		    "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUm"
		    "JygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==\"", ATT_OK, NULL,
		    NULL },	/* 64 */
		{ CHOSEN "/challenge",
		    "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUm"
		    "JygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=\"", ATT_E_FORMAT,
		    "65 bytes", NULL },
		{ CHOSEN "/challenge", "\"AAAAAAAAAAAAAAAAAAAAAA==\"",
		    ATT_E_FORMAT, "repeated", NULL },
		{ CHOSEN "/challenge", "\"not base64, but long\"",
		    ATT_E_FORMAT, "base64", NULL },
	};

	check_changes(demand_text, parse, c, ATT_COUNT(c));
}
END_TEST

#define SEL CHOSEN "/selected_subjects"

START_TEST(k16_selected_subjects)
{
	static const struct change c[] = {
		{ SEL, NULL, ATT_E_FORMAT, "selected_subjects", NULL },
		{ SEL, "[0,7]", ATT_E_FORMAT, "object", NULL },
		{ SEL, "{}", ATT_E_FORMAT, "array", NULL },
		{ SEL "/sha256", "null", ATT_E_FORMAT, "array", NULL },
		{ SEL "/sha256", "[]", ATT_E_FORMAT, "empty", NULL },
		{ SEL "/sha256", "[24]", ATT_E_FORMAT, "0 to 23", NULL },
		{ SEL "/sha256", "[-1]", ATT_E_FORMAT, "0 to 23", NULL },
		{ SEL "/sha256", "[\"7\"]", ATT_E_FORMAT, "0 to 23", NULL },
		{ SEL "/sha256", "[7.0]", ATT_E_FORMAT, "0 to 23", NULL },
		{ SEL "/sha256", "[7,0,7]", ATT_E_FORMAT, "twice", NULL },
		{ SEL "/sha256", "\"7\"", ATT_E_FORMAT, "array", NULL },
		/* one bank, and one that was offered */
		{ SEL "/sha1", "[0]", ATT_E_UNSUPPORTED, "beside sha256",
		    NULL },
		{ SEL "/sha384", "[0]", ATT_E_UNSUPPORTED, "beside sha256",
		    NULL },
		{ SEL "/sha1", "7", ATT_E_UNSUPPORTED, "beside sha256",
		    NULL },
		{ CHOSEN "/hash_algorithm", "\"sha384\"", ATT_E_UNSUPPORTED,
		    "not offered", NULL },
	};

	check_changes(demand_text, parse, c, ATT_COUNT(c));
}
END_TEST

/* K16: registers and banks that exist and were not offered. */
START_TEST(k16_not_offered)
{
	struct att_offer o = an_offer();
	struct att_demand d;

	o.bank[1].mask = 0x00ffff;
	fails(att_demand_parse(S(demand_text), &o, &d, err),
	    ATT_E_UNSUPPORTED, "not offered");
	o.banks = 1;
	fails(att_demand_parse(S(demand_text), &o, &d, err),
	    ATT_E_UNSUPPORTED, "not offered");
}
END_TEST

#define IMA REQ "/2/chosen_parameters"

/* K17: beyond the list, below it, or in no number that counts lines. */
START_TEST(k17_starting_offset)
{
	static const struct change c[] = {
		{ IMA "/starting_offset", "0", ATT_OK, NULL, NULL },
		{ IMA "/starting_offset", "395", ATT_OK, NULL, NULL },
		{ IMA "/starting_offset", "396", ATT_E_FORMAT, "0 to 395",
		    NULL },
		{ IMA "/starting_offset", "-1", ATT_E_FORMAT, "0 to 395",
		    NULL },
		{ IMA "/starting_offset", "1.5", ATT_E_FORMAT, "integer",
		    NULL },
		{ IMA "/starting_offset", "1e2", ATT_E_FORMAT, "integer",
		    NULL },
		{ IMA "/starting_offset", "\"40\"", ATT_E_FORMAT, "integer",
		    NULL },
		{ IMA "/starting_offset", "9223372036854775807", ATT_E_FORMAT,
		    "0 to 395", NULL },
		/* a missing one would send the whole list */
		{ IMA "/starting_offset", NULL, ATT_E_FORMAT, "missing",
		    NULL },
		{ IMA "/starting_offset", "null", ATT_E_FORMAT, "integer",
		    NULL },
		{ REQ "/1/chosen_parameters/starting_offset", "0",
		    ATT_E_UNSUPPORTED, "starting_offset", NULL },
	};
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	const char *at = strstr(demand_text, ":40}");

	check_changes(demand_text, parse, c, ATT_COUNT(c));
	/* 2^63 is no integer of the parser's */
	att_buf_bytes(&b, demand_text, (size_t)(at - demand_text));
	att_buf_str(&b, ":9223372036854775808}");
	att_buf_str(&b, at + 4);
	fails(parse(att_buf_view(&b), NULL, err), ATT_E_FORMAT, "JSON");
}
END_TEST

#define HELD REQ "/1/chosen_parameters/held_sha256"
#define OTHER                                                                \
	"\"c97e6f5084a8c9a94298b6c45041f185"                                 \
	"6d04f4a65fa7a1190261432f85d5052d\""

/* What was offered, and only in a quote that is bound to it. */
START_TEST(held_rules)
{
	static const struct change c[] = {
		{ HELD, "\"" MEASURED_SHA256 "\"", ATT_OK, NULL, NULL },
		{ HELD, "null", ATT_OK, NULL, NULL },
		{ HELD, OTHER, ATT_E_UNSUPPORTED, "digest that was offered",
		    NULL },
		{ HELD, "\"\"", ATT_E_FORMAT, "held_sha256", NULL },
		{ HELD, "\"b97e\"", ATT_E_FORMAT, "held_sha256", NULL },
		{ HELD, "true", ATT_E_FORMAT, "held_sha256", NULL },
		{ IMA "/held_sha256", "\"" MEASURED_SHA256 "\"",
		    ATT_E_UNSUPPORTED, "held_sha256", NULL },
		{ CHOSEN "/held_sha256", "\"" MEASURED_SHA256 "\"",
		    ATT_E_UNSUPPORTED, "held_sha256", NULL },
	};
	AUTO(free) char *held = changed(demand_text, HELD,
	    "\"" MEASURED_SHA256 "\"");
	AUTO(free) char *free_quote = changed(held, CHOSEN "/binding", NULL);
	AUTO(free) char *upper = strdup(held);
	struct att_offer o = an_offer();
	struct att_demand d;

	check_changes(demand_text, parse, c, ATT_COUNT(c));
	fails(parse(S(free_quote), NULL, err), ATT_E_UNSUPPORTED,
	    "uefi_log: held_sha256 without a bound quote");
	strstr(upper, "b97e")[0] = 'B';
	fails(parse(S(upper), NULL, err), ATT_E_FORMAT, "lower-case hex");
	/* a verifier that makes up a digest */
	o.item[ATT_ITEM_UEFI_LOG].sha256 = (struct att_digest){ 0 };
	fails(att_demand_parse(S(held), &o, &d, err), ATT_E_UNSUPPORTED,
	    "digest that was offered");
}
END_TEST

START_TEST(held_there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer();
	struct att_demand d = a_demand(), got;
	const struct att_digest *is = &o.item[ATT_ITEM_UEFI_LOG].sha256;

	d.held[ATT_ITEM_UEFI_LOG] = *is;
	ok(att_demand_encode(&d, &o, "node-7", 12, &b, err));
	ok(att_demand_parse(att_buf_view(&b), &o, &got, err));
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		ck_assert(i == ATT_ITEM_UEFI_LOG ?
			att_digest_equal(&got.held[i], is) :
			got.held[i].alg == 0);
	d.bound = false;
	fails(encode(&d, &o, err), ATT_E_USAGE, "digest");
	d.bound = true;
	d.held[ATT_ITEM_UEFI_LOG].bytes[31] ^= 1;
	fails(encode(&d, &o, err), ATT_E_USAGE, "digest");
	d.held[ATT_ITEM_UEFI_LOG] = (struct att_digest){ 0 };
	d.held[ATT_ITEM_IMA_LOG] = *is;
	fails(encode(&d, &o, err), ATT_E_USAGE, "digest");
}
END_TEST

START_TEST(item_rules)
{
	static const struct change c[] = {
		{ REQ "/1/chosen_parameters", NULL, ATT_E_FORMAT,
		    "uefi_log: member \"chosen_parameters\"", NULL },
		{ REQ "/1/chosen_parameters/format", NULL, ATT_E_FORMAT,
		    "format", NULL },
		{ REQ "/1/chosen_parameters/format", "\"text/plain\"",
		    ATT_E_UNSUPPORTED, "format was not offered", NULL },
		{ REQ "/1/chosen_parameters/entry_count", "7",
		    ATT_E_UNSUPPORTED, "entry_count", NULL },
		{ REQ "/1/evidence_class", "\"certification\"",
		    ATT_E_UNSUPPORTED, "not offered", NULL },
		{ REQ "/1/evidence_class", NULL, ATT_E_FORMAT,
		    "evidence_class", NULL },
	};

	check_changes(demand_text, parse, c, ATT_COUNT(c));
}
END_TEST

/* K22: lists of what is wanted. */
START_TEST(k22_evidence_requested)
{
	static const struct change c[] = {
		/* enrolled without a policy: no fault, and no pass either */
		{ REQ, "[]", ATT_E_NOT_FOUND, "without a policy", NULL },
		{ REQ, NULL, ATT_E_FORMAT, "missing", NULL },
		{ REQ, "{}", ATT_E_FORMAT, "array", NULL },
		{ REQ "/0", NULL, ATT_E_UNSUPPORTED, "without a quote", NULL },
		{ REQ "/1", "null", ATT_E_FORMAT, "evidence_class", NULL },
		{ REQ "/1/evidence_type", "\"tee_report\"",
		    ATT_E_UNSUPPORTED, "not offered", NULL },
		{ REQ "/1/evidence_type", "\"userspace_log\"",
		    ATT_E_UNSUPPORTED, "userspace_log: was not offered",
		    NULL },
		{ REQ "/1/evidence_type", "\"firmware_claims\"",
		    ATT_E_UNSUPPORTED, "firmware_claims: was not offered",
		    NULL },
		{ REQ "/3", "{\"evidence_class\":\"log\",\"evidence_type\":"
			    "\"uefi_log\",\"chosen_parameters\":{\"format\":"
			    "\"application/octet-stream\"}}", ATT_E_FORMAT,
		    "uefi_log: asked for twice", NULL },
		{ REQ "/3", "{\"evidence_class\":\"certification\","
			    "\"evidence_type\":\"tpm_quote\","
			    "\"chosen_parameters\":{}}", ATT_E_FORMAT,
		    "tpm_quote: asked for twice", NULL },
	};

	check_changes(demand_text, parse, c, ATT_COUNT(c));
}
END_TEST

static int
parse_many(size_t count, struct att_err *why)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(4 * ATT_MESSAGE_MAX);

	att_buf_str(&b, "{\"data\":{\"type\":\"attestation\","
			"\"attributes\":{\"evidence_requested\":[{}");
	for (size_t i = 1; i < count; i++)
		att_buf_str(&b, ",{}");
	att_buf_str(&b, "]}}}");
	return parse(att_buf_view(&b), NULL, why);
}

START_TEST(k22_too_many)
{
	fails(parse_many(ATT_DEMAND_ENTRIES_MAX, err), ATT_E_FORMAT,
	    "evidence_class");
	fails(parse_many(ATT_DEMAND_ENTRIES_MAX + 1, err), ATT_E_LIMIT,
	    "17 kinds");
	fails(parse_many(100000, err), ATT_E_LIMIT, "100000 kinds");
	fails(parse_many(1000000, err), ATT_E_LIMIT, "at most 1048576");
}
END_TEST

START_TEST(hostile)
{
	check_hostile(demand_text, parse);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol demand");
	TCase *t = tcase_create("demand");

	tcase_add_test(t, written);
	tcase_add_test(t, read_back);
	tcase_add_test(t, quote_in_every_place);
	tcase_add_test(t, quote_alone_and_not_bound);
	tcase_add_test(t, key_by_its_name);
	tcase_add_test(t, sm3);
	tcase_add_test(t, key_without_a_name);
	tcase_add_test(t, demands_that_cannot_be_written);
	tcase_add_test(t, paths);
	tcase_add_test(t, leniency);
	tcase_add_test(t, quote_rules);
	tcase_add_test(t, binding_that_was_not_offered);
	tcase_add_test(t, k15_challenge);
	tcase_add_test(t, k16_selected_subjects);
	tcase_add_test(t, k16_not_offered);
	tcase_add_test(t, k17_starting_offset);
	tcase_add_test(t, held_rules);
	tcase_add_test(t, held_there_and_back);
	tcase_add_test(t, item_rules);
	tcase_add_test(t, k22_evidence_requested);
	tcase_add_test(t, k22_too_many);
	tcase_add_test(t, hostile);
	suite_add_tcase(s, t);
	return run_suite(s);
}
