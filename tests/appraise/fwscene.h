/*
 * A node whose firmware is appraised: a chip with ranges of every class and
 * some components, its claims, and reference values made from such claims.
 */
#ifndef ATT_TESTS_APPRAISE_FWSCENE_H
#define ATT_TESTS_APPRAISE_FWSCENE_H

#include "testlib.h"

#include "appraise/firmware.h"
#include "appraise/fwmake.h"
#include "tests/firmware/chipmaker.h"

#define FW_SIZE ((size_t)1 << 20)
#define FW_GBE 0x1000u		/* per-machine */
#define FW_ME 0x3000u
#define FW_LOCKED 0x40000u	/* a region that the host may not read */
#define FW_UNCLAIMED 0x70000u	/* erased, in no region */
#define FW_VARIABLES 0x80000u
#define FW_PADDING 0x90000u	/* erased, in the BIOS region */
#define FW_CODE 0xa0000u
/* FLMSTR1: region 15 is not read, and nothing written, by the host. */
#define FW_RIGHTS 0x000fff07u

#define FW_BOOT "5a8f1c9e-0000-4000-8000-000000000001"
#define FW_NOW 1795000000
#define FW_CLOCK 200000000u	/* of the quote, milliseconds */
#define FW_FINDINGS_MAX 128
#define FW_DOCS_MAX 8

struct fw_scene {
	struct cm chip;
	struct att_firmware_claims *c;
	struct att_quote_state quote;
	struct att_platform platform;
	struct att_fwref *ref[FW_DOCS_MAX];
	size_t refs;
	struct att_fwadvisories *list[FW_DOCS_MAX];
	size_t lists;
	struct att_fwknown *known;
	struct att_firmware_policy policy;
	const char *boot_id;
	int64_t now;
	/* of the last appraisal */
	struct att_firmware_result result;
	struct att_finding finding[FW_FINDINGS_MAX];
	size_t findings;
};

/* Both banks of GbE with this in their first word, and the sum of it. */
static inline ATT_UNUSED void
fw_mac(struct cm *m, uint16_t v)
{
	for (size_t bank = FW_GBE; bank < FW_ME; bank += 0x1000) {
		cm_fill(m, bank, 0, 0x80);
		cm_put16(m, bank, v);
		cm_put16(m, bank + 0x7e, (uint16_t)(0xbaba - v));
	}
}

static inline ATT_UNUSED struct cm
fw_chip(void)
{
	struct cm m = cm_new(FW_SIZE);
	size_t at;

	cm_ifd(&m, 2);
	cm_region(&m, 3, FW_GBE, 0x2000);
	cm_region(&m, 2, FW_ME, FW_LOCKED - FW_ME);
	cm_region(&m, 15, FW_LOCKED, 0x10000);
	cm_region(&m, 1, FW_VARIABLES, FW_SIZE - FW_VARIABLES);
	cm_flmstr1(&m, FW_RIGHTS);
	fw_mac(&m, 0x1234);
	cm_code(&m, FW_ME, FW_LOCKED - FW_ME);
	cm_fpt(&m, 0x3010);
	cm_fpt_entry(&m, 0x3010, "FTPR", 0x1000, 0x10000, false);
	cm_fpt_entry(&m, 0x3010, "MFS", 0x20000, 0x8000, true);
	cm_fv(&m, FW_VARIABLES, 0x10000, CM_VARIABLES);
	cm_code(&m, FW_VARIABLES + 0x1000, 0x100);
	at = FW_CODE + cm_fv(&m, FW_CODE, 0x20000, CM_FFS2);
	at = cm_file(&m, at, CM_CODE, 7, 0x4000);
	at = cm_file(&m, at, CM_AMI_NVAR, 1, 0x4000);
	(void)cm_file(&m, at, CM_AMI_HOLE, 1, 0x800);
	return m;
}

/* -- claims ---------------------------------------------------------------- */

static inline ATT_UNUSED struct att_pass *
fw_pass(struct att_firmware_claims *c, const char *of)
{
	struct att_pass *p = NULL;

	ok(att_firmware_claims_add_pass(c, of, &p, err));
	p->at = FW_NOW - 7200;
	p->seconds = 60;
	p->has_clock = true;
	p->begin = (struct att_pass_clock){ FW_CLOCK - 7200000, 7, 1, true };
	p->end = (struct att_pass_clock){ FW_CLOCK - 7140000, 7, 1, true };
	return p;
}

