/*
 * What the verifier remembers, in SQLite (WAL). Every function is one atomic
 * step, safe to call from several threads. Times are seconds since 1970 and
 * come from the caller. Failures of the store are ATT_E_DB with SQLite's
 * result code as sub-code.
 *
 * Structs own their buffers: start from zero ({ 0 }), free with the _done
 * function beside them.
 */
#ifndef ATT_VERIFIER_STORE_H
#define ATT_VERIFIER_STORE_H

#include "appraise/imajudge.h"
#include "appraise/quote.h"
#include "appraise/refvalue.h"
#include "base/buf.h"
#include "base/digest.h"
#include "crypto/cert.h"
#include "evidence/binding.h"
#include "evidence/facts.h"

#define ATT_STORE_SCHEMA 6	/* PRAGMA user_version of this source */
#define ATT_NODE_ID_MAX 80	/* bytes, notes of the push protocol */
#define ATT_NODE_LABEL_MAX 64	/* bytes of vendor, product, group */
#define ATT_STORE_PENDING_MAX 64 /* unproven registrations kept for an id */
#define ATT_STORE_PENDING_AGE 86400	/* seconds; of endorsed ones */
#define ATT_STORE_WAITING_MAX 10000	/* unproven registrations in all */

struct att_store;

/*
 * Opens or makes the file (0600), brings an older schema up to date in one
 * transaction, refuses a newer one (ATT_E_UNSUPPORTED).
 */
int att_store_open(const char *path, struct att_store **ret,
    struct att_err *err) ATT_MUST;
void att_store_close(struct att_store *s);
ATT_DEFINE_AUTO(struct att_store, att_store_close)

/* -- nodes ---------------------------------------------------------------- */

/* How an EK came to be trusted; the zero value is: it is not. */
enum att_endorsement {
	ATT_ENDORSED_NO = 0,
	ATT_ENDORSED_CA,	/* chains to a CA of ek_ca_dir */
	ATT_ENDORSED_OPERATOR,	/* admitted by an operator */
	ATT_ENDORSED_ANY,	/* require_ek_cert was off: by nobody */
};

#define ATT_BOOT_TIME_MAX 40	/* bytes, RFC 3339 */
#define ATT_BOOT_ID_MAX 64	/* bytes */
#define ATT_STORE_BOOTS_MAX 100	/* boots kept of one node */

enum att_stage {
	ATT_STAGE_AWAITING = 0,	/* evidence was asked for */
	ATT_STAGE_DONE,		/* evidence came and was appraised */
	ATT_STAGE_BROKEN,	/* claimed, and not finished: undecided */
};

struct att_node {
	char id[ATT_NODE_ID_MAX + 1];
	/* the operator's words, or "" */
	char vendor[ATT_NODE_LABEL_MAX + 1];
	char product[ATT_NODE_LABEL_MAX + 1];
	char group[ATT_NODE_LABEL_MAX + 1];
	enum att_endorsement endorsement;
	struct att_buf ek_public;	/* TPM2B_PUBLIC */
	struct att_buf ek_cert;		/* DER, or empty */
	struct att_buf ak_public;	/* TPM2B_PUBLIC */
	int64_t activated;	/* since when this AK is the node's */
	int64_t last_seen;	/* last evidence; 0: none yet */
	int64_t last_pass;	/* 0: never */
	uint64_t passes;
	/* of the last quote that held */
	struct att_quote_state clock;
	char boot_time[ATT_BOOT_TIME_MAX + 1];
	char boot_id[ATT_BOOT_ID_MAX + 1];
	/* of the newest attestation with evidence; AWAITING: there is none */
	enum att_stage stage;
	char verdict[16];
	/* what it was told then, in seconds from last_seen on */
	int64_t interval;	/* between two attestations; 0: not kept */
	int64_t wait;		/* to the next one; 0: the same */
};

void att_node_done(struct att_node *n);

/* ATT_E_NOT_FOUND if no node with this id has been activated. */
int att_store_node_get(struct att_store *s, const char *id,
    struct att_node *ret, struct att_err *err) ATT_MUST;
/*
 * In the order of ids, from the one behind `after` on ("": from the first),
 * until `each` returns non-zero: that is returned.
 */
int att_store_node_each(struct att_store *s, const char *after,
    int (*each)(void *ctx, const struct att_node *n), void *ctx,
    struct att_err *err) ATT_MUST;
