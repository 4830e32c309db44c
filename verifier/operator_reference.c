#include "verifier/operator.h"

#include <string.h>

#include "verifier/verifier.h"

/* As they are in use, so nothing is read or parsed for it. */
int
att_operator_references(struct att_call *c, struct att_err *err)
{
	AUTO(att_refs_release)
	struct att_refs *held = att_references_hold(c->v->references);
	struct att_refset set = att_refs_view(held);
	AUTO(att_json_decref) json_t *rows = json_array();
	int r;

	for (size_t i = 0; i < set.count; i++) {
		AUTO(att_json_decref) json_t *j = json_object();

		if ((r = att_json_put(j, "id",
			 json_string(att_ref_id(set.ref[i])), err)) < 0 ||
		    (r = att_json_put(j, "version",
			 json_integer(att_ref_version(set.ref[i])), err)) <
			0 ||
		    (r = att_json_put(j, "valid",
			 json_boolean(att_ref_is_valid_at(set.ref[i],
			     c->now)), err)) < 0 ||
		    (r = att_json_add(rows, take(&j), err)) < 0)
			return r;
	}
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