/* That pass again, to be spoilt. */
static inline ATT_UNUSED struct att_pass *
fw_pass_of(struct fw_scene *s, const char *of)
{
	for (size_t i = 0; i < s->c->passes; i++)
		if (strcmp(s->c->pass[i].of, of) == 0)
			return &s->c->pass[i];
	ck_abort_msg("no pass of %s", of);
}

static inline ATT_UNUSED struct att_flash *
fw_flash(struct fw_scene *s)
{
	return &s->c->flash[0];
}

static inline ATT_UNUSED struct att_component *
fw_component(struct fw_scene *s, const char *id)
{
	for (size_t i = 0; i < s->c->components.count; i++)
		if (strcmp(s->c->components.item[i].id, id) == 0)
			return &s->c->components.item[i];
	ck_abort_msg("no component %s", id);
}

static inline ATT_UNUSED struct att_component *
fw_add(struct att_firmware_claims *c, const char *id,
    enum att_component_kind kind, enum att_path path, const char *model,
    const char *serial, const char *version)
{
	struct att_component *to = NULL;

	ok(att_components_add(&c->components, id, kind, path, &to, err));
	ok(att_component_describe(to, "Maker", model, serial, err));
	ok(att_component_set_version(to, "fw", ATT_VERSION_RUNNING, version,
	    err));
	return to;
}

static inline ATT_UNUSED void
fw_run(struct fw_scene *s, const char *id, enum att_version_role role,
    const char *version)
{
	ok(att_component_set_version(fw_component(s, id), "fw", role, version,
	    err));
}

/* Reads the chip again, as it is now. */
static inline ATT_UNUSED void
fw_measure(struct fw_scene *s)
{
	struct att_flash *f = fw_flash(s);

	att_map_free(take(&f->map));
	f->map = cm_map(&s->chip);
	f->result = ATT_MEASURED_OK;
	f->reason[0] = '\0';
}

static inline ATT_UNUSED struct att_firmware_claims *
fw_claims(void)
{
	struct att_firmware_claims *c = calloc(1, sizeof(*c));
	struct att_flash *f = NULL;

	ck_assert_ptr_nonnull(c);
	snprintf(c->boot_id, sizeof(c->boot_id), FW_BOOT);
	ok(att_firmware_claims_add_flash(c, "BIOS", &f, err));
	fw_pass(c, "flash/BIOS");
	fw_pass(c, "components");
	fw_add(c, "bmc", ATT_COMPONENT_BMC, ATT_PATH_IPMI, "MegaRAC", NULL,
	    "12.8");
	fw_add(c, "cpu/microcode", ATT_COMPONENT_CPU, ATT_PATH_SYSFS,
	    "06-8f-08", NULL, "0x2b000590");
	fw_add(c, "nic/0000:17:00.0", ATT_COMPONENT_NIC, ATT_PATH_NETLINK,
	    "ConnectX-7", "S1", "28.39.1002");
	fw_add(c, "nic/0000:18:00.0", ATT_COMPONENT_NIC, ATT_PATH_NETLINK,
	    "ConnectX-7", "S2", "28.39.1002");
	return c;
}

/* -- documents ------------------------------------------------------------- */

static inline ATT_UNUSED json_t *
fw_make(const struct att_firmware_claims *const *node, size_t nodes,
    const char *id)
{
	struct att_fwmake m = { .head = { .id = id, .version = 3,
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.node = node, .nodes = nodes };
	json_t *doc = NULL;

	ok(att_fwmake(&m, &doc, err));
	return doc;
}

/* Takes the document and adds it to those of the scene. */
static inline ATT_UNUSED void
fw_put(struct fw_scene *s, json_t *doc)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	ck_assert_uint_lt(s->refs, FW_DOCS_MAX);
	ok(att_json_write(doc, &b, err));
	json_decref(doc);
	ok(att_fwref_parse(att_buf_view(&b), &s->ref[s->refs], err));
	s->refs++;
}

/* Reference values of what the node is now. */
static inline ATT_UNUSED json_t *
fw_reference(struct fw_scene *s, const char *id)
{
	const struct att_firmware_claims *const node[] = { s->c };

	return fw_make(node, 1, id);
}

static inline ATT_UNUSED void
fw_advise(struct fw_scene *s, const char *text)
{
	ck_assert_uint_lt(s->lists, FW_DOCS_MAX);
	ok(att_fwadvisories_parse(S(text), &s->list[s->lists], err));
	s->lists++;
}

/* A member of a rule of a document: components/INDEX/NAME. */
static inline ATT_UNUSED void
fw_rule(json_t *doc, const char *rule, const char *member, json_t *value)
{
	json_t *all = json_object_get(doc, "components");

	for (size_t i = 0; i < json_array_size(all); i++) {
		json_t *j = json_array_get(all, i);

		if (strcmp(json_string_value(json_object_get(j, "name")),
			rule) != 0)
			continue;
		ok(json_object_set_new(j, member, value));
		return;
	}
	ck_abort_msg("no rule %s", rule);
}