/* A boot of a node, as it named it, from quotes that held. */
struct att_boot {
	const char *boot_time, *boot_id;
	uint32_t reset_count;
	int64_t first_seen, last_seen;
};
/* Newest first. */
int att_store_boot_each(struct att_store *s, const char *node,
    int (*each)(void *ctx, const struct att_boot *b), void *ctx,
    struct att_err *err) ATT_MUST;
/* Forgets the node and all that is its own; its audit trail stays. */
int att_store_node_delete(struct att_store *s, const char *id,
    struct att_err *err) ATT_MUST;

/*
 * The operator's word on an id, before or after it registers. NULL leaves a
 * value as it is; `ek` (SHA-256 over the EK's TPM2B_PUBLIC) admits that EK.
 * `any_ek` admits the next one that proves itself; from then on that one, and
 * no other, is admitted. An id for which an EK is admitted is kept for that
 * TPM: none that a CA endorses gets it.
 */
struct att_admission {
	const char *vendor;
	const char *product;
	const char *group;
	const struct att_digest *ek;
	const bool *any_ek;
};

/* ATT_E_CONFLICT if a node of another EK than `ek` has the id by now. */
int att_store_admit(struct att_store *s, const char *id,
    const struct att_admission *a, int64_t now, struct att_err *err) ATT_MUST;
/* True in *ret if the operator admitted this EK for this id. */
int att_store_is_admitted(struct att_store *s, const char *id,
    struct att_slice ek_public, bool *ret, struct att_err *err) ATT_MUST;

/* -- registration --------------------------------------------------------- */

/* What a POST to the registrar asked for; nothing in it is proven yet. */
struct att_registration {
	const char *id;
	struct att_slice ek_public;	/* TPM2B_PUBLIC */
	struct att_slice ek_cert;	/* DER, or empty */
	struct att_slice ak_public;	/* TPM2B_PUBLIC */
	struct att_digest ek_key;	/* att_tpm_public_key_digest */
	enum att_endorsement endorsement; /* NO: waits for an operator */
	struct att_digest tag;	/* SHA-256 of the auth_tag that proves it */
};

/*
 * Keeps it beside others for the same id, ATT_STORE_PENDING_MAX of them, those
 * with an endorsed EK first, then the newest: strangers cannot displace it.
 * ATT_E_CONFLICT if the id belongs to a node with another EK, or the EK to a
 * node with another id, or the operator keeps the id for another EK.
 */
int att_store_pending_put(struct att_store *s,
    const struct att_registration *reg, int64_t now, struct att_err *err)
    ATT_MUST;
enum att_activation {
	ATT_ACTIVATED_NEW,	/* a node that was not known */
	ATT_ACTIVATED_SAME,	/* nothing changed */
	ATT_ACTIVATED_NEW_AK,	/* the same EK with another AK */
};
/*
 * Makes the registration with this tag the node, unless its EK is not endorsed
 * (ATT_E_DENIED), id or EK belong to another node by now (ATT_E_CONFLICT) or
 * `max_nodes` are there (ATT_E_LIMIT). No such tag: ATT_E_NOT_FOUND. The same
 * tag again changes nothing and is fine. A new AK of the same EK takes the old
 * one's place, with a fresh clock, no session, no evidence and no logs.
 */
int att_store_activate(struct att_store *s, const char *id,
    const struct att_digest *tag, int64_t max_nodes, int64_t now,
    enum att_activation *ret, struct att_err *err) ATT_MUST;

struct att_waiting {
	const char *id;
	struct att_digest ek;	/* SHA-256 over the TPM2B_PUBLIC */
	bool has_cert;
	int64_t since;
};
/*
 * Registrations that no CA and no operator endorses, newest first: a node asks
 * again and again, so what strangers leave does not stay before it.
 */
int att_store_waiting_each(struct att_store *s,
    int (*each)(void *ctx, const struct att_waiting *w), void *ctx,
    struct att_err *err) ATT_MUST;

/* -- sessions ------------------------------------------------------------- */

#define ATT_SESSION_ID_MAX 64
#define ATT_STORE_SESSIONS_MAX 100000	/* unproven ones; the oldest go */

struct att_session {
	char id[ATT_SESSION_ID_MAX + 1];
	char node[ATT_NODE_ID_MAX + 1];
	uint8_t challenge[32];
	size_t challenge_len;
	int64_t challenge_expires;
	bool proven;		/* a proof was taken; the token was made */
	struct att_digest token;	/* SHA-256 of the token */
	int64_t token_expires;
};

/* A new one, not proven; of these the oldest make room. */
int att_store_session_put(struct att_store *s, const struct att_session *ses,
    struct att_err *err) ATT_MUST;
