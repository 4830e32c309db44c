/*
 * check_vectors - logs and quotes of real machines, appraised.
 *
 * usage: check_vectors DIR
 *
 * Each log below DIR/eventlogs whose registers are known is appraised with a
 * quote that is made here over those registers, and with reference values made
 * from the log itself: it passes, or fails for the reason that stands in the
 * table. Real quotes are checked as far as their keys are known. Where
 * DIR/eventlogs is absent this is said, and nothing fails.
 */
#include "node.h"

#include <glob.h>
#include <unistd.h>

#define LOG_MAX (32u << 20)

static const char *vectors;
static struct signer signer;
static size_t passed, failed;

/* Logs that do not pass by themselves, and why. */
static const struct {
	const char *file;
	enum att_finding_code code;
	const char *words;
} exceptions[] = {
	{ "_crafted/digestcount_huge.bin", ATT_F_LOG_MALFORMED, "" },
	{ "_crafted/eventsize_ffffffff.bin", ATT_F_LOG_MALFORMED, "" },
	{ "_crafted/noaction_short.bin", ATT_F_PCR_NO_EVENTS, "" },
	{ "_crafted/numalgs_huge.bin", ATT_F_LOG_MALFORMED, "" },
	{ "_crafted/separator_disguised.bin", ATT_F_SECURE_BOOT_FAULT,
	    "under another type" },
	{ "_crafted/startup_locality_twice.bin", ATT_F_PCR_MISMATCH,
	    "startup locality" },
	{ "_crafted/truncated_tail.bin", ATT_F_LOG_MALFORMED, "" },
	{ "_crafted/uefivar_len_overflow_namelen.bin",
	    ATT_F_SECURE_BOOT_FAULT, "cannot be read" },
	{ "confidential-space/cel-launch.bin", ATT_F_LOG_MALFORMED, "" },
	{ "guard-oss/dell-notebook-5logs-0.bin", ATT_F_PCR_MISMATCH,
	    "PCR 12" },
	{ "guard-oss/dell-notebook-5logs-1.bin", ATT_F_PCR_MISMATCH,
	    "PCR 12" },
	/* the phases of systemd and one entry of IMA are not in the log */
	{ "guard-oss/hahuri.bin", ATT_F_PCR_MISMATCH, "PCR 11" },
	{ "guard-oss/hpe-dl160.bin", ATT_F_PCR_MISMATCH, "PCR 0" },
	/* a bank that its firmware left empty, CVE-2021-42299 */
	{ "guard-oss/ludmilla-2.bin", ATT_F_BANK_UNEXTENDED, "sha384" },
	{ "guard-oss/supermicro-wbcl-defender.bin", ATT_F_PCR_MISMATCH,
	    "PCR 0: the logs give sha1" },
	/* PCR 17 and 18 alone */
	{ "intel-secl/txt-drtm.bin", ATT_F_NOT_EVALUATED, "no PCR at all" },
	/* one event, cut out of a log */
	{ "tpm2-tools/event-uefivar.bin", ATT_F_SECURE_BOOT_FAULT,
	    "no separator" },
	{ "tpm2-tss/specid-vendordata.bin", ATT_F_PCR_NO_EVENTS, "" },
};

static void
count(bool good, const char *file, const char *what)
{
	if (good)
		passed++;
	else
		failed++;
	printf("%-8s %-46s %s\n", good ? "good" : "WRONG", file, what);
}

/* -- logs ---------------------------------------------------------------- */

static void
read_into(struct att_buf *b, const char *file, const char *more)
{
	char path[400];

	att_buf_done(b);
	*b = ATT_BUF(LOG_MAX);
	snprintf(path, sizeof(path), "%s/eventlogs/%s%s", vectors, file,
	    more);
	ok(att_file_read(path, b, err));
}

