#include "appraise/refrule.h"

#include <string.h>

#include "base/encoding.h"
#include "base/text.h"

#define NO_SLOT UINT16_MAX	/* of a value that is the PCR's own */

/* One event that is expected, with any one of its digests, or what it says. */
struct slot {
	char type[48];
	char label[ATT_FINDING_PART_MAX + 1];
	bool optional;
	bool anywhere;		/* of no order, and any number of times */
	uint16_t first, end;	/* its digests: value[first .. end - 1] */
	struct att_ref_claim *claim;	/* or NULL */
};

struct value {
	uint16_t slot;
	struct att_digest digest;
};

struct att_ref_rule {
	unsigned pcr;
	bool events;		/* else values */
	bool ordered;
	uint32_t vary;		/* bits of enum att_vary */
	uint8_t banks;		/* bit att_alg_index: every slot has one */
	struct slot *slot;
	size_t slots;
	size_t claims;		/* slots that have one */
	struct value *value;
	size_t values;
	/* open addressing over value[]: 0 is free, else index + 1 */
	uint16_t *table;
	uint32_t table_mask;
};

static const struct {
	const char *name;
	uint32_t pcrs;
} varies[ATT_VARY_COUNT] = {
	[ATT_VARY_BOOT_ORDER] = { "boot-order", 1u << 1 },
	[ATT_VARY_BOOT_ENTRIES] = { "boot-entries", 1u << 1 },
	[ATT_VARY_PLATFORM_CONFIG] = { "platform-config", 1u << 1 },
	[ATT_VARY_HANDOFF_TABLES] = { "handoff-tables", 1u << 1 },
	[ATT_VARY_SMBIOS] = { "smbios", 1u << 1 },
	[ATT_VARY_GPT] = { "gpt", 1u << 5 },
	[ATT_VARY_COMMAND_LINE] = { "command-line", 1u << 8 | 1u << 12 },
	[ATT_VARY_CPU_MICROCODE] = { "cpu-microcode", 1u << 1 },
	[ATT_VARY_DRIVERS] = { "drivers", 1u << 2 },
	[ATT_VARY_AUTHORITY] = { "authority", 1u << 7 },
	[ATT_VARY_GRUB_COMMANDS] = { "grub-commands", 1u << 8 },
	[ATT_VARY_GRUB_FILES] = { "grub-files", 1u << 9 },
	[ATT_VARY_KERNEL_FILES] = { "kernel-files", 1u << 9 },
	[ATT_VARY_LOAD_OPTIONS] = { "load-options", 1u << 9 },
};

const char *
att_vary_name(enum att_vary v)
{
	return (unsigned)v < ATT_VARY_COUNT ? varies[v].name : NULL;
}

uint32_t
att_vary_pcrs(enum att_vary v)
{
	return (unsigned)v < ATT_VARY_COUNT ? varies[v].pcrs : 0;
}

void
att_ref_rule_free(struct att_ref_rule *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; r->slot != NULL && i < r->slots; i++)
		att_ref_claim_free(r->slot[i].claim);
	free(r->slot);
	free(r->value);
	free(r->table);
	free(r);
}

/* -- parsing ------------------------------------------------------------- */

/* Digests of all banks of a {"sha256": [hex, ...]} object; 0 if it is none. */
static size_t
count_digests(json_t *obj)
{
	const char *bank;
	json_t *list;
	size_t n = 0;

	json_object_foreach (obj, bank, list)
		n += json_array_size(list);
	return n;
}

static int
parse_digest(struct att_ref_rule *r, uint16_t alg, const json_t *v,
    uint16_t slot, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_DIGEST_MAX);
	struct att_slice hex = { (const uint8_t *)json_string_value(v),
		json_string_length(v) };
	struct value *to = &r->value[r->values];
	int e;

	if (hex.data == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "a digest must be a hex string");
	if ((e = att_hex_decode(hex, &raw, err)) < 0 ||
	    (e = att_digest_from(alg, att_buf_view(&raw), &to->digest, err)) <
		0)
		return e;
	to->slot = slot;
	r->values++;
	return 0;
}

/* Appends all digests; *banks gets a bit per bank that has one. */
static int
parse_digests(struct att_ref_rule *r, json_t *obj, uint16_t slot,
    uint8_t *banks, struct att_err *err)
{
	const char *bank;
	json_t *list;
	int e;

	*banks = 0;
	json_object_foreach (obj, bank, list) {
		uint16_t alg = att_alg_by_name(bank);

		if (alg == 0 || json_array_size(list) == 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "\"%s\" must be a bank with an array of digests",
			    bank);
		for (size_t i = 0; i < json_array_size(list); i++)
			if ((e = parse_digest(r, alg, json_array_get(list, i),
				 slot, err)) < 0)
				return e;
		*banks |= (uint8_t)(1u << att_alg_index(alg));
	}
	if (*banks == 0)
		return att_err_set(err, ATT_E_FORMAT, "no digests");
	return 0;
}

