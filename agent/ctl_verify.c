#include "agent/ctl_bundle.h"

#include <getopt.h>
#include <string.h>
#include <time.h>

#include "agent/ctl_agent.h"
#include "agent/show.h"
#include "agent/verify_beneath.h"
#include "evidence/tpm_attest.h"
#include "evidence/tpm_public.h"

#define TEXT_MAX (1u << 20)	/* bytes of output */
#define AK_FILE_MAX (2 + ATT_TPM_PUBLIC_MAX)
#define MAX_AGE_MAX (100 * 366 * 86400LL)	/* seconds */

struct options {
	const struct att_ctl_command *cmd;
	const char *ak, *challenge, *vendor, *product, *file;
	const char *devices_challenge, *known;
	bool trust_bundle_ak, json;
	struct att_ctl_words references, runtimes, groups;
	struct att_policy policy;
	int64_t now;
};

/* All that an appraisal borrows. */
struct job {
	const struct options *o;
	struct att_bundle *bundle;
	const struct att_evidence *e;
	struct att_buf ak_file, challenge;
	struct att_tpm_public ak;
	struct att_pubkey *key;
	struct att_refdocs docs;
	size_t runtimes;
	struct att_runtime *runtime[ATT_CTL_WORDS_MAX];
	struct att_runtime_set runs;	/* those that are for this node */
	struct att_verify_beneath beneath;
	struct att_enrolment enrolment;
	struct att_attest attest;
	enum att_item item[ATT_ITEM_COUNT];
	size_t items;
	struct att_refset refs;
	struct att_policy policy;
	struct att_appraisal a;
	struct att_verdict *verdict;
};

static void
job_done(struct job *j)
{
	att_verdict_free(j->verdict);
	att_verify_beneath_done(&j->beneath);
	att_refdocs_done(&j->docs);
	for (size_t i = 0; i < j->runtimes; i++)
		att_runtime_free(j->runtime[i]);
	att_pubkey_free(j->key);
	att_buf_done(&j->ak_file);
	att_buf_done(&j->challenge);
	att_bundle_free(j->bundle);
}

/* -- whom to trust --------------------------------------------------------- */

/* TPMT_PUBLIC, or TPM2B_PUBLIC as tpm2-tools writes it. */
static int
parse_ak(struct job *j, struct att_slice bytes, const char *file)
{
	struct att_err err = { 0 };

	if (att_tpm_public_parse(bytes, &j->ak, NULL) < 0 &&
	    att_tpm_public_parse_2b(bytes, &j->ak, &err) < 0)
		return att_ctl_fail(file, &err);
	if (att_tpm_public_key(&j->ak, &j->key, &err) < 0)
		return att_ctl_fail(file, &err);
	j->enrolment.ak = (struct att_ak){ j->key, j->ak.bytes };
	return ATT_CTL_GOOD;
}

