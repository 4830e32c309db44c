#include "offer_scene.h"

#include "evidence/tpm_vectors.h"

static int
parse(struct att_slice body, struct att_pointer *where, struct att_err *err)
{
	struct att_offer o = { 0 };
	int r = att_offer_parse(body, &o, where, err);

	att_offer_done(&o);
	return r;
}

/* -- there and back ------------------------------------------------------- */

START_TEST(written)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer();

	/* of a list of which a part is sent it is not told */
	o.item[ATT_ITEM_IMA_LOG].sha256 = o.item[ATT_ITEM_UEFI_LOG].sha256;
	ok(att_offer_encode(&o, &b, err));
	same_json(&b, offer_text);
}
END_TEST

START_TEST(read_back)
{
	struct att_offer want = an_offer(), o = { 0 };

	ok(att_offer_parse(S(offer_text), &o, NULL, err));
	ck_assert_uint_eq(o.banks, 2);
	ck_assert_uint_eq(att_offer_pcrs(&o, ATT_ALG_SHA1), 0x81);
	ck_assert_uint_eq(att_offer_pcrs(&o, ATT_ALG_SHA256), ATT_PCR_ALL);
	ck_assert_uint_eq(att_offer_pcrs(&o, ATT_ALG_SHA384), 0);
	ck_assert_uint_eq(o.keys, 1);
	ck_assert_uint_eq(o.key[0].type, ATT_TPM_ALG_RSA);
	ck_assert_uint_eq(o.key[0].bits, 2048);
	ck_assert_uint_eq(o.key[0].algs.schemes, 1);
	ck_assert_uint_eq(o.key[0].algs.scheme[0], ATT_SIG_RSASSA);
	ck_assert_uint_eq(o.key[0].algs.hashes, 1);
	ck_assert_uint_eq(o.key[0].algs.hash[0], ATT_ALG_SHA256);
	ck_assert_uint_eq(o.key[0].name_len, 34);
	ck_assert_mem_eq(o.key[0].name, want.key[0].name, 34);
	ck_assert(att_slice_is(o.key[0].public, "TPMT"));
	ck_assert(o.can_bind);
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++) {
		ck_assert_int_eq(o.item[i].state, want.item[i].state);
		ck_assert_int_eq(o.item[i].entries, want.item[i].entries);
		ck_assert(att_digest_equal(&o.item[i].sha256,
		    &want.item[i].sha256));
	}
	ck_assert_uint_eq(o.item[ATT_ITEM_UEFI_LOG].sha256.alg,
	    ATT_ALG_SHA256);
	ck_assert_str_eq(o.item[ATT_ITEM_USERSPACE_LOG].reason,
	    "tpm2-measure.log: Permission denied");
	ck_assert_str_eq(o.boot_time, want.boot_time);
	ck_assert_str_eq(o.boot_id, want.boot_id);
	ck_assert_str_eq(o.hint_vendor, "Acme");
	ck_assert_str_eq(o.hint_product, "R1");
	att_offer_done(&o);
	ck_assert_uint_eq(o.keys, 0);
}
END_TEST

/* For plain Keylime: the same without what is ours. */
START_TEST(written_with_nothing_of_ours)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer(), got = { 0 };

	o.can_bind = false;
	o.item[ATT_ITEM_UEFI_LOG].sha256.alg = 0;
	o.item[ATT_ITEM_USERSPACE_LOG].state = ATT_ITEM_ABSENT;
	o.boot_id = "";
	o.hint_vendor = o.hint_product = NULL;
	ok(att_offer_encode(&o, &b, err));
	ck_assert(!has_text(&b, "binding"));
	ck_assert(!has_text(&b, "sha256\":\""));
	ck_assert(!has_text(&b, "userspace_log"));
	ck_assert(!has_text(&b, "boot_id"));
	ck_assert(!has_text(&b, "hint"));
	ok(att_offer_parse(att_buf_view(&b), &got, NULL, err));
	ck_assert(!got.can_bind);
	ck_assert_str_eq(got.boot_id, "");
	ck_assert_str_eq(got.hint_vendor, "");
	ck_assert_int_eq(got.item[ATT_ITEM_USERSPACE_LOG].state,
	    ATT_ITEM_ABSENT);
	att_offer_done(&got);
}
END_TEST

