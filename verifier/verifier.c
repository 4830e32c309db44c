#include "verifier/verifier.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/keypair.h"

#define CA_FILE_MAX ((size_t)1 << 20)	/* bytes of one file of ek_ca_dir */
#define PEM_MAX ((size_t)1 << 20)	/* bytes of a certificate or key */
#define TOKEN_MIN 32		/* bytes: a shorter one could be guessed */
#define TOKEN_MAX 1024
#define NOTE_MAX 512		/* bytes of one note */

static int
load_operator_token(struct att_verifier *v, const char *path,
    struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b = ATT_BUF(TOKEN_MAX);
	int r;

	if (path == NULL)
		return 0;
	if ((r = att_file_read_secret(path, &b, err)) < 0)
		return r;
	while (b.len > 0 && (b.data[b.len - 1] == '\n' ||
				b.data[b.len - 1] == '\r'))
		b.len--;
	if (b.len < TOKEN_MIN)
		return att_err_set(err, ATT_E_FORMAT,
		    "%s: a token of %zu bytes, must be at least %d", path,
		    b.len, TOKEN_MIN);
	if ((r = att_digest_of(ATT_ALG_SHA256, att_buf_view(&b),
		 &v->operator_token, err)) < 0)
		return r;
	v->has_operator = true;
	return 0;
}

static int
load_ca(struct att_cert_store *cas, const char *dir, const char *name,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(CA_FILE_MAX);
	AUTO(free) char *path = att_path_join(dir, name);
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = att_file_read(path, &b, err)) < 0)
		return r;
	if ((r = att_cert_store_add(cas, att_buf_view(&b), err)) < 0)
		att_err_prefix(err, "%s", path);
	return r;
}

static void
close_dir(DIR **d)
{
	if (*d != NULL)
		(void)closedir(*d);
}

/* Every file counts: one that is no CA certificate stops the start. */
static int
load_cas(struct att_cert_store *cas, const char *dir, struct att_err *err)
{
	AUTO_DONE(close_dir) DIR *d = opendir(dir);
	struct dirent *e;
	int r;

	if (d == NULL)
		return att_err_sys(err, errno, "ek_ca_dir: %s", dir);
	for (errno = 0; (e = readdir(d)) != NULL; errno = 0)
		if (e->d_name[0] != '.' &&
		    (r = load_ca(cas, dir, e->d_name, err)) < 0)
			return r;
	return errno != 0 ? att_err_sys(err, errno, "%s", dir) : 0;
}

/* The last directory of a path is made where it is not: for nobody else. */
static int
make_parent(const char *path, struct att_err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO(free) char *dir = NULL;

	if (slash == NULL || slash == path)
		return 0;
	if ((dir = strndup(path, (size_t)(slash - path))) == NULL)
		return att_err_nomem(err);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return att_err_sys(err, errno, "%s", dir);
	return 0;
}

static int
read_result_key(struct att_verifier *v, const char *path, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b = ATT_BUF(ATT_JWK_MAX);
	int r = att_file_read_secret(path, &b, err);

	if (r < 0)
		return r;
	if ((r = att_jws_key_parse(att_buf_view(&b), &v->result_key, err)) <
	    0)
		att_err_prefix(err, "%s", path);
	return r;
}

/* The key is made on the first start, so that there is nothing to set up. */
static int
load_result_key(struct att_verifier *v, const char *path, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b = ATT_BUF(ATT_JWK_MAX);
	int r = read_result_key(v, path, err);

	if (r != ATT_E_NOT_FOUND)
		return r;
	if ((r = make_parent(path, err)) < 0 ||
	    (r = att_jws_key_make(&v->result_key, err)) < 0 ||
	    (r = att_jws_key_write(v->result_key, &b, err)) < 0 ||
	    (r = att_file_write(path, att_buf_view(&b), 0600, err)) < 0)
		return r;
	att_log(ATT_LOG_NOTICE, "%s: made a key to sign results with", path);
	return 0;
}

/* -- checks before a start ------------------------------------------------- */

static int
check_tls(struct att_verifier *v, struct att_err *err)
{
	const struct att_verifier_config *c = v->config;
	AUTO_DONE(att_buf_done) struct att_buf cert = ATT_BUF(PEM_MAX);
	AUTO_DONE(att_buf_wipe) struct att_buf key = ATT_BUF(PEM_MAX);
	int r;

	if ((r = att_file_read(c->tls_cert, &cert, err)) < 0 ||
	    att_file_is_out_of_reach(c->tls_key) ||
	    (r = att_file_read_secret(c->tls_key, &key, err)) < 0)
		return r;
	if ((r = att_keypair_check(att_buf_view(&cert), att_buf_view(&key),
		 err)) < 0)
		att_err_prefix(err, "%s, %s", c->tls_cert, c->tls_key);
	return r;
}

static int
check_cas(struct att_verifier *v, struct att_err *err)
{
	int r = att_cert_store_new(&v->ek_cas, err);

	return r < 0 || v->config->ek_ca_dir == NULL ? r :
	    load_cas(v->ek_cas, v->config->ek_ca_dir, err);
}

static int
check_operator(struct att_verifier *v, struct att_err *err)
{
	const char *file = v->config->operator_token_file;

	return file != NULL && att_file_is_out_of_reach(file) ? 0 :
	    load_operator_token(v, file, err);
}

