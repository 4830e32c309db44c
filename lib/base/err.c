#define ATT_ERR_HOME
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
	int code;
	enum att_kind kind;
	const char *name;
} codes[] = {
	{ ATT_OK, ATT_KIND_OK, "ok" },
	{ ATT_E_SHORT, ATT_KIND_INPUT, "short" },
	{ ATT_E_FORMAT, ATT_KIND_INPUT, "format" },
	{ ATT_E_TRAILING, ATT_KIND_INPUT, "trailing" },
	{ ATT_E_UNSUPPORTED, ATT_KIND_INPUT, "unsupported" },
	{ ATT_E_MISMATCH, ATT_KIND_INPUT, "mismatch" },
	{ ATT_E_SIGNATURE, ATT_KIND_INPUT, "signature" },
	{ ATT_E_UNTRUSTED, ATT_KIND_INPUT, "untrusted" },
	{ ATT_E_DENIED, ATT_KIND_INPUT, "denied" },
	{ ATT_E_NOT_FOUND, ATT_KIND_INPUT, "not-found" },
	{ ATT_E_EXPIRED, ATT_KIND_INPUT, "expired" },
	{ ATT_E_CONFLICT, ATT_KIND_INPUT, "conflict" },
	{ ATT_E_USAGE, ATT_KIND_INPUT, "usage" },
	{ ATT_E_LIMIT, ATT_KIND_LIMIT, "limit" },
	{ ATT_E_SYS, ATT_KIND_SYSTEM, "system" },
	{ ATT_E_NOMEM, ATT_KIND_SYSTEM, "no-memory" },
	{ ATT_E_TPM, ATT_KIND_SYSTEM, "tpm" },
	{ ATT_E_TPM_LOCKOUT, ATT_KIND_SYSTEM, "tpm-lockout" },
	{ ATT_E_CRYPTO, ATT_KIND_SYSTEM, "crypto" },
	{ ATT_E_NET, ATT_KIND_SYSTEM, "network" },
	{ ATT_E_TIMEOUT, ATT_KIND_SYSTEM, "timeout" },
	{ ATT_E_DB, ATT_KIND_SYSTEM, "store" },
	{ ATT_E_BUSY, ATT_KIND_SYSTEM, "busy" },
	{ ATT_E_TPM_ABSENT, ATT_KIND_SYSTEM, "tpm-absent" },
	{ ATT_E_TPM_MEMORY, ATT_KIND_SYSTEM, "tpm-memory" },
	{ ATT_E_TPM_RESET, ATT_KIND_SYSTEM, "tpm-reset" },
	{ ATT_E_TPM_KEY, ATT_KIND_SYSTEM, "tpm-key" },
};

enum att_kind
att_code_kind(int code)
{
	for (size_t i = 0; i < ATT_COUNT(codes); i++)
		if (codes[i].code == code)
			return codes[i].kind;
	return ATT_KIND_SYSTEM;
}

bool
att_code_blames_input(int code)
{
	return att_code_kind(code) != ATT_KIND_OK &&
	    att_code_kind(code) != ATT_KIND_SYSTEM && code != ATT_E_NOT_FOUND;
}

const char *
att_code_name(int code)
{
	for (size_t i = 0; i < ATT_COUNT(codes); i++)
		if (codes[i].code == code)
			return codes[i].name;
	return "unknown";
}

static void ATT_PRINTF(5, 0)
fill(struct att_err *err, enum att_code code, uint32_t sub, uint64_t offset,
    const char *fmt, va_list ap)
{
	if (err == NULL)
		return;
	err->code = code;
	err->sub = sub;
	err->offset = offset;
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	/* it may quote a peer, and be cut within a character */
	att_text_mask(err->text);
}

int
att_err_set(struct att_err *err, enum att_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, code, 0, ATT_NO_OFFSET, fmt, ap);
	va_end(ap);
	return code;
}

int
att_err_at(struct att_err *err, enum att_code code, uint64_t offset,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, code, 0, offset, fmt, ap);
	va_end(ap);
	return code;
}

int
att_err_sub(struct att_err *err, enum att_code code, uint32_t sub,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, code, sub, ATT_NO_OFFSET, fmt, ap);
	va_end(ap);
	return code;
}

int
att_err_sys(struct att_err *err, int errnum, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	if (err == NULL)
		return ATT_E_SYS;
	va_start(ap, fmt);
	fill(err, ATT_E_SYS, (uint32_t)errnum, ATT_NO_OFFSET, fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s",
	    strerrordesc_np(errnum) != NULL ? strerrordesc_np(errnum) :
					      "unknown error");
	return ATT_E_SYS;
}

int
att_err_nomem(struct att_err *err)
{
	return att_err_set(err, ATT_E_NOMEM, "out of memory");
}

void
att_err_prefix(struct att_err *err, const char *fmt, ...)
{
	char old[ATT_ERR_TEXT_MAX + 1];
	va_list ap;
	size_t used;

	if (err == NULL)
		return;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", old);
	att_text_mask(err->text);
}
