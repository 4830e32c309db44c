/*
 * The whole system in one test: attest-verifier's own code behind TLS on
 * 127.0.0.1, and a node whose software TPM holds a real measured boot.
 */
#ifndef ATT_TESTS_AGENT_FLEET_H
#define ATT_TESTS_AGENT_FLEET_H

#include <fcntl.h>
#include <limits.h>
#include <sys/wait.h>

#include "tests/agent/agent.h"
#include "tests/http/peer.h"
#include "tests/tpm/raw.h"

#include "agent/operator.h"
#include "eventlog/userspace.h"
#include "tpm/state.h"
#include "verifier/api.h"

#define BOOT "tests/vectors/boots/uki/"
#define BOOT_ID "acb216ba-c452-4103-812a-f11422c0d55f"
#define OPERATOR "0123456789abcdef0123456789abcdef"
#define FLEET_NODE "node-7"

static struct swtpm tpm;
static struct cert fleet_ca, fleet_cert;
static struct att_verifier_config verifier_config;
static struct att_verifier *verifier;
static struct att_server *server;
static char *operator_token, *server_ca;	/* files */
static char server_url[64];

/* -- the node's boot ---------------------------------------------------- */

static inline void
fleet_run(const char *path, const char *const *words)
{
	pid_t pid = forked();
	int status;

	if (pid == 0) {
		int fd = open("/dev/null", O_WRONLY);

		if (fd < 0 || dup2(fd, 1) < 0)
			_exit(126);
		execv(path, (char *const *)(uintptr_t)words);
		_exit(127);
	}
	ck_assert(waitpid(pid, &status, 0) == pid && status == 0);
}

/* What firmware measured: BUILD/tests/tools/att-tpm does it again. */
static inline void
fleet_replay(void)
{
	char path[PATH_MAX];
	const char *words[] = { path, "--tcti", tpm.tcti, "replay", "--uefi",
		BOOT "uefi.bin", NULL };
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *at;

	ck_assert(n > 0);
	path[n] = '\0';
	ck_assert((at = strstr(path, "/tests/")) != NULL);
	memcpy(at, "/tests/tools/att-tpm", 21);
	fleet_run(path, words);
}

/* And what systemd measured after it. */
static inline void
fleet_replay_user(struct att_slice log)
{
	AUTO(att_userspace_free) struct att_userspace_log *user = NULL;
	AUTO(att_tpm_link_free) struct att_tpm_link *l = swtpm_link(&tpm);

	ok(att_userspace_parse(log, NULL, &user, err));
	for (size_t i = 0; i < att_userspace_count(user); i++) {
		const struct att_user_record *r =
		    att_userspace_record(user, i);
		struct att_digest active[ATT_BANKS_MAX];
		size_t n = 0;

		for (size_t k = 0; k < r->digest_count; k++)
			if (r->digest[k].alg != ATT_ALG_SHA512)
				active[n++] = r->digest[k];
		ok(raw_extend(l, r->pcr, active, n, err));
	}
}

static inline void
fleet_boot(void)
{
	AUTO_DONE(att_buf_done) struct att_buf uefi = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf user = ATT_BUF(1 << 20);

	ok(att_file_read(BOOT "uefi.bin", &uefi, err));
	ok(att_file_read(BOOT "userspace.log", &user, err));
	node_put("uefi", att_buf_view(&uefi));
	node_put("user", att_buf_view(&user));
	node_put("boot_id", S(BOOT_ID "\n"));
	fleet_replay();
	fleet_replay_user(att_buf_view(&user));
}

/* -- the verifier ------------------------------------------------------- */

static inline char *
pem_of(const struct cert *c, bool key)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long n;

	ck_assert_int_eq(key ? PEM_write_bio_PrivateKey(bio, c->key, NULL,
	    NULL, 0, NULL, NULL) : PEM_write_bio_X509(bio, c->x509), 1);
	n = BIO_get_mem_data(bio, &text);
	att_buf_bytes(&b, text, (size_t)n);
	BIO_free(bio);
	return att_buf_take_str(&b);
}

static inline void
fleet_files(void)
{
	AUTO(free) char *ca = pem_of(&fleet_ca, false);
	AUTO(free) char *dir = in_node("ek-ca.d");

	node_put("ca.pem", S(ca));
	node_write("operator.token", S(OPERATOR "\n"));
	ck_assert(mkdir(dir, 0700) == 0);
	node_put("ek-ca.d/root.pem", S(swtpm_ca_root()));
	node_put("ek-ca.d/issuer.pem", S(swtpm_ca_issuer()));
	operator_token = in_node("operator.token");
	server_ca = in_node("ca.pem");
}

