/* What attestation needs: TPM, logs, configuration, verifier. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/check_files.h"
#include "agent/doctor.h"
#include "agent/source.h"
#include "base/file.h"
#include "crypto/cert.h"
#include "eventlog/ccguest.h"
#include "eventlog/replay.h"
#include "evidence/bundle.h"
#include "http/client.h"
#include "tpm/ek.h"

#define GOOD ATT_DOCTOR_GOOD
#define UNKNOWN ATT_DOCTOR_UNKNOWN
#define ATTENTION ATT_DOCTOR_ATTENTION
#define BAD ATT_DOCTOR_BAD

#define BOOT_ID_BYTES 4096
#define PCR_FIRMWARE 0xffu	/* 0 to 7 */

/* -- TPM ------------------------------------------------------------------- */

static bool
is_refused(const struct att_err *err)
{
	return err->sub == EACCES || err->sub == EPERM ||
	    strstr(err->text, strerror(EACCES)) != NULL;
}

/* There is no TPM to ask: the line is filled. */
static bool
is_without(const struct att_doctor *d, struct att_doctor_line *ret)
{
	if (d->tpm == NULL)
		att_doctor_say(ret, UNKNOWN, "", "the TPM cannot be asked");
	return d->tpm == NULL;
}

void
att_doctor_tpm(const struct att_doctor *d, struct att_doctor_line *ret)
{
	struct att_tpm_info info;
	struct att_err why = { 0 };

	if (d->tpm == NULL && is_refused(&d->tpm_why))
		att_doctor_say(ret, UNKNOWN, "Run it as root, or in the group "
		    "tss", "%s", d->tpm_why.text);
	else if (d->tpm == NULL)
		att_doctor_say(ret, BAD, "Turn it on in the firmware setup, "
		    "and check tcti of the configuration", "%s",
		    d->tpm_why.text);
	else if (att_tpm_info_read(d->tpm, &info, &why) < 0)
		att_doctor_say(ret, BAD, "Boot, and look at the kernel's log",
		    "%s", why.text);
	else
		att_doctor_say(ret, GOOD, "", "%s %s, firmware %016" PRIx64,
		    info.manufacturer, info.vendor, info.firmware_version);
}

static bool
has_node(const struct att_doctor *d, const char *name)
{
	char path[320];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/dev/%s", d->root, name);
	return stat(path, &st) == 0;
}

void
att_doctor_tpm_manager(const struct att_doctor *d,
    struct att_doctor_line *ret)
{
	if (strncmp(d->tcti, "device", 6) != 0)
		att_doctor_say(ret, UNKNOWN, "", "%s is not the kernel's",
		    d->tcti);
	else if (strstr(d->tcti, "tpmrm") == NULL &&
	    strcmp(d->tcti, "device") != 0)
		att_doctor_say(ret, ATTENTION, "Use device:/dev/tpmrm0",
		    "%s goes past it", d->tcti);
	else if (has_node(d, "tpmrm0"))
		att_doctor_say(ret, GOOD, "", "/dev/tpmrm0");
	else
		att_doctor_say(ret, BAD, has_node(d, "tpm0") ?
		    "It is a TPM 1.2, or the kernel is older than 4.12" :
		    "Turn the TPM on in the firmware setup",
		    "no /dev/tpmrm0");
}

/* Where the certificates of the profile lie: RSA and P-256, low and high. */
static const struct {
	uint32_t index;
	const char *name;
} ek_certs[] = {
	{ 0x01c00002, "RSA 2048" },
	{ 0x01c0000a, "P-256" },
	{ 0x01c00012, "RSA 2048, high range" },
	{ 0x01c00014, "P-256, high range" },
	{ 0x01c00016, "P-384, high range" },
};

static void
say_cert(const char *name, struct att_slice nv, struct att_doctor_line *ret)
{
	AUTO(att_cert_free) struct att_cert *c = NULL;
	struct att_slice der = { 0 };
	struct att_err why = { 0 };

	if (att_cert_trim(nv, &der, &why) < 0 ||
	    att_cert_parse(der, &c, &why) < 0)
		att_doctor_say(ret, ATTENTION, "Have an operator admit the EK "
		    "of this node", "%s: %s", name, why.text);
	else
		att_doctor_say(ret, GOOD, "", "%s, by %s", name,
		    att_cert_issuer(c));
}

