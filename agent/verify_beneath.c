#include "agent/verify_beneath.h"

#include <string.h>

#include "agent/ctl_agent.h"
#include "evidence/tpm_attest.h"

void
att_verify_beneath_done(struct att_verify_beneath *v)
{
	att_buf_done(&v->challenge);
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
take_devices(const struct att_ctl_command *cmd, const char *file,
    const char *given, const struct att_refdocs *docs,
    struct att_verify_beneath *v, struct att_appraisal *a)
{
	const struct att_evidence_item *item =
	    &a->evidence->item[ATT_ITEM_SPDM_MEASUREMENTS];
	int status = ATT_CTL_GOOD;

	v->devices = (struct att_devices_basis){
		.ref = (const struct att_spdm_ref *const *)docs->spdm.doc,
		.refs = docs->spdm.count };
	if (given != NULL)
		status = att_ctl_nonce(cmd, given, &v->challenge);
	else if (item->state == ATT_ITEM_PRESENT)
		take_own(file, item->bytes, v);
	if (status != ATT_CTL_GOOD)
		return status;
	take_given(v, a);
	a->devices = &v->devices;
	return ATT_CTL_GOOD;
}

int
att_verify_beneath(const struct att_ctl_command *cmd, const char *file,
    const char *given, const struct att_refdocs *docs,
    struct att_verify_beneath *v, struct att_appraisal *a,
    struct att_policy *policy)
{
	v->challenge = ATT_BUF(ATT_CHALLENGE_MAX);
	if (docs->spdm.count == 0)
		return given == NULL ? ATT_CTL_GOOD :
		    att_ctl_misused(cmd, "--devices-challenge is for reference "
			"values of devices, and none are given");
	policy->claims |= ATT_CLAIM_DEVICES;
	return take_devices(cmd, file, given, docs, v, a);
}
