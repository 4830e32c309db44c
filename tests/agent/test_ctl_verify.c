#include "../appraise/node.h"
#include "../appraise/softdevices.h"
#include "tests/appraise/fwscene.h"
#include "agent/run_ctl.h"

#include <limits.h>

/* A directory of files, removed at the end of a test. */
static char dir[] = "/tmp/att-verify-XXXXXX";
static struct signer signer, other;

static const char *
path(const char *name)
{
	static char room[8][PATH_MAX];
	static unsigned next;
	char *p = room[next++ % ATT_COUNT(room)];

	snprintf(p, PATH_MAX, "%s/%s", dir, name);
	return p;
}

static void
put(const char *name, struct att_slice bytes)
{
	ok(att_file_write(path(name), bytes, 0600, err));
}

/* Evidence of a boot that was changed, as a file and signed by `s`. */
static void
put_changed(const char *boot, const struct signer *s, const char *name,
    void (*change)(struct node *n))
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_BUNDLE_MAX);
	struct node n;

	node_init(&n, s, boot);
	change(&n);
	node_quote(&n);
	n.e.challenge = n.a.challenge;
	n.e.bound = true;
	n.e.bound_count = ATT_COUNT(node_items);
	memcpy(n.e.bound_item, node_items, sizeof(node_items));
	n.e.agent_id = "node-1";
	n.e.hint_vendor = "QEMU";
	n.e.hint_product = "Standard PC";
	ok(att_evidence_encode(&n.e, &b, err));
	put(name, att_buf_view(&b));
	node_done(&n);
}

/* The same boot with the list of what it ran. */
static void
put_with_list(void)
{
	static const enum att_item items[] = { ATT_ITEM_UEFI_LOG,
		ATT_ITEM_USERSPACE_LOG, ATT_ITEM_IMA_LOG };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf list = ATT_BUF(1u << 20);
	struct node n;

	node_init(&n, &signer, "uki-sb");
	ok(att_file_read(BOOTS "uki-sb/ima.txt", &list, err));
	n.e.item[ATT_ITEM_IMA_LOG] = (struct att_evidence_item){
		.state = ATT_ITEM_PRESENT, .bytes = att_buf_view(&list) };
	n.a.item = items;
	n.a.item_count = ATT_COUNT(items);
	node_quote(&n);
	n.e.challenge = n.a.challenge;
	n.e.bound = true;
	n.e.bound_count = ATT_COUNT(items);
	memcpy(n.e.bound_item, items, sizeof(items));
	n.e.agent_id = "node-1";
	ok(att_evidence_encode(&n.e, &b, err));
	put("ran", att_buf_view(&b));
	node_done(&n);
}

/* And with one item more, which the quote signs. */
static void
put_with(enum att_item item, struct att_slice bytes, const char *name)
{
	const enum att_item items[] = { ATT_ITEM_UEFI_LOG,
		ATT_ITEM_USERSPACE_LOG, item };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_BUNDLE_MAX);
	struct node n;

	node_init(&n, &signer, "uki-sb");
	n.e.item[item] = (struct att_evidence_item){
		.state = ATT_ITEM_PRESENT, .bytes = bytes };
	n.a.item = items;
	n.a.item_count = ATT_COUNT(items);
	node_quote(&n);
	n.e.challenge = n.a.challenge;
	n.e.bound = true;
	n.e.bound_count = ATT_COUNT(items);
	memcpy(n.e.bound_item, items, sizeof(items));
	ok(att_evidence_encode(&n.e, &b, err));
	put(name, att_buf_view(&b));
	node_done(&n);
}

static void
put_with_devices(const struct softdevices *d, struct att_slice challenge,
    const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf report = ATT_BUF(1u << 20);

	softdevices_report(d, challenge, &report);
	put_with(ATT_ITEM_SPDM_MEASUREMENTS, att_buf_view(&report), name);
}

static void
nothing(struct node *n)
{
	(void)n;
}

static void
put_evidence(const char *boot, const struct signer *s, const char *name)
{
	put_changed(boot, s, name, nothing);
}