void
att_doctor_tpm_ek(const struct att_doctor *d, struct att_doctor_line *ret)
{
	if (is_without(d, ret))
		return;
	for (size_t i = 0; i < ATT_COUNT(ek_certs); i++) {
		AUTO_DONE(att_buf_done)
		struct att_buf b = ATT_BUF(ATT_TPM_EK_CERT_MAX);
		struct att_err why = { 0 };
		int r = att_tpm_nv_read(d->tpm, ek_certs[i].index, &b, &why);

		if (r == ATT_E_NOT_FOUND)
			continue;
		if (r < 0)
			att_doctor_say(ret, UNKNOWN, "", "%s", why.text);
		else
			say_cert(ek_certs[i].name, att_buf_view(&b), ret);
		return;
	}
	att_doctor_say(ret, ATTENTION, "Have an operator admit the EK of this "
	    "node (attestctl node admit --ek)", "the TPM holds none");
}

void
att_doctor_tpm_banks(const struct att_doctor *d, struct att_doctor_line *ret)
{
	struct att_pcr_select bank[ATT_BANKS_MAX];
	bool sha1 = false, sha256 = false;
	struct att_err why = { 0 };
	char names[80] = "";
	size_t count = 0;

	if (is_without(d, ret))
		return;
	if (att_tpm_banks_read(d->tpm, bank, &count, &why) < 0) {
		att_doctor_say(ret, UNKNOWN, "", "%s", why.text);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(names);

		sha1 = sha1 || bank[i].alg == ATT_ALG_SHA1;
		sha256 = sha256 || bank[i].alg == ATT_ALG_SHA256;
		(void)snprintf(names + n, sizeof(names) - n, "%s%s",
		    i > 0 ? ", " : "", att_alg_name(bank[i].alg));
	}
	if (!sha256)
		att_doctor_say(ret, BAD, "Turn the SHA-256 bank on in the "
		    "firmware setup", "%s: no sha256", names);
	else if (sha1)
		att_doctor_say(ret, ATTENTION, "Turn the SHA-1 bank off in "
		    "the firmware setup: nobody needs it", "%s", names);
	else
		att_doctor_say(ret, GOOD, "", "%s", names);
}

void
att_doctor_tpm_lockout(const struct att_doctor *d,
    struct att_doctor_line *ret)
{
	struct att_tpm_info info;
	struct att_err why = { 0 };

	if (is_without(d, ret))
		return;
	if (att_tpm_info_read(d->tpm, &info, &why) < 0)
		att_doctor_say(ret, UNKNOWN, "", "%s", why.text);
	else if (info.in_lockout)
		att_doctor_say(ret, BAD, "Wait, or tpm2_dictionarylockout "
		    "--clear-lockout, and find out who tries passwords",
		    "locked after %u failed tries", info.lockout_tries);
	else if (info.lockout_tries > 0)
		att_doctor_say(ret, ATTENTION, "Find out who tries passwords",
		    "%u of %u failed tries", info.lockout_tries,
		    info.lockout_max);
	else
		att_doctor_say(ret, GOOD, "", "no failed tries");
}

/* -- boot log -------------------------------------------------------------- */

/* Which of PCR 0 to 7 hold what the log gives. */
static int
match_registers(const struct att_doctor *d, const struct att_replay *r,
    uint32_t *ret_good, uint32_t *ret_bad, struct att_err *err)
{
	enum att_match m = ATT_MATCH_NONE;
	struct att_slice value;
	int e;

	for (unsigned pcr = 0; pcr < 8; pcr++) {
		if (!att_pcrs_get(&d->pcrs, ATT_ALG_SHA256, pcr, &value))
			continue;
		if ((e = att_replay_match(r, ATT_ALG_SHA256, pcr, value, 0, &m,
			 NULL, err)) < 0)
			return e;
		if (m == ATT_MISMATCH || m == ATT_MISMATCH_NO_EVENTS)
			*ret_bad |= 1u << pcr;
		else if (m == ATT_MATCH || m == ATT_MATCH_RESET)
			*ret_good |= 1u << pcr;
	}
	return 0;
}

