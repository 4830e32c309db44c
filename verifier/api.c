#include "verifier/api.h"

#include <string.h>
#include <time.h>

#include "protocol/submission.h"
#include "verifier/attestation.h"
#include "verifier/operator.h"
#include "verifier/registrar.h"
#include "verifier/session.h"

#define REGISTRAR .style = ATT_STYLE_REGISTRAR
#define VERIFIER .style = ATT_STYLE_VERIFIER
#define OPERATOR .auth = ATT_AUTH_OPERATOR, .style = ATT_STYLE_OPERATOR
#define JSON .type = ATT_TYPE_JSON
#define JSONAPI .type = ATT_TYPE_JSONAPI

/* The keys that results are signed with (RFC 7517). */
static int
serve_keys(struct att_call *c, struct att_err *err)
{
	const struct att_jws_key *key = c->v->result_key;
	json_t *set = NULL;
	int r;

	if ((r = att_jws_set_make(&key, 1, &set, err)) < 0 ||
	    (r = att_route_json(c, 200, set, err)) < 0)
		return r;
	c->resp->content_type = "application/jwk-set+json";
	return 0;
}

static const struct att_route routes[] = {
	/* registrar */
	{ "GET", "/version", ATT_AUTH_NONE, REGISTRAR,
	    .handle = att_serve_version },
	{ "POST", "/v2.6/agents/{}", ATT_AUTH_NONE, REGISTRAR, JSON,
	    .handle = att_serve_register },
	{ "PUT", "/v2.6/agents/{}", ATT_AUTH_NONE, REGISTRAR, JSON,
	    .handle = att_serve_activate },
	/* verifier */
	{ "GET", "/v2.6/agents/{}", ATT_AUTH_NODE, REGISTRAR,
	    .handle = att_serve_status },
	{ "POST", "/v3.0/sessions", ATT_AUTH_NONE, VERIFIER, JSONAPI,
	    .handle = att_serve_session_open },
	{ "PATCH", "/v3.0/sessions/{}", ATT_AUTH_NONE, VERIFIER, JSONAPI,
	    .handle = att_serve_session_prove },
	{ "POST", "/v3.0/agents/{}/attestations", ATT_AUTH_NODE, VERIFIER,
	    JSONAPI, .handle = att_serve_offer },
	{ "PATCH", "/v3.0/agents/{}/attestations/{}", ATT_AUTH_NODE, VERIFIER,
	    JSONAPI, .body_max = ATT_SUBMISSION_MAX,
	    .handle = att_serve_evidence },
	/* relying parties */
	{ "GET", "/.well-known/jwks.json", ATT_AUTH_NONE, VERIFIER,
	    .handle = serve_keys },
	/* operators */
	{ "GET", "/operator/v1/nodes", OPERATOR,
	    .handle = att_operator_nodes },
	{ "GET", "/operator/v1/nodes/{}", OPERATOR,
	    .handle = att_operator_node },
	{ "PUT", "/operator/v1/nodes/{}", OPERATOR, JSON,
	    .handle = att_operator_admit },
	{ "DELETE", "/operator/v1/nodes/{}", OPERATOR,
	    .handle = att_operator_delete },
	{ "GET", "/operator/v1/nodes/{}/attestations", OPERATOR,
	    .handle = att_operator_attestations },
	{ "GET", "/operator/v1/nodes/{}/devices", OPERATOR,
	    .handle = att_operator_devices },
	{ "PUT", "/operator/v1/nodes/{}/devices", OPERATOR, JSON,
	    .handle = att_operator_device_accept },
	{ "DELETE", "/operator/v1/nodes/{}/devices", OPERATOR,
	    .handle = att_operator_device_delete },
	{ "GET", "/operator/v1/nodes/{}/evidence", OPERATOR,
	    .handle = att_operator_evidence },
	{ "GET", "/operator/v1/nodes/{}/facts", OPERATOR,
	    .handle = att_operator_facts },
	{ "GET", "/operator/v1/nodes/{}/firmware", OPERATOR,
	    .handle = att_operator_firmware },
	{ "GET", "/operator/v1/nodes/{}/firmware/known", OPERATOR,
	    .handle = att_operator_firmware_known },
	{ "DELETE", "/operator/v1/nodes/{}/firmware/known", OPERATOR,
	    .handle = att_operator_firmware_forget },
	{ "GET", "/operator/v1/nodes/{}/result", OPERATOR,
	    .handle = att_operator_result },
	{ "GET", "/operator/v1/waiting", OPERATOR,
	    .handle = att_operator_waiting },
	{ "GET", "/operator/v1/audit", OPERATOR,
	    .handle = att_operator_audit },
	{ "GET", "/operator/v1/references", OPERATOR,
	    .handle = att_operator_references },
	{ "GET", "/operator/v1/references/{}", OPERATOR,
	    .handle = att_operator_reference },
	{ "PUT", "/operator/v1/references/{}", OPERATOR, JSON,
	    .body_max = ATT_REF_FILE_MAX,
	    .handle = att_operator_reference_put },
	{ "DELETE", "/operator/v1/references/{}", OPERATOR,
	    .handle = att_operator_reference_delete },
	{ "GET", "/operator/v1/runtime", OPERATOR,
	    .handle = att_operator_runtimes },
	{ "GET", "/operator/v1/runtime/{}", OPERATOR,
	    .handle = att_operator_runtime },
	{ "PUT", "/operator/v1/runtime/{}", OPERATOR, JSON,
	    .body_max = ATT_RUNTIME_FILE_MAX,
	    .handle = att_operator_runtime_put },
	{ "DELETE", "/operator/v1/runtime/{}", OPERATOR,
	    .handle = att_operator_runtime_delete },
};

const struct att_route *
att_api_routes(size_t *ret_count)
{
	*ret_count = ATT_COUNT(routes);
	return routes;
}

int
att_api_call(struct att_verifier *v, const struct att_request *req,
    int64_t now, struct att_response *resp)
{
	struct att_call c = { .v = v, .req = req, .resp = resp, .now = now };

	return att_route_dispatch(routes, ATT_COUNT(routes), &c);
}

int
att_api_handle(void *ctx, const struct att_request *req,
    struct att_response *resp)
{
	return att_api_call(ctx, req, (int64_t)time(NULL), resp);
}

size_t
att_api_body_max(void *ctx, const struct att_request *req,
    char ret_who[ATT_SERVER_WHO_MAX + 1])
{
	struct att_call c = { .v = ctx, .req = req,
		.now = (int64_t)time(NULL) };
	size_t max = att_route_body_max(routes, ATT_COUNT(routes), &c);

	_Static_assert(sizeof(c.session.node) == ATT_SERVER_WHO_MAX + 1,
	    "a node's id is a sender's name");
	if (max > 0)
		memcpy(ret_who, c.session.node, sizeof(c.session.node));
	return max;
}