/*
 * Paths of EFI have backslashes: clean but for those, and short enough to
 * stand in a finding.
 */
static int
parse_name(const json_t *j, const char *name, char *ret, size_t size,
    struct att_err *err)
{
	const char *s = "";
	int e;

	if ((e = att_json_str_opt(j, name, &s, err)) < 0)
		return e;
	if (strlen(s) >= size)
		return att_err_set(err, ATT_E_LIMIT,
		    "member \"%s\" is over %zu bytes", name, size - 1);
	memcpy(ret, s, strlen(s) + 1);
	return 0;
}

/* What an event says can be judged in every bank. */
static int
parse_claim(struct att_ref_rule *r, const json_t *j, struct slot *s,
    uint8_t *banks, struct att_err *err)
{
	if (r->claims == ATT_REF_CLAIMS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "over %d events without digests", ATT_REF_CLAIMS_MAX);
	r->claims++;
	*banks = UINT8_MAX;
	return att_ref_claim_parse(j, r->pcr, &s->claim, err);
}

static int
parse_marks(const struct att_ref_rule *r, const json_t *j, struct slot *s,
    struct att_err *err)
{
	int e;

	if (json_object_get(j, "optional") != NULL &&
	    (e = att_json_bool(j, "optional", &s->optional, err)) < 0)
		return e;
	if (json_object_get(j, "anywhere") == NULL)
		return 0;
	if ((e = att_json_bool(j, "anywhere", &s->anywhere, err)) < 0)
		return e;
	if (s->anywhere && !r->ordered)
		return att_err_set(err, ATT_E_FORMAT,
		    "\"anywhere\" is for order \"exact\"");
	return 0;
}

static int
parse_slot(struct att_ref_rule *r, json_t *j, uint8_t *banks,
    struct att_err *err)
{
	static const char *const names[] = { "type", "label", "optional",
		"anywhere", "digests", "command_line", "variable",
		"authority", "keys", NULL };
	struct slot *s = &r->slot[r->slots];
	json_t *digests = NULL;
	int e;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	s->first = (uint16_t)r->values;
	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = parse_name(j, "type", s->type, sizeof(s->type), err)) < 0 ||
	    (e = parse_name(j, "label", s->label, sizeof(s->label), err)) <
		0 ||
	    (e = parse_marks(r, j, s, err)) < 0)
		return e;
	if (att_ref_claim_is_in(j))
		e = parse_claim(r, j, s, banks, err);
	else if ((e = att_json_obj(j, "digests", &digests, err)) == 0)
		e = json_object_get(j, "keys") != NULL ?
		    att_err_set(err, ATT_E_FORMAT,
			"\"keys\" without \"variable\"") :
		    parse_digests(r, digests, (uint16_t)r->slots, banks, err);
	if (e < 0)
		return e;
	s->end = (uint16_t)r->values;
	r->slots++;
	return 0;
}

static int
parse_vary(struct att_ref_rule *r, json_t *j, struct att_err *err)
{
	json_t *list = json_object_get(j, "vary");

	if (list == NULL)
		return 0;
	if (!json_is_array(list))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"vary\" must be an array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *s = json_string_value(json_array_get(list, i));
		unsigned v = 0;

		while (v < ATT_VARY_COUNT &&
		    (s == NULL || strcmp(s, varies[v].name) != 0))
			v++;
		if (v == ATT_VARY_COUNT || (varies[v].pcrs >> r->pcr & 1) == 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "\"vary\": \"%s\" is no class of PCR %u",
			    s == NULL ? "" : s, r->pcr);
		r->vary |= 1u << v;
	}
	return 0;
}

static int
parse_order(struct att_ref_rule *r, const json_t *j, struct att_err *err)
{
	const char *s = "any";
	int e;

	if ((e = att_json_str_opt(j, "order", &s, err)) < 0)
		return e;
	if (strcmp(s, "exact") != 0 && strcmp(s, "any") != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"order\" must be \"exact\" or \"any\"");
	r->ordered = strcmp(s, "exact") == 0;
	return 0;
}

/* Memory for all slots and digests; the counts were taken from the JSON. */
static int
reserve(struct att_ref_rule *r, size_t slots, size_t values,
    struct att_err *err)
{
	size_t room = 4;

