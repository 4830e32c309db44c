#include "agent/gate_tpm.h"

#include <stdio.h>
#include <string.h>

#include "agent/followed.h"
#include "agent/owned.h"
#include "agent/stop.h"
#include "base/steady.h"

#define TRY_MS 3000u	/* of one try to ask the TPM */
#define NAP_MS 100	/* between two of them */

bool
att_gate_tpm_names(const struct att_agent_config *config)
{
	return strcmp(config->agent_id, ATT_AGENT_ID_HASH_EK) == 0;
}

/* -- which EK -------------------------------------------------------------- */

/*
 * Which of its EKs a TPM is asked for is attestd's word where the configuration
 * leaves it open: a certificate that turned up later does not rename a node.
 * Whichever it is, it is this TPM's. What certificates in NV say is not: who
 * may use the TPM can define most of those indices himself.
 */
static int
find_type(const struct att_agent_config *config, enum att_tpm_ek_type *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(4096);
	struct att_identity identity;
	int r;

	*ret = (enum att_tpm_ek_type)config->ek_type;
	if (*ret != ATT_TPM_EK_AUTO)
		return 0;
	r = att_owned_read(config->state_dir, ATT_STATE_IDENTITY,
	    ATT_OWNER_SERVICE, &text, err);
	if (r == ATT_E_NOT_FOUND)
		return 0;
	if (r < 0 ||
	    (r = att_identity_parse(att_buf_view(&text), &identity, err)) < 0)
		return r;
	*ret = identity.ek_type;
	return 0;
}

static void
put_name(struct att_gate_tpm *ret, const char *id, enum att_tpm_ek_type type)
{
	(void)snprintf(ret->ek_id, sizeof(ret->ek_id), "%s", id);
	ret->ek_type = type;
}

static int
ask_name(struct att_tpm *t, const struct att_agent_config *config,
    unsigned ms, struct att_gate_tpm *ret, struct att_err *err)
{
	AUTO(att_tpm_ek_free) struct att_tpm_ek *ek = NULL;
	enum att_tpm_ek_type type;
	struct att_identity id;
	int r;

	if (!att_gate_tpm_names(config))
		return 0;
	if ((r = find_type(config, &type, err)) < 0)
		return r;
	/* remembered, and still the one that is meant */
	if (ret->ek_id[0] != '\0' &&
	    (type == ATT_TPM_EK_AUTO || type == ret->ek_type))
		return 0;
	put_name(ret, "", ATT_TPM_EK_AUTO);
	att_tpm_set_timeout(t, ms);
	if ((r = att_tpm_ek_open(t, type, &ek, err)) < 0 ||
	    (r = att_identity_of_ek(ek, &id, err)) < 0)
		return r;
	put_name(ret, id.ek_id, id.ek_type);
	return 0;
}

/* -- asking ---------------------------------------------------------------- */

static int
ask_once(const struct att_agent_config *config, unsigned wait_ms,
    unsigned ek_ms, struct att_gate_tpm *ret)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	int r;

	if ((r = att_tpm_open(config->tcti, wait_ms, &t, &ret->err)) < 0 ||
	    (r = att_tpm_clock_read(t, &ret->clock, &ret->err)) < 0)
		return r;
	ret->known = true;
	return ask_name(t, config, ek_ms, ret, &ret->err);
}

/* What `attestctl follow` remembers of this boot. */
static int
recall(const struct att_agent_config *config, struct att_followed *ret,
    struct att_err *err)
{
	char boot_id[ATT_BOOT_ID_LEN + 1];
	int r = att_boot_id_read(config, boot_id, err);

	return r < 0 ? r : att_followed_read(config, boot_id, ret, err);
}

void
att_gate_tpm_ask(const struct att_agent_config *config, unsigned wait_ms,
    unsigned ek_ms, struct att_gate_tpm *ret)
{
	uint64_t now = att_steady_now(), end = now + wait_ms;
	struct att_followed f = { 0 };

	*ret = (struct att_gate_tpm){ 0 };
	if (config->result_keys == NULL)
		return;
	if (recall(config, &f, NULL) == 0)
		put_name(ret, f.ek_id, f.ek_type);
	do {
		unsigned left = (unsigned)(end > now ? end - now : 1);
		int r = ask_once(config, ATT_MIN(left, TRY_MS), ek_ms, ret);

		if (r == 0)
			ret->err = (struct att_err){ 0 };
		/* what has another reason is no better a second later */
		if (r == 0 || att_code_kind(r) != ATT_KIND_SYSTEM)
			return;
	} while (!att_stop_wait(NAP_MS) && (now = att_steady_now()) < end);
}

void
att_gate_tpm_kept(const struct att_agent_config *config,
    struct att_gate_tpm *ret)
{
	struct att_followed f = { 0 };
	int64_t passed;
	int r;

	*ret = (struct att_gate_tpm){ 0 };
	if (config->result_keys == NULL)
		return;
	r = recall(config, &f, &ret->err);
	if (r == 0 && (!f.has_tpm ||
		(att_gate_tpm_names(config) && f.ek_id[0] == '\0')))
		(void)att_err_set(&ret->err, ATT_E_NOT_FOUND,
		    "it has not answered attestd-follow.service in this boot");
	if (r < 0 || !f.has_tpm)
		return;
	passed = (int64_t)att_steady_now() - f.tpm_at;
	ret->clock = f.tpm;
	ret->clock.clock += passed > 0 ? (uint64_t)passed : 0;
	ret->known = true;
	put_name(ret, f.ek_id, f.ek_type);
}
