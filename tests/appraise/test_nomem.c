/*
 * Memory runs out, at each allocation in turn: a good node is not accused, a
 * bad one does not pass, and nothing stays behind.
 */
#include "runner.h"

#include "appraise/claims.h"
#include "appraise/devices.h"
#include "appraise/posture.h"
#include "appraise/refdiff.h"
#include "appraise/refdoc.h"
#include "appraise/refkeylime.h"
#include "appraise/runtime_keylime.h"
#include "appraise/spdm.h"
#include "tests/appraise/fwscene.h"
#include "tests/appraise/nomem.h"
#include "tests/appraise/softdevices.h"
#include "tests/eventlog/ima_sig_vectors.h"

#define TRIES_MAX 20000
#define TRIES_ALL 400	/* of what has nothing to do with a node: then some */

static struct node node;

/* What may come of a call whose i-th allocation failed. */
typedef void outcome_fn(int r, enum att_status status, size_t i);

static void
is_not_accused(int r, enum att_status status, size_t i)
{
	if (r == 0)
		ck_assert_msg(status == ATT_PASS, "the %zuth: accused", i);
	else
		ck_assert_msg(att_code_kind(r) == ATT_KIND_SYSTEM,
		    "the %zuth: %s", i, att_code_name(r));
}

static void
does_not_pass(int r, enum att_status status, size_t i)
{
	if (r == 0)
		ck_assert_msg(status == ATT_FAIL, "the %zuth: passes", i);
	else
		ck_assert_msg(att_code_kind(r) == ATT_KIND_SYSTEM,
		    "the %zuth: %s", i, att_code_name(r));
}

/* Fails the first, the second, ... allocation, until one time none fails. */
static void
appraise_each(outcome_fn *outcome)
{
	for (size_t i = 0; i < TRIES_MAX; i++) {
		struct att_verdict *v = NULL;
		struct att_err err = { 0 };
		enum att_status status;
		int r;

		asked = held = 0;
		fail_at = i;
		watched = true;
		/* with and without a place for the error */
		r = att_appraise(&node.a, &v, i % 2 == 0 ? &err : NULL);
		status = att_verdict_status(v);
		att_verdict_free(v);
		watched = false;
		ck_assert_msg(held == 0, "%zu blocks left after the %zuth",
		    held, i);
		if (r < 0)
			ck_assert_int_eq(status, ATT_UNDECIDED);
		ck_assert_int_eq(err.code, i % 2 == 0 ? r : 0);
		if (asked <= i) {
			ck_assert_int_eq(r, 0);
			ck_assert_uint_gt(i, 10);
			outcome(r, status, i);
			return;
		}
		outcome(r, status, i);
	}
	ck_abort_msg("over %d allocations", TRIES_MAX);
}

START_TEST(a_good_node)
{
	node_init(&node, &signer, "uki-sb");
	node_ref_from(&node, "uki-sb");
	node_passes(&node);
	appraise_each(is_not_accused);
	node_done(&node);
}
END_TEST

START_TEST(a_changed_node)
{
	node_init(&node, &signer, "uki-sb-changed");
	node_ref_from(&node, "uki-sb");
	node_fails(&node, ATT_F_EVENT_CHANGED, "PCR 4");
	appraise_each(does_not_pass);
	node_done(&node);
}
END_TEST

/* Of this boot, by what a reference state of Keylime becomes. */
static void
boots_with_state(const char *boot)
{
	static const struct att_refkeylime_choice first = { 1, 1 };
	const struct att_refmake head = node_refmake("imported");
	AUTO_DONE(att_buf_done) struct att_buf state = ATT_BUF(1u << 20);
	AUTO(att_json_decref) json_t *doc = NULL;
	struct att_refkeylime_notes notes;

	ok(att_file_read("tests/vectors/keylime/mb-shim.json", &state, err));
	ok(att_ref_from_keylime(att_buf_view(&state), &head, &first, &doc,
	    &notes, err));
	node_init(&node, &signer, boot);
	node_add_ref(&node, doc);
	node_quote(&node);
}

START_TEST(events_known_by_what_they_say)
{
	boots_with_state("shim");
	appraise_each(is_not_accused);
	node_done(&node);
	boots_with_state("shim-changed");
	appraise_each(does_not_pass);
	node_done(&node);
}
END_TEST

