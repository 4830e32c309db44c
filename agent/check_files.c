#include "agent/check_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/gate.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/cert.h"
#include "crypto/keypair.h"
#include "crypto/pem.h"
#include "http/client.h"
#include "redfish/client.h"
#include "tpm/tpm.h"

/* -- servers --------------------------------------------------------------- */

static bool
is_tls(const struct att_config_list *urls)
{
	for (size_t i = 0; i < urls->count; i++)
		if (strncmp(urls->item[i], "https://", 8) == 0)
			return true;
	return false;
}

/* At least one certificate, and each whole. */
static int
count_certs(struct att_slice text, size_t *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf der = ATT_BUF(ATT_CERT_MAX);
	AUTO(att_pem_free) struct att_pem *pem = NULL;
	int r = att_pem_open(text, &pem, err);

	*ret = 0;
	while (r == 0 &&
	    (r = att_pem_next(pem, "CERTIFICATE", &der, err)) == 1) {
		AUTO(att_cert_free) struct att_cert *c = NULL;

		r = att_cert_parse(att_buf_view(&der), &c, err);
		*ret += 1;
	}
	return r;
}

static int
check_cas(const char *path, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_HTTP_PEM_MAX);
	size_t n = 0;
	int r;

	if ((r = att_file_read(path, &b, err)) < 0)
		return r;
	if ((r = count_certs(att_buf_view(&b), &n, err)) == 0 && n == 0)
		r = att_err_set(err, ATT_E_FORMAT,
		    "no certificate in PEM form");
	if (r < 0)
		att_err_prefix(err, "%s", path);
	return r;
}

static int
check_ca_file(const struct att_agent_config *c, struct att_err *err)
{
	if (c->use_system_cas ||
	    (!is_tls(&c->registrar_urls) && !is_tls(&c->verifier_urls)))
		return 0;
	return check_cas(c->ca_file, err);
}

static int
check_client_cert(const struct att_agent_config *c, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_HTTP_PEM_MAX);

	return c->client_cert == NULL ? 0 :
					att_file_read(c->client_cert, &b, err);
}

static int
check_client_key(const struct att_agent_config *c, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf cert =
	    ATT_BUF(ATT_HTTP_PEM_MAX);
	AUTO_DONE(att_buf_wipe) struct att_buf key = ATT_BUF(ATT_HTTP_PEM_MAX);
	int r;

	if (c->client_key == NULL || att_file_is_out_of_reach(c->client_key))
		return 0;
	if ((r = att_file_read_secret(c->client_key, &key, err)) < 0)
		return r;
	/* which is the certificate's line then */
	if (att_file_read(c->client_cert, &cert, NULL) < 0)
		return 0;
	r = att_keypair_check(att_buf_view(&cert), att_buf_view(&key), err);
	if (r < 0)
		att_err_prefix(err, "%s, %s", c->client_cert, c->client_key);
	return r;
}

/* -- TPM ------------------------------------------------------------------- */

static int
check_auth(const char *file, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b =
	    ATT_BUF(ATT_TPM_AUTH_MAX + 2);

	return file == NULL || att_file_is_out_of_reach(file) ? 0 :
	    att_file_read_secret(file, &b, err);
}

static int
check_endorsement(const struct att_agent_config *c, struct att_err *err)
{
	return check_auth(c->endorsement_auth_file, err);
}

static int
check_owner(const struct att_agent_config *c, struct att_err *err)
{
	return check_auth(c->owner_auth_file, err);
}

/* -- BMC ------------------------------------------------------------------- */

static int
check_bmc_ca(const struct att_agent_config *c, struct att_err *err)
{
	return c->redfish_url == NULL || c->redfish_ca_file == NULL ? 0 :
	    check_cas(c->redfish_ca_file, err);
}

static int
check_bmc_password(const struct att_agent_config *c, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b =
	    ATT_BUF(ATT_REDFISH_PASSWORD_MAX + 2);
	const char *file = c->redfish_password_file;

	return c->redfish_url == NULL || file == NULL ||
		att_file_is_out_of_reach(file) ? 0 :
	    att_file_read_secret(file, &b, err);
}

/* -- directories ----------------------------------------------------------- */

static int
check_access(const char *dir, struct att_err *err)
{
	return access(dir, W_OK | X_OK) == 0 ? 0 :
	    att_err_sys(err, errno, "%s", dir);
}

/* One that is there can be used; one that is not can be made. */
static int
check_dir(const char *dir, struct att_err *err)
{
	const char *slash = strrchr(dir, '/');
	AUTO(free) char *parent = slash == dir ? strdup("/") :
	    strndup(dir, (size_t)(slash - dir));
	int r;

	if (parent == NULL)
		return att_err_nomem(err);
	if (access(dir, F_OK) < 0 && errno == ENOENT)
		return check_access(parent, err);
	r = att_dir_check(dir, err);
	return r < 0 ? r : check_access(dir, err);
}

static int
check_state_dir(const struct att_agent_config *c, struct att_err *err)
{
	return check_dir(c->state_dir, err);
}

static int
check_run_dir(const struct att_agent_config *c, struct att_err *err)
{
	return check_dir(c->run_dir, err);
}

/* Others may write there, as to /var/tmp: what is kept there has no name. */
static int
check_spool(const struct att_agent_config *c, struct att_err *err)
{
	return c->firmware_interval == 0 ? 0 :
					   check_access(c->firmware_spool,
					       err);
}

static int
check_result_keys(const struct att_agent_config *c, struct att_err *err)
{
	AUTO(att_json_decref) json_t *keys = NULL;

	return att_gate_keys(c, &keys, err);
}

/* -- all ------------------------------------------------------------------- */

void
att_check_files_each(const struct att_agent_config *c,
    void (*tell)(void *arg, const char *key, const struct att_err *err),
    void *arg)
{
	static const struct {
		const char *key;
		int (*check)(const struct att_agent_config *,
		    struct att_err *);
	} checks[] = {
		{ "ca_file", check_ca_file },
		{ "client_cert", check_client_cert },
		{ "client_key", check_client_key },
		{ "endorsement_auth_file", check_endorsement },
		{ "owner_auth_file", check_owner },
		{ "redfish_ca_file", check_bmc_ca },
		{ "redfish_password_file", check_bmc_password },
		{ "state_dir", check_state_dir },
		{ "run_dir", check_run_dir },
		{ "firmware_spool", check_spool },
		{ "result_keys", check_result_keys },
	};

	for (size_t i = 0; i < ATT_COUNT(checks); i++) {
		struct att_err err = { 0 };

		if (checks[i].check(c, &err) < 0)
			tell(arg, checks[i].key, &err);
	}
}

static void
log_file(void *arg, const char *key, const struct att_err *err)
{
	unsigned *bad = arg;

	att_log(ATT_LOG_ERR, "%s: %s", key, err->text);
	(*bad)++;
}

unsigned
att_check_files(const struct att_agent_config *c)
{
	unsigned bad = 0;

	att_check_files_each(c, log_file, &bad);
	return bad;
}
