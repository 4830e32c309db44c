#include "verifier/received.h"

void
att_received_done(struct att_received *r)
{
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		att_buf_done(&r->log[i]);
	att_submission_done(&r->sub);
	att_offer_done(&r->offer);
}

static int
recall(const struct att_attestation *a, struct att_received *r,
    struct att_err *err)
{
	if (att_offer_parse(att_buf_view(&a->offer), &r->offer, NULL, err) <
		0 ||
	    att_demand_parse(att_buf_view(&a->demand), &r->offer, &r->demand,
		err) < 0)
		return ATT_E_DB;
	return 0;
}

/* Who the node is stands in its enrolment, not in what it sends. */
static void
identify(const struct att_node *node, const struct att_attestation *a,
    struct att_evidence *e)
{
	struct att_slice ak = att_buf_view(&node->ak_public);

	e->agent_id = node->id;
	e->ek_cert = att_buf_view(&node->ek_cert);
	/* TPM2B_PUBLIC, checked at enrolment: its size stands before it */
	e->ak_public = (struct att_slice){ ak.data + 2, ak.len - 2 };
	if (e->boot_id[0] == '\0')
		e->boot_id = a->boot_time;
}

int
att_received_parse(const struct att_node *node,
    const struct att_attestation *a, struct att_slice body,
    struct att_received *ret, struct att_pointer *where, struct att_err *err)
{
	AUTO_DONE(att_received_done) struct att_received r = { 0 };
	int e;

	att_pointer_clear(where);
	if ((e = recall(a, &r, err)) < 0 ||
	    (e = att_submission_parse(body, &r.offer, &r.demand, &r.sub, where,
		 err)) < 0)
		return e;
	identify(node, a, &r.sub.evidence);
	*ret = r;
	r = (struct att_received){ 0 };
	/* the one slice that points into the struct itself */
	ret->sub.evidence.challenge = (struct att_slice){
		ret->demand.challenge, ret->demand.challenge_len };
	return 0;
}