START_TEST(an_old_bundle)
{
	static const uint8_t other[32] = { 1 };

	node_init(&node, &signer, "uki-sb");
	node_ref_from(&node, "uki-sb");
	node_passes(&node);
	node.a.challenge.data = other;
	appraise_each(does_not_pass);
	node_done(&node);
}
END_TEST

/* Files that are listed, signed, and neither. */
static json_t *
runtime_doc(const struct imamaker *m)
{
	json_t *doc = policy_of(att_buf_view(&m->text));

	ok(att_json_put(doc, "boot_aggregate", json_string("any"), err));
	ok(att_json_put(doc, "excludes", json_pack("[s]", "/tmp/.*"), err));
	ok(att_json_put(doc, "buffers", json_pack("{s:s}", ".ima", "any"),
	    err));
	ok(att_json_put(doc, "keys", json_pack("[{s:s,s:s},{s:s}]", "pem",
	    P256_PUBLIC, "id", "bf9f844d", "pem", OWN_ID_CERT), err));
	return doc;
}

static void
list_signed(struct imamaker *m, const char *digest, const char *sig)
{
	AUTO_DONE(att_buf_done) struct att_buf d = ATT_BUF(128);
	AUTO_DONE(att_buf_done) struct att_buf s = ATT_BUF(4096);
	struct im_field f[3] = { { 0 }, IM_PATH("/signed") };

	att_buf_bytes(&d, "sha256:", 8);
	ok(att_hex_decode(S(digest), &d, err));
	ok(att_hex_decode(S(sig), &s, err));
	f[0] = (struct im_field){ IM_NAMED, d.data, d.len };
	f[2] = (struct im_field){ IM_HEX, s.data, s.len };
	im_entry(m, 10, "ima-sig", f, 3);
}

static void
runs(outcome_fn *outcome, const char *digest)
{
	struct imamaker m = im_new(ATT_ALG_SHA1, false);
	struct att_digest any = { .alg = ATT_ALG_SHA256, .len = 32 };
	struct runner r;
	json_t *doc;

	runner_init(&r, "uki", "ima.txt");
	im_boot(&m, &any);
	im_file(&m, 10, "/a");
	doc = runtime_doc(&m);
	im_file(&m, 10, "/tmp/excluded");
	list_signed(&m, OWN_DIGEST, OWN_SIG);
	list_signed(&m, digest, P256_SIG);
	ok(att_pcrs_set(&r.n.e.pcrs, ATT_ALG_SHA256, 10,
	    im_value(&m, ATT_ALG_SHA256, 10), err));
	give_list(&r, att_buf_view(&m.text));
	set_policy(&r, doc);
	node_quote(&r.n);
	node = r.n;
	appraise_each(outcome);
	im_done(&m);
	runner_done(&r);
}

START_TEST(signed_files)
{
	runs(is_not_accused, P256_DIGEST);
}
END_TEST

START_TEST(a_forged_signature)
{
	runs(does_not_pass, RSA256_DIGEST);
}
END_TEST

/* What the calls below read; if it comes to less, they say MISMATCH. */
static struct att_buf text;
static size_t whole;	/* bytes that come of it */

static int
read_policy(void)
{
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	int e = att_runtime_parse(att_buf_view(&text), &r, NULL);

	return e < 0 || (att_runtime_keys(r) == 2 &&
	    att_runtime_files(r) == 1) ? e : ATT_E_MISMATCH;
}

static int
import_state(void)
{
	static const struct att_refmake head = { .head = { .id = "x",
		.valid_from = INT64_MIN, .valid_until = INT64_MAX } };
	static const struct att_refkeylime_choice only;
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(1u << 20);
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO(att_ref_free) struct att_ref *ref = NULL;
	struct att_refkeylime_notes notes;
	int e;

	if ((e = att_ref_from_keylime(att_buf_view(&text), &head, &only, &doc,
		 &notes, NULL)) < 0 ||
	    (e = att_json_write(doc, &out, NULL)) < 0 ||
	    (e = att_ref_parse(att_buf_view(&out), &ref, NULL)) < 0)
		return e;
	return notes.count == 0 && out.len == whole ? 0 : ATT_E_MISMATCH;
}

