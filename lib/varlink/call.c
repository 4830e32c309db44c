#include "varlink/server.h"

#include <string.h>

#include "base/cur.h"
#include "varlink/info.h"
#include "varlink/server_inside.h"

/* -- what one is ----------------------------------------------------------- */

int
att_varlink_call_new(struct att_varlink_conn *c, struct att_slice text,
    struct att_varlink_call **ret, struct att_err *err)
{
	AUTO(att_varlink_call_free) struct att_varlink_call *call =
	    calloc(1, sizeof(*call));
	int r;

	if (call == NULL)
		return att_err_nomem(err);
	if ((r = att_varlink_message_parse(text, &call->message, err)) < 0)
		return r;
	call->conn = c;
	*ret = take(&call);
	return 0;
}

void
att_varlink_call_free(struct att_varlink_call *c)
{
	if (c == NULL)
		return;
	att_varlink_message_done(&c->message);
	free(c);
}

bool
att_varlink_call_silent(const struct att_varlink_call *c)
{
	return (c->message.flags & ATT_VARLINK_ONEWAY) != 0;
}

json_t *
att_varlink_call_parameters(const struct att_varlink_call *c)
{
	return c->message.parameters;
}

bool
att_varlink_call_more(const struct att_varlink_call *c)
{
	return (c->message.flags & ATT_VARLINK_MORE) != 0;
}

bool
att_varlink_call_gone(const struct att_varlink_call *c)
{
	return c->conn == NULL && !att_varlink_call_silent(c);
}

const struct att_varlink_peer *
att_varlink_call_peer(const struct att_varlink_call *c)
{
	return c->conn == NULL ? NULL : &c->conn->peer;
}

/* -- answers --------------------------------------------------------------- */

/* Ends it; takes `parameters`. */
static void
answer(struct att_varlink_call *call, const char *error, json_t *parameters)
{
	struct att_varlink_conn *c = call->conn;
	bool silent = att_varlink_call_silent(call);

	att_varlink_call_free(call);
	if (c == NULL || silent)
		json_decref(parameters);
	else
		att_varlink_conn_put(c, error, parameters, false);
	if (c == NULL)
		return;
	/* what waits to be said of it is older than this */
	json_decref(take(&c->news));
	c->call = NULL;
	att_varlink_conn_tell(c);
}

void
att_varlink_call_reply(struct att_varlink_call *c, json_t *parameters)
{
	answer(c, NULL, parameters);
}

void
att_varlink_call_error(struct att_varlink_call *c, const char *error,
    json_t *parameters)
{
	answer(c, error, parameters);
}

void
att_varlink_call_invalid(struct att_varlink_call *c, const char *parameter)
{
	answer(c, ATT_VARLINK_E_PARAMETER,
	    json_pack("{s:s}", "parameter", parameter));
}

void
att_varlink_call_notify(struct att_varlink_call *call, json_t *parameters)
{
	struct att_varlink_conn *c = call->conn;

	if (c == NULL || !att_varlink_call_more(call)) {
		json_decref(parameters);
		return;
	}
	if (att_varlink_conn_unsent(c) < ATT_VARLINK_BACKLOG_MAX) {
		att_varlink_conn_put(c, NULL, parameters, true);
		att_varlink_conn_tell(c);
		return;
	}
	json_decref(c->news);
	c->news = parameters;
}

/* -- who answers it -------------------------------------------------------- */

/* A parameter that the method does not have, or NULL. */
static const char *
stray_parameter(const struct att_varlink_method *m, json_t *parameters)
{
	static const char *const none[] = { NULL };
	const char *const *known = m->parameters != NULL ? m->parameters : none;
	const char *key;
	json_t *value;

	json_object_foreach (parameters, key, value) {
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], key) != 0)
			i++;
		if (known[i] == NULL)
			return key;
	}
	return NULL;
}

static const struct att_varlink_method *
method_of(const struct att_varlink_interface *i, const char *name)
{
	for (size_t n = 0; n < i->method_count; n++)
		if (strcmp(i->methods[n].name, name) == 0)
			return &i->methods[n];
	return NULL;
}

/* `value` is of the call, which ends: json_pack copies it before. */
static void
refuse(struct att_varlink_call *call, const char *error, const char *key,
    const char *value, size_t len)
{
	att_varlink_call_error(call, error,
	    json_pack("{s:s%}", key, value, len));
}

void
att_varlink_call_dispatch(struct att_varlink_call *call)
{
	const struct att_varlink_service *s = call->conn->server->service;
	const char *full = call->message.method, *name, *stray;
	const struct att_varlink_interface *i;
	const struct att_varlink_method *m = NULL;
	struct att_slice interface = { 0 };

	/* which succeeded when the message was read */
	name = att_varlink_split(full, &interface);
	i = name == NULL ? NULL : att_varlink_interface_of(s, interface);
	if (i == NULL) {
		refuse(call, ATT_VARLINK_E_INTERFACE, "interface",
		    (const char *)interface.data, interface.len);
		return;
	}
	if ((m = method_of(i, name)) == NULL)
		refuse(call, ATT_VARLINK_E_METHOD, "method", full,
		    strlen(full));
	else if ((call->message.flags & ATT_VARLINK_UPGRADE) != 0)
		refuse(call, ATT_VARLINK_E_UNDONE, "method", full,
		    strlen(full));
	else if ((stray = stray_parameter(m, call->message.parameters)) !=
	    NULL)
		att_varlink_call_invalid(call, stray);
	else
		m->run(call, i == &att_varlink_info ?
			(void *)(uintptr_t)s : s->arg);
}
