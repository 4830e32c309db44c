/*
 * A node that boots as a captured boot did, is quoted by a key of the test,
 * and is appraised with reference values that were made from some boot.
 */
#ifndef ATT_TESTS_NODE_H
#define ATT_TESTS_NODE_H

#include "signer.h"

#include "appraise/appraise.h"
#include "appraise/refmake.h"
#include "base/file.h"

#define NODE_NOW 1795532645
#define BOOTS "tests/vectors/boots/"

/* All boots of tests/vectors, each beside its changed twin. */
static const char *const boots[] = { "shim", "shim-changed", "uki",
	"uki-changed", "uki-sb", "uki-sb-changed" };
#define BOOT_COUNT ((int)ATT_COUNT(boots))

static const uint8_t node_challenge[32] = { 0xc4, 0xa1, 0x1e, 0x46, 0xe0 };
static const char *const node_groups[] = { "training", NULL };
static const enum att_item node_items[] = { ATT_ITEM_UEFI_LOG,
	ATT_ITEM_USERSPACE_LOG };

struct node {
	const struct signer *signer;
	struct att_buf uefi, user;
	char boot_id[64];
	struct att_attest attest;
	struct signed_quote quote;
	struct att_evidence e;
	struct att_enrolment enrolment;
	struct att_pcr_select select[ATT_BANKS_MAX];
	struct att_policy policy;
	struct att_ref *ref[4];
	struct att_refset refs;
	struct att_appraisal a;
	struct att_verdict *v;
};

static inline ATT_UNUSED bool
node_read(const char *boot, const char *name, struct att_buf *ret)
{
	char path[200];
	int r;

	*ret = ATT_BUF(1u << 20);
	snprintf(path, sizeof(path), BOOTS "%s/%s", boot, name);
	r = att_file_read(path, ret, NULL);
	ck_assert_msg(r == 0 || r == ATT_E_NOT_FOUND, "%s", path);
	return r == 0;
}

/* facts.txt begins with "boot_id ". */
static inline ATT_UNUSED void
node_read_boot_id(struct node *n, const char *boot)
{
	struct att_buf facts;

	ck_assert(node_read(boot, "facts.txt", &facts));
	ck_assert_int_eq(sscanf((const char *)facts.data, "boot_id %63s",
	    n->boot_id), 1);
	att_buf_done(&facts);
}

/* What the node would read: logs and registers; nothing is signed yet. */
static inline ATT_UNUSED void
node_boot(struct node *n, const char *boot)
{
	struct att_buf pcrs;

	att_buf_done(&n->uefi);
	att_buf_done(&n->user);
	ck_assert(node_read(boot, "uefi.bin", &n->uefi));
	ck_assert(node_read(boot, "pcrs.txt", &pcrs));
	ok(att_pcrs_parse(att_buf_view(&pcrs), &n->e.pcrs, err));
	att_buf_done(&pcrs);
	node_read_boot_id(n, boot);
	n->e.boot_id = n->boot_id;
	n->e.item[ATT_ITEM_UEFI_LOG] = (struct att_evidence_item){
		.state = ATT_ITEM_PRESENT, .bytes = att_buf_view(&n->uefi) };
	/* no log is an empty one: systemd makes the file when it measures */
	(void)node_read(boot, "userspace.log", &n->user);
	n->e.item[ATT_ITEM_USERSPACE_LOG] = (struct att_evidence_item){
		.state = ATT_ITEM_PRESENT, .bytes = att_buf_view(&n->user) };
}

/* A node of this boot, and a verifier that asks it for SHA-256, PCR 0-15. */
static inline ATT_UNUSED void
node_init(struct node *n, const struct signer *s, const char *boot)
{
	*n = (struct node){ .signer = s, .policy = att_policy_default };
	node_boot(n, boot);
	n->attest = (struct att_attest){ .type = ATT_ATTEST_QUOTE,
		.qualified_signer = S("\0\x0b name"), .clock = 5000000,
		.reset_count = 7, .restart_count = 0, .safe = true,
		.firmware_version = 0x2025, .select_count = 1,
		.select = { { ATT_ALG_SHA256, 0xffff } } };
	n->e.ak_public = s->ak.public;
	n->e.collected_at = NODE_NOW - 2;
	n->enrolment = (struct att_enrolment){ .ak = s->ak,
		.platform = { "QEMU", "Standard PC (Q35 + ICH9, 2009)",
		    node_groups } };
	n->a = (struct att_appraisal){ .evidence = &n->e,
		.node = &n->enrolment,
		.challenge = { node_challenge, sizeof(node_challenge) },
		.bound = true, .item = node_items,
		.item_count = ATT_COUNT(node_items), .select = n->select,
		.refs = &n->refs, .policy = &n->policy, .now = NODE_NOW };
	n->refs.ref = (const struct att_ref *const *)n->ref;
}

