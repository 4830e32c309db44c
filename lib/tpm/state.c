#include "tpm/state.h"

#include <string.h>

#include "tpm/sys.h"

/* Times that a set of reads may start again because a PCR moved. */
#define READ_TRIES 5

/* Part 2, 10.6.1: a selection has three bytes for 24 registers. */
#define SELECT_BYTES 3u

/* Part 2, 10.14.1: an NV read never returns more, whatever the TPM says. */
#define NV_CHUNK_DEFAULT 512u

int
att_tpm_capability(struct att_tpm *t, uint32_t cap, uint32_t property,
    uint32_t count, TPMS_CAPABILITY_DATA *ret, struct att_err *err)
{
	TPMI_YES_NO more;
	int r;

	*ret = (TPMS_CAPABILITY_DATA){ 0 };
	if ((r = att_tpm_rc(t,
		 Tss2_Sys_GetCapability(t->sys, NULL, cap, property, count,
		     &more, ret, NULL),
		 "TPM2_GetCapability", err)) < 0)
		return r;
	if (ret->capability != cap)
		return att_err_set(err, ATT_E_TPM,
		    "TPM2_GetCapability: asked for 0x%x, got 0x%x", cap,
		    ret->capability);
	return 0;
}

/* -- PCRs ----------------------------------------------------------------- */

static uint32_t
mask_of(const TPMS_PCR_SELECTION *s)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < SELECT_BYTES && i < s->sizeofSelect; i++)
		mask |= (uint32_t)s->pcrSelect[i] << 8 * i;
	return mask;
}

static TPMS_PCR_SELECTION
selection_of(struct att_pcr_select s)
{
	return (TPMS_PCR_SELECTION){ .hash = s.alg,
		.sizeofSelect = SELECT_BYTES,
		.pcrSelect = { (uint8_t)s.mask, (uint8_t)(s.mask >> 8),
		    (uint8_t)(s.mask >> 16) } };
}

int
att_tpm_selection(const struct att_pcr_select *select, size_t count,
    TPML_PCR_SELECTION *ret, struct att_err *err)
{
	TPML_PCR_SELECTION l = { 0 };
	uint32_t seen = 0;

	for (size_t i = 0; i < count; i++) {
		int index = att_alg_index(select[i].alg);

		if (index < 0 || (seen >> index & 1) != 0)
			return att_err_set(err, ATT_E_USAGE,
			    "PCR selection: bank 0x%04x is not known, or "
			    "given twice", select[i].alg);
		if (select[i].mask == 0 || select[i].mask > ATT_PCR_ALL)
			return att_err_set(err, ATT_E_USAGE,
			    "PCR selection 0x%x of bank %s, must name PCR 0 "
			    "to %d", select[i].mask,
			    att_alg_name(select[i].alg), ATT_PCR_COUNT - 1);
		seen |= 1u << index;
		l.pcrSelections[l.count++] = selection_of(select[i]);
	}
	*ret = l;
	return 0;
}

int
att_tpm_banks_read(struct att_tpm *t,
    struct att_pcr_select ret[static ATT_BANKS_MAX], size_t *ret_count,
    struct att_err *err)
{
	ATT_TPM_OP(t);
	TPMS_CAPABILITY_DATA data;
	struct att_pcr_select found[ATT_BANKS_MAX];
	uint32_t seen = 0;
	size_t n = 0;
	int r;

	if ((r = att_tpm_capability(t, TPM2_CAP_PCRS, 0, 1, &data, err)) < 0)
		return r;
	for (uint32_t i = 0; i < data.data.assignedPCR.count; i++) {
		const TPMS_PCR_SELECTION *s =
		    &data.data.assignedPCR.pcrSelections[i];
		int index = att_alg_index(s->hash);

		if (index < 0 || mask_of(s) == 0)
			continue;
		if ((seen >> index & 1) != 0)
			return att_err_set(err, ATT_E_TPM,
			    "the TPM lists bank %s twice",
			    att_alg_name(s->hash));
		seen |= 1u << index;
		found[n++] = (struct att_pcr_select){ s->hash, mask_of(s) };
	}
	memcpy(ret, found, n * sizeof(found[0]));
	*ret_count = n;
	return 0;
}

