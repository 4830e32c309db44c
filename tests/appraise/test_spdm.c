#include "tests/crypto/devcert.h"
#include "tests/firmware/spdmmaker.h"

#include "appraise/spdm.h"

#define COMPONENT "HGX_IRoT_GPU_0"

static const struct {
	uint8_t version;
	uint32_t asym;
	const char *told;	/* for 1.0 and 1.1 with RSA */
} kinds[] = {
	{ 0x10, SPDM_P256, NULL },
	{ 0x11, SPDM_P384, NULL },
	{ 0x11, SPDM_RSASSA_2048, "rsassa-2048" },
	{ 0x11, SPDM_RSAPSS_3072, "rsapss-3072" },
	{ 0x12, SPDM_P256, NULL },
	{ 0x12, SPDM_P384, NULL },
	{ 0x12, SPDM_RSASSA_3072, NULL },
	{ 0x12, SPDM_RSAPSS_2048, NULL },
	{ 0x13, SPDM_P256, NULL },
	{ 0x13, SPDM_P384, NULL },
	{ 0x13, SPDM_RSASSA_2048, NULL },
	{ 0x13, SPDM_RSAPSS_3072, NULL },
};
enum { KIND_P384_11 = 1, KIND_P384_12 = 5 };

/* A component, all that vouches for it, and its appraisal. */
struct scene {
	EVP_PKEY *key;
	X509 *root, *leaf;
	struct att_digest pin;
	struct spdm_maker m;
	struct att_buf chain;
	struct att_spdm_ref *ref;
	const struct att_spdm_ref *refs[1];
	struct att_platform platform;
	struct att_spdm_appraisal a;
	struct att_spdm_result result;
	size_t findings;
	struct att_finding finding[16];
};

/* Keys of all tests: RSA ones are slow to make. */
static EVP_PKEY *maker, *p256, *p384, *rsa2048, *rsa3072;

static void
make_keys(void)
{
	maker = EVP_EC_gen("P-256");
	p256 = EVP_EC_gen("P-256");
	p384 = EVP_EC_gen("P-384");
	rsa2048 = EVP_RSA_gen(2048);
	rsa3072 = EVP_RSA_gen(3072);
}

static void
free_keys(void)
{
	EVP_PKEY_free(maker);
	EVP_PKEY_free(p256);
	EVP_PKEY_free(p384);
	EVP_PKEY_free(rsa2048);
	EVP_PKEY_free(rsa3072);
}

static EVP_PKEY *
key_of(uint32_t asym)
{
	switch (asym) {
	case SPDM_P256:
		return p256;
	case SPDM_P384:
		return p384;
	case SPDM_RSASSA_2048:
	case SPDM_RSAPSS_2048:
		return rsa2048;
	default:
		return rsa3072;
	}
}

static void
scene_chain(struct scene *s)
{
	att_buf_reset(&s->chain);
	dev_put_pem(&s->chain, s->leaf);
	dev_put_pem(&s->chain, s->root);
	s->a.chain = att_buf_view(&s->chain);
}

/* What is signed is in s->m: signs it. */
static void
scene_sign(struct scene *s)
{
	spdm_sign(&s->m, s->key);
	s->a.transcript = att_buf_view(&s->m.b);
}

static void
scene_init(struct scene *s, int kind)
{
	*s = (struct scene){ .key = key_of(kinds[kind].asym),
		.chain = ATT_BUF(65536), .m = spdm_new(kinds[kind].version,
		    kinds[kind].asym) };
	s->root = dev_certify(maker, &(struct dev_spec){
	    .name = "Device root", .ca = true }, NULL, NULL);
	s->leaf = dev_certify(s->key, &(struct dev_spec){ .name = "GPU" },
	    s->root, maker);
	s->pin = dev_pin(maker);
	s->a = (struct att_spdm_appraisal){ .component = COMPONENT,
		.root = &s->pin, .roots = 1, .platform = &s->platform,
		.now = DEV_NOW };
	scene_chain(s);
	spdm_standard(&s->m);
	scene_sign(s);
	s->a.nonce = (struct att_slice){ s->m.nonce, 32 };
	if (kinds[kind].told != NULL) {
		ck_assert(att_spdm_scheme_by_name(kinds[kind].told,
		    &s->a.algorithms));
		s->a.algorithms.hash = s->m.hash == 1 ? ATT_ALG_SHA256 :
							ATT_ALG_SHA384;
	}
}

