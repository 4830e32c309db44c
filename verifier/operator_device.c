#include "verifier/operator.h"

#include <string.h>

#include "verifier/verifier.h"

struct listing {
	json_t *rows;
	struct att_err *err;
};

/* The one that answered in its place, if any did. */
static int
put_other(json_t *j, const struct att_store_device *d, struct att_err *err)
{
	AUTO(att_json_decref) json_t *o = NULL;
	int r;

	if (d->other_seen == 0)
		return 0;
	o = json_object();
	if ((r = att_json_put(o, "issuer", json_string(d->other_issuer),
		 err)) < 0 ||
	    (r = att_json_put(o, "serial", json_string(d->other_serial),
		 err)) < 0 ||
	    (r = att_json_put(o, "seen", att_json_time_of(d->other_seen),
		 err)) < 0)
		return r;
	return att_json_put(j, "other", take(&o), err);
}

static int
add_device(void *ctx, const struct att_store_device *d)
{
	struct listing *l = ctx;
	AUTO(att_json_decref) json_t *j = json_object();
	struct att_err *err = l->err;
	int r;

	if ((r = att_json_put(j, "component", json_string(d->component),
		 err)) < 0 ||
	    (r = att_json_put(j, "issuer", json_string(d->issuer), err)) < 0 ||
	    (r = att_json_put(j, "serial", json_string(d->serial), err)) < 0 ||
	    (r = att_json_put(j, "security_version",
		 json_integer((json_int_t)d->security_version), err)) < 0 ||
	    (r = att_json_put(j, "first_seen",
		 att_json_time_of(d->first_seen), err)) < 0 ||
	    (r = att_json_put(j, "last_seen", att_json_time_of(d->last_seen),
		 err)) < 0 ||
	    (r = put_other(j, d, err)) < 0)
		return r;
	return att_json_add(l->rows, take(&j), err);
}

int
att_operator_devices(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	AUTO(att_json_decref) json_t *rows = json_array();
	struct listing l = { rows, err };
	int r;

	if (rows == NULL)
		return att_err_nomem(err);
	if ((r = att_store_node_get(c->v->store, c->param[0], &n, err)) < 0 ||
	    (r = att_store_device_each(c->v->store, n.id, add_device, &l,
		 err)) < 0)
		return r;
	return att_route_list(c, "devices", take(&rows), err);
}

/* Which of them is named, so that no other one slips in meanwhile. */
int
att_operator_device_accept(struct att_call *c, struct att_err *err)
{
	static const char *const names[] = { "component", "serial", NULL };
	AUTO(att_json_decref) json_t *j = NULL;
	const char *component = NULL, *serial = NULL;
	int r;

	if ((r = att_json_parse(c->req->body, ATT_SERVER_BODY_SMALL, &j,
		 err)) < 0)
		return r;
	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((r = att_json_only(j, names, err)) < 0 ||
	    (r = att_json_str(j, "component", &component, err)) < 0 ||
	    (r = att_json_str(j, "serial", &serial, err)) < 0 ||
	    (r = att_store_device_accept(c->v->store, c->param[0], component,
		 serial, c->now, err)) < 0)
		return r;
	att_verifier_note(c->v, c->now, c->param[0], "operator-device",
	    "\"%s\": serial number %s is accepted", component, serial);
	return att_route_json(c, 200, json_object(), err);
}

int
att_operator_device_delete(struct att_call *c, struct att_err *err)
{
	const char *component = att_request_query(c->req, "component");
	int r;

	if (component == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "?component= says which device is to be forgotten");
	if ((r = att_store_device_delete(c->v->store, c->param[0], component,
		 err)) < 0)
		return r;
	att_verifier_note(c->v, c->now, c->param[0], "operator-device",
	    "\"%s\": forgotten, the next one is taken", component);
	return att_route_json(c, 200, json_object(), err);
}
