#include "agent/devices.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/bmc.h"
#include "agent/gpus.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/log.h"
#include "evidence/binding.h"
#include "redfish/measure.h"

/* Seconds over redfish_timeout: for GPUs, the end of the session, the disk. */
#define GRACE_S (ATT_GPUS_MS / 1000 + 30)

#define SELF "/proc/self/exe"
#define EXIT_SYSTEM 4

void
att_devices_done(struct att_devices *d)
{
	att_child_stop(&d->child);
}

/* -- asking ------------------------------------------------------------- */

struct nonces {
	struct att_hasher *hasher;
	struct att_slice challenge;
};

static int
nonce_of(void *arg, const char *name,
    uint8_t ret[static ATT_REDFISH_NONCE_SIZE], struct att_err *err)
{
	struct nonces *n = arg;
	struct att_digest d;
	int r = att_binding_spdm_nonce(n->hasher, n->challenge,
	    att_slice_of(name), &d, err);

	if (r < 0)
		return r;
	memcpy(ret, d.bytes, ATT_REDFISH_NONCE_SIZE);
	return 0;
}

static int
ask_bmc(const struct att_agent_config *config, struct att_slice challenge,
    struct att_spdm_evidence *e, struct att_err *err)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(config);
	AUTO_DONE(att_bmc_done) struct att_bmc bmc = { 0 };
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_redfish_free) struct att_redfish *r = NULL;
	struct nonces n = { h, challenge };
	int code;

	if (h == NULL)
		return att_err_nomem(err);
	if ((code = att_bmc_load(&s, &bmc, err)) < 0 ||
	    (code = att_redfish_open(&bmc.options, &r, err)) < 0)
		return code;
	return att_redfish_measure(r, nonce_of, &n, e, err);
}

/* Where there are two to ask, one that does not answer hides no other. */
static int
ask(const struct att_agent_config *config, struct att_slice challenge,
    struct att_spdm_evidence *e, struct att_err *err)
{
	struct att_err why = { 0 };
	int r;

	if (config->spdm_nvml == NULL)
		return ask_bmc(config, challenge, e, err);
	if (config->redfish_url != NULL &&
	    ask_bmc(config, challenge, e, &why) < 0)
		(void)att_log_err(ATT_LOG_WARNING,
		    "the BMC has no device sign", &why);
	r = att_gpus_ask(config->spdm_nvml, ATT_GPUS_MS, e, err);
	if (r < 0 && e->count > 0) {
		(void)att_log_err(ATT_LOG_WARNING, "GPUs do not sign", err);
		return 0;
	}
	if (r == 0 && e->count == 0)
		return att_err_set(err, ATT_E_NOT_FOUND, "no device signs");
	return r;
}

int
att_devices_ask(const struct att_agent_config *config,
    struct att_slice challenge, struct att_buf *ret, struct att_err *err)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	int r;

	if (challenge.len < ATT_CHALLENGE_MIN ||
	    challenge.len > ATT_SPDM_CHALLENGE_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "a challenge of %zu bytes", challenge.len);
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return att_err_nomem(err);
	memcpy(e->challenge, challenge.data, challenge.len);
	e->challenge_len = challenge.len;
	e->at = (int64_t)time(NULL);
	if ((r = ask(config, challenge, e, err)) < 0)
		return r;
	return att_spdm_evidence_encode(e, ret, err);
}

/* -- in a process of its own -------------------------------------------- */

static int
ask_and_keep(const struct att_agent_config *config,
    struct att_slice challenge, const char *path, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_SPDM_EVIDENCE_MAX);
	int r = att_devices_ask(config, challenge, &b, err);

	return r < 0 ? r : att_file_write(path, att_buf_view(&b), 0600, err);
}

int
att_devices_main(const struct att_agent_config *config, const char *challenge)
{
	AUTO_DONE(att_buf_done) struct att_buf raw =
	    ATT_BUF(ATT_SPDM_CHALLENGE_MAX);
	AUTO(free) char *path = att_path_join(config->run_dir,
	    ATT_DEVICES_FILE);
	struct att_err err = { 0 };

	if (path == NULL)
		return EXIT_SYSTEM;
	if (att_hex_decode(att_slice_of(challenge), &raw, &err) < 0) {
		(void)att_log_err(ATT_LOG_ERR, "challenge", &err);
		return ATT_DEVICES_USAGE;
	}
	if (ask_and_keep(config, att_buf_view(&raw), path, &err) == 0)
		return 0;
	(void)att_log_err(ATT_LOG_WARNING, "devices are not asked to sign",
	    &err);
	/* older answers stay: how old, the verifier knows by their challenge */
	return err.code == ATT_E_USAGE ? ATT_DEVICES_USAGE : EXIT_SYSTEM;
}

/* -- in the background -------------------------------------------------- */

/* In the child, which only becomes another program: this one, anew. */
static int
become(void *arg)
{
	(void)execv(SELF, arg);
	return ATT_E_SYS;
}

/* When it was written, in seconds since 1970; -1: never, or in the future. */
static int64_t
written(const struct att_agent_config *config, const char *name)
{
	AUTO(free) char *path = att_path_join(config->run_dir, name);
	struct stat st;

	return path != NULL && lstat(path, &st) == 0 &&
		st.st_mtime <= time(NULL) ? (int64_t)st.st_mtime : -1;
}

/* Answers that are no older than the question are answers to it. */
static bool
is_due(struct att_devices *d, const struct att_agent_config *config)
{
	int64_t told = written(config, ATT_DEVICES_FILE);
	int64_t tried = written(config, ATT_DEVICES_TRIED);
	int64_t since = (int64_t)time(NULL) - (tried > told ? tried : told);

	return !att_child_runs(&d->child) &&
	    since >= (tried > told ? config->backoff_max :
				     config->spdm_interval);
}

/* Without it they are asked once too often. */
static void
note_try(const struct att_agent_config *config)
{
	AUTO(free) char *path = att_path_join(config->run_dir,
	    ATT_DEVICES_TRIED);
	struct att_err err = { 0 };

	if (path != NULL && att_file_write(path, (struct att_slice){ 0 },
	    0600, &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING, ATT_DEVICES_TRIED, &err);
}

void
att_devices_begin(struct att_devices *d,
    const struct att_agent_config *config, struct att_slice challenge)
{
	char self[] = "attestd", devices[] = "--devices", c[] = "-c";
	char hex[2 * ATT_SPDM_CHALLENGE_MAX + 1];
	char *argv[] = { self, devices, hex, c,
		(char *)(uintptr_t)d->config_path, NULL };
	struct att_err err = { 0 };

	if (!config->spdm || d->config_path == NULL || challenge.len == 0 ||
	    challenge.len > ATT_SPDM_CHALLENGE_MAX || !is_due(d, config))
		return;
	att_hex_encode(challenge, hex);
	note_try(config);
	if (att_child_start(&d->child, become, argv, NULL,
		(unsigned)config->redfish_timeout + GRACE_S, &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING,
		    "devices are not asked to sign", &err);
}
