#include "appraise/ear.h"

#include <string.h>

#include "base/encoding.h"

#define SUBMOD "boot"
#define BOOT_ID "attestd_boot_id"

static const struct {
	const char *name;
	enum att_tier tier;
	int rank;	/* of badness, for finding the worst */
} tiers[] = {
	{ "affirming", ATT_TIER_AFFIRMING, 0 },
	{ "none", ATT_TIER_NONE, 1 },
	{ "warning", ATT_TIER_WARNING, 2 },
	{ "contraindicated", ATT_TIER_CONTRAINDICATED, 3 },
};

static const char *const trusts[ATT_TRUST_COUNT] = {
	[ATT_TRUST_INSTANCE_IDENTITY] = "instance-identity",
	[ATT_TRUST_CONFIGURATION] = "configuration",
	[ATT_TRUST_EXECUTABLES] = "executables",
	[ATT_TRUST_FILE_SYSTEM] = "file-system",
	[ATT_TRUST_HARDWARE] = "hardware",
	[ATT_TRUST_RUNTIME_OPAQUE] = "runtime-opaque",
	[ATT_TRUST_STORAGE_OPAQUE] = "storage-opaque",
	[ATT_TRUST_SOURCED_DATA] = "sourced-data",
};

const char *
att_tier_name(enum att_tier tier)
{
	for (size_t i = 0; i < ATT_COUNT(tiers); i++)
		if (tiers[i].tier == tier)
			return tiers[i].name;
	return "none";
}

static int
rank_of(enum att_tier tier)
{
	for (size_t i = 0; i < ATT_COUNT(tiers); i++)
		if (tiers[i].tier == tier)
			return tiers[i].rank;
	return 1;
}

static enum att_tier
worse(enum att_tier a, enum att_tier b)
{
	return rank_of(a) >= rank_of(b) ? a : b;
}

/* AR4SI, 2.3.2: the ranges of a claim's value, on both sides of zero. */
static enum att_tier
tier_of(int value)
{
	if (value >= 96 || value <= -97)
		return ATT_TIER_CONTRAINDICATED;
	if (value >= 32 || value <= -33)
		return ATT_TIER_WARNING;
	return value >= 2 || value <= -2 ? ATT_TIER_AFFIRMING : ATT_TIER_NONE;
}

/* -- making -------------------------------------------------------------- */

/* No claim where none of them was evaluated. */
static int8_t
all_of(uint32_t seen, uint32_t held, uint32_t claims)
{
	if ((seen & claims) == 0)
		return 0;
	return (seen & claims & ~held) == 0 ? 2 : 96;
}

/*
 * AR4SI, 2.3.4: 2 and 3 affirm (executables 2: only approved ones were run; 3:
 * those of the boot are known, of the running system nothing is said); 96
 * contraindicates; 97 is an instance that is not recognised.
 */
static void
make_vector(const struct att_verdict *v, int8_t trust[ATT_TRUST_COUNT])
{
	uint32_t seen = att_verdict_evaluated(v), held = att_verdict_held(v);
	uint32_t who = ATT_CLAIM_QUOTE | ATT_CLAIM_FRESH;
	uint32_t what = ATT_CLAIM_BOOT_LOG | ATT_CLAIM_REFERENCE;

	memset(trust, 0, ATT_TRUST_COUNT);
	if ((seen & who) != 0)
		trust[ATT_TRUST_INSTANCE_IDENTITY] =
		    (held & who) == who ? 2 : 97;
	if ((seen & what) != 0)
		trust[ATT_TRUST_EXECUTABLES] = (held & what) == what ? 3 : 96;
	if ((seen & ATT_CLAIM_RUNTIME) != 0 &&
	    trust[ATT_TRUST_EXECUTABLES] != 96)
		trust[ATT_TRUST_EXECUTABLES] =
		    (held & (what | ATT_CLAIM_RUNTIME)) ==
			(what | ATT_CLAIM_RUNTIME) ? 2 : 96;
	trust[ATT_TRUST_CONFIGURATION] = all_of(seen, held,
	    ATT_CLAIM_SECURE_BOOT | ATT_CLAIM_POSTURE);
	trust[ATT_TRUST_HARDWARE] = all_of(seen, held,
	    ATT_CLAIM_FIRMWARE | ATT_CLAIM_DEVICES);
}

static bool
has_warning(const struct att_verdict *v)
{
	for (size_t i = 0; i < att_verdict_finding_count(v); i++)
		if (att_verdict_finding(v, i)->severity == ATT_SEVERITY_WARN)
			return true;
	return false;
}

static enum att_tier
tier_of_verdict(const struct att_verdict *v)
{
	switch (att_verdict_status(v)) {
	case ATT_PASS:
		return has_warning(v) ? ATT_TIER_WARNING : ATT_TIER_AFFIRMING;
	case ATT_FAIL:
		return ATT_TIER_CONTRAINDICATED;
	case ATT_UNDECIDED:
		break;
	}
	return ATT_TIER_NONE;
}