bool
att_tpm_selection_equal(const TPML_PCR_SELECTION *a,
    const TPML_PCR_SELECTION *b)
{
	if (a->count != b->count || a->count > TPM2_NUM_PCR_BANKS)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		const TPMS_PCR_SELECTION *x = &a->pcrSelections[i];
		const TPMS_PCR_SELECTION *y = &b->pcrSelections[i];

		if (x->hash != y->hash ||
		    x->sizeofSelect != y->sizeofSelect ||
		    mask_of(x) != mask_of(y))
			return false;
	}
	return true;
}

/* Takes what one TPM2_PCR_Read returned, out of *left. */
static int
take_values(uint16_t alg, const TPML_PCR_SELECTION *got,
    const TPML_DIGEST *values, uint32_t *left, struct att_pcrs *ret,
    struct att_err *err)
{
	uint32_t mask, n = 0;
	int r;

	if (got->count != 1 || got->pcrSelections[0].hash != alg)
		return att_err_set(err, ATT_E_TPM,
		    "TPM2_PCR_Read: answer for another bank");
	mask = mask_of(&got->pcrSelections[0]);
	if (mask == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "PCR bank %s is not active in the TPM, or lacks a "
		    "register that was asked for", att_alg_name(alg));
	if ((mask & ~*left) != 0 ||
	    values->count != (uint32_t)__builtin_popcount(mask))
		return att_err_set(err, ATT_E_TPM,
		    "TPM2_PCR_Read: selection 0x%06x with %u values, asked "
		    "for 0x%06x", mask, values->count, *left);
	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
		const TPM2B_DIGEST *d = &values->digests[n];

		if ((mask >> pcr & 1) == 0)
			continue;
		if ((r = att_pcrs_set(ret, alg, pcr,
			 (struct att_slice){ d->buffer, d->size }, err)) < 0)
			return r;
		n++;
	}
	*left &= ~mask;
	return 0;
}

/* One bank, eight registers a command; *counter as the last one said. */
static int
read_bank(struct att_tpm *t, struct att_pcr_select want,
    struct att_pcrs *ret, uint32_t *counter, struct att_err *err)
{
	uint32_t left = want.mask;
	int r;

	while (left != 0) {
		TPML_PCR_SELECTION got = { 0 };
		TPML_DIGEST values = { 0 };
		const TPML_PCR_SELECTION ask = { .count = 1,
			.pcrSelections[0] = selection_of(
			    (struct att_pcr_select){ want.alg, left }) };

		if ((r = att_tpm_rc(t,
			 Tss2_Sys_PCR_Read(t->sys, NULL, &ask, counter, &got,
			     &values, NULL),
			 "TPM2_PCR_Read", err)) < 0 ||
		    (r = take_values(want.alg, &got, &values, &left, ret,
			 err)) < 0)
			return r;
	}
	return 0;
}

/* All banks once; *moved if a register was extended meanwhile. */
static int
read_once(struct att_tpm *t, const struct att_pcr_select *select,
    size_t count, struct att_pcrs *ret, uint32_t *ret_counter, bool *moved,
    struct att_err *err)
{
	const TPML_PCR_SELECTION none = { 0 };
	struct att_pcrs p = { 0 };
	uint32_t first, last;
	int r;

	/* an empty selection reads the counter alone */
	if ((r = att_tpm_rc(t,
		 Tss2_Sys_PCR_Read(t->sys, NULL, &none, &first, NULL, NULL,
		     NULL),
		 "TPM2_PCR_Read", err)) < 0)
		return r;
	last = first;
	for (size_t i = 0; i < count; i++) {
		if ((r = att_pcrs_add_bank(&p, select[i].alg, err)) < 0 ||
		    (r = read_bank(t, select[i], &p, &last, err)) < 0)
			return r;
	}
	*moved = last != first;
	*ret = p;
	*ret_counter = last;
	return 0;
}

int
att_tpm_pcrs_read(struct att_tpm *t, const struct att_pcr_select *select,
    size_t count, struct att_pcrs *ret, uint32_t *ret_counter,
    struct att_err *err)
{
	ATT_TPM_OP(t);
	struct att_pcr_select all[ATT_BANKS_MAX];
	TPML_PCR_SELECTION checked;
	struct att_pcrs p;
	uint32_t counter;
	bool moved = true;
	int r;