	if (slots > ATT_REF_EVENTS_MAX || values > ATT_REF_VALUES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%zu events and %zu digests, at most %d and %d", slots,
		    values, ATT_REF_EVENTS_MAX, ATT_REF_VALUES_MAX);
	while (room < 2 * values)
		room *= 2;
	r->slot = calloc(slots + 1, sizeof(*r->slot));
	r->value = calloc(values + 1, sizeof(*r->value));
	r->table = calloc(room, sizeof(*r->table));
	r->table_mask = (uint32_t)room - 1;
	if (r->slot == NULL || r->value == NULL || r->table == NULL)
		return att_err_nomem(err);
	return 0;
}

/* A digest is as good as random: its first bytes are the hash. */
static uint32_t
place_of(const struct att_ref_rule *r, const uint8_t *digest)
{
	return (digest[0] | (uint32_t)digest[1] << 8 |
		   (uint32_t)digest[2] << 16) &
	    r->table_mask;
}

static void
index_values(struct att_ref_rule *r)
{
	for (size_t i = 0; i < r->values; i++) {
		uint32_t at = place_of(r, r->value[i].digest.bytes);

		while (r->table[at] != 0)
			at = (at + 1) & r->table_mask;
		r->table[at] = (uint16_t)(i + 1);
	}
}

static int
parse_events(struct att_ref_rule *r, json_t *j, struct att_err *err)
{
	json_t *list = NULL;
	size_t n, values = 0;
	uint8_t banks = 0, common = UINT8_MAX;
	int e;

	if ((e = att_json_arr(j, "events", &list, err)) < 0 ||
	    (e = parse_order(r, j, err)) < 0 ||
	    (e = parse_vary(r, j, err)) < 0)
		return e;
	n = json_array_size(list);
	for (size_t i = 0; i < n; i++)
		values += count_digests(json_object_get(
		    json_array_get(list, i), "digests"));
	if ((e = reserve(r, n, values, err)) < 0)
		return e;
	for (size_t i = 0; i < n; i++) {
		e = parse_slot(r, json_array_get(list, i), &banks, err);
		if (e < 0) {
			att_err_prefix(err, "event rule %zu", i);
			return e;
		}
		common &= banks;
	}
	r->events = true;
	r->banks = common;
	return 0;
}

static int
parse_values(struct att_ref_rule *r, json_t *j, struct att_err *err)
{
	json_t *values = NULL;
	int e;

	if ((e = att_json_obj(j, "values", &values, err)) < 0 ||
	    (e = reserve(r, 0, count_digests(values), err)) < 0)
		return e;
	return parse_digests(r, values, NO_SLOT, &r->banks, err);
}

int
att_ref_rule_parse(json_t *j, unsigned pcr, struct att_ref_rule **ret,
    struct att_err *err)
{
	static const char *const of_events[] = { "events", "order", "vary",
		NULL };
	static const char *const of_values[] = { "values", NULL };
	AUTO(att_ref_rule_free) struct att_ref_rule *r = calloc(1, sizeof(*r));
	bool events = json_object_get(j, "events") != NULL;
	int e;

	if (r == NULL)
		return att_err_nomem(err);
	r->pcr = pcr;
	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_only(j, events ? of_events : of_values, err)) < 0 ||
	    (e = events ? parse_events(r, j, err) :
			  parse_values(r, j, err)) < 0)
		return e;
	index_values(r);
	*ret = take(&r);
	return 0;
}

bool
att_ref_rule_has_bank(const struct att_ref_rule *r, uint16_t bank)
{
	int i = att_alg_index(bank);

	return i >= 0 && (r->banks >> i & 1) != 0;
}

bool
att_ref_rule_wants_events(const struct att_ref_rule *r)
{
	return r->events;
}

/* -- matching ------------------------------------------------------------ */

/* The state of one comparison that did not succeed at once. */
struct match {
	const struct att_ref_rule *r;
	const struct att_ref_log *log;
	att_finding_fn *report;
	void *arg;
	bool good;
	uint8_t filled[ATT_REF_EVENTS_MAX / 8];
	/* events that fill no slot; more than findings are of no use */
	size_t stray[64];
	size_t strays;
	size_t out_of_order;	/* first event before its turn, or SIZE_MAX */
};

static bool
is_filled(const struct match *m, size_t slot)
{
	return (m->filled[slot / 8] >> slot % 8 & 1) != 0;
}

static void
set_filled(struct match *m, size_t slot)
{
	m->filled[slot / 8] |= (uint8_t)(1u << slot % 8);
}