static void
say_match(uint32_t good, uint32_t bad, struct att_doctor_line *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);

	if (bad != 0) {
		att_pcr_mask_put(&b, bad);
		att_doctor_say(ret, BAD, "Look at attestctl eventlog show, "
		    "and update the firmware: no verifier will take this",
		    "PCR %.*s is not what the log gives", (int)b.len,
		    (const char *)b.data);
	} else if (good != PCR_FIRMWARE) {
		att_doctor_say(ret, ATTENTION, "Update the firmware",
		    "the log does not speak of every PCR from 0 to 7");
	} else {
		att_doctor_say(ret, GOOD, "", "the log gives PCR 0 to 7");
	}
}

static void
replay_log(const struct att_doctor *d, struct att_slice raw,
    struct att_doctor_line *ret)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	uint32_t good = 0, bad = 0;
	struct att_err why = { 0 };
	struct att_tcglog log;
	struct att_replay r;

	if (h == NULL || att_pcrs_bank(&d->pcrs, ATT_ALG_SHA256) == NULL) {
		att_doctor_say(ret, UNKNOWN, "", "the sha256 registers cannot "
		    "be read: %s", d->pcrs_why.text);
		return;
	}
	if (att_tcglog_open(raw, ATT_TCG_TPM, &log, &why) == 0 &&
	    att_tcglog_check_tpm(&log, &why) == 0) {
		att_replay_begin(&r, &log, NULL, 0, h);
		if (att_replay_log(&r, &log, NULL, &why) == 0 &&
		    match_registers(d, &r, &good, &bad, &why) == 0) {
			say_match(good, bad, ret);
			return;
		}
	}
	att_doctor_say(ret, BAD, "Update the firmware: no verifier will take "
	    "this log", "it cannot be read: %s", why.text);
}

void
att_doctor_boot_log(const struct att_doctor *d, struct att_doctor_line *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_ITEM_MAX);
	struct att_err why = { 0 };
	int r = att_file_read(d->uefi_log, &b, &why);

	if (r == ATT_E_NOT_FOUND)
		att_doctor_say(ret, BAD, "Turn TPM and UEFI on, and use a "
		    "kernel that keeps the log", "%s", why.text);
	else if (r < 0)
		att_doctor_say(ret, UNKNOWN, "Run it as root, or let the "
		    "agent's group read it", "%s", why.text);
	else
		replay_log(d, att_buf_view(&b), ret);
}

/* -- IMA ------------------------------------------------------------------- */

#define IMA_BEGINNING 16384	/* bytes: more than one entry has */

/* Without a policy the list has boot_aggregate and nothing else. */
static bool
is_longer_than_a_line(const struct att_buf *b)
{
	const uint8_t *first = b->len == 0 ? NULL :
					     memchr(b->data, '\n', b->len);

	return first != NULL && first + 1 != b->data + b->len;
}

void
att_doctor_ima(const struct att_doctor *d, struct att_doctor_line *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(IMA_BEGINNING);
	struct att_err why = { 0 };
	int r = att_file_read(d->ima_log, &b, &why);

	if (r == ATT_E_NOT_FOUND)
		att_doctor_say(ret, ATTENTION, "Use a kernel with IMA, and "
		    "boot with ima_policy=tcb or load a policy", "%s",
		    why.text);
	else if (r < 0 && r != ATT_E_LIMIT)
		att_doctor_say(ret, UNKNOWN, "Run it as root", "%s",
		    why.text);
	else if (r == 0 && !is_longer_than_a_line(&b))
		att_doctor_say(ret, ATTENTION, "Boot with ima_policy=tcb, or "
		    "load a policy", "no policy: nothing was measured after "
		    "the boot");
	else
		att_doctor_say(ret, GOOD, "", "a policy is in force");
}