/* Proven or not; ATT_E_NOT_FOUND. When it ends is for the caller to look at. */
int att_store_session_get(struct att_store *s, const char *id,
    struct att_session *ret, struct att_err *err) ATT_MUST;
/*
 * Takes the proof once (ATT_E_CONFLICT after that), sets the token, and ends
 * every other session of the node.
 */
int att_store_session_prove(struct att_store *s, const char *id,
    const struct att_digest *token, int64_t token_expires,
    struct att_err *err) ATT_MUST;
/* The session that this token opens; ATT_E_NOT_FOUND, ATT_E_EXPIRED. */
int att_store_session_by_token(struct att_store *s,
    const struct att_digest *token, int64_t now, struct att_session *ret,
    struct att_err *err) ATT_MUST;
/* Of one that is proven; if there is none of this id, nothing changes. */
int att_store_session_extend(struct att_store *s, const char *id,
    int64_t token_expires, struct att_err *err) ATT_MUST;
/* Ends one without a proof: what was refused is not tried a second time. */
int att_store_session_delete(struct att_store *s, const char *id,
    struct att_err *err) ATT_MUST;

/* -- attestations --------------------------------------------------------- */

#define ATT_STORE_HISTORY_MAX 1000	/* attestations kept of one node */

/* A log that a node's evidence can have by its digest. */
struct att_store_log {
	struct att_digest sha256;	/* of bytes */
	struct att_slice bytes;
};
#define ATT_STORE_LOG_MAX (4u << 20)	/* bytes of one that is held */

/* A device that answered for a component of the node. */
struct att_store_seen {
	const char *component, *issuer, *serial;
	uint64_t security_version;	/* 0: not one to be remembered */
	/* not the enrolled one: for the operator to accept */
	bool other;
};

/* What is known of a node's firmware (appraise/fwknown.h). */
struct att_store_firmware {
	struct att_buf known;	/* JSON, or empty: nothing */
	/* of what was read: to be stored only in its place */
	int64_t generation;
};

struct att_attestation {
	char node[ATT_NODE_ID_MAX + 1];
	uint64_t index;		/* per node, from 0 */
	enum att_stage stage;
	struct att_buf challenge;
	struct att_buf offer;	/* what the node sent, kept with evidence */
	struct att_buf demand;	/* and what it was answered; the same */
	int64_t created;
	int64_t expires;	/* of the challenge */
	int64_t received;	/* of the evidence; 0: none */
	char boot_time[ATT_BOOT_TIME_MAX + 1];	/* as the agent said */
	char boot_id[ATT_BOOT_ID_MAX + 1];	/* the same, or "" */
	char verdict[16];	/* "undecided", "pass", "fail" */
	struct att_buf findings; /* JSON array */
	struct att_buf result;	/* signed result (JWT), or empty */
	struct att_buf evidence; /* what the node sent then, or empty */
	/* to be stored with it; borrowed */
	const struct att_facts *facts;	/* or NULL */
	size_t logs;
	const struct att_store_log *log;	/* those of its evidence */
	size_t devices;
	const struct att_store_seen *device;
	const struct att_store_firmware *firmware;	/* or NULL: as it was */
	int64_t interval, wait;	/* of struct att_node, from now on */
};

void att_attestation_done(struct att_attestation *a);

/*
 * Adds one that waits for evidence. Its index is the newest one's plus 1, or 0;
 * ATT_E_CONFLICT if it is there by now. An older one that still waits is
 * thereby closed: its challenge cannot be used any more.
 */
int att_store_attestation_add(struct att_store *s,
    const struct att_attestation *a, struct att_err *err) ATT_MUST;
/* The newest of the node, without evidence; ATT_E_NOT_FOUND. */
int att_store_attestation_latest(struct att_store *s, const char *node,
    struct att_attestation *ret, struct att_err *err) ATT_MUST;
/* The newest one that was claimed, without evidence; ATT_E_NOT_FOUND. */
int att_store_attestation_judged(struct att_store *s, const char *node,
    struct att_attestation *ret, struct att_err *err) ATT_MUST;
/* The newest one of which evidence is kept, with it; ATT_E_NOT_FOUND. */
int att_store_attestation_kept(struct att_store *s, const char *node,
    struct att_attestation *ret, struct att_err *err) ATT_MUST;
/*
 * Claims the challenge: ATT_STAGE_AWAITING -> ATT_STAGE_BROKEN, once; a second
 * claim is ATT_E_CONFLICT. Whoever holds the claim appraises and calls finish;
 * a crash in between leaves the attestation undecided for ever.
 */
int att_store_attestation_claim(struct att_store *s, const char *node,
    uint64_t index, int64_t now, struct att_err *err) ATT_MUST;