/* "Could not read" stays so, with any reason, even an empty one. */
START_TEST(unreadable_is_not_empty)
{
	static const char *const reasons[] = { "", NULL, "EACCES\n\033[2J" };
	static const char *const seen[] = { "", "", "EACCES??[2J" };

	for (size_t i = 0; i < ATT_COUNT(reasons); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_MESSAGE_MAX);
		struct att_offer o = an_offer(), got = { 0 };
		struct att_offer_item *l = &got.item[ATT_ITEM_UEFI_LOG];

		o.item[ATT_ITEM_UEFI_LOG] = (struct att_offer_item){
			.state = ATT_ITEM_UNREADABLE, .reason = reasons[i]
		};
		o.item[ATT_ITEM_IMA_LOG].entries = 0;
		ok(att_offer_encode(&o, &b, err));
		ok(att_offer_parse(att_buf_view(&b), &got, NULL, err));
		ck_assert_int_eq(l->state, ATT_ITEM_UNREADABLE);
		ck_assert_str_eq(l->reason, seen[i]);
		ck_assert_int_eq(got.item[ATT_ITEM_IMA_LOG].state,
		    ATT_ITEM_PRESENT);
		ck_assert_int_eq(got.item[ATT_ITEM_IMA_LOG].entries, 0);
		att_offer_done(&got);
	}
}
END_TEST

START_TEST(offers_that_cannot_be_written)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer();

	o.boot_time = "1795327486";
	fails(att_offer_encode(&o, &b, err), ATT_E_USAGE, "boot_time");
	o.boot_time = NULL;
	fails(att_offer_encode(&o, &b, err), ATT_E_USAGE, "boot_time");
	o = an_offer();
	o.keys = 0;
	fails(att_offer_encode(&o, &b, err), ATT_E_USAGE, "a key");
	o = an_offer();
	o.banks = 0;
	fails(att_offer_encode(&o, &b, err), ATT_E_USAGE, "bank");
	o = an_offer();
	o.bank[0].alg = 0x0010;
	fails(att_offer_encode(&o, &b, err), ATT_E_USAGE, "0x0010");
	o = an_offer();
	o.key[0].algs.scheme[0] = 0x001a;
	fails(att_offer_encode(&o, &b, err), ATT_E_USAGE, "0x001a");
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

/* -- keys ----------------------------------------------------------------- */

static struct att_offer_key
key_of(const char *hex, struct att_buf *b)
{
	struct att_tpm_public p;
	struct att_offer_key k;

	ok(att_hex_decode(S(hex), b, err));
	ok(att_tpm_public_parse_2b(att_buf_view(b), &p, err));
	ok(att_offer_key_of(&p, &k, err));
	ck_assert(att_slice_equal(k.public, p.bytes));
	return k;
}