/* -- configuration, verifier ----------------------------------------------- */

struct first {
	unsigned count;
	char text[ATT_DOCTOR_TEXT_MAX + 1];
};

static void
note_file(void *arg, const char *key, const struct att_err *err)
{
	struct first *f = arg;

	if (f->count++ == 0)
		(void)snprintf(f->text, sizeof(f->text), "%s: %s", key,
		    err->text);
}

void
att_doctor_config(const struct att_doctor *d, struct att_doctor_line *ret)
{
	struct first f = { 0 };

	if (d->config == NULL) {
		att_doctor_say(ret, BAD, "Write it: attestd.yaml(5)", "%s",
		    d->config_why.text);
		return;
	}
	att_check_files_each(d->config, note_file, &f);
	if (f.count > 0)
		att_doctor_say(ret, BAD, "attestd --check-config names all "
		    "of them", "%s", f.text);
	else
		att_doctor_say(ret, GOOD, "", "it can be used");
}

/* Does attest-measure answer, at its socket or started here? */
void
att_doctor_reader(const struct att_doctor *d, struct att_doctor_line *ret)
{
	AUTO_DONE(att_source_close) struct att_source s =
	    ATT_SOURCE(d->config);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(BOOT_ID_BYTES);
	struct att_err why = { 0 };
	bool cut;

	if (d->config == NULL)
		att_doctor_say(ret, UNKNOWN, "", "no configuration");
	else if (att_source_log(&s, ATT_LOGFILE_BOOT_ID, 0, &b, &cut, &why) ==
	    0)
		att_doctor_say(ret, GOOD, "", "attest-measure answers%s",
		    att_source_is_remote(d->config) ? "" : "; it has no "
		    "socket, so attestd starts it");
	else if (why.code == ATT_E_DENIED)
		att_doctor_say(ret, UNKNOWN, "Run it as root", "%s",
		    why.text);
	else
		att_doctor_say(ret, BAD, "Look at the log of "
		    "attest-measure.service", "%s", why.text);
}

static int
ask_server(const struct att_doctor *d, const char *url, struct att_err *err)
{
	const struct att_agent_config *c = d->config;
	const struct att_http_options o = { .origin = url,
		.allow_plain = c->allow_plain_http, .ca_file = c->ca_file,
		.system_cas = c->use_system_cas, .cert_file = c->client_cert,
		.key_file = c->client_key, .connect_ms = d->timeout_ms };
	const struct att_http_request req = { .path = "/version",
		.max_body = 65536, .deadline_ms = d->timeout_ms };
	AUTO_DONE(att_http_response_done)
	struct att_http_response resp = { 0 };
	AUTO(att_http_client_free) struct att_http_client *client = NULL;
	int r;

	if ((r = att_http_client_new(&o, &client, err)) < 0)
		return r;
	return att_http_send(client, &req, &resp, err);
}

void
att_doctor_verifier(const struct att_doctor *d, struct att_doctor_line *ret)
{
	const struct att_config_list *urls;
	struct att_err why = { 0 };
	bool plain = false;

	if (d->config == NULL) {
		att_doctor_say(ret, UNKNOWN, "", "no configuration says "
		    "where it is");
		return;
	}
	urls = &d->config->verifier_urls;
	for (size_t i = 0; i < urls->count; i++) {
		plain = plain || strncmp(urls->item[i], "http://", 7) == 0;
		if (ask_server(d, urls->item[i], &why) == 0)
			continue;
		att_doctor_say(ret, BAD, why.code == ATT_E_UNTRUSTED ?
		    "Set ca_file to the CA of the verifier's certificate, or "
		    "find out who answers there" :
		    "Check its address, the network, and the verifier",
		    "%s: %s", urls->item[i], why.text);
		return;
	}
	if (plain)
		att_doctor_say(ret, ATTENTION, "Use https", "reached without "
		    "TLS");
	else
		att_doctor_say(ret, GOOD, "", "reached, and its certificate "
		    "verifies");
}