static bool
is_value(const struct value *v, uint16_t bank, struct att_slice d)
{
	return v->digest.alg == bank && d.len == v->digest.len &&
	    memcmp(v->digest.bytes, d.data, d.len) == 0;
}

/* Finds the next value from place *at on; NULL at the end of the chain. */
static const struct value *
lookup(const struct att_ref_rule *r, uint16_t bank, struct att_slice d,
    uint32_t *at)
{
	while (r->table[*at] != 0) {
		const struct value *v = &r->value[r->table[*at] - 1];

		*at = (*at + 1) & r->table_mask;
		if (is_value(v, bank, d))
			return v;
	}
	return NULL;
}

static bool
is_said(const struct slot *s, const struct att_ref_log *log, size_t i)
{
	return s->claim != NULL && log->says != NULL &&
	    log->says(log->arg, i, s->claim);
}

/* True if event i is one that the slot expects. */
static bool
is_in_slot(const struct att_ref_rule *r, const struct slot *s,
    const struct att_ref_log *log, size_t i)
{
	for (size_t k = s->first; k < s->end; k++)
		if (is_value(&r->value[k], log->bank, log->digest[i]))
			return true;
	return is_said(s, log, i);
}

static bool
is_anywhere(const struct att_ref_rule *r, const struct att_ref_log *log,
    size_t i)
{
	for (size_t k = 0; k < r->slots; k++)
		if (r->slot[k].anywhere &&
		    is_in_slot(r, &r->slot[k], log, i))
			return true;
	return false;
}

/* All that must happen in no order happens. */
static bool
has_all_anywhere(const struct att_ref_rule *r, const struct att_ref_log *log)
{
	for (size_t k = 0; k < r->slots; k++) {
		const struct slot *s = &r->slot[k];
		bool there = !s->anywhere || s->optional;

		for (size_t i = 0; !there && i < log->count; i++)
			there = is_in_slot(r, s, log, i);
		if (!there)
			return false;
	}
	return true;
}

static bool
may_vary(const struct att_ref_rule *r, const struct att_ref_log *log, size_t i)
{
	return r->vary != 0 && (log->vary(log->arg, i) & r->vary) != 0;
}

/* The usual case: events in their order, each in its slot. */
static bool
match_in_order(const struct att_ref_rule *r, const struct att_ref_log *log)
{
	size_t next = 0;

	for (size_t i = 0; i < log->count; i++) {
		size_t at = next;

		while (at < r->slots && (r->slot[at].anywhere ||
			(r->slot[at].optional &&
			    !is_in_slot(r, &r->slot[at], log, i))))
			at++;
		if (at < r->slots && is_in_slot(r, &r->slot[at], log, i))
			next = at + 1;
		else if (!is_anywhere(r, log, i) && !may_vary(r, log, i))
			return false;
	}
	while (next < r->slots &&
	    (r->slot[next].optional || r->slot[next].anywhere))
		next++;
	return next == r->slots && has_all_anywhere(r, log);
}

/* Event i is one of slot k: fills it, or notes that it could: *best. */
static void
meet(struct match *m, size_t k, size_t *best, bool *found)
{
	if (!m->r->ordered || m->r->slot[k].anywhere) {
		set_filled(m, k);
		*found = true;
	} else if (!is_filled(m, k)) {
		*best = ATT_MIN(*best, k);
		*found = true;
	}
}

/*
 * Fills the slots of event i: with an order, the first that is free; without,
 * all that have the digest. False if there is none.
 */
static bool
fill(struct match *m, size_t i)
{
	struct att_slice d = m->log->digest[i];
	uint32_t at = place_of(m->r, d.data);
	const struct value *v;
	size_t best = SIZE_MAX;
	bool found = false;

	while ((v = lookup(m->r, m->log->bank, d, &at)) != NULL)
		meet(m, v->slot, &best, &found);
	for (size_t k = 0; m->r->claims > 0 && k < m->r->slots; k++)
		if (is_said(&m->r->slot[k], m->log, i))
			meet(m, k, &best, &found);
	if (best == SIZE_MAX)
		return found;
	for (size_t k = best + 1; k < m->r->slots; k++)
		if (is_filled(m, k) && !m->r->slot[k].anywhere)
			m->out_of_order = ATT_MIN(m->out_of_order, i);
	set_filled(m, best);
	return true;
}

static void
tell(struct match *m, struct att_finding *f)
{
	m->good = false;
	f->pcr = (int)m->r->pcr;
	f->bank = m->log->bank;
	if (m->report != NULL)
		m->report(m->arg, f);
}