START_TEST(keys_of_every_type)
{
	static const struct {
		const char *hex, *name;
		uint16_t type, bits, scheme, hash;
	} rows[] = {
		{ RSA_PUBLIC, RSA_NAME, ATT_TPM_ALG_RSA, 2048, ATT_SIG_RSASSA,
		    ATT_ALG_SHA256 },
		{ PSS_PUBLIC, PSS_NAME, ATT_TPM_ALG_RSA, 2048, ATT_SIG_RSAPSS,
		    ATT_ALG_SHA256 },
		{ P256_PUBLIC, P256_NAME, ATT_TPM_ALG_ECC, 256, ATT_SIG_ECDSA,
		    ATT_ALG_SHA256 },
		{ P384_PUBLIC, P384_NAME, ATT_TPM_ALG_ECC, 384, ATT_SIG_ECDSA,
		    ATT_ALG_SHA384 },
	};

	for (size_t i = 0; i < ATT_COUNT(rows); i++) {
		AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(1024);
		AUTO_DONE(att_buf_done) struct att_buf b =
		    ATT_BUF(ATT_MESSAGE_MAX);
		struct att_offer o = an_offer(), got = { 0 };
		char name[2 * ATT_TPM_NAME_MAX + 1];

		o.key[0] = key_of(rows[i].hex, &raw);
		ok(att_offer_encode(&o, &b, err));
		ok(att_offer_parse(att_buf_view(&b), &got, NULL, err));
		ck_assert_uint_eq(got.key[0].type, rows[i].type);
		ck_assert_uint_eq(got.key[0].bits, rows[i].bits);
		ck_assert(att_offer_algs_has(&got.key[0].algs, rows[i].scheme,
		    rows[i].hash));
		ck_assert_uint_eq(got.key[0].algs.schemes, 1);
		ck_assert_uint_eq(got.key[0].algs.hashes, 1);
		ck_assert(att_slice_equal(got.key[0].public,
		    o.key[0].public));
		att_hex_encode((struct att_slice){ got.key[0].name,
				   got.key[0].name_len }, name);
		ck_assert_str_eq(name, rows[i].name);
		att_offer_done(&got);
	}
}
END_TEST

START_TEST(keys_without_a_scheme)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(1024);
	struct att_tpm_public p;
	struct att_offer_key k;

	ok(att_hex_decode(S(P256_PUBLIC), &raw, err));
	ok(att_tpm_public_parse_2b(att_buf_view(&raw), &p, err));
	p.scheme = (struct att_tpm_scheme){ .alg = ATT_TPM_ALG_NULL };
	fails(att_offer_key_of(&p, &k, err), ATT_E_UNSUPPORTED, "0x0010");
	ok(att_tpm_public_parse_2b(att_buf_view(&raw), &p, err));
	p.curve = 0x0020;
	fails(att_offer_key_of(&p, &k, err), ATT_E_UNSUPPORTED, "AK of");
}
END_TEST

#define SUP "/data/attributes/evidence_supported"
#define CAPS SUP "/0/capabilities"
#define KEYS CAPS "/certification_keys"
#define INFO "/data/attributes/system_info"

/* -- rules ---------------------------------------------------------------- */

