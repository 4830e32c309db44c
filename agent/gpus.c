#include "agent/gpus.h"

#include <stdio.h>
#include <string.h>

#include "base/guard.h"
#include "firmware/spdm.h"
#include "nvml/nvml.h"

/* -- in the process that may not come back --------------------------------- */

struct order {
	const char *library;
	struct att_slice challenge;
};

/* Appends one; the list has room for ATT_NVML_GPUS_MAX. */
static int
note(void *arg, const struct att_nvml_report *r,
    struct att_err *err ATT_UNUSED)
{
	struct att_spdm_evidence *e = arg;
	struct att_spdm_component *c = &e->device[e->count++];

	(void)snprintf(c->name, sizeof(c->name), "%s", r->name);
	c->result = r->result;
	c->transcript = ATT_BUF(ATT_SPDM_TRANSCRIPT_MAX);
	c->chain = ATT_BUF(ATT_SPDM_CHAIN_MAX);
	if (r->result == ATT_MEASURED_OK && !att_spdm_chain_is_text(r->chain)) {
		c->result = ATT_MEASURED_FAILED;
		(void)snprintf(c->reason, sizeof(c->reason),
		    "the driver gave no certificates");
		return 0;
	}
	if (r->result != ATT_MEASURED_OK) {
		(void)snprintf(c->reason, sizeof(c->reason), "%s", r->reason);
		return 0;
	}
	att_buf_slice(&c->transcript, r->transcript);
	att_buf_slice(&c->chain, r->chain);
	return c->transcript.failed || c->chain.failed ? att_err_nomem(err) :
							 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct att_spdm_component *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
work(void *arg, struct att_buf *out, struct att_err *err)
{
	const struct order *o = arg;
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e =
	    calloc(1, sizeof(*e));
	int r;

	if (h == NULL || e == NULL ||
	    (e->device = calloc(ATT_NVML_GPUS_MAX, sizeof(*e->device))) ==
		NULL)
		return att_err_nomem(err);
	memcpy(e->challenge, o->challenge.data, o->challenge.len);
	e->challenge_len = o->challenge.len;
	if ((r = att_nvml_ask(o->library, o->challenge, h, note, e, err)) < 0)
		return r;
	qsort(e->device, e->count, sizeof(*e->device), by_name);
	return att_spdm_evidence_encode(e, out, err);
}

/* -- here ------------------------------------------------------------------ */

/* All of `more` behind what is there, and in order; `more` is left empty. */
static int
merge(struct att_spdm_evidence *e, struct att_spdm_evidence *more,
    struct att_err *err)
{
	size_t n = e->count + more->count;
	struct att_spdm_component *all;

	if (n > ATT_SPDM_DEVICES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu devices, at most %d are taken", n,
		    ATT_SPDM_DEVICES_MAX);
	if (more->count == 0)
		return 0;
	if ((all = reallocarray(e->device, n, sizeof(*all))) == NULL)
		return att_err_nomem(err);
	memcpy(&all[e->count], more->device, more->count * sizeof(*all));
	more->count = 0;
	qsort(all, n, sizeof(*all), by_name);
	e->device = all;
	e->count = n;
	return 0;
}

int
att_gpus_ask(const char *library, unsigned timeout_ms,
    struct att_spdm_evidence *e, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_SPDM_EVIDENCE_MAX);
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *more = NULL;
	struct order o = { library, { e->challenge, e->challenge_len } };
	int r;

	if ((r = att_guard_run(work, &o, timeout_ms, &b, err)) < 0 ||
	    (r = att_spdm_evidence_parse(att_buf_view(&b), &more, err)) < 0)
		return r;
	return merge(e, more, err);
}