static int
read_ak(struct job *j)
{
	struct att_err err = { 0 };

	if (j->o->ak == NULL) {
		att_ctl_note(j->o->file, "its own key is trusted, as you "
		    "said: any TPM may have signed it");
		return parse_ak(j, j->e->ak_public, j->o->file);
	}
	if (att_ctl_read(j->o->ak, &j->ak_file, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return parse_ak(j, att_buf_view(&j->ak_file), j->o->ak);
}

static int
read_references(struct job *j)
{
	int status = ATT_CTL_GOOD;

	for (size_t i = 0; i < j->o->references.count &&
	     status == ATT_CTL_GOOD; i++)
		status = att_ctl_reference_file(j->o->references.word[i],
		    &j->docs);
	return status;
}

static int
read_runtime(const char *file, struct att_runtime **ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_RUNTIME_FILE_MAX);
	struct att_err err = { 0 };

	if (att_ctl_read(file, &b, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (att_runtime_parse(att_buf_view(&b), ret, &err) < 0)
		return att_ctl_fail(file, &err);
	return ATT_CTL_GOOD;
}

static int
read_runtimes(struct job *j)
{
	int status = ATT_CTL_GOOD;

	for (size_t i = 0; i < j->o->runtimes.count &&
	     status == ATT_CTL_GOOD; i++) {
		status = read_runtime(j->o->runtimes.word[i],
		    &j->runtime[i]);
		j->runtimes += status == ATT_CTL_GOOD;
	}
	return status;
}

/* -- what was asked for ---------------------------------------------------- */

/* Nobody asked for a file: what it says it was made for is taken for that. */
static void
take_items(struct job *j)
{
	if (j->e->bound) {
		j->items = j->e->bound_count;
		memcpy(j->item, j->e->bound_item, sizeof(j->item));
		return;
	}
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		if (j->e->item[i].state != ATT_ITEM_ABSENT)
			j->item[j->items++] = (enum att_item)i;
}

static int
take_challenge(struct job *j)
{
	if (j->o->challenge != NULL)
		return att_ctl_nonce(j->o->cmd, j->o->challenge,
		    &j->challenge);
	att_ctl_note(j->o->file, "its own challenge is taken: nothing proves "
	    "when it was made");
	att_buf_slice(&j->challenge, j->e->challenge);
	return ATT_CTL_GOOD;
}

static void
note_platform(const struct job *j)
{
	const struct options *o = j->o;

	if (o->vendor == NULL && o->product == NULL &&
	    j->e->hint_vendor[0] != '\0')
		att_ctl_note(o->file, "says it is of --vendor '%s' --product "
		    "'%s', which counts only if you say so",
		    j->e->hint_vendor, j->e->hint_product);
}

/* What it is appraised with. */
static int
prepare(struct job *j)
{
	const struct options *o = j->o;
	struct att_verify_options beneath = { .cmd = o->cmd, .file = o->file,
		.devices_challenge = o->devices_challenge,
		.known = o->known };

	j->policy = o->policy;
	j->refs = att_refdocs_boot(&j->docs);
	j->enrolment.platform = (struct att_platform){ o->vendor, o->product,
		o->groups.word };
	j->a = (struct att_appraisal){ .evidence = j->e,
		.node = &j->enrolment,
		.challenge = att_buf_view(&j->challenge),
		.bound = j->e->bound, .item = j->item,
		.item_count = j->items, .select = j->attest.select,
		.refs = &j->refs, .policy = &j->policy, .now = o->now };
	/* of the PCRs, too: that policy's are among them is looked at */
	if (att_attest_parse(j->e->attest, &j->attest, NULL) == 0)
		j->a.select_count = j->attest.select_count;
	return att_verify_beneath(&beneath, &j->docs, &j->beneath, &j->a,
	    &j->policy);
}

static int
appraise(struct job *j, struct att_err *err)
{
	int r;

	if ((r = att_runtime_select(
		 (const struct att_runtime *const *)j->runtime, j->runtimes,
		 &j->enrolment.platform, j->o->now, &j->runs, err)) < 0)
		return r;
	if (j->runtimes > 0) {
		/* that none of them is for it is a finding */
		j->a.runtime = &j->runs;
		j->policy.claims |= ATT_CLAIM_RUNTIME;
	}
	return att_appraise(&j->a, &j->verdict, err);
}

/* -- output ---------------------------------------------------------------- */

static int
put(const struct job *j)
{
	AUTO(att_json_decref) json_t *v = att_verdict_to_json(j->verdict);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(TEXT_MAX);
	struct att_show how = { .node = att_ctl_file_name(j->o->file),
		.colour = att_ctl_colour() };
	struct att_err err = { 0 };
	int status;

	if (v == NULL)
		return att_ctl_nomem();
	if (j->o->json) {
		status = att_ctl_put_json(NULL, take(&v));
		if (status != ATT_CTL_GOOD)
			return status;
	} else if (att_show_verdict(v, &how, &b, &err) < 0) {
		return att_ctl_fail(NULL, &err);
	}
	att_ctl_put(&b);
	return att_verdict_status(j->verdict) == ATT_PASS ? ATT_CTL_GOOD :
							    ATT_CTL_VERDICT;
}

static int
run(const struct options *o)
{
	AUTO_DONE(job_done) struct job j = { .o = o,
		.ak_file = ATT_BUF(AK_FILE_MAX),
		.challenge = ATT_BUF(ATT_CHALLENGE_MAX) };
	struct att_err err = { 0 };
	int status;

	if ((status = att_ctl_bundle(o->file, &j.bundle)) != ATT_CTL_GOOD)
		return status;
	j.e = att_bundle_evidence(j.bundle);
	if ((status = read_ak(&j)) != ATT_CTL_GOOD ||
	    (status = read_references(&j)) != ATT_CTL_GOOD ||
	    (status = read_runtimes(&j)) != ATT_CTL_GOOD ||
	    (status = take_challenge(&j)) != ATT_CTL_GOOD)
		return status;
	take_items(&j);
	note_platform(&j);
	if ((status = prepare(&j)) != ATT_CTL_GOOD)
		return status;
	if (appraise(&j, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return put(&j);
}

/* -- the command ----------------------------------------------------------- */

int
att_ctl_verify(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .policy = att_policy_default,
		.now = (int64_t)time(NULL) };
	const struct att_ctl_option table[] = {
		{ "ak", .text = &o.ak },
		{ "allow-guessed", .flag = &o.policy.allow_guessed },
		{ "allow-incomplete", .flag = &o.policy.allow_incomplete },
		{ "allow-sha1", .flag = &o.policy.allow_sha1 },
		{ "at", .time = &o.now },
		{ "challenge", .text = &o.challenge },
		{ "devices-challenge", .text = &o.devices_challenge },
		{ "group", .words = &o.groups },
		{ "json", .flag = &o.json },
		{ "known", .text = &o.known },
		{ "max-age", .number = &o.policy.max_age, .min = 1,
		    .max = MAX_AGE_MAX },
		{ "pcrs", .pcrs = &o.policy.pcrs },
		{ "product", .text = &o.product },
		{ "reference", .words = &o.references },
		{ "require-safe-clock", .flag = &o.policy.safe_required },
		{ "runtime", .words = &o.runtimes },
		{ "trust-bundle-ak", .flag = &o.trust_bundle_ak },
		{ "vendor", .text = &o.vendor },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (optind + 1 != argc)
		return att_ctl_misused(cmd, "one file of evidence is wanted");
	if ((o.ak != NULL) == o.trust_bundle_ak)
		return att_ctl_misused(cmd, "--ak FILE or --trust-bundle-ak "
		    "is wanted: which key is trusted must be said");
	if (o.references.count == 0)
		return att_ctl_misused(cmd, "--reference FILE is wanted");
	o.file = argv[optind];
	return run(&o);
}