/* One that is not there is made. */
static int
check_result_key(struct att_verifier *v, struct att_err *err)
{
	const char *file = v->config->result_key_file;
	int r = att_file_is_out_of_reach(file) ? 0 :
	    read_result_key(v, file, err);

	return r == ATT_E_NOT_FOUND ? 0 : r;
}

unsigned
att_verifier_check(const struct att_verifier_config *config)
{
	static const struct {
		const char *key;
		int (*check)(struct att_verifier *, struct att_err *);
	} checks[] = {
		{ "tls_cert, tls_key", check_tls },
		{ "ek_ca_dir", check_cas },
		{ "operator_token_file", check_operator },
		{ "result_key_file", check_result_key },
	};
	AUTO(att_verifier_free) struct att_verifier *v = calloc(1, sizeof(*v));
	unsigned bad = v == NULL;

	if (v == NULL)
		return bad;
	v->config = config;
	for (size_t i = 0; i < ATT_COUNT(checks); i++) {
		struct att_err err = { 0 };

		if (checks[i].check(v, &err) == 0)
			continue;
		att_log(ATT_LOG_ERR, "%s: %s", checks[i].key, err.text);
		bad++;
	}
	return bad;
}

/* -- a start --------------------------------------------------------------- */

static int
load(struct att_verifier *v, struct att_err *err)
{
	const struct att_verifier_config *c = v->config;
	int r;

	if ((r = att_limit_new((uint32_t)c->sessions_per_minute, &v->sessions,
		 err)) < 0 ||
	    (r = att_limit_new((uint32_t)c->sessions_per_minute,
		 &v->registrations, err)) < 0 ||
	    (r = att_limit_new((uint32_t)c->attempts_per_minute,
		 &v->attempts, err)) < 0 ||
	    (r = att_cert_store_new(&v->ek_cas, err)) < 0 ||
	    (c->ek_ca_dir != NULL &&
		(r = load_cas(v->ek_cas, c->ek_ca_dir, err)) < 0) ||
	    (r = load_operator_token(v, c->operator_token_file, err)) < 0 ||
	    (r = load_result_key(v, c->result_key_file, err)) < 0 ||
	    (r = make_parent(c->database, err)) < 0 ||
	    (r = att_store_open(c->database, &v->store, err)) < 0)
		return r;
	return att_references_new(v->store, &v->references, err);
}

int
att_verifier_new(const struct att_verifier_config *config,
    struct att_verifier **ret, struct att_err *err)
{
	AUTO(att_verifier_free) struct att_verifier *v = calloc(1, sizeof(*v));
	int r;

	if (v == NULL)
		return att_err_nomem(err);
	v->config = config;
	if ((r = load(v, err)) < 0)
		return r;
	*ret = take(&v);
	return 0;
}

void
att_verifier_free(struct att_verifier *v)
{
	if (v == NULL)
		return;
	att_references_free(v->references);
	att_limit_free(v->sessions);
	att_limit_free(v->registrations);
	att_limit_free(v->attempts);
	att_cert_store_free(v->ek_cas);
	att_jws_key_free(v->result_key);
	att_store_close(v->store);
	free(v);
}

int64_t
att_verifier_interval(const struct att_verifier *v, const struct att_node *n)
{
	return n->interval != 0 ? n->interval : v->config->quote_interval;
}

enum att_standing
att_verifier_standing(const struct att_verifier *v, const struct att_node *n,
    int64_t now)
{
	const struct att_verifier_config *c = v->config;

	if (n->stage == ATT_STAGE_AWAITING || n->last_seen == 0)
		return ATT_STANDING_PENDING;
	if (now - n->last_seen >
	    c->stale_intervals * att_verifier_interval(v, n))
		return ATT_STANDING_TIMEOUT;
	if (n->stage != ATT_STAGE_DONE)
		return ATT_STANDING_PENDING;
	if (strcmp(n->verdict, att_status_name(ATT_PASS)) == 0)
		return ATT_STANDING_PASS;
	return strcmp(n->verdict, att_status_name(ATT_FAIL)) == 0 ?
	    ATT_STANDING_FAIL : ATT_STANDING_PENDING;
}

bool
att_verifier_is_endorsed(const struct att_verifier *v,
    const struct att_node *n)
{
	switch (n->endorsement) {
	case ATT_ENDORSED_CA:
	case ATT_ENDORSED_OPERATOR:
		return true;
	case ATT_ENDORSED_ANY:
		return !v->config->require_ek_cert;
	case ATT_ENDORSED_NO:
		break;
	}
	return false;
}

void
att_verifier_note(struct att_verifier *v, int64_t now, const char *node,
    const char *kind, const char *fmt, ...)
{
	AUTO_DONE(att_buf_done) struct att_buf clean = ATT_BUF(4 * NOTE_MAX);
	struct att_err err = { 0 };
	char raw[NOTE_MAX];
	const char *text = "?";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	att_text_put(&clean, att_slice_of(raw));
	att_buf_u8(&clean, 0);
	if (!clean.failed)
		text = (const char *)clean.data;
	att_log(ATT_LOG_NOTICE, "%s: %s: %s", node[0] != '\0' ? node : "-",
	    kind, text);
	if (att_store_audit_add(v->store,
		&(struct att_audit){ now, node, kind, text }, &err) < 0)
		(void)att_log_err(ATT_LOG_ERR, "audit trail", &err);
}
