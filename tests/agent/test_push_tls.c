/* What the configuration says of TLS, in a whole exchange. */
#include "tests/agent/push_test.h"

/* The only server from now on, registrar and verifier. */
static struct fake other;

static void
set_url(struct att_config_list *urls)
{
	char text[64];

	snprintf(text, sizeof(text), "%s://127.0.0.1:%u",
	    other.peer.cert != NULL ? "https" : "http", other.peer.port);
	free(urls->item[0]);
	urls->item[0] = strdup(text);
	/* what is freed in the end is counted again then */
	while (urls->count > 1)
		free(urls->item[--urls->count]);
}

static void
other_start(const struct cert *cert)
{
	other.bound = true;
	other.items = 2;
	other.standing = ATT_STANDING_PASS;
	other.ak = &registered;
	fake_start(&other, cert, NODE_ID);
	set_url(&config.registrar_urls);
	set_url(&config.verifier_urls);
}

/* Nothing else is ever asked. */
static void
other_stop(void)
{
	att_push_done(&push);
	fake_stop(&other);
	ck_assert_uint_eq(registrar.peer.connections, 0);
	ck_assert_uint_eq(fake.peer.connections, 0);
}

START_TEST(plain_http_only_where_it_is_allowed)
{
	other_start(NULL);
	round_ends(ATT_OUTCOME_TROUBLE, "plain http is not allowed");
	ck_assert_uint_eq(other.peer.bytes, 0);
	config.allow_plain_http = true;
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert(last.standing == ATT_STANDING_PASS);
	ck_assert_uint_eq(other.seen[ATT_STEP_ACTIVATE], 1);
	other_stop();
	ck_assert_uint_eq(other.peer.connections, 1);
}
END_TEST

/* TLS stays TLS: what fails over it is never tried without. */
START_TEST(tls_stays_tls)
{
	config.allow_plain_http = true;
	other.peer.max_tls = TLS1_1_VERSION;
	other_start(&server_cert);
	round_ends(ATT_OUTCOME_LATER, "https://127.0.0.1");
	other_stop();
	ck_assert_uint_eq(other.peer.bytes, 0);
	/* of this version, and of no less */
	ck_assert_uint_eq(other.peer.versions_len, 5);
}
END_TEST

static void
write_client(const char *name, const struct cert *c, bool key)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long n;

	ck_assert_int_eq(key ? PEM_write_bio_PrivateKey(b, c->key, NULL, NULL,
	    0, NULL, NULL) : PEM_write_bio_X509(b, c->x509), 1);
	n = BIO_get_mem_data(b, &text);
	node_write(name, (struct att_slice){ (uint8_t *)text, (size_t)n });
	BIO_free(b);
}

/* From files, and its key from what the service manager passes. */
START_TEST(a_client_certificate)
{
	struct cert node = cert_make("node-7", NULL, -DAY, DAY, &ca);
	AUTO(free) char *key = in_node("client.key");

	write_client("client.pem", &node, false);
	write_client("client.key", &node, true);
	other.peer.client_ca = &ca;
	other_start(&server_cert);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_str_eq(other.peer.client, "");
	att_push_done(&push);
	att_push_init(&push, &config);
	config.client_cert = in_node("client.pem");
	config.client_key = in_node("client.key");
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_str_eq(other.peer.client, "node-7");
	/* K5 */
	att_push_done(&push);
	att_push_init(&push, &config);
	ck_assert(chmod(key, 0440) == 0);
	round_ends(ATT_OUTCOME_TROUBLE, "client.key: holds a secret");
	memset(other.peer.client, 0, sizeof(other.peer.client));
	free(config.client_key);
	config.client_key = strdup("credential:client.key");
	ck_assert(setenv("CREDENTIALS_DIRECTORY", node_dir, 1) == 0);
	round_ends(ATT_OUTCOME_ACCEPTED, "");
	ck_assert_str_eq(other.peer.client, "node-7");
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	other_stop();
	cert_done(&node);
}
END_TEST

/* What the environment names as CAs is nothing to a node with a ca_file. */
START_TEST(the_environment_adds_no_ca)
{
	static const char *const names[] = { "SSL_CERT_FILE", "SSL_CERT_DIR",
		"CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE" };
	struct cert theirs = cert_make("x", "IP:127.0.0.1", -DAY, DAY,
	    &other_ca);
	AUTO(free) char *file = in_node("other.pem");

	write_client("other.pem", &other_ca, false);
	for (size_t i = 0; i < ATT_COUNT(names); i++)
		ck_assert(setenv(names[i], i == 1 ? node_dir : file, 1) == 0);
	other_start(&theirs);
	round_ends(ATT_OUTCOME_LATER, "unknown CA");
	for (size_t i = 0; i < ATT_COUNT(names); i++)
		(void)unsetenv(names[i]);
	other_stop();
	ck_assert_uint_eq(other.peer.bytes, 0);
	cert_done(&theirs);
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("push tls", &t);

	tcase_add_test(t, plain_http_only_where_it_is_allowed);
	tcase_add_test(t, tls_stays_tls);
	tcase_add_test(t, a_client_certificate);
	tcase_add_test(t, the_environment_adds_no_ca);
	return run_suite(s);
}
