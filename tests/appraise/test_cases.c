/* Attacks and oddities of real logs, by number; each log is written here. */
#include "craft.h"

/* -- 1 to 3: replay ------------------------------------------------------ */

START_TEST(the_good_log_is_good)
{
	struct logmaker m = good_log();

	boots_well(&m, 0);
}
END_TEST

/* The version of the firmware is a hint where its digest is of something. */
START_TEST(case_01_version_that_nothing_covers)
{
	struct logmaker m = lm_new(banks, 2);

	lm_event_of(&m, 0, ATT_EV_S_CRTM_VERSION, S("code"), S("1.2.3"));
	for (size_t i = 0; i < ATT_COUNT(variables); i++)
		put_config(&m, variables[i]);
	put_separators(&m, 0xff);
	put_loader(&m);
	boots_well(&m, ATT_QUIRK_DELL_SCRTM_VERSION);
}
END_TEST

START_TEST(case_02_flipped_digest)
{
	struct logmaker m = good_log();
	struct node n;
	size_t at;

	boot(&n, &m);
	n.a.bound = false;
	node_passes(&n);
	/* the separator of PCR 3: its digest ends before size and data */
	at = offset_of(&m, 11) - 4 - 1;
	n.uefi.data[at - 22] ^= 1;
	node_judged(&n, ATT_F_PCR_MISMATCH, "PCR 3: the logs give");
	for (size_t i = 1; i < att_verdict_finding_count(n.v); i++)
		ck_assert_int_ne(att_verdict_finding(n.v, i)->severity,
		    ATT_SEVERITY_FAIL);
	node_done(&n);
	lm_done(&m);
}
END_TEST

START_TEST(case_03_events_of_a_pcr_removed)
{
	struct logmaker whole = good_log(), m = lm_new(banks, 2);
	struct node n;

	put_firmware(&m);
	put_separators(&m, 0xef);
	put_exit(&m);
	boot(&n, &m);
	for (size_t b = 0; b < 2; b++)
		ok(att_pcrs_set(&n.e.pcrs, banks[b], 4,
		    lm_value(&whole, banks[b], 4), err));
	node_fails(&n, ATT_F_PCR_NO_EVENTS,
	    "PCR 4: no log has an event for it");
	node_done(&n);
	lm_done(&m);
	lm_done(&whole);
}
END_TEST

/* -- 10: old shim, old GCE ----------------------------------------------- */

START_TEST(case_10_old_shim)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1000);
	struct logmaker m = lm_new(banks, 2);

	put_firmware(&m);
	put_separator(&m, 7);
	lm_variable(&b, 0x55, "Shim", S("certificate"));
	att_buf_fill(&b, 0, 6);
	lm_event_of(&m, 7, ATT_EV_EFI_VARIABLE_AUTHORITY,
	    (struct att_slice){ b.data, b.len - 1 }, att_buf_view(&b));
	put_loader(&m);
	boots_well(&m, ATT_QUIRK_SHIM_8A27A480);
}
END_TEST

/* -- 11: texts and names ------------------------------------------------- */

START_TEST(case_11_text_changed)
{
	struct logmaker m = good_log();
	const struct att_finding *f;
	struct node n;

	lm_event_of(&m, 8, ATT_EV_IPL, S("linux /vmlinuz debug"),
	    (struct att_slice){ (const uint8_t *)"grub_cmd: linux /vmlinuz x",
		27 });
	boot(&n, &m);
	f = node_fails(&n, ATT_F_EVENT_DATA,
	    "PCR 8 event 20 (EV_IPL): what the event says is not");
	ck_assert_str_eq(f->label, "");
	node_done(&n);
	lm_done(&m);
	/* of a file only the digest counts, whatever its name */
	m = good_log();
	lm_event_of(&m, 9, ATT_EV_IPL, S("contents"), S("/boot/name"));
	boots_well(&m, 0);
}
END_TEST

/* -- 12: the locality of startup ----------------------------------------- */