START_TEST(frame_and_entries)
{
	static const struct change c[] = {
		{ "/more", "1", ATT_E_FORMAT, "not known", "" },
		{ "/data/type", "\"session\"", ATT_E_FORMAT, "attestation",
		    "" },
		{ "/data/attributes/more", "1", ATT_OK, NULL, NULL },
		{ SUP, NULL, ATT_E_FORMAT, "missing", SUP },
		{ SUP, "{}", ATT_E_FORMAT, "array", SUP },
		{ SUP, "[]", ATT_E_FORMAT, "tpm_quote must be", SUP },
		{ SUP "/0", NULL, ATT_E_FORMAT, "tpm_quote must be", SUP },
		{ SUP "/0", "7", ATT_E_FORMAT, "evidence_class",
		    SUP "/0/evidence_class" },
		{ SUP "/1/evidence_class", NULL, ATT_E_FORMAT, "missing",
		    SUP "/1/evidence_class" },
		{ SUP "/1/evidence_type", "1", ATT_E_FORMAT, "string",
		    SUP "/1/evidence_type" },
		{ SUP "/0/evidence_class", "\"log\"", ATT_E_FORMAT,
		    "another class", SUP "/0/evidence_class" },
		{ SUP "/1/evidence_class", "\"certification\"", ATT_E_FORMAT,
		    "another class", SUP "/1/evidence_class" },
		{ SUP "/1/capabilities", NULL, ATT_E_FORMAT, "missing",
		    SUP "/1/capabilities" },
		{ SUP "/0/capabilities", "[]", ATT_E_FORMAT, "object", CAPS },
		/* a type that is not known is passed over, whole */
		{ SUP "/4", "{\"evidence_class\":\"log\",\"evidence_type\":"
			    "\"tee_report\"}", ATT_OK, NULL, NULL },
		{ SUP "/4", "{\"evidence_class\":\"x\",\"evidence_type\":"
			    "\"tee_report\",\"capabilities\":7}", ATT_OK,
		    NULL, NULL },
		/* a known one stands there once */
		{ SUP "/4", "{\"evidence_class\":\"log\",\"evidence_type\":"
			    "\"uefi_log\",\"capabilities\":{}}", ATT_E_FORMAT,
		    "uefi_log is offered twice", SUP "/4/capabilities" },
		{ SUP "/4", "{\"evidence_class\":\"certification\","
			    "\"evidence_type\":\"tpm_quote\","
			    "\"capabilities\":{}}", ATT_E_FORMAT,
		    "tpm_quote is offered twice", SUP "/4/capabilities" },
	};

	check_changes(offer_text, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(quote_rules)
{
	static const struct change c[] = {
		{ CAPS "/more", "{}", ATT_OK, NULL, NULL },
		{ CAPS "/component_version", NULL, ATT_E_FORMAT, "missing",
		    CAPS "/component_version" },
		{ CAPS "/component_version", "\"1.2\"", ATT_E_UNSUPPORTED,
		    "\"2.0\"", CAPS "/component_version" },
		{ CAPS "/component_version", "2.0", ATT_E_FORMAT, "string",
		    CAPS "/component_version" },
		{ CAPS "/hash_algorithms", NULL, ATT_E_FORMAT, "missing",
		    CAPS "/hash_algorithms" },
		{ CAPS "/hash_algorithms", "\"sha256\"", ATT_E_FORMAT,
		    "array", CAPS "/hash_algorithms" },
		{ CAPS "/hash_algorithms", "[\"sha256\",7]", ATT_E_FORMAT,
		    "names", CAPS "/hash_algorithms" },
		{ CAPS "/hash_algorithms", "[\"sha256\"]", ATT_E_FORMAT,
		    "bank sha1 is not", CAPS "/available_subjects" },
		{ CAPS "/hash_algorithms",
		    "[\"sha3_512\",\"sha1\",\"sha256\",\"sha256\"]", ATT_OK,
		    NULL, NULL },
		{ CAPS "/signature_schemes", NULL, ATT_E_FORMAT, "missing",
		    CAPS "/signature_schemes" },
		{ CAPS "/signature_schemes", "[\"ecschnorr\",\"rsassa\"]",
		    ATT_OK, NULL, NULL },
		{ CAPS "/bindings", "\"attestd-1\"", ATT_E_FORMAT, "array",
		    CAPS "/bindings" },
		{ CAPS "/bindings", "[7,\"other-2\"]", ATT_OK, NULL, NULL },
	};

	check_changes(offer_text, parse, c, ATT_COUNT(c));
}
END_TEST

#define SUBJ CAPS "/available_subjects"

START_TEST(subject_rules)
{
	static const struct change c[] = {
		{ SUBJ, NULL, ATT_E_FORMAT, "missing", SUBJ },
		/* what the documents of upstream show, and its code refuses */
		{ SUBJ, "[0,1,2]", ATT_E_FORMAT, "object", SUBJ },
		{ SUBJ, "{}", ATT_E_UNSUPPORTED, "no PCR bank", SUBJ },
		{ SUBJ, "{\"sha3_256\":[0]}", ATT_E_UNSUPPORTED,
		    "no PCR bank", SUBJ },
		{ SUBJ, "{\"sha256\":[]}", ATT_E_UNSUPPORTED, "no PCR bank",
		    SUBJ },
		{ SUBJ "/sha384", "[0]", ATT_E_FORMAT, "bank sha384", SUBJ },
		{ SUBJ "/sha1", "null", ATT_OK, NULL, NULL },
		{ SUBJ "/sha1", "[]", ATT_OK, NULL, NULL },
		{ SUBJ "/sha3_256", "[99]", ATT_OK, NULL, NULL },
		{ SUBJ "/sha1", "[24]", ATT_E_FORMAT, "0 to 23", SUBJ },
		{ SUBJ "/sha1", "[-1]", ATT_E_FORMAT, "0 to 23", SUBJ },
		{ SUBJ "/sha1", "[\"7\"]", ATT_E_FORMAT, "0 to 23", SUBJ },
		{ SUBJ "/sha1", "[7,7]", ATT_E_FORMAT, "twice", SUBJ },
		{ SUBJ "/sha1", "7", ATT_E_FORMAT, "array", SUBJ },
	};

	check_changes(offer_text, parse, c, ATT_COUNT(c));
}
END_TEST

/* Six names of the five banks that are known. */
START_TEST(bank_of_two_names)
{
	AUTO(free) char *t = changed(offer_text, CAPS "/hash_algorithms",
	    "[\"sha1\",\"sha256\",\"sha384\",\"sha512\",\"sm3\",\"sm3_256\"]");

	check_change(t, parse, &(struct change){ SUBJ,
	    "{\"sha1\":[0],\"sha256\":[0],\"sha384\":[0],\"sha512\":[0],"
	    "\"sm3\":[0],\"sm3_256\":[0]}", ATT_E_FORMAT, "offered twice",
	    SUBJ });
	check_change(t, parse, &(struct change){ SUBJ,
	    "{\"sha1\":[0],\"sha256\":[0],\"sha384\":[0],\"sha512\":[0],"
	    "\"sm3_256\":[0]}", ATT_OK, NULL, NULL });
}
END_TEST

/* Every bank under the name that the peer knows. */
START_TEST(names_of_banks)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_MESSAGE_MAX);
	struct att_offer o = an_offer(), got = { 0 };

	o.banks = ATT_BANKS_MAX;
	for (size_t i = 0; i < ATT_BANKS_MAX; i++)
		o.bank[i] = (struct att_pcr_select){ att_alg_at(i), 1 };
	ok(att_offer_encode(&o, &b, err));
	ck_assert(has_text(&b, "\"sm3_256\":[0]"));
	ck_assert(!has_text(&b, "\"sm3\""));
	ok(att_offer_parse(att_buf_view(&b), &got, NULL, err));
	ck_assert_uint_eq(got.banks, ATT_BANKS_MAX);
	for (size_t i = 0; i < ATT_BANKS_MAX; i++)
		ck_assert_uint_eq(att_offer_pcrs(&got, att_alg_at(i)), 1);
	att_offer_done(&got);
}
END_TEST

