#include "verifier/operator.h"

#include <string.h>

#include "verifier/verifier.h"

static int
add_row(json_t *rows, const struct att_refdoc *doc, int64_t now,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	const struct att_ref_head *h = doc->head;
	int e;

	if ((e = att_json_put(j, "id", json_string(h->id), err)) < 0 ||
	    (e = att_json_put(j, "kind",
		 json_string(att_refdoc_kind_name(doc->kind)), err)) < 0 ||
	    (e = att_json_put(j, "version", json_integer(h->version), err)) <
		0 ||
	    (e = att_json_put(j, "valid",
		 json_boolean(att_ref_head_is_valid_at(h, now)), err)) < 0)
		return e;
	return att_json_add(rows, take(&j), err);
}

/* As they are in use, so nothing is read or parsed for it. */
int
att_operator_references(struct att_call *c, struct att_err *err)
{
	AUTO(att_refs_release)
	struct att_refs *held = att_references_hold(c->v->references);
	const struct att_refdocs *docs = att_refs_docs(held);
	AUTO(att_json_decref) json_t *rows = json_array();
	int r;

	for (size_t i = 0; i < docs->count; i++)
		if ((r = add_row(rows, &docs->all[i], c->now, err)) < 0)
			return r;
	return att_route_list(c, "references", take(&rows), err);
}

/* The document as it was given. */
int
att_operator_reference(struct att_call *c, struct att_err *err)
{
	return att_store_reference_get(c->v->store, c->param[0],
	    &c->resp->body, err);
}

int
att_operator_reference_put(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_refdocs_done) struct att_refdocs docs = { 0 };
	const struct att_refdoc *doc;
	int r;

	/* what cannot be used never gets into the store */
	if ((r = att_refdocs_add(&docs, c->req->body, err)) < 0)
		return r;
	doc = &docs.all[0];
	if (strcmp(doc->head->id, c->param[0]) != 0)
		return att_err_set(err, ATT_E_MISMATCH,
		    "the document's id is \"%s\", the path says \"%s\"",
		    doc->head->id, c->param[0]);
	if ((r = att_store_reference_put(c->v->store, c->param[0],
		 c->req->body, c->now, err)) < 0 ||
	    (r = att_references_reload(c->v->references, err)) < 0)
		return r;
	att_verifier_note(c->v, c->now, "", "reference-changed",
	    "reference values (%s) \"%s\" version %lld",
	    att_refdoc_kind_name(doc->kind), c->param[0],
	    (long long)doc->head->version);
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
