/*
 * att-tpm - what firmware and operators do to a TPM, for tests and the demo:
 * replays a captured boot into a software TPM, extends, starts, clears, prints.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/pcr.h"
#include "eventlog/ima.h"
#include "eventlog/tcg.h"
#include "tests/tpm/raw.h"
#include "tpm/state.h"
#include "tpm/tpm.h"

#define TIMEOUT_MS 30000

static const char *tcti, *uefi_path, *ima_path;

static const char usage_text[] =
    "usage: att-tpm --tcti TCTI COMMAND\n"
    "  replay --uefi FILE\n"
    "                  extend what the log of a boot says; starts the TPM,\n"
    "                  if need be from the locality that the log names\n"
    "  replay --ima LIST\n"
    "                  extend what the entries of an IMA list say, after\n"
    "                  those of --uefi where both are given\n"
    "  extend PCR TEXT the digest of TEXT, in every active bank\n"
    "  extend PCR BANK:HEX...\n"
    "  startup         TPM2_Startup(CLEAR)\n"
    "  shutdown        TPM2_Shutdown(CLEAR)\n"
    "  clear           TPM2_Clear by the platform hierarchy\n"
    "  pcrs            print lines \"<bank> <index> <hex>\"\n";

static int
usage(struct att_err *err, const char *why)
{
	return att_err_set(err, ATT_E_USAGE, "%s", why);
}

/* The banks whose values change when all are extended. */
static int
active_banks(struct att_pcr_select ret[static ATT_BANKS_MAX], size_t *ret_n,
    struct att_pcrs *ret_pcrs, struct att_err *err)
{
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	int r;

	if ((r = att_tpm_open(tcti, TIMEOUT_MS, &t, err)) < 0 ||
	    (r = att_tpm_banks_read(t, ret, ret_n, err)) < 0)
		return r;
	return att_tpm_pcrs_read(t, NULL, 0, ret_pcrs, NULL, err);
}

static bool
is_active(const struct att_pcrs *p, uint16_t alg)
{
	return att_pcrs_bank(p, alg) != NULL;
}

/* -- replay --------------------------------------------------------------- */

/* PFP 10.4.5.3: "StartupLocality" with its NUL, then the locality. */
static const char LOCALITY[16] = "StartupLocality";

/* Of the startup that the log tells of; 0 without a word about it. */
static int
find_locality(const struct att_tcglog *log, uint8_t *ret, struct att_err *err)
{
	struct att_tcg_iter it = att_tcg_begin(log);
	uint8_t locality = 0;
	struct att_event ev;
	int r;

	while ((r = att_tcg_next(&it, &ev, err)) > 0) {
		struct att_cur c = att_cur_of(ev.data);
		struct att_slice tag;

		if (ev.type == ATT_EV_EFI_HCRTM_EVENT)
			locality = 4;
		if (ev.type == ATT_EV_NO_ACTION &&
		    att_cur_bytes(&c, sizeof(LOCALITY), &tag) &&
		    memcmp(tag.data, LOCALITY, sizeof(LOCALITY)) == 0 &&
		    !att_cur_u8(&c, &locality))
			return att_err_at(err, ATT_E_SHORT, ev.offset,
			    "StartupLocality without a locality");
	}
	*ret = locality;
	return r;
}

/* Starts the TPM as the log says it was started; it may be started already. */
static int
start(uint8_t locality, struct att_err *err)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = NULL;
	int r;

	if (locality != 0 && locality != 3)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "the boot began with an H-CRTM sequence or in locality "
		    "%u: only firmware can do that", locality);
	if (locality == 3)
		return raw_startup_locality(tcti, 3, err);
	if ((r = att_tpm_link_open(tcti, &l, err)) < 0)
		return r;
	r = raw_startup(l, err);
	return r == ATT_E_BUSY ? 0 : r;
}

/* Nothing was extended since the start, or the result is no boot's. */
static int
check_fresh(const struct att_pcrs *p, uint8_t locality, struct att_err *err)
{
	for (size_t i = 0; i < p->count; i++)
		for (unsigned pcr = 0; pcr < 16; pcr++) {
			struct att_slice v;
			struct att_cur c;

			if (!att_pcrs_get(p, p->bank[i].alg, pcr, &v))
				continue;
			c = att_cur_of(v);
			if (att_cur_all(&c, v.len - 1, 0) &&
			    v.data[v.len - 1] == (pcr == 0 ? locality : 0))
				continue;
			return att_err_set(err, ATT_E_CONFLICT,
			    "%s PCR %u is extended already: restart the TPM",
			    att_alg_name(p->bank[i].alg), pcr);
		}
	return 0;
}

static int
extend_event(struct att_tpm_link *l, const struct att_event *ev,
    const struct att_pcrs *active, struct att_err *err)
{
	struct att_digest d[ATT_TCG_ALGS_MAX];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < ev->digest_count; i++) {
		if (!is_active(active, ev->digest[i].alg))
			continue;
		if ((r = att_digest_from(ev->digest[i].alg,
			 ev->digest[i].bytes, &d[n], err)) < 0)
			return r;
		n++;
	}
	return n == 0 ? 0 : raw_extend(l, ev->pcr, d, n, err);
}

