/*
 * Boot logs written for a test, and nodes that boot with them. References are
 * made from the evidence itself, so that nothing but what a test put into the
 * log stands between the node and a pass.
 */
#ifndef ATT_TESTS_CRAFT_H
#define ATT_TESTS_CRAFT_H

#include "node.h"

#include "eventlog/guid.h"
#include "eventlog/quirk.h"
#include "eventlog/tcg.h"
#include "eventlog/variable.h"
#include "tests/eventlog/logmaker.h"

static struct signer signer;
static const uint16_t banks[] = { ATT_ALG_SHA256, ATT_ALG_SHA1 };
static const uint8_t zeros[4];
static const struct att_slice ZEROS = { zeros, 4 };

/* -- writing logs -------------------------------------------------------- */

static inline ATT_UNUSED void
put_variable(struct logmaker *m, uint32_t pcr, uint32_t type,
    const uint8_t *guid, const char *name, struct att_slice data)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 16);
	AUTO_DONE(att_buf_done) struct att_buf utf16 = ATT_BUF(1000);
	struct att_efi_variable v = { .data = data };

	for (const char *c = name; *c != '\0'; c++)
		att_buf_le16(&utf16, (uint8_t)*c);
	memcpy(v.guid, guid, sizeof(v.guid));
	v.name = att_buf_view(&utf16);
	att_efi_variable_encode(&v, &b);
	lm_event(m, pcr, type, att_buf_view(&b));
}

static inline ATT_UNUSED void
put_config(struct logmaker *m, const char *name)
{
	const uint8_t *guid = name[0] == 'd' ? ATT_GUID_IMAGE_SECURITY :
					       ATT_GUID_GLOBAL;

	put_variable(m, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, guid, name,
	    strcmp(name, "SecureBoot") == 0 ? S("\1") : S(name));
}

static inline ATT_UNUSED void
put_separator(struct logmaker *m, uint32_t pcr)
{
	lm_event(m, pcr, ATT_EV_SEPARATOR, ZEROS);
}

static inline ATT_UNUSED void
put_separators(struct logmaker *m, uint32_t mask)
{
	for (uint32_t pcr = 0; pcr <= 7; pcr++)
		if ((mask >> pcr & 1) != 0)
			put_separator(m, pcr);
}

static const char *const variables[] = { "SecureBoot", "PK", "KEK", "db",
	"dbx" };

static inline ATT_UNUSED void
put_firmware(struct logmaker *m)
{
	lm_event(m, 0, ATT_EV_S_CRTM_VERSION, S("1.2.3"));
	lm_event(m, 0, ATT_EV_EFI_PLATFORM_FIRMWARE_BLOB, S("volume"));
	for (size_t i = 0; i < ATT_COUNT(variables); i++)
		put_config(m, variables[i]);
}

static inline ATT_UNUSED void
put_loader(struct logmaker *m)
{
	put_variable(m, 7, ATT_EV_EFI_VARIABLE_AUTHORITY,
	    ATT_GUID_IMAGE_SECURITY, "db", S("certificate"));
	lm_event_of(m, 4, ATT_EV_EFI_BOOT_SERVICES_APPLICATION, S("image"),
	    S("path"));
}

static inline ATT_UNUSED void
put_exit(struct logmaker *m)
{
	lm_event(m, 5, ATT_EV_EFI_ACTION, S("Exit Boot Services Invocation"));
	lm_event(m, 5, ATT_EV_EFI_ACTION,
	    S("Exit Boot Services Returned with Success"));
}

static inline ATT_UNUSED struct logmaker
good_log(void)
{
	struct logmaker m = lm_new(banks, ATT_COUNT(banks));

	put_firmware(&m);
	put_separators(&m, 0xff);
	put_loader(&m);
	put_exit(&m);
	return m;
}

/* -- nodes --------------------------------------------------------------- */

/* The node boots with this log; its reference values are made from it. */
static inline ATT_UNUSED void
boot(struct node *n, struct logmaker *m)
{
	struct att_refmake make = node_refmake("itself");
	AUTO(att_json_decref) json_t *doc = NULL;

	node_init(n, &signer, "uki");
	att_buf_reset(&n->uefi);
	att_buf_reset(&n->user);
	att_buf_slice(&n->uefi, lm_log(m));
	n->e.item[ATT_ITEM_UEFI_LOG].bytes = att_buf_view(&n->uefi);
	n->e.item[ATT_ITEM_USERSPACE_LOG].bytes = att_buf_view(&n->user);
	n->e.pcrs = (struct att_pcrs){ 0 };
	for (size_t b = 0; b < m->alg_count; b++)
		for (uint32_t pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
			ok(att_pcrs_set(&n->e.pcrs, m->alg[b], pcr,
			    lm_value(m, m->alg[b], pcr), err));
	n->attest.select[0].alg = m->alg[0];
	make.bank = m->alg;
	make.bank_count = m->alg_count;
	ok(att_ref_make(&n->e, &make, &doc, NULL, err));
	node_add_ref(n, doc);
}

static inline ATT_UNUSED void
quote_both(struct node *n)
{
	n->attest.select_count = 2;
	n->attest.select[0] = (struct att_pcr_select){ ATT_ALG_SHA256,
		0xffff };
	n->attest.select[1] = (struct att_pcr_select){ ATT_ALG_SHA1, 0xffff };
}

static inline ATT_UNUSED void
boots_well(struct logmaker *m, uint32_t quirk)
{
	const struct att_finding *f;
	struct node n;

	boot(&n, m);
	node_passes(&n);
	f = node_finding(&n, ATT_F_LOG_QUIRK);
	if (quirk == 0)
		ck_assert_ptr_null(f);
	else
		ck_assert_msg(f != NULL && strstr(f->what,
		    att_quirk_name(quirk)) != NULL, "no %s",
		    att_quirk_name(quirk));
	node_done(&n);
	lm_done(m);
}

static inline ATT_UNUSED void
boots_badly(struct logmaker *m, enum att_finding_code code,
    const char *words)
{
	struct node n;

	boot(&n, m);
	node_fails(&n, code, words);
	ck_assert_uint_eq(att_verdict_held(n.v) & ATT_CLAIM_SECURE_BOOT, 0);
	ck_assert_int_eq(att_verdict_claims(n.v)->secure_boot,
	    ATT_SECURE_BOOT_UNKNOWN);
	node_done(&n);
	lm_done(m);
}

/* Position of the data of the event of this number. */
static inline ATT_UNUSED size_t
offset_of(const struct logmaker *m, uint32_t number)
{
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;

	ok(att_tcglog_open(lm_log(m), ATT_TCG_TPM, &log, err));
	it = att_tcg_begin(&log);
	while (att_tcg_next(&it, &ev, NULL) > 0)
		if (ev.number == number)
			return (size_t)(ev.data.data - m->log.data);
	ck_abort_msg("no event %u", number);
	return 0;
}

static inline ATT_UNUSED void
setup(void)
{
	signer_init(&signer, SIGNER_P256);
}

static inline ATT_UNUSED void
teardown(void)
{
	signer_done(&signer);
}

#endif
