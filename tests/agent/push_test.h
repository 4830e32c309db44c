/* What tests of the push protocol share: a node, its TPM, and two servers. */
#ifndef ATT_TESTS_AGENT_PUSH_TEST_H
#define ATT_TESTS_AGENT_PUSH_TEST_H

#include "tests/agent/fake.h"

#include "agent/push.h"

#define NODE_ID "node-7"

static struct swtpm tpm;
static struct cert ca, other_ca, server_cert;
static struct att_buf registered;	/* the AK, by the registrar */
static struct fake registrar;
static struct fake fake, second;	/* verifiers, in order of preference */
static struct att_push push;
static struct att_round last;

static inline void
write_ca(const struct cert *c)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long n;

	ck_assert(PEM_write_bio_X509(b, c->x509) == 1);
	n = BIO_get_mem_data(b, &text);
	node_write("ca.pem", (struct att_slice){ (uint8_t *)text,
	    (size_t)n });
	BIO_free(b);
}

/* Once for the program, before tests fork off. */
static inline ATT_UNUSED void
make_certs(void)
{
	static const char *const proxies[] = { "http_proxy", "https_proxy",
		"HTTPS_PROXY", "all_proxy", "ALL_PROXY" };

	for (size_t i = 0; i < ATT_COUNT(proxies); i++)
		unsetenv(proxies[i]);
	signal(SIGPIPE, SIG_IGN);
	swtpm_manufacture();
	ca = cert_make("ca", NULL, -DAY, DAY, NULL);
	other_ca = cert_make("other", NULL, -DAY, DAY, NULL);
	server_cert = cert_make("good", "IP:127.0.0.1", -DAY, DAY, &ca);
}

static inline ATT_UNUSED void
free_certs(void)
{
	cert_done(&ca);
	cert_done(&other_ca);
	cert_done(&server_cert);
}

static inline ATT_UNUSED void
push_setup(void)
{
	char more[1024];

	swtpm_start(&tpm);
	fake.bound = second.bound = true;
	fake.standing = second.standing = ATT_STANDING_PASS;
	fake.items = second.items = 2;
	registered = ATT_BUF(2048);
	registrar.ak = fake.ak = second.ak = &registered;
	fake_start(&registrar, &server_cert, NODE_ID);
	fake_start(&fake, &server_cert, NODE_ID);
	fake_start(&second, &server_cert, NODE_ID);
	snprintf(more, sizeof(more), "agent_id: " NODE_ID "\n"
	    "registrar_urls: [\"https://127.0.0.1:%u\"]\n"
	    "verifier_urls: [\"https://127.0.0.1:%u\", "
	    "\"https://127.0.0.1:%u\"]\n"
	    "interval: 60s\ninterval_min: 5s\ninterval_max: 600s\n"
	    "request_timeout: 60s\nconnect_timeout: 60s\n",
	    registrar.peer.port, fake.peer.port, second.peer.port);
	node_make(tpm.tcti, more);
	node_write("boot_id", S("5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11\n"));
	node_write("uefi", S("not a log of any kind"));
	node_write("user", S("\036{}\n"));
	write_ca(&ca);
	att_push_init(&push, &config);
}

/* Every test ends with nothing left in the TPM. */
static inline ATT_UNUSED void
push_teardown(void)
{
	att_round_done(&last);
	att_push_done(&push);
	fake_stop(&registrar);
	fake_stop(&fake);
	fake_stop(&second);
	if (tpm.pid != 0)
		ck_assert_uint_eq(swtpm_objects(&tpm), 0);
	att_buf_done(&registered);
	swtpm_stop(&tpm);
	node_remove();
}

/* One round, which must end so and say this. */
static inline ATT_UNUSED void
round_ends(enum att_outcome want, const char *word)
{
	att_round_done(&last);
	att_push_round(&push, 0, &last);
	ck_assert_msg(last.outcome == want, "%s (%s), wanted %s",
	    att_outcome_name(last.outcome), last.reason,
	    att_outcome_name(want));
	ck_assert_msg(strstr(last.reason, word) != NULL,
	    "\"%s\" lacks \"%s\"", last.reason, word);
	ck_assert((want == ATT_OUTCOME_ACCEPTED) == (push.failures == 0));
}

/* Another process of the same boot. */
static inline ATT_UNUSED void
restart(void)
{
	att_push_done(&push);
	att_push_init(&push, &config);
}

/* And of another one, as far as registering goes. */
static inline ATT_UNUSED void
reboot(void)
{
	static unsigned boots;
	char id[64];

	snprintf(id, sizeof(id), "5a8f1c9e-0b7d-4c13-9a55-%012x\n", ++boots);
	node_write("boot_id", S(id));
	restart();
}

/* Whom a node asks first at this step. */
static inline ATT_UNUSED struct fake *
asked(enum att_step step)
{
	return step <= ATT_STEP_ACTIVATE ? &registrar : &fake;
}

/* Its answers from now on, `n` of them. */
static inline ATT_UNUSED void
say(enum att_step step, unsigned n, unsigned status, const char *body)
{
	asked(step)->say[step] = (struct fake_say){
		.skip = asked(step)->seen[step], .times = n,
		.status = status, .body = body };
}

#define ALWAYS 1000000u
#define ERROR(code)                                                          \
	"{\"errors\":[{\"status\":\"400\",\"code\":\"" code                  \
	"\",\"detail\":\"words\"}]}"

#define SEEN(step, n)                                                        \
	ck_assert_uint_eq(asked(ATT_STEP_##step)->seen[ATT_STEP_##step], (n))

static inline ATT_UNUSED Suite *
push_suite(const char *name, TCase **ret)
{
	Suite *s = suite_create(name);

	*ret = tcase_create(name);
	tcase_add_unchecked_fixture(*ret, make_certs, free_certs);
	tcase_add_checked_fixture(*ret, push_setup, push_teardown);
	suite_add_tcase(s, *ret);
	return s;
}

#endif
