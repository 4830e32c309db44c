#include "verifier/operator.h"

#include <string.h>

#include "base/text.h"
#include "protocol/agent_id.h"
#include "verifier/held.h"
#include "verifier/verifier.h"

#define LIST_MAX 1000	/* rows of one answer */

/* -- one node as JSON ---------------------------------------------------- */

static const char *
endorsement_name(enum att_endorsement e)
{
	static const char *const names[] = {
		[ATT_ENDORSED_NO] = "none",
		[ATT_ENDORSED_CA] = "ca",
		[ATT_ENDORSED_OPERATOR] = "operator",
		[ATT_ENDORSED_ANY] = "any",
	};

	return (size_t)e < ATT_COUNT(names) ? names[e] : "none";
}

/* One word for the fleet view. */
static const char *
state_name(const struct att_call *c, const struct att_node *n)
{
	switch (att_verifier_standing(c->v, n, c->now)) {
	case ATT_STANDING_PASS:
		return "trusted";
	case ATT_STANDING_FAIL:
		return "untrusted";
	case ATT_STANDING_TIMEOUT:
		return "stale";
	case ATT_STANDING_PENDING:
	case ATT_STANDING_COUNT:
		break;
	}
	return n->stage == ATT_STAGE_AWAITING ? "enrolled" : "undecided";
}

/* Absent rather than 1970. */
static int
put_time(json_t *j, const char *name, int64_t t, struct att_err *err)
{
	return t == 0 ? 0 : att_json_put(j, name, att_json_time_of(t), err);
}

static int
put_digest_of(json_t *j, const char *name, struct att_slice bytes,
    struct att_err *err)
{
	struct att_digest d;
	int r;

	if ((r = att_digest_of(ATT_ALG_SHA256, bytes, &d, err)) < 0)
		return r;
	return att_json_put(j, name, att_json_hex_of(att_digest_view(&d)),
	    err);
}

