#include "agent/verify_beneath.h"

#include <string.h>

#include "agent/ctl_agent.h"
#include "evidence/tpm_attest.h"

void
att_verify_beneath_done(struct att_verify_beneath *v)
{
	att_buf_done(&v->challenge);
	att_fwknown_free(v->known);
	att_buf_done(&v->known_file);
}

/* That of the evidence; what is wrong with it the appraisal tells. */
static void
take_own(const char *file, struct att_slice text,
    struct att_verify_beneath *v)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;

	if (att_spdm_evidence_parse(text, &e, NULL) < 0)
		return;
	att_ctl_note(file, "the challenge that devices answered is taken from "
	    "it: nothing proves when they did");
	att_buf_bytes(&v->challenge, e->challenge, e->challenge_len);
}

/*
 * Nobody but the verifier that gave it knows when and in which boot: now, and
 * in that of the quote.
 */
static void
take_given(struct att_verify_beneath *v, const struct att_appraisal *a)
{
	struct att_attest attest;

	if (v->challenge.len == 0 ||
	    att_attest_parse(a->evidence->attest, &attest, NULL) < 0)
		return;
	v->given = (struct att_challenge_given){
		.challenge = att_buf_view(&v->challenge), .at = a->now,
		.reset_count = attest.reset_count,
		.restart_count = attest.restart_count };
	v->devices.given = &v->given;
}

static int
take_devices(const struct att_verify_options *o,
    const struct att_refdocs *docs, struct att_verify_beneath *v,
    struct att_appraisal *a)
{
	const struct att_evidence_item *item =
	    &a->evidence->item[ATT_ITEM_SPDM_MEASUREMENTS];
	int status = ATT_CTL_GOOD;

	v->devices = (struct att_devices_basis){
		.ref = (const struct att_spdm_ref *const *)docs->spdm.doc,
		.refs = docs->spdm.count };
	if (o->devices_challenge != NULL)
		status = att_ctl_nonce(o->cmd, o->devices_challenge,
		    &v->challenge);
	else if (item->state == ATT_ITEM_PRESENT)
		take_own(o->file, item->bytes, v);
	if (status != ATT_CTL_GOOD)
		return status;
	take_given(v, a);
	a->devices = &v->devices;
	return ATT_CTL_GOOD;
}

static int
read_known(const char *file, struct att_verify_beneath *v)
{
	struct att_err err = { 0 };

	v->known_file = ATT_BUF(ATT_FWKNOWN_MAX);
	if (att_ctl_read(file, &v->known_file, &err) < 0)
		return att_ctl_fail(NULL, &err);
	/* as `attestctl node firmware --known` writes it */
	while (v->known_file.len > 0 &&
	    v->known_file.data[v->known_file.len - 1] == '\n')
		v->known_file.len--;
	if (att_fwknown_parse(att_buf_view(&v->known_file), &v->known, &err) <
	    0)
		return att_ctl_fail(file, &err);
	return ATT_CTL_GOOD;
}

static int
take_firmware(const struct att_verify_options *o,
    const struct att_refdocs *docs, struct att_verify_beneath *v,
    struct att_appraisal *a)
{
	int status = ATT_CTL_GOOD;

	if (o->known != NULL &&
	    (status = read_known(o->known, v)) != ATT_CTL_GOOD)
		return status;
	v->firmware = (struct att_firmware_basis){
		.ref = (const struct att_fwref *const *)docs->firmware.doc,
		.refs = docs->firmware.count,
		.advisories = (const struct att_fwadvisories *const *)
		    docs->advisories.doc,
		.advisory_lists = docs->advisories.count,
		.known = v->known };
	a->firmware = &v->firmware;
	return ATT_CTL_GOOD;
}

/* An option, and nothing that it is for. */
static int
check_use(const struct att_verify_options *o, const struct att_refdocs *docs)
{
	if (o->devices_challenge != NULL && docs->spdm.count == 0)
		return att_ctl_misused(o->cmd, "--devices-challenge is for "
		    "reference values of devices, and none are given");
	if (o->known != NULL && docs->firmware.count == 0)
		return att_ctl_misused(o->cmd, "--known is looked at beside "
		    "reference values of firmware, and none are given");
	return ATT_CTL_GOOD;
}

int
att_verify_beneath(const struct att_verify_options *o,
    const struct att_refdocs *docs, struct att_verify_beneath *v,
    struct att_appraisal *a, struct att_policy *policy)
{
	int status = check_use(o, docs);

	v->challenge = ATT_BUF(ATT_CHALLENGE_MAX);
	v->posture = (struct att_posture_basis){
		(const struct att_posture_rules *const *)docs->posture.doc,
		docs->posture.count };
	/* some of it is looked at without rules, too */
	a->posture = &v->posture;
	if (docs->posture.count > 0)
		policy->claims |= ATT_CLAIM_POSTURE;
	if (docs->firmware.count > 0)
		policy->claims |= ATT_CLAIM_FIRMWARE;
	if (status == ATT_CTL_GOOD)
		status = take_firmware(o, docs, v, a);
	if (status == ATT_CTL_GOOD && docs->spdm.count > 0) {
		policy->claims |= ATT_CLAIM_DEVICES;
		status = take_devices(o, docs, v, a);
	}
	return status;
}
