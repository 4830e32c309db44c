/* attestctl spdm: what devices signed of themselves. */
#include "agent/ctl.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "agent/ctl_agent.h"
#include "agent/ctl_bundle.h"
#include "agent/spdmview.h"
#include "appraise/spdmmake.h"
#include "base/encoding.h"
#include "base/text.h"
#include "evidence/binding.h"
#include "firmware/spdm_redfish.h"

#define OUTPUT_MAX (8u << 20)
#define CHAIN_MAX (1u << 20)	/* bytes of PEM */

struct options {
	const struct att_ctl_command *cmd;
	const char *chain, *nonce, *challenge, *component, *scheme, *hash;
	const char *vendor, *product, *id, *output;
	struct att_spdm_known known;
	struct att_ctl_words roots, references, groups;
	int64_t now, version, security_version;
	bool json;
	int files;
	char **file;
};

/* JSON of Redfish, or what would stand in it. */
static bool
is_json(const struct att_buf *b)
{
	return b->len > 0 && b->data[0] == '{';
}

/* The transcript, and what came with it of algorithms. */
static int
read_report(const struct options *o, struct att_buf *ret,
    struct att_spdm_algorithms *ret_algorithms)
{
	AUTO_DONE(att_buf_done) struct att_buf raw =
	    ATT_BUF(ATT_SPDM_REDFISH_MAX);
	struct att_err err = { 0 };
	int r;