START_TEST(key_rules)
{
	static const struct change c[] = {
		{ KEYS, NULL, ATT_E_FORMAT, "missing", KEYS },
		{ KEYS, "[]", ATT_E_UNSUPPORTED, "no key", KEYS },
		{ KEYS, "[" KEY_RSA "," KEY_RSA "," KEY_RSA "," KEY_RSA "]",
		    ATT_OK, NULL, NULL },
		{ KEYS, "[" KEY_RSA "," KEY_RSA "," KEY_RSA "," KEY_RSA
			"," KEY_RSA "]", ATT_E_LIMIT, "5 keys", KEYS },
		{ KEYS "/0", "7", ATT_E_FORMAT, "key_class",
		    KEYS "/0/key_class" },
		{ KEYS "/0/key_class", NULL, ATT_E_FORMAT, "missing",
		    KEYS "/0/key_class" },
		{ KEYS "/0/key_class", "\"symmetric\"", ATT_E_UNSUPPORTED,
		    "no key", KEYS },
		{ KEYS "/0/key_algorithm", "\"dsa\"", ATT_E_UNSUPPORTED,
		    "no key", KEYS },
		{ KEYS "/0/key_size", NULL, ATT_E_FORMAT, "missing",
		    KEYS "/0/key_size" },
		{ KEYS "/0/key_size", "\"2048\"", ATT_E_FORMAT, "integer",
		    KEYS "/0/key_size" },
		{ KEYS "/0/key_size", "0", ATT_E_FORMAT, "key_size",
		    KEYS "/0/key_size" },
		{ KEYS "/0/key_size", "65536", ATT_E_FORMAT, "key_size",
		    KEYS "/0/key_size" },
		{ KEYS "/0/allowable_hash_algorithms", "\"sha256\"",
		    ATT_E_FORMAT, "array",
		    KEYS "/0/allowable_hash_algorithms" },
		{ KEYS "/0/allowable_signature_schemes", "[1]", ATT_E_FORMAT,
		    "names", KEYS "/0/allowable_signature_schemes" },
		{ KEYS "/0/public", "\"?\"", ATT_E_FORMAT, "base64",
		    KEYS "/0/public" },
		{ KEYS "/0/public", "7", ATT_E_FORMAT, "string",
		    KEYS "/0/public" },
		{ KEYS "/0/public", NULL, ATT_OK, NULL, NULL },
		{ KEYS "/0/public", "\"\"", ATT_OK, NULL, NULL },
		/* hints are no reason to refuse */
		{ KEYS "/0/local_identifier", NULL, ATT_OK, NULL, NULL },
		{ KEYS "/0/local_identifier", "\"my key\"", ATT_OK, NULL,
		    NULL },
		{ KEYS "/0/server_identifier", NULL, ATT_OK, NULL, NULL },
	};

	check_changes(offer_text, parse, c, ATT_COUNT(c));
}
END_TEST