START_TEST(case_12_locality)
{
	struct logmaker m = lm_new(banks, 2);
	struct node n;

	lm_locality(&m, 3);
	put_firmware(&m);
	put_separators(&m, 0xff);
	put_loader(&m);
	boots_well(&m, 0);
	m = lm_new(banks, 2);
	lm_locality(&m, 3);
	lm_locality(&m, 3);
	put_firmware(&m);
	put_separators(&m, 0xff);
	put_loader(&m);
	boot(&n, &m);
	node_fails(&n, ATT_F_PCR_MISMATCH,
	    "(the log contradicts itself on the startup locality)");
	ck_assert_int_eq(att_verdict_finding(n.v, 0)->pcr, 0);
	/* of that register alone */
	lm_extend(&m, 3, S("secret"));
	ok(att_pcrs_set(&n.e.pcrs, ATT_ALG_SHA256, 3,
	    lm_value(&m, ATT_ALG_SHA256, 3), err));
	node_fails(&n, ATT_F_PCR_MISMATCH, "PCR 0");
	ck_assert_int_eq(att_verdict_finding(n.v, 1)->pcr, 3);
	ck_assert_str_eq(att_verdict_finding(n.v, 1)->what, "");
	node_done(&n);
	lm_done(&m);
}
END_TEST

/* -- 16: Windows --------------------------------------------------------- */

static void
put_windows(struct logmaker *m, uint32_t pcr, uint32_t type,
    struct att_slice data)
{
	struct att_digest d;

	lm_event_some(m, 1, pcr, type, data);
	if (pcr != 11)
		return;
	ok(att_digest_of(ATT_ALG_SHA1, data, &d, err));
	lm_extend_raw(m, 1, pcr, att_digest_view(&d));
}

START_TEST(case_16_windows_cap)
{
	static const uint8_t cap[20];
	struct logmaker m = good_log();
	struct node n;

	for (uint32_t pcr = 0; pcr <= 13; pcr++)
		lm_extend_raw(&m, 1, pcr, (struct att_slice){ cap, 20 });
	put_windows(&m, 11, ATT_EV_COMPACT_HASH, S("\x10"));
	for (uint32_t pcr = 12; pcr <= 14; pcr++)
		put_windows(&m, pcr, ATT_EV_SEPARATOR, S("WBCL"));
	boot(&n, &m);
	/* the strong bank alone */
	node_passes(&n);
	/* the weak one alone: another bank's match does not help it */
	n.attest.select[0].alg = ATT_ALG_SHA1;
	node_fails(&n, ATT_F_BANK_WEAK, "sha1");
	n.policy.allow_sha1 = true;
	node_fails(&n, ATT_F_PCR_MISMATCH, "PCR 0");
	/* both: the weak one may not contradict either */
	n.policy.allow_sha1 = false;
	quote_both(&n);
	node_fails(&n, ATT_F_PCR_MISMATCH, "PCR 0: the logs give sha1");
	n.policy.allow_windows_cap = true;
	node_passes(&n);
	ck_assert_ptr_nonnull(node_finding(&n, ATT_F_LOG_QUIRK));
	node_done(&n);
	lm_done(&m);
}
END_TEST

/* -- 21: a register that does not replay --------------------------------- */

START_TEST(case_21_value_without_a_log)
{
	struct logmaker m = good_log();
	struct att_refmake make = node_refmake("golden");
	AUTO(att_json_decref) json_t *doc = NULL;
	uint32_t by_value = 0;
	struct node n;

	lm_extend(&m, 0, S("what the firmware does not log"));
	boot(&n, &m);
	n.refs.count = 0;
	att_ref_free(n.ref[0]);
	ok(att_ref_make(&n.e, &make, &doc, &by_value, err));
	ck_assert_uint_eq(by_value, 1u);
	node_add_ref(&n, doc);
	/* selection as HPE lists it: sha256, then sha1 */
	quote_both(&n);
	node_fails(&n, ATT_F_PCR_MISMATCH, "PCR 0: the logs give sha256");
	/* where policy takes the value itself, it is surfaced, and enough */
	n.policy.allow_incomplete = true;
	node_passes(&n);
	ck_assert_int_eq(node_finding(&n, ATT_F_PCR_MISMATCH)->severity,
	    ATT_SEVERITY_WARN);
	ck_assert_int_eq(att_verdict_pcr(n.v, 0)->pcr, 0);
	ck_assert_int_eq(att_verdict_pcr(n.v, 0)->status, ATT_PCR_INCOMPLETE);
	ck_assert_int_eq(att_verdict_pcr(n.v, 1)->status, ATT_PCR_REFERENCE);
	/* but no other value */
	lm_extend(&m, 0, S("more"));
	ok(att_pcrs_set(&n.e.pcrs, ATT_ALG_SHA256, 0,
	    lm_value(&m, ATT_ALG_SHA256, 0), err));
	node_fails(&n, ATT_F_PCR_VALUE, "PCR 0: expected sha256");
	node_done(&n);
	lm_done(&m);
}
END_TEST

