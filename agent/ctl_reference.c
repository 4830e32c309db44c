#include "agent/ctl_bundle.h"

#include <getopt.h>
#include <string.h>

#include "agent/ctl_agent.h"
#include "agent/ctl_documents.h"
#include "agent/ctl_fwvalues.h"
#include "appraise/refdiff.h"
#include "appraise/refkeylime.h"
#include "appraise/refmake.h"
#include "base/text.h"

#define TEXT_MAX (64u << 20)	/* bytes of output */
#define CHOICE_MAX 99999
#define PCRS_MADE 0x7bffu	/* 0-9, 11-14: what a boot measures */

struct options {
	const struct att_ctl_command *cmd;
	const char *output;
	bool json;
	struct att_refmake make;
	int64_t firmware, kernel;	/* of several; 0: not said */
	struct att_ctl_words vendor, product, groups;
	size_t banks;
	uint16_t bank[ATT_BANKS_MAX];
	uint32_t pcrs;		/* 0: not said */
	int files;
	char **file;
};

/* Nodes that the document is for. */
static void
set_match(struct options *o)
{
	o->make.head.vendor = o->vendor.word;
	o->make.head.product = o->product.word;
	o->make.head.groups = o->groups.word;
}

/* -- create ---------------------------------------------------------------- */

static void
note_values(const char *file, uint32_t by_value)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(200);
	AUTO(free) char *list = NULL;

	if (by_value == 0)
		return;
	att_pcr_mask_put(&b, by_value);
	list = att_buf_take_str(&b);
	att_ctl_note(file, "the logs do not give the values of PCR %s: they "
	    "are listed as they are", list == NULL ? "?" : list);
}

static int
create(struct options *o)
{
	AUTO(att_bundle_free) struct att_bundle *bundle = NULL;
	AUTO(att_json_decref) json_t *doc = NULL;
	struct att_err err = { 0 };
	uint32_t by_value = 0;
	int status;

	if (o->files != 1)
		return att_ctl_misused(o->cmd, "one file of evidence is "
		    "wanted");
	if (o->make.head.id == NULL)
		return att_ctl_misused(o->cmd, "--id is wanted");
	set_match(o);
	o->make.bank = o->bank;
	o->make.bank_count = o->banks;
	o->make.pcrs = (o->pcrs != 0 ? o->pcrs : PCRS_MADE) | o->make.exact;
	if ((status = att_ctl_bundle(o->file[0], &bundle)) != ATT_CTL_GOOD)
		return status;
	if (att_ref_make(att_bundle_evidence(bundle), &o->make, &doc,
		&by_value, &err) < 0)
		return att_ctl_fail(o->file[0], &err);
	note_values(o->file[0], by_value);
	return att_ctl_put_json(o->output, take(&doc));
}

/* -- import ---------------------------------------------------------------- */

static int
convert(const struct options *o, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_REF_FILE_MAX);
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO(att_ref_free) struct att_ref *ref = NULL;
	struct att_refkeylime_notes notes = { 0 };
	const struct att_refkeylime_choice choice = {
		(size_t)o->firmware, (size_t)o->kernel };
	int e;

	if ((e = att_ctl_read(o->file[0], &text, err)) < 0)
		return e;
	if ((e = att_ref_from_keylime(att_buf_view(&text), &o->make,
		 &choice, &doc, &notes, err)) < 0 ||
	    (e = att_json_write_pretty(doc, ret, err)) < 0 ||
	    /* what comes out is what `put` takes */
	    (e = att_ref_parse(att_buf_view(ret), &ref, err)) < 0) {
		att_err_prefix(err, "%s", att_ctl_file_name(o->file[0]));
		return e;
	}
	for (size_t i = 0; i < notes.count; i++)
		att_ctl_note(att_ctl_file_name(o->file[0]), "%s",
		    notes.note[i]);
	return 0;
}