/* The caller's. */
static int
node_json(const struct att_call *c, const struct att_node *n, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_json_put(j, "id", json_string(n->id), err)) < 0 ||
	    (r = att_json_put(j, "state", json_string(state_name(c, n)),
		 err)) < 0 ||
	    (r = att_json_put(j, "vendor", json_string(n->vendor), err)) < 0 ||
	    (r = att_json_put(j, "product", json_string(n->product), err)) <
		0 ||
	    (r = att_json_put(j, "group", json_string(n->group), err)) < 0 ||
	    (r = att_json_put(j, "endorsement",
		 json_string(endorsement_name(n->endorsement)), err)) < 0 ||
	    (r = put_digest_of(j, "ek_sha256", att_buf_view(&n->ek_public),
		 err)) < 0 ||
	    (r = put_digest_of(j, "ak_sha256", att_buf_view(&n->ak_public),
		 err)) < 0 ||
	    (r = put_time(j, "activated", n->activated, err)) < 0 ||
	    (r = put_time(j, "last_seen", n->last_seen, err)) < 0 ||
	    (r = put_time(j, "last_pass", n->last_pass, err)) < 0 ||
	    (r = att_json_put(j, "passes",
		 json_integer((json_int_t)n->passes), err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

/* The stored appraisal, which this program wrote, as it stands. */
static json_t *
appraisal_of(const struct att_attestation *a)
{
	json_t *j = NULL;

	if (a->findings.len == 0 ||
	    att_json_parse(att_buf_view(&a->findings), SIZE_MAX, &j, NULL) < 0)
		return json_null();
	return j;
}

static int
attestation_json(const struct att_attestation *a, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_json_put(j, "index", json_integer((json_int_t)a->index),
		 err)) < 0 ||
	    (r = put_time(j, "created", a->created, err)) < 0 ||
	    (r = put_time(j, "received", a->received, err)) < 0 ||
	    (r = att_json_put(j, "boot_time", json_string(a->boot_time),
		 err)) < 0 ||
	    (r = att_json_put(j, "boot_id", json_string(a->boot_id), err)) <
		0 ||
	    (r = att_json_put(j, "verdict", json_string(a->verdict), err)) <
		0 ||
	    (r = att_json_put(j, "appraisal", appraisal_of(a), err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

/* -- lists --------------------------------------------------------------- */

/* Where the callbacks of a list put their rows. */
struct listing {
	struct att_call *call;
	json_t *rows;
	struct att_err *err;
	bool full;
	char last[ATT_NODE_ID_MAX + 1];
};

/* True once there are as many rows as one answer has. */
static bool
is_full(struct listing *l)
{
	l->full = json_array_size(l->rows) >= LIST_MAX;
	return l->full;
}

static int
add_node(void *ctx, const struct att_node *n)
{
	struct listing *l = ctx;
	json_t *j = NULL;
	int r;

	if (is_full(l))
		return 1;
	if ((r = node_json(l->call, n, &j, l->err)) < 0)
		return r;
	memcpy(l->last, n->id, sizeof(l->last));
	return att_json_add(l->rows, j, l->err);
}

int
att_operator_nodes(struct att_call *c, struct att_err *err)
{
	const char *after = att_request_query(c->req, "after");
	AUTO(att_json_decref) json_t *rows = json_array();
	AUTO(att_json_decref) json_t *j = json_object();
	struct listing l = { .call = c, .rows = rows, .err = err };
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	r = att_store_node_each(c->v->store, after != NULL ? after : "",
	    add_node, &l, err);
	if (r < 0 ||
	    (r = att_json_put(j, "nodes", take(&rows), err)) < 0 ||
	    (r = att_json_put(j, "next",
		 l.full ? json_string(l.last) : json_null(), err)) < 0)
		return r;
	return att_route_json(c, 200, take(&j), err);
}

static int
add_waiting(void *ctx, const struct att_waiting *w)
{
	struct listing *l = ctx;
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if (is_full(l))
		return 1;
	if ((r = att_json_put(j, "id", json_string(w->id), l->err)) < 0 ||
	    (r = att_json_put(j, "ek_sha256",
		 att_json_hex_of(att_digest_view(&w->ek)), l->err)) < 0 ||
	    (r = att_json_put(j, "has_certificate", json_boolean(w->has_cert),
		 l->err)) < 0 ||
	    (r = put_time(j, "since", w->since, l->err)) < 0)
		return r;
	return att_json_add(l->rows, take(&j), l->err);
}

int
att_operator_waiting(struct att_call *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *rows = json_array();
	struct listing l = { .call = c, .rows = rows, .err = err };
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	r = att_store_waiting_each(c->v->store, add_waiting, &l, err);
	return r < 0 ? r : att_route_list(c, "waiting", take(&rows), err);
}

static int
add_attestation(void *ctx, const struct att_attestation *a)
{
	struct listing *l = ctx;
	json_t *j = NULL;
	int r = attestation_json(a, &j, l->err);

	return r < 0 ? r : att_json_add(l->rows, j, l->err);
}

int
att_operator_attestations(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	AUTO(att_json_decref) json_t *rows = json_array();
	struct listing l = { .call = c, .rows = rows, .err = err };
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	/* no such node is not a node without attestations */
	if ((r = att_store_node_get(c->v->store, c->param[0], &n, err)) < 0)
		return r;
	r = att_store_attestation_each(c->v->store, c->param[0], LIST_MAX,
	    add_attestation, &l, err);
	return r < 0 ? r : att_route_list(c, "attestations", take(&rows), err);
}

/* Those of the fact itself, with its times as texts, and whence it came. */
static int
fact_json(const struct att_store_fact *f, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if (att_fact_to_json(&f->fact, &j, err) < 0)
		return ATT_E_DB;
	if ((r = att_json_put(j, "first", att_json_time_of(f->fact.first),
		 err)) < 0 ||
	    (r = att_json_put(j, "last", att_json_time_of(f->fact.last),
		 err)) < 0 ||
	    (r = att_json_put(j, "queue", json_string(f->queue), err)) < 0 ||
	    (r = put_time(j, "received", f->received, err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

static int
add_fact(void *ctx, const struct att_store_fact *f)
{
	struct listing *l = ctx;
	json_t *j = NULL;
	int r = fact_json(f, &j, l->err);

	return r < 0 ? r : att_json_add(l->rows, j, l->err);
}

int
att_operator_facts(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	AUTO(att_json_decref) json_t *rows = json_array();
	struct listing l = { .call = c, .rows = rows, .err = err };
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	if ((r = att_store_node_get(c->v->store, c->param[0], &n, err)) < 0)
		return r;
	r = att_store_fact_each(c->v->store, n.id, LIST_MAX, add_fact, &l,
	    err);
	return r < 0 ? r : att_route_list(c, "facts", take(&rows), err);
}

static int
add_audit(void *ctx, const struct att_audit *a)
{
	struct listing *l = ctx;
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = put_time(j, "time", a->time, l->err)) < 0 ||
	    (r = att_json_put(j, "node", json_string(a->node), l->err)) < 0 ||
	    (r = att_json_put(j, "kind", json_string(a->kind), l->err)) < 0 ||
	    (r = att_json_put(j, "text", json_string(a->text), l->err)) < 0)
		return r;
	return att_json_add(l->rows, take(&j), l->err);
}

int
att_operator_audit(struct att_call *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *rows = json_array();
	struct listing l = { .call = c, .rows = rows, .err = err };
	const char *kind = att_request_query(c->req, "kind");
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	/* no empty list for who mistypes it, and thinks that all is well */
	if (kind != NULL && !att_audit_kind_is_known(kind))
		return att_err_set(err, ATT_E_FORMAT,
		    "there is no such kind of audit line");
	r = att_store_audit_each(c->v->store,
	    att_request_query(c->req, "node"), kind, LIST_MAX, add_audit, &l,
	    err);
	return r < 0 ? r : att_route_list(c, "audit", take(&rows), err);
}

/* -- one node ------------------------------------------------------------ */

static int
add_boot(void *ctx, const struct att_boot *b)
{
	struct listing *l = ctx;
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_json_put(j, "boot_time", json_string(b->boot_time),
		 l->err)) < 0 ||
	    (r = att_json_put(j, "boot_id", json_string(b->boot_id), l->err)) <
		0 ||
	    (r = att_json_put(j, "reset_count", json_integer(b->reset_count),
		 l->err)) < 0 ||
	    (r = put_time(j, "first_seen", b->first_seen, l->err)) < 0 ||
	    (r = put_time(j, "last_seen", b->last_seen, l->err)) < 0)
		return r;
	return att_json_add(l->rows, take(&j), l->err);
}

static int
put_boots(struct att_call *c, const char *id, json_t *node,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *rows = json_array();
	struct listing l = { .call = c, .rows = rows, .err = err };
	int r = att_store_boot_each(c->v->store, id, add_boot, &l, err);

	return r < 0 ? r : att_json_put(node, "boots", take(&rows), err);
}

/* The newest appraisal, if there is any. */
static int
put_newest(struct att_call *c, const char *id, json_t *node,
    struct att_err *err)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = { 0 };
	json_t *j = NULL;
	int r = att_store_attestation_judged(c->v->store, id, &a, err);

	if (r < 0)
		return r == ATT_E_NOT_FOUND ? 0 : r;
	if ((r = attestation_json(&a, &j, err)) < 0)
		return r;
	return att_json_put(node, "attestation", j, err);
}

int
att_operator_node(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if ((r = att_store_node_get(c->v->store, c->param[0], &n, err)) < 0 ||
	    (r = node_json(c, &n, &j, err)) < 0 ||
	    (r = put_newest(c, n.id, j, err)) < 0 ||
	    (r = put_boots(c, n.id, j, err)) < 0)
		return r;
	return att_route_json(c, 200, take(&j), err);
}

/* The signed result of the newest appraisal, for a relying party. */
int
att_operator_result(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = { 0 };
	int r;

	if ((r = att_store_attestation_judged(c->v->store, c->param[0], &a,
		 err)) < 0)
		return r;
	/* an older pass says nothing while a newer verdict is outstanding */
	if (a.stage != ATT_STAGE_DONE &&
	    c->now - a.received < ATT_APPRAISAL_MAX) {
		c->resp->retry_after = 1;
		return att_err_set(err, ATT_E_BUSY,
		    "evidence of \"%s\" is being appraised", c->param[0]);
	}
	if (a.stage != ATT_STAGE_DONE)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "the newest appraisal of \"%s\" did not end",
		    c->param[0]);
	c->resp->content_type = "application/jwt";
	att_buf_slice(&c->resp->body, att_buf_view(&a.result));
	return 0;
}

/* The newest evidence that is kept, made whole again. */
struct kept {
	struct att_node node;
	struct att_attestation att;
	struct att_received got;
};

static void
kept_done(struct kept *k)
{
	att_received_done(&k->got);
	att_attestation_done(&k->att);
	att_node_done(&k->node);
}

static int
read_kept(struct att_call *c, struct kept *k, struct att_err *err)
{
	int r;

	if ((r = att_store_node_get(c->v->store, c->param[0], &k->node,
		 err)) < 0 ||
	    (r = att_store_attestation_kept(c->v->store, k->node.id, &k->att,
		 err)) < 0)
		return r;
	if (att_received_parse(&k->node, &k->att,
		att_buf_view(&k->att.evidence), &k->got, NULL, err) < 0 ||
	    att_held_fill(c->v->store, k->node.id, &k->got, err) < 0)
		return ATT_E_DB;
	return 0;
}

/* As a bundle, which is made of what the node sent. */
int
att_operator_evidence(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(kept_done) struct kept k = { .node.id = "" };
	int r = read_kept(c, &k, err);

	if (r < 0)
		return r;
	c->resp->content_type = "application/cmw+json";
	return att_evidence_encode(&k.got.sub.evidence, &c->resp->body, err);
}

/* The document as the node sent it. */
int
att_operator_firmware(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(kept_done) struct kept k = { .node.id = "" };
	const struct att_evidence_item *item;
	int r = read_kept(c, &k, err);

	if (r < 0)
		return r;
	item = &k.got.sub.evidence.item[ATT_ITEM_FIRMWARE_CLAIMS];
	if (item->state != ATT_ITEM_PRESENT)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "the newest evidence of \"%s\" has no firmware claims",
		    c->param[0]);
	att_buf_slice(&c->resp->body, item->bytes);
	return att_buf_ok(&c->resp->body, "firmware claims", err);
}

/* -- changes ------------------------------------------------------------- */

/* Optional text of a node; borrowed from `j`. */
static int
read_label(const json_t *j, const char *name, const char **ret,
    struct att_err *err)
{
	int r = att_json_str_opt(j, name, ret, err);

	if (r < 0 || *ret == NULL)
		return r;
	if (strlen(*ret) > ATT_NODE_LABEL_MAX ||
	    !att_text_is_clean(att_slice_of(*ret)))
		return att_err_set(err, ATT_E_FORMAT,
		    "%s: at most %d bytes, no control characters", name,
		    ATT_NODE_LABEL_MAX);
	return 0;
}

/* An admission's body, and the memory for what *a then points to. */
struct admitting {
	json_t *j;
	struct att_admission a;
	struct att_digest ek;
	bool any_ek;
};

static void
admitting_done(struct admitting *m)
{
	json_decref(m->j);
}

static int
read_admission(struct att_slice body, struct admitting *m,
    struct att_err *err)
{
	static const char *const names[] = { "vendor", "product", "group",
		"ek_sha256", "any_ek", NULL };
	int r;

	if ((r = att_json_parse(body, ATT_SERVER_BODY_SMALL, &m->j, err)) < 0)
		return r;
	if (!json_is_object(m->j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((r = att_json_only(m->j, names, err)) < 0 ||
	    (r = read_label(m->j, "vendor", &m->a.vendor, err)) < 0 ||
	    (r = read_label(m->j, "product", &m->a.product, err)) < 0 ||
	    (r = read_label(m->j, "group", &m->a.group, err)) < 0)
		return r;
	if (json_object_get(m->j, "any_ek") != NULL) {
		if ((r = att_json_bool(m->j, "any_ek", &m->any_ek, err)) < 0)
			return r;
		m->a.any_ek = &m->any_ek;
	}
	if (json_object_get(m->j, "ek_sha256") == NULL)
		return 0;
	m->a.ek = &m->ek;
	return att_json_digest(m->j, "ek_sha256", ATT_ALG_SHA256, &m->ek, err);
}

int
att_operator_admit(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(admitting_done) struct admitting m = { 0 };
	const struct att_admission *a = &m.a;
	int r;

	if ((r = att_agent_id_check(c->param[0], err)) < 0 ||
	    (r = read_admission(c->req->body, &m, err)) < 0 ||
	    (r = att_store_admit(c->v->store, c->param[0], a, c->now, err)) <
		0)
		return r;
	att_verifier_note(c->v, c->now, c->param[0], "operator-admitted",
	    "vendor \"%s\", product \"%s\", group \"%s\"%s%s",
	    a->vendor != NULL ? a->vendor : "-",
	    a->product != NULL ? a->product : "-",
	    a->group != NULL ? a->group : "-",
	    a->ek != NULL ? ", its EK is trusted" : "",
	    m.any_ek ? ", the next EK is trusted" : "");
	return att_route_json(c, 200, json_object(), err);
}

int
att_operator_delete(struct att_call *c, struct att_err *err)
{
	int r = att_store_node_delete(c->v->store, c->param[0], err);

	if (r < 0)
		return r;
	att_verifier_note(c->v, c->now, c->param[0], "operator-deleted",
	    "the node is forgotten");
	return att_route_json(c, 200, json_object(), err);
}