static void
setup(void)
{
	AUTO_DONE(att_buf_done) struct att_buf tpm2b = ATT_BUF(2048);
	AUTO_DONE(run_done) struct run r = { 0 };

	ck_assert_ptr_nonnull(mkdtemp(dir));
	signer_init(&signer, SIGNER_P256);
	signer_init(&other, SIGNER_P256);
	put("ak", signer.ak.public);
	put("other-ak", other.ak.public);
	att_buf_tpm2b(&tpm2b, signer.ak.public);
	put("ak.2b", att_buf_view(&tpm2b));
	put_evidence("uki-sb", &signer, "good");
	put_evidence("uki-sb-changed", &signer, "changed");
	put_evidence("uki-sb", &other, "others");
	put_with_list();
	RUN(&r, "reference", "create", "--id", "uki-sb", "--version", "3",
	    "-o", path("ref"), path("good"));
	ck_assert_msg(r.status == 0, "%.*s", (int)r.err.len, r.err.data);
	RUN(&r, "reference", "create", "--id", "uki-sb", "--vendor", "QEMU",
	    "--secure-boot", "required", "--vary", "none", "--ordered",
	    "--exact", "0,7", "--bank", "sha256", "--valid-until",
	    "2030-01-01T00:00:00Z", "-o", path("narrow"), path("good"));
	ck_assert_msg(r.status == 0, "%.*s", (int)r.err.len, r.err.data);
}

static void
teardown(void)
{
	static const char *const names[] = { "ak", "other-ak", "ak.2b",
		"good", "changed", "others", "ran", "run", "ref", "narrow",
		"bad", "odd", "odd-ref" };

	for (size_t i = 0; i < ATT_COUNT(names); i++)
		(void)unlink(path(names[i]));
	(void)rmdir(dir);
	signer_done(&signer);
	signer_done(&other);
}

#define CHALLENGE                                                            \
	"c4a11e46e0000000000000000000000000000000000000000000000000000000"

START_TEST(good_evidence)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--challenge", CHALLENGE, path("good"));
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, "TRUSTED"));
	ck_assert(!run_has(&r.out, "UNTRUSTED"));
	ck_assert(run_has(&r.out, "Secure Boot  on"));
	ck_assert(run_has(&r.out, "reference    uki-sb, version 3"));
	ck_assert(run_has(&r.out, "PCR 4"));
	/* who trusts the file's own words is told so */
	RUN(&r, "verify", "--reference", path("ref"), "--trust-bundle-ak",
	    path("good"));
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.err, "its own key is trusted"));
	ck_assert(run_has(&r.err, "its own challenge is taken"));
	RUN(&r, "verify", "--reference", path("narrow"), "--ak",
	    path("ak.2b"), "--vendor", "QEMU", "--at",
	    "2029-12-31T23:59:59Z", "--json", path("good"));
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, "\"status\": \"pass\""));
}
END_TEST

START_TEST(evidence_that_is_not_good)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--challenge", CHALLENGE, path("changed"));
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "UNTRUSTED"));
	ck_assert(run_has(&r.out, "PCR 4 event 27 "
	    "(EV_EFI_BOOT_SERVICES_APPLICATION "
	    "\\EFI\\BOOT\\BOOTX64.EFI): expected sha256 16771f7ffb935796..., "
	    "found 21e3ca73d4d11328..."));
	ck_assert(run_has(&r.out, "[event-changed] If this is an announced"));
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--challenge", "00112233445566778899aabbccddeeff", path("good"));
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "[quote-nonce]"));
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    path("others"));
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "[ak-unknown]"));
	/* the platform is the operator's word, not the file's */
	RUN(&r, "verify", "--reference", path("narrow"), "--ak", path("ak"),
	    path("good"));
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "[no-reference-values]"));
	ck_assert(run_has(&r.err, "says it is of --vendor 'QEMU'"));
	RUN(&r, "verify", "--reference", path("narrow"), "--ak", path("ak"),
	    "--vendor", "QEMU", "--at", "2031-01-01T00:00:00Z",
	    path("good"));
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "[reference-expired]"));
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--pcrs", "0-16", path("good"));
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "[not-evaluated]"));
}
END_TEST