static int
import_policy(void)
{
	AUTO(att_json_decref) json_t *doc = NULL;
	struct att_runtime_notes notes;
	int e = att_runtime_from_keylime(att_buf_view(&text), "x", 1, &doc,
	    &notes, NULL);

	/* of the keyring, and of the key: its limits, or why there is none */
	return e < 0 || (json_object_size(doc) == 9 && notes.count == 2) ?
	    e : ATT_E_MISMATCH;
}

/*
 * Nothing that is good is refused, unless OpenSSL does not say why it failed.
 * No ck_assert within: it allocates.
 */
static void
each_fails(int (*call)(void))
{
	/* what OpenSSL sets up once, and would not try again */
	ck_assert_int_eq(call(), 0);
	for (size_t i = 0;; i += i < TRIES_ALL ? 1 : 7) {
		int r;

		ck_assert_uint_lt(i, TRIES_MAX);
		asked = held = 0;
		fail_at = i;
		ossl = false;
		watched = true;
		r = call();
		watched = false;
		ck_assert_msg(held == 0, "%zu blocks left after the %zuth",
		    held, i);
		ck_assert_msg(r == 0 || att_code_kind(r) == ATT_KIND_SYSTEM ||
		    (ossl && (r == ATT_E_FORMAT || r == ATT_E_UNSUPPORTED)),
		    "the %zuth: %s", i, att_code_name(r));
		if (asked <= i) {
			ck_assert_int_eq(r, 0);
			ck_assert_uint_gt(i, 10);
			return;
		}
	}
}

START_TEST(reading_policies)
{
	struct imamaker m = im_new(ATT_ALG_SHA1, false);
	json_t *doc;

	im_file(&m, 10, "/a");
	doc = runtime_doc(&m);
	text = ATT_BUF(1u << 16);
	ok(att_json_write(doc, &text, err));
	each_fails(read_policy);
	json_decref(doc);
	im_done(&m);
	att_buf_reset(&text);
	att_buf_str(&text, "{\"digests\":{\"/a\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaa\"]},\"excludes\":[\"/tmp/[^/]+\"],\"keyrings\":{"
	    "\".ima\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]},\"ima\":{"
	    "\"ignored_keyrings\":[\"*\"]},\"verification-keys\":\"{"
	    "\\\"pubkeys\\\":[\\\"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEymnhlV"
	    "aHLW+dT8BPbDKPzdqTJeSphBpEtDDefadDWUK2sLOkijnLXwCJbacuPeLrFUPqpv"
	    "Oo7AAw9CdfiVJ2GA==\\\"],\\\"keyids\\\":[1]}\"}");
	each_fails(import_policy);
	att_buf_done(&text);
}
END_TEST

START_TEST(importing_a_state)
{
	const struct att_refmake head = { .head = { .id = "x",
		.valid_from = INT64_MIN, .valid_until = INT64_MAX } };
	static const struct att_refkeylime_choice only;
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(1u << 20);
	AUTO(att_json_decref) json_t *doc = NULL;
	struct att_refkeylime_notes notes;

	text = ATT_BUF(1u << 20);
	ok(att_file_read("tests/vectors/keylime/mb-shim.json", &text, err));
	ok(att_ref_from_keylime(att_buf_view(&text), &head, &only, &doc,
	    &notes, err));
	ok(att_json_write(doc, &out, err));
	whole = out.len;
	each_fails(import_state);
	att_buf_done(&text);
}
END_TEST

/* A posture that is as the rules say, or is not. */
static struct att_buf rules;
static bool posture_holds;

static int
judge_posture(void)
{
	AUTO(att_posture_rules_free) struct att_posture_rules *r = NULL;
	static const struct att_platform platform = { "", "", NULL };
	static const struct att_proven proven = {
		.secure_boot = ATT_SECURE_BOOT_ON, .variables = true,
		.kernel = "ro quiet" };
	const struct att_posture_rules *all[1];
	struct att_posture_case c = { .text = att_buf_view(&text),
		.rules = all, .count = 1, .platform = &platform,
		.proven = &proven };
	struct att_posture_judged j = { false, false };
	int e = att_posture_rules_parse(att_buf_view(&rules), &r, NULL);

	if (e < 0)
		return e;
	all[0] = r;
	if ((e = att_posture_judge(&c, NULL, NULL, &j, NULL)) < 0)
		return e;
	return j.evaluated && j.holds == posture_holds ? 0 : ATT_E_MISMATCH;
}

