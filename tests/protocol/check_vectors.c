/*
 * check_vectors - recorded exchanges of a real Keylime, against the messages
 * of both sides.
 *
 * usage: check_vectors DIR
 *
 * DIR/keylime holds the exchanges: a node registers and passes twice, and what
 * is refused on the way. Each answer is parsed as the agent does, each request
 * as the verifier does; requests are written anew from the files they were
 * made of and must be the same member by member. Where DIR/keylime is absent
 * this is said, and nothing fails.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "evidence/tpm_attest.h"
#include "protocol/problem.h"
#include "protocol/registration.h"
#include "protocol/session.h"
#include "protocol/status.h"
#include "protocol/submission.h"

#define FILE_MAX (1u << 20)

static const char *vectors;
static size_t passed, failed;
static char said[512];

/* Says why and is false: a check is one long return. */
static bool ATT_PRINTF(1, 2)
complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	return false;
}

#define MUST(call)                                                           \
	do {                                                                 \
		struct att_err err_ = { 0 };                                 \
		struct att_err *err = &err_;                                 \
		if ((call) < 0)                                              \
			return complain("%s: %s", #call, err->text);         \
	} while (0)

#define SAME(condition)                                                      \
	do {                                                                 \
		if (!(condition))                                            \
			return complain("not so: %s", #condition);           \
	} while (0)

/* -- files ----------------------------------------------------------------- */

/* The file below DIR/keylime, whole; empty if it cannot be read. */
static struct att_buf
file(const char *name)
{
	struct att_buf b = ATT_BUF(FILE_MAX);
	struct att_err err = { 0 };
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/keylime/%s", vectors, name);
	if (att_file_read(path, &b, &err) < 0) {
		complain("%s", err.text);
		att_buf_reset(&b);
	}
	return b;
}

/* One exchange: both bodies as text, as they went over the wire. */
struct exchange {
	json_t *root;
	char *request, *answer;
	unsigned status;
};

static void
exchange_done(struct exchange *x)
{
	json_decref(x->root);
	free(x->request);
	free(x->answer);
}

static char *
body_of(const json_t *root, const char *side)
{
	const json_t *body = json_object_get(json_object_get(root, side),
	    "body");
	const json_t *raw = json_object_get(body, "not_json");

	if (body == NULL || json_is_null(body))
		return strdup("");
	return raw != NULL ? strdup(json_string_value(raw)) :
			     json_dumps(body, JSON_COMPACT);
}

static struct exchange
exchange(const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf b = file(name);
	struct exchange x = { 0 };

	x.root = json_loadb((const char *)b.data, b.len, 0, NULL);
	x.request = body_of(x.root, "request");
	x.answer = body_of(x.root, "response");
	x.status = (unsigned)json_integer_value(json_object_get(
	    json_object_get(x.root, "response"), "status"));
	return x;
}

static struct att_slice
T(const char *text)
{
	return (struct att_slice){ (const uint8_t *)text, strlen(text) };
}

/* What was computed from the exchanges by another program. */
static const json_t *
all_derived(void)
{
	static json_t *all;

	if (all == NULL) {
		AUTO_DONE(att_buf_done) struct att_buf b =
		    file("derived.json");

		all = json_loadb((const char *)b.data, b.len, 0, NULL);
	}
	return all;
}

static const char *
derived(const char *group, const char *name)
{
	const json_t *j = all_derived();

	if (group != NULL)
		j = json_object_get(j, group);
	return json_string_value(json_object_get(j, name));
}

static const char *
derived_pcr(const char *round, unsigned pcr)
{
	char name[8];

	(void)snprintf(name, sizeof(name), "%u", pcr);
	return json_string_value(json_object_get(json_object_get(
	    json_object_get(all_derived(), round), "pcrs"), name));
}

static bool
same_json(const struct att_buf *got, const char *want)
{
	json_t *a = json_loadb((const char *)got->data, got->len, 0, NULL);
	json_t *b = json_loads(want, 0, NULL);
	bool same = a != NULL && json_equal(a, b);

	json_decref(a);
	json_decref(b);
	return same ? true :
		      complain("wrote %.200s", (const char *)got->data);
}

static bool
is_file(struct att_slice s, const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf b = file(name);

	return att_slice_equal(s, att_buf_view(&b)) ?
	    true :
	    complain("differs from %s", name);
}

static bool
is_hex(struct att_slice s, const char *want)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

	att_hex_put(&b, s);
	return want != NULL && att_slice_is(att_buf_view(&b), want) ?
	    true :
	    complain("is %.*s, not %s", (int)b.len, (const char *)b.data,
		want);
}

/* -- registration ---------------------------------------------------------- */

static bool
check_version(const struct exchange *x)
{
	unsigned minor = 0;

	MUST(att_registrar_versions_parse(T(x->answer), &minor, err));
	SAME(minor == 6);
	return true;
}

static bool
check_blob(struct att_slice blob)
{
	AUTO_DONE(att_buf_done) struct att_buf again =
	    ATT_BUF(ATT_CREDENTIAL_BLOB_MAX);
	struct att_credential_blob b;

	MUST(att_credential_blob_parse(blob, &b, err));
	SAME(blob.len == 336 && b.id_object.len == 68 &&
	    b.enc_secret.len == 256);
	att_credential_blob_encode(&b, &again);
	SAME(att_slice_equal(att_buf_view(&again), blob));
	return true;
}

static bool
check_register_of(const struct exchange *x, const char *ak_file,
    const char *ak_name)
{
	AUTO_DONE(att_register_request_done)
	struct att_register_request r = { 0 };
	AUTO_DONE(att_register_answer_done)
	struct att_register_answer a = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX);
	struct att_tpm_public ak;
	struct att_tpm_name name;

	MUST(att_register_request_parse(T(x->request), &r, NULL, err));
	if (!is_file(r.ek_public, "files/ek.tpm2b") ||
	    !is_file(r.ak_public, ak_file) ||
	    (r.ek_cert.len > 0 && !is_file(r.ek_cert, "files/ekcert.der")))
		return false;
	MUST(att_register_request_encode(&r, &b, err));
	MUST(att_tpm_public_parse_2b(r.ak_public, &ak, err));
	MUST(att_tpm_public_name(&ak, &name, err));
	MUST(att_register_answer_parse(T(x->answer), &a, err));
	return same_json(&b, x->request) &&
	    is_hex(att_tpm_name_view(&name), derived("names", ak_name)) &&
	    check_blob(a.blob);
}

