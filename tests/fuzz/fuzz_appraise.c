/*
 * Logs from a hostile node, with a quote that is good. However the logs look:
 * no pass unless they say, for each register, just what the real logs say.
 *
 * The input is systemd's log if it begins like one, else the boot log; the
 * other one is the real one. The last byte chooses the quote.
 */
#include <string.h>

#include "appraise/appraise.h"
#include "appraise/logs.h"
#include "appraise/refmake.h"
#include "base/encoding.h"
#include "base/file.h"
#include "evidence/tpm_public.h"

#include "appraise_vectors.h"

#define BOOT "tests/vectors/boots/uki-sb/"
#define CHALLENGE                                                            \
	"c4a11e46e0000000000000000000000000000000000000000000000000000000"
#define NOW 1795532645

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BOUND, PLAIN_QUOTE, OTHER_PCR7, QUOTES };

static struct {
	struct att_buf uefi, user, challenge, public;
	struct att_buf attest[QUOTES], signature[QUOTES];
	struct att_pubkey *key;
	struct att_ref *ref;
	struct att_evidence e;
	struct att_logs logs;
	struct att_hasher *h;
} real;

static void
must(bool good)
{
	if (!good)
		abort();
}

static struct att_buf
from_hex(const char *text)
{
	struct att_buf b = ATT_BUF(4096);

	must(att_hex_decode((struct att_slice){ (const uint8_t *)text,
	    strlen(text) }, &b, NULL) == 0);
	return b;
}

static struct att_buf
from_file(const char *path)
{
	struct att_buf b = ATT_BUF(1u << 20);

	must(att_file_read(path, &b, NULL) == 0);
	return b;
}

static void
drop(void *arg, const struct att_finding *f)
{
	(void)arg;
	(void)f;
}

static int
open_logs(const struct att_evidence *e, struct att_logs *ret)
{
	static const uint16_t bank = ATT_ALG_SHA256;

	return att_logs_open(ret, &e->item[ATT_ITEM_UEFI_LOG],
	    &e->item[ATT_ITEM_USERSPACE_LOG], e->boot_id, &bank, 1, real.h,
	    drop, NULL, NULL);
}

static void
read_boot(void)
{
	struct att_buf pcrs = from_file(BOOT "pcrs.txt");
	struct att_evidence *e = &real.e;

	real.uefi = from_file(BOOT "uefi.bin");
	real.user = from_file(BOOT "userspace.log");
	must(att_pcrs_parse(att_buf_view(&pcrs), &e->pcrs, NULL) == 0);
	att_buf_done(&pcrs);
	e->boot_id = "7572e391-848e-4825-8247-c80d40c4fb19";
	e->item[ATT_ITEM_UEFI_LOG] = (struct att_evidence_item){
		.state = ATT_ITEM_PRESENT, .bytes = att_buf_view(&real.uefi) };
	e->item[ATT_ITEM_USERSPACE_LOG] = (struct att_evidence_item){
		.state = ATT_ITEM_PRESENT, .bytes = att_buf_view(&real.user) };
}

static void
make_reference(void)
{
	static const struct att_refmake make = { .head = { .id = "fuzz",
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.pcrs = ATT_PCR_BOOT, .vary = ATT_REFMAKE_VARY };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_REF_FILE_MAX);
	AUTO(att_json_decref) json_t *doc = NULL;

	must(att_ref_make(&real.e, &make, &doc, NULL, NULL) == 0);
	must(att_json_write(doc, &b, NULL) == 0);
	must(att_ref_parse(att_buf_view(&b), &real.ref, NULL) == 0);
}