/* In the bank that is quoted; no other comes along. */
static void
extend_in_secret(struct node *n)
{
	struct att_pcrs all = n->e.pcrs;
	uint8_t v[32] = { 7 };

	n->e.pcrs = (struct att_pcrs){ 0 };
	for (unsigned i = 0; i < ATT_PCR_COUNT; i++) {
		struct att_slice is = { v, sizeof(v) };

		ck_assert(i == 0 ||
		    att_pcrs_get(&all, ATT_ALG_SHA256, i, &is));
		ok(att_pcrs_set(&n->e.pcrs, ATT_ALG_SHA256, i, is, err));
	}
}

/* systemd's words are left, but not those of PCR 15, which nobody guesses. */
static void
lose_systemds_log(struct node *n)
{
	n->e.item[ATT_ITEM_USERSPACE_LOG].bytes = (struct att_slice){ 0 };
	n->attest.select[0].mask = ATT_PCR_BOOT;
}

static void
lose_power(struct node *n)
{
	n->attest.safe = false;
}

/* Each option does what the key of a verifier does. */
START_TEST(policy_is_said_too)
{
	static const struct {
		const char *boot;
		void (*change)(struct node *n);
		const char *option, *finding;
		int without, with;
	} cases[] = {
		{ "uki-sb", extend_in_secret, "--allow-incomplete",
		    "[pcr-mismatch]", 1, 0 },
		{ "uki", lose_systemds_log, "--allow-guessed",
		    "[pcr-mismatch]", 1, 0 },
		{ "uki-sb", lose_power, "--require-safe-clock",
		    "[clock-unsafe]", 0, 1 },
	};
	AUTO_DONE(run_done) struct run r = { 0 };

	put_changed(cases[_i].boot, &signer, "odd", cases[_i].change);
	RUN(&r, "reference", "create", "--id", "odd", "-o", path("odd-ref"),
	    path("odd"));
	ck_assert_msg(r.status == 0, "%.*s", (int)r.err.len, r.err.data);
	RUN(&r, "verify", "--reference", path("odd-ref"), "--ak", path("ak"),
	    path("odd"));
	ck_assert_int_eq(r.status, cases[_i].without);
	ck_assert(run_has(&r.out, cases[_i].finding));
	RUN(&r, "verify", "--reference", path("odd-ref"), "--ak", path("ak"),
	    cases[_i].option, path("odd"));
	ck_assert_int_eq(r.status, cases[_i].with);
}
END_TEST

#define POLICY(match, excludes)                                              \
	"{\"format\":\"attestd-runtime-policy/1\",\"id\":\"r\","             \
	"\"version\":1,\"match\":{" match "},\"digests\":{},\"excludes\":["   \
	excludes "]}"

/* What was run counts where a policy says so. */
START_TEST(runtime_policies)
{
	static const struct {
		const char *policy, *file, *says;
		int status;
	} tries[] = {
		{ POLICY("", "\"/.*\""), "ran", "TRUSTED", 0 },
		{ POLICY("", "\"/usr/.*\""), "ran", "IMA list line 2", 1 },
		{ POLICY("\"groups\":[\"g\"]", "\"/.*\""), "ran",
		    "no runtime policy", 1 },
		/* without a list */
		{ POLICY("", "\"/.*\""), "good", "runtime", 1 },
	};
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    path("ran"));
	ck_assert_int_eq(r.status, 0);
	for (size_t i = 0; i < ATT_COUNT(tries); i++) {
		put("run", S(tries[i].policy));
		RUN(&r, "verify", "--reference", path("ref"), "--runtime",
		    path("run"), "--ak", path("ak"), path(tries[i].file));
		ck_assert_msg(r.status == tries[i].status, "%zu: %d", i,
		    r.status);
		ck_assert_msg(run_has(&r.out, tries[i].says), "%zu: %.*s", i,
		    (int)r.out.len, r.out.data);
	}
	/* one of two is enough */
	RUN(&r, "verify", "--reference", path("ref"), "--group", "g",
	    "--runtime", path("run"), "--runtime", path("run"), "--ak",
	    path("ak"), path("ran"));
	ck_assert_int_eq(r.status, 0);
	RUN(&r, "verify", "--reference", path("ref"), "--runtime",
	    path("ref"), "--ak", path("ak"), path("ran"));
	ck_assert_int_eq(r.status, 3);
}
END_TEST

