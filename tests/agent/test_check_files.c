/* The files that a configuration names. */
#include "testlib.h"

#include <sys/stat.h>

#include "agent/check_files.h"
#include "tests/http/fixture.h"

#define URLS                                                                 \
	"registrar_urls: [https://127.0.0.1:1]\n"                            \
	"verifier_urls: [https://127.0.0.1:1]\n"

/* As many lines as there are words, up to NULL; each word in one of them. */
static void
tells(const char *text, const char *const *words)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config c = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf log = ATT_BUF(65536);
	AUTO(free) char *path = in_dir("garbage");
	unsigned want = 0, got;

	ok(att_agent_config_parse("test", S(text), &c, err));
	ck_assert(freopen(path, "w", stderr) != NULL);
	got = att_check_files(&c);
	ck_assert(fflush(stderr) == 0);
	ok(att_file_read(path, &log, err));
	att_buf_u8(&log, 0);
	for (; words[want] != NULL; want++)
		ck_assert_msg(strstr((char *)log.data, words[want]) != NULL,
		    "\"%s\" lacks \"%s\"", (char *)log.data, words[want]);
	ck_assert_msg(got == want, "%u lines: %s", got, (char *)log.data);
}
#define TELLS(text, ...)                                                     \
	tells((text), (const char *const[]){ __VA_ARGS__, NULL })

/* A configuration with these directories and files in the test's own. */
static const char *
config_of(const char *ca_file, const char *more)
{
	static char text[4096];
	char changed[2048];
	size_t n = 0;

	/* '@' is the directory */
	for (; *more != '\0' && n + sizeof(dir) < sizeof(changed); more++)
		if (*more == '@')
			n += (size_t)snprintf(changed + n,
			    sizeof(changed) - n, "%s", dir);
		else
			changed[n++] = *more;
	changed[n] = '\0';
	snprintf(text, sizeof(text), URLS "ca_file: %s/%s\n%s", dir, ca_file,
	    changed);
	return text;
}

#define DIRS "state_dir: '@/state'\nrun_dir: '@/run'\n"

START_TEST(all_is_well)
{
	char plain[512];

	TELLS(config_of("ca.pem", DIRS), NULL);
	TELLS(config_of("ca.pem", DIRS "client_cert: '@/client.pem'\n"
	    "client_key: '@/client.key'\n"), NULL);
	/* nobody asks for a CA where there is no TLS, or the system's count */
	TELLS(config_of("none", DIRS "use_system_cas: true\n"), NULL);
	snprintf(plain, sizeof(plain), "registrar_urls: ['http://a']\n"
	    "verifier_urls: ['http://a']\nallow_plain_http: true\n"
	    "ca_file: /none\nstate_dir: %s/state\nrun_dir: %s/run\n", dir,
	    dir);
	TELLS(plain, NULL);
}
END_TEST

START_TEST(ca_files)
{
	AUTO(free) char *path = in_dir("open.key");

	TELLS(config_of("none", DIRS), "ca_file: ");
	TELLS(config_of("client.key", DIRS),
	    "client.key: no certificate in PEM form");
	ok(att_file_write(path, S("-----BEGIN CERTIFICATE-----\nAAAA\n"
	    "-----END CERTIFICATE-----\n"), 0600, err));
	TELLS(config_of("open.key", DIRS), "ca_file: ");
	ok(att_file_write(path, S("-----BEGIN CERTIFICATE-----\nAA"), 0600,
	    err));
	TELLS(config_of("open.key", DIRS), "ca_file: ");
}
END_TEST

START_TEST(client_keys)
{
	static const struct {
		const char *cert, *key, *word;
	} cases[] = {
		{ "client.pem", "other.key", "not the key of the" },
		{ "client.pem", "locked.key", "or an enciphered one" },
		{ "client.pem", "empty.key", "no private key" },
		{ "client.pem", "client.pem", "no private key" },
		{ "client.key", "client.key", "no certificate in PEM" },
		{ "client.pem", "open.key", "open.key: holds a secret and "
		    "has mode 0640" },
		{ "client.pem", "none", "none: no such file" },
		{ "none", "client.key", "client_cert: " },
	};
	AUTO(free) char *open = in_dir("open.key");
	char more[512];

	ok(att_file_write(open, S("x"), 0640, err));
	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		snprintf(more, sizeof(more), DIRS "client_cert: '@/%s'\n"
		    "client_key: '@/%s'\n", cases[i].cert, cases[i].key);
		TELLS(config_of("ca.pem", more), cases[i].word);
	}
}
END_TEST