static json_t *
vector_to_json(const struct att_verdict *v)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int8_t trust[ATT_TRUST_COUNT];

	make_vector(v, trust);
	for (size_t i = 0; i < ATT_TRUST_COUNT; i++)
		if (trust[i] != 0 &&
		    att_json_put(j, trusts[i], json_integer(trust[i]), NULL) <
			0)
			return NULL;
	return take(&j);
}

static int
make_submod(const struct att_verdict *v, const struct att_ear_frame *f,
    json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *ids = json_array();
	int e;

	if ((e = att_json_put(j, "ear_status",
		 json_string(att_tier_name(tier_of_verdict(v))), err)) < 0 ||
	    (e = att_json_put(j, "ear_trustworthiness_vector",
		 vector_to_json(v), err)) < 0 ||
	    (e = att_json_put(j, "attestd_verdict", att_verdict_to_json(v),
		 err)) < 0)
		return e;
	if (f->policy != NULL &&
	    ((e = att_json_add(ids, json_string(f->policy), err)) < 0 ||
		(e = att_json_put(j, "ear_appraisal_policy_ids", take(&ids),
		     err)) < 0))
		return e;
	*ret = take(&j);
	return 0;
}

static json_t *
nonce_of(struct att_slice challenge)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(128);

	att_base64url_put(&b, challenge);
	return b.failed || b.len == 0 ?
	    NULL : json_stringn((const char *)b.data, b.len);
}

static int
put_frame(json_t *j, const struct att_ear_frame *f, struct att_err *err)
{
	AUTO(att_json_decref) json_t *id = json_object();
	int e;

	if ((e = att_json_put(id, "developer", json_string(f->developer),
		 err)) < 0 ||
	    (e = att_json_put(id, "build", json_string(f->build), err)) < 0 ||
	    (e = att_json_put(j, "ear_verifier_id", take(&id), err)) < 0 ||
	    (e = att_json_put(j, "eat_profile", json_string(ATT_EAR_PROFILE),
		 err)) < 0 ||
	    (e = att_json_put(j, "sub", json_string(f->node), err)) < 0 ||
	    (f->boot_id != NULL && f->boot_id[0] != '\0' &&
		(e = att_json_put(j, BOOT_ID, json_string(f->boot_id),
		     err)) < 0) ||
	    (e = att_json_put(j, "iat", json_integer(f->issued), err)) < 0 ||
	    (e = att_json_put(j, "exp", json_integer(f->expires), err)) < 0)
		return e;
	return att_json_put(j, "eat_nonce", nonce_of(f->challenge), err);
}

int
att_ear_make(const struct att_verdict *v, const struct att_ear_frame *f,
    json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *submods = json_object();
	AUTO(att_json_decref) json_t *boot = NULL;
	int e;

	/* RFC 9711, 4.1: eat_nonce has 8 to 64 bytes */
	if (f->challenge.len < 8 || f->challenge.len > ATT_CHALLENGE_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "challenge of %zu bytes, must be 8 to %d (RFC 9711, 4.1)",
		    f->challenge.len, ATT_CHALLENGE_MAX);
	if ((e = make_submod(v, f, &boot, err)) < 0 ||
	    (e = put_frame(j, f, err)) < 0 ||
	    (e = att_json_put(j, "ear_status",
		 json_string(att_tier_name(tier_of_verdict(v))), err)) < 0 ||
	    (e = att_json_put(submods, SUBMOD, take(&boot), err)) < 0 ||
	    (e = att_json_put(j, "submods", take(&submods), err)) < 0)
		return e;
	*ret = take(&j);
	return 0;
}

/* -- reading ------------------------------------------------------------- */

static int
read_tier(const json_t *j, enum att_tier *ret, struct att_err *err)
{
	const char *s = NULL;
	int e;

	if ((e = att_json_str(j, "ear_status", &s, err)) < 0)
		return e;
	for (size_t i = 0; i < ATT_COUNT(tiers); i++)
		if (strcmp(tiers[i].name, s) == 0) {
			*ret = tiers[i].tier;
			return 0;
		}
	return att_err_set(err, ATT_E_FORMAT,
	    "member \"ear_status\" is no tier");
}

/* Claims that have no name here still count for the worst. */
static int
read_vector(json_t *submod, int8_t trust[ATT_TRUST_COUNT],
    enum att_tier *worst, struct att_err *err)
{
	json_t *vector = json_object_get(submod, "ear_trustworthiness_vector");
	const char *name;
	json_t *v;

