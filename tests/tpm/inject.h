/* A link between lib/tpm and a real TPM that fails where a test says so. */
#ifndef ATT_TESTS_TPM_INJECT_H
#define ATT_TESTS_TPM_INJECT_H

#include "tpm/link.h"

struct inject {
	/* Which: this code (0: all), behind `skip`, `times` of them. */
	uint32_t command;
	uint32_t except;	/* neither counted nor touched; 0: none */
	unsigned skip, times;
	/* What happens; the first that is set. */
	enum att_code fail;	/* the link fails; ATT_E_TIMEOUT waits for it */
	uint32_t rc;		/* answered so; the TPM is not asked */
	void (*before)(void *arg);	/* runs, then the command goes on */
	/* the response is changed */
	void (*mangle)(void *arg, uint8_t *rsp, size_t *len);
	void *arg;
	/* Counted. */
	unsigned seen, hit;
};

/* Owns `real`; `plan` stays the caller's and can be changed at any time. */
struct att_tpm_link *inject_new(struct att_tpm_link *real,
    struct inject *plan);

#endif