/* -- the appraisal --------------------------------------------------------- */

static inline ATT_UNUSED struct fw_scene
fw_new(void)
{
	struct fw_scene s = { .chip = fw_chip(), .c = fw_claims(),
		.quote = { .known = true, .safe = true, .clock = FW_CLOCK,
		    .reset_count = 7, .restart_count = 1 },
		.policy = att_firmware_policy_default, .boot_id = FW_BOOT,
		.now = FW_NOW };

	fw_measure(&s);
	return s;
}

/* With reference values of itself. */
static inline ATT_UNUSED struct fw_scene
fw_good(void)
{
	struct fw_scene s = fw_new();

	fw_put(&s, fw_reference(&s, "good"));
	return s;
}

static inline ATT_UNUSED void
fw_done(struct fw_scene *s)
{
	cm_done(&s->chip);
	att_firmware_claims_free(s->c);
	for (size_t i = 0; i < s->refs; i++)
		att_fwref_free(s->ref[i]);
	for (size_t i = 0; i < s->lists; i++)
		att_fwadvisories_free(s->list[i]);
	att_fwknown_free(s->known);
	att_firmware_result_done(&s->result);
}

static inline ATT_UNUSED void
fw_take(void *arg, const struct att_finding *f)
{
	struct fw_scene *s = arg;

	ck_assert_uint_lt(s->findings, FW_FINDINGS_MAX);
	s->finding[s->findings++] = *f;
}

static inline ATT_UNUSED void
fw_judge(struct fw_scene *s)
{
	struct att_firmware_appraisal a = { .claims = s->c,
		.quote = &s->quote, .boot_id = s->boot_id,
		.ref = (const struct att_fwref *const *)s->ref,
		.refs = s->refs,
		.advisories = (const struct att_fwadvisories *const *)s->list,
		.advisory_lists = s->lists, .platform = &s->platform,
		.known = s->known, .policy = &s->policy, .now = s->now };

	att_firmware_result_done(&s->result);
	s->findings = 0;
	ok(att_firmware_appraise(&a, fw_take, s, &s->result, err));
	ck_assert(!s->result.expected || s->result.evaluated);
	ck_assert(s->result.known == NULL || s->result.expected);
}

/* As after a verdict that is a pass. */
static inline ATT_UNUSED void
fw_remember(struct fw_scene *s)
{
	if (s->result.known == NULL)
		return;
	att_fwknown_free(s->known);
	s->known = take(&s->result.known);
}

/* The sentence of the first finding of this code; "" if there is none. */
static inline ATT_UNUSED const char *
fw_says(const struct fw_scene *s, enum att_finding_code code)
{
	static char text[ATT_FINDING_TEXT_MAX + 1];

	for (size_t i = 0; i < s->findings; i++)
		if (s->finding[i].code == code)
			return att_finding_text(&s->finding[i], text);
	return "";
}

static inline ATT_UNUSED void
fw_print(const struct fw_scene *s)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	for (size_t i = 0; i < s->findings; i++)
		fprintf(stderr, "%s: %s\n",
		    att_finding_name(s->finding[i].code),
		    att_finding_text(&s->finding[i], text));
}

/* Judges: all is as expected, whatever is said beside it. */
static inline ATT_UNUSED void
fw_passes(struct fw_scene *s)
{
	fw_judge(s);
	if (!s->result.expected)
		fw_print(s);
	ck_assert(s->result.evaluated && s->result.expected);
	for (size_t i = 0; i < s->findings; i++)
		ck_assert(s->finding[i].severity != ATT_SEVERITY_FAIL);
}

/* Judges: this finding, with this in its sentence, and none else fails. */
static inline ATT_UNUSED void
fw_fails(struct fw_scene *s, enum att_finding_code code, const char *word)
{
	size_t others = 0;

	fw_judge(s);
	for (size_t i = 0; i < s->findings; i++)
		others += s->finding[i].code != code &&
		    s->finding[i].severity == ATT_SEVERITY_FAIL;
	if (others > 0 || strstr(fw_says(s, code), word) == NULL)
		fw_print(s);
	ck_assert_msg(strstr(fw_says(s, code), word) != NULL,
	    "%s: \"%s\" lacks \"%s\"", att_finding_name(code),
	    fw_says(s, code), word);
	ck_assert_uint_eq(others, 0);
	ck_assert(!s->result.expected);
}

#endif
