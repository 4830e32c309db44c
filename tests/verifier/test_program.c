/* attest-verifier as a program: options, statuses, TLS, signals. */
#include "testlib.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "tests/http/peer.h"
#include "tests/verifier/rig.h"

static struct rig rig;
static struct cert tls_ca, tls;
static char log_path[64], config_path[64];
static pid_t running;

static void
put_pem(const char *name, const struct cert *c, bool key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long len;

	ck_assert_int_eq(key ?
		PEM_write_bio_PrivateKey(b, c->key, NULL, NULL, 0, NULL,
		    NULL) :
		PEM_write_bio_X509(b, c->x509), 1);
	len = BIO_get_mem_data(b, &text);
	rig_put_file(&rig, name, (struct att_slice){ (const uint8_t *)text,
	    (size_t)len });
	BIO_free(b);
}

static void
setup(void)
{
	AUTO_DONE(att_buf_done) struct att_buf config = { 0 };

	rig_prepare(&rig, "", &config);
	tls_ca = cert_make("ca", NULL, -DAY, DAY, NULL);
	tls = cert_make("verifier", "IP:127.0.0.1", -DAY, DAY, &tls_ca);
	put_pem("tls-ca.pem", &tls_ca, false);
	put_pem("tls.pem", &tls, false);
	put_pem("tls.key", &tls, true);
	att_buf_printf(&config, "tls_cert: %s/tls.pem\ntls_key: %s/tls.key\n"
	    "listen_address: 127.0.0.1\nlisten_port: 0\nthreads: 2\n"
	    "quote_interval: 1s\n", rig.dir, rig.dir);
	rig_put_file(&rig, "config.yaml", att_buf_view(&config));
	snprintf(log_path, sizeof(log_path), "%s/log", rig.dir);
	snprintf(config_path, sizeof(config_path), "%s/config.yaml",
	    rig.dir);
	running = 0;
}

static void
teardown(void)
{
	(void)unlink(log_path);
	cert_done(&tls_ca);
	cert_done(&tls);
	rig_stop(&rig);
}

/* BUILD/attest-verifier; what it says goes to the log. */
static pid_t
launch(const char *const *words)
{
	char *argv[8] = { (char *)(uintptr_t)"attest-verifier" };
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 20);
	pid_t pid;
	char *at;
	int fd;

	ck_assert(n > 0);
	path[n] = '\0';
	ck_assert((at = strstr(path, "/tests/")) != NULL);
	memcpy(at, "/attest-verifier", 17);
	for (size_t i = 0; words[i] != NULL; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	pid = forked();
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	execv(path, argv);
	_exit(127);
}
#define LAUNCH(...) launch((const char *const[]){ __VA_ARGS__, NULL })

/* Exit status; 1000 + N: died by signal N. */
static int
end_of(pid_t pid)
{
	int status;

	ck_assert(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   1000 + WTERMSIG(status);
}

/* What stands behind this word in the log, or NULL. */
static char *
logged(const char *word)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO(free) char *text = NULL;
	struct att_err e = { 0 };
	const char *at;

	if (att_file_read(log_path, &b, &e) < 0)
		return NULL;
	text = att_buf_take_str(&b);
	ck_assert_ptr_nonnull(text);
	at = strstr(text, word);
	return at == NULL ? NULL : strdup(at + strlen(word));
}

static void
says(const char *word)
{
	AUTO(free) char *found = logged(word);

	ck_assert_msg(found != NULL, "the log lacks \"%s\"", word);
}

/* Starts it, waits until it serves, and points the rig at it. */
static void
serve(void)
{
	AUTO(free) char *ca = att_path_join(rig.dir, "tls-ca.pem");
	AUTO(free) char *port = NULL;
	struct att_http_options o = { .ca_file = ca };
	char origin[64];

	/* the port of the one before is not this one's */
	(void)unlink(log_path);
	running = LAUNCH("-c", config_path);
	for (int i = 0; i < 2000 && port == NULL; i++) {
		(void)usleep(10000);
		port = logged("serving on 127.0.0.1 port ");
	}
	ck_assert_msg(port != NULL, "it does not serve");
	snprintf(origin, sizeof(origin), "https://127.0.0.1:%d",
	    (int)strtol(port, NULL, 10));
	o.origin = origin;
	att_http_client_free(rig.wire);
	rig.wire = NULL;
	ok(att_http_client_new(&o, &rig.wire, err));
}

