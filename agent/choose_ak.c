#include "agent/choose_ak.h"

#include "base/log.h"
#include "base/steady.h"
#include "protocol/registration.h"

/*
 * What the verifier in use says of AKs of this type. One that answers in any
 * other way than it must does not say that it takes them.
 */
static enum att_outcome
ask(struct att_origins *verifiers, const char *type, struct att_round *r,
    bool *ret)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	struct att_http_request q = { .method = ATT_HTTP_GET,
		.path = "/version", .max_body = ATT_MESSAGE_MAX };
	enum att_outcome o = att_origins_ask(verifiers, r, ATT_STEP_VERSION,
	    &q, &resp);

	*ret = false;
	if (o == ATT_OUTCOME_AGAIN || o == ATT_OUTCOME_REFUSED)
		return ATT_OUTCOME_NONE;
	if (o == ATT_OUTCOME_NONE &&
	    att_versions_take_ak(att_buf_view(&resp.body), type, ret, NULL) <
		0)
		*ret = false;
	return o;
}

static enum att_outcome
use(struct att_attester *a, const char *type, bool rsa, const char *url,
    struct att_round *r)
{
	bool changes = !a->identity.asked || a->identity.uses_rsa != rsa;
	struct att_err err = { 0 };

	if (changes && rsa)
		att_log(ATT_LOG_NOTICE,
		    "%s does not say that it takes AKs of type %s, as "
		    "Keylime's verifiers do not: the node uses its rsa2048 AK",
		    url, type);
	else if (changes)
		att_log(ATT_LOG_INFO, "%s takes AKs of type %s", url, type);
	return att_attester_use_rsa(a, rsa, &err) < 0 ?
	    att_round_fail(r, "AK", &err) : ATT_OUTCOME_NONE;
}

enum att_outcome
att_choose_ak(struct att_origins *verifiers, struct att_attester *a,
    struct att_round *r)
{
	enum att_tpm_ak_type want = (enum att_tpm_ak_type)a->config->ak_type;
	const char *type = att_tpm_ak_type_name(want);

	if (want == ATT_TPM_AK_RSA2048)
		return ATT_OUTCOME_NONE;
	for (size_t i = 0; i < verifiers->urls->count; i++) {
		AUTO_DONE(att_round_done) struct att_round aside = { 0 };
		bool takes = false;
		enum att_outcome o = ask(verifiers, type, &aside, &takes);

		if (o == ATT_OUTCOME_NONE)
			return use(a, type, !takes,
			    att_origins_url(verifiers), r);
		if (o == ATT_OUTCOME_STOPPED || o == ATT_OUTCOME_TROUBLE)
			return att_round_end(r, o, "%s", aside.reason);
		att_log(ATT_LOG_WARNING, "%s", aside.reason);
		att_origins_next(verifiers, att_steady_now());
	}
	return a->identity.asked ? ATT_OUTCOME_NONE :
	    att_round_end(r, ATT_OUTCOME_LATER,
		"no verifier could be asked whether it takes AKs of type %s",
		type);
}