/* -- 24: systemd 261 ----------------------------------------------------- */

static void
put_record(struct att_buf *b, unsigned pcr, const char *word)
{
	char hex[2][ATT_DIGEST_HEX_MAX];

	for (size_t i = 0; i < 2; i++) {
		struct att_digest d;

		ok(att_digest_of(banks[i], S(word), &d, err));
		att_digest_hex(&d, hex[i]);
	}
	att_buf_printf(b, "\x1e{\"pcr\":%u,\"digests\":[{\"hashAlg\":"
	    "\"sha256\",\"digest\":\"%s\"},{\"hashAlg\":\"sha1\",\"digest\":"
	    "\"%s\"}],\"content_type\":\"systemd\",\"content\":{\"string\":"
	    "\"%s\",\"bootId\":\"acb216bac4524103812af11422c0d55f\","
	    "\"timestamp\":1,\"eventType\":\"os-separator\"}}\n", pcr, hex[0],
	    hex[1], word);
}

START_TEST(case_24_os_separator)
{
	struct att_refmake make = node_refmake("with-os-separator");
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(1u << 20);
	struct logmaker m = good_log();
	struct node n;

	boot(&n, &m);
	for (uint32_t pcr = 0; pcr <= 14; pcr++) {
		if (pcr == 8 || pcr == 10 || pcr == 11)
			continue;
		put_record(&log, pcr, "os-separator");
		lm_extend(&m, pcr, S("os-separator"));
		ok(att_pcrs_set(&n.e.pcrs, ATT_ALG_SHA256, pcr,
		    lm_value(&m, ATT_ALG_SHA256, pcr), err));
	}
	/* without its log: the same as any secret extend, with a hint */
	node_fails(&n, ATT_F_PCR_MISMATCH, "as if systemd had measured");
	/* unless policy allows to guess, and then it is told */
	n.policy.allow_guessed = true;
	node_passes(&n);
	ck_assert_ptr_nonnull(strstr(node_finding(&n, ATT_F_LOG_QUIRK)->what,
	    "guessed"));
	/* with the log nothing is guessed, and references must know it */
	n.policy.allow_guessed = false;
	n.e.item[ATT_ITEM_USERSPACE_LOG].bytes = att_buf_view(&log);
	node_fails(&n, ATT_F_EVENT_NOT_IN_REFERENCE,
	    "PCR 0 event 20 (systemd os-separator os-separator): not "
	    "expected at all");
	ok(att_ref_make(&n.e, &make, &doc, NULL, err));
	node_add_ref(&n, doc);
	node_passes(&n);
	ck_assert_ptr_null(node_finding(&n, ATT_F_LOG_QUIRK));
	node_done(&n);
	lm_done(&m);
}
END_TEST

/* A quote that is older than the log: what came later is no event of it. */
START_TEST(records_behind_the_quote)
{
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(1u << 20);
	struct logmaker m = good_log();
	struct node n;

	boot(&n, &m);
	put_record(&log, 11, "enter-initrd");
	put_record(&log, 9, "os-separator");
	n.e.item[ATT_ITEM_USERSPACE_LOG].bytes = att_buf_view(&log);
	node_passes(&n);
	for (size_t i = 0; i < att_verdict_pcr_count(n.v); i++)
		if (att_verdict_pcr(n.v, i)->pcr == 9 ||
		    att_verdict_pcr(n.v, i)->pcr == 11)
			ck_assert_uint_eq(att_verdict_pcr(n.v, i)->events, 0);
	node_done(&n);
	lm_done(&m);
}
END_TEST

/* -- 30 to 33 ------------------------------------------------------------ */

START_TEST(case_30_bank_of_some_events)
{
	struct logmaker m = good_log();
	struct node n;

	lm_event_some(&m, 1, 14, ATT_EV_IPL, S("record"));
	boot(&n, &m);
	quote_both(&n);
	node_passes(&n);
	ck_assert_int_eq(node_finding(&n, ATT_F_PCR_INCOMPLETE)->pcr, 14);
	ck_assert_int_eq(node_finding(&n, ATT_F_PCR_INCOMPLETE)->severity,
	    ATT_SEVERITY_INFO);
	/* where no other bank is complete */
	n.attest.select_count = 1;
	n.attest.select[0].alg = ATT_ALG_SHA1;
	n.policy.allow_sha1 = true;
	node_fails(&n, ATT_F_PCR_INCOMPLETE, "PCR 14: the log lacks sha1");
	node_done(&n);
	lm_done(&m);
}
END_TEST

