/*
 * What the verifier brings to the appraisal of what runs beneath a node's
 * system (appraise/beneath.h), and what it remembers of it: devices that sign
 * their measurements, the challenge that they answered, and firmware.
 */
#ifndef ATT_VERIFIER_BENEATH_H
#define ATT_VERIFIER_BENEATH_H

#include "appraise/appraise.h"
#include "verifier/received.h"
#include "verifier/verifier.h"

/* Are there values for devices of this node at this time? */
bool att_beneath_wants_devices(const struct att_refs *refs,
    const struct att_node *node, int64_t now) ATT_MUST;

/* Stays where it is: its members point into it. */
struct att_beneath_plan {
	bool needs_firmware, needs_devices, needs_posture;
	struct att_posture_basis posture;
	struct att_firmware_basis firmware;
	struct att_firmware_policy policy;
	struct att_store_firmware stored;	/* what is known, or will be */
	struct att_fwknown *fwknown;
	struct att_devices_basis devices;
	struct att_store *store;	/* borrowed, for the next */
	const char *node;
	struct att_challenge_given given;
	uint8_t challenge[ATT_CHALLENGE_MAX];
	struct att_store_device *known;		/* owned */
	size_t knowns;
	struct att_device_known view[ATT_STORE_DEVICES_MAX];
	/* what will be stored */
	struct att_store_seen seen[ATT_STORE_DEVICES_MAX];
};
void att_beneath_plan_done(struct att_beneath_plan *p);

/*
 * Reads what the store knows, as far as this evidence needs it. `refs` are held
 * as long as the plan is used.
 */
int att_beneath_plan(struct att_verifier *v, const struct att_refs *refs,
    const struct att_node *node, const struct att_received *got, int64_t now,
    struct att_beneath_plan *ret, struct att_err *err) ATT_MUST;
/* Makes it part of the appraisal. */
void att_beneath_plan_apply(const struct att_beneath_plan *p,
    struct att_appraisal *a, struct att_policy *policy);
/*
 * What came of it, to be stored with *att: borrows from plan and verdict. And
 * when the node is to come again, if that is sooner than usual.
 */
int att_beneath_plan_keep(struct att_beneath_plan *p,
    const struct att_verifier_config *config, const struct att_node *node,
    const struct att_verdict *verdict, struct att_attestation *att,
    struct att_err *err) ATT_MUST;
/* Tells the audit trail what was learnt, and which other device came. */
void att_beneath_plan_note(struct att_verifier *v,
    const struct att_beneath_plan *p, const struct att_attestation *att,
    int64_t now);

#endif
