#include "firmware/spdm_redfish.h"

#include <string.h>

#include "base/json.h"

#define ALG_NAME_MAX 32	/* letters and digits of an algorithm's name */

/* As DSP0274 names them, letters and digits alone. */
static const struct {
	const char *name, *scheme;
} signing[] = {
	{ "RSASSA2048", "rsassa-2048" },
	{ "RSASSA3072", "rsassa-3072" },
	{ "RSASSA4096", "rsassa-4096" },
	{ "RSAPSS2048", "rsapss-2048" },
	{ "RSAPSS3072", "rsapss-3072" },
	{ "RSAPSS4096", "rsapss-4096" },
	{ "ECDSAECCNISTP256", "ecdsa-p256" },
	{ "ECDSAECCNISTP384", "ecdsa-p384" },
};

static const struct {
	const char *name;
	uint16_t alg;
} hashing[] = {
	{ "SHA256", ATT_ALG_SHA256 },
	{ "SHA384", ATT_ALG_SHA384 },
	{ "SHA512", ATT_ALG_SHA512 },
};

/* ASCII letters, large, and digits; 0 for what is passed over. */
static char
plain_char(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '\0';
}

/* "TPM_ALG_SHA_384", "TPM_ALG_SHA384", "SHA-384" are "SHA384". */
static void
plain_name(const char *text, char ret[static ALG_NAME_MAX + 1])
{
	static const char prefix[] = "TPM_ALG_";
	size_t n = 0;

	if (strncmp(text, prefix, strlen(prefix)) == 0)
		text += strlen(prefix);
	for (; *text != '\0' && n < ALG_NAME_MAX; text++)
		if (plain_char(*text) != '\0')
			ret[n++] = plain_char(*text);
	ret[n] = '\0';
}

static void
read_algorithms(const char *sign, const char *hash,
    struct att_spdm_algorithms *ret)
{
	char name[ALG_NAME_MAX + 1];

	plain_name(sign, name);
	for (size_t i = 0; i < ATT_COUNT(signing); i++)
		if (strcmp(name, signing[i].name) == 0)
			(void)!att_spdm_scheme_by_name(signing[i].scheme,
			    ret);
	plain_name(hash, name);
	for (size_t i = 0; i < ATT_COUNT(hashing); i++)
		if (strcmp(name, hashing[i].name) == 0)
			ret->hash = hashing[i].alg;
}

int
att_spdm_redfish_answer(struct att_slice json, struct att_buf *ret,
    struct att_spdm_algorithms *ret_algorithms, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_spdm_algorithms algorithms = { 0 };
	const char *sign = "", *hash = "";
	int r;

	if ((r = att_json_parse(json, ATT_SPDM_REDFISH_MAX, &j, err)) < 0 ||
	    (r = att_json_str_opt(j, "SigningAlgorithm", &sign, err)) < 0 ||
	    (r = att_json_str_opt(j, "HashingAlgorithm", &hash, err)) < 0 ||
	    (r = att_json_base64(j, "SignedMeasurements", ret, err)) < 0)
		return r;
	read_algorithms(sign, hash, &algorithms);
	*ret_algorithms = algorithms;
	return 0;
}

int
att_spdm_redfish_chain(struct att_slice json, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	const char *pem = NULL, *type = "PEM";
	int r;

	if ((r = att_json_parse(json, ATT_SPDM_REDFISH_MAX, &j, err)) < 0 ||
	    (r = att_json_str(j, "CertificateString", &pem, err)) < 0 ||
	    (r = att_json_str_opt(j, "CertificateType", &type, err)) < 0)
		return r;
	if (strcmp(type, "PEM") != 0 && strcmp(type, "PEMchain") != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "CertificateType \"%.20s\", PEM and PEMchain are taken",
		    type);
	att_buf_str(ret, pem);
	return att_buf_ok(ret, "certificate chain", err);
}