/* A stronger bank that lacks digests leaves the word to the next one. */
START_TEST(case_30_strongest_complete_bank)
{
	static const uint16_t two[] = { ATT_ALG_SHA256, ATT_ALG_SHA384 };
	struct logmaker m = lm_new(two, 2);
	const struct att_pcr_row *row;
	struct node n;

	put_firmware(&m);
	put_separators(&m, 0xff);
	put_loader(&m);
	lm_event_some(&m, 1, 9, ATT_EV_IPL, S("file"));
	boot(&n, &m);
	n.attest.select_count = 2;
	n.attest.select[0] = (struct att_pcr_select){ two[0], 0xffff };
	n.attest.select[1] = (struct att_pcr_select){ two[1], 0xffff };
	node_passes(&n);
	for (size_t i = 0; (row = att_verdict_pcr(n.v, i)) != NULL; i++)
		if (row->pcr == 9)
			ck_assert_int_eq(row->status,
			    row->bank == two[0] ? ATT_PCR_REFERENCE :
						  ATT_PCR_INCOMPLETE);
		else if (row->pcr == 4)
			ck_assert_int_eq(row->status,
			    row->bank == two[1] ? ATT_PCR_REFERENCE :
						  ATT_PCR_REPLAYED);
	/* where nobody quoted the complete one nothing is decided */
	n.attest.select_count = 1;
	n.attest.select[0] = n.attest.select[1];
	node_fails(&n, ATT_F_PCR_INCOMPLETE, "PCR 9: the log lacks sha384");
	node_done(&n);
	lm_done(&m);
}
END_TEST

/* A quoted bank that the log knows nothing of. */
START_TEST(bank_that_is_not_in_the_log)
{
	struct logmaker m = good_log(), other;
	uint16_t sha384 = ATT_ALG_SHA384;
	struct node n;

	boot(&n, &m);
	other = lm_new(&sha384, 1);
	put_firmware(&other);
	put_separators(&other, 0xff);
	for (uint32_t pcr = 0; pcr < 16; pcr++)
		ok(att_pcrs_set(&n.e.pcrs, sha384, pcr,
		    lm_value(&other, sha384, pcr), err));
	n.attest.select_count = 2;
	n.attest.select[1] = (struct att_pcr_select){ sha384, 0xffff };
	node_fails(&n, ATT_F_BANK_MISSING,
	    "the boot log has no sha384 digests");
	ck_assert_ptr_null(node_finding(&n, ATT_F_PCR_MISMATCH));
	ck_assert_ptr_null(node_finding(&n, ATT_F_PCR_INCOMPLETE));
	ck_assert_int_eq(att_verdict_pcr(n.v, 0)->bank, sha384);
	ck_assert_int_eq(att_verdict_pcr(n.v, 0)->status,
	    ATT_PCR_NOT_EVALUATED);
	node_done(&n);
	lm_done(&other);
	lm_done(&m);
}
END_TEST

START_TEST(case_31_old_format)
{
	struct logmaker m = lm_new(NULL, 0);
	struct node n;

	lm_locality(&m, 3);
	put_firmware(&m);
	put_separators(&m, 0xff);
	put_loader(&m);
	boot(&n, &m);
	node_fails(&n, ATT_F_BANK_WEAK, "only the sha1 bank");
	n.policy.allow_sha1 = true;
	node_passes(&n);
	ck_assert_ptr_nonnull(strstr(node_finding(&n, ATT_F_LOG_QUIRK)->what,
	    "sha1-format-locality-first"));
	node_done(&n);
	lm_done(&m);
}
END_TEST

START_TEST(case_32_end_of_boot_services_not_logged)
{
	struct logmaker m = lm_new(banks, 2);

	put_firmware(&m);
	put_separators(&m, 0xff);
	put_loader(&m);
	lm_extend(&m, 5, S("Exit Boot Services Invocation"));
	lm_extend(&m, 5, S("Exit Boot Services Returned with Success"));
	boots_well(&m, ATT_QUIRK_EBS_MISSING);
}
END_TEST