	if ((r = att_tpm_selection(select, count, &checked, err)) < 0)
		return r;
	if (count == 0) {
		if ((r = att_tpm_banks_read(t, all, &count, err)) < 0)
			return r;
		select = all;
	}
	for (unsigned i = 0; moved && i < READ_TRIES; i++)
		if ((r = read_once(t, select, count, &p, &counter, &moved,
			 err)) < 0)
			return r;
	if (moved)
		return att_err_set(err, ATT_E_BUSY,
		    "PCRs were extended during each of %d reads", READ_TRIES);
	*ret = p;
	if (ret_counter != NULL)
		*ret_counter = counter;
	return 0;
}

/* -- clock and make ------------------------------------------------------- */

int
att_tpm_clock_read(struct att_tpm *t, struct att_tpm_clock *ret,
    struct att_err *err)
{
	ATT_TPM_OP(t);
	TPMS_TIME_INFO time = { 0 };
	int r;

	if ((r = att_tpm_rc(t,
		 Tss2_Sys_ReadClock(t->sys, NULL, &time, NULL),
		 "TPM2_ReadClock", err)) < 0)
		return r;
	*ret = (struct att_tpm_clock){ .clock = time.clockInfo.clock,
		.reset_count = time.clockInfo.resetCount,
		.restart_count = time.clockInfo.restartCount,
		.safe = time.clockInfo.safe == TPM2_YES };
	return 0;
}

/* Four characters, most significant first (Part 2, 6.13). */
static void
put_text(char ret[static 5], uint32_t value)
{
	for (unsigned i = 0; i < 4; i++) {
		char c = (char)(value >> (24 - 8 * i));

		if (c == '\0')
			c = ' ';
		ret[i] = c >= 0x20 && c < 0x7f ? c : '?';
	}
	ret[4] = '\0';
}

