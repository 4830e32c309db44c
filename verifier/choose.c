#include "verifier/choose.h"

#include <stdio.h>
#include <string.h>

#define PCR_IMA (1u << 10)

/* What the appraisal looks at, in the order in which it is asked for. */
static const struct {
	enum att_item item;
	bool bound;	/* only in a bound quote */
} wanted[] = {
	{ ATT_ITEM_UEFI_LOG, false },
	{ ATT_ITEM_USERSPACE_LOG, false },
	{ ATT_ITEM_FIRMWARE_CLAIMS, true },
	{ ATT_ITEM_PLATFORM_POSTURE, true },
	{ ATT_ITEM_SPDM_MEASUREMENTS, true },
};

/*
 * The offered key that is the enrolled one. A first one that does not say
 * which it is may be it: the quote will tell.
 */
static int
choose_key(const struct att_tpm_public *ak, const struct att_offer *o,
    size_t *ret, struct att_err *err)
{
	struct att_tpm_name name;
	int r;

	if ((r = att_tpm_public_name(ak, &name, err)) < 0)
		return r;
	for (size_t i = 0; i < o->keys; i++) {
		const struct att_offer_key *k = &o->key[i];

		if (k->name_len == 0 ? i == 0 :
				       att_slice_equal((struct att_slice){
					   k->name, k->name_len },
					   att_tpm_name_view(&name))) {
			*ret = i;
			return 0;
		}
	}
	return att_err_set(err, ATT_E_MISMATCH,
	    "the attestation key that this node is enrolled with is not "
	    "offered");
}

static bool
bank_fits(const struct att_offer *o, const struct att_offer_key *key,
    uint16_t scheme, uint16_t bank, uint32_t pcrs)
{
	return (pcrs & ~att_offer_pcrs(o, bank)) == 0 &&
	    att_offer_algs_has(&key->algs, scheme, bank);
}

static int
choose_bank(const struct att_verifier_config *config,
    const struct att_tpm_public *ak, const struct att_offer *o,
    uint32_t pcrs, struct att_demand *d, struct att_err *err)
{
	const struct att_config_list *banks = &config->quote_banks;

	d->scheme = ak->scheme.alg;
	for (size_t i = 0; i < banks->count; i++) {
		uint16_t bank = att_alg_by_name(banks->item[i]);

		if (!bank_fits(o, &o->key[d->key], d->scheme, bank, pcrs))
			continue;
		d->select = (struct att_pcr_select){ bank, pcrs };
		return 0;
	}
	return att_err_set(err, ATT_E_UNSUPPORTED,
	    "no bank is offered that policy takes, that has PCRs 0x%06x and "
	    "by whose hash the key signs", pcrs);
}

/* Points at the quote's capabilities, wherever in the list they stand. */
static int
at_quote(int r, struct att_pointer *where, const char *name)
{
	att_pointer_clear(where);
	r = att_pointer_at(r, where, name);
	return att_pointer_at(r, where,
	    "data/attributes/evidence_supported");
}

static void
choose_items(const struct att_offer *o, const struct att_wish *wish,
    struct att_demand *d)
{
	for (size_t i = 0; i < ATT_COUNT(wanted); i++) {
		enum att_item item = wanted[i].item;

		if (o->item[item].state != ATT_ITEM_PRESENT ||
		    /* a document that is not there yet */
		    (wanted[i].bound &&
			(!d->bound || o->item[item].entries == 0)) ||
		    (item == ATT_ITEM_SPDM_MEASUREMENTS && !wish->devices))
			continue;
		d->item[d->count++] = item;
	}
}

int
att_choose(const struct att_verifier_config *config,
    const struct att_tpm_public *ak, const struct att_offer *o,
    const struct att_wish *wish, struct att_demand *ret,
    struct att_pointer *where, struct att_err *err)
{
	const struct att_offer_item *ima = &o->item[ATT_ITEM_IMA_LOG];
	bool wants_ima = wish->ima_from != ATT_CHOOSE_NO_IMA &&
	    ima->state == ATT_ITEM_PRESENT;
	uint32_t pcrs = config->quote_pcrs | (wants_ima ? PCR_IMA : 0);
	struct att_demand d = { .bound = o->can_bind };
	int r;

	if ((r = at_quote(choose_key(ak, o, &d.key, err), where,
		 "certification_keys")) < 0 ||
	    (r = at_quote(choose_bank(config, ak, o, pcrs, &d, err), where,
		 "available_subjects")) < 0)
		return r;
	choose_items(o, wish, &d);
	if (wants_ima) {
		d.item[d.count++] = ATT_ITEM_IMA_LOG;
		d.ima_offset = wish->ima_from <= ima->entries ?
		    wish->ima_from :
		    0;
	}
	*ret = d;
	return 0;
}