START_TEST(case_33_debug_and_dma)
{
	static const char debug[] = "UEFI Debug Mode";
	struct logmaker m = lm_new(banks, 2);
	const struct att_finding *f;
	struct node n;

	put_firmware(&m);
	lm_event(&m, 7, ATT_EV_EFI_ACTION, S(debug));
	put_separators(&m, 0xff);
	boot(&n, &m);
	f = node_fails(&n, ATT_F_BOOT_DEBUG, debug);
	ck_assert_int_eq(f->event, 8);
	ck_assert_int_eq(f->pcr, 7);
	node_done(&n);
	lm_done(&m);
	for (int after = 0; after < 2; after++) {
		m = lm_new(banks, 2);
		put_firmware(&m);
		if (after)
			put_separators(&m, 0xff);
		lm_event(&m, 7, ATT_EV_EFI_ACTION,
		    S("DMA Protection Disabled"));
		if (!after)
			put_separators(&m, 0xff);
		boot(&n, &m);
		node_passes(&n);
		f = node_finding(&n, ATT_F_DMA_PROTECTION_OFF);
		ck_assert_int_eq(f->severity, ATT_SEVERITY_WARN);
		node_done(&n);
		lm_done(&m);
	}
}
END_TEST

/* -- the kernel's command line ------------------------------------------- */

static void
put_grub(struct logmaker *m, const char *command, const char *hashed)
{
	char text[200];

	snprintf(text, sizeof(text), "%s%s", command, hashed);
	lm_event_of(m, 8, ATT_EV_IPL, S(hashed), (struct att_slice){
	    (const uint8_t *)text, strlen(text) + 1 });
}

static void
kernel_is(struct logmaker *m, const char *line)
{
	struct node n;

	boot(&n, m);
	node_passes(&n);
	ck_assert_str_eq(att_verdict_claims(n.v)->kernel, line);
	node_done(&n);
	lm_done(m);
}

START_TEST(line_of_grub)
{
	struct logmaker m = good_log();

	put_grub(&m, "grub_cmd: ", "set x=1");
	put_grub(&m, "grub_cmd: ", "linux /vmlinuz a=b");
	put_grub(&m, "kernel_cmdline: ", "/vmlinuz a=b");
	kernel_is(&m, "/vmlinuz a=b");
	/* two entries were tried: either may run */
	m = good_log();
	put_grub(&m, "grub_cmd: ", "linux /vmlinuz a=b");
	put_grub(&m, "kernel_cmdline: ", "/vmlinuz a=b");
	put_grub(&m, "grub_cmd: ", "linux /vmlinuz c=d");
	put_grub(&m, "kernel_cmdline: ", "/vmlinuz c=d");
	kernel_is(&m, "");
	/* the word before the text is not authentic */
	m = good_log();
	put_grub(&m, "grub_cmd: ", "linux /vmlinuz bad");
	put_grub(&m, "grub_cmd: ", "/vmlinuz bad");
	put_grub(&m, "kernel_cmdline: ", "/vmlinuz good");
	kernel_is(&m, "/vmlinuz bad");
	/* nor is what an event of unknown data may have said */
	m = good_log();
	put_grub(&m, "grub_cmd: ", "linux /vmlinuz a=b");
	put_grub(&m, "kernel_cmdline: ", "/vmlinuz a=b");
	lm_event_of(&m, 8, ATT_EV_EVENT_TAG, S("linux bad"), S("tag"));
	kernel_is(&m, "");
	m = good_log();
	put_grub(&m, "grub_cmd: ", "linux /vmlinuz a=b");
	kernel_is(&m, "");
}
END_TEST

static void
put_stub(struct logmaker *m, const char *line)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 16);

	for (const char *c = line; *c != '\0'; c++)
		att_buf_le16(&b, (uint8_t)*c);
	att_buf_le16(&b, 0);
	lm_event(m, 12, ATT_EV_IPL, att_buf_view(&b));
}

