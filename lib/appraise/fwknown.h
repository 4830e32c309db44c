/*
 * What a verifier knows of one node's firmware: the values that are this
 * machine's own, and the highest versions that its components were seen with.
 * Stored as JSON (docs/PROTOCOL-fwvalues.txt, section 5), which no other
 * program needs to understand; forgotten when the node's parts are replaced.
 */
#ifndef ATT_APPRAISE_FWKNOWN_H
#define ATT_APPRAISE_FWKNOWN_H

#include "firmware/claims.h"

#define ATT_FWKNOWN_FORMAT "attestd-firmware-known/1"
#define ATT_FWKNOWN_MAX (4u << 20)	/* bytes of a document */
#define ATT_FWKNOWN_RANGES_MAX 1024
#define ATT_FWKNOWN_VERSIONS_MAX 4096

struct att_fwknown;
void att_fwknown_free(struct att_fwknown *k);
ATT_DEFINE_AUTO(struct att_fwknown, att_fwknown_free)

/* Appends it in canonical form: encode(parse(x)) == x for it. */
int att_fwknown_encode(const struct att_fwknown *k, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
int att_fwknown_parse(struct att_slice text, struct att_fwknown **ret,
    struct att_err *err) ATT_MUST;

/* NULL: this range of this chip was not seen yet. */
const struct att_digest *att_fwknown_range(const struct att_fwknown *k,
    const char *chip, const struct att_range *range) ATT_MUST;

/* The highest version that one of its firmwares was seen running. */
struct att_fwknown_version {
	char *id;		/* of the component */
	char *name;		/* of the version */
	char *text;
	char *device;		/* model and serial number, "" if not told */
};
/* NULL: not seen yet. */
const struct att_fwknown_version *att_fwknown_version(
    const struct att_fwknown *k, const char *id, const char *name) ATT_MUST;

/*
 * `before` (NULL: nothing) and what these claims add: per-machine ranges,
 * higher versions, other devices in a place. *ret is the caller's; NULL with 0
 * if there is nothing new. Over the limits what these claims do not have goes
 * first.
 */
int att_fwknown_learn(const struct att_fwknown *before,
    const struct att_firmware_claims *c, struct att_fwknown **ret,
    struct att_err *err) ATT_MUST;

#endif
