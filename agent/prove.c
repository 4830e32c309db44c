#include "agent/prove.h"

#include <stdio.h>
#include <string.h>

#include "agent/attester.h"
#include "agent/collection.h"
#include "base/encoding.h"
#include "config/config.h"
#include "crypto/random.h"

#define NONCE_BYTES 32	/* of a nonce that nobody gave */

#define PCR_IMA 10

/* -- what to quote --------------------------------------------------------- */

int
att_prove_nonce(struct att_prove *p, const char *hex, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_CHALLENGE_MAX);
	int r;

	if (hex == NULL) {
		p->nonce_len = NONCE_BYTES;
		return att_random(p->nonce, NONCE_BYTES, err);
	}
	if ((r = att_hex_decode(att_slice_of(hex), &b, err)) < 0)
		return r;
	if (b.len < ATT_CHALLENGE_MIN)
		return att_err_set(err, ATT_E_FORMAT,
		    "has %zu bytes, must be %d to %d", b.len,
		    ATT_CHALLENGE_MIN, ATT_CHALLENGE_MAX);
	memcpy(p->nonce, b.data, b.len);
	p->nonce_len = b.len;
	return 0;
}

/* "sha256:0-7,11", one bank of several with '+' between. */
static int
parse_bank(char *text, struct att_prove *p, struct att_err *err)
{
	char *colon = strchr(text, ':');
	struct att_pcr_select s = { 0 };
	int r;

	if (colon == NULL || p->selects == ATT_BANKS_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "must be BANK:LIST, such as sha256:0-7,11, at most %d of "
		    "them with + between", ATT_BANKS_MAX);
	*colon = '\0';
	s.alg = att_alg_by_name(text);
	if (s.alg == 0)
		return att_err_set(err, ATT_E_USAGE, "no bank \"%s\"", text);
	if ((r = att_config_pcrs_parse(colon + 1, &s.mask, err)) < 0)
		return r;
	p->select[p->selects++] = s;
	return 0;
}

int
att_prove_pcrs(struct att_prove *p, const char *text,
    const struct att_agent_config *config, struct att_err *err)
{
	AUTO(free) char *copy = NULL;
	char *rest, *one;
	int r;

	p->selects = 0;
	if (text == NULL) {
		for (size_t i = 0; i < config->quote_banks.count; i++)
			p->select[p->selects++] = (struct att_pcr_select){
				att_alg_by_name(config->quote_banks.item[i]),
				config->quote_pcrs };
		return 0;
	}
	if ((rest = copy = strdup(text)) == NULL)
		return att_err_nomem(err);
	while ((one = strsep(&rest, "+")) != NULL)
		if ((r = parse_bank(one, p, err)) < 0)
			return r;
	return 0;
}

/* -- making it ------------------------------------------------------------- */

/* IMA's list says nothing without its register. */
static bool
is_of_use(const struct att_prove *p, enum att_item item)
{
	if (item != ATT_ITEM_IMA_LOG)
		return true;
	for (size_t i = 0; i < p->selects; i++)
		if ((p->select[i].mask >> PCR_IMA & 1) != 0)
			return true;
	return false;
}

static void
note_left_out(const struct att_prove *p, enum att_item item,
    const char *reason)
{
	char text[64 + ATT_ERR_TEXT_MAX];

	if (p->note == NULL)
		return;
	(void)snprintf(text, sizeof(text), "%s is left out: %s",
	    att_item_name(item), reason);
	p->note(p->arg, text);
}

/*
 * Logs that cannot be read are said to be so, in the file and here; that there
 * is no boot log, too.
 */
static size_t
present_items(const struct att_prove *p, const struct att_collection *c,
    enum att_item ret[static ATT_ITEM_COUNT])
{
	size_t n = 0;

	for (unsigned i = 0; i < ATT_ITEM_COUNT; i++) {
		const struct att_evidence_item *item = &c->evidence.item[i];

		if (!is_of_use(p, (enum att_item)i))
			continue;
		if (item->reason != NULL && (i == ATT_ITEM_UEFI_LOG ||
				item->state == ATT_ITEM_UNREADABLE))
			note_left_out(p, (enum att_item)i, item->reason);
		if (item->state == ATT_ITEM_PRESENT)
			ret[n++] = (enum att_item)i;
	}
	return n;
}

/* A quote alone is evidence without items. */
static void
drop_items(struct att_collection *c)
{
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		c->evidence.item[i] = (struct att_evidence_item){ 0 };
}

static int
quote(const struct att_prove *p, struct att_attester *a,
    struct att_collection *c, struct att_err *err)
{
	enum att_item item[ATT_ITEM_COUNT];
	struct att_quote_order order = {
		.challenge = { p->nonce, p->nonce_len }, .select = p->select,
		.select_count = p->selects, .bound = p->logs,
		.item = item };
	int r = att_collection_read(a->config, c, err);

	if (r < 0)
		return r;
	if (p->logs)
		order.item_count = present_items(p, c, item);
	else
		drop_items(c);
	return att_collection_quote(c, a->config, a->ak, &order, err);
}

/* The attester stays open for as long as the EK, whose certificate it is. */
static int
put_whole(const struct att_prove *p, struct att_attester *a,
    struct att_collection *c, struct att_buf *ret, struct att_err *err)
{
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	int r;

	if (c->warning[0] != '\0' && p->note != NULL)
		p->note(p->arg, c->warning);
	if ((r = att_attester_ek(a, &ek, err)) < 0)
		return r;
	c->evidence.ek_cert = att_tpm_ek_cert(ek);
	return att_evidence_encode(&c->evidence, ret, err);
}

int
att_prove_run(const struct att_prove *p,
    const struct att_agent_config *config, unsigned lock_ms,
    struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_attester_close) struct att_attester a = { 0 };
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	int r;

	if ((r = att_attester_open(config, lock_ms, &a, err)) < 0 ||
	    (r = quote(p, &a, &c, err)) < 0)
		return r;
	c.evidence.agent_id = a.id;
	return p->logs ? put_whole(p, &a, &c, ret, err) :
			 att_evidence_encode(&c.evidence, ret, err);
}