#define BMC                                                                  \
	"redfish_url: https://a\n"                                           \
	"redfish_pin: sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"

START_TEST(files_of_a_bmc)
{
	AUTO(free) char *open = in_dir("open.key");

	ok(att_file_write(open, S("x"), 0644, err));
	TELLS(config_of("ca.pem", DIRS BMC "redfish_ca_file: '@/ca.pem'\n"
	    "redfish_user: u\nredfish_password_file: '@/client.key'\n"),
	    NULL);
	TELLS(config_of("ca.pem", DIRS BMC "redfish_ca_file: '@/open.key'\n"
	    "redfish_user: u\nredfish_password_file: '@/open.key'\n"),
	    "redfish_ca_file: ", "redfish_password_file: ");
	TELLS(config_of("ca.pem", DIRS BMC "redfish_user: u\n"
	    "redfish_password_file: credential:none\n"), NULL);
}
END_TEST

START_TEST(auth_values)
{
	AUTO(free) char *open = in_dir("open.key");

	ok(att_file_write(open, S("x"), 0644, err));
	TELLS(config_of("ca.pem", DIRS
	    "endorsement_auth_file: '@/open.key'\n"
	    "owner_auth_file: '@/none'\n"),
	    "endorsement_auth_file: ", "owner_auth_file: ");
	/* what no service manager has passed is not here to be looked at */
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	TELLS(config_of("ca.pem", DIRS
	    "endorsement_auth_file: credential:open.key\n"), NULL);
	ck_assert(setenv("CREDENTIALS_DIRECTORY", dir, 1) == 0);
	TELLS(config_of("ca.pem", DIRS
	    "endorsement_auth_file: credential:open.key\n"),
	    "must be 0660 or less");
	ok(att_file_write(open, S("x"), 0440, err));
	TELLS(config_of("ca.pem", DIRS
	    "endorsement_auth_file: credential:open.key\n"), NULL);
	(void)unsetenv("CREDENTIALS_DIRECTORY");
}
END_TEST

START_TEST(directories)
{
	AUTO(free) char *state = in_dir("socket");

	TELLS(config_of("ca.pem", DIRS "firmware_spool: '@/none'\n"),
	    "firmware_spool: ");
	TELLS(config_of("ca.pem", DIRS "firmware_spool: '@/none'\n"
	    "firmware_interval: 0s\n"), NULL);
	TELLS(config_of("ca.pem", "state_dir: '@/none/state'\n"
	    "run_dir: '@/ca.pem/run'\n"), "state_dir: ", "run_dir: ");
	TELLS(config_of("ca.pem", DIRS "result_keys: '@/none'\n"),
	    "result_keys: ");
	TELLS(config_of("ca.pem", DIRS "result_keys: '@/ca.pem'\n"),
	    "result_keys: ");
	TELLS(config_of("ca.pem", "state_dir: '@/ca.pem'\nrun_dir: '@/run'\n"),
	    "state_dir: ");
	ck_assert(mkdir(state, 0700) == 0 && chmod(state, 0777) == 0);
	TELLS(config_of("ca.pem", "state_dir: '@/socket'\nrun_dir: '@/run'\n"),
	    "mode 0777");
	ck_assert(rmdir(state) == 0);
}
END_TEST

START_TEST(every_problem_has_its_line)
{
	TELLS(config_of("none", "client_cert: '@/none'\n"
	    "client_key: '@/none'\nendorsement_auth_file: '@/none'\n"
	    "owner_auth_file: '@/none'\nstate_dir: '@/none/x'\n"
	    "run_dir: '@/none/x'\n"), "ca_file: ", "client_cert: ",
	    "client_key: ", "endorsement_auth_file: ", "owner_auth_file: ",
	    "state_dir: ", "run_dir: ");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("check files");
	TCase *t = add_case(s, "check files");

	tcase_add_test(t, all_is_well);
	tcase_add_test(t, ca_files);
	tcase_add_test(t, client_keys);
	tcase_add_test(t, auth_values);
	tcase_add_test(t, files_of_a_bmc);
	tcase_add_test(t, directories);
	tcase_add_test(t, every_problem_has_its_line);
	return run_suite(s);
}