static int
extend_log(struct att_tpm_link *l, const struct att_tcglog *log,
    const struct att_pcrs *active, size_t *ret_count, struct att_err *err)
{
	struct att_tcg_iter it = att_tcg_begin(log);
	struct att_event ev;
	int r;

	while ((r = att_tcg_next(&it, &ev, err)) > 0) {
		if (ev.type == ATT_EV_NO_ACTION)
			continue;
		if ((r = extend_event(l, &ev, active, err)) < 0)
			return r;
		++*ret_count;
	}
	return r;
}

/* The whole log is read before the first extend: a bad one changes nothing. */
static int
replay_log(const struct att_tcglog *log, struct att_err *err)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = NULL;
	struct att_pcr_select banks[ATT_BANKS_MAX];
	struct att_pcrs active;
	size_t n, extends = 0;
	uint8_t locality = 0;
	int r;

	if ((r = find_locality(log, &locality, err)) < 0 ||
	    (r = start(locality, err)) < 0 ||
	    (r = active_banks(banks, &n, &active, err)) < 0 ||
	    (r = check_fresh(&active, locality, err)) < 0 ||
	    (r = att_tpm_link_open(tcti, &l, err)) < 0 ||
	    (r = extend_log(l, log, &active, &extends, err)) < 0)
		return r;
	printf("%zu events extended\n", extends);
	return 0;
}

static int
replay_uefi(struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf uefi =
	    ATT_BUF(ATT_TCG_LOG_MAX);
	struct att_tcglog log;
	int r;

	if ((r = att_file_read(uefi_path, &uefi, err)) < 0)
		return r;
	if ((r = att_tcglog_open(att_buf_view(&uefi), ATT_TCG_TPM, &log,
		 err)) < 0) {
		att_err_prefix(err, "%s", uefi_path);
		return r;
	}
	return replay_log(&log, err);
}

/* As kernels do since 5.8: each bank gets its own hash of the data. */
static int
extend_measured(struct att_tpm_link *l, const struct att_ima_entry *e,
    const struct att_pcrs *active, struct att_hasher *h, struct att_err *err)
{
	struct att_digest d[ATT_BANKS_MAX];
	int r;

	for (size_t i = 0; i < active->count; i++) {
		uint16_t alg = active->bank[i].alg;

		if ((r = att_ima_hash(h, alg, e, &d[i], err)) < 0)
			return r;
		if (e->violation)
			memset(d[i].bytes, 0xff, d[i].len);
	}
	return raw_extend(l, e->pcr, d, active->count, err);
}

static int
extend_list(struct att_tpm_link *l, const struct att_ima_list *list,
    const struct att_pcrs *active, struct att_hasher *h, size_t *ret_count,
    struct att_err *err)
{
	AUTO_DONE(att_ima_done)
	struct att_ima_iter it = att_ima_begin(list, h);
	struct att_ima_entry e;
	int r;

	while ((r = att_ima_next(&it, &e, err)) > 0) {
		if (e.check == ATT_IMA_BROKEN || e.check == ATT_IMA_NO_DATA)
			return att_err_at(err, ATT_E_FORMAT, e.offset,
			    "the digest of this entry is not that of its data");
		if ((r = extend_measured(l, &e, active, h, err)) < 0)
			return r;
		++*ret_count;
	}
	return r;
}

static int
replay_ima(struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw =
	    ATT_BUF(ATT_IMA_LIST_MAX);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_tpm_link_free) struct att_tpm_link *l = NULL;
	struct att_pcr_select banks[ATT_BANKS_MAX];
	struct att_ima_list list;
	struct att_pcrs active;
	size_t n, extends = 0;
	int r;

	if (h == NULL)
		return att_err_nomem(err);
	if ((r = att_file_read(ima_path, &raw, err)) < 0)
		return r;
	if ((r = att_ima_recognise(att_buf_view(&raw), h, &list, err)) < 0 ||
	    (r = active_banks(banks, &n, &active, err)) < 0 ||
	    (r = att_tpm_link_open(tcti, &l, err)) < 0 ||
	    (r = extend_list(l, &list, &active, h, &extends, err)) < 0) {
		att_err_prefix(err, "%s", ima_path);
		return r;
	}
	printf("%zu measurements extended\n", extends);
	return 0;
}

static int
cmd_replay(int argc, char **argv ATT_UNUSED, struct att_err *err)
{
	int r = 0;

	if (argc != 0 || (uefi_path == NULL && ima_path == NULL))
		return usage(err, "replay takes --uefi FILE, --ima LIST");
	if (uefi_path != NULL && (r = replay_uefi(err)) < 0)
		return r;
	return ima_path != NULL ? replay_ima(err) : r;
}

/* -- the others ----------------------------------------------------------- */