START_TEST(postures)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;

	text = rules = ATT_BUF(1u << 16);
	ok(att_posture_new(&p, err));
	ok(att_posture_add(p, "secure_boot.on", ATT_POSTURE_EFIVARFS,
	    json_true(), err));
	ok(att_posture_add(p, "kernel.command_line", ATT_POSTURE_PROCFS,
	    json_string("ro quiet"), err));
	ok(att_posture_add(p, "list", ATT_POSTURE_SYSFS,
	    json_pack("[s,s]", "a", "b"), err));
	ok(att_posture_encode(p, &text, err));
	posture_holds = _i == 0;
	att_buf_printf(&rules, "{\"format\":\"attestd-posture-rules/1\","
	    "\"id\":\"x\",\"version\":1,\"match\":{},\"rules\":{"
	    "\"secure_boot.on\":true,\"kernel.*\":{\"pattern\":\"%s.*\"},"
	    "\"list\":{\"among\":[\"a\",\"b\"]}},\"keys\":{\"PK\":{"
	    "\"certificates\":[],\"optional\":true}}}",
	    posture_holds ? "ro" : "rw");
	each_fails(judge_posture);
	att_buf_done(&rules);
	att_buf_done(&text);
}
END_TEST

/* A device's report, its chain, and values in `text` that it is judged by. */
static struct spdm_maker maker;
static struct att_buf chain;
static struct att_digest pin;
static bool is_good;

static int
appraise_device(void)
{
	AUTO(att_spdm_ref_free) struct att_spdm_ref *r = NULL;
	static const struct att_platform platform;
	const struct att_spdm_ref *ref[1];
	struct att_spdm_result result = { 0 };
	struct att_spdm_appraisal a = { .component = "GPU",
		.transcript = att_buf_view(&maker.b),
		.chain = att_buf_view(&chain), .root = &pin, .roots = 1,
		.nonce = { maker.nonce, 32 }, .ref = ref, .refs = 1,
		.platform = &platform, .now = DEV_NOW };
	int e = att_spdm_ref_parse(att_buf_view(&text), &r, NULL);

	if (e < 0)
		return e;
	ref[0] = r;
	if ((e = att_spdm_appraise(&a, NULL, NULL, &result, NULL)) < 0)
		return e;
	if (is_good ? result.expected : !result.expected)
		return 0;
	/* a chain that OpenSSL could not look at */
	return is_good && !result.authentic ? ATT_E_FORMAT : ATT_E_MISMATCH;
}

static void
make_device(void)
{
	EVP_PKEY *root_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
	X509 *root = dev_certify(root_key, &(struct dev_spec){
	    .name = "Root", .ca = true }, NULL, NULL);
	X509 *leaf = dev_certify(key, &(struct dev_spec){ .name = "GPU" },
	    root, root_key);
	char hex[ATT_DIGEST_HEX_MAX];

	maker = spdm_new(0x12, SPDM_P256);
	spdm_standard(&maker);
	spdm_sign(&maker, key);
	chain = ATT_BUF(65536);
	dev_put_pem(&chain, leaf);
	dev_put_pem(&chain, root);
	pin = dev_pin(root_key);
	text = ATT_BUF(4096);
	att_buf_printf(&text, "{\"format\":\"attestd-spdm-values/1\","
	    "\"id\":\"x\",\"version\":0,\"match\":{},\"components\":[\"*\"],"
	    "\"roots\":[\"sha256:%s\"],\"measurements\":{\"1\":\"any\","
	    "\"2\":\"any\",\"3\":\"unused\",\"4\":[\"312e322e33\"],"
	    "\"5\":{\"minimum\":7},\"254\":\"any\"}}",
	    att_digest_hex(&pin, hex));
	X509_free(root);
	X509_free(leaf);
	EVP_PKEY_free(key);
	EVP_PKEY_free(root_key);
}

/* Whole, with a byte changed, and of another nonce. */
START_TEST(devices)
{
	make_device();
	is_good = _i == 0;
	if (_i == 1)
		maker.b.data[maker.b.len - 1] ^= 1;
	if (_i == 2)
		maker.nonce[0] ^= 1;
	each_fails(appraise_device);
	att_buf_done(&text);
	att_buf_done(&chain);
	spdm_done(&maker);
}
END_TEST