static int
import(struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(ATT_REF_FILE_MAX);
	struct att_err err = { 0 };

	if (o->make.head.id == NULL || o->files != 1)
		return att_ctl_misused(o->cmd,
		    "import: --id and a reference state of Keylime are "
		    "wanted");
	set_match(o);
	if (convert(o, &out, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return att_ctl_write(o->output, &out);
}

/* -- check ----------------------------------------------------------------- */

static void
put_time(struct att_buf *b, const char *title, int64_t t)
{
	AUTO(att_json_decref) json_t *j = att_json_time_of(t);

	att_buf_printf(b, "  %-12s %s\n", title, j == NULL ? "?" :
	    json_string_value(j));
}

static void
put_clean(struct att_buf *b, const char *text)
{
	att_text_put_path(b, att_slice_of(text));
}

static void
put_boot(struct att_buf *b, const struct att_ref *ref)
{
	uint32_t events = 0, values = 0;

	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
		const struct att_ref_rule *rule = att_ref_rule(ref, pcr);

		if (rule == NULL)
			continue;
		if (att_ref_rule_wants_events(rule))
			events |= 1u << pcr;
		else
			values |= 1u << pcr;
	}
	att_buf_printf(b, "  %-12s %s\n", "Secure Boot",
	    att_ref_secure_boot(ref) == ATT_REF_SECURE_BOOT_REQUIRED ?
		"required" :
		"any");
	att_buf_printf(b, "  %-12s ", "by events");
	att_pcr_mask_put(b, events);
	if (values != 0) {
		att_buf_printf(b, "\n  %-12s ", "by value");
		att_pcr_mask_put(b, values);
	}
	att_buf_u8(b, '\n');
}

/* Of any kind; those of the boot are shown in full. */
static void
put_document(struct att_buf *b, const char *file,
    const struct att_refdocs *docs)
{
	const struct att_refdoc *doc = &docs->all[0];
	const struct att_ref_head *h = doc->head;

	put_clean(b, file);
	att_buf_printf(b, ": good\n  %-12s ", "id");
	put_clean(b, h->id);
	att_buf_printf(b, ", version %lld\n", (long long)h->version);
	if (h->valid_from != INT64_MIN)
		put_time(b, "valid from", h->valid_from);
	if (h->valid_until != INT64_MAX)
		put_time(b, "valid until", h->valid_until);
	if (doc->kind == ATT_REFDOC_BOOT)
		put_boot(b, docs->boot.doc[0]);
	else
		att_buf_printf(b, "  %-12s %s\n", "kind",
		    att_refdoc_kind_name(doc->kind));
}

static int
check(struct options *o)
{
	int worst = ATT_CTL_GOOD;

	if (o->files == 0)
		return att_ctl_misused(o->cmd, "a file of reference values is "
		    "wanted");
	for (int i = 0; i < o->files; i++) {
		AUTO_DONE(att_refdocs_done) struct att_refdocs docs = { 0 };
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(TEXT_MAX);
		int status = att_ctl_reference_file(o->file[i], &docs);

		if (status == ATT_CTL_GOOD) {
			put_document(&b, att_ctl_file_name(o->file[i]),
			    &docs);
			att_ctl_put(&b);
		}
		worst = status > worst ? status : worst;
	}
	return worst;
}

/* -- diff ------------------------------------------------------------------ */

struct differing {
	struct att_buf text;
	json_t *list;		/* NULL: for people */
	size_t count;
	bool failed;
};

static void
differing_done(struct differing *d)
{
	att_buf_done(&d->text);
	json_decref(d->list);
}

static void
tell(void *arg, const struct att_difference *d)
{
	struct differing *to = arg;

	to->count++;
	if (to->list == NULL)
		att_difference_print(d, &to->text);
	else if (att_json_add(to->list, att_difference_to_json(d), NULL) < 0)
		to->failed = true;
}

static int
put_differences(const struct options *o, struct differing *d)
{
	struct att_err err = { 0 };
	int status;

	if (d->failed || d->text.failed) {
		att_err_set(&err, ATT_E_NOMEM, "out of memory");
		return att_ctl_fail(NULL, &err);
	}
	if (o->json) {
		status = att_ctl_put_json(o->output, take(&d->list));
		if (status != ATT_CTL_GOOD)
			return status;
	} else if ((status = att_ctl_write(o->output, &d->text)) !=
	    ATT_CTL_GOOD) {
		return status;
	}
	return d->count == 0 ? ATT_CTL_GOOD : ATT_CTL_VERDICT;
}

static int
diff(struct options *o)
{
	AUTO(att_bundle_free) struct att_bundle *a = NULL, *b = NULL;
	AUTO_DONE(differing_done) struct differing d = {
		.text = ATT_BUF(TEXT_MAX),
		.list = o->json ? json_array() : NULL,
		.failed = false };
	struct att_err err = { 0 };
	int status;

	if (o->files != 2)
		return att_ctl_misused(o->cmd, "two files of evidence are "
		    "wanted");
	if (o->banks > 1)
		return att_ctl_misused(o->cmd, "one bank is compared");
	if ((status = att_ctl_bundle(o->file[0], &a)) != ATT_CTL_GOOD ||
	    (status = att_ctl_bundle(o->file[1], &b)) != ATT_CTL_GOOD)
		return status;
	d.failed = o->json && d.list == NULL;
	if (att_ref_diff(att_bundle_evidence(a), att_bundle_evidence(b),
		o->banks == 0 ? 0 : o->bank[0],
		o->pcrs != 0 ? o->pcrs : ATT_REFDIFF_PCRS, tell, &d, NULL,
		&err) < 0)
		return att_ctl_fail(NULL, &err);
	return put_differences(o, &d);
}

/* -- the command ----------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(struct options *o);
} verbs[] = {
	{ "create", create },
	{ "check", check },
	{ "diff", diff },
	{ "import", import },
};

static int
add_bank(void *arg, const char *text)
{
	struct options *o = arg;
	uint16_t alg = att_alg_by_name(text);

	if (alg == 0)
		return att_ctl_misused(o->cmd, "%s: no PCR bank, such as "
		    "sha256", text);
	if (o->banks == ATT_BANKS_MAX)
		return att_ctl_misused(o->cmd, "%s: more than %d banks", text,
		    ATT_BANKS_MAX);
	o->bank[o->banks++] = alg;
	return ATT_CTL_GOOD;
}

/* "none", or names of classes with commas between. */
static int
set_vary(void *arg, const char *text)
{
	struct options *o = arg;

	o->make.vary = 0;
	if (strcmp(text, "none") == 0)
		return ATT_CTL_GOOD;
	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ",");
		unsigned v = 0;

		while (v < ATT_VARY_COUNT &&
		    (strlen(att_vary_name((enum att_vary)v)) != n ||
			strncmp(att_vary_name((enum att_vary)v), p, n) != 0))
			v++;
		if (v == ATT_VARY_COUNT)
			return att_ctl_misused(o->cmd, "%.*s: no class that "
			    "may vary", (int)n, p);
		o->make.vary |= 1u << v;
		p += n;
		if (*p == '\0')
			return ATT_CTL_GOOD;
	}
}

