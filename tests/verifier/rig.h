/*
 * A verifier in a directory of its own, and the steps by which a node of
 * softnode.h talks to it: in this process, without a network, at a time that
 * the test sets.
 */
#ifndef ATT_TESTS_VERIFIER_RIG_H
#define ATT_TESTS_VERIFIER_RIG_H

#include "http/client.h"
#include "protocol/session.h"
#include "protocol/status.h"
#include "tests/verifier/softnode.h"
#include "verifier/api.h"

#define RIG_NOW 1800000000	/* 2027-01-15 */
#define RIG_OPERATOR "0123456789abcdef0123456789abcdef"

struct rig {
	char dir[32];
	struct softca ca;	/* trusted by the verifier */
	struct att_verifier_config config;
	struct att_verifier *v;
	int64_t now;
	/* not NULL: requests go this way, and v is in another process */
	struct att_http_client *wire;
};
/* µs of CPU that this thread has used; and of them within the verifier. */
double rig_cpu(void);
extern _Thread_local double rig_spent;
/* `more` are further lines of configuration, or "". */
void rig_start(struct rig *r, const char *more);
/* The directory and its files alone, and the configuration that names them. */
void rig_prepare(struct rig *r, const char *more, struct att_buf *ret_config);
void rig_put_file(const struct rig *r, const char *name,
    struct att_slice bytes);
/* The same directory with a new process' eyes. */
void rig_restart(struct rig *r);
void rig_stop(struct rig *r);

/* An answer, owned; text is the body with a NUL. */
struct answer {
	unsigned status;
	char *text;
	size_t len;
	char *location;
	const char *content_type;
	int64_t retry_after;
	char allow[64];
	json_t *json;		/* NULL if it is none */
};
void answer_done(struct answer *a);

/* One request. `body` NULL: none; `token` NULL: none. */
void rig_ask(struct rig *r, const char *method, const char *path,
    const char *type, const char *token, const char *body,
    struct answer *ret);
/* The same with bytes, from another address. */
void rig_ask_from(struct rig *r, const char *peer, const char *method,
    const char *path, const char *type, const char *token,
    struct att_slice body, struct answer *ret);
/* By the operator; the body is JSON or NULL. */
void rig_operator(struct rig *r, const char *method, const char *path,
    const char *body, struct answer *ret);
/* errors[0].code of a verifier's refusal, or "". */
const char *answer_code(const struct answer *a);
/* The text that a refusal of any style has, or "". */
const char *answer_text(const struct answer *a);
/* True if the audit trail has such a line for this node. */
bool rig_noted(struct rig *r, const char *node, const char *kind,
    const char *word);

/* PUTs reference values that are this node's very boot, by event. */
void rig_reference(struct rig *r, const struct softnode *n, const char *id);
/* The same as `m` says. */
struct att_refmake;
void rig_reference_of(struct rig *r, const struct softnode *n,
    const struct att_refmake *m);

/* -- the steps of a node; each checks what it does not return ------------ */

/* POST to the registrar: the body that a good node sends, and its answer. */
void rig_register_body(const struct softnode *n, struct att_buf *ret);
void rig_register(struct rig *r, const struct softnode *n,
    struct answer *ret);
/* PUT with the secret of that answer. */
void rig_activate(struct rig *r, const struct softnode *n,
    const struct answer *registered, struct answer *ret);
/* Both, which must succeed. */
void rig_enrol(struct rig *r, const struct softnode *n);

/* POST of a session, which must succeed. */
void rig_session_open(struct rig *r, const char *id,
    struct att_session_challenge *ret);
/* PATCH with this TPMS_ATTEST, signed by the node. */
void rig_session_prove(struct rig *r, const struct softnode *n,
    const struct att_session_challenge *c, const struct att_attest *a,
    struct answer *ret);
/* Both, which must succeed; the token stands in the node then. */
void rig_session(struct rig *r, struct softnode *n);

/* POST of an offer: what the node offers, and the answer. */
void rig_offer(struct rig *r, const struct softnode *n, struct answer *ret);
/* The demand in an answer of 201. */
void rig_demand(const struct softnode *n, const struct answer *a,
    struct att_demand *ret);
/* The body of a PATCH. */
void rig_evidence_body(const struct softnode *n, const struct att_demand *d,
    struct att_buf *ret);
void rig_submit(struct rig *r, const struct softnode *n,
    const struct att_buf *body, struct answer *ret);
/* Offer and evidence, which must be taken. */
void rig_attest(struct rig *r, const struct softnode *n);
enum att_standing rig_standing(struct rig *r, const struct softnode *n);

#endif
