#include "agent/origins.h"

#include <stdio.h>
#include <string.h>

#include "agent/stop.h"

void
att_origins_init(struct att_origins *o, const struct att_agent_config *config,
    const struct att_config_list *urls)
{
	*o = (struct att_origins){ .config = config, .urls = urls };
}

void
att_origins_done(struct att_origins *o)
{
	att_http_client_free(take(&o->client));
}

const char *
att_origins_url(const struct att_origins *o)
{
	return o->urls->item[o->at];
}

static void
go_to(struct att_origins *o, size_t at, uint64_t now)
{
	att_http_client_free(take(&o->client));
	o->at = at;
	o->since = now;
}

bool
att_origins_prefer(struct att_origins *o, uint64_t now)
{
	if (o->at == 0 || now - o->since < ATT_ORIGINS_FAIL_BACK_MS)
		return false;
	go_to(o, 0, now);
	return true;
}

bool
att_origins_use(struct att_origins *o, const char *url, uint64_t now)
{
	for (size_t i = 0; i < o->urls->count; i++) {
		if (strcmp(o->urls->item[i], url) != 0)
			continue;
		if (i != o->at)
			go_to(o, i, now);
		return true;
	}
	return false;
}

void
att_origins_next(struct att_origins *o, uint64_t now)
{
	go_to(o, (o->at + 1) % o->urls->count, now);
}

void
att_origins_hand_over(struct att_origins *from, struct att_origins *to)
{
	if (from->client == NULL ||
	    strcmp(att_origins_url(from), att_origins_url(to)) != 0)
		return;
	att_http_client_free(take(&to->client));
	to->client = take(&from->client);
}

static int
connect_to(struct att_origins *o, struct att_err *err)
{
	const struct att_agent_config *c = o->config;
	const struct att_http_options options = {
		.origin = att_origins_url(o),
		.allow_plain = c->allow_plain_http,
		.ca_file = c->use_system_cas ? NULL : c->ca_file,
		.system_cas = c->use_system_cas,
		.cert_file = c->client_cert,
		.key_file = c->client_key,
		.connect_ms = (unsigned)c->connect_timeout * 1000,
		.stop = att_stop_asked,
	};

	return att_http_client_new(&options, &o->client, err);
}

/* What came over the network, and what is this node's own. */
static enum att_outcome
outcome_of(int code)
{
	switch (code) {
	case ATT_E_BUSY:
		return ATT_OUTCOME_STOPPED;
	case ATT_E_LIMIT:
	case ATT_E_NET:
	case ATT_E_TIMEOUT:
	case ATT_E_UNTRUSTED:
		return ATT_OUTCOME_LATER;
	default:
		return ATT_OUTCOME_TROUBLE;
	}
}

enum att_outcome
att_origins_ask(struct att_origins *o, struct att_round *r,
    enum att_step step, struct att_http_request *req,
    struct att_http_response *ret)
{
	struct att_err err = { 0 };

	(void)snprintf(r->server, sizeof(r->server), "%s",
	    att_origins_url(o));
	req->deadline_ms = (unsigned)o->config->request_timeout * 1000;
	if ((o->client == NULL && connect_to(o, &err) < 0) ||
	    att_http_send(o->client, req, ret, &err) < 0) {
		/* the next request begins on a new connection */
		att_http_client_free(take(&o->client));
		return att_round_end(r, outcome_of(err.code), "%s",
		    err.text);
	}
	return att_round_status(r, step, ret, o->config);
}