static void
stop(int signal, int want)
{
	ck_assert(kill(running, signal) == 0);
	ck_assert_int_eq(end_of(running), want);
}

START_TEST(options_and_their_statuses)
{
	AUTO(free) char *bad = att_path_join(rig.dir, "db");

	ck_assert_int_eq(end_of(LAUNCH("--help")), 0);
	says("usage: attest-verifier");
	ck_assert_int_eq(end_of(LAUNCH("--version")), 0);
	says("attest-verifier " ATT_VERSION);
	ck_assert_int_eq(end_of(LAUNCH("--no-such")), 2);
	says("usage:");
	ck_assert_int_eq(end_of(LAUNCH("word")), 2);
	ck_assert_int_eq(end_of(LAUNCH("-c")), 2);
	ck_assert_int_eq(end_of(LAUNCH("-c", "/no/such.yaml")), 4);
	says("no such file");
	ck_assert_int_eq(end_of(LAUNCH("-c", config_path, "--check-config")),
	    0);
	rig_put_file(&rig, "db", S("no_such_key: 1\n"));
	ck_assert_int_eq(end_of(LAUNCH("-c", bad, "--check-config")), 3);
	says("db:1: no_such_key");
	/* the database is not one */
	ck_assert_int_eq(end_of(LAUNCH("-c", config_path)), 4);
	says("database");
}
END_TEST

/* A file that is missing or unfit: named, and nothing serves. */
START_TEST(a_bad_file_is_named)
{
	static const struct {
		const char *name, *text;
		unsigned mode;
		int status;
	} table[] = {
		{ "tls.pem", NULL, 0, 4 },
		{ "tls.pem", "no certificate", 0600, 3 },
		{ "tls.key", NULL, 0, 4 },
		{ "tls.key", "x", 0644, 3 },
		{ "operator", NULL, 0, 4 },
		{ "operator", "too short to be one", 0600, 3 },
		{ "operator", RIG_OPERATOR, 0640, 3 },
		{ "key", "{}", 0600, 3 },
		{ "ca/maker.der", "no certificate", 0600, 3 },
	};
	AUTO(free) char *path = att_path_join(rig.dir, table[_i].name);
	const char *base = strrchr(table[_i].name, '/');

	(void)unlink(path);
	if (table[_i].text != NULL)
		ok(att_file_write(path, S(table[_i].text), table[_i].mode,
		    err));
	ck_assert_int_eq(end_of(LAUNCH("-c", config_path)), table[_i].status);
	/* GnuTLS does not say which of the two it dislikes */
	if (strcmp(table[_i].name, "tls.pem") == 0 && table[_i].text != NULL)
		says("TLS certificate");
	else
		says(base != NULL ? base : table[_i].name);
	ck_assert(logged("serving") == NULL);
	/* and before a start, in one line with the file's name */
	ck_assert_int_eq(end_of(LAUNCH("-c", config_path, "--check-config")),
	    3);
	says(base != NULL ? base : table[_i].name);
}
END_TEST

/* What the unit asks before it starts: nothing is made and nothing served. */
START_TEST(says_whether_it_is_configured)
{
	AUTO(free) char *bad = att_path_join(rig.dir, "db");
	AUTO(free) char *cert = att_path_join(rig.dir, "tls.pem");

	ck_assert_int_eq(end_of(LAUNCH("-c", config_path, "--configured")),
	    0);
	ck_assert_int_eq(end_of(LAUNCH("-c", "/no/such.yaml",
	    "--configured")), 5);
	ck_assert(unlink(cert) == 0);
	ck_assert_int_eq(end_of(LAUNCH("-c", config_path, "--configured")),
	    5);
	says("not configured yet: no ");
	/* what is there and no good is for the start to complain of */
	rig_put_file(&rig, "tls.pem", S("no certificate"));
	ck_assert_int_eq(end_of(LAUNCH("-c", config_path, "--configured")),
	    0);
	ck_assert(logged("serving") == NULL);
	rig_put_file(&rig, "db", S("no_such_key: 1\n"));
	ck_assert_int_eq(end_of(LAUNCH("-c", bad, "--configured")), 255);
	says("db:1: no_such_key");
}
END_TEST

