#include "verifier/operator.h"

#include "verifier/verifier.h"

/* What is known of it: its own values, and the highest versions. */
int
att_operator_firmware_known(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	AUTO_DONE(att_store_firmware_done) struct att_store_firmware f = {
		.generation = 0 };
	int r;

	if ((r = att_store_node_get(c->v->store, c->param[0], &n, err)) < 0 ||
	    (r = att_store_firmware_get(c->v->store, n.id, &f, err)) < 0)
		return r;
	if (f.known.len == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "nothing of the firmware of \"%s\" is known", n.id);
	att_buf_slice(&c->resp->body, att_buf_view(&f.known));
	return att_buf_ok(&c->resp->body, "firmware", err);
}

/* An operator's word that it changed on purpose. */
int
att_operator_firmware_forget(struct att_call *c, struct att_err *err)
{
	int r = att_store_firmware_forget(c->v->store, c->param[0], c->now,
	    err);

	if (r < 0)
		return r;
	att_verifier_note(c->v, c->now, c->param[0], "operator-firmware",
	    "what is known of the firmware is forgotten, the next pass is "
	    "learnt from");
	return att_route_json(c, 200, json_object(), err);
}