START_TEST(evidence_of_some_age)
{
	static const char *const bad[] = { "0", "-1", "1s", "", "x",
		"9999999999999" };
	AUTO_DONE(run_done) struct run r = { 0 };

	/* it was collected at 15:04:03 */
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--max-age", "60", "--at", "2026-11-24T15:05:03Z", path("good"));
	ck_assert_int_eq(r.status, 0);
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--max-age", "60", "--at", "2026-11-24T15:05:04Z", path("good"));
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "[evidence-old]"));
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		RUN(&r, "verify", "--max-age", bad[i], path("good"));
		ck_assert_msg(r.status == 2, "%s", bad[i]);
	}
}
END_TEST

START_TEST(what_must_be_said)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "verify", "--reference", path("ref"), path("good"));
	ck_assert_int_eq(r.status, 2);
	ck_assert(run_has(&r.err, "which key is trusted must be said"));
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--trust-bundle-ak", path("good"));
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "verify", "--ak", path("ak"), path("good"));
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"));
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--challenge", "00", path("good"));
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "verify", "--pcrs", "24", path("good"));
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "verify", "--help");
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, "--trust-bundle-ak"));
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("good"),
	    path("good"));
	ck_assert_int_eq(r.status, 3);
	RUN(&r, "verify", "--reference", path("good"), "--ak", path("ak"),
	    path("good"));
	ck_assert_int_eq(r.status, 3);
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    path("ref"));
	ck_assert_int_eq(r.status, 3);
	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    path("bad"));
	ck_assert_int_eq(r.status, 4);
	ck_assert(run_has(&r.err, "bad"));
}
END_TEST

START_TEST(checked_reference_values)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "reference", "check", path("ref"), path("narrow"));
	ck_assert_int_eq(r.status, 0);
	/* what no PCR is judged by is not listed */
	ck_assert(run_has(&r.out, "by events    0-9, 11-14\n"));
	ck_assert(!run_has(&r.out, "by value     \n"));
	ck_assert(run_has(&r.out, "by events    1-6, 8, 9, 11-14\n"
	    "  by value     0, 7\n"));
	ck_assert(run_has(&r.out, "valid until  2030-01-01T00:00:00Z"));
	ck_assert(run_has(&r.out, "Secure Boot  required"));
	put("bad", S("{\"format\":\"attestd-reference-values/1\"}"));
	RUN(&r, "reference", "check", path("bad"), path("ref"));
	ck_assert_int_eq(r.status, 3);
	ck_assert(run_has(&r.err, "/bad: reference values: member \"id\""));
	ck_assert(run_has(&r.out, "/ref: good"));
}
END_TEST

START_TEST(difference_of_two)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "reference", "diff", path("good"), path("good"));
	ck_assert_int_eq(r.status, 0);
	ck_assert_uint_eq(r.out.len, 0);
	RUN(&r, "reference", "diff", "--bank", "sha256", path("good"),
	    path("changed"));
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "~ PCR 11 event 33 EV_IPL .cmdline\n"
	    "    sha256 82cbf03bca724d19... -> f67f1dc763fe747c...\n"));
	RUN(&r, "reference", "diff", "--json", "--pcrs", "11", "--bank",
	    "sha512", path("good"), path("changed"));
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "\"kind\": \"changed\""));
	ck_assert(!run_has(&r.out, "\"pcr\": 4"));
	RUN(&r, "reference", "diff", "--bank", "sm3", path("good"),
	    path("changed"));
	ck_assert_int_eq(r.status, 3);
	RUN(&r, "reference", "diff", path("good"));
	ck_assert_int_eq(r.status, 2);
}
END_TEST