static struct att_digest
expected_of(const struct match *m, const struct slot *s)
{
	for (size_t i = s->first; i < s->end; i++)
		if (m->r->value[i].digest.alg == m->log->bank)
			return m->r->value[i].digest;
	return (struct att_digest){ 0 };
}

/* An empty slot that the event could have replaced: SIZE_MAX if none. */
static size_t
slot_for(const struct match *m, const struct att_finding *f, bool same_label)
{
	for (size_t k = 0; k < m->r->slots; k++) {
		const struct slot *s = &m->r->slot[k];

		if (!is_filled(m, k) && strcmp(s->type, f->type_name) == 0 &&
		    (!same_label || strcmp(s->label, f->label) == 0))
			return k;
	}
	return SIZE_MAX;
}

/* Of an event that no slot expects. */
static struct att_finding
stray_of(const struct match *m, size_t event)
{
	struct att_finding f = att_finding_make(ATT_F_EVENT_NOT_IN_REFERENCE);

	m->log->describe(m->log->arg, event, &f);
	if (att_digest_from(m->log->bank, m->log->digest[event], &f.found,
		NULL) < 0)
		f.found.alg = 0;
	return f;
}

/* Tells the strays that took the place of an expected event; keeps the rest. */
static void
tell_exchanged(struct match *m, bool same_label)
{
	size_t left = 0;

	for (size_t i = 0; i < m->strays; i++) {
		struct att_finding f = stray_of(m, m->stray[i]);
		size_t k = slot_for(m, &f, same_label);

		if (k == SIZE_MAX) {
			m->stray[left++] = m->stray[i];
			continue;
		}
		f.code = ATT_F_EVENT_CHANGED;
		f.expected = expected_of(m, &m->r->slot[k]);
		set_filled(m, k);
		tell(m, &f);
	}
	m->strays = left;
}

/*
 * First the events that can be paired by label, then by type alone, then the
 * rest, so that what was exchanged is named as such.
 */
static void
tell_strays(struct match *m)
{
	tell_exchanged(m, true);
	tell_exchanged(m, false);
	for (size_t i = 0; i < m->strays; i++) {
		struct att_finding f = stray_of(m, m->stray[i]);

		tell(m, &f);
	}
}

static void
tell_missing(struct match *m)
{
	for (size_t k = 0; k < m->r->slots; k++) {
		const struct slot *s = &m->r->slot[k];
		struct att_finding f = att_finding_make(ATT_F_EVENT_MISSING);

		if (is_filled(m, k) || s->optional)
			continue;
		f.expected = expected_of(m, s);
		memcpy(f.type_name, s->type, sizeof(f.type_name));
		att_finding_set_label(&f, att_slice_of(s->label));
		tell(m, &f);
	}
}

static void
tell_order(struct match *m)
{
	struct att_finding f = att_finding_make(ATT_F_EVENT_ORDER);

	if (!m->good || !m->r->ordered || m->out_of_order == SIZE_MAX)
		return;
	m->log->describe(m->log->arg, m->out_of_order, &f);
	tell(m, &f);
}

static bool
match_events(const struct att_ref_rule *r, const struct att_ref_log *log,
    att_finding_fn *report, void *arg)
{
	struct match m = { .r = r, .log = log, .report = report, .arg = arg,
		.good = true, .out_of_order = SIZE_MAX };

	if (r->ordered && match_in_order(r, log))
		return true;
	for (size_t i = 0; i < log->count; i++) {
		if (fill(&m, i) || may_vary(r, log, i))
			continue;
		m.good = false;
		if (m.strays < ATT_COUNT(m.stray))
			m.stray[m.strays++] = i;
	}
	tell_strays(&m);
	tell_missing(&m);
	tell_order(&m);
	return m.good;
}

bool
att_ref_rule_match(const struct att_ref_rule *r,
    const struct att_ref_log *log, const struct att_digest *value,
    att_finding_fn *report, void *arg)
{
	struct att_finding f = att_finding_make(ATT_F_PCR_VALUE);
	uint32_t at = place_of(r, value->bytes);

	if (r->events)
		return match_events(r, log, report, arg);
	if (lookup(r, value->alg, att_digest_view(value), &at) != NULL)
		return true;
	f.pcr = (int)r->pcr;
	f.bank = value->alg;
	f.found = *value;
	for (size_t i = r->values; i-- > 0;)
		if (r->value[i].digest.alg == value->alg)
			f.expected = r->value[i].digest;
	if (report != NULL)
		report(arg, &f);
	return false;
}
