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
#define ATT_FWKNOWN_RANGES_MAX 64	/* of one chip */
/* Those that are in its claims, and as many that once were. */
#define ATT_FWKNOWN_COMPONENTS_MAX (2 * ATT_COMPONENTS_MAX)

struct att_fwknown;
void att_fwknown_free(struct att_fwknown *k);
ATT_DEFINE_AUTO(struct att_fwknown, att_fwknown_free)

/* Appends it in canonical form: encode(parse(x)) == x for it. */
int att_fwknown_encode(const struct att_fwknown *k, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
int att_fwknown_parse(struct att_slice text, struct att_fwknown **ret,
    struct att_err *err) ATT_MUST;

/* 1, or 0: this range of this chip was not seen yet; or for want of memory. */
int att_fwknown_range(const struct att_fwknown *k, const char *chip,
    const struct att_range *range, struct att_digest *ret,
    struct att_err *err) ATT_MUST;
/*
 * The highest version that this firmware of a component was seen running, and
 * which device that was: model and serial number, as far as they were told.
 * NULL: not seen yet. Borrowed.
 */
const char *att_fwknown_version(const struct att_fwknown *k, const char *id,
    const char *name) ATT_MUST;
const char *att_fwknown_device(const struct att_fwknown *k, const char *id)
    ATT_MUST;

#define ATT_FWKNOWN_DEVICE_MAX (2 * ATT_COMPONENT_TEXT_MAX + 1)
/* What names the device; returns `ret`. */
char *att_fwknown_name_device(const struct att_component *c,
    char ret[static ATT_FWKNOWN_DEVICE_MAX + 1]);

/* What one appraisal adds. */
struct att_fwknown_news {
	const struct att_firmware_claims *claims;
	/* True if the bytes of this range of this chip are the node's own. */
	bool (*is_own)(void *arg, const struct att_flash *chip,
	    const struct att_range *range);
	void *arg;
};

/*
 * `before` (NULL: nothing) and the news: ranges of the node's own, higher
 * versions, other devices in a place. *ret is the caller's; NULL, with 0, if
 * nothing is new. Over the limits what these claims do not have is forgotten.
 */
int att_fwknown_learn(const struct att_fwknown *before,
    const struct att_fwknown_news *news, struct att_fwknown **ret,
    struct att_err *err) ATT_MUST;

#endif
