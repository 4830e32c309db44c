/*
 * Evidence spdm_measurements: what devices signed for a challenge of the
 * verifier, as their BMC handed it out. docs/PROTOCOL-spdm.txt, section 5.
 *
 * A device takes seconds to sign and a BMC may hang, so that no quote waits for
 * either: the agent asks the devices after an attestation, with nonces made of
 * the challenge of that attestation, and the next one carries their answers
 * and says which challenge it was. The verifier looks it up among those that
 * it gave to this very node.
 */
#ifndef ATT_FIRMWARE_SPDM_EVIDENCE_H
#define ATT_FIRMWARE_SPDM_EVIDENCE_H

#include "base/buf.h"
#include "firmware/component.h"
#include "firmware/spdm_vca.h"

#define ATT_SPDM_EVIDENCE_FORMAT "attestd-spdm/1"
#define ATT_SPDM_EVIDENCE_MAX (8u << 20)	/* bytes of a document */
#define ATT_SPDM_DEVICES_MAX 64
#define ATT_SPDM_DEVICE_NAME_MAX 255
#define ATT_SPDM_CHALLENGE_MAX 64
#define ATT_SPDM_CHAIN_MAX (64u << 10)	/* bytes of PEM */

struct att_spdm_component {
	/* Id of its ComponentIntegrity resource */
	char name[ATT_SPDM_DEVICE_NAME_MAX + 1];
	enum att_measured result;
	char reason[ATT_COMPONENT_REASON_MAX + 1];	/* "" if OK */
	struct att_buf transcript;	/* bytes; empty unless OK */
	struct att_buf chain;		/* PEM, the leaf first */
	/* as the BMC told them; zero where it did not */
	struct att_spdm_algorithms algorithms;
};

struct att_spdm_evidence {
	uint8_t challenge[ATT_SPDM_CHALLENGE_MAX];
	size_t challenge_len;	/* 16 to 64 */
	int64_t at;		/* seconds since 1970, the node's clock */
	/* sorted by name */
	struct att_spdm_component *device;
	size_t count;
};
void att_spdm_evidence_free(struct att_spdm_evidence *e);
ATT_DEFINE_AUTO(struct att_spdm_evidence, att_spdm_evidence_free)

/* Printable ASCII in lines, and not empty: what is taken as a chain. */
bool att_spdm_chain_is_text(struct att_slice s) ATT_MUST;

/* Appends it in canonical form: encode(parse(x)) == x for it. */
int att_spdm_evidence_encode(const struct att_spdm_evidence *e,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
int att_spdm_evidence_parse(struct att_slice text,
    struct att_spdm_evidence **ret, struct att_err *err) ATT_MUST;

#endif