START_TEST(references_that_cannot_be_made)
{
	static const char *const bad[][2] = { { "--version", "-1" },
		{ "--version", "1x" }, { "--pcrs", "0-24" },
		{ "--exact", "x" }, { "--vary", "boot-order,x" },
		{ "--bank", "md5" }, { "--secure-boot", "yes" },
		{ "--valid-from", "tomorrow" }, { "--nothing", "x" } };
	AUTO_DONE(run_done) struct run r = { 0 };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		RUN(&r, "reference", "create", "--id", "x", bad[i][0],
		    bad[i][1], path("good"));
		ck_assert_msg(r.status == 2, "%s %s: %d", bad[i][0],
		    bad[i][1], r.status);
		ck_assert_uint_eq(r.out.len, 0);
	}
	RUN(&r, "reference", "create", path("good"));
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "reference", "create", "--id", "x", "--pcrs", "16",
	    path("good"));
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "reference", "create", "--id", "x", path("ref"));
	ck_assert_int_eq(r.status, 3);
	RUN(&r, "reference");
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "reference", "make", path("good"));
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "reference", "--help");
	ck_assert_int_eq(r.status, 0);
}
END_TEST

/* -- devices --------------------------------------------------------------- */

#define AT "2027-01-15T08:00:00Z"	/* DEV_NOW */

/* As `attestctl verify` takes them, with `more` beside. */
#define DEVICES(r, want, file, ...)                                          \
	do {                                                                 \
		RUN(r, "verify", "--at", AT, "--reference", path("ref"),     \
		    "--reference", path("gpu"), "--ak", path("ak"),          \
		    __VA_ARGS__ path(file));                                 \
		ck_assert_msg((r)->status == (want), "%d: %.*s%.*s",         \
		    (r)->status, (int)(r)->out.len, (r)->out.data,           \
		    (int)(r)->err.len, (r)->err.data);                       \
	} while (0)

START_TEST(devices_that_sign)
{
	AUTO_DONE(att_buf_done) struct att_buf values = ATT_BUF(1u << 16);
	AUTO_DONE(run_done) struct run a = { 0 }, b = { 0 }, c = { 0 },
	    d = { 0 }, e = { 0 };
	static const uint8_t then[16] = { 0xab };
	struct softdevices gpus;

	softdevices_make(&gpus, 2);
	softdevices_values(&gpus, "gpu", "{}", "[\"GPU_*\"]", &values);
	put("gpu", att_buf_view(&values));
	put_with_devices(&gpus, (struct att_slice){ then, sizeof(then) },
	    "devices");
	DEVICES(&a, 0, "devices", );
	ck_assert(run_has(&a.err, "nothing proves when they did"));
	ck_assert(run_has(&a.out, "device  GPU_1"));
	DEVICES(&b, 0, "devices", "--devices-challenge",
	    "ab000000000000000000000000000000",);
	DEVICES(&c, 1, "devices", "--devices-challenge",
	    "ac000000000000000000000000000000",);
	ck_assert(run_has(&c.out, "[spdm-challenge]"));
	/* with values for them they must be there */
	DEVICES(&d, 1, "good", );
	ck_assert(run_has(&d.out, "[spdm-not-reported]"));
	/* a report of other devices is none of these */
	gpus.dev[0].firmware = 1;
	put_with_devices(&gpus, (struct att_slice){ then, sizeof(then) },
	    "devices");
	DEVICES(&e, 1, "devices", );
	ck_assert(run_has(&e.out, "[spdm-measurement]"));
	softdevices_done(&gpus);
	ck_assert(unlink(path("gpu")) == 0 && unlink(path("devices")) == 0);
}
END_TEST

START_TEST(a_challenge_of_devices_without_values)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--devices-challenge", "ab000000000000000000000000000000",
	    path("good"));
	ck_assert_int_eq(r.status, 2);
	ck_assert(run_has(&r.err, "none are given"));
}
END_TEST

/* -- firmware -------------------------------------------------------------- */

