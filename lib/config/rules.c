#include "config/rules.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/number.h"

#define SERVICE ".service"
#define UNIT_NAME_MAX 255	/* bytes (systemd.unit(5)) */
#define PIN_PREFIX "sha256//"
#define PIN_SIZE 32	/* bytes of a SHA-256 */
#define AGENT_ID_MAX 80	/* characters; the registrar's column */

/* The id in Keylime's sample configuration: every careless node has it. */
#define AGENT_ID_SHIPPED "d432fbb3-d2f1-4a97-9ef7-75bd81c00000"

#define ALNUM                                                                \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

const char *const att_rule_log_levels[] = { "error", "warning", "notice",
	"info", "debug", NULL };

int
att_rule_agent_id(const char *text, struct att_err *err)
{
	size_t n = strlen(text);

	/* a leading dot: the id is a segment of URLs, and ".." climbs */
	if (n == 0 || n > AGENT_ID_MAX || text[0] == '.' ||
	    strspn(text, ALNUM "._-") != n)
		return att_err_set(err, ATT_E_FORMAT, "must be hash_ek, or 1 "
		    "to %d of A-Z a-z 0-9 . _ - and not begin with a dot",
		    AGENT_ID_MAX);
	if (strcasecmp(text, AGENT_ID_SHIPPED) == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be an id of this node's own, not the one that "
		    "Keylime's sample configuration holds");
	return 0;
}

/* "", or ":1" to ":65535". */
static bool
is_port(const char *text)
{
	uint64_t port;

	return text[0] == '\0' || (text[0] == ':' && text[1] != '0' &&
	    att_number_read(text + 1, 65535, &port));
}

int
att_rule_origin(const char *text, struct att_err *err)
{
	size_t skip = strncmp(text, "https://", 8) == 0 ? 8 :
	    strncmp(text, "http://", 7) == 0		? 7 :
							  0;
	const char *host = text + skip;
	bool six = *host == '[';
	size_t n = six ? 1 + strspn(host + 1, "0123456789abcdefABCDEF:.") :
			 strspn(host, ALNUM ".-_");

	if (six && n > 1 && host[n] == ']')
		n++;
	else if (six)
		n = 0;
	if (skip == 0 || n == 0 || !is_port(host + n))
		return att_err_set(err, ATT_E_FORMAT,
		    "must be of the form https://host:port, without user, "
		    "path or query");
	return 0;
}

int
att_rule_bmc(const char *text, struct att_err *err)
{
	if (strcmp(text, "host-interface") == 0)
		return 0;
	if (strncmp(text, "https://", 8) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be of the form https://host:port, or "
		    "host-interface");
	return att_rule_origin(text, err);
}

int
att_rule_pin(const char *text, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(PIN_SIZE);
	size_t skip = strlen(PIN_PREFIX);
	struct att_slice rest = { (const uint8_t *)text + skip, 0 };

	if (strncmp(text, PIN_PREFIX, skip) == 0) {
		rest.len = strlen(text) - skip;
		if (att_base64_decode(rest, &raw, NULL) == 0 &&
		    raw.len == PIN_SIZE)
			return 0;
	}
	return att_err_set(err, ATT_E_FORMAT, "must be " PIN_PREFIX
	    " and base64 of the SHA-256 of a key");
}

int
att_rule_bank(const char *text, struct att_err *err)
{
	uint16_t alg = att_alg_by_name(text);

	if (alg == 0 || alg == ATT_ALG_SHA1)
		return att_err_set(err, ATT_E_FORMAT,
		    "must name PCR banks: sha256, sha384, sha512 or sm3");
	return 0;
}

int
att_rule_path(const char *text, struct att_err *err)
{
	return text[0] == '/' ? 0 : att_err_set(err, ATT_E_FORMAT,
	    "must be absolute paths");
}

int
att_rule_library(const char *text, struct att_err *err)
{
	return text[0] == '/' || strchr(text, '/') == NULL ? 0 :
	    att_err_set(err, ATT_E_FORMAT,
		"must be an absolute path, or a name");
}

int
att_rule_service(const char *text, struct att_err *err)
{
	size_t n = strlen(text), suffix = strlen(SERVICE);

	/* a leading dash would be an option of systemctl */
	if (n <= suffix || n > UNIT_NAME_MAX || text[0] == '-' ||
	    strspn(text, ALNUM ":_.\\@-") != n ||
	    strcmp(text + n - suffix, SERVICE) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be the name of a service, such as kubelet.service");
	return 0;
}

int
att_rule_address(const char *text, struct att_err *err)
{
	uint8_t raw[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, text, raw) != 1 &&
	    inet_pton(AF_INET6, text, raw) != 1)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be a numeric IPv4 or IPv6 address");
	return 0;
}