static void
scene_done(struct scene *s)
{
	att_spdm_ref_free(s->ref);
	att_buf_done(&s->chain);
	spdm_done(&s->m);
	X509_free(s->leaf);
	X509_free(s->root);
}

static void
note(void *arg, const struct att_finding *f)
{
	struct scene *s = arg;

	if (s->findings < ATT_COUNT(s->finding))
		s->finding[s->findings] = *f;
	s->findings++;
}

static void
appraise(struct scene *s)
{
	s->findings = 0;
	ok(att_spdm_appraise(&s->a, note, s, &s->result, err));
	ck_assert(!s->result.expected || s->result.authentic);
}

/* It is refused for this reason alone, and claims nothing. */
static void
refuses(struct scene *s, enum att_finding_code code, const char *word)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	appraise(s);
	ck_assert_uint_eq(s->findings, 1);
	att_finding_text(&s->finding[0], text);
	ck_assert_msg(s->finding[0].code == code &&
	    strstr(text, word) != NULL, "%s: %s",
	    att_finding_name(s->finding[0].code), text);
	ck_assert(strstr(text, COMPONENT) != NULL);
	ck_assert(!s->result.authentic && s->result.subject[0] == '\0' &&
	    s->result.root.alg == 0 && s->result.measurements == 0);
}

/* -- signatures ------------------------------------------------------------ */

START_TEST(authentic)
{
	struct scene s;

	scene_init(&s, _i);
	appraise(&s);
	ck_assert_uint_eq(s.findings, 0);
	ck_assert(s.result.authentic && !s.result.expected);
	ck_assert_uint_eq(s.result.version, kinds[_i].version);
	ck_assert_uint_eq(s.result.measurements, 6);
	ck_assert(att_digest_equal(&s.result.root, &s.pin));
	ck_assert_str_eq(s.result.subject, "CN=GPU");
	ck_assert_str_eq(s.result.issuer, "CN=Device root");
	ck_assert(strncmp(s.result.serial, "5d", 2) == 0);
	ck_assert(s.result.has_mode && s.result.mode.operational == 4);
	ck_assert(s.result.has_security_version &&
	    s.result.security_version == 7);
	ck_assert(s.result.algorithms.key_bits > 0);
	scene_done(&s);
}
END_TEST

/* One byte changed anywhere, the nonce among them: never authentic. */
START_TEST(each_byte)
{
	struct scene s;

	scene_init(&s, _i);
	for (size_t i = 0; i < s.m.b.len; i++) {
		s.m.b.data[i] ^= (uint8_t)(1u << i % 8);
		appraise(&s);
		ck_assert_msg(!s.result.authentic && s.findings == 1,
		    "byte %zu", i);
		s.m.b.data[i] ^= (uint8_t)(1u << i % 8);
	}
	appraise(&s);
	ck_assert(s.result.authentic);
	scene_done(&s);
}
END_TEST

START_TEST(cut_anywhere)
{
	struct scene s;

	scene_init(&s, _i);
	for (size_t n = 0; n < s.m.b.len; n++) {
		s.a.transcript.len = n;
		appraise(&s);
		ck_assert_msg(!s.result.authentic && s.findings == 1,
		    "%zu bytes", n);
	}
	scene_done(&s);
}
END_TEST

START_TEST(another_nonce)
{
	struct scene s;
	uint8_t other[33] = { 0 };

	scene_init(&s, KIND_P384_12);
	memcpy(other, s.m.nonce, 32);
	other[31] ^= 1;
	s.a.nonce = (struct att_slice){ other, 32 };
	refuses(&s, ATT_F_SPDM_NONCE, "challenge");
	s.a.nonce.len = 33;
	fails(att_spdm_appraise(&s.a, note, &s, &s.result, err), ATT_E_USAGE,
	    "33 bytes");
	s.a.nonce.len = 31;
	fails(att_spdm_appraise(&s.a, note, &s, &s.result, err), ATT_E_USAGE,
	    "31 bytes");
	scene_done(&s);
}
END_TEST