	*ret_algorithms = (struct att_spdm_algorithms){ 0 };
	if (att_ctl_read(o->file[0], &raw, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (is_json(&raw)) {
		r = att_spdm_redfish_answer(att_buf_view(&raw), ret,
		    ret_algorithms, &err);
	} else {
		att_buf_slice(ret, att_buf_view(&raw));
		r = att_buf_ok(ret, "report", &err);
	}
	return r < 0 ? att_ctl_fail(o->file[0], &err) : ATT_CTL_GOOD;
}

static int
read_chain(const char *file, struct att_buf *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(CHAIN_MAX);
	struct att_err err = { 0 };

	if (att_ctl_read(file, &raw, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (!is_json(&raw))
		att_buf_slice(ret, att_buf_view(&raw));
	else if (att_spdm_redfish_chain(att_buf_view(&raw), ret, &err) < 0)
		return att_ctl_fail(file, &err);
	return att_buf_ok(ret, "chain", &err) < 0 ?
	    att_ctl_fail(file, &err) : ATT_CTL_GOOD;
}

/* The transcript of a report, parsed; slices are of `raw`. */
static int
read_transcript(const struct options *o, struct att_buf *raw,
    struct att_spdm_transcript *ret)
{
	struct att_spdm_algorithms algorithms;
	struct att_err err = { 0 };
	int status = read_report(o, raw, &algorithms);

	if (status != ATT_CTL_GOOD)
		return status;
	if (att_spdm_transcript_parse(att_buf_view(raw), ret, &err) < 0)
		return att_ctl_fail(o->file[0], &err);
	return ATT_CTL_GOOD;
}

/* -- show ------------------------------------------------------------------ */

static int
show(const struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf raw =
	    ATT_BUF(ATT_SPDM_TRANSCRIPT_MAX);
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	struct att_spdm_transcript t;
	struct att_err err = { 0 };
	int status;

	if (o->files != 1)
		return att_ctl_misused(o->cmd, "show: one report is wanted");
	if ((status = read_transcript(o, &raw, &t)) != ATT_CTL_GOOD)
		return status;
	if (o->json)
		return att_ctl_put_json(NULL,
		    att_spdmview_transcript_json(&t));
	att_spdmview_transcript(&out, &t);
	if (att_buf_ok(&out, "report as text", &err) < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&out);
	return ATT_CTL_GOOD;
}

/* -- what is known of the device beforehand -------------------------------- */

struct job {
	const struct options *o;
	struct att_buf report, chain;
	struct att_digest nonce;
	struct att_digest root[ATT_CTL_WORDS_MAX];
	struct att_spdm_ref *ref[ATT_CTL_WORDS_MAX];
	size_t refs;
	struct att_platform platform;
	struct att_spdm_appraisal a;
	struct att_spdm_result result;
	json_t *findings;
	bool nomem;
};

static void
job_done(struct job *j)
{
	att_buf_done(&j->report);
	att_buf_done(&j->chain);
	for (size_t i = 0; i < j->refs; i++)
		att_spdm_ref_free(j->ref[i]);
	json_decref(j->findings);
}

static int
read_digest(const struct options *o, const char *option, const char *hex,
    struct att_digest *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_DIGEST_MAX);
	struct att_err err = { 0 };

	if (att_hex_decode(att_slice_of(hex), &b, &err) < 0 ||
	    att_digest_from(ATT_ALG_SHA256, att_buf_view(&b), ret, &err) < 0)
		return att_ctl_misused(o->cmd, "%s: must be 64 hex digits",
		    option);
	return ATT_CTL_GOOD;
}

static int
derive_nonce(struct job *j)
{
	AUTO_DONE(att_buf_done) struct att_buf c = ATT_BUF(ATT_CHALLENGE_MAX);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	const char *name = j->o->component;
	struct att_err err = { 0 };
	int status;

	if (h == NULL)
		return att_ctl_nomem();
	if ((status = att_ctl_nonce(j->o->cmd, j->o->challenge, &c)) !=
	    ATT_CTL_GOOD)
		return status;
	if (att_binding_spdm_nonce(h, att_buf_view(&c), att_slice_of(name),
		&j->nonce, &err) < 0)
		return att_ctl_misused(j->o->cmd, "%s", err.text);
	return ATT_CTL_GOOD;
}

/* What SPDM 1.0 and 1.1 do not tell, and Redfish does. */
static int
read_algorithms(struct job *j)
{
	struct att_spdm_algorithms *a = &j->a.algorithms;

	if (j->o->scheme != NULL &&
	    !att_spdm_scheme_by_name(j->o->scheme, a))
		return att_ctl_misused(j->o->cmd,
		    "--scheme %.32s is not known", j->o->scheme);
	if (j->o->hash != NULL &&
	    (a->hash = att_alg_by_name(j->o->hash)) == 0)
		return att_ctl_misused(j->o->cmd, "--hash %.32s is not known",
		    j->o->hash);
	return ATT_CTL_GOOD;
}

static int
read_reference(const char *file, struct att_spdm_ref **ret)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_SPDM_REF_FILE_MAX);
	struct att_err err = { 0 };

	if (att_ctl_read(file, &text, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (att_spdm_ref_parse(att_buf_view(&text), ret, &err) < 0)
		return att_ctl_fail(file, &err);
	return ATT_CTL_GOOD;
}

static int
read_roots(const struct options *o, struct att_digest *ret)
{
	int status = ATT_CTL_GOOD;

	for (size_t i = 0; i < o->roots.count && status == ATT_CTL_GOOD; i++)
		status = read_digest(o, "--root", o->roots.word[i], &ret[i]);
	return status;
}

static int
read_trust(struct job *j)
{
	const struct options *o = j->o;
	int status;

	if ((status = read_roots(o, j->root)) != ATT_CTL_GOOD)
		return status;
	for (size_t i = 0; i < o->references.count; i++) {
		if ((status = read_reference(o->references.word[i],
			 &j->ref[i])) != ATT_CTL_GOOD)
			return status;
		j->refs++;
	}
	if (o->nonce != NULL)
		return read_digest(o, "--nonce", o->nonce, &j->nonce);
	return derive_nonce(j);
}

/* What is said on the command line goes over what Redfish says. */
static int
read_inputs(struct job *j)
{
	int status;

	if ((status = read_trust(j)) != ATT_CTL_GOOD ||
	    (status = read_report(j->o, &j->report, &j->a.algorithms)) !=
		ATT_CTL_GOOD ||
	    (status = read_algorithms(j)) != ATT_CTL_GOOD)
		return status;
	return read_chain(j->o->chain, &j->chain);
}

/* -- verify ---------------------------------------------------------------- */

static void
note(void *arg, const struct att_finding *f)
{
	struct job *j = arg;

	if (att_json_add(j->findings, att_finding_to_json(f), NULL) < 0)
		j->nomem = true;
}

static int
appraise(struct job *j)
{
	const struct options *o = j->o;
	struct att_err err = { 0 };

	j->platform = (struct att_platform){ o->vendor, o->product,
		o->groups.word };
	j->a.component = o->component == NULL ? "" : o->component;
	j->a.transcript = att_buf_view(&j->report);
	j->a.chain = att_buf_view(&j->chain);
	j->a.nonce = att_digest_view(&j->nonce);
	j->a.root = j->root;
	j->a.roots = o->roots.count;
	j->a.ref = (const struct att_spdm_ref *const *)j->ref;
	j->a.refs = j->refs;
	j->a.platform = &j->platform;
	j->a.known = o->known;
	j->a.now = o->now;
	if ((j->findings = json_array()) == NULL)
		return att_ctl_nomem();
	if (att_spdm_appraise(&j->a, note, j, &j->result, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return j->nomem ? att_ctl_nomem() : ATT_CTL_GOOD;
}

/* Without reference values it was not asked whether it is as expected. */
static bool
is_good(const struct job *j)
{
	return j->refs > 0 ? j->result.expected : j->result.authentic;
}

static int
put_result(const struct job *j)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	struct att_err err = { 0 };
	int status;

	if (j->o->json) {
		status = att_ctl_put_json(NULL, att_spdmview_result_json(
		    &j->result, j->refs > 0, j->findings));
		if (status != ATT_CTL_GOOD)
			return status;
	} else {
		att_spdmview_result(&out, &j->result, j->refs > 0,
		    j->findings);
		if (att_buf_ok(&out, "result as text", &err) < 0)
			return att_ctl_fail(NULL, &err);
		att_ctl_put(&out);
	}
	return is_good(j) ? ATT_CTL_GOOD : ATT_CTL_VERDICT;
}

static int
verify(const struct options *o)
{
	AUTO_DONE(job_done) struct job j = { .o = o,
		.report = ATT_BUF(ATT_SPDM_TRANSCRIPT_MAX),
		.chain = ATT_BUF(CHAIN_MAX) };
	int status;

	if (o->files != 1)
		return att_ctl_misused(o->cmd,
		    "verify: one report is wanted");
	if (o->chain == NULL)
		return att_ctl_misused(o->cmd, "verify: --chain FILE is "
		    "wanted");
	if ((o->nonce != NULL) == (o->challenge != NULL))
		return att_ctl_misused(o->cmd, "verify: --nonce HEX or "
		    "--challenge HEX is wanted: what was sent must be said");
	if (o->component == NULL &&
	    (o->challenge != NULL || o->references.count > 0))
		return att_ctl_misused(o->cmd, "verify: --component NAME is "
		    "wanted with --challenge and with --reference");
	if (o->roots.count == 0 && o->references.count == 0)
		return att_ctl_misused(o->cmd, "verify: --root HEX or "
		    "--reference FILE is wanted: who is trusted must be said");
	if ((status = read_inputs(&j)) != ATT_CTL_GOOD ||
	    (status = appraise(&j)) != ATT_CTL_GOOD)
		return status;
	return put_result(&j);
}

/* -- create ---------------------------------------------------------------- */

/* Measurements from before the nonce: the document will refuse them. */
static void
note_undated(const struct options *o, const struct att_spdm_transcript *t)
{
	unsigned n = 0;

	for (size_t i = 0; i < ATT_COUNT(t->at); i++)
		n += t->at[i].there && !t->at[i].last;
	if (n > 0 && t->content != ATT_SPDM_CONTENT_SAME)
		att_ctl_note(o->file[0], "%u measurements were read before "
		    "the nonce: they pass only with \"undated\"", n);
}

static int
create(const struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf raw =
	    ATT_BUF(ATT_SPDM_TRANSCRIPT_MAX);
	const char *vendor[] = { o->vendor, NULL };
	const char *product[] = { o->product, NULL };
	struct att_digest root[ATT_CTL_WORDS_MAX];
	struct att_spdm_make m = {
		.head = { .id = o->id, .version = o->version,
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX,
		    .vendor = vendor, .product = product,
		    .groups = o->groups.word },
		.component = o->component, .root = root,
		.roots = o->roots.count };
	struct att_spdm_transcript t;
	struct att_err err = { 0 };
	json_t *doc = NULL;
	int status;

	if (o->files != 1 || o->id == NULL || o->component == NULL ||
	    o->roots.count == 0)
		return att_ctl_misused(o->cmd, "create: --id ID, --component "
		    "GLOB, --root HEX and one report are wanted");
	if ((status = read_roots(o, root)) != ATT_CTL_GOOD ||
	    (status = read_transcript(o, &raw, &t)) != ATT_CTL_GOOD)
		return status;
	if (att_spdm_make(&t, &m, &doc, &err) < 0)
		return att_ctl_fail(o->file[0], &err);
	note_undated(o, &t);
	return att_ctl_put_json(o->output, doc);
}

/* -- check ----------------------------------------------------------------- */

static int
check_file(const char *file)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(4096);
	AUTO(att_spdm_ref_free) struct att_spdm_ref *r = NULL;
	const char *name = att_ctl_file_name(file);
	int status = read_reference(file, &r);

	if (status != ATT_CTL_GOOD)
		return status;
	att_text_put(&out, att_slice_of(name));
	att_buf_printf(&out, ": %s version %" PRId64 ", %zu measurements\n",
	    att_spdm_ref_head(r)->id, att_spdm_ref_head(r)->version,
	    att_spdm_ref_count(r));
	att_ctl_put(&out);
	return ATT_CTL_GOOD;
}

static int
check(const struct options *o)
{
	int worst = ATT_CTL_GOOD;

	if (o->files == 0)
		return att_ctl_misused(o->cmd, "check: a file is wanted");
	for (int i = 0; i < o->files; i++) {
		int status = check_file(o->file[i]);

		worst = status > worst ? status : worst;
	}
	return worst;
}

/* -- the command ----------------------------------------------------------- */

static const struct {
	const char *name;
	int (*run)(const struct options *o);
} verbs[] = {
	{ "check", check },
	{ "create", create },
	{ "show", show },
	{ "verify", verify },
};

int
att_ctl_spdm(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .now = (int64_t)time(NULL) };
	const struct att_ctl_option table[] = {
		{ "at", .time = &o.now },
		{ "chain", .text = &o.chain },
		{ "challenge", .text = &o.challenge },
		{ "component", .text = &o.component },
		{ "group", .words = &o.groups },
		{ "hash", .text = &o.hash },
		{ "id", .text = &o.id },
		{ "issuer", .text = &o.known.issuer },
		{ "json", .flag = &o.json },
		{ "nonce", .text = &o.nonce },
		{ "output", 'o', .text = &o.output },
		{ "product", .text = &o.product },
		{ "reference", .words = &o.references },
		{ "root", .words = &o.roots },
		{ "scheme", .text = &o.scheme },
		{ "security-version", .number = &o.security_version,
		    .max = INT64_MAX },
		{ "serial", .text = &o.known.serial },
		{ "vendor", .text = &o.vendor },
		{ "version", .number = &o.version, .max = INT64_MAX },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	o.known.security_version = (uint64_t)o.security_version;
	if (optind == argc)
		return att_ctl_misused(cmd, "a verb is wanted");
	o.files = argc - optind - 1;
	o.file = argv + optind + 1;
	for (size_t i = 0; i < ATT_COUNT(verbs); i++)
		if (strcmp(argv[optind], verbs[i].name) == 0)
			return verbs[i].run(&o);
	return att_ctl_misused(cmd, "no verb \"%s\"", argv[optind]);
}
