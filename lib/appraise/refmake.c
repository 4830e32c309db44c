#include "appraise/refmake.h"

#include <stdio.h>
#include <string.h>

#include "appraise/registers.h"
#include "appraise/vary.h"

#define PCR_STUB 11	/* where systemd measures the phases of a boot */

/*
 * Phases that come sooner or later, so that a quote may stand before or behind
 * them (systemd-pcrphase.service(8)).
 */
static const char *const late_phases[] = { "sysinit", "ready" };

struct making {
	const struct att_refmake *m;
	struct att_hasher *hasher;
	struct att_logs logs;
	struct att_registers registers;
	uint32_t banks;		/* positions in registers.bank, as bits */
	struct att_err why;	/* of a log that cannot be read */
};

static void
making_done(struct making *k)
{
	att_logs_done(&k->logs);
	att_hasher_free(k->hasher);
}

static void
keep_reason(void *arg, const struct att_finding *f)
{
	struct making *k = arg;

	(void)att_err_set(&k->why, ATT_E_FORMAT, "%s", f->what);
}

/* -- which banks --------------------------------------------------------- */

static bool
is_wanted(const struct att_refmake *m, uint16_t alg)
{
	for (size_t i = 0; i < m->bank_count; i++)
		if (m->bank[i] == alg)
			return true;
	return false;
}

static int
choose_banks(struct making *k, struct att_err *err)
{
	const struct att_registers *r = &k->registers;
	uint32_t strong = 0, all = 0;

	for (size_t b = 0; b < r->bank_count; b++) {
		all |= 1u << b;
		if (att_registers_may_decide(r, b, false))
			strong |= 1u << b;
		if (is_wanted(k->m, r->bank[b]))
			k->banks |= 1u << b;
	}
	for (size_t i = 0; i < k->m->bank_count; i++)
		if (att_pcrs_bank(r->pcrs, k->m->bank[i]) == NULL)
			return att_err_set(err, ATT_E_NOT_FOUND,
			    "the evidence has no PCR values of bank %s",
			    att_alg_name(k->m->bank[i]) == NULL ?
				"unknown" :
				att_alg_name(k->m->bank[i]));
	if (k->m->bank_count == 0)
		k->banks = strong != 0 ? strong : all;
	if (k->banks == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "the evidence has no PCR values");
	return 0;
}

/* -- digests ------------------------------------------------------------- */

static int
put_digest(json_t *obj, uint16_t alg, struct att_slice d,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int r;

	if ((r = att_json_add(list, att_json_hex_of(d), err)) < 0)
		return r;
	return att_json_put(obj, att_alg_name(alg), take(&list), err);
}

/* {"sha256": ["..."], ...} of what the event has in these banks. */
static int
digests_of(const struct making *k, const struct att_log_event *ev,
    uint32_t banks, json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	for (size_t b = 0; b < k->registers.bank_count; b++) {
		uint16_t alg = k->registers.bank[b];
		struct att_slice digest = att_logs_digest(&k->logs, ev, alg);

		if ((banks >> b & 1) == 0 || digest.data == NULL)
			continue;
		if ((r = put_digest(j, alg, digest, err)) < 0)
			return r;
	}
	*ret = take(&j);
	return 0;
}

static int
digests_of_word(const struct making *k, const char *word, uint32_t banks,
    json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	struct att_slice s = att_slice_of(word);
	struct att_digest d;
	int r;

	for (size_t b = 0; b < k->registers.bank_count; b++) {
		if ((banks >> b & 1) == 0)
			continue;
		if ((r = att_hasher_one(k->hasher, k->registers.bank[b], s,
			 &d, err)) < 0 ||
		    (r = put_digest(j, d.alg, att_digest_view(&d), err)) < 0)
			return r;
	}
	*ret = take(&j);
	return 0;
}

/* -- events -------------------------------------------------------------- */

static bool
has_rule(json_t *events, json_t *rule)
{
	for (size_t i = 0; i < json_array_size(events); i++)
		if (json_equal(json_array_get(events, i), rule))
			return true;
	return false;
}

/*
 * Takes `digests`. In any order, one rule is enough for events that are alike;
 * those of other types stay, so that a finding can name them.
 */