/* The prefix has the version in it, and 1.1 has no prefix at all. */
START_TEST(signed_as_another_version)
{
	struct scene s;

	scene_init(&s, KIND_P384_12);
	for (int v = 0x10; v <= 0x13; v++) {
		s.m.b.len -= 96;
		s.m.version = (uint8_t)v;
		scene_sign(&s);
		if (v == 0x12) {
			appraise(&s);
			ck_assert(s.result.authentic);
		} else {
			refuses(&s, ATT_F_SPDM_SIGNATURE, "verify");
		}
	}
	scene_done(&s);
}
END_TEST

START_TEST(content_changed)
{
	struct scene s;

	scene_init(&s, KIND_P384_12);
	att_buf_reset(&s.m.b);
	spdm_vca(&s.m);
	spdm_blocks(&s.m);
	spdm_request(&s.m, 1, 0xff);
	spdm_answer(&s.m, 0, 0x10, 0);
	scene_sign(&s);
	refuses(&s, ATT_F_SPDM_CHANGED, "changed while");
	scene_done(&s);
}
END_TEST

/* RSA of 1.1 must be told, and be what was told. */
START_TEST(told_algorithms)
{
	struct scene s;

	scene_init(&s, 2);
	s.a.algorithms = (struct att_spdm_algorithms){ 0 };
	refuses(&s, ATT_F_SPDM_SIGNATURE, "nobody else did");
	ck_assert(att_spdm_scheme_by_name("rsapss-2048", &s.a.algorithms));
	s.a.algorithms.hash = ATT_ALG_SHA256;
	refuses(&s, ATT_F_SPDM_SIGNATURE, "verify");
	ck_assert(att_spdm_scheme_by_name("rsassa-3072", &s.a.algorithms));
	refuses(&s, ATT_F_SPDM_SIGNATURE, "another kind");
	ck_assert(att_spdm_scheme_by_name("rsassa-2048", &s.a.algorithms));
	s.a.algorithms.hash = ATT_ALG_SHA1;
	refuses(&s, ATT_F_SPDM_SIGNATURE, "another kind");
	scene_done(&s);
}
END_TEST

/* The hash of the curve first, then the one that was told; never a weak one. */
START_TEST(told_hash)
{
	struct scene s;

	scene_init(&s, KIND_P384_11);
	s.a.algorithms.hash = ATT_ALG_SHA512;
	appraise(&s);
	ck_assert(s.result.authentic &&
	    s.result.algorithms.hash == ATT_ALG_SHA384);
	s.m.b.len -= 96;
	s.m.hash = 1;
	scene_sign(&s);
	refuses(&s, ATT_F_SPDM_SIGNATURE, "verify");
	s.a.algorithms.hash = ATT_ALG_SHA256;
	appraise(&s);
	ck_assert(s.result.authentic &&
	    s.result.algorithms.hash == ATT_ALG_SHA256);
	s.a.algorithms.hash = ATT_ALG_SHA1;
	refuses(&s, ATT_F_SPDM_SIGNATURE, "verify");
	s.a.algorithms.hash = ATT_ALG_SHA256;
	ck_assert(att_spdm_scheme_by_name("ecdsa-p256", &s.a.algorithms));
	refuses(&s, ATT_F_SPDM_SIGNATURE, "another kind");
	ck_assert(att_spdm_scheme_by_name("rsassa-2048", &s.a.algorithms));
	refuses(&s, ATT_F_SPDM_SIGNATURE, "another kind");
	scene_done(&s);
}
END_TEST

/* From 1.2 on what was told counts for nothing: the transcript says it. */
START_TEST(told_though_it_says)
{
	struct scene s;

	scene_init(&s, KIND_P384_12);
	ck_assert(att_spdm_scheme_by_name("rsassa-2048", &s.a.algorithms));
	s.a.algorithms.hash = ATT_ALG_SHA1;
	appraise(&s);
	ck_assert(s.result.authentic);
	scene_done(&s);
}
END_TEST

