#include "verifier/operator.h"

#include <string.h>

#include "base/text.h"
#include "protocol/agent_id.h"
#include "verifier/verifier.h"

#define ATT_OPERATOR_BODY_MAX 65536	/* bytes of an admission */
#define LIST_MAX 1000	/* attestations or audit lines of one answer */

static struct att_slice
text_slice(const char *text)
{
	return (struct att_slice){ (const uint8_t *)text, strlen(text) };
}

static const char *
endorsement_name(enum att_endorsement e)
{
	static const char *const names[] = {
		[ATT_ENDORSED_NO] = "none",
		[ATT_ENDORSED_CA] = "ca",
		[ATT_ENDORSED_OPERATOR] = "operator",
	};

	return (size_t)e < ATT_COUNT(names) ? names[e] : "none";
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

/*
 * One word for the fleet view. A node that does not report is as little
 * trusted as one that failed: its last verdict is history.
 */
static const char *
state_of(const struct att_call *c, const struct att_node *n,
    const struct att_attestation *last)
{
	const struct att_verifier_config *cfg = c->v->config;

	if (last == NULL || n->last_seen == 0)
		return "enrolled";
	if (c->now - n->last_seen > cfg->stale_intervals * cfg->quote_interval)
		return "stale";
	if (last->stage != ATT_STAGE_DONE)
		return "undecided";
	if (strcmp(last->verdict, "pass") == 0)
		return "trusted";
	return strcmp(last->verdict, "fail") == 0 ? "untrusted" : "undecided";
}

static int
put_node(json_t *j, const struct att_node *n, struct att_err *err)
{
	int r;

	if ((r = att_json_put(j, "id", json_string(n->id), err)) < 0 ||
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
	    (r = put_time(j, "last_pass", n->last_pass, err)) < 0)
		return r;
	return att_json_put(j, "passes", json_integer((json_int_t)n->passes),
	    err);
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
put_attestation(json_t *j, const struct att_attestation *a,
    struct att_err *err)
{
	int r;

	if ((r = att_json_put(j, "index", json_integer((json_int_t)a->index),
		 err)) < 0 ||
	    (r = put_time(j, "created", a->created, err)) < 0 ||
	    (r = put_time(j, "received", a->received, err)) < 0 ||
	    (r = att_json_put(j, "boot_time", json_string(a->boot_time),
		 err)) < 0 ||
	    (r = att_json_put(j, "verdict", json_string(a->verdict), err)) < 0)
		return r;
	return att_json_put(j, "appraisal", appraisal_of(a), err);
}

/* One node as an object; with `whole` the last appraisal and result too. */
static int
node_json(struct att_call *c, const struct att_node *n, bool whole,
    json_t **ret, struct att_err *err)
{
	AUTO_DONE(att_attestation_done) struct att_attestation last = { 0 };
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *att = json_object();
	int r, have;

	if (j == NULL || att == NULL)
		return att_err_nomem(err);
	have = att_store_attestation_judged(c->v->store, n->id, &last, err);
	if (have < 0 && have != ATT_E_NOT_FOUND)
		return have;
	if ((r = put_node(j, n, err)) < 0 ||
	    (r = att_json_put(j, "state",
		 json_string(state_of(c, n, have < 0 ? NULL : &last)),
		 err)) < 0)
		return r;
	if (have == 0 && whole) {
		if ((r = put_attestation(att, &last, err)) < 0 ||
		    (r = att_json_put(att, "result",
			 json_stringn((const char *)last.result.data,
			     last.result.len), err)) < 0 ||
		    (r = att_json_put(j, "attestation", take(&att), err)) < 0)
			return r;
	}
	*ret = take(&j);
	return 0;
}

/* Where the callbacks of a list put their rows. */
struct listing {
	struct att_call *call;
	json_t *rows;
	struct att_err *err;
};

static int
add_node(void *ctx, const struct att_node *n)
{
	struct listing *l = ctx;
	json_t *j = NULL;
	int r = node_json(l->call, n, false, &j, l->err);

	return r < 0 ? r : att_json_add(l->rows, j, l->err);
}

static int
add_waiting(void *ctx, const struct att_waiting *w)
{
	struct listing *l = ctx;
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if (j == NULL)
		return att_err_nomem(l->err);
	if ((r = att_json_put(j, "id", json_string(w->id), l->err)) < 0 ||
	    (r = att_json_put(j, "state", json_string("waiting"), l->err)) <
		0 ||
	    (r = att_json_put(j, "ek_sha256",
		 att_json_hex_of(att_digest_view(&w->ek)), l->err)) < 0 ||
	    (r = att_json_put(j, "has_certificate", json_boolean(w->has_cert),
		 l->err)) < 0 ||
	    (r = put_time(j, "since", w->since, l->err)) < 0)
		return r;
	return att_json_add(l->rows, take(&j), l->err);
}

/* {"NAME": rows} as the answer; takes rows. */
static int
answer_list(struct att_call *c, const char *name, json_t *rows,
    struct att_err *err)
{
	return att_route_json(c, 200, json_pack("{s:o}", name, rows), err);
}

int
att_operator_nodes(struct att_call *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *rows = json_array();
	struct listing l = { c, rows, err };
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	if ((r = att_store_node_each(c->v->store, add_node, &l, err)) < 0 ||
	    (r = att_store_waiting_each(c->v->store, add_waiting, &l, err)) <
		0)
		return r;
	return answer_list(c, "nodes", take(&rows), err);
}

int
att_operator_node(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	json_t *j = NULL;
	int r;

	if ((r = att_store_node_get(c->v->store, c->param[0], &n, err)) < 0 ||
	    (r = node_json(c, &n, true, &j, err)) < 0)
		return r;
	return att_route_json(c, 200, j, err);
}

/* The operator's body for an admission; texts are borrowed from `j`. */
static int
read_admission(json_t *j, struct att_admission *a, struct att_digest *ek,
    struct att_err *err)
{
	static const char *const names[] = { "vendor", "product", "group",
		"ek_sha256", "any_ek", NULL };
	const char **const text[] = { &a->vendor, &a->product, &a->group };
	int r;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_str_opt(j, "vendor", &a->vendor, err)) < 0 ||
	    (r = att_json_str_opt(j, "product", &a->product, err)) < 0 ||
	    (r = att_json_str_opt(j, "group", &a->group, err)) < 0)
		return r;
	for (size_t i = 0; i < ATT_COUNT(text); i++)
		if (*text[i] != NULL &&
		    (strlen(*text[i]) > ATT_NODE_LABEL_MAX ||
			!att_text_is_clean(text_slice(*text[i]))))
			return att_err_set(err, ATT_E_FORMAT,
			    "%s: at most %d bytes, no control characters",
			    names[i], ATT_NODE_LABEL_MAX);
	if (json_object_get(j, "any_ek") != NULL &&
	    (r = att_json_bool(j, "any_ek", &a->any_ek, err)) < 0)
		return r;
	if (json_object_get(j, "ek_sha256") == NULL)
		return 0;
	a->ek = ek;
	return att_json_digest(j, "ek_sha256", ATT_ALG_SHA256, ek, err);
}