static void
trim(char *text)
{
	for (size_t n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
		text[n - 1] = '\0';
}

static void
put_property(struct att_tpm_info *ret, uint32_t property, uint32_t value)
{
	switch (property) {
	case TPM2_PT_MANUFACTURER:
		put_text(ret->manufacturer, value);
		break;
	case TPM2_PT_VENDOR_STRING_1:
	case TPM2_PT_VENDOR_STRING_2:
	case TPM2_PT_VENDOR_STRING_3:
	case TPM2_PT_VENDOR_STRING_4:
		put_text(ret->vendor +
			4 * (property - TPM2_PT_VENDOR_STRING_1), value);
		break;
	case TPM2_PT_FIRMWARE_VERSION_1:
		ret->firmware_version |= (uint64_t)value << 32;
		break;
	case TPM2_PT_FIRMWARE_VERSION_2:
		ret->firmware_version |= value;
		break;
	case TPM2_PT_REVISION:
		ret->spec_revision = value;
		break;
	case TPM2_PT_YEAR:
		ret->spec_year = value;
		break;
	case TPM2_PT_PERMANENT:
		ret->in_lockout = (value & TPMA_PERMANENT_INLOCKOUT) != 0;
		break;
	case TPM2_PT_LOCKOUT_COUNTER:
		ret->lockout_tries = value;
		break;
	case TPM2_PT_MAX_AUTH_FAIL:
		ret->lockout_max = value;
		break;
	case TPM2_PT_LOCKOUT_INTERVAL:
		ret->lockout_interval = value;
		break;
	default:
		break;
	}
}

static int
get_properties(struct att_tpm *t, uint32_t group, struct att_tpm_info *ret,
    struct att_err *err)
{
	TPMS_CAPABILITY_DATA data;
	const TPML_TAGGED_TPM_PROPERTY *p;
	int r;

	if ((r = att_tpm_capability(t, TPM2_CAP_TPM_PROPERTIES, group,
		 TPM2_MAX_TPM_PROPERTIES, &data, err)) < 0)
		return r;
	p = &data.data.tpmProperties;
	for (uint32_t i = 0; i < p->count; i++)
		put_property(ret, p->tpmProperty[i].property,
		    p->tpmProperty[i].value);
	return 0;
}

int
att_tpm_info_read(struct att_tpm *t, struct att_tpm_info *ret,
    struct att_err *err)
{
	ATT_TPM_OP(t);
	struct att_tpm_info info = { 0 };
	int r;

	if ((r = get_properties(t, TPM2_PT_FIXED, &info, err)) < 0 ||
	    (r = get_properties(t, TPM2_PT_VAR, &info, err)) < 0)
		return r;
	trim(info.manufacturer);
	trim(info.vendor);
	*ret = info;
	return 0;
}

/* -- NV ------------------------------------------------------------------- */

/* ATT_E_NOT_FOUND if there is none. */
static int
look_at(struct att_tpm *t, uint32_t index, TPM2B_NV_PUBLIC *ret,
    struct att_err *err)
{
	TPM2B_NAME name = { 0 };
	TSS2_RC rc;

	*ret = (TPM2B_NV_PUBLIC){ 0 };
	rc = Tss2_Sys_NV_ReadPublic(t->sys, index, NULL, ret, &name, NULL);
	if (att_tpm_rc_base(rc) == TPM2_RC_HANDLE)
		return att_err_sub(err, ATT_E_NOT_FOUND, rc,
		    "NV index 0x%08x is not defined", index);
	return att_tpm_rc(t, rc, "TPM2_NV_ReadPublic", err);
}

/* Bytes that one TPM2_NV_Read returns (TPM_PT_NV_BUFFER_MAX). */
static int
chunk_size(struct att_tpm *t, uint16_t *ret, struct att_err *err)
{
	TPMS_CAPABILITY_DATA data;
	const TPML_TAGGED_TPM_PROPERTY *p;
	uint32_t n = NV_CHUNK_DEFAULT;
	int r;

	if ((r = att_tpm_capability(t, TPM2_CAP_TPM_PROPERTIES,
		 TPM2_PT_NV_BUFFER_MAX, 1, &data, err)) < 0)
		return r;
	p = &data.data.tpmProperties;
	if (p->count == 1 &&
	    p->tpmProperty[0].property == TPM2_PT_NV_BUFFER_MAX &&
	    p->tpmProperty[0].value > 0)
		n = p->tpmProperty[0].value;
	*ret = (uint16_t)ATT_MIN(n, TPM2_MAX_NV_BUFFER_SIZE);
	return 0;
}

static int
read_index(struct att_tpm *t, uint32_t index, uint32_t reader, uint16_t size,
    struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_tpm_auths_done) struct att_tpm_auths a =
	    att_tpm_auths_of(t, reader);
	uint16_t chunk, n;
	int r;

	if ((r = chunk_size(t, &chunk, err)) < 0)
		return r;
	for (uint16_t at = 0; at < size; at = (uint16_t)(at + n)) {
		TPM2B_MAX_NV_BUFFER data = { 0 };
		TSS2_RC rc;

		n = ATT_MIN(chunk, (uint16_t)(size - at));
		rc = att_tpm_auths_rc(&a, Tss2_Sys_NV_Read(t->sys, reader,
		    index, &a.sent, n, at, &data, &a.got));
		if (att_tpm_rc_base(rc) == TPM2_RC_NV_UNINITIALIZED)
			return att_err_sub(err, ATT_E_NOT_FOUND, rc,
			    "NV index was never written");
		if ((r = att_tpm_rc(t, rc, "TPM2_NV_Read", err)) < 0)
			return r;
		if (data.size != n)
			return att_err_set(err, ATT_E_TPM,
			    "TPM2_NV_Read: asked for %u bytes, got %u", n,
			    data.size);
		att_buf_bytes(ret, data.buffer, n);
	}
	return att_buf_ok(ret, "NV contents", err);
}

/*
 * By whose empty auth value it is read: its own only where that cannot count
 * as a failed try, or where there is no other way.
 */
static uint32_t
reader_of(uint32_t index, TPMA_NV attributes)
{
	if ((attributes & TPMA_NV_AUTHREAD) == 0)
		return TPM2_RH_OWNER;
	return (attributes & TPMA_NV_NO_DA) != 0 ||
		(attributes & TPMA_NV_OWNERREAD) == 0 ? index : TPM2_RH_OWNER;
}

int
att_tpm_nv_read(struct att_tpm *t, uint32_t index, struct att_buf *ret,
    struct att_err *err)
{
	ATT_TPM_OP(t);
	AUTO_DONE(att_buf_done) struct att_buf data = ATT_BUF(ret->max);
	TPM2B_NV_PUBLIC public;
	int r;

	if ((r = look_at(t, index, &public, err)) < 0 ||
	    (r = read_index(t, index,
		 reader_of(index, public.nvPublic.attributes),
		 public.nvPublic.dataSize, &data, err)) < 0)
		return r;
	att_buf_reset(ret);
	att_buf_slice(ret, att_buf_view(&data));
	return att_buf_ok(ret, "NV contents", err);
}
