/*
 * attestctl quote, attestctl evidence: what this node can prove, without a
 * verifier to ask. Both make the file of docs/PROTOCOL-evidence.txt; a quote
 * is one without logs.
 */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "agent/collection.h"
#include "agent/ctl_agent.h"
#include "base/encoding.h"
#include "config/config.h"
#include "crypto/random.h"
#include "evidence/tpm_attest.h"

#define NONCE_BYTES 32	/* of a nonce that nobody gave */

#define PCR_IMA 10

struct options {
	const struct att_ctl_command *cmd;
	const char *config;
	const char *nonce;	/* hex, or NULL */
	const char *pcrs;	/* as given, or NULL */
	const char *output;	/* file, or NULL */
	bool json;
	bool logs;		/* evidence: logs and EK certificate too */
};

/* All that is needed for one file. */
struct job {
	const struct options *o;
	struct att_agent_config config;
	struct att_attester a;
	struct att_collection c;
	struct att_tpm_ek *ek;
	struct att_buf nonce;
	struct att_pcr_select select[ATT_BANKS_MAX];
	size_t select_count;
};

static void
job_done(struct job *j)
{
	att_collection_done(&j->c);
	att_tpm_ek_free(j->ek);
	att_attester_close(&j->a);
	att_buf_done(&j->nonce);
	att_agent_config_done(&j->config);
}

/* -- what to quote --------------------------------------------------------- */

/* "sha256:0-7,11", one bank of several with '+' between. */
static int
parse_bank(char *text, struct job *j, struct att_err *err)
{
	char *colon = strchr(text, ':');
	struct att_pcr_select s = { 0 };
	int r;

	if (colon == NULL || j->select_count == ATT_BANKS_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "must be BANK:LIST, such as sha256:0-7,11, at most %d of "
		    "them with + between", ATT_BANKS_MAX);
	*colon = '\0';
	s.alg = att_alg_by_name(text);
	if (s.alg == 0)
		return att_err_set(err, ATT_E_USAGE, "no bank \"%s\"", text);
	if ((r = att_config_pcrs_parse(colon + 1, &s.mask, err)) < 0)
		return r;
	j->select[j->select_count++] = s;
	return 0;
}

static int
parse_pcrs(struct job *j, struct att_err *err)
{
	AUTO(free) char *text = strdup(j->o->pcrs);
	char *rest = text, *one;
	int r;

	if (text == NULL)
		return att_err_nomem(err);
	while ((one = strsep(&rest, "+")) != NULL)
		if ((r = parse_bank(one, j, err)) < 0)
			return r;
	return 0;
}

static void
configured_pcrs(struct job *j)
{
	for (size_t i = 0; i < j->config.quote_banks.count; i++)
		j->select[j->select_count++] = (struct att_pcr_select){
			att_alg_by_name(j->config.quote_banks.item[i]),
			j->config.quote_pcrs };
}