int
att_operator_admit(struct att_call *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_admission a = { 0 };
	struct att_digest ek = { 0 };
	int r;

	if ((r = att_agent_id_check(c->param[0], err)) < 0 ||
	    (r = att_json_parse(c->req->body, ATT_OPERATOR_BODY_MAX, &j,
		 err)) < 0 ||
	    (r = read_admission(j, &a, &ek, err)) < 0 ||
	    (r = att_store_admit(c->v->store, c->param[0], &a, c->now, err)) <
		0)
		return r;
	att_verifier_note(c->v, c->now, c->param[0], "operator-admitted",
	    "vendor \"%s\", product \"%s\", group \"%s\"%s%s",
	    a.vendor != NULL ? a.vendor : "-",
	    a.product != NULL ? a.product : "-",
	    a.group != NULL ? a.group : "-",
	    a.ek != NULL ? ", its EK is trusted" : "",
	    a.any_ek ? ", any EK is trusted" : "");
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

static int
add_attestation(void *ctx, const struct att_attestation *a)
{
	struct listing *l = ctx;
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if (j == NULL)
		return att_err_nomem(l->err);
	if ((r = put_attestation(j, a, l->err)) < 0)
		return r;
	return att_json_add(l->rows, take(&j), l->err);
}

int
att_operator_attestations(struct att_call *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *rows = json_array();
	struct listing l = { c, rows, err };
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	if ((r = att_store_attestation_each(c->v->store, c->param[0],
		 LIST_MAX, add_attestation, &l, err)) < 0)
		return r;
	return answer_list(c, "attestations", take(&rows), err);
}

int
att_operator_evidence(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = { 0 };
	int r = att_store_attestation_judged(c->v->store, c->param[0], &a,
	    err);

	if (r < 0)
		return r;
	if (a.evidence.len == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no evidence of \"%s\" is kept", c->param[0]);
	c->resp->content_type = "application/cmw+json";
	att_buf_slice(&c->resp->body, att_buf_view(&a.evidence));
	return 0;
}

static int
add_audit(void *ctx, const struct att_audit *a)
{
	struct listing *l = ctx;
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if (j == NULL)
		return att_err_nomem(l->err);
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
	struct listing l = { c, rows, err };
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	if ((r = att_store_audit_each(c->v->store,
		 att_request_query(c->req, "node"), LIST_MAX, add_audit, &l,
		 err)) < 0)
		return r;
	return answer_list(c, "audit", take(&rows), err);
}

static int
add_reference_id(void *ctx, const char *id, struct att_slice json)
{
	struct listing *l = ctx;

	(void)json;
	return att_json_add(l->rows, json_string(id), l->err);
}

int
att_operator_references(struct att_call *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *rows = json_array();
	struct listing l = { c, rows, err };
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	if ((r = att_store_reference_each(c->v->store, add_reference_id, &l,
		 err)) < 0)
		return r;
	return answer_list(c, "references", take(&rows), err);
}

static int
copy_reference(void *ctx, const char *id, struct att_slice json)
{
	struct att_call *c = ctx;

	if (strcmp(id, c->param[0]) != 0)
		return 0;
	att_buf_slice(&c->resp->body, json);
	return 1;
}

int
att_operator_reference(struct att_call *c, struct att_err *err)
{
	int r = att_store_reference_each(c->v->store, copy_reference, c, err);

	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no reference values \"%s\"", c->param[0]);
	return r < 0 ? r : 0;
}