/* A first start: the directory of database and key is not there. */
START_TEST(its_directory_is_made)
{
	static const char *const made[] = { "state/db", "state/db-wal",
		"state/db-shm", "state/key", "config.yaml.d/x.yaml" };
	AUTO(free) char *more = att_path_join(rig.dir, "config.yaml.d");
	AUTO(free) char *dir = att_path_join(rig.dir, "state");
	AUTO_DONE(att_buf_done) struct att_buf config = ATT_BUF(4096);
	struct stat st;

	ck_assert(mkdir(more, 0700) == 0);
	att_buf_printf(&config, "database: %s/db\nresult_key_file: %s/key\n",
	    dir, dir);
	rig_put_file(&rig, "config.yaml.d/x.yaml", att_buf_view(&config));
	ck_assert_int_eq(end_of(LAUNCH("-c", config_path, "--check-config")),
	    0);
	ck_assert(stat(dir, &st) < 0);
	serve();
	ck_assert(stat(dir, &st) == 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	says("made a key");
	stop(SIGTERM, 0);
	for (size_t i = 0; i < ATT_COUNT(made); i++) {
		AUTO(free) char *path = att_path_join(rig.dir, made[i]);

		(void)unlink(path);
	}
	ck_assert(rmdir(dir) == 0 && rmdir(more) == 0);
}
END_TEST

/* A person has none of the credentials; the service has, and needs them. */
START_TEST(credentials_are_out_of_reach)
{
	static const char *const keys[] = { "tls_key",
		"operator_token_file", "result_key_file" };
	AUTO(free) char *more = att_path_join(rig.dir, "config.yaml.d");

	ck_assert(mkdir(more, 0700) == 0);
	for (size_t i = 0; i < ATT_COUNT(keys); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(100);
		AUTO(free) char *path = att_path_join(more, "x.yaml");

		att_buf_printf(&b, "%s: credential:none\n", keys[i]);
		rig_put_file(&rig, "config.yaml.d/x.yaml", att_buf_view(&b));
		ck_assert(unsetenv("CREDENTIALS_DIRECTORY") == 0);
		ck_assert_int_eq(end_of(LAUNCH("-c", config_path,
		    "--check-config")), 0);
		ck_assert(setenv("CREDENTIALS_DIRECTORY", rig.dir, 1) == 0);
		ck_assert_int_eq(end_of(LAUNCH("-c", config_path,
		    "--check-config")), 3);
		says(keys[i]);
		ck_assert(unsetenv("CREDENTIALS_DIRECTORY") == 0);
		ck_assert(unlink(path) == 0);
	}
	ck_assert(rmdir(more) == 0);
}
END_TEST

START_TEST(a_node_over_tls)
{
	AUTO_DONE(softnode_done) struct softnode n;
	AUTO_DONE(answer_done) struct answer list = { 0 };
	AUTO_DONE(answer_done) struct answer none = { 0 };

	serve();
	softnode_make(&n, "n1", SOFTNODE_RSA, &rig.ca);
	softnode_boot(&n, "uki");
	rig_enrol(&rig, &n);
	rig_session(&rig, &n);
	rig_attest(&rig, &n);
	ck_assert_int_eq(rig_standing(&rig, &n), ATT_STANDING_FAIL);
	rig_reference(&rig, &n, "uki");
	(void)sleep(1);
	n.clock += 1000;
	rig_attest(&rig, &n);
	ck_assert_int_eq(rig_standing(&rig, &n), ATT_STANDING_PASS);
	/* a page of the list, by a query */
	rig_operator(&rig, "GET", "/operator/v1/nodes?after=n0", NULL, &list);
	ck_assert_uint_eq(json_array_size(json_object_get(list.json,
	    "nodes")), 1);
	answer_done(&list);
	rig_operator(&rig, "GET", "/operator/v1/nodes?after=n1", NULL, &list);
	ck_assert_uint_eq(json_array_size(json_object_get(list.json,
	    "nodes")), 0);
	answer_done(&list);
	rig_operator(&rig, "GET", "/operator/v1/audit?node=n1", NULL, &list);
	ck_assert_uint_eq(json_array_size(json_object_get(list.json,
	    "audit")), 3);
	/* no such node is not one without attestations */
	rig_ask_from(&rig, "", "GET", "/operator/v1/nodes/n2/attestations",
	    "", RIG_OPERATOR, (struct att_slice){ 0 }, &none);
	ck_assert_uint_eq(none.status, 404);
	stop(SIGTERM, 0);
	says("told to end");
	/* all is there again, the token too */
	serve();
	ck_assert_int_eq(rig_standing(&rig, &n), ATT_STANDING_PASS);
	stop(SIGINT, 0);
}
END_TEST

START_TEST(a_kill_loses_nothing_that_was_answered)
{
	AUTO_DONE(softnode_done) struct softnode n;

	serve();
	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	softnode_boot(&n, "uki");
	rig_reference(&rig, &n, "uki");
	rig_enrol(&rig, &n);
	rig_session(&rig, &n);
	rig_attest(&rig, &n);
	stop(SIGKILL, 1000 + SIGKILL);
	serve();
	ck_assert_int_eq(rig_standing(&rig, &n), ATT_STANDING_PASS);
	stop(SIGTERM, 0);
}
END_TEST

START_TEST(large_bodies_over_tls)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer b = { 0 };
	size_t len = ATT_SERVER_BODY_SMALL + 1;
	char *body = calloc(1, len);

	ck_assert(body != NULL);
	memset(body, ' ', len);
	serve();
	rig_ask_from(&rig, "", "PUT", "/operator/v1/references/r",
	    ATT_TYPE_JSON, RIG_OPERATOR,
	    (struct att_slice){ (uint8_t *)body, len }, &a);
	ck_assert_uint_eq(a.status, 400);
	rig_ask_from(&rig, "", "PUT", "/operator/v1/references/r",
	    ATT_TYPE_JSON, "x", (struct att_slice){ (uint8_t *)body, len },
	    &b);
	ck_assert_uint_eq(b.status, 413);
	free(body);
	stop(SIGTERM, 0);
}
END_TEST

