/* Appraisal of firmware claims: flash chips. */
#include <stdio.h>
#include <string.h>

#include "appraise/firmware_inside.h"

/* What all documents together say of a chip. */
struct chip_rules {
	size_t count;
	bool any, optional;
};

static struct chip_rules
rules_of_chip(const struct att_fw_work *w, const char *name)
{
	struct chip_rules ret = { 0 };

	for (size_t i = 0; i < w->refs; i++) {
		const struct att_fwflash *f =
		    att_fwref_flash_of(w->ref[i], name);

		if (f == NULL)
			continue;
		ret.count++;
		ret.any = ret.any || att_fwflash_is_any(f);
		ret.optional = ret.optional || att_fwflash_is_optional(f);
	}
	return ret;
}

/* The rule of one document that agrees; else NULL, and the closest is told. */
static const struct att_fwflash *
match_chip(struct att_fw_work *w, const struct att_flash *chip)
{
	const struct att_fwref *closest = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < w->refs; i++) {
		const struct att_fwflash *f =
		    att_fwref_flash_of(w->ref[i], chip->name);
		size_t n = 0;

		if (f == NULL)
			continue;
		(void)!att_fwflash_match(f, chip, att_fw_count_fails, &n);
		if (n < least) {
			least = n;
			closest = w->ref[i];
		}
	}
	if (closest == NULL ||
	    !att_fwflash_match(att_fwref_flash_of(closest, chip->name), chip,
		att_fw_tell, w))
		return NULL;
	att_fw_agree(w, closest);
	return att_fwref_flash_of(closest, chip->name);
}

/* True if it was seen before, as it is or otherwise. */
static bool
match_own(struct att_fw_work *w, const struct att_flash *chip,
    const struct att_range *r)
{
	struct att_finding f =
	    att_fw_finding(ATT_F_FLASH_OTHER_MACHINE, chip->name);
	const char *alg = att_alg_name(r->digest.alg);
	int seen = att_fwknown_range(w->a->known, chip->name, r, &f.expected,
	    NULL);

	w->nomem = w->nomem || seen < 0;
	if (seen <= 0)
		return false;
	if (att_digest_equal(&f.expected, &r->digest))
		return true;
	if (f.expected.alg != r->digest.alg) {
		f = att_fw_finding(ATT_F_FLASH_ALGORITHM, chip->name);
		att_finding_set_what(&f, "%s", alg == NULL ? "unknown" : alg);
		att_fw_tell(w, &f);
		return true;
	}
	att_finding_set_what(&f, "'%s' at 0x%llx", r->name,
	    (unsigned long long)r->offset);
	f.found = r->digest;
	att_fw_tell(w, &f);
	return true;
}

static void
match_own_ranges(struct att_fw_work *w, const struct att_flash *chip,
    const struct att_fwflash *rule)
{
	bool must = w->policy->known_required;
	struct att_finding f = att_fw_finding(must ?
		ATT_F_FLASH_NOT_ENROLLED : ATT_F_FLASH_ENROLLED, chip->name);

	for (size_t i = 0; i < chip->map->count; i++) {
		const struct att_range *r = &chip->map->range[i];

		if (att_fwflash_is_own(rule, r) && !match_own(w, chip, r))
			f.number[0]++;
	}
	if (f.number[0] == 0)
		return;
	w->blind = w->blind || must;
	att_fw_tell(w, &f);
}

/* What was another at each look is whatever it likes to be. */
static void
check_steady(struct att_fw_work *w, const struct att_flash *chip,
    const struct att_pass *p)
{
	struct att_finding f = att_fw_finding(ATT_F_FLASH_UNSTEADY, chip->name);

	f.number[0] = p->unsteady_count;
	if (p->unsteady_count == 0)
		return;
	att_finding_set_what(&f, "the first at 0x%llx",
	    (unsigned long long)p->unsteady[0]);
	att_fw_tell(w, &f);
}

static void
compare_chip(struct att_fw_work *w, size_t at)
{
	const struct att_flash *chip = &w->c->flash[at];
	char of[sizeof(w->c->pass[0].of)];

	(void)snprintf(of, sizeof(of), "flash/%s", chip->name);
	if (!att_fw_check_pass(w, of))
		return;
	check_steady(w, chip, att_firmware_claims_pass(w->c, of));
	w->agreed[at] = match_chip(w, chip);
	if (w->agreed[at] != NULL)
		match_own_ranges(w, chip, w->agreed[at]);
	w->result.chips++;
	w->result.ranges += chip->map->count;
}

static void
judge_chip(struct att_fw_work *w, size_t at)
{
	const struct att_flash *chip = &w->c->flash[at];
	struct chip_rules rules = rules_of_chip(w, chip->name);
	struct att_finding f;

	if (rules.any || (rules.optional &&
			     chip->result == ATT_MEASURED_NOT_AVAILABLE))
		return;
	if (rules.count == 0) {
		f = att_fw_finding(ATT_F_FLASH_NOT_IN_REFERENCE, chip->name);
		att_fw_tell_blind(w, &f);
	} else if (chip->result != ATT_MEASURED_OK || chip->map == NULL) {
		f = att_fw_finding(ATT_F_FLASH_NOT_READ, chip->name);
		att_finding_set_what(&f, "%s: %s",
		    att_measured_name(chip->result), chip->reason);
		att_fw_tell_blind(w, &f);
	} else {
		compare_chip(w, at);
	}
}

/* A chip that an earlier document or rule named as well. */
static bool
named_before(const struct att_fw_work *w, size_t at, const char *name)
{
	for (size_t i = 0; i < at; i++)
		if (att_fwref_flash_of(w->ref[i], name) != NULL)
			return true;
	return false;
}

static void
check_missing_chips(struct att_fw_work *w)
{
	const struct att_fwflash *rule;

	for (size_t i = 0; i < w->refs; i++)
		for (size_t k = 0;
		     (rule = att_fwref_flash(w->ref[i], k)) != NULL; k++) {
			const char *name = att_fwflash_name(rule);
			struct att_finding f =
			    att_fw_finding(ATT_F_FLASH_MISSING, name);

			if (named_before(w, i, name) ||
			    rules_of_chip(w, name).optional ||
			    att_firmware_claims_flash(w->c, name) != NULL)
				continue;
			if (w->c->no_flash[0] != '\0')
				att_finding_set_what(&f, "(%s)",
				    w->c->no_flash);
			att_fw_tell_blind(w, &f);
		}
}

void
att_fw_judge_flash(struct att_fw_work *w)
{
	for (size_t i = 0; i < w->c->chips; i++)
		judge_chip(w, i);
	check_missing_chips(w);
}
