/*
 * Error codes and the record that carries one to whoever reports it.
 *
 * Four kinds ask for four reactions: input (refuse, report), limit (refuse),
 * system (retry, or degrade visibly), bug (abort; never for what came from
 * outside). A verdict is not an error.
 */
#ifndef ATT_BASE_ERR_H
#define ATT_BASE_ERR_H

#include <stdint.h>

#include "base/util.h"

enum att_code {
	ATT_OK = 0,
	/* input */
	ATT_E_SHORT = -1,	/* ends before what was announced */
	ATT_E_FORMAT = -2,	/* breaks a rule of its format */
	ATT_E_TRAILING = -3,	/* bytes left over where none may be */
	ATT_E_UNSUPPORTED = -4, /* well formed, but not taken here */
	ATT_E_MISMATCH = -5,	/* differs from what was asked or known */
	ATT_E_SIGNATURE = -6,	/* signature does not verify */
	ATT_E_UNTRUSTED = -7,	/* no chain to anything that is trusted */
	ATT_E_DENIED = -8,	/* peer or policy says no */
	ATT_E_NOT_FOUND = -9,	/* no such thing */
	ATT_E_EXPIRED = -10,	/* its time is over, or has not come */
	ATT_E_CONFLICT = -11,	/* contradicts what is recorded */
	ATT_E_USAGE = -12,	/* the caller's words are off */
	/* limit */
	ATT_E_LIMIT = -20,	/* larger, deeper or more than is taken */
	/* system */
	ATT_E_SYS = -30,	/* sub: errno */
	ATT_E_NOMEM = -31,
	ATT_E_TPM = -32,	/* sub: TSS2_RC */
	ATT_E_TPM_LOCKOUT = -33, /* sub: TSS2_RC; too many failed tries */
	ATT_E_CRYPTO = -34,	/* the crypto library failed; no verdict */
	ATT_E_NET = -35,	/* sub: transport's own code */
	ATT_E_TIMEOUT = -36,	/* a deadline passed */
	ATT_E_DB = -37,		/* sub: store's own code */
	ATT_E_BUSY = -38,	/* try again later */
	ATT_E_TPM_ABSENT = -39,	/* sub: TSS2_RC or errno; no TPM answers */
	ATT_E_TPM_MEMORY = -40,	/* sub: TSS2_RC; no room for object, session */
	ATT_E_TPM_RESET = -41,	/* sub: TSS2_RC; what was loaded is gone */
	ATT_E_TPM_KEY = -42,	/* sub: TSS2_RC; not a key of this TPM */
};

enum att_kind {
	ATT_KIND_OK,
	ATT_KIND_INPUT,
	ATT_KIND_LIMIT,
	ATT_KIND_SYSTEM,
};

#define ATT_ERR_TEXT_MAX 160	/* bytes, without the NUL */
#define ATT_NO_OFFSET UINT64_MAX

/* Where an error stands. `offset` counts input bytes, or ATT_NO_OFFSET. */
struct att_err {
	enum att_code code;
	uint32_t sub;
	uint64_t offset;
	char text[ATT_ERR_TEXT_MAX + 1];
};

/*
 * Each fills *err (NULL: nothing), cuts the text at ATT_ERR_TEXT_MAX, masks
 * it (att_text_mask), and returns `code`, so that a failure is
 * `return att_err_set(err, ATT_E_X, ...)`.
 */
int att_err_set(struct att_err *err, enum att_code code, const char *fmt, ...)
    ATT_PRINTF(3, 4);
int att_err_at(struct att_err *err, enum att_code code, uint64_t offset,
    const char *fmt, ...) ATT_PRINTF(4, 5);
int att_err_sub(struct att_err *err, enum att_code code, uint32_t sub,
    const char *fmt, ...) ATT_PRINTF(4, 5);
/* ATT_E_SYS with errno value `errnum`; ": strerror" is appended. */
int att_err_sys(struct att_err *err, int errnum, const char *fmt, ...)
    ATT_PRINTF(3, 4);
int att_err_nomem(struct att_err *err);

/*
 * Puts "what: " before the text. Returns nothing: with err NULL there is no
 * code that it could return, and 0 would read as success.
 */
void att_err_prefix(struct att_err *err, const char *fmt, ...)
    ATT_PRINTF(2, 3);

#if defined(__clang_analyzer__) && !defined(ATT_ERR_HOME)
/* What the analyzer cannot see from outside: each returns its code. */
#define att_err_set(err, code, ...)                                          \
	((void)att_err_set(err, code, __VA_ARGS__), (int)(code))
#define att_err_at(err, code, ...)                                           \
	((void)att_err_at(err, code, __VA_ARGS__), (int)(code))
#define att_err_sub(err, code, ...)                                          \
	((void)att_err_sub(err, code, __VA_ARGS__), (int)(code))
#define att_err_sys(err, ...) ((void)att_err_sys(err, __VA_ARGS__), ATT_E_SYS)
#define att_err_nomem(err) ((void)att_err_nomem(err), ATT_E_NOMEM)
#endif

enum att_kind att_code_kind(int code) ATT_MUST;
/*
 * What was given is malformed or was refused, for which services end with 3,
 * else with 4: a file that is not there is not malformed.
 */
bool att_code_blames_input(int code) ATT_MUST;
/* Stable short name, e.g. "short"; "unknown" for what is no code. */
const char *att_code_name(int code) ATT_MUST;

#endif
