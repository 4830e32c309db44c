/*
 * Many callers at once: attestd, one TPM, a verifier, and attestctl as often as
 * there are people and timers on a node.
 */
#include "tests/agent/fleet.h"

#include <sys/prctl.h>

#include "agent/local.h"
#include "evidence/tpm_attest.h"
#include "tests/agent/run_ctl.h"
#include "tests/tpm/verify.h"

#define CALLERS 8	/* of quotes, and of attestations */
#define WHOLE 4		/* of evidence: no more jobs than are taken at once */
#define PATIENCE_S 60

static char *config_path;
static pid_t attestd;

/* -- attestd --------------------------------------------------------------- */

static void
launch(void)
{
	AUTO(free) char *log = in_node("log");
	char path[PATH_MAX];
	int fd;

	run_path(path, sizeof(path));
	memcpy(strrchr(path, '/'), "/attestd", 9);
	attestd = forked();
	if (attestd > 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	(void)execl(path, "attestd", "-c", config_path, (char *)NULL);
	_exit(127);
}

/* Until it has said what became of its own first attestation. */
static void
until_it_is_there(void)
{
	AUTO(free) char *verdict = in_node("run/verdict.json");
	AUTO(free) char *socket = in_node("run/io.attestd");

	for (unsigned n = 0; access(verdict, F_OK) < 0 ||
	     access(socket, F_OK) < 0; n++) {
		ck_assert_uint_lt(n, PATIENCE_S * 50);
		(void)usleep(20000);
	}
}

static void
start(void)
{
	fleet_start();
	config_path = in_node("attestd.yaml");
	launch();
	until_it_is_there();
	fleet_put_reference();
	(void)usleep(1100000);		/* quote_interval */
}

static void
stop(void)
{
	int status = 0;

	ck_assert_int_eq(kill(attestd, SIGTERM), 0);
	ck_assert_int_eq(waitpid(attestd, &status, 0), attestd);
	ck_assert_int_eq(status, 0);
	free(config_path);
	fleet_stop();
}

/* -- callers --------------------------------------------------------------- */

struct caller {
	pid_t pid;
	char nonce[33], file[96];
	int want;		/* its exit status */
};

/* attestctl with these words; standard output goes to `file`. */
static void
call(struct caller *c, int want, const char *const *words)
{
	char *argv[16] = { (char *)(uintptr_t)"attestctl" };
	char path[PATH_MAX];
	int fd;

	for (size_t n = 0; words[n] != NULL; n++)
		argv[n + 1] = (char *)(uintptr_t)words[n];
	c->want = want;
	run_path(path, sizeof(path));
	c->pid = forked();
	if (c->pid > 0)
		return;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(c->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, 1) < 0)
		_exit(126);
	(void)execv(path, argv);
	_exit(127);
}
#define CALL(c, want, ...)                                                   \
	call(c, want, (const char *const[]){ __VA_ARGS__, NULL })

static void
name(struct caller *c, const char *kind, unsigned n)
{
	(void)snprintf(c->nonce, sizeof(c->nonce), "%016x%016x", n + 1, n + 7);
	(void)snprintf(c->file, sizeof(c->file), "%s/%s.%u", node_dir, kind,
	    n);
}

static void
await(struct caller *c)
{
	int status = 0;

	ck_assert_int_eq(waitpid(c->pid, &status, 0), c->pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == c->want,
	    "%s: %d", c->file, status);
}

/* -- what they got --------------------------------------------------------- */

static void
read_output(const struct caller *c, struct att_buf *ret)
{
	ok(att_file_read(c->file, ret, err));
	ck_assert_uint_gt(ret->len, 0);
}

/* Over his nonce and nobody else's, and signed, as OpenSSL says. */
static void
check_quote(const struct caller *c, struct att_buf *ret_ak)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(32u << 20);
	AUTO_DONE(att_buf_done) struct att_buf nonce = ATT_BUF(64);
	AUTO_DONE(att_buf_done) struct att_buf public = ATT_BUF(4096);
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	const struct att_evidence *e;
	struct att_attest a;
	EVP_PKEY *key;

	read_output(c, &text);
	ok(att_bundle_parse(att_buf_view(&text), &b, err));
	e = att_bundle_evidence(b);
	ok(att_hex_decode(S(c->nonce), &nonce, err));
	ok(att_attest_parse(e->attest, &a, err));
	ck_assert(att_slice_equal(a.extra_data, att_buf_view(&nonce)));
	att_buf_tpm2b(&public, e->ak_public);
	key = verify_key(att_buf_view(&public));
	ck_assert(verify_signature(key, e->attest, e->signature));
	EVP_PKEY_free(key);
	/* all of one key */
	if (ret_ak->len == 0)
		att_buf_slice(ret_ak, e->ak_public);
	ck_assert(att_slice_equal(att_buf_view(ret_ak), e->ak_public));
}

static void
check_evidence(const struct caller *c, const char *reference)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "verify", "--reference", reference, "--trust-bundle-ak",
	    "--challenge", c->nonce, c->file);
	ck_assert_msg(r.status == 0, "%.*s%.*s", (int)r.out.len,
	    (char *)r.out.data, (int)r.err.len, (char *)r.err.data);
}

static void
check_verdict(const struct caller *c)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 20);

	read_output(c, &text);
	ck_assert_msg(run_has(&text, "TRUSTED  " FLEET_NODE), "%.*s",
	    (int)text.len, (char *)text.data);
}

/* -- tests ----------------------------------------------------------------- */

START_TEST(quotes_evidence_and_attestations_at_once)
{
	AUTO_DONE(att_buf_done) struct att_buf ak = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 16);
	AUTO(free) char *good = in_node("ref.json");
	AUTO(att_json_decref) json_t *ref = fleet_reference();
	static struct caller quote[CALLERS], evidence[WHOLE],
	    attest[CALLERS];

	ok(att_json_write(ref, &text, err));
	node_put("ref.json", att_buf_view(&text));
	for (unsigned i = 0; i < CALLERS; i++) {
		name(&quote[i], "quote", i);
		name(&attest[i], "attest", i);
		CALL(&quote[i], 0, "quote", "-c", config_path, "--nonce",
		    quote[i].nonce, "-o", "-");
		CALL(&attest[i], 0, "attest", "-c", config_path);
		if (i >= WHOLE)
			continue;
		name(&evidence[i], "evidence", CALLERS + i);
		CALL(&evidence[i], 0, "evidence", "-c", config_path,
		    "--nonce", evidence[i].nonce, "-o", "-");
	}
	for (unsigned i = 0; i < CALLERS; i++) {
		await(&quote[i]);
		await(&attest[i]);
		if (i < WHOLE)
			await(&evidence[i]);
	}
	for (unsigned i = 0; i < CALLERS; i++) {
		check_quote(&quote[i], &ak);
		check_verdict(&attest[i]);
		if (i < WHOLE)
			check_evidence(&evidence[i], good);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("agent/callers");
	TCase *t = tcase_create("callers");

	tcase_add_unchecked_fixture(t, fleet_once, fleet_over);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, quotes_evidence_and_attestations_at_once);
	suite_add_tcase(s, t);
	return run_suite(s);
}
