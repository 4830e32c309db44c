/*
 * What this node proves to whoever gives it a nonce, without a verifier: a
 * quote, alone or with all the logs, as the file of docs/PROTOCOL-evidence.txt.
 */
#ifndef ATT_AGENT_PROVE_H
#define ATT_AGENT_PROVE_H

#include "config/agent_config.h"
#include "evidence/bundle.h"

/* Starts from zero. */
struct att_prove {
	uint8_t nonce[ATT_CHALLENGE_MAX];
	size_t nonce_len;
	struct att_pcr_select select[ATT_BANKS_MAX];
	size_t selects;
	/* with all logs, bound to the quote, and the EK's certificate */
	bool logs;
	/* NULL, or told of what is left out, and why: one line each */
	void (*note)(void *arg, const char *text);
	void *arg;
};

/*
 * Hex of ATT_CHALLENGE_MIN to ATT_CHALLENGE_MAX bytes, else ATT_E_FORMAT;
 * NULL: a random one.
 */
int att_prove_nonce(struct att_prove *p, const char *hex, struct att_err *err)
    ATT_MUST;
/*
 * "sha256:0-7,11", several banks with '+' between, else ATT_E_USAGE; NULL: as
 * the configuration says.
 */
int att_prove_pcrs(struct att_prove *p, const char *text,
    const struct att_agent_config *config, struct att_err *err) ATT_MUST;

/*
 * Opens state (waiting at most `lock_ms`) and TPM, and appends the file; else
 * as att_attester_open, att_collection_quote. A log that cannot be read is
 * left out, and the file says so.
 */
int att_prove_run(const struct att_prove *p,
    const struct att_agent_config *config, unsigned lock_ms,
    struct att_buf *ret, struct att_err *err) ATT_MUST;

#endif
