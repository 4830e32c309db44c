/*
 * Messages of the push protocol from a peer, to the parsers of both sides that
 * their members call for. What can be written again must parse to the same.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "protocol/problem.h"
#include "protocol/registration.h"
#include "protocol/session.h"
#include "protocol/status.h"
#include "protocol/subject_data.h"
#include "protocol/submission.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool b)
{
	if (!b)
		abort();
}

/* -- bytes ----------------------------------------------------------------- */

static void
try_blob(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(ATT_CREDENTIAL_BLOB_MAX);
	struct att_credential_blob b;

	if (att_credential_blob_parse(in, &b, NULL) < 0)
		return;
	att_credential_blob_encode(&b, &out);
	must(att_slice_equal(att_buf_view(&out), in));
}

static void
try_subject_data(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(ATT_SUBJECT_DATA_MAX);
	struct att_pcr_select s;
	struct att_pcrs p;

	if (att_subject_data_parse(in, &p, NULL) < 0)
		return;
	s = (struct att_pcr_select){ p.bank[0].alg, p.bank[0].mask };
	must(att_subject_data_encode(&p, &s, &out, NULL) == 0);
	must(att_slice_equal(att_buf_view(&out), in));
}

static void
try_texts(struct att_slice in)
{
	char text[ATT_TIMESTAMP_MAX + 2];
	size_t n = ATT_MIN(in.len, sizeof(text) - 1);
	int64_t t;

	if (n > 0)
		memcpy(text, in.data, n);
	text[n] = '\0';
	if (att_timestamp_parse(text, &t, NULL) == 0)
		must(t >= 0 && t < 253402387200);
	(void)!att_agent_id_check(text, NULL);
}

/* -- registrar ------------------------------------------------------------- */

static void
try_registration(struct att_slice in)
{
	AUTO_DONE(att_register_request_done)
	struct att_register_request r = { 0 }, same = { 0 };
	AUTO_DONE(att_register_answer_done)
	struct att_register_answer a = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(2 * ATT_MESSAGE_MAX);
	char tag[ATT_AUTH_TAG_LEN + 1];
	unsigned minor;

	if (att_registrar_versions_parse(in, &minor, NULL) == 0)
		must(minor >= 1 && minor <= 6);
	if (att_activate_request_parse(in, tag, NULL, NULL) == 0)
		must(strlen(tag) == ATT_AUTH_TAG_LEN);
	(void)!att_register_answer_parse(in, &a, NULL);
	if (att_register_request_parse(in, &r, NULL, NULL) < 0)
		return;
	must(att_register_request_encode(&r, &out, NULL) == 0);
	must(att_register_request_parse(att_buf_view(&out), &same, NULL,
		 NULL) == 0);
	must(att_slice_equal(r.ak_public, same.ak_public));
	must(att_slice_equal(r.ek_cert, same.ek_cert));
	att_register_request_done(&same);
}

/* -- sessions -------------------------------------------------------------- */

static void
try_session(struct att_slice in)
{
	AUTO_DONE(att_session_proof_done)
	struct att_session_proof p = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(2 * ATT_MESSAGE_MAX);
	struct att_session_challenge c;
	struct att_session_grant g;
	char id[ATT_AGENT_ID_MAX + 1];

	if (att_session_open_parse(in, id, NULL, NULL) == 0)
		must(att_agent_id_check(id, NULL) == 0);
	/* the id in the seed */
	if (att_session_challenge_parse(in, "node-7.rack_2", &c, NULL) == 0)
		must(c.challenge_len >= ATT_CHALLENGE_MIN &&
		    c.challenge_len <= ATT_CHALLENGE_MAX);
	if (att_session_grant_parse(in, &g, NULL) == 0)
		must(!g.pass || (g.token[0] != '\0' &&
				    g.token_expires_at > g.received_at));
	if (att_session_proof_parse(in, &p, NULL, NULL) == 0)
		must(att_session_proof_encode(&p, &out, NULL) == 0);
}

/* -- attestations ---------------------------------------------------------- */

/* Offers everything, so that anything can be asked for. */
static struct att_offer
full_offer(void)
{
	static const uint8_t key[] = "key";
	struct att_offer o = { .banks = ATT_BANKS_MAX, .keys = 1,
		.can_bind = true, .boot_time = "2026-11-22T06:04:46Z",
		.boot_id = "", .hint_vendor = "", .hint_product = "" };

	for (size_t i = 0; i < ATT_BANKS_MAX; i++)
		o.bank[i] = (struct att_pcr_select){ att_alg_at(i),
			ATT_PCR_ALL };
	o.key[0] = (struct att_offer_key){ .type = ATT_TPM_ALG_RSA,
		.bits = 2048, .public = { key, 3 },
		.algs = { .schemes = 2, .hashes = 2,
		    .scheme = { ATT_SIG_RSASSA, ATT_SIG_ECDSA },
		    .hash = { ATT_ALG_SHA256, ATT_ALG_SHA384 } } };
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		o.item[i] = (struct att_offer_item){
			.state = ATT_ITEM_PRESENT, .entries = 1000,
			.sha256 = { ATT_ALG_SHA256, 32, { 0xab } } };
	o.facts = (struct att_offer_facts){
		"00112233445566778899aabbccddeeff", 1, 1000 };
	return o;
}