/* What a key does not say, the capabilities say for it. */
START_TEST(key_without_lists)
{
	AUTO(free) char *a = changed(offer_text,
	    KEYS "/0/allowable_hash_algorithms", NULL);
	AUTO(free) char *b = changed(a, KEYS "/0/allowable_signature_schemes",
	    "null");
	AUTO(free) char *t = changed(b, CAPS "/signature_schemes",
	    "[\"ecschnorr\",\"rsapss\",\"rsassa\"]");
	struct att_offer o = { 0 };

	ok(att_offer_parse(S(t), &o, NULL, err));
	ck_assert_uint_eq(o.key[0].algs.schemes, 2);
	ck_assert_uint_eq(o.key[0].algs.scheme[0], ATT_SIG_RSAPSS);
	ck_assert_uint_eq(o.key[0].algs.scheme[1], ATT_SIG_RSASSA);
	ck_assert_uint_eq(o.key[0].algs.hashes, 2);
	ck_assert_uint_eq(o.key[0].algs.hash[0], ATT_ALG_SHA1);
	att_offer_done(&o);
}
END_TEST

/* TPM2B_PUBLIC in the place of TPMT_PUBLIC: its size bytes are left out. */
START_TEST(public_with_its_size)
{
	AUTO(free) char *t = changed(offer_text, KEYS "/0/public",
	    "\"AARUUE1U\"");
	struct att_offer o = { 0 };

	ok(att_offer_parse(S(t), &o, NULL, err));
	ck_assert(att_slice_is(o.key[0].public, "TPMT"));
	att_offer_done(&o);
}
END_TEST