/*
 * Stores verdict, findings, result, evidence, facts, logs, devices and firmware
 * of *a, the node's clock and boot and that this challenge was given (clock
 * NULL: none of these), and its last_seen, last_pass, passes, interval and
 * wait, in one step, which survives a loss of power if there are facts: the
 * node forgets them on the strength of it. Evidence older than the newest
 * `keep` attestations of the node is dropped, and so are logs that only such
 * evidence has: what is kept can be made whole.
 */
int att_store_attestation_finish(struct att_store *s,
    const struct att_attestation *a, const struct att_quote_state *clock,
    unsigned keep, struct att_err *err) ATT_MUST;
/* Newest first, without offer, demand, result and evidence, at most `max`. */
int att_store_attestation_each(struct att_store *s, const char *node,
    unsigned max, int (*each)(void *ctx, const struct att_attestation *a),
    void *ctx, struct att_err *err) ATT_MUST;

/* By node and digest: nobody is told of another node's logs. */
int att_store_log_has(struct att_store *s, const char *node,
    const struct att_digest *sha256, bool *ret, struct att_err *err) ATT_MUST;
/* ATT_E_NOT_FOUND. Whether the bytes still have that digest is not asked. */
int att_store_log_get(struct att_store *s, const char *node,
    const struct att_digest *sha256, struct att_buf *ret, struct att_err *err)
    ATT_MUST;
/* What is not there is no error. */
int att_store_log_drop(struct att_store *s, const char *node,
    const struct att_digest *sha256, struct att_err *err) ATT_MUST;

/* -- devices, firmware ---------------------------------------------------- */

/* A challenge whose quote held; the newest ATT_STORE_HISTORY_MAX are kept. */
struct att_store_given {
	int64_t at;
	uint32_t reset_count, restart_count;	/* of that quote */
};
/* ATT_E_NOT_FOUND: this node did not get it. */
int att_store_given_get(struct att_store *s, const char *node,
    struct att_slice challenge, struct att_store_given *ret,
    struct att_err *err) ATT_MUST;

#define ATT_STORE_DEVICES_MAX 64	/* of one node: as many as evidence */

/* A component's device. */
struct att_store_device {
	char component[ATT_DEVICE_NAME_MAX + 1];
	char issuer[ATT_CERT_NAME_MAX + 1];
	char serial[ATT_CERT_NAME_MAX + 1];
	uint64_t security_version;	/* the highest that was as expected */
	int64_t first_seen, last_seen;
	/* the last good one that answered in its place; "", 0: none */
	char other_issuer[ATT_CERT_NAME_MAX + 1];
	char other_serial[ATT_CERT_NAME_MAX + 1];
	int64_t other_seen;
};
/* In the order of components; `each` may call the store. */
int att_store_device_each(struct att_store *s, const char *node,
    int (*each)(void *ctx, const struct att_store_device *d), void *ctx,
    struct att_err *err) ATT_MUST;
/*
 * 1 with the first node but this one for which this device is enrolled, or
 * 0.
 */
int att_store_device_elsewhere(struct att_store *s, const char *node,
    const char *issuer, const char *serial,
    char ret[static ATT_NODE_ID_MAX + 1], struct att_err *err) ATT_MUST;
/*
 * Makes the other one with this serial number the component's device;
 * ATT_E_NOT_FOUND if the last that answered is none such.
 */
int att_store_device_accept(struct att_store *s, const char *node,
    const char *component, const char *serial, int64_t now,
    struct att_err *err) ATT_MUST;
/* The next one that answers is enrolled; ATT_E_NOT_FOUND. */
int att_store_device_delete(struct att_store *s, const char *node,
    const char *component, struct att_err *err) ATT_MUST;

/* Nothing is known: empty. */
int att_store_firmware_get(struct att_store *s, const char *node,
    struct att_store_firmware *ret, struct att_err *err) ATT_MUST;
void att_store_firmware_done(struct att_store_firmware *f);
/* The next pass is learnt from anew; ATT_E_NOT_FOUND if nothing is known. */
int att_store_firmware_forget(struct att_store *s, const char *node,
    int64_t now, struct att_err *err) ATT_MUST;

/* -- facts ---------------------------------------------------------------- */

#define ATT_STORE_FACTS_MAX 1000	/* of one node; the oldest go */
#define ATT_STORE_QUEUES_MAX 16	/* of one node; those not used longest go */

/*
 * The seq of the last fact that was taken of this queue of this node, or 0. One
 * that is no higher is never stored again.
 */