/* -- certificates ---------------------------------------------------------- */

static void
set_leaf(struct scene *s, EVP_PKEY *key, const struct dev_spec *spec)
{
	X509_free(s->leaf);
	s->leaf = dev_certify(key, spec, s->root, maker);
	scene_chain(s);
}

START_TEST(certificates)
{
	EVP_PKEY *other = EVP_EC_gen("P-384");
	struct att_digest pin;
	struct scene s;

	scene_init(&s, KIND_P384_12);
	pin = dev_pin(other);
	s.a.root = &pin;
	refuses(&s, ATT_F_SPDM_CERTIFICATE, "pinned key");
	s.a.root = &s.pin;
	s.a.now = DEV_NOW + 2 * DEV_DAY;
	refuses(&s, ATT_F_SPDM_CERTIFICATE, "expired");
	s.a.now = DEV_NOW;
	set_leaf(&s, other, &(struct dev_spec){ .name = "GPU" });
	refuses(&s, ATT_F_SPDM_SIGNATURE, "verify");
	set_leaf(&s, s.key, &(struct dev_spec){ .name = "GPU", .ca = true });
	refuses(&s, ATT_F_SPDM_CERTIFICATE, "that of a CA");
	set_leaf(&s, s.key, &(struct dev_spec){ .name = "GPU",
	    .forged = other });
	refuses(&s, ATT_F_SPDM_CERTIFICATE, "not signed");
	s.a.chain.len = 100;
	refuses(&s, ATT_F_SPDM_CERTIFICATE, "");
	s.a.chain.len = 0;
	refuses(&s, ATT_F_SPDM_CERTIFICATE, "no certificate");
	s.a.roots = 0;
	refuses(&s, ATT_F_SPDM_NO_REFERENCE, "no reference values");
	EVP_PKEY_free(other);
	scene_done(&s);
}
END_TEST

/* A key of another kind than ALGORITHMS selects. */
START_TEST(another_kind_of_key)
{
	struct scene s;

	scene_init(&s, KIND_P384_12);
	set_leaf(&s, rsa3072, &(struct dev_spec){ .name = "GPU" });
	refuses(&s, ATT_F_SPDM_SIGNATURE, "another kind");
	set_leaf(&s, p256, &(struct dev_spec){ .name = "GPU" });
	refuses(&s, ATT_F_SPDM_SIGNATURE, "another kind");
	scene_done(&s);
}
END_TEST

/* -- reference values ------------------------------------------------------ */

/* SHA-384 digests that spdm_blocks writes. */
#define HEX_11                                                               \
	"111111111111111111111111111111111111111111111111"                   \
	"111111111111111111111111111111111111111111111111"
#define HEX_22                                                               \
	"222222222222222222222222222222222222222222222222"                   \
	"222222222222222222222222222222222222222222222222"
#define GOOD                                                                 \
	"\"1\":[\"" HEX_11 "\"],\"2\":[\"00\",\"" HEX_22 "\"],"              \
	"\"3\":\"unused\",\"4\":[\"312e322e33\"],"                           \
	"\"5\":{\"minimum\":7},\"254\":\"any\""

static void
set_ref(struct scene *s, const char *measurements, const char *more)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	char hex[ATT_DIGEST_HEX_MAX];

	att_buf_printf(&b, "{\"format\":\"attestd-spdm-values/1\","
	    "\"id\":\"gpu\",\"version\":3,\"match\":{},"
	    "\"components\":[\"HGX_IRoT_GPU_*\"],"
	    "\"roots\":[\"sha256:%s\"],\"measurements\":{%s}%s}",
	    att_digest_hex(&s->pin, hex), measurements, more);
	att_spdm_ref_free(s->ref);
	s->ref = NULL;
	ok(att_spdm_ref_parse(att_buf_view(&b), &s->ref, err));
	s->refs[0] = s->ref;
	s->a.ref = s->refs;
	s->a.refs = 1;
	s->a.roots = 0;
}