/* The algorithm of "sha256:..."; 0: this is text. */
static uint16_t
bank_of(const char *text)
{
	const char *colon = strchr(text, ':');
	char name[16];

	if (colon == NULL || (size_t)(colon - text) >= sizeof(name))
		return 0;
	memcpy(name, text, (size_t)(colon - text));
	name[colon - text] = '\0';
	return att_alg_by_name(name);
}

static int
parse_digest(const char *text, struct att_digest *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(ATT_DIGEST_MAX);
	const char *hex = strchr(text, ':');
	int r;

	if (bank_of(text) == 0 || hex == NULL)
		return usage(err, "each digest must be BANK:HEX");
	hex++;
	if ((r = att_hex_decode((struct att_slice){ (const uint8_t *)hex,
		 strlen(hex) }, &raw, err)) < 0)
		return r;
	return att_digest_from(bank_of(text), att_buf_view(&raw), ret, err);
}

static int
hash_text(const char *text, struct att_digest *ret, size_t *ret_n,
    struct att_err *err)
{
	struct att_slice s = { (const uint8_t *)text, strlen(text) };
	struct att_pcr_select banks[ATT_BANKS_MAX];
	struct att_pcrs active;
	size_t n;
	int r;

	if ((r = active_banks(banks, &n, &active, err)) < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if ((r = att_digest_of(banks[i].alg, s, &ret[i], err)) < 0)
			return r;
	*ret_n = n;
	return 0;
}

static int
cmd_extend(int argc, char **argv, struct att_err *err)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = NULL;
	struct att_digest d[ATT_BANKS_MAX];
	unsigned pcr;
	size_t n = 0;
	int r, end;

	if (argc < 2 || argc - 1 > ATT_BANKS_MAX ||
	    sscanf(argv[0], "%2u%n", &pcr, &end) != 1 ||
	    argv[0][end] != '\0' || pcr >= ATT_PCR_COUNT)
		return usage(err, "extend takes PCR 0 to 23 and what");
	if (argc == 2 && bank_of(argv[1]) == 0) {
		if ((r = hash_text(argv[1], d, &n, err)) < 0)
			return r;
	} else {
		for (; n < (size_t)argc - 1; n++)
			if ((r = parse_digest(argv[n + 1], &d[n], err)) < 0)
				return r;
	}
	if ((r = att_tpm_link_open(tcti, &l, err)) < 0)
		return r;
	return raw_extend(l, pcr, d, n, err);
}

static int
simple(int (*call)(struct att_tpm_link *, struct att_err *), int argc,
    struct att_err *err)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = NULL;
	int r;

	if (argc != 0)
		return usage(err, "no arguments are taken");
	if ((r = att_tpm_link_open(tcti, &l, err)) < 0)
		return r;
	return call(l, err);
}

static int
cmd_startup(int argc, char **argv ATT_UNUSED, struct att_err *err)
{
	return simple(raw_startup, argc, err);
}

static int
cmd_shutdown(int argc, char **argv ATT_UNUSED, struct att_err *err)
{
	return simple(raw_shutdown, argc, err);
}

static int
cmd_clear(int argc, char **argv ATT_UNUSED, struct att_err *err)
{
	return simple(raw_clear, argc, err);
}

static int
cmd_pcrs(int argc, char **argv ATT_UNUSED, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	struct att_pcr_select banks[ATT_BANKS_MAX];
	struct att_pcrs p;
	size_t n;
	int r;

	if (argc != 0)
		return usage(err, "no arguments are taken");
	if ((r = active_banks(banks, &n, &p, err)) < 0)
		return r;
	att_pcrs_print(&p, &b);
	if ((r = att_buf_ok(&b, "PCR values", err)) < 0)
		return r;
	return fwrite(b.data, 1, b.len, stdout) == b.len ? 0 :
							   ATT_E_SYS;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv, struct att_err *err);
} commands[] = {
	{ "clear", cmd_clear },
	{ "extend", cmd_extend },
	{ "pcrs", cmd_pcrs },
	{ "replay", cmd_replay },
	{ "shutdown", cmd_shutdown },
	{ "startup", cmd_startup },
};

static int
run(int argc, char **argv, struct att_err *err)
{
	if (tcti == NULL || argc == 0)
		return usage(err, "--tcti and a command are needed");
	for (size_t i = 0; i < ATT_COUNT(commands); i++)
		if (strcmp(commands[i].name, argv[0]) == 0)
			return commands[i].run(argc - 1, argv + 1, err);
	return usage(err, "no such command");
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "tcti", required_argument, NULL, 't' },
		{ "uefi", required_argument, NULL, 'u' },
		{ "ima", required_argument, NULL, 'i' },
		{ NULL, 0, NULL, 0 },
	};
	struct att_err err = { 0 };
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 't')
			tcti = optarg;
		else if (c == 'u')
			uefi_path = optarg;
		else if (c == 'i')
			ima_path = optarg;
		else
			return 2;
	}
	r = run(argc - optind, argv + optind, &err);
	if (r < 0)
		fprintf(stderr, "att-tpm: %s\n%s", err.text,
		    r == ATT_E_USAGE ? usage_text : "");
	return r == 0 ? 0 : r == ATT_E_USAGE ? 2 : 1;
}