/* The same digests in the same order, register by register. */
static void
must_be_equal(const struct att_evidence *e)
{
	struct att_logs l;

	must(open_logs(e, &l) == 0 && l.has_boot_log);
	for (unsigned pcr = 0; pcr < 16; pcr++) {
		size_t n, m;
		const struct att_log_event *x = att_logs_pcr(&l, pcr, &n);
		const struct att_log_event *y =
		    att_logs_pcr(&real.logs, pcr, &m);

		/* systemd's log may be longer than the quote knows */
		must(n >= m || pcr == 10);
		for (size_t i = 0; i < m && pcr != 10; i++)
			must(memcmp(x[i].digest[0], y[i].digest[0], 32) == 0);
		for (size_t i = m; i < n && pcr != 10; i++)
			must(x[i].record != NULL);
	}
	att_logs_done(&l);
}

static enum att_status
appraise(const struct att_evidence *e, bool bound)
{
	static const enum att_item items[] = { ATT_ITEM_UEFI_LOG,
		ATT_ITEM_USERSPACE_LOG };
	static const struct att_pcr_select select = { ATT_ALG_SHA256,
		0xffff };
	const struct att_ref *refs[] = { real.ref };
	struct att_refset set = { refs, 1 };
	struct att_enrolment node = { .ak = { real.key,
		att_buf_view(&real.public) } };
	struct att_appraisal a = { .evidence = e, .node = &node,
		.challenge = att_buf_view(&real.challenge), .bound = bound,
		.item = items, .item_count = ATT_COUNT(items),
		.select = &select, .select_count = 1, .refs = &set,
		.policy = &att_policy_default, .now = NOW };
	AUTO(att_verdict_free) struct att_verdict *v = NULL;

	must(att_appraise(&a, &v, NULL) == 0);
	return att_verdict_status(v);
}

static enum att_status
appraise_with(struct att_evidence *e, int quote)
{
	static const uint8_t seven[32] = { 7 };

	e->attest = att_buf_view(&real.attest[quote]);
	e->signature = att_buf_view(&real.signature[quote]);
	if (quote == OTHER_PCR7)
		must(att_pcrs_set(&e->pcrs, ATT_ALG_SHA256, 7,
		    (struct att_slice){ seven, 32 }, NULL) == 0);
	return appraise(e, quote == BOUND);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct att_tpm_public p;

	(void)argc;
	(void)argv;
	must((real.h = att_hasher_new()) != NULL);
	read_boot();
	make_reference();
	real.challenge = from_hex(CHALLENGE);
	real.public = from_hex(PUBLIC);
	real.attest[BOUND] = from_hex(BOUND_ATTEST);
	real.signature[BOUND] = from_hex(BOUND_SIG);
	real.attest[PLAIN_QUOTE] = from_hex(PLAIN_ATTEST);
	real.signature[PLAIN_QUOTE] = from_hex(PLAIN_SIG);
	real.attest[OTHER_PCR7] = from_hex(OTHER_ATTEST);
	real.signature[OTHER_PCR7] = from_hex(OTHER_SIG);
	must(att_tpm_public_parse(att_buf_view(&real.public), &p, NULL) == 0);
	must(att_tpm_public_key(&p, &real.key, NULL) == 0);
	must(open_logs(&real.e, &real.logs) == 0);
	/* what is fuzzed can pass, or nothing is tried */
	for (int i = 0; i < QUOTES; i++) {
		struct att_evidence e = real.e;

		must((appraise_with(&e, i) == ATT_PASS) == (i != OTHER_PCR7));
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_evidence e = real.e;
	bool user = size > 0 && data[0] == 0x1e;
	int quote = size == 0 ? PLAIN_QUOTE : data[size - 1] % QUOTES;

	e.item[user ? ATT_ITEM_USERSPACE_LOG : ATT_ITEM_UEFI_LOG].bytes =
	    (struct att_slice){ data, size };
	switch (appraise_with(&e, quote)) {
	case ATT_UNDECIDED:
		abort();
	case ATT_FAIL:
		return 0;
	case ATT_PASS:
		break;
	}
	must(quote != OTHER_PCR7);
	must_be_equal(&e);
	return 0;
}