static bool
check_register(const struct exchange *x)
{
	return check_register_of(x, "files/ak.tpm2b", "ak");
}

static bool
check_register_ecc(const struct exchange *x)
{
	return check_register_of(x, "files/ecc-ak.tpm2b", "ecc_ak");
}

static bool
check_activate(const struct exchange *x)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf answer = ATT_BUF(4096);
	char want[ATT_AUTH_TAG_LEN + 1], got[ATT_AUTH_TAG_LEN + 1];

	MUST(att_auth_tag(T(derived("credential", "secret")),
	    derived(NULL, "agent_id"), want, err));
	SAME(strcmp(want, derived("credential", "auth_tag")) == 0);
	MUST(att_activate_request_parse(T(x->request), got, NULL, err));
	SAME(strcmp(got, want) == 0);
	MUST(att_activate_request_encode(want, &b, err));
	MUST(att_activate_answer_encode(&answer, err));
	return same_json(&b, x->request) && same_json(&answer, x->answer);
}

static bool
check_activate_ecc(const struct exchange *x)
{
	char tag[ATT_AUTH_TAG_LEN + 1];

	MUST(att_activate_request_parse(T(x->request), tag, NULL, err));
	return true;
}

/* -- session --------------------------------------------------------------- */

static bool
check_open(const struct exchange *x)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_session_challenge c;
	char id[ATT_AGENT_ID_MAX + 1];

	MUST(att_session_open_parse(T(x->request), id, NULL, err));
	MUST(att_session_open_encode(id, &b, err));
	MUST(att_session_challenge_parse(T(x->answer), id, &c, err));
	SAME(c.challenge_len == 16 && c.expires_at - c.created_at == 60);
	return same_json(&b, x->request);
}

/* The proof, written again, and what came of it. */
static bool
check_proof_of(const struct exchange *x, bool pass,
    struct att_session_grant *g)
{
	AUTO_DONE(att_session_proof_done)
	struct att_session_proof p = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	struct att_attest a;

	MUST(att_session_proof_parse(T(x->request), &p, NULL, err));
	MUST(att_session_proof_encode(&p, &b, err));
	MUST(att_attest_parse(p.message, &a, err));
	SAME(a.type == ATT_ATTEST_CERTIFY);
	MUST(att_session_grant_parse(T(x->answer), g, err));
	SAME(g->pass == pass);
	return same_json(&b, x->request);
}