/* Claims of a pass just before the quote of node_init. */
static void
put_with_firmware(struct fw_scene *fw, const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	struct node n;

	node_init(&n, &signer, "uki-sb");
	(void)snprintf(fw->c->boot_id, sizeof(fw->c->boot_id), "%s",
	    n.boot_id);
	fw->boot_id = fw->c->boot_id;
	node_done(&n);
	for (size_t i = 0; i < fw->c->passes; i++) {
		struct att_pass_clock at = { 5000000 - 1000, 7, 0, true };

		fw->c->pass[i].begin = fw->c->pass[i].end = at;
	}
	fw_measure(fw);
	ok(att_firmware_claims_encode(fw->c, &b, err));
	put_with(ATT_ITEM_FIRMWARE_CLAIMS, att_buf_view(&b), name);
}

START_TEST(firmware)
{
	AUTO_DONE(run_done) struct run a = { 0 }, b = { 0 }, c = { 0 },
	    d = { 0 }, e = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf doc = ATT_BUF(1u << 20);
	AUTO_DONE(att_buf_done) struct att_buf known = ATT_BUF(1u << 20);
	AUTO(att_json_decref) json_t *values = NULL;
	struct fw_scene fw = fw_new();

	put_with_firmware(&fw, "fw");
	values = fw_reference(&fw, "fw");
	ok(att_json_write(values, &doc, err));
	put("fw-ref", att_buf_view(&doc));
	RUN(&a, "verify", "--reference", path("ref"), "--reference",
	    path("fw-ref"), "--ak", path("ak"), path("fw"));
	ck_assert_msg(a.status == 0, "%.*s", (int)a.out.len, a.out.data);
	ck_assert(run_has(&a.out, "component  cpu/microcode"));
	ck_assert(run_has(&a.out, "[flash-enrolled]"));
	/* what a verifier learnt of another machine */
	fw_put(&fw, fw_reference(&fw, "fw"));
	fw.quote.clock = 5000000;
	fw.quote.restart_count = 0;
	fw_passes(&fw);
	ok(att_fwknown_encode(fw.result.known, &known, err));
	att_buf_u8(&known, '\n');
	put("known", att_buf_view(&known));
	RUN(&b, "verify", "--reference", path("ref"), "--reference",
	    path("fw-ref"), "--ak", path("ak"), "--known", path("known"),
	    path("fw"));
	ck_assert_int_eq(b.status, 0);
	ck_assert(!run_has(&b.out, "[flash-enrolled]"));
	fw_mac(&fw.chip, 0x4321);
	put_with_firmware(&fw, "fw");
	RUN(&c, "verify", "--reference", path("ref"), "--reference",
	    path("fw-ref"), "--ak", path("ak"), "--known", path("known"),
	    path("fw"));
	ck_assert_int_eq(c.status, 1);
	ck_assert(run_has(&c.out, "[flash-other-machine]"));
	/* with values of it there must be claims */
	RUN(&d, "verify", "--reference", path("ref"), "--reference",
	    path("fw-ref"), "--ak", path("ak"), path("good"));
	ck_assert_int_eq(d.status, 1);
	ck_assert(run_has(&d.out, "[firmware-not-reported]"));
	RUN(&e, "verify", "--reference", path("ref"), "--ak", path("ak"),
	    "--known", path("known"), path("fw"));
	ck_assert_int_eq(e.status, 2);
	fw_done(&fw);
	ck_assert(unlink(path("fw")) == 0 && unlink(path("fw-ref")) == 0 &&
	    unlink(path("known")) == 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl verify");
	TCase *t = tcase_create("ctl verify");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, good_evidence);
	tcase_add_test(t, evidence_that_is_not_good);
	tcase_add_loop_test(t, policy_is_said_too, 0, 3);
	tcase_add_test(t, runtime_policies);
	tcase_add_test(t, evidence_of_some_age);
	tcase_add_test(t, what_must_be_said);
	tcase_add_test(t, checked_reference_values);
	tcase_add_test(t, difference_of_two);
	tcase_add_test(t, references_that_cannot_be_made);
	tcase_add_test(t, firmware);
	tcase_add_test(t, devices_that_sign);
	tcase_add_test(t, a_challenge_of_devices_without_values);
	suite_add_tcase(s, t);
	return run_suite(s);
}