static inline ATT_UNUSED void
node_done(struct node *n)
{
	att_buf_done(&n->uefi);
	att_buf_done(&n->user);
	signed_quote_done(&n->quote);
	for (size_t i = 0; i < ATT_COUNT(n->ref); i++)
		att_ref_free(n->ref[i]);
	att_verdict_free(n->v);
}

static inline ATT_UNUSED struct att_refmake
node_refmake(const char *id)
{
	return (struct att_refmake){ .head = { .id = id, .version = 1,
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.pcrs = ATT_PCR_BOOT, .vary = ATT_REFMAKE_VARY };
}

/* Compiles a document and adds it to the node's set. */
static inline ATT_UNUSED void
node_add_ref(struct node *n, json_t *doc)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_REF_FILE_MAX);

	ck_assert_uint_lt(n->refs.count, ATT_COUNT(n->ref));
	ok(att_json_write(doc, &b, err));
	ok(att_ref_parse(att_buf_view(&b), &n->ref[n->refs.count++], err));
}

/* Reference values from another boot's evidence, as `m` says. */
static inline ATT_UNUSED json_t *
node_make_ref(const char *boot, const struct att_refmake *m)
{
	struct node good = { 0 };
	json_t *doc = NULL;

	node_boot(&good, boot);
	ok(att_ref_make(&good.e, m, &doc, NULL, err));
	node_done(&good);
	return doc;
}

static inline ATT_UNUSED void
node_ref_from(struct node *n, const char *boot)
{
	struct att_refmake m = node_refmake(boot);
	AUTO(att_json_decref) json_t *doc = node_make_ref(boot, &m);

	node_add_ref(n, doc);
}

/* Quotes what the node has now, for what the verifier asks. */
static inline ATT_UNUSED void
node_quote(struct node *n)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_digest binding;

	signed_quote_done(&n->quote);
	n->attest.extra_data = n->a.challenge;
	if (n->a.bound) {
		ok(att_evidence_binding(&n->e, h, n->a.challenge, n->a.item,
		    n->a.item_count, &binding, err));
		n->attest.extra_data = att_digest_view(&binding);
	}
	signer_quote(n->signer, &n->attest, &n->e.pcrs, &n->quote);
	n->e.attest = att_buf_view(&n->quote.attest);
	n->e.signature = att_buf_view(&n->quote.signature);
	memcpy(n->select, n->attest.select, sizeof(n->select));
	n->a.select_count = n->attest.select_count;
}

/* Appraises what was quoted last. */
static inline ATT_UNUSED enum att_status
node_judge(struct node *n)
{
	att_verdict_free(n->v);
	n->v = NULL;
	ok(att_appraise(&n->a, &n->v, err));
	ck_assert(att_verdict_status(n->v) != ATT_UNDECIDED);
	return att_verdict_status(n->v);
}

static inline ATT_UNUSED void
node_print(const struct node *n)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	for (size_t i = 0; i < att_verdict_finding_count(n->v); i++) {
		const struct att_finding *f = att_verdict_finding(n->v, i);

		fprintf(stderr, "%s %s: %s\n",
		    att_severity_name(f->severity), att_finding_name(f->code),
		    att_finding_text(f, text));
	}
}

/* The finding of this code; NULL if there is none. */
static inline ATT_UNUSED const struct att_finding *
node_finding(const struct node *n, enum att_finding_code code)
{
	for (size_t i = 0; i < att_verdict_finding_count(n->v); i++)
		if (att_verdict_finding(n->v, i)->code == code)
			return att_verdict_finding(n->v, i);
	return NULL;
}

static inline ATT_UNUSED void
node_passes(struct node *n)
{
	node_quote(n);
	if (node_judge(n) == ATT_PASS)
		return;
	node_print(n);
	ck_abort_msg("no pass");
}

/* Fails; this finding is the first, with these words in its sentence. */
static inline ATT_UNUSED const struct att_finding *
node_judged(struct node *n, enum att_finding_code code, const char *words)
{
	const struct att_finding *f;
	char text[ATT_FINDING_TEXT_MAX + 1];

	ck_assert_int_eq(node_judge(n), ATT_FAIL);
	f = att_verdict_finding(n->v, 0);
	ck_assert_ptr_nonnull(f);
	att_finding_text(f, text);
	if (f->code != code || strstr(text, words) == NULL) {
		node_print(n);
		ck_abort_msg("wanted %s: %s", att_finding_name(code), words);
	}
	ck_assert_int_eq(f->severity, ATT_SEVERITY_FAIL);
	return f;
}

static inline ATT_UNUSED const struct att_finding *
node_fails(struct node *n, enum att_finding_code code, const char *words)
{
	node_quote(n);
	return node_judged(n, code, words);
}

#endif
