/*
 * GPUs of NVIDIA that sign measurements of themselves (Hopper and later, with
 * confidential computing on), asked through the driver's own library, where no
 * BMC asks them. It is loaded at run time: nothing of NVIDIA is needed to build
 * or to run this. Its code then runs in the calling process, which ought to be
 * one that may hang or die.
 *
 * What a GPU gives is a transcript of SPDM 1.1 like any other
 * (docs/PROTOCOL-spdm.txt); nothing of it is looked at here.
 */
#ifndef ATT_NVML_NVML_H
#define ATT_NVML_NVML_H

#include "base/buf.h"
#include "base/digest.h"
#include "firmware/component.h"

#define ATT_NVML_LIBRARY "libnvidia-ml.so.1"
#define ATT_NVML_GPUS_MAX 64
#define ATT_NVML_NAME_MAX 127

/* What one GPU said; borrowed for the call. */
struct att_nvml_report {
	/* "nvml/GPU-5a8f1c9e-...": its UUID, which no reboot changes */
	char name[ATT_NVML_NAME_MAX + 1];
	enum att_measured result;
	const char *reason;		/* a fixed text; NULL if OK */
	struct att_slice transcript;	/* if OK */
	struct att_slice chain;		/* PEM, the leaf first; if OK */
};
/* Negative ends the round, and is what it returns. */
typedef int att_nvml_fn(void *arg, const struct att_nvml_report *r,
    struct att_err *err);

/*
 * Asks each GPU, with the nonce that `challenge` and its name give
 * (att_binding_spdm_nonce), and tells `each`. `library` is loaded by the rules
 * of dlopen(3). A machine without it, without the driver or without a GPU has
 * none, which is no error. ATT_E_UNSUPPORTED: a library that is none of
 * NVIDIA's, or too old; ATT_E_SYS: it could not begin.
 */
int att_nvml_ask(const char *library, struct att_slice challenge,
    struct att_hasher *h, att_nvml_fn *each, void *arg, struct att_err *err)
    ATT_MUST;

#endif