static void
ignore(void *arg ATT_UNUSED, const struct att_finding *f ATT_UNUSED)
{
}

/* All devices of a node: their report is in `chain`, values are in `text`. */
static int
judge_devices(void)
{
	AUTO_DONE(att_refdocs_done) struct att_refdocs docs = { 0 };
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(att_devices_judged_done) struct att_devices_judged out = {
		.holds = false };
	static const struct att_platform platform;
	static const struct att_quote_state quote;
	struct att_devices_basis basis = { .refs = 1 };
	struct att_devices_case c = { .text = att_buf_view(&chain),
		.challenge = { node_challenge, sizeof(node_challenge) },
		.quote = &quote, .platform = &platform, .basis = &basis,
		.hasher = h, .now = DEV_NOW };
	int e;

	if (h == NULL)
		return ATT_E_NOMEM;
	if ((e = att_refdocs_add(&docs, att_buf_view(&text), NULL)) < 0)
		return e;
	basis.ref = (const struct att_spdm_ref *const *)docs.spdm.doc;
	if ((e = att_devices_judge(&c, ignore, NULL, &out, NULL)) < 0)
		return e;
	if (out.holds == is_good)
		return 0;
	/* as above */
	return is_good ? ATT_E_FORMAT : ATT_E_MISMATCH;
}

/* Whole, and with another firmware. */
START_TEST(all_devices)
{
	struct softdevices gpus;

	softdevices_make(&gpus, 2);
	is_good = _i == 0;
	gpus.dev[1].firmware ^= (uint8_t)_i;
	text = ATT_BUF(1u << 16);
	chain = ATT_BUF(1u << 20);
	softdevices_values(&gpus, "gpu", "{}", "[\"GPU_*\"]", &text);
	softdevices_report(&gpus, (struct att_slice){ node_challenge,
	    sizeof(node_challenge) }, &chain);
	each_fails(judge_devices);
	att_buf_done(&text);
	att_buf_done(&chain);
	softdevices_done(&gpus);
}
END_TEST

static int
verdict_as_json(void)
{
	AUTO(att_json_decref) json_t *j = att_verdict_to_json(node.v);

	return j == NULL ? ATT_E_NOMEM : 0;
}

static int
make_reference(void)
{
	static const struct att_refmake make = { .head = { .id = "x",
		    .valid_from = 0, .valid_until = 1 },
		.pcrs = ATT_PCR_BOOT, .exact = 1, .vary = ATT_REFMAKE_VARY };
	AUTO(att_json_decref) json_t *doc = NULL;

	return att_ref_make(&node.e, &make, &doc, NULL, NULL);
}

static void
tell(void *arg, const struct att_difference *d)
{
	(void)arg;
	json_decref(att_difference_to_json(d));
}

static struct node twin;

static int
compare(void)
{
	return att_ref_diff(&node.e, &twin.e, 0, ATT_REFDIFF_PCRS, tell, NULL,
	    NULL, NULL);
}

/* A node's firmware; and whether it is as it should be. */
static struct fw_scene fw;
static bool fw_is_good;

static int
judge_firmware(void)
{
	struct att_firmware_appraisal a = { .claims = fw.c,
		.quote = &fw.quote, .boot_id = fw.boot_id,
		.ref = (const struct att_fwref *const *)fw.ref,
		.refs = fw.refs, .advisories =
		    (const struct att_fwadvisories *const *)fw.list,
		.advisory_lists = fw.lists, .platform = &fw.platform,
		.known = fw.known, .now = fw.now };
	struct att_firmware_result got = { 0 };
	int r = att_firmware_appraise(&a, NULL, NULL, &got, NULL);
	bool same = got.expected == fw_is_good &&
	    (got.known != NULL) == (fw_is_good && fw.known == NULL);

	att_firmware_result_done(&got);
	return r < 0 || same ? r : ATT_E_MISMATCH;
}