/* The log and its registers; without known ones, such as no log gives. */
static void
load(struct node *n, const char *file, const char *more)
{
	static const uint8_t made_up[32] = { 0x5a };
	struct att_buf pcrs = ATT_BUF(LOG_MAX);
	char path[400];

	node_init(n, &signer, "uki");
	read_into(&n->uefi, file, "");
	n->e.item[ATT_ITEM_UEFI_LOG].bytes = att_buf_view(&n->uefi);
	n->e.item[ATT_ITEM_USERSPACE_LOG].bytes.len = 0;
	n->e.pcrs = (struct att_pcrs){ 0 };
	snprintf(path, sizeof(path), "%s/eventlogs/%s%s", vectors, file,
	    more);
	if (att_file_read(path, &pcrs, NULL) == 0)
		ok(att_pcrs_parse(att_buf_view(&pcrs), &n->e.pcrs, err));
	else
		for (unsigned pcr = 0; pcr < 15; pcr++)
			ok(att_pcrs_set(&n->e.pcrs, ATT_ALG_SHA256, pcr,
			    (struct att_slice){ made_up, 32 }, err));
	att_buf_done(&pcrs);
}

/* Quotes all banks, and asks for what the strong ones of them hold. */
static void
ask_for_all(struct node *n)
{
	uint32_t strong = 0, all = 0;

	n->attest.select_count = 0;
	for (size_t b = 0; b < n->e.pcrs.count; b++) {
		uint32_t mask = n->e.pcrs.bank[b].mask;

		n->attest.select[n->attest.select_count++] =
		    (struct att_pcr_select){ n->e.pcrs.bank[b].alg, mask };
		all |= mask;
		if (n->e.pcrs.bank[b].alg != ATT_ALG_SHA1)
			strong |= mask;
	}
	n->policy.allow_sha1 = strong == 0;
	n->policy.pcrs = (strong != 0 ? strong : all) & ATT_PCR_BOOT;
	/* TPM 1.2 and cut logs say nothing of Secure Boot */
	n->policy.claims = 0;
}

static void
ask_for(struct node *n, uint16_t alg)
{
	n->attest.select_count = 1;
	n->attest.select[0] = (struct att_pcr_select){ alg,
		att_pcrs_bank(&n->e.pcrs, alg)->mask };
}

static void
refer_to_itself(struct node *n)
{
	struct att_refmake m = node_refmake("itself");
	AUTO(att_json_decref) json_t *doc = NULL;
	uint16_t sha1 = ATT_ALG_SHA1;

	m.pcrs = n->policy.pcrs;
	m.bank = &sha1;
	m.bank_count = n->policy.allow_sha1;
	/* of a log that cannot be read there are none */
	if (att_ref_make(&n->e, &m, &doc, NULL, NULL) == 0)
		node_add_ref(n, doc);
}

/* The verdict in a line: status, worst finding, quirks. */
static const char *
summary(const struct node *n)
{
	static char text[600];
	char sentence[ATT_FINDING_TEXT_MAX + 1];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s",
	    att_status_name(att_verdict_status(n->v)));

	for (size_t i = 0; i < att_verdict_finding_count(n->v); i++) {
		const struct att_finding *f = att_verdict_finding(n->v, i);
		const char *name = strrchr(f->what, '(');

		if (f->code == ATT_F_LOG_QUIRK)
			len += (size_t)snprintf(text + len,
			    sizeof(text) - len, " %s", name);
		else if (i == 0 && f->severity != ATT_SEVERITY_INFO)
			len += (size_t)snprintf(text + len,
			    sizeof(text) - len, ", %s",
			    att_finding_text(f, sentence));
		if (len >= sizeof(text) - 1)
			break;
	}
	return text;
}

static bool
is_as_expected(const struct node *n, const char *file)
{
	const struct att_finding *f = att_verdict_finding(n->v, 0);
	char text[ATT_FINDING_TEXT_MAX + 1];

	for (size_t i = 0; i < ATT_COUNT(exceptions); i++)
		if (strcmp(exceptions[i].file, file) == 0)
			return att_verdict_status(n->v) == ATT_FAIL &&
			    f->code == exceptions[i].code &&
			    strstr(att_finding_text(f, text),
				exceptions[i].words) != NULL;
	return att_verdict_status(n->v) == ATT_PASS;
}

static void
check_log(const char *file)
{
	struct node n;

	load(&n, file, ".pcrs");
	ask_for_all(&n);
	refer_to_itself(&n);
	node_quote(&n);
	(void)node_judge(&n);
	count(is_as_expected(&n, file), file, summary(&n));
	node_done(&n);
}

/* -- numbered cases that name a log -------------------------------------- */

static void
expect(struct node *n, const char *name, enum att_status status)
{
	bool as_expected;

	node_quote(n);
	as_expected = node_judge(n) == status;
	count(as_expected, name, summary(n));
}

