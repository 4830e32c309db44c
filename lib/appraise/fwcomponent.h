/*
 * What reference values say of components of one kind.
 * docs/PROTOCOL-fwvalues.txt, section 3, has the JSON.
 */
#ifndef ATT_APPRAISE_FWCOMPONENT_H
#define ATT_APPRAISE_FWCOMPONENT_H

#include "appraise/finding.h"
#include "appraise/fwselect.h"

#define ATT_FWCOMPONENT_TEXTS_MAX 256	/* that a version may be one of */
#define ATT_FWCOMPONENT_NAME_MAX 287	/* bytes of the name of a rule */

struct att_fwcomponent;
void att_fwcomponent_free(struct att_fwcomponent *r);
ATT_DEFINE_AUTO(struct att_fwcomponent, att_fwcomponent_free)

/* One rule; `j` must outlive it. */
int att_fwcomponent_parse(json_t *j, struct att_fwcomponent **ret,
    struct att_err *err) ATT_MUST;

/* For people; rules of one name in several documents mean one thing. */
const char *att_fwcomponent_name(const struct att_fwcomponent *r) ATT_MUST;
/* How many there must be at least; 0: it is optional. */
size_t att_fwcomponent_least(const struct att_fwcomponent *r) ATT_MUST;
/* The one id that it is for, without a wildcard; NULL: it is for more. */
const char *att_fwcomponent_one(const struct att_fwcomponent *r) ATT_MUST;
bool att_fwcomponent_is_for(const struct att_fwcomponent *r,
    const struct att_component *c) ATT_MUST;

/*
 * True if the component told what it runs, by a path that is enough, and that
 * is as the rule says. Every difference goes to `report`; NULL: nowhere. What
 * is stored and does not run yet is not looked at.
 */
bool att_fwcomponent_match(const struct att_fwcomponent *r,
    const struct att_component *c, att_finding_fn *report, void *arg)
    ATT_MUST;
/* True if it might run this version of `name` as well. */
bool att_fwcomponent_takes(const struct att_fwcomponent *r, const char *name,
    const char *version) ATT_MUST;

#endif