/* Authentic, and not as expected, for one reason. */
static void
differs(struct scene *s, enum att_finding_code code, int64_t index,
    const char *word)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	appraise(s);
	ck_assert(s->result.authentic && !s->result.expected);
	ck_assert_uint_eq(s->findings, 1);
	att_finding_text(&s->finding[0], text);
	ck_assert_msg(s->finding[0].code == code &&
	    s->finding[0].event == index && strstr(text, word) != NULL,
	    "%s %s", att_finding_name(s->finding[0].code), text);
	ck_assert(s->result.reference[0] == '\0');
}

START_TEST(expected)
{
	struct scene s;

	scene_init(&s, _i);
	set_ref(&s, GOOD, "");
	appraise(&s);
	ck_assert_uint_eq(s.findings, 0);
	ck_assert(s.result.authentic && s.result.expected);
	ck_assert_str_eq(s.result.reference, "gpu");
	ck_assert_int_eq(s.result.reference_version, 3);
	scene_done(&s);
}
END_TEST

static const struct {
	const char *rules;
	enum att_finding_code code;
	int64_t index;
	const char *word;
} differences[] = {
	{ "\"1\":[\"00\"],\"2\":\"any\",\"3\":\"any\",\"4\":\"any\","
	  "\"5\":\"any\",\"254\":\"any\"", ATT_F_SPDM_MEASUREMENT, 1,
	    "measurement 1 of " COMPONENT ": expected 1 zeros, found "
	    "1111111111111111..." },
	{ "\"1\":\"unused\",\"2\":\"any\",\"3\":\"any\",\"4\":\"any\","
	  "\"5\":\"any\",\"254\":\"any\"", ATT_F_SPDM_MEASUREMENT, 1,
	    "expected zeros, found 1111" },
	{ "\"1\":\"any\",\"2\":\"any\",\"3\":[\"" HEX_11 "\"],"
	  "\"4\":\"any\",\"5\":\"any\",\"254\":\"any\"",
	    ATT_F_SPDM_MEASUREMENT, 3, "found 48 zeros" },
	{ "\"1\":\"any\",\"2\":\"any\",\"3\":\"any\",\"4\":\"any\","
	  "\"254\":\"any\"", ATT_F_SPDM_UNKNOWN, 5, "measurement 5" },
	{ "\"1\":\"any\",\"2\":\"any\",\"3\":\"any\",\"4\":\"any\","
	  "\"5\":\"any\",\"6\":\"any\",\"254\":\"any\"",
	    ATT_F_SPDM_MISSING, 6, "measurement 6" },
	{ "\"1\":\"any\",\"2\":\"any\",\"3\":\"any\",\"4\":\"any\","
	  "\"5\":\"any\",\"6\":\"unused\",\"254\":\"any\"",
	    ATT_F_SPDM_MISSING, 6, "measurement 6" },
	{ "\"1\":\"any\",\"2\":\"any\",\"3\":\"any\",\"4\":\"any\","
	  "\"5\":{\"minimum\":8},\"254\":\"any\"",
	    ATT_F_SPDM_SECURITY_VERSION, 5, "7, at least 8" },
	{ "\"1\":\"any\",\"2\":\"any\",\"3\":\"any\","
	  "\"4\":{\"minimum\":0},\"5\":\"any\",\"254\":\"any\"",
	    ATT_F_SPDM_MEASUREMENT, 4, "expected a security version" },
};

START_TEST(unexpected)
{
	struct scene s;

	scene_init(&s, KIND_P384_12);
	set_ref(&s, differences[_i].rules, "");
	differs(&s, differences[_i].code, differences[_i].index,
	    differences[_i].word);
	scene_done(&s);
}
END_TEST

static void
with_mode(struct scene *s, uint32_t operational, uint32_t device)
{
	att_buf_reset(&s->m.b);
	spdm_vca(&s->m);
	spdm_mode(&s->m, 0xfe, operational, device);
	spdm_request(&s->m, 1, 0xff);
	spdm_answer(&s->m, 0, 0, 0);
	scene_sign(s);
}

