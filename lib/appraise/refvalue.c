#include "appraise/refvalue.h"

#include <string.h>

#include "base/number.h"

struct att_ref {
	json_t *doc;		/* texts are borrowed from it */
	struct att_ref_head head;
	enum att_ref_secure_boot secure_boot;
	struct att_ref_rule *rule[ATT_PCR_COUNT];
};

void
att_ref_free(struct att_ref *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < ATT_PCR_COUNT; i++)
		att_ref_rule_free(r->rule[i]);
	json_decref(r->doc);
	free(r);
}

const struct att_ref_head *
att_ref_head(const struct att_ref *r)
{
	return &r->head;
}

const char *
att_ref_id(const struct att_ref *r)
{
	return r->head.id;
}

int64_t
att_ref_version(const struct att_ref *r)
{
	return r->head.version;
}

int64_t
att_ref_valid_from(const struct att_ref *r)
{
	return r->head.valid_from;
}

int64_t
att_ref_valid_until(const struct att_ref *r)
{
	return r->head.valid_until;
}

bool
att_ref_is_valid_at(const struct att_ref *r, int64_t now)
{
	return att_ref_head_is_valid_at(&r->head, now);
}

enum att_ref_secure_boot
att_ref_secure_boot(const struct att_ref *r)
{
	return r->secure_boot;
}

const struct att_ref_rule *
att_ref_rule(const struct att_ref *r, unsigned pcr)
{
	return pcr < ATT_PCR_COUNT ? r->rule[pcr] : NULL;
}

bool
att_ref_matches(const struct att_ref *r, const struct att_platform *p)
{
	return att_ref_head_matches(&r->head, p);
}

/* -- parsing ------------------------------------------------------------- */

static int
read_secure_boot(struct att_ref *r, struct att_err *err)
{
	const char *s = NULL;
	int e;

	if ((e = att_json_str(r->doc, "secure_boot", &s, err)) < 0)
		return e;
	if (strcmp(s, "required") == 0)
		r->secure_boot = ATT_REF_SECURE_BOOT_REQUIRED;
	else if (strcmp(s, "any") != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"secure_boot\" must be \"required\" or \"any\"");
	return 0;
}

/* "0" to "23", in one way of writing each. */
static bool
pcr_of(const char *name, unsigned *ret)
{
	uint64_t v;

	if ((name[0] == '0' && name[1] != '\0') ||
	    !att_number_read(name, ATT_PCR_COUNT - 1, &v))
		return false;
	*ret = (unsigned)v;
	return true;
}

static int
read_rules(struct att_ref *r, struct att_err *err)
{
	json_t *pcrs = NULL, *v;
	const char *name;
	unsigned pcr;
	int e;

	if ((e = att_json_obj(r->doc, "pcrs", &pcrs, err)) < 0)
		return e;
	json_object_foreach (pcrs, name, v) {
		/* whoever reaches the TPM can reset these: no rule helps */
		if (!pcr_of(name, &pcr) || pcr == 16 || pcr == 23)
			return att_err_set(err, ATT_E_FORMAT,
			    "\"pcrs\": \"%s\", must be 0 to 22 without 16",
			    name);
		e = att_ref_rule_parse(v, pcr, &r->rule[pcr], err);
		if (e < 0) {
			att_err_prefix(err, "PCR %u", pcr);
			return e;
		}
	}
	return 0;
}

static int
read_doc(struct att_ref *r, struct att_err *err)
{
	static const char *const names[] = { "secure_boot", "pcrs", NULL };
	int e;

	if ((e = att_ref_head_read(r->doc, ATT_REF_FORMAT, names, &r->head,
		 err)) < 0 ||
	    (e = read_secure_boot(r, err)) < 0)
		return e;
	return read_rules(r, err);
}

int
att_ref_parse(struct att_slice text, struct att_ref **ret,
    struct att_err *err)
{
	AUTO(att_ref_free) struct att_ref *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return att_err_nomem(err);
	if ((e = att_json_parse(text, ATT_REF_FILE_MAX, &r->doc, err)) < 0)
		return e;
	if ((e = read_doc(r, err)) < 0) {
		att_err_prefix(err, "reference values");
		return e;
	}
	*ret = take(&r);
	return 0;
}