START_TEST(a_stranger_learns_nothing)
{
	struct cert other = cert_make("other", NULL, -DAY, DAY, NULL);
	struct att_http_request q = { .path = "/version", .max_body = 9999,
		.deadline_ms = 9000 };
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };

	/* a CA that did not sign this server's certificate */
	put_pem("tls-ca.pem", &other, false);
	cert_done(&other);
	serve();
	fails(att_http_send(rig.wire, &q, &resp, err), ATT_E_UNTRUSTED, "");
	stop(SIGTERM, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("program");
	TCase *t = tcase_create("program");

	(void)unsetenv("https_proxy");
	(void)unsetenv("HTTPS_PROXY");
	(void)unsetenv("all_proxy");
	(void)unsetenv("ALL_PROXY");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, options_and_their_statuses);
	tcase_add_loop_test(t, a_bad_file_is_named, 0, 9);
	tcase_add_test(t, says_whether_it_is_configured);
	tcase_add_test(t, its_directory_is_made);
	tcase_add_test(t, credentials_are_out_of_reach);
	tcase_add_test(t, a_node_over_tls);
	tcase_add_test(t, a_kill_loses_nothing_that_was_answered);
	tcase_add_test(t, large_bodies_over_tls);
	tcase_add_test(t, a_stranger_learns_nothing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