static void
case_01(void)
{
	struct node n;
	size_t good = 0;

	load(&n, "go-tpm-tools/gdc-host.bin", ".pcrs");
	ask_for_all(&n);
	refer_to_itself(&n);
	expect(&n, "case 1, gdc-host", ATT_PASS);
	for (size_t i = 0; i < att_verdict_pcr_count(n.v); i++)
		good += att_verdict_pcr(n.v, i)->status == ATT_PCR_REFERENCE;
	count(good >= 11, "case 1, at least 11 PCRs", "");
	node_done(&n);
}

static void
case_16(void)
{
	struct node n;

	load(&n, "guard-oss/supermicro-wbcl-defender.bin", ".pcrs");
	ask_for_all(&n);
	refer_to_itself(&n);
	ask_for(&n, ATT_ALG_SHA256);
	expect(&n, "case 16, sha256 alone", ATT_PASS);
	ask_for(&n, ATT_ALG_SHA1);
	expect(&n, "case 16, sha1 alone", ATT_FAIL);
	ask_for_all(&n);
	expect(&n, "case 16, both", ATT_FAIL);
	n.policy.allow_windows_cap = true;
	expect(&n, "case 16, both, with Windows' cap", ATT_PASS);
	node_done(&n);
}

static void
case_21(void)
{
	struct node n;

	load(&n, "guard-oss/hpe-dl160.bin", ".pcrs");
	ask_for_all(&n);
	refer_to_itself(&n);
	expect(&n, "case 21, by its log", ATT_FAIL);
	n.policy.allow_incomplete = true;
	expect(&n, "case 21, PCR 0 by its value", ATT_PASS);
	node_done(&n);
}

static void
case_30(void)
{
	struct node n;

	load(&n, "eve/edge-ami-good.bin", ".pcrs");
	ask_for_all(&n);
	refer_to_itself(&n);
	expect(&n, "case 30, SHA-1 of PCR 14 is incomplete", ATT_PASS);
	node_done(&n);
}

/* -- quotes -------------------------------------------------------------- */

/* "attest", "signature" and maybe "ak_public", each with hex behind it. */
struct quote_file {
	struct att_buf text;
	struct bytes {
		size_t len;
		uint8_t data[1024];
	} attest, signature, ak_public;
};

static void
read_part(struct bytes *ret, const char *text, const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);
	const char *at = strstr(text, name);

	ret->len = 0;
	if (at == NULL)
		return;
	at += strlen(name);
	ok(att_hex_decode((struct att_slice){ (const uint8_t *)at,
	    strcspn(at, "\n") }, &b, err));
	ret->len = b.len;
	memcpy(ret->data, b.data, b.len);
}

static void
read_quote(struct quote_file *q, const char *file, const char *more)
{
	*q = (struct quote_file){ .text = ATT_BUF(LOG_MAX) };
	read_into(&q->text, file, more);
	att_buf_u8(&q->text, '\0');
	read_part(&q->attest, (const char *)q->text.data, "attest ");
	read_part(&q->signature, (const char *)q->text.data, "signature ");
	read_part(&q->ak_public, (const char *)q->text.data, "ak_public ");
	att_buf_done(&q->text);
}

static struct att_slice
view(const struct bytes *b)
{
	return (struct att_slice){ b->data, b->len };
}

static size_t noted;

/* Keeps the code of the first finding, and counts them. */
static void
note(void *arg, const struct att_finding *f)
{
	enum att_finding_code *first = arg;

	if (noted++ == 0)
		*first = f->code;
}

/* A real quote over real values, its signature made anew: its key is gone. */
static bool
check_resigned(const char *file, const char *more,
    struct att_quote_state *last)
{
	AUTO_DONE(att_buf_done) struct att_buf sig =
	    ATT_BUF(ATT_TPM_SIGNATURE_MAX);
	struct quote_file q;
	struct att_attest a;
	struct att_quote ret;
	struct node n;
	enum att_finding_code first = ATT_F_COUNT;
	char name[80];
	int r = 0;