static int
choose(struct job *j)
{
	struct att_err err = { 0 };

	if (j->o->pcrs == NULL)
		configured_pcrs(j);
	else if (parse_pcrs(j, &err) < 0)
		return att_ctl_misused(j->o->cmd, "--pcrs: %s", err.text);
	j->nonce = ATT_BUF(ATT_CHALLENGE_MAX);
	if (j->o->nonce != NULL)
		return att_ctl_nonce(j->o->cmd, j->o->nonce, &j->nonce);
	att_buf_fill(&j->nonce, 0, NONCE_BYTES);
	if (att_buf_ok(&j->nonce, "nonce", &err) < 0 ||
	    att_random(j->nonce.data, NONCE_BYTES, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return ATT_CTL_GOOD;
}

/* -- making it ------------------------------------------------------------- */

/* IMA's list says nothing without its register. */
static bool
is_of_use(const struct job *j, enum att_item item)
{
	if (item != ATT_ITEM_IMA_LOG)
		return true;
	for (size_t i = 0; i < j->select_count; i++)
		if ((j->select[i].mask >> PCR_IMA & 1) != 0)
			return true;
	return false;
}

/*
 * Logs that cannot be read are said to be so, in the file and here; that there
 * is no boot log, too.
 */
static size_t
present_items(struct job *j, enum att_item ret[static ATT_ITEM_COUNT])
{
	size_t n = 0;

	for (unsigned i = 0; i < ATT_ITEM_COUNT; i++) {
		const struct att_evidence_item *item =
		    &j->c.evidence.item[i];

		if (!is_of_use(j, (enum att_item)i))
			continue;
		if (item->reason != NULL && (i == ATT_ITEM_UEFI_LOG ||
				item->state == ATT_ITEM_UNREADABLE))
			att_ctl_note(NULL, "%s is left out: %s",
			    att_item_name((enum att_item)i), item->reason);
		if (item->state == ATT_ITEM_PRESENT)
			ret[n++] = (enum att_item)i;
	}
	return n;
}

/* A quote alone is evidence without items. */
static void
drop_items(struct job *j)
{
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		j->c.evidence.item[i] = (struct att_evidence_item){ 0 };
}

static int
collect(struct job *j, struct att_err *err)
{
	enum att_item item[ATT_ITEM_COUNT];
	struct att_quote_order order = {
		.challenge = att_buf_view(&j->nonce), .select = j->select,
		.select_count = j->select_count, .bound = j->o->logs,
		.item = item };
	int r;

	if ((r = att_attester_open(&j->config, ATT_CTL_LOCK_MS, &j->a,
		 err)) < 0 ||
	    (r = att_collection_read(&j->config, &j->c, err)) < 0)
		return r;
	if (j->o->logs)
		order.item_count = present_items(j, item);
	else
		drop_items(j);
	if ((r = att_collection_quote(&j->c, &j->config, j->a.ak, &order,
		 err)) < 0)
		return r;
	j->c.evidence.agent_id = j->a.id;
	if (!j->o->logs)
		return 0;
	if (j->c.warning[0] != '\0')
		att_ctl_note(NULL, "%s", j->c.warning);
	if ((r = att_attester_ek(&j->a, &j->ek, err)) < 0)
		return r;
	j->c.evidence.ek_cert = att_tpm_ek_cert(j->ek);
	return 0;
}

/* -- for people ------------------------------------------------------------ */

static int
put_summary(const struct att_evidence *e, struct att_buf *b,
    struct att_err *err)
{
	struct att_attest a;
	int r = att_attest_parse(e->attest, &a, err);

	if (r < 0)
		return r;
	att_buf_printf(b, "node          %s\nnonce         ", e->agent_id);
	att_hex_put(b, e->challenge);
	att_buf_printf(b, "\nresets        %" PRIu32 ", restarts %" PRIu32
	    "\nclock         %" PRIu64 " ms%s\nfirmware      %016" PRIx64
	    "\n", a.reset_count, a.restart_count, a.clock,
	    a.safe ? "" : ", not safe", a.firmware_version);
	att_pcrs_print(&e->pcrs, b);
	return att_buf_ok(b, "quote", err);
}

static int
put(const struct job *j)
{
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1u << 16);
	const struct options *o = j->o;
	struct att_err err = { 0 };
	int status;

	if (att_evidence_encode(&j->c.evidence, &file, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (o->json || o->output != NULL) {
		status = att_ctl_write(o->json ? NULL : o->output, &file);
		if (status != ATT_CTL_GOOD || o->json)
			return status;
	}
	if (o->output != NULL && strcmp(o->output, "-") == 0)
		return ATT_CTL_GOOD;
	if (put_summary(&j->c.evidence, &text, &err) < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&text);
	return ATT_CTL_GOOD;
}

static int
run(const struct options *o)
{
	AUTO_DONE(job_done) struct job j = { .o = o };
	struct att_err err = { 0 };
	int status;

	if ((status = att_ctl_config(o->config, &j.config)) !=
		ATT_CTL_GOOD ||
	    (status = choose(&j)) != ATT_CTL_GOOD)
		return status;
	if (collect(&j, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return put(&j);
}

/* -- the commands ---------------------------------------------------------- */

enum { OPT_HELP = 256, OPT_JSON, OPT_NONCE, OPT_PCRS };

static int
parse_and_run(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, OPT_HELP },
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "nonce", required_argument, NULL, OPT_NONCE },
		{ "output", required_argument, NULL, 'o' },
		{ "pcrs", required_argument, NULL, OPT_PCRS },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:ho:", names, NULL)) != -1)
		switch (c) {
		case 'h':
		case OPT_HELP:
			return att_ctl_help(o->cmd);
		case 'c':
			o->config = optarg;
			break;
		case 'o':
			o->output = optarg;
			break;
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_NONCE:
			o->nonce = optarg;
			break;
		case OPT_PCRS:
			o->pcrs = optarg;
			break;
		default:
			return att_ctl_bad_option(o->cmd, argv[optind - 1]);
		}
	if (optind != argc)
		return att_ctl_misused(o->cmd, "no word is wanted");
	if (o->logs && o->output == NULL && !o->json)
		return att_ctl_misused(o->cmd, "-o FILE is wanted");
	if (o->json && o->output != NULL)
		return att_ctl_misused(o->cmd, "--json or -o FILE, not both");
	return run(o);
}

int
att_ctl_quote(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd };

	return parse_and_run(&o, argc, argv);
}

int
att_ctl_evidence(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd, .logs = true };

	return parse_and_run(&o, argc, argv);
}