static int
set_secure_boot(void *arg, const char *text)
{
	struct options *o = arg;

	if (strcmp(text, "required") == 0)
		o->make.secure_boot = ATT_REF_SECURE_BOOT_REQUIRED;
	else if (strcmp(text, "any") == 0)
		o->make.secure_boot = ATT_REF_SECURE_BOOT_ANY;
	else
		return att_ctl_misused(o->cmd, "%s: required or any", text);
	return ATT_CTL_GOOD;
}

int
att_ctl_reference(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .make = {
		.head = { .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.vary = ATT_REFMAKE_VARY } };
	const struct att_ctl_option table[] = {
		{ "bank", .set = add_bank },
		{ "comment", .text = &o.make.head.comment },
		{ "exact", .pcrs = &o.make.exact },
		{ "firmware", .number = &o.firmware, .min = 1,
		    .max = CHOICE_MAX },
		{ "group", .words = &o.groups },
		{ "id", .text = &o.make.head.id },
		{ "json", .flag = &o.json },
		{ "kernel", .number = &o.kernel, .min = 1,
		    .max = CHOICE_MAX },
		{ "ordered", .flag = &o.make.ordered },
		{ "output", 'o', .text = &o.output },
		{ "pcrs", .pcrs = &o.pcrs },
		{ "product", .words = &o.product },
		{ "secure-boot", .set = set_secure_boot },
		{ "valid-from", .time = &o.make.head.valid_from },
		{ "valid-until", .time = &o.make.head.valid_until },
		{ "vary", .set = set_vary },
		{ "vendor", .words = &o.vendor },
		{ "version", .number = &o.make.head.version,
		    .max = INT32_MAX },
		{ 0 },
	};
	int status;

	/* those have options of their own */
	if (argc > 1 && strcmp(argv[1], "firmware") == 0)
		return att_ctl_fwvalues(cmd, argc - 1, argv + 1);
	if (argc > 1 && att_ctl_documents_has(argv[1]))
		return att_ctl_documents(cmd, &att_ctl_references, argc,
		    argv);
	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (optind == argc)
		return att_ctl_misused(cmd, "a verb is wanted");
	o.files = argc - optind - 1;
	o.file = argv + optind + 1;
	for (size_t i = 0; i < ATT_COUNT(verbs); i++)
		if (strcmp(argv[optind], verbs[i].name) == 0)
			return verbs[i].run(&o);
	return att_ctl_misused(cmd, "%s: no such verb", argv[optind]);
}