	*worst = ATT_TIER_AFFIRMING;
	memset(trust, 0, ATT_TRUST_COUNT);
	if (vector != NULL && !json_is_object(vector))
		return att_err_set(err, ATT_E_FORMAT,
		    "trustworthiness vector must be an object");
	json_object_foreach (vector, name, v) {
		json_int_t n = json_integer_value(v);

		if (!json_is_integer(v) || n < -128 || n > 127)
			return att_err_set(err, ATT_E_FORMAT,
			    "trustworthiness claim must be -128 to 127");
		if (n != 0)
			*worst = worse(*worst, tier_of((int)n));
		for (size_t i = 0; i < ATT_TRUST_COUNT; i++)
			if (strcmp(trusts[i], name) == 0)
				trust[i] = (int8_t)n;
	}
	return 0;
}

static int
read_submod(const char *name, json_t *submod, struct att_ear *r,
    struct att_err *err)
{
	int8_t trust[ATT_TRUST_COUNT];
	enum att_tier status = ATT_TIER_NONE, worst;
	json_t *verdict;
	int e;

	if (!json_is_object(submod))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = read_tier(submod, &status, err)) < 0 ||
	    (e = read_vector(submod, trust, &worst, err)) < 0)
		return e;
	/* "none" gives no comfort, whatever stands beside it */
	if (status != ATT_TIER_NONE && rank_of(status) < rank_of(worst))
		return att_err_set(err, ATT_E_FORMAT,
		    "status \"%s\" is better than its vector",
		    att_tier_name(status));
	r->status = worse(r->status, status);
	if (strcmp(name, SUBMOD) != 0)
		return 0;
	memcpy(r->trust, trust, sizeof(trust));
	verdict = json_object_get(submod, "attestd_verdict");
	r->findings = json_object_get(verdict, "findings");
	if (!json_is_array(r->findings))
		r->findings = NULL;
	return 0;
}

static int
read_submods(json_t *claims, struct att_ear *r, struct att_err *err)
{
	json_t *submods = NULL, *v;
	enum att_tier top = ATT_TIER_NONE;
	const char *name;
	int e;

	if ((e = att_json_obj(claims, "submods", &submods, err)) < 0)
		return e;
	if (json_object_size(submods) == 0)
		return att_err_set(err, ATT_E_FORMAT, "submods is empty");
	r->status = ATT_TIER_AFFIRMING;
	json_object_foreach (submods, name, v)
		if ((e = read_submod(name, v, r, err)) < 0)
			return e;
	if (json_object_get(claims, "ear_status") == NULL)
		return 0;
	if ((e = read_tier(claims, &top, err)) < 0)
		return e;
	if (top != ATT_TIER_NONE && rank_of(top) < rank_of(r->status))
		return att_err_set(err, ATT_E_FORMAT,
		    "status \"%s\" is better than its submods",
		    att_tier_name(top));
	r->status = worse(r->status, top);
	return 0;
}

static int
read_frame(json_t *claims, int64_t now, struct att_ear *r,
    struct att_err *err)
{
	const char *profile = NULL;
	json_t *id = NULL;
	int e;

	if ((e = att_json_str(claims, "eat_profile", &profile, err)) < 0)
		return e;
	if (strcmp(profile, ATT_EAR_PROFILE) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "eat_profile is not \"" ATT_EAR_PROFILE "\"");
	r->nonce = r->node = r->boot_id = "";
	if ((e = att_json_obj(claims, "ear_verifier_id", &id, err)) < 0 ||
	    (e = att_json_str(id, "developer", &r->developer, err)) < 0 ||
	    (e = att_json_str(id, "build", &r->build, err)) < 0 ||
	    (e = att_json_str_opt(claims, "sub", &r->node, err)) < 0 ||
	    (e = att_json_str_opt(claims, BOOT_ID, &r->boot_id, err)) < 0 ||
	    (e = att_json_str_opt(claims, "eat_nonce", &r->nonce, err)) < 0 ||
	    (e = att_json_int(claims, "iat", 0, INT64_MAX / 2, &r->issued,
		 err)) < 0 ||
	    (e = att_json_int(claims, "exp", 0, INT64_MAX / 2, &r->expires,
		 err)) < 0)
		return e;
	if (now >= r->expires)
		return att_err_set(err, ATT_E_EXPIRED,
		    "the result expired %lld s ago",
		    (long long)(now - r->expires));
	if (r->issued > now && r->issued - now > ATT_EAR_SKEW)
		return att_err_set(err, ATT_E_EXPIRED,
		    "the result was issued %lld s in the future",
		    (long long)(r->issued - now));
	return 0;
}

int
att_ear_parse(json_t *claims, int64_t now, struct att_ear *ret,
    struct att_err *err)
{
	struct att_ear r = { 0 };
	int e;

	if (!json_is_object(claims))
		return att_err_set(err, ATT_E_FORMAT,
		    "attestation result must be an object");
	if ((e = read_frame(claims, now, &r, err)) < 0 ||
	    (e = read_submods(claims, &r, err)) < 0) {
		att_err_prefix(err, "attestation result");
		return e;
	}
	*ret = r;
	return 0;
}