START_TEST(line_of_systemd_stub)
{
	struct logmaker m = good_log();
	char many[2000];

	put_stub(&m, "quiet root=x");
	kernel_is(&m, "quiet root=x");
	m = good_log();
	put_stub(&m, "quiet");
	put_stub(&m, "quiet");
	kernel_is(&m, "quiet");
	m = good_log();
	put_stub(&m, "quiet");
	put_stub(&m, "debug");
	kernel_is(&m, "");
	/* text that could move a cursor, and a line that is too long */
	m = good_log();
	put_stub(&m, "a\x1b[2Jb");
	kernel_is(&m, "a\\x1b\\x00[2Jb");
	memset(many, 'x', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	m = good_log();
	put_stub(&m, many);
	memcpy(many + ATT_CLAIM_KERNEL_MAX - 3, "...", 4);
	kernel_is(&m, many);
}
END_TEST

/* As many texts as are looked at, and one more; both loaders. */
START_TEST(lines_at_the_limit)
{
	struct logmaker m;
	struct node n;

	for (int more = 0; more < 2; more++) {
		m = good_log();
		for (int i = 0; i < 510 + more; i++)
			put_grub(&m, "grub_cmd: ", i % 2 == 0 ? "" : "linux");
		put_grub(&m, "grub_cmd: ", "linuxefi /k x");
		put_grub(&m, "kernel_cmdline: ", "/k x");
		kernel_is(&m, more ? "" : "/k x");
	}
	/* two loaders, two kernels */
	m = good_log();
	put_grub(&m, "grub_cmd: ", "linux /k x");
	put_grub(&m, "kernel_cmdline: ", "/k x");
	put_stub(&m, "/k x");
	kernel_is(&m, "");
	/* a line that is no line: empty, or of the terminator alone */
	m = good_log();
	put_grub(&m, "grub_cmd: ", "linux ");
	put_stub(&m, "");
	kernel_is(&m, "");
	m = good_log();
	lm_event(&m, 12, ATT_EV_IPL, (struct att_slice){
	    (const uint8_t *)"q\0\0\1", 4 });
	kernel_is(&m, "q\304\200");
	/* systemd's own record of the PCR may have been anything */
	m = good_log();
	put_stub(&m, "quiet");
	boot(&n, &m);
	put_record(&n.user, 12, "confext");
	n.e.item[ATT_ITEM_USERSPACE_LOG].bytes = att_buf_view(&n.user);
	node_passes(&n);
	ck_assert_str_eq(att_verdict_claims(n.v)->kernel, "");
	node_done(&n);
	lm_done(&m);
}
END_TEST

/* -- 40: a log of another boot ------------------------------------------- */

START_TEST(case_40_log_of_another_boot)
{
	struct node n, other = { 0 };

	node_init(&n, &signer, "uki");
	node_ref_from(&n, "uki");
	node_boot(&other, "uki-changed");
	n.e.item[ATT_ITEM_UEFI_LOG] = other.e.item[ATT_ITEM_UEFI_LOG];
	node_fails(&n, ATT_F_PCR_MISMATCH, "PCR 4");
	ck_assert_int_eq(att_verdict_finding(n.v, 1)->pcr, 9);
	ck_assert_int_eq(att_verdict_finding(n.v, 2)->pcr, 11);
	node_done(&other);
	node_done(&n);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cases");
	TCase *t = tcase_create("cases");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, the_good_log_is_good);
	tcase_add_test(t, case_01_version_that_nothing_covers);
	tcase_add_test(t, case_02_flipped_digest);
	tcase_add_test(t, case_03_events_of_a_pcr_removed);
	tcase_add_test(t, case_10_old_shim);
	tcase_add_test(t, case_11_text_changed);
	tcase_add_test(t, case_12_locality);
	tcase_add_test(t, case_16_windows_cap);
	tcase_add_test(t, case_21_value_without_a_log);
	tcase_add_test(t, case_24_os_separator);
	tcase_add_test(t, records_behind_the_quote);
	tcase_add_test(t, case_30_bank_of_some_events);
	tcase_add_test(t, case_30_strongest_complete_bank);
	tcase_add_test(t, bank_that_is_not_in_the_log);
	tcase_add_test(t, case_31_old_format);
	tcase_add_test(t, case_32_end_of_boot_services_not_logged);
	tcase_add_test(t, case_33_debug_and_dma);
	tcase_add_test(t, line_of_grub);
	tcase_add_test(t, line_of_systemd_stub);
	tcase_add_test(t, lines_at_the_limit);
	tcase_add_test(t, case_40_log_of_another_boot);
	suite_add_tcase(s, t);
	return run_suite(s);
}