	snprintf(name, sizeof(name), "%squote", more);
	read_quote(&q, file, name);
	snprintf(name, sizeof(name), "%spcrs", more);
	load(&n, file, name);
	ok(att_attest_parse(view(&q.attest), &a, err));
	signer_sign(&signer, view(&q.attest), &sig);
	n.e.attest = view(&q.attest);
	n.e.signature = att_buf_view(&sig);
	struct att_quote_want want = { .ak = &signer.ak,
		.qualifying = a.extra_data, .select = a.select,
		.select_count = a.select_count, .last = last };
	ok(r = att_quote_check(&n.e, &want, note, &first, &ret, err));
	if (r == 1)
		*last = ret.state;
	node_done(&n);
	return r == 1;
}

static void
check_quotes(void)
{
	static const char *const files[] = { "guard-oss/dell-latitude-7520",
		"guard-oss/dell-notebook-5logs-4",
		"guard-oss/dell-r340-wbcl-bootctrs", "guard-oss/hpe-dl160",
		"guard-oss/supermicro-wbcl-defender",
		"guard-oss/x1carbon-reset394" };
	struct att_quote_state last = { 0 };
	char file[80];

	for (size_t i = 0; i < ATT_COUNT(files); i++) {
		snprintf(file, sizeof(file), "%s.bin", files[i]);
		last = (struct att_quote_state){ 0 };
		count(check_resigned(file, ".", &last), file,
		    "quote over its values");
	}
	/* case 22: the next quote of the same boot, and the other way round */
	count(check_resigned(file, ".later.", &last), file,
	    "case 22, a later quote");
	count(!check_resigned(file, ".", &last), file,
	    "case 22, the first one again");
}

/* A whole real quote with its key; its challenge was empty. */
static void
case_23(void)
{
	static const char *const file = "go-attestation/windows-gce-sha1.bin";
	AUTO(att_pubkey_free) struct att_pubkey *key = NULL;
	enum att_finding_code first = ATT_F_COUNT;
	struct att_tpm_public p;
	struct quote_file q;
	struct att_attest a;
	struct att_quote ret;
	struct node n;

	read_quote(&q, file, ".quote");
	load(&n, file, ".pcrs");
	ok(att_tpm_public_parse(view(&q.ak_public), &p, err));
	ok(att_tpm_public_key(&p, &key, err));
	ok(att_attest_parse(view(&q.attest), &a, err));
	n.e.attest = view(&q.attest);
	n.e.signature = view(&q.signature);
	n.e.ak_public = view(&q.ak_public);
	struct att_ak ak = { key, n.e.ak_public };
	struct att_quote_want want = { .ak = &ak, .select = a.select,
		.qualifying = a.extra_data,
		.select_count = a.select_count };
	noted = 0;
	ck_assert_int_eq(att_quote_check(&n.e, &want, note, &first, &ret,
	    NULL), 0);
	count(noted == 1 && first == ATT_F_QUOTE_SCHEME, file,
	    "case 23, signed over SHA-1");
	noted = 0;
	want.allow_sha1 = true;
	ck_assert_int_eq(att_quote_check(&n.e, &want, note, &first, &ret,
	    NULL), 0);
	count(noted == 1 && first == ATT_F_QUOTE_NONCE, file,
	    "case 23, only its empty challenge is wrong");
	node_done(&n);
}

/* -- signed files ---------------------------------------------------------- */

/*
 * Keys that signed files of these lists, a distribution's (a3204a9e) and
 * another (f1f2ba3c). A signature and what it is of give two candidates for the
 * key of ECDSA: these are those that their ids are of, and that of a3204a9e is
 * the only one that all of its signatures have in common.
 */
#define KEY_A3204A9E                                                         \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEymnhlVaHLW+dT8BPbDKPzdqTJeSp\n" \
	"hBpEtDDefadDWUK2sLOkijnLXwCJbacuPeLrFUPqpvOo7AAw9CdfiVJ2GA==\n"     \
	"-----END PUBLIC KEY-----\n"
#define KEY_F1F2BA3C                                                         \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUJgjZN51PqCtiIaojEavQKVvVZBh\n" \
	"tlKYBm28pwoX08tEInocFxJG5iuMPX7eti8jKtRn4MsMEpM7s16GjMKKoQ==\n"     \
	"-----END PUBLIC KEY-----\n"

