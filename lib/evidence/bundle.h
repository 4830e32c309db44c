/*
 * Evidence of one node: what appraisal takes, and its form as a file, a CMW
 * collection (RFC 9999, JSON). docs/PROTOCOL-evidence.txt describes the file.
 */
#ifndef ATT_EVIDENCE_BUNDLE_H
#define ATT_EVIDENCE_BUNDLE_H

#include "base/buf.h"
#include "base/pcr.h"
#include "evidence/binding.h"

/* What a verifier can ask for beside the quote. */
enum att_item {
	ATT_ITEM_UEFI_LOG,
	ATT_ITEM_USERSPACE_LOG,
	ATT_ITEM_IMA_LOG,
	ATT_ITEM_FIRMWARE_CLAIMS,
	ATT_ITEM_NODE_FACTS,	/* evidence/facts.h */
	ATT_ITEM_PLATFORM_POSTURE,
	ATT_ITEM_SPDM_MEASUREMENTS,	/* firmware/spdm_evidence.h */
	ATT_ITEM_COUNT
};

/* "uefi_log": the evidence type of the push protocol; NULL if out of range. */
const char *att_item_name(enum att_item item) ATT_MUST;
/* ATT_ITEM_COUNT if the name is not known. */
enum att_item att_item_by_name(const char *name) ATT_MUST;

/* "Could not read" is a state of its own and never looks like "empty". */
enum att_item_state {
	ATT_ITEM_ABSENT,	/* nothing said about it */
	ATT_ITEM_PRESENT,	/* bytes are what was read, maybe none */
	ATT_ITEM_UNREADABLE,	/* the node tried and failed */
};

struct att_evidence_item {
	enum att_item_state state;
	struct att_slice bytes;	/* PRESENT: the item as it was read */
	const char *reason;	/* UNREADABLE: the node's words, clean text */
};

#define ATT_ITEM_MAX (16u << 20)	/* bytes of one item */
#define ATT_BUNDLE_MAX (32u << 20)	/* bytes of the file */
#define ATT_BUNDLE_TEXT_MAX 255		/* bytes of each text below */
#define ATT_BUNDLE_EXTRA_MAX 32		/* members not known here */
#define ATT_AGENT_ID_MAX 80
#define ATT_QUOTE_PART_MAX 4096		/* attest, signature, AK public */
#define ATT_EK_CERT_MAX 16384

/*
 * One set of evidence. Slices and texts belong to whoever filled it. All of
 * it is what the node says; only appraisal makes something of it. Texts are
 * never NULL once filled by att_bundle_parse; "" says nothing.
 */
struct att_evidence {
	struct att_slice attest;	/* TPMS_ATTEST, no TPM2B around it */
	struct att_slice signature;	/* TPMT_SIGNATURE */
	struct att_slice ak_public;	/* TPMT_PUBLIC, or empty */
	struct att_slice ek_cert;	/* DER, or empty */
	struct att_pcrs pcrs;		/* values as read; not yet proven */
	struct att_slice challenge;
	/*
	 * The binding that the quote was made for: `bound` false means
	 * qualifyingData is the challenge itself; true means
	 * att_binding_compute over the items of bound_item, in this order.
	 */
	bool bound;
	size_t bound_count;
	enum att_item bound_item[ATT_ITEM_COUNT];
	struct att_evidence_item item[ATT_ITEM_COUNT];
	int64_t collected_at;		/* the node's clock, seconds; 0: none */
	const char *agent_id;
	const char *boot_id;		/* /proc/sys/kernel/random/boot_id */
	/* DMI as the node read it: a hint for people, never an input. */
	const char *hint_vendor, *hint_product;
};

/*
 * qualifyingData that evidence `e` must have been quoted with, for `challenge`
 * and `count` items that the verifier asked for. An item that is not present
 * is ATT_E_NOT_FOUND: nothing can be bound to it.
 *
 * ima_log has no part in it: that list must be read after the quote, which
 * proves a beginning of it by PCR 10 (docs/PROTOCOL-push.txt).
 */
int att_evidence_binding(const struct att_evidence *e, struct att_hasher *h,
    struct att_slice challenge, const enum att_item *item, size_t count,
    struct att_digest *ret, struct att_err *err) ATT_MUST;

/* A parsed file: the evidence, and the memory behind its slices. */
struct att_bundle;
void att_bundle_free(struct att_bundle *b);
ATT_DEFINE_AUTO(struct att_bundle, att_bundle_free)
/* Borrowed; lives as long as `b`. */
const struct att_evidence *att_bundle_evidence(const struct att_bundle *b)
    ATT_MUST;

/*
 * Parses a file of at most ATT_BUNDLE_MAX bytes. Members of the collection
 * that are not known here are kept for encoding and otherwise passed over;
 * inside the known members nothing unknown is taken. `text` is not needed
 * afterwards.
 */
int att_bundle_parse(struct att_slice text, struct att_bundle **ret,
    struct att_err *err) ATT_MUST;
/*
 * Appends the file in its canonical form (sorted members, no white space, a
 * newline at the end): for such a file encode(parse(x)) == x.
 */
int att_bundle_encode(const struct att_bundle *b, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* The same for evidence that was never a file. */
int att_evidence_encode(const struct att_evidence *e, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