static bool
check_proof(const struct exchange *x)
{
	struct att_session_grant g = { 0 };

	if (!check_proof_of(x, true, &g))
		return false;
	SAME(g.token_expires_at - g.received_at == 180);
	SAME(strlen(g.token) == 36 + 1 + 43);
	return true;
}

static bool
check_proof_refused(const struct exchange *x)
{
	struct att_session_grant g = { 0 };

	return check_proof_of(x, false, &g) && g.token[0] == '\0';
}

/* The answer to a session, built anew by the verifier's side. */
static bool
check_grant_written(const struct exchange *x)
{
	AUTO_DONE(att_session_proof_done)
	struct att_session_proof p = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	AUTO_DONE(exchange_done)
	struct exchange open = exchange("main/05-session-open.json");
	struct att_session_challenge c;
	struct att_session_grant g, again;

	MUST(att_session_proof_parse(T(x->request), &p, NULL, err));
	MUST(att_session_challenge_parse(T(open.answer), p.agent_id, &c,
	    err));
	SAME(strcmp(c.session_id, p.session_id) == 0);
	MUST(att_session_grant_parse(T(x->answer), &g, err));
	MUST(att_session_grant_encode(&g, &c, &p, &b, err));
	MUST(att_session_grant_parse(att_buf_view(&b), &again, err));
	SAME(again.pass && strcmp(g.token, again.token) == 0 &&
	    g.token_expires_at == again.token_expires_at);
	return true;
}

/* -- attestation ----------------------------------------------------------- */

struct round {
	const char *name;	/* in derived.json */
	const char *ima;	/* file of the list's part */
	int64_t ima_entries, ima_offset;
	int64_t claims;		/* entries offered of what nobody asks for */
	int64_t passes;
};
static const struct round rounds[] = {
	{ "round1", "files/ima-ascii-1", 40, 0, 3, 1 },
	{ "round2", "files/ima-ascii-2", 56, 40, 0, 2 },
};

/* The offer of a round from what the node knew; `ak` is borrowed. */
static bool
make_offer(const struct round *n, const struct att_buf *ak,
    struct att_offer *ret)
{
	struct att_offer o = { .banks = 3, .keys = 1,
		.boot_time = "2026-11-22T06:04:46Z" };
	struct att_tpm_public p;

	for (size_t i = 0; i < 3; i++)
		o.bank[i] = (struct att_pcr_select){ att_alg_at(i),
			ATT_PCR_ALL };
	MUST(att_tpm_public_parse_2b(att_buf_view(ak), &p, err));
	MUST(att_offer_key_of(&p, &o.key[0], err));
	o.item[ATT_ITEM_UEFI_LOG] = (struct att_offer_item){
		.state = ATT_ITEM_PRESENT, .entries = 48 };
	o.item[ATT_ITEM_IMA_LOG] = (struct att_offer_item){
		.state = ATT_ITEM_PRESENT, .entries = n->ima_entries };
	if (n->claims > 0)
		o.item[ATT_ITEM_FIRMWARE_CLAIMS] = (struct att_offer_item){
			.state = ATT_ITEM_PRESENT, .entries = n->claims };
	*ret = o;
	return true;
}

/* Upstream's answer and ours ask for the same, member by member. */
static bool
check_asked(const char *theirs, const struct att_buf *ours)
{
	json_t *a = json_loads(theirs, 0, NULL);
	json_t *b = json_loadb((const char *)ours->data, ours->len, 0, NULL);
	static const char *const path[] = { "data", "attributes",
		"evidence_requested" };
	json_t *x = a, *y = b;
	bool same;

	for (size_t i = 0; i < ATT_COUNT(path); i++) {
		x = json_object_get(x, path[i]);
		y = json_object_get(y, path[i]);
	}
	same = x != NULL && json_equal(x, y);
	json_decref(a);
	json_decref(b);
	return same ? true :
		      complain("asked %.200s", (const char *)ours->data);
}