static struct att_runtime *
signers(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 16);
	AUTO(att_json_decref) json_t *doc = json_pack(
	    "{s:s,s:s,s:i,s:{},s:{},s:[{s:s},{s:s}]}", "format",
	    ATT_RUNTIME_FORMAT, "id", "x", "version", 1, "match", "digests",
	    "keys", "pem", KEY_A3204A9E, "pem", KEY_F1F2BA3C);
	struct att_runtime *r = NULL;

	ok(att_json_write(doc, &b, err));
	ok(att_runtime_parse(att_buf_view(&b), &r, err));
	return r;
}

#define WORTHS (ATT_IMA_SIGNED_GOOD + 1)

/* Entries by the worth of their signatures; `flip`: of other digests. */
static void
weigh(const char *file, bool flip, size_t ret[static WORTHS])
{
	AUTO_DONE(att_buf_done) struct att_buf raw = { 0 };
	AUTO(att_runtime_free) struct att_runtime *r = signers();
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_ima_list list;
	struct att_ima_entry e;
	struct att_ima_iter it;

	memset(ret, 0, WORTHS * sizeof(*ret));
	read_into(&raw, file, "");
	ok(att_ima_recognise(att_buf_view(&raw), h, &list, err));
	it = att_ima_begin(&list, h);
	while (att_ima_next(&it, &e, NULL) > 0) {
		struct att_runtime_entry entry;
		struct att_ima_vouch v;
		uint8_t other[ATT_DIGEST_MAX] = { 0 };
		struct att_slice *d = &entry.subject.digest.digest;

		ok(att_runtime_read(&e, h, &entry, err));
		if (flip && d->len > 0) {
			memcpy(other, d->data, d->len);
			other[d->len / 2] ^= 1;
			d->data = other;
		}
		ok(att_runtime_verify(r, &entry, h, &v, err));
		ret[v.worth]++;
	}
	att_ima_done(&it);
}

static void
check_signed(void)
{
	static const struct {
		const char *file;
		size_t good, stranger, other;
	} lists[] = {
		{ "ibmtss/sha1.ima", 21, 0, 0 },
		{ "ibmtss/sha256.ima", 21, 0, 0 },
		{ "ibmtss/imatest.ima", 1, 1, 1 },
	};
	size_t n[WORTHS];

	for (size_t i = 0; i < ATT_COUNT(lists); i++) {
		weigh(lists[i].file, false, n);
		count(n[ATT_IMA_SIGNED_GOOD] == lists[i].good &&
		    n[ATT_IMA_SIGNED_STRANGER] == lists[i].stranger &&
		    n[ATT_IMA_SIGNED_OTHER] == lists[i].other &&
		    n[ATT_IMA_SIGNED_BAD] == 0, lists[i].file,
		    "signatures of files verify");
		weigh(lists[i].file, true, n);
		count(n[ATT_IMA_SIGNED_BAD] == lists[i].good &&
		    n[ATT_IMA_SIGNED_GOOD] == 0, lists[i].file,
		    "and not for other digests");
	}
}

/* -- all ----------------------------------------------------------------- */

START_TEST(all)
{
	char pattern[400];
	glob_t g;

	signer_init(&signer, SIGNER_P256);
	snprintf(pattern, sizeof(pattern), "%s/eventlogs/*/*.bin", vectors);
	ck_assert_int_eq(glob(pattern, 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++)
		if (strstr(g.gl_pathv[i], "ccel") == NULL)
			check_log(g.gl_pathv[i] + strlen(vectors) +
			    strlen("/eventlogs/"));
	globfree(&g);
	case_01();
	case_16();
	case_21();
	case_30();
	check_quotes();
	case_23();
	check_signed();
	signer_done(&signer);
	printf("appraised: %zu passed, %zu failed\n", passed, failed);
	ck_assert_uint_eq(failed, 0);
	ck_assert_uint_gt(passed, 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *s = suite_create("vectors");
	TCase *t = tcase_create("vectors");
	SRunner *sr;
	char path[400];
	int bad;

	vectors = argc > 1 ? argv[1] : "../shared/vectors";
	snprintf(path, sizeof(path), "%s/eventlogs", vectors);
	if (access(path, R_OK) != 0) {
		printf("appraised: skipped, there is no %s\n", path);
		return 0;
	}
	tcase_add_test(t, all);
	suite_add_tcase(s, t);
	sr = srunner_create(s);
	srunner_set_fork_status(sr, CK_NOFORK);
	srunner_run_all(sr, CK_SILENT);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return bad != 0;
}