START_TEST(modes)
{
	struct scene s;

	scene_init(&s, KIND_P384_12);
	set_ref(&s, "\"254\":\"any\"", "");
	with_mode(&s, 4, 2);
	differs(&s, ATT_F_SPDM_DEBUG, ATT_NO_EVENT, "is active");
	with_mode(&s, 4, 1);
	differs(&s, ATT_F_SPDM_DEBUG, ATT_NO_EVENT, "is active");
	with_mode(&s, 4, 8);
	differs(&s, ATT_F_SPDM_DEBUG, ATT_NO_EVENT, "since it was reset");
	with_mode(&s, 1, 0);
	differs(&s, ATT_F_SPDM_MODE, ATT_NO_EVENT, "0x1");
	with_mode(&s, 4, 16);
	appraise(&s);
	ck_assert(s.result.expected && s.findings == 1);
	ck_assert_int_eq(s.finding[0].severity, ATT_SEVERITY_WARN);
	with_mode(&s, 1, 3);
	set_ref(&s, "\"254\":\"any\"", ",\"mode\":\"any\"");
	appraise(&s);
	ck_assert(s.result.expected && s.findings == 0);
	scene_done(&s);
}
END_TEST

/* Index by index: what came before the nonce is dated by nothing. */
static void
one_by_one(struct scene *s, uint8_t param2)
{
	att_buf_reset(&s->m.b);
	spdm_vca(&s->m);
	spdm_request(&s->m, 0, 0);
	spdm_answer(&s->m, 2, 0, 0);
	spdm_request(&s->m, 0, 1);
	spdm_digest(&s->m, 1, 1, 0x11);
	spdm_answer(&s->m, 0, 0, 3);
	spdm_request(&s->m, 1, 2);
	spdm_digest(&s->m, 2, 1, 0x22);
	spdm_answer(&s->m, 0, param2, 0);
	scene_sign(s);
}

START_TEST(dates)
{
	static const char rules[] = "\"1\":[\"" HEX_11 "\"],"
				    "\"2\":[\"" HEX_22 "\"]";
	struct scene s;

	scene_init(&s, KIND_P384_12);
	set_ref(&s, rules, "");
	one_by_one(&s, 0);
	differs(&s, ATT_F_SPDM_NOT_DATED, ATT_NO_EVENT, "1 of");
	one_by_one(&s, 0x20);
	appraise(&s);
	ck_assert(s.result.expected && s.findings == 0);
	one_by_one(&s, 0);
	set_ref(&s, rules, ",\"undated\":true");
	appraise(&s);
	ck_assert(s.result.expected && s.findings == 0);
	scene_done(&s);
}
END_TEST

/* What was seen of the component before. */
START_TEST(known_devices)
{
	char serial[ATT_CERT_NAME_MAX + 1];
	struct scene s;

	scene_init(&s, KIND_P384_12);
	appraise(&s);
	snprintf(serial, sizeof(serial), "%s", s.result.serial);
	s.a.known.issuer = "CN=Device root";
	s.a.known.serial = serial;
	appraise(&s);
	ck_assert(s.result.authentic && s.findings == 0);
	s.a.known.issuer = "CN=Another root";
	refuses(&s, ATT_F_SPDM_OTHER_DEVICE, serial);
	s.a.known.issuer = "CN=Device root";
	s.a.known.serial = "5d";
	refuses(&s, ATT_F_SPDM_OTHER_DEVICE, serial);
	s.a.known.serial = NULL;
	set_ref(&s, GOOD, "");
	s.a.known.security_version = 7;
	appraise(&s);
	ck_assert(s.result.expected && s.findings == 0);
	s.a.known.security_version = 8;
	differs(&s, ATT_F_SPDM_DOWNGRADE, ATT_NO_EVENT, "from 8 to 7");
	scene_done(&s);
}
END_TEST