static bool
check_negotiate(const struct exchange *x, const struct round *n)
{
	AUTO_DONE(att_buf_done) struct att_buf ak = file("files/ak.tpm2b");
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf asked = ATT_BUF(FILE_MAX);
	AUTO_DONE(att_offer_done) struct att_offer got = { 0 };
	struct att_offer o;
	struct att_demand d;

	if (!make_offer(n, &ak, &o))
		return false;
	MUST(att_offer_encode(&o, &b, err));
	MUST(att_offer_parse(T(x->request), &got, NULL, err));
	SAME(got.item[ATT_ITEM_IMA_LOG].entries == n->ima_entries);
	SAME(att_offer_pcrs(&got, ATT_ALG_SHA384) == ATT_PCR_ALL);
	MUST(att_demand_parse(T(x->answer), &o, &d, err));
	SAME(!d.bound && d.before == 0 && d.count == 2);
	SAME(d.select.alg == ATT_ALG_SHA256 && d.select.mask == 0x80ffff);
	SAME(d.ima_offset == n->ima_offset);
	SAME(d.expires_at - d.received_at == 1800);
	MUST(att_demand_encode(&d, &got, derived(NULL, "agent_id"), 0, &asked,
	    err));
	return same_json(&b, x->request) && check_asked(x->answer, &asked) &&
	    is_hex((struct att_slice){ d.challenge, d.challenge_len },
		derived(n->name, "challenge"));
}

static bool
read_round(const char *exchange_name, const struct round *n,
    const struct att_buf *ak, struct att_offer *o, struct att_demand *d)
{
	AUTO_DONE(exchange_done) struct exchange x = exchange(exchange_name);

	if (!make_offer(n, ak, o))
		return false;
	MUST(att_demand_parse(T(x.answer), o, d, err));
	return true;
}

/* The values that were sent are those that were signed, and those known. */
static bool
check_quote(const struct att_evidence *e, const struct att_demand *d,
    const struct round *n)
{
	struct att_digest sum;
	struct att_attest a;

	MUST(att_attest_parse(e->attest, &a, err));
	SAME(a.type == ATT_ATTEST_QUOTE);
	SAME(att_slice_equal(a.extra_data, e->challenge));
	MUST(att_pcrs_digest(&e->pcrs, &d->select, 1, ATT_ALG_SHA256, &sum,
	    err));
	SAME(att_slice_equal(att_digest_view(&sum), a.pcr_digest));
	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
		struct att_slice v = { 0 };

		if (att_pcrs_get(&e->pcrs, ATT_ALG_SHA256, pcr, &v) &&
		    !is_hex(v, derived_pcr(n->name, pcr)))
			return false;
	}
	return true;
}

static bool
check_evidence(const struct exchange *x, const char *negotiation,
    const struct round *n)
{
	AUTO_DONE(att_buf_done) struct att_buf ak = file("files/ak.tpm2b");
	AUTO_DONE(att_buf_done) struct att_buf ima = file(n->ima);
	AUTO_DONE(att_buf_done) struct att_buf boot =
	    file("files/binary_bios_measurements");
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX);
	AUTO_DONE(att_submission_done) struct att_submission s = { 0 };
	struct att_evidence e;
	struct att_offer o;
	struct att_demand d;

	if (!read_round(negotiation, n, &ak, &o, &d))
		return false;
	MUST(att_submission_parse(T(x->request), &o, &d, &s, NULL, err));
	e = s.evidence;
	if (!check_quote(&e, &d, n))
		return false;
	/* everything anew: values from the structure, logs from the files */
	e.item[ATT_ITEM_UEFI_LOG].bytes = att_buf_view(&boot);
	e.item[ATT_ITEM_IMA_LOG].bytes = att_buf_view(&ima);
	MUST(att_submission_encode(&e, &d, &b, err));
	SAME(att_submission_next(T(x->answer), 1, 3600, 60) == 3);
	return same_json(&b, x->request);
}

static bool
check_negotiate1(const struct exchange *x)
{
	return check_negotiate(x, &rounds[0]);
}

static bool
check_negotiate2(const struct exchange *x)
{
	return check_negotiate(x, &rounds[1]);
}

static bool
check_evidence1(const struct exchange *x)
{
	return check_evidence(x, "main/07-round1-negotiate.json", &rounds[0]);
}

static bool
check_evidence2(const struct exchange *x)
{
	return check_evidence(x, "main/10-round2-negotiate.json", &rounds[1]);
}

/* -- state ----------------------------------------------------------------- */

static bool
check_status_of(const struct exchange *x, enum att_standing standing,
    int64_t passes, bool newest_passed)
{
	AUTO_DONE(att_agent_status_done) struct att_agent_status s = { 0 };

	MUST(att_agent_status_parse(T(x->answer), &s, err));
	SAME(s.standing == standing && s.passes == passes);
	SAME(s.period == 3 && s.period_max == 15);
	SAME((s.last_received == s.last_pass) == newest_passed);
	SAME(s.result == NULL && s.findings == NULL);
	return true;
}