static inline void
fleet_serve(void)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(8192);
	AUTO(free) char *cert = pem_of(&fleet_cert, false);
	AUTO(free) char *key = pem_of(&fleet_cert, true);
	struct att_server_options o = { .address = "127.0.0.1",
		.tls_cert = cert, .tls_key = key, .threads = 2,
		.connections = 64, .connections_per_address = 64,
		.idle_timeout = 60, .request_timeout = 60,
		.body_max = 32 << 20 };

	att_buf_printf(&text, "database: %s/v.db\nek_ca_dir: %s/ek-ca.d\n"
	    "operator_token_file: %s/operator.token\n"
	    "result_key_file: %s/result.jwk\nquote_interval: 1s\n"
	    "quote_pcrs: 0-9,11-15\nlog_level: error\n", node_dir, node_dir,
	    node_dir, node_dir);
	ok(att_verifier_config_parse("test", att_buf_view(&text),
	    &verifier_config, err));
	ok(att_verifier_new(&verifier_config, &verifier, err));
	ok(att_server_start(&o, (struct att_server_handler){
	    .handle = att_api_handle, .body_max = att_api_body_max,
	    .ctx = verifier }, &server, err));
	snprintf(server_url, sizeof(server_url), "https://127.0.0.1:%u",
	    att_server_port(server));
}

/* Reference values that are the PCRs as they stand now. */
static inline json_t *
fleet_reference(void)
{
	const struct att_pcr_select all = { ATT_ALG_SHA256, ATT_PCR_BOOT };
	AUTO(att_tpm_free) struct att_tpm *t = NULL;
	json_t *rules = json_object();
	struct att_pcrs pcrs;

	ok(att_tpm_open(tpm.tcti, 60000, &t, err));
	ok(att_tpm_pcrs_read(t, &all, 1, &pcrs, NULL, err));
	for (unsigned i = 0; i < ATT_PCR_COUNT; i++) {
		char hex[ATT_DIGEST_HEX_MAX], index[12];
		struct att_slice v;

		if (!att_pcrs_get(&pcrs, ATT_ALG_SHA256, i, &v))
			continue;
		att_hex_encode(v, hex);
		snprintf(index, sizeof(index), "%u", i);
		ck_assert(json_object_set_new(rules, index,
		    json_pack("{s:{s:[s]}}", "values", "sha256", hex)) == 0);
	}
	return json_pack("{s:s,s:s,s:i,s:{},s:s,s:o}", "format",
	    "attestd-reference-values/1", "id", "good", "version", 1,
	    "match", "secure_boot", "any", "pcrs", rules);
}

static inline struct att_operator *
fleet_operator(void)
{
	const struct att_operator_options o = { .url = server_url,
		.ca_file = server_ca, .token_file = operator_token };
	struct att_operator *p = NULL;

	ok(att_operator_open(&o, &p, err));
	return p;
}

static inline ATT_UNUSED void
fleet_put_reference(void)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1 << 16);
	AUTO_DONE(att_buf_done) struct att_buf answer = ATT_BUF(1 << 16);
	AUTO(att_operator_free) struct att_operator *p = fleet_operator();
	AUTO(att_json_decref) json_t *ref = fleet_reference();
	struct att_operator_ask a = { .method = ATT_HTTP_PUT,
		.path = "/references/good", .max = 1 << 16 };

	ok(att_json_write(ref, &body, err));
	a.body = att_buf_view(&body);
	ok(att_operator_ask(p, &a, &answer, err));
}

/* -- fixtures ----------------------------------------------------------- */

static inline ATT_UNUSED void
fleet_once(void)
{
	static const char *const proxies[] = { "http_proxy", "https_proxy",
		"HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < ATT_COUNT(proxies); i++)
		unsetenv(proxies[i]);
	signal(SIGPIPE, SIG_IGN);
	swtpm_manufacture();
	fleet_ca = cert_make("ca", NULL, -DAY, DAY, NULL);
	fleet_cert = cert_make("v", "IP:127.0.0.1", -DAY, DAY, &fleet_ca);
}

static inline ATT_UNUSED void
fleet_over(void)
{
	cert_done(&fleet_ca);
	cert_done(&fleet_cert);
}

/* The server first, since the node's configuration names its port. */
static inline ATT_UNUSED void
fleet_start(void)
{
	AUTO(free) char *dropins = NULL;
	char urls[512];

	swtpm_start(&tpm);
	node_make(tpm.tcti, "agent_id: " FLEET_NODE "\n"
	    "registrar_urls: [\"https://127.0.0.1:1\"]\n"
	    "verifier_urls: [\"https://127.0.0.1:1\"]\n");
	fleet_files();
	fleet_serve();
	fleet_boot();
	snprintf(urls, sizeof(urls), "registrar_urls: [\"%s\"]\n"
	    "verifier_urls: [\"%s\"]\n", server_url, server_url);
	dropins = in_node("attestd.yaml.d");
	ck_assert(mkdir(dropins, 0700) == 0);
	node_put("attestd.yaml.d/urls.yaml", S(urls));
}

static inline ATT_UNUSED void
fleet_stop(void)
{
	att_server_stop(server);
	att_verifier_free(verifier);
	att_verifier_config_done(&verifier_config);
	free(operator_token);
	free(server_ca);
	swtpm_stop(&tpm);
	node_remove();
}

#endif