static void
try_offer(struct att_slice in)
{
	AUTO_DONE(att_offer_done) struct att_offer o = { 0 }, same = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(2 * ATT_MESSAGE_MAX);

	if (att_offer_parse(in, &o, NULL, NULL) < 0)
		return;
	must(o.keys > 0 && o.banks > 0);
	must(att_offer_encode(&o, &out, NULL) == 0);
	must(att_offer_parse(att_buf_view(&out), &same, NULL, NULL) == 0);
	must(same.keys == o.keys && same.banks == o.banks);
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		must(same.item[i].state == o.item[i].state &&
		    (o.item[i].state != ATT_ITEM_PRESENT ||
			att_digest_equal(&same.item[i].sha256,
			    &o.item[i].sha256)));
	must(strcmp(same.facts.queue, o.facts.queue) == 0 &&
	    same.facts.first == o.facts.first &&
	    same.facts.last == o.facts.last);
	att_offer_done(&same);
}

static void
try_facts(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(ATT_FACTS_BYTES_MAX);
	AUTO_DONE(att_buf_done) struct att_buf again =
	    ATT_BUF(ATT_FACTS_BYTES_MAX);
	struct att_facts f, same;

	if (att_facts_parse(in, &f, NULL) < 0)
		return;
	must(f.count <= ATT_FACTS_MAX);
	for (size_t i = 1; i < f.count; i++)
		must(f.fact[i - 1].seq < f.fact[i].seq);
	must(att_facts_encode(&f, &out, NULL) == 0);
	must(att_facts_parse(att_buf_view(&out), &same, NULL) == 0);
	must(att_facts_encode(&same, &again, NULL) == 0);
	must(att_slice_equal(att_buf_view(&again), att_buf_view(&out)));
}

static void
try_demand(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(2 * ATT_MESSAGE_MAX);
	struct att_offer o = full_offer();
	struct att_demand d, same;

	if (att_demand_parse(in, &o, &d, NULL) < 0)
		return;
	must(d.select.mask != 0 && (d.select.mask & ~ATT_PCR_ALL) == 0);
	must(d.count <= ATT_ITEM_COUNT && d.before <= d.count);
	must(att_demand_encode(&d, &o, "n", 0, &out, NULL) == 0);
	must(att_demand_parse(att_buf_view(&out), &o, &same, NULL) == 0);
	must(same.select.mask == d.select.mask && same.bound == d.bound);
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++) {
		must(d.held[i].alg == 0 || d.bound);
		must(att_digest_equal(&same.held[i], &d.held[i]));
	}
}

static void
try_submission(struct att_slice in, size_t count)
{
	static const enum att_item order[] = { ATT_ITEM_UEFI_LOG,
		ATT_ITEM_IMA_LOG, ATT_ITEM_USERSPACE_LOG };
	AUTO_DONE(att_submission_done) struct att_submission s = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(ATT_SUBMISSION_MAX);
	struct att_offer o = full_offer();
	struct att_demand d = { .challenge_len = 16, .count = count,
		.held = { [ATT_ITEM_UEFI_LOG] = o.item[0].sha256 } };
	const struct att_pcr_bank *b = &s.evidence.pcrs.bank[0];

	memcpy(d.item, order, count * sizeof(order[0]));
	(void)att_submission_next(in, 1, 2, 3);
	if (att_submission_parse(in, &o, &d, &s, NULL, NULL) < 0)
		return;
	d.select = (struct att_pcr_select){ b->alg, b->mask };
	/* what came by its digest is not there, and is not made up */
	if (s.held[ATT_ITEM_UEFI_LOG].alg != 0) {
		must(s.evidence.item[ATT_ITEM_UEFI_LOG].state ==
		    ATT_ITEM_ABSENT);
		must(att_submission_encode(&s.evidence, &d, &out, NULL) ==
		    ATT_E_NOT_FOUND);
		return;
	}
	must(att_submission_encode(&s.evidence, &d, &out, NULL) == 0);
}

static void
try_answers(struct att_slice in)
{
	AUTO_DONE(att_agent_status_done) struct att_agent_status s = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(8 * ATT_MESSAGE_MAX);
	struct att_problem p;

	att_problem_parse(in, &p);
	must(strlen(p.detail) <= ATT_PROBLEM_TEXT_MAX);
	if (att_agent_status_parse(in, &s, NULL) == 0)
		must(att_agent_status_encode(&s, &out, NULL) == 0);
}

static void
try_submissions(struct att_slice in)
{
	for (size_t count = 0; count <= 3; count++)
		try_submission(in, count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *word;
		void (*try)(struct att_slice in);
	} tries[] = {
		{ "authentication_", try_session },
		{ "evaluation", try_session },
		{ "evidence_supported", try_offer },
		{ "evidence_requested", try_demand },
		{ "evidence_collected", try_submissions },
		{ "\"facts\"", try_facts },
		{ "tpm", try_registration },
		{ "auth_tag", try_registration },
		{ "results", try_registration },
		{ "attestation_status", try_answers },
		{ "errors", try_answers },
	};
	struct att_slice in = { data, size };

	for (size_t i = 0; i < ATT_COUNT(tries); i++)
		if (size > 0 && memmem(data, size, tries[i].word,
				    strlen(tries[i].word)) != NULL)
			tries[i].try(in);
	try_blob(in);
	try_subject_data(in);
	try_texts(in);
	return 0;
}