static bool
check_pass1(const struct exchange *x)
{
	return check_status_of(x, ATT_STANDING_PASS, 1, true);
}

static bool
check_pass2(const struct exchange *x)
{
	return check_status_of(x, ATT_STANDING_PASS, 2, true);
}

static bool
check_fail(const struct exchange *x)
{
	return check_status_of(x, ATT_STANDING_FAIL, 2, false);
}

static bool
check_pending(const struct exchange *x)
{
	return check_status_of(x, ATT_STANDING_PENDING, 0, true);
}

/* -- refusals -------------------------------------------------------------- */

enum request {
	NONE,
	REGISTER,
	ACTIVATE,
	OPEN,
	PROOF,
	OFFER,
	EVIDENCE
};

static int
parse_evidence(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf ak = file("files/ak.tpm2b");
	AUTO_DONE(att_submission_done) struct att_submission s = { 0 };
	struct att_offer o;
	struct att_demand d;

	if (!read_round("main/07-round1-negotiate.json", &rounds[0], &ak, &o,
		&d))
		return ATT_E_NOT_FOUND;
	return att_submission_parse(body, &o, &d, &s, where, err);
}

/* As the verifier reads it. */
static int
parse_request(enum request kind, struct att_slice body,
    struct att_pointer *where, struct att_err *err)
{
	AUTO_DONE(att_register_request_done)
	struct att_register_request r = { 0 };
	AUTO_DONE(att_session_proof_done)
	struct att_session_proof p = { 0 };
	AUTO_DONE(att_offer_done) struct att_offer o = { 0 };
	char text[ATT_AUTH_TAG_LEN + 1];

	switch (kind) {
	case REGISTER:
		return att_register_request_parse(body, &r, where, err);
	case ACTIVATE:
		return att_activate_request_parse(body, text, where, err);
	case OPEN:
		return att_session_open_parse(body, text, where, err);
	case PROOF:
		return att_session_proof_parse(body, &p, where, err);
	case OFFER:
		return att_offer_parse(body, &o, where, err);
	case EVIDENCE:
		return parse_evidence(body, where, err);
	case NONE:
		break;
	}
	return body.len == 0 ? 0 : ATT_E_FORMAT;
}

#define AT "/data/attributes/"

/* What we make of the request, and of what upstream said to it. */
static const struct refusal {
	const char *name;
	enum request kind;
	int code;
	const char *where;
	const char *problem;	/* code */
	const char *pointer;
	const char *detail;	/* a part of it */
} refusals[] = {
	{ "activate-bad-tag", ACTIVATE, 0, "", "", "", "Auth tag" },
	{ "agent-reads-attestation", NONE, 0, "", "", "", "admin" },
	{ "bad-token", OFFER, 0, "", "", "", "Invalid authentication token" },
	{ "boot-time-earlier", OFFER, 0, "", "invalid_resource_data",
	    AT "system_info/boot_time", "boot time" },
	{ "content-type", OFFER, 0, "", "", "", "" },
	{ "evidence-twice", EVIDENCE, 0, "", "evidence_immutable", "",
	    "already been received" },
	{ "get-with-content-type", NONE, 0, "", "", "", "" },
	{ "ima-entry-count-short", OFFER, 0, "", "invalid_resource_data",
	    AT "evidence/2/capabilities/entry_count", "'56'" },
	{ "malformed-json", OFFER, ATT_E_FORMAT, "", "", "", "" },
	{ "no-token", OFFER, 0, "", "", "", "PoP token" },
	{ "old-index", EVIDENCE, 0, "", "old_attestation", "",
	    "not the latest" },
	{ "other-agent", OFFER, 0, "", "", "", "ownership" },
	{ "premature", OFFER, 0, "", "premature_attestation", "", "Wait 2" },
	{ "register-incomplete", REGISTER, ATT_E_FORMAT, "/aik_tpm", "", "",
	    "invalid data" },
	{ "register-other-ak", REGISTER, 0, "", "", "",
	    "different TPM identity" },
	{ "registrar-admin-without-certificate", NONE, 0, "", "", "",
	    "mTLS" },
	{ "session-no-pop-offered", OPEN, ATT_E_UNSUPPORTED,
	    AT "authentication_supported", "", "", "tpm_pop" },
	{ "session-rate-limited", OPEN, 0, "", "", "", "Rate limit" },
	{ "session-unknown", PROOF, 0, "", "", "", "Session not found" },
	{ "subjects-as-list", OFFER, ATT_E_FORMAT,
	    AT "evidence_supported/0/capabilities/available_subjects",
	    "invalid_resource_data",
	    AT "evidence/0/capabilities/available_subjects", "dictionary" },
	{ "top-level-member", OFFER, ATT_E_FORMAT, "", "", "", "" },
	{ "unrequested-evidence", EVIDENCE, ATT_E_FORMAT,
	    AT "evidence_collected", "invalid_resource_data", AT "evidence",
	    "number of elements" },
	{ "wrong-nonce-accepted", EVIDENCE, 0, "", "", "", "" },
	{ "wrong-order", EVIDENCE, ATT_E_FORMAT,
	    AT "evidence_collected/0/evidence_type", "invalid_resource_data",
	    AT "evidence", "same order" },
};