int
att_operator_reference_put(struct att_call *c, struct att_err *err)
{
	AUTO(att_ref_free) struct att_ref *ref = NULL;
	int r;

	/* what cannot be used never gets into the store */
	if ((r = att_ref_parse(c->req->body, &ref, err)) < 0)
		return r;
	if (strcmp(att_ref_id(ref), c->param[0]) != 0)
		return att_err_set(err, ATT_E_MISMATCH,
		    "the document's id is \"%s\", the path says \"%s\"",
		    att_ref_id(ref), c->param[0]);
	if ((r = att_store_reference_put(c->v->store, c->param[0],
		 c->req->body, c->now, err)) < 0 ||
	    (r = att_references_reload(c->v->references, err)) < 0)
		return r;
	att_verifier_note(c->v, c->now, "", "reference-changed",
	    "reference values \"%s\" version %lld", c->param[0],
	    (long long)att_ref_version(ref));
	return att_route_json(c, 200, json_object(), err);
}

int
att_operator_reference_delete(struct att_call *c, struct att_err *err)
{
	int r;

	if ((r = att_store_reference_delete(c->v->store, c->param[0], err)) <
		0 ||
	    (r = att_references_reload(c->v->references, err)) < 0)
		return r;
	att_verifier_note(c->v, c->now, "", "reference-deleted",
	    "reference values \"%s\"", c->param[0]);
	return att_route_json(c, 200, json_object(), err);
}
