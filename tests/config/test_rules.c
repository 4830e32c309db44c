/* Rules for single values. */
#include "testlib.h"

#include "config/rules.h"

START_TEST(origins)
{
	static const char *const good[] = { "https://a", "https://a.b-c:1",
		"http://10.0.0.1:65535", "https://[::1]", "https://[fe80::1]:9" };
	static const char *const bad[] = { "", "a", "https://", "HTTPS://a",
		"ftp://a", "https://a/", "https://a?b", "https://a#b",
		"https://u@a", "https://u:p@a", "https://a:", "https://a:0",
		"https://a:01", "https://a:65536", "https://a:999999",
		"https://a:8x", "https://a:-1", "https://a b", "https://[::1",
		"https://[]", "https://[::1]x", "https://[a.g]", "https://::1",
		"https://a\b", "https://a%20" };

	for (size_t i = 0; i < ATT_COUNT(good); i++)
		ok(att_rule_origin(good[i], err));
	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_msg(att_rule_origin(bad[i], NULL) == ATT_E_FORMAT,
		    "%s", bad[i]);
}
END_TEST

START_TEST(agent_id_length)
{
	char id[82];

	memset(id, 'a', sizeof(id));
	id[80] = '\0';
	ok(att_rule_agent_id(id, err));
	id[80] = 'a';
	id[81] = '\0';
	fails(att_rule_agent_id(id, err), ATT_E_FORMAT, "1 to 80");
}
END_TEST

START_TEST(addresses_of_a_bmc)
{
	static const char *const good[] = { "host-interface", "https://a",
		"https://10.0.1.1", "https://[fd00::1]:8443" };
	static const char *const bad[] = { "", "host_interface",
		"host-interface/", "http://10.0.1.1", "10.0.1.1",
		"https://u:p@a", "https://a/redfish/v1", "https://" };

	for (size_t i = 0; i < ATT_COUNT(good); i++)
		ok(att_rule_bmc(good[i], err));
	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_msg(att_rule_bmc(bad[i], NULL) == ATT_E_FORMAT,
		    "%s", bad[i]);
}
END_TEST

#define B42 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

START_TEST(pins)
{
	static const char *const bad[] = { "", "sha256//", "sha256//" B42 "A",
		"sha256//" B42 "AA", "sha256//" B42 "A==", B42 "A=",
		"sha1//" B42 "A=", "sha256//" B42 "A=;sha256//" B42 "A=",
		"SHA256//" B42 "A=", "sha256// " B42 "A=" };

	ok(att_rule_pin("sha256//" B42 "A=", err));
	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_msg(att_rule_pin(bad[i], NULL) == ATT_E_FORMAT,
		    "%s", bad[i]);
}
END_TEST

START_TEST(services)
{
	static const char *const good[] = { "kubelet.service",
		"snap.microk8s.daemon-kubelite.service", "a@b\\x2d.service" };
	static const char *const bad[] = { "", ".service", "kubelet",
		"kubelet.target", "kubelet.service ", "-n.service",
		"a/b.service", "a\nb.service", "a b.service" };
	char name[257];

	for (size_t i = 0; i < ATT_COUNT(good); i++)
		ok(att_rule_service(good[i], err));
	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_msg(att_rule_service(bad[i], NULL) == ATT_E_FORMAT,
		    "%s", bad[i]);
	memset(name, 'a', sizeof(name));
	memcpy(name + 247, ".service", 9);
	ok(att_rule_service(name, err));
	memset(name, 'a', sizeof(name));
	memcpy(name + 248, ".service", 9);
	fails(att_rule_service(name, err), ATT_E_FORMAT, "name of a service");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rules");
	TCase *t = tcase_create("rules");

	tcase_add_test(t, origins);
	tcase_add_test(t, agent_id_length);
	tcase_add_test(t, addresses_of_a_bmc);
	tcase_add_test(t, pins);
	tcase_add_test(t, services);
	suite_add_tcase(s, t);
	return run_suite(s);
}