static int
add_rule(const struct making *k, json_t *events, json_t *digests,
    const char *type, const char *label, bool optional, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	int r;

	if ((r = att_json_put(j, "digests", digests, err)) < 0)
		return r;
	if (type[0] != '\0' &&
	    (r = att_json_put(j, "type", json_string(type), err)) < 0)
		return r;
	if (label[0] != '\0' &&
	    (r = att_json_put(j, "label", json_string(label), err)) < 0)
		return r;
	if (optional &&
	    (r = att_json_put(j, "optional", json_true(), err)) < 0)
		return r;
	if (!k->m->ordered && has_rule(events, j))
		return 0;
	return att_json_add(events, take(&j), err);
}

static bool
is_phase(const struct att_log_event *ev)
{
	return ev->record != NULL && ev->pcr == PCR_STUB &&
	    strcmp(ev->record->type, "phase") == 0;
}

static int
add_event(struct making *k, const struct att_log_event *ev, uint32_t banks,
    json_t *events, struct att_err *err)
{
	struct att_finding f = { 0 };
	json_t *digests = NULL;
	int r;

	if ((r = digests_of(k, ev, banks, &digests, err)) < 0)
		return r;
	att_logs_describe(&k->logs, ev, &f);
	return add_rule(k, events, digests, f.type_name, f.label,
	    is_phase(ev), err);
}

/* Phases that had not come yet when this node was quoted. */
static int
add_late_phases(struct making *k, unsigned seen, uint32_t banks,
    json_t *events, struct att_err *err)
{
	json_t *digests = NULL;
	int r;

	for (size_t i = 0; i < ATT_COUNT(late_phases); i++) {
		if ((seen >> i & 1) != 0)
			continue;
		if ((r = digests_of_word(k, late_phases[i], banks, &digests,
			 err)) < 0 ||
		    (r = add_rule(k, events, digests, "systemd phase",
			 late_phases[i], true, err)) < 0)
			return r;
	}
	return 0;
}

/* Bit i for late_phases[i], a bit of its own for any other phase. */
static unsigned
phase_bit(const struct att_log_event *ev)
{
	for (size_t i = 0; i < ATT_COUNT(late_phases); i++)
		if (is_phase(ev) &&
		    strcmp(ev->record->text, late_phases[i]) == 0)
			return 1u << i;
	return is_phase(ev) ? 1u << ATT_COUNT(late_phases) : 0;
}

static int
add_events(struct making *k, unsigned pcr, uint32_t banks, json_t *events,
    struct att_err *err)
{
	size_t n, first = 0;
	const struct att_log_event *ev = att_logs_pcr(&k->logs, pcr, &n);
	unsigned phases = 0;
	int r;

	while ((banks >> first & 1) == 0)
		first++;
	n -= ATT_MIN(n, k->registers.of[first][pcr].info.records_left);
	for (size_t i = 0; i < n; i++) {
		if ((att_vary_of(ev, i) & k->m->vary) == 0 &&
		    (r = add_event(k, &ev[i], banks, events, err)) < 0)
			return r;
		phases |= phase_bit(&ev[i]);
	}
	return phases != 0 ?
	    add_late_phases(k, phases, banks, events, err) :
	    0;
}

static int
put_vary(json_t *rule, uint32_t vary, unsigned pcr, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int r;

	for (unsigned v = 0; v < ATT_VARY_COUNT; v++)
		if ((vary >> v & 1) != 0 &&
		    (att_vary_pcrs((enum att_vary)v) >> pcr & 1) != 0 &&
		    (r = att_json_add(list,
			 json_string(att_vary_name((enum att_vary)v)), err)) <
			0)
			return r;
	if (json_array_size(list) == 0)
		return 0;
	return att_json_put(rule, "vary", take(&list), err);
}