/* Made, written, read, as much as without a fault. */
static int
make_firmware(void)
{
	const struct att_firmware_claims *const one[] = { fw.c };
	struct att_fwmake m = { .head = { .id = "x",
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.node = one, .nodes = 1 };
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(1u << 20);
	AUTO(att_json_decref) json_t *doc = NULL;
	int e;

	if ((e = att_fwmake(&m, &doc, NULL)) < 0 ||
	    (e = att_json_write(doc, &out, NULL)) < 0)
		return e;
	return out.len == whole ? 0 : ATT_E_MISMATCH;
}

static int
read_advisories(void)
{
	AUTO(att_fwadvisories_free) struct att_fwadvisories *a = NULL;
	int e = att_fwadvisories_parse(att_buf_view(&text), &a, NULL);

	return e < 0 || att_fwadvisories_count(a) == 1 ? e : ATT_E_MISMATCH;
}

static int
read_known(void)
{
	AUTO(att_fwknown_free) struct att_fwknown *k = NULL;
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(1u << 20);
	int e;

	if ((e = att_fwknown_parse(att_buf_view(&text), &k, NULL)) < 0 ||
	    (e = att_fwknown_encode(k, &out, NULL)) < 0)
		return e;
	return att_slice_equal(att_buf_view(&out), att_buf_view(&text)) ?
	    0 : ATT_E_MISMATCH;
}

START_TEST(firmware)
{
	struct att_component *cpu;

	fw = fw_good();
	fw_is_good = true;
	each_fails(judge_firmware);
	fw_passes(&fw);
	fw_remember(&fw);
	each_fails(judge_firmware);
	fw_is_good = false;
	fw_run(&fw, "bmc", ATT_VERSION_RUNNING, "12.7");
	each_fails(judge_firmware);
	fw_run(&fw, "bmc", ATT_VERSION_RUNNING, "12.8");
	cpu = fw_component(&fw, "cpu/microcode");
	ok(att_component_set_attribute(cpu, "microcode 1", "0", err));
	ok(att_component_set_attribute(cpu, "microcode 2", "1", err));
	each_fails(judge_firmware);
	fw_done(&fw);
	fw = fw_good();
	fw_passes(&fw);
	fw_remember(&fw);
	fw_mac(&fw.chip, 0x4321);
	fw_measure(&fw);
	each_fails(judge_firmware);
	fw_done(&fw);
}
END_TEST

START_TEST(firmware_documents)
{
	json_t *doc;

	fw = fw_good();
	text = ATT_BUF(1u << 20);
	doc = fw_reference(&fw, "x");
	ok(att_json_write(doc, &text, err));
	whole = text.len;
	json_decref(doc);
	each_fails(make_firmware);
	fw_passes(&fw);
	att_buf_reset(&text);
	ok(att_fwknown_encode(fw.result.known, &text, err));
	each_fails(read_known);
	att_buf_reset(&text);
	ok(att_file_read("conf/advisories.json", &text, err));
	each_fails(read_advisories);
	att_buf_done(&text);
	fw_done(&fw);
}
END_TEST

START_TEST(other_calls)
{
	static int (*const calls[])(void) = { verdict_as_json,
		make_reference, compare };

	node_init(&node, &signer, "uki-sb");
	node_boot(&twin, "uki-sb-changed");
	node_ref_from(&node, "uki-sb");
	node_passes(&node);
	each_fails(calls[_i]);
	node_done(&twin);
	node_done(&node);
}
END_TEST

static void
setup(void)
{
	signer_init(&signer, SIGNER_P256);
}

static void
teardown(void)
{
	signer_done(&signer);
}

int
main(void)
{
	Suite *s = suite_create("nomem");
	TCase *t = tcase_create("nomem");

	if (!nomem_of_ossl())
		return 1;
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, a_good_node);
	tcase_add_test(t, a_changed_node);
	tcase_add_test(t, an_old_bundle);
	tcase_add_test(t, signed_files);
	tcase_add_test(t, a_forged_signature);
	tcase_add_test(t, events_known_by_what_they_say);
	tcase_add_test(t, importing_a_state);
	tcase_add_test(t, reading_policies);
	tcase_add_loop_test(t, postures, 0, 2);
	tcase_add_loop_test(t, devices, 0, 3);
	tcase_add_loop_test(t, all_devices, 0, 2);
	tcase_add_loop_test(t, other_calls, 0, 3);
	tcase_add_test(t, firmware);
	tcase_add_test(t, firmware_documents);
	suite_add_tcase(s, t);
	return run_suite(s);
}