/* For another component, platform or time it says nothing at all. */
START_TEST(not_for_this)
{
	struct scene s;

	scene_init(&s, KIND_P384_12);
	set_ref(&s, GOOD, "");
	s.a.component = "HGX_IRoT_NVSwitch_0";
	appraise(&s);
	ck_assert(!s.result.authentic && s.findings == 1);
	ck_assert_int_eq(s.finding[0].code, ATT_F_SPDM_NO_REFERENCE);
	s.a.component = COMPONENT;
	set_ref(&s, GOOD, ",\"valid_until\":\"2020-01-01T00:00:00Z\"");
	refuses(&s, ATT_F_SPDM_NO_REFERENCE, "no reference values");
	/* a root that the operator trusts, and nothing to compare with */
	s.a.roots = 1;
	appraise(&s);
	ck_assert(s.result.authentic && !s.result.expected);
	ck_assert_int_eq(s.finding[0].code, ATT_F_SPDM_NO_REFERENCE);
	scene_done(&s);
}
END_TEST

/* Each document has its own roots: another's vouch for nothing in it. */
START_TEST(root_of_another_document)
{
	EVP_PKEY *other = EVP_EC_gen("P-384");
	const struct att_spdm_ref *both[2];
	struct att_spdm_ref *kept;
	struct scene s;
	struct att_digest pin;

	scene_init(&s, KIND_P384_12);
	pin = s.pin;
	s.pin = dev_pin(other);
	set_ref(&s, GOOD, "");
	kept = take(&s.ref);
	s.pin = pin;
	set_ref(&s, "\"1\":\"any\"", "");
	both[0] = kept;
	both[1] = s.ref;
	s.a.ref = both;
	s.a.refs = 2;
	appraise(&s);
	ck_assert(s.result.authentic && !s.result.expected);
	ck_assert_uint_eq(s.findings, 5);
	s.a.root = &s.pin;
	s.a.roots = 1;
	s.a.refs = 1;
	appraise(&s);
	ck_assert(s.result.authentic && !s.result.expected);
	ck_assert_int_eq(s.finding[0].code, ATT_F_SPDM_NO_REFERENCE);
	att_spdm_ref_free(kept);
	EVP_PKEY_free(other);
	scene_done(&s);
}
END_TEST

/* An update is a second document; of those that differ the closest is told. */
START_TEST(several_documents)
{
	const struct att_spdm_ref *both[2];
	struct att_spdm_ref *kept;
	struct scene s;

	scene_init(&s, KIND_P384_12);
	set_ref(&s, "\"1\":\"any\"", "");
	kept = take(&s.ref);
	set_ref(&s, GOOD, "");
	both[0] = kept;
	both[1] = s.ref;
	s.a.ref = both;
	s.a.refs = 2;
	appraise(&s);
	ck_assert(s.result.expected && s.findings == 0);
	set_ref(&s, differences[6].rules, "");
	both[1] = s.ref;
	s.a.ref = both;
	s.a.refs = 2;
	differs(&s, ATT_F_SPDM_SECURITY_VERSION, 5, "7, at least 8");
	att_spdm_ref_free(kept);
	scene_done(&s);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("SPDM");
	TCase *t = tcase_create("signatures"), *u = tcase_create("values");

	tcase_add_unchecked_fixture(t, make_keys, free_keys);
	tcase_add_unchecked_fixture(u, make_keys, free_keys);
	tcase_add_loop_test(t, authentic, 0, ATT_COUNT(kinds));
	tcase_add_loop_test(t, each_byte, 0, ATT_COUNT(kinds));
	tcase_add_loop_test(t, cut_anywhere, 0, ATT_COUNT(kinds));
	tcase_add_test(t, another_nonce);
	tcase_add_test(t, signed_as_another_version);
	tcase_add_test(t, content_changed);
	tcase_add_test(t, told_algorithms);
	tcase_add_test(t, told_hash);
	tcase_add_test(t, told_though_it_says);
	tcase_add_test(t, certificates);
	tcase_add_test(t, another_kind_of_key);
	tcase_add_loop_test(u, expected, 0, ATT_COUNT(kinds));
	tcase_add_loop_test(u, unexpected, 0, ATT_COUNT(differences));
	tcase_add_test(u, modes);
	tcase_add_test(u, dates);
	tcase_add_test(u, known_devices);
	tcase_add_test(u, not_for_this);
	tcase_add_test(u, root_of_another_document);
	tcase_add_test(u, several_documents);
	suite_add_tcase(s, t);
	suite_add_tcase(s, u);
	return run_suite(s);
}