static int
make_events(struct making *k, unsigned pcr, uint32_t banks, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *events = json_array();
	int r;

	if (events == NULL)
		return att_err_nomem(err);
	if ((r = add_events(k, pcr, banks, events, err)) < 0 ||
	    (r = put_vary(j, k->m->vary, pcr, err)) < 0 ||
	    (r = att_json_put(j, "order",
		 json_string(k->m->ordered ? "exact" : "any"), err)) < 0 ||
	    (r = att_json_put(j, "events", take(&events), err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

/* -- values -------------------------------------------------------------- */

static int
make_values(struct making *k, unsigned pcr, uint32_t banks, json_t **ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *values = json_object();
	int r;

	for (size_t b = 0; b < k->registers.bank_count; b++) {
		struct att_digest d;

		if ((banks >> b & 1) == 0)
			continue;
		d = att_registers_value(&k->registers, b, pcr);
		if ((r = put_digest(values, d.alg, att_digest_view(&d),
			 err)) < 0)
			return r;
	}
	if ((r = att_json_put(j, "values", take(&values), err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

/* -- the document -------------------------------------------------------- */

static int
make_rule(struct making *k, unsigned pcr, json_t **ret,
    uint32_t *by_value, struct att_err *err)
{
	uint32_t quoted = 0, explained = 0;

	for (size_t b = 0; b < k->registers.bank_count; b++) {
		if ((k->banks >> b & 1) == 0 ||
		    (k->registers.quoted[b] >> pcr & 1) == 0)
			continue;
		quoted |= 1u << b;
		if (att_registers_holds(&k->registers, b, pcr))
			explained |= 1u << b;
	}
	if (quoted == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "the evidence has no value of PCR %u", pcr);
	if (explained == 0 || (k->m->exact >> pcr & 1) != 0) {
		if (explained == 0)
			*by_value |= 1u << pcr;
		return make_values(k, pcr, quoted, ret, err);
	}
	return make_events(k, pcr, explained, ret, err);
}

static int
make_rules(struct making *k, json_t **ret, uint32_t *by_value,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	char name[12];
	int r;

	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
		AUTO(att_json_decref) json_t *rule = NULL;

		if ((k->m->pcrs >> pcr & 1) == 0)
			continue;
		if (pcr == 16 || pcr == 23)
			return att_err_set(err, ATT_E_USAGE,
			    "PCR %u can be reset by anyone who reaches the "
			    "TPM: no reference values", pcr);
		if ((r = make_rule(k, pcr, &rule, by_value, err)) < 0)
			return r;
		snprintf(name, sizeof(name), "%u", pcr);
		if ((r = att_json_put(j, name, take(&rule), err)) < 0)
			return r;
	}
	*ret = take(&j);
	return 0;
}

int
att_ref_make_head(json_t *j, const struct att_refmake *m, struct att_err *err)
{
	bool required = m->secure_boot == ATT_REF_SECURE_BOOT_REQUIRED;
	int r;

	if ((r = att_ref_head_write(j, ATT_REF_FORMAT, &m->head, err)) < 0)
		return r;
	return att_json_put(j, "secure_boot",
	    json_string(required ? "required" : "any"), err);
}

static int
open_evidence(struct making *k, const struct att_evidence *e,
    struct att_err *err)
{
	int bank_of[ATT_PCR_COUNT];
	int r;

	if (e->item[ATT_ITEM_UEFI_LOG].state != ATT_ITEM_PRESENT)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "the evidence has no boot log");
	if ((k->hasher = att_hasher_new()) == NULL)
		return att_err_nomem(err);
	att_registers_begin(&k->registers, &e->pcrs);
	if ((r = att_logs_open(&k->logs, &e->item[ATT_ITEM_UEFI_LOG],
		 &e->item[ATT_ITEM_USERSPACE_LOG], e->boot_id,
		 k->registers.bank, k->registers.bank_count, k->hasher,
		 keep_reason, k, err)) < 0)
		return r;
	if (k->why.code != 0)
		return att_err_set(err, ATT_E_FORMAT, "the %s", k->why.text);
	if ((r = choose_banks(k, err)) < 0 ||
	    (r = att_registers_explain(&k->registers, &k->logs,
		 ATT_REPLAY_EBS_MISSING, err)) < 0)
		return r;
	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++)
		bank_of[pcr] = att_registers_deciding(&k->registers, pcr,
		    true);
	return att_logs_cover(&k->logs, bank_of, err);
}

/* What is handed out can be taken in again: no id, no rule is off. */
static int
check_document(const json_t *j, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_REF_FILE_MAX);
	AUTO(att_ref_free) struct att_ref *ref = NULL;
	int r = att_json_write(j, &text, err);

	return r < 0 ? r : att_ref_parse(att_buf_view(&text), &ref, err);
}

int
att_ref_make(const struct att_evidence *e, const struct att_refmake *m,
    json_t **ret, uint32_t *ret_by_value, struct att_err *err)
{
	AUTO_DONE(making_done) struct making k = { .m = m };
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *pcrs = NULL;
	uint32_t by_value = 0;
	int r;

	if ((r = open_evidence(&k, e, err)) < 0 ||
	    (r = att_ref_make_head(j, m, err)) < 0 ||
	    (r = make_rules(&k, &pcrs, &by_value, err)) < 0 ||
	    (r = att_json_put(j, "pcrs", take(&pcrs), err)) < 0 ||
	    (r = check_document(j, err)) < 0)
		return r;
	*ret = take(&j);
	if (ret_by_value != NULL)
		*ret_by_value = by_value;
	return 0;
}
