#include "verifier/operator.h"

#include <string.h>

#include "verifier/verifier.h"

static int
add_row(json_t *rows, const struct att_runtime *r, int64_t now,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	const struct att_ref_head *h = att_runtime_head(r);
	int e;

	if ((e = att_json_put(j, "id", json_string(h->id), err)) < 0 ||
	    (e = att_json_put(j, "version", json_integer(h->version), err)) <
		0 ||
	    (e = att_json_put(j, "valid",
		 json_boolean(att_ref_head_is_valid_at(h, now)), err)) < 0 ||
	    (e = att_json_put(j, "files",
		 json_integer((json_int_t)att_runtime_files(r)), err)) < 0 ||
	    (e = att_json_put(j, "keys",
		 json_integer((json_int_t)att_runtime_keys(r)), err)) < 0)
		return e;
	return att_json_add(rows, take(&j), err);
}

/* As they are in use, so nothing is read or parsed for it. */
int
att_operator_runtimes(struct att_call *c, struct att_err *err)
{
	AUTO(att_refs_release)
	struct att_refs *held = att_references_hold(c->v->references);
	AUTO(att_json_decref) json_t *rows = json_array();
	size_t count;
	const struct att_runtime *const *all =
	    att_refs_runtimes(held, &count);
	int r;

	for (size_t i = 0; i < count; i++)
		if ((r = add_row(rows, all[i], c->now, err)) < 0)
			return r;
	return att_route_list(c, "runtime", take(&rows), err);
}

/* The document as it was given. */
int
att_operator_runtime(struct att_call *c, struct att_err *err)
{
	return att_store_runtime_get(c->v->store, c->param[0],
	    &c->resp->body, err);
}

int
att_operator_runtime_put(struct att_call *c, struct att_err *err)
{
	AUTO(att_runtime_free) struct att_runtime *p = NULL;
	int r;

	/* what cannot be used never gets into the store */
	if ((r = att_runtime_parse(c->req->body, &p, err)) < 0)
		return r;
	if (strcmp(att_runtime_head(p)->id, c->param[0]) != 0)
		return att_err_set(err, ATT_E_MISMATCH,
		    "the document's id is \"%s\", the path says \"%s\"",
		    att_runtime_head(p)->id, c->param[0]);
	if ((r = att_store_runtime_put(c->v->store, c->param[0],
		 c->req->body, c->now, err)) < 0 ||
	    (r = att_references_reload(c->v->references, err)) < 0)
		return r;
	att_verifier_note(c->v, c->now, "", "runtime-changed",
	    "runtime policy \"%s\" version %lld", c->param[0],
	    (long long)att_runtime_head(p)->version);
	return att_route_json(c, 200, json_object(), err);
}

int
att_operator_runtime_delete(struct att_call *c, struct att_err *err)
{
	int r;

	if ((r = att_store_runtime_delete(c->v->store, c->param[0], err)) <
		0 ||
	    (r = att_references_reload(c->v->references, err)) < 0)
		return r;
	att_verifier_note(c->v, c->now, "", "runtime-deleted",
	    "runtime policy \"%s\"", c->param[0]);
	return att_route_json(c, 200, json_object(), err);
}