static bool
check_refusal(const struct exchange *x, const struct refusal *f)
{
	struct att_pointer where = { "" };
	struct att_err err = { 0 };
	struct att_problem p;
	int r = parse_request(f->kind, T(x->request), &where, &err);

	if (r != f->code || strcmp(where.text, f->where) != 0)
		return complain("request: %s (%s) at \"%s\"",
		    att_code_name(r), err.text, where.text);
	att_problem_parse(T(x->answer), &p);
	if (strcmp(p.code, f->problem) != 0 ||
	    strcmp(p.pointer, f->pointer) != 0 ||
	    strstr(p.detail, f->detail) == NULL)
		return complain("answer: \"%s\" at \"%s\": %s", p.code,
		    p.pointer, p.detail);
	return true;
}

/* -- all of them ----------------------------------------------------------- */

static const struct {
	const char *name;
	bool (*check)(const struct exchange *x);
} checks[] = {
	{ "main/01-version.json", check_version },
	{ "main/02-register.json", check_register },
	{ "main/03-activate.json", check_activate },
	{ "main/05-session-open.json", check_open },
	{ "main/06-session-prove.json", check_proof },
	{ "main/06-session-prove.json", check_grant_written },
	{ "main/07-round1-negotiate.json", check_negotiate1 },
	{ "main/08-round1-evidence.json", check_evidence1 },
	{ "main/09-round1-state.json", check_pass1 },
	{ "main/10-round2-negotiate.json", check_negotiate2 },
	{ "main/11-round2-evidence.json", check_evidence2 },
	{ "main/12-round2-state.json", check_pass2 },
	{ "errors/pop-not-enrolled.json", check_proof_refused },
	{ "errors/pop-other-key.json", check_proof_refused },
	{ "errors/session-before-enrolment.json", check_open },
	{ "errors/state-after-fail.json", check_fail },
	{ "errors/state-before-first.json", check_pending },
	{ "ecc/register.json", check_register_ecc },
	{ "ecc/activate.json", check_activate_ecc },
	{ "ecc/session-open.json", check_open },
	{ "ecc/session-prove-refused.json", check_proof_refused },
};

static void
report(const char *name, bool ok)
{
	printf("%-4s %s%s%s\n", ok ? "ok" : "FAIL", name, ok ? "" : ": ",
	    ok ? "" : said);
	passed += ok ? 1 : 0;
	failed += ok ? 0 : 1;
}

int
main(int argc, char **argv)
{
	char path[512];

	if (argc != 2) {
		fprintf(stderr, "usage: check_vectors DIR\n");
		return 2;
	}
	vectors = argv[1];
	(void)snprintf(path, sizeof(path), "%s/keylime", vectors);
	if (access(path, F_OK) != 0) {
		printf("skip %s is not there\n", path);
		printf("keylime vectors: 0 passed, 0 failed, 1 skipped\n");
		return 0;
	}
	for (size_t i = 0; i < ATT_COUNT(checks); i++) {
		AUTO_DONE(exchange_done)
		struct exchange x = exchange(checks[i].name);

		report(checks[i].name, x.root != NULL && checks[i].check(&x));
	}
	for (size_t i = 0; i < ATT_COUNT(refusals); i++) {
		AUTO_DONE(exchange_done) struct exchange x = { 0 };

		(void)snprintf(path, sizeof(path), "errors/%s.json",
		    refusals[i].name);
		x = exchange(path);
		report(path, x.root != NULL &&
			check_refusal(&x, &refusals[i]));
	}
	printf("keylime vectors: %zu passed, %zu failed, 0 skipped\n", passed,
	    failed);
	return failed > 0 || passed == 0;
}