int att_store_fact_taken(struct att_store *s, const char *node,
    const char *queue, int64_t *ret, struct att_err *err) ATT_MUST;

struct att_store_fact {
	char queue[ATT_FACT_QUEUE_LEN + 1];
	int64_t received;
	struct att_fact fact;
};
/* The newest first, as they came. */
int att_store_fact_each(struct att_store *s, const char *node, unsigned max,
    int (*each)(void *ctx, const struct att_store_fact *f), void *ctx,
    struct att_err *err) ATT_MUST;

/* -- reference values, policies, audit trail ------------------------------ */

#define ATT_REFERENCE_ID_MAX ATT_REF_ID_MAX	/* bytes */
#define ATT_STORE_REFERENCES_MAX 1024

/* `json` is the document as the operator gave it; ATT_E_LIMIT. */
int att_store_reference_put(struct att_store *s, const char *id,
    struct att_slice json, int64_t now, struct att_err *err) ATT_MUST;
/* ATT_E_NOT_FOUND. */
int att_store_reference_get(struct att_store *s, const char *id,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
int att_store_reference_delete(struct att_store *s, const char *id,
    struct att_err *err) ATT_MUST;
/* In the order of ids; `each` may call the store. */
int att_store_reference_each(struct att_store *s,
    int (*each)(void *ctx, const char *id, struct att_slice json), void *ctx,
    struct att_err *err) ATT_MUST;

#define ATT_STORE_RUNTIMES_MAX 64
/* The same four for runtime policies. */
int att_store_runtime_put(struct att_store *s, const char *id,
    struct att_slice json, int64_t now, struct att_err *err) ATT_MUST;
int att_store_runtime_get(struct att_store *s, const char *id,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
int att_store_runtime_delete(struct att_store *s, const char *id,
    struct att_err *err) ATT_MUST;
int att_store_runtime_each(struct att_store *s,
    int (*each)(void *ctx, const char *id, struct att_slice json), void *ctx,
    struct att_err *err) ATT_MUST;

/* How far a node's IMA list was judged and found good, and by what. */
struct att_store_ima {
	char boot[ATT_BOOT_ID_MAX + 1];	/* boot_id, or boot_time without one */
	uint32_t reset_count;
	struct att_digest policy;	/* att_runtime_set_digest */
	struct att_ima_known known;
};
/* Takes the place of what was kept of this node. */
int att_store_ima_put(struct att_store *s, const char *node,
    const struct att_store_ima *i, struct att_err *err) ATT_MUST;
/* ATT_E_NOT_FOUND. */
int att_store_ima_get(struct att_store *s, const char *node,
    struct att_store_ima *ret, struct att_err *err) ATT_MUST;
/* What is not there is no error. */
int att_store_ima_drop(struct att_store *s, const char *node,
    struct att_err *err) ATT_MUST;

/* How far it was shown; takes the place of what was kept of this node. */
int att_store_shown_put(struct att_store *s, const char *node,
    const struct att_ima_shown *i, struct att_err *err) ATT_MUST;
/* ATT_E_NOT_FOUND. */
int att_store_shown_get(struct att_store *s, const char *node,
    struct att_ima_shown *ret, struct att_err *err) ATT_MUST;

/* Drops sessions and registrations that can be of no use any more. */
int att_store_sweep(struct att_store *s, int64_t now, struct att_err *err)
    ATT_MUST;

/* One line of the audit trail; `text` is made safe to print. */
struct att_audit {
	int64_t time;
	const char *node;	/* id, or "" */
	const char *kind;	/* one of att_audit_kind_at */
	const char *text;
};
/*
 * Lines kept: what a stranger or a node can have written as often as it likes
 * displaces nothing of another kind, or of another node.
 */
#define ATT_STORE_AUDIT_KIND_MAX 10000	/* of one kind */
#define ATT_STORE_AUDIT_NODE_MAX 200	/* of one kind and one node */

/* As PROTOCOL-operator.txt, 5, lists them; NULL behind the last. */
const char *att_audit_kind_at(size_t i) ATT_MUST;
bool att_audit_kind_is_known(const char *kind) ATT_MUST;

/* ATT_E_USAGE if the kind is not known. */
int att_store_audit_add(struct att_store *s, const struct att_audit *a,
    struct att_err *err) ATT_MUST;
/* Newest first; node or kind NULL: of all. */
int att_store_audit_each(struct att_store *s, const char *node,
    const char *kind, unsigned max,
    int (*each)(void *ctx, const struct att_audit *a), void *ctx,
    struct att_err *err) ATT_MUST;

#endif
