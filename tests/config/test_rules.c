/* Rules for single values, and names that stand for those of others. */
#include "testlib.h"

#include "base/log.h"
#include "config/agent_config.h"
#include "config/rules.h"
#include "firmware/map.h"
#include "tpm/ak.h"
#include "tpm/ek.h"

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

/* -- names of others ------------------------------------------------------- */

START_TEST(log_levels_are_those_of_the_log)
{
	ck_assert_str_eq(att_rule_log_levels[ATT_LOG_NOTICE - ATT_LOG_ERR],
	    "notice");
	ck_assert_str_eq(att_rule_log_levels[ATT_LOG_DEBUG - ATT_LOG_ERR],
	    "debug");
}
END_TEST

static const char *const *
names_of(const char *key)
{
	for (size_t i = 0; i < att_agent_schema.count; i++)
		if (strcmp(att_agent_schema.keys[i].name, key) == 0)
			return att_agent_schema.keys[i].names;
	ck_abort_msg("no %s", key);
}

/* lib/config cannot see lib/tpm, and lists its types in the same order. */
START_TEST(key_types_are_those_of_the_tpm)
{
	const char *const *ek = names_of("ek_type");
	const char *const *ak = names_of("ak_type");

	for (int i = 0; i <= ATT_TPM_EK_P384_HIGH; i++)
		ck_assert_str_eq(ek[i],
		    att_tpm_ek_type_name((enum att_tpm_ek_type)i));
	ck_assert_ptr_null(ek[ATT_TPM_EK_P384_HIGH + 1]);
	for (int i = 0; i <= ATT_TPM_AK_P384; i++)
		ck_assert_str_eq(ak[i],
		    att_tpm_ak_type_name((enum att_tpm_ak_type)i));
	ck_assert_ptr_null(ak[ATT_TPM_AK_P384 + 1]);
}
END_TEST

START_TEST(hashes_and_layouts_are_those_of_maps)
{
	const char *const *hash = names_of("firmware_hash");
	struct att_agent_config c = { 0 };

	for (; hash[c.firmware_hash] != NULL; c.firmware_hash++)
		ck_assert_str_eq(hash[c.firmware_hash],
		    att_alg_name(att_agent_config_hash(&c)));
	ck_assert_str_eq(names_of("firmware_layout")[ATT_LAYOUT_OPENBMC],
	    "openbmc");
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
	tcase_add_test(t, key_types_are_those_of_the_tpm);
	tcase_add_test(t, hashes_and_layouts_are_those_of_maps);
	tcase_add_test(t, log_levels_are_those_of_the_log);
	suite_add_tcase(s, t);
	return run_suite(s);
}