/* Lower-case hex of 32 bytes, or nothing. */
START_TEST(digest_rules)
{
#define DIGEST SUP "/1/capabilities/entries_sha256"
#define HALF "0123456789abcdef0123456789abcdef"
	static const struct change c[] = {
		{ DIGEST, NULL, ATT_OK, NULL, NULL },
		{ DIGEST, "null", ATT_OK, NULL, NULL },
		{ DIGEST, "\"" HALF HALF "\"", ATT_OK, NULL, NULL },
		{ DIGEST, "\"" HALF HALF "0\"", ATT_E_FORMAT,
		    "entries_sha256", DIGEST },
		{ DIGEST, "\"" HALF HALF "01\"", ATT_E_FORMAT,
		    "entries_sha256", DIGEST },
		{ DIGEST, "\"" HALF "\"", ATT_E_FORMAT, "entries_sha256",
		    DIGEST },
		{ DIGEST, "\"\"", ATT_E_FORMAT, "entries_sha256", DIGEST },
		{ DIGEST, "\"" HALF "0123456789abcdef0123456789abcdeg\"",
		    ATT_E_FORMAT, "lower-case hex", DIGEST },
		{ DIGEST, "\"" HALF "0123456789abcdef0123456789abcdeF\"",
		    ATT_E_FORMAT, "lower-case hex", DIGEST },
		{ DIGEST, "7", ATT_E_FORMAT, "string", DIGEST },
		{ DIGEST, "[]", ATT_E_FORMAT, "string", DIGEST },
		/* of a list of which a part is sent it says nothing */
		{ SUP "/3/capabilities/entries_sha256", "7", ATT_OK, NULL,
		    NULL },
	};

	check_changes(offer_text, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(item_rules)
{
	static const struct change c[] = {
		{ SUP "/1/capabilities/more", "{}", ATT_OK, NULL, NULL },
		{ SUP "/1/capabilities/evidence_version", NULL, ATT_OK, NULL,
		    NULL },
		{ SUP "/1/capabilities/entry_count", NULL, ATT_E_FORMAT,
		    "missing", SUP "/1/capabilities/entry_count" },
		{ SUP "/1/capabilities/entry_count", "-1", ATT_E_FORMAT,
		    "entry_count", SUP "/1/capabilities/entry_count" },
		{ SUP "/1/capabilities/entry_count", "\"47\"", ATT_E_FORMAT,
		    "integer", SUP "/1/capabilities/entry_count" },
		{ SUP "/1/capabilities/entry_count", "1099511627776", ATT_OK,
		    NULL, NULL },
		{ SUP "/1/capabilities/entry_count", "1099511627777",
		    ATT_E_FORMAT, "entry_count",
		    SUP "/1/capabilities/entry_count" },
		{ SUP "/1/capabilities/formats", NULL, ATT_E_FORMAT,
		    "missing", SUP "/1/capabilities/formats" },
		{ SUP "/1/capabilities/formats", "[]", ATT_E_UNSUPPORTED,
		    "uefi_log must be offered as application/octet-stream",
		    SUP "/1/capabilities/formats" },
		{ SUP "/1/capabilities/formats", "[\"text/plain\"]",
		    ATT_E_UNSUPPORTED, "application/octet-stream",
		    SUP "/1/capabilities/formats" },
		{ SUP "/3/capabilities/formats",
		    "[\"application/cel\",\"text/plain\"]", ATT_OK, NULL,
		    NULL },
		{ SUP "/2/capabilities/unreadable", "7", ATT_E_FORMAT,
		    "string", SUP "/2/capabilities/unreadable" },
		{ SUP "/2/capabilities/unreadable", "\"a\\nb\"", ATT_E_FORMAT,
		    "clean", SUP "/2/capabilities/unreadable" },
	};

	check_changes(offer_text, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(system_rules)
{
	static const struct change c[] = {
		{ INFO, NULL, ATT_E_FORMAT, "missing", INFO },
		{ INFO "/more", "1", ATT_OK, NULL, NULL },
		{ INFO "/boot_time", NULL, ATT_E_FORMAT, "missing",
		    INFO "/boot_time" },
		{ INFO "/boot_time", "1795327486", ATT_E_FORMAT, "string",
		    INFO "/boot_time" },
		{ INFO "/boot_time", "\"yesterday\"", ATT_E_FORMAT,
		    "RFC 3339", INFO "/boot_time" },
		{ INFO "/boot_id", NULL, ATT_OK, NULL, NULL },
		{ INFO "/boot_id", "7", ATT_E_FORMAT, "string",
		    INFO "/boot_id" },
		{ INFO "/boot_id", "\"\\u001b[2J\"", ATT_E_FORMAT, "clean",
		    INFO "/boot_id" },
		{ INFO "/hint", "null", ATT_OK, NULL, NULL },
		{ INFO "/hint", "\"Acme\"", ATT_E_FORMAT, "object",
		    INFO "/hint" },
		{ INFO "/hint/vendor", "\"\\u202e\"", ATT_E_FORMAT, "clean",
		    INFO "/hint/vendor" },
		{ INFO "/hint/product", "[]", ATT_E_FORMAT, "string",
		    INFO "/hint/product" },
		{ INFO "/hint/more", "[]", ATT_OK, NULL, NULL },
	};

	check_changes(offer_text, parse, c, ATT_COUNT(c));
}
END_TEST

/* -- limits --------------------------------------------------------------- */

static int
parse_padded(size_t entries, struct att_err *why)
{
	AUTO(att_json_decref) json_t *root = json(offer_text);
	AUTO(free) char *text = NULL;
	json_t *list = json_object_get(json_object_get(json_object_get(root,
	    "data"), "attributes"), "evidence_supported");

	while (json_array_size(list) < entries)
		ok(att_json_add(list, json("{\"evidence_class\":\"log\","
					   "\"evidence_type\":\"x\"}"), err));
	text = json_dumps(root, JSON_COMPACT);
	return parse(S(text), NULL, why);
}

START_TEST(entries_at_the_limit)
{
	ok(parse_padded(ATT_OFFER_ENTRIES_MAX, err));
	fails(parse_padded(ATT_OFFER_ENTRIES_MAX + 1, err), ATT_E_LIMIT,
	    "33 kinds");
}
END_TEST

START_TEST(names_at_the_limit)
{
	AUTO(att_json_decref) json_t *names =
	    json("[\"sha1\",\"sha256\"]");
	AUTO(free) char *at = NULL;
	AUTO(free) char *above = NULL;

	while (json_array_size(names) < 64)
		ok(att_json_add(names, json_string("x"), err));
	at = json_dumps(names, 0);
	ok(att_json_add(names, json_string("x"), err));
	above = json_dumps(names, 0);
	check_change(offer_text, parse, &(struct change){
	    CAPS "/hash_algorithms", at, ATT_OK, NULL, NULL });
	check_change(offer_text, parse, &(struct change){
	    CAPS "/hash_algorithms", above, ATT_E_LIMIT, "65 names",
	    CAPS "/hash_algorithms" });
}
END_TEST

START_TEST(texts_at_the_limit)
{
	char value[ATT_MESSAGE_TEXT_MAX + 4] = "\"";

	memset(value + 1, 'b', ATT_MESSAGE_TEXT_MAX);
	memcpy(value + 1 + ATT_MESSAGE_TEXT_MAX, "\"", 2);
	check_change(offer_text, parse, &(struct change){ INFO "/boot_id",
	    value, ATT_OK, NULL, NULL });
	memcpy(value + 1 + ATT_MESSAGE_TEXT_MAX, "b\"", 3);
	check_change(offer_text, parse, &(struct change){ INFO "/boot_id",
	    value, ATT_E_FORMAT, "255", INFO "/boot_id" });
}
END_TEST

START_TEST(hostile)
{
	check_hostile(offer_text, parse);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol offer");
	TCase *t = tcase_create("offer");

	tcase_add_test(t, written);
	tcase_add_test(t, read_back);
	tcase_add_test(t, written_with_nothing_of_ours);
	tcase_add_test(t, unreadable_is_not_empty);
	tcase_add_test(t, offers_that_cannot_be_written);
	tcase_add_test(t, keys_of_every_type);
	tcase_add_test(t, keys_without_a_scheme);
	tcase_add_test(t, frame_and_entries);
	tcase_add_test(t, quote_rules);
	tcase_add_test(t, subject_rules);
	tcase_add_test(t, bank_of_two_names);
	tcase_add_test(t, names_of_banks);
	tcase_add_test(t, key_rules);
	tcase_add_test(t, key_without_lists);
	tcase_add_test(t, public_with_its_size);
	tcase_add_test(t, digest_rules);
	tcase_add_test(t, item_rules);
	tcase_add_test(t, system_rules);
	tcase_add_test(t, entries_at_the_limit);
	tcase_add_test(t, names_at_the_limit);
	tcase_add_test(t, texts_at_the_limit);
	tcase_add_test(t, hostile);
	suite_add_tcase(s, t);
	return run_suite(s);
}
