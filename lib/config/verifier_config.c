#include "config/verifier_config.h"

#include "config/rules.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MIB (1024 * 1024)

#define KEY(key, kind)                                                       \
	.name = #key, .type = ATT_CONFIG_##kind,                             \
	.offset = offsetof(struct att_verifier_config, key)

static const struct att_config_key keys[] = {
	{ KEY(listen_address, STRING), .min = 2, .max = 45,
	    .check = att_rule_address, .preset = "0.0.0.0",
	    .help = "The address to serve on; \"::\" is every one, IPv6 "
		    "too." },
	{ KEY(listen_port, INT), .min = 0, .max = 65535, .preset = "8881",
	    .help = "The port to serve on, registrar and verifier alike; 0 "
		    "is any free one." },
	{ KEY(tls_cert, PATH), .preset = "/etc/attestd/verifier.pem",
	    .help = "The server's certificate and its chain (PEM)." },
	{ KEY(tls_key, SECRET), .preset = "/etc/attestd/verifier.key",
	    .help = "Its private key (PEM, not enciphered)." },
	{ KEY(database, PATH),
	    .preset = "/var/lib/attest-verifier/verifier.db",
	    .help = "The SQLite database; it is made if it is not there." },
	{ KEY(ek_ca_dir, PATH), .preset = "/etc/attestd/ek-ca.d",
	    .help = "CA certificates of TPM makers, PEM or DER, one a file. "
		    "An EK certificate that chains to one of them enrols its "
		    "node." },
	{ KEY(require_ek_cert, BOOL), .preset = "true",
	    .help = "Refuse a node whose EK chains to no such CA, unless an "
		    "operator has admitted it. With false every TPM can "
		    "enrol, a software one too." },
	{ KEY(operator_token_file, SECRET),
	    .preset = "/etc/attestd/operator.token",
	    .help = "Holds the token that operators' requests must carry." },
	{ KEY(result_key_file, SECRET),
	    .preset = "/var/lib/attest-verifier/result.jwk",
	    .help = "Holds the key (JWK, P-256) that signs attestation "
		    "results; it is made if it is not there." },
	{ KEY(result_lifetime, DURATION), .min = 0, .max = 7 * DAY,
	    .preset = "0s",
	    .help = "How long a signed attestation result is valid: at least "
		    "two quote_intervals, so that a pass does not end before "
		    "its node comes again. A node that is lost can show its "
		    "last pass for so long. 0s: 5m, or two quote_intervals "
		    "where that is longer." },
	{ KEY(quote_interval, DURATION), .min = 1, .max = DAY, .preset = "1m",
	    .help = "Time between two attestations of a node. What is said of "
		    "it is good for two of them at most, so this is about how "
		    "long the verifier can be away before nodes lose a pass. A "
		    "changed value counts for a node from its next "
		    "attestation on." },
	{ KEY(stale_intervals, INT), .min = 2, .max = 1000, .preset = "5",
	    .help = "Intervals without evidence after which a node is "
		    "stale." },
	{ KEY(firmware_max_age, DURATION), .min = 60, .max = 365 * DAY,
	    .preset = "2d",
	    .help = "How long before its quote a node may have begun to "
		    "measure its firmware, by the clock of its TPM. Nodes "
		    "measure once in their firmware_interval." },
	{ KEY(firmware_known_required, BOOL), .preset = "false",
	    .help = "Ranges of flash that differ from machine to machine "
		    "must have been learnt of this node before: what is seen "
		    "for the first time does not count as its own." },
	{ KEY(spdm_max_age, DURATION), .min = 10, .max = 30 * DAY,
	    .preset = "2h",
	    .help = "How old the challenge may be that the devices of a node "
		    "answered. They are asked between two attestations, so "
		    "it is at least as old as one quote_interval." },
	{ KEY(session_challenge_lifetime, DURATION), .min = 5, .max = HOUR,
	    .preset = "1m",
	    .help = "How long a node may take to prove that it holds its "
		    "key." },
	{ KEY(token_lifetime, DURATION), .min = 10, .max = DAY,
	    .preset = "3m",
	    .help = "How long its token is then valid, and again after each "
		    "attestation that passes." },
	{ KEY(challenge_lifetime, DURATION), .min = 5, .max = HOUR,
	    .preset = "5m",
	    .help = "How long a node may take from challenge to evidence." },
	{ KEY(quote_banks, LIST), .min = 1, .max = 4, .check = att_rule_bank,
	    .preset = "[sha256, sha384, sha512]",
	    .help = "PCR banks that count, best first: the first that a node "
		    "has is quoted." },
	{ KEY(quote_pcrs, PCRS), .preset = "0-9,11-15",
	    .help = "PCRs that every quote covers." },
	{ KEY(allow_incomplete, BOOL), .preset = "false",
	    .help = "Let a PCR pass whose value no log explains, if the "
		    "reference values list that very value. What was "
		    "measured into it is then not known, and proves "
		    "nothing else." },
	{ KEY(allow_guessed, BOOL), .preset = "false",
	    .help = "Let a PCR pass that fits if systemd measured its usual "
		    "words, although no log of it says so. Whoever extends "
		    "these words himself is then not noticed." },
	{ KEY(require_safe_clock, BOOL), .preset = "false",
	    .help = "Fail a node whose TPM lost power without a shutdown, "
		    "until its clock is safe again; with false this is a "
		    "warning." },
	{ KEY(max_body_size, SIZE), .min = 64 * 1024, .max = 256 * MIB,
	    .preset = "32M", .help = "The largest request that is read." },
	{ KEY(max_connections, INT), .min = 1, .max = 65536,
	    .preset = "1024", .help = "Connections at a time." },
	{ KEY(max_connections_per_address, INT), .min = 1, .max = 65536,
	    .preset = "256",
	    .help = "Connections from one address at a time." },
	{ KEY(idle_timeout, DURATION), .min = 1, .max = HOUR,
	    .preset = "2m",
	    .help = "A connection on which nothing comes is closed after "
		    "this." },
	{ KEY(request_timeout, DURATION), .min = 1, .max = HOUR,
	    .preset = "1m",
	    .help = "How long one request may take to arrive." },
	{ KEY(sessions_per_minute, INT), .min = 1, .max = 1000000,
	    .preset = "600",
	    .help = "Sessions that one address may open each minute." },
	{ KEY(attempts_per_minute, INT), .min = 1, .max = 1000000,
	    .preset = "60",
	    .help = "Attempts of one node each minute that come to nothing: "
		    "offers that no evidence follows, and evidence that does "
		    "not fit what was asked for." },
	{ KEY(max_nodes, INT), .min = 1, .max = 10000000,
	    .preset = "100000", .help = "Nodes that can be enrolled." },
	{ KEY(threads, INT), .min = 0, .max = 256, .preset = "0",
	    .help = "Threads that serve; 0 is one for each processor." },
	{ KEY(log_level, ENUM), .names = att_rule_log_levels,
	    .preset = "info",
	    .help = "The least severe messages that are logged." },
};

/* What one key alone cannot show to be wrong. */
static int
check(const void *config, struct att_err *err)
{
	const struct att_verifier_config *c = config;

	if (c->max_connections_per_address > c->max_connections)
		return att_err_set(err, ATT_E_FORMAT,
		    "max_connections_per_address: must be at most "
		    "max_connections");
	if (c->result_lifetime != 0 &&
	    c->result_lifetime < 2 * c->quote_interval)
		return att_err_set(err, ATT_E_FORMAT,
		    "result_lifetime: must be at least twice quote_interval, "
		    "or passes end before their nodes come again");
	return 0;
}

const struct att_config_schema att_verifier_schema = {
	.title = "attest-verifier.yaml - configuration of attest-verifier. "
		 "Every key stands here, commented out, with its default. "
		 "Files attest-verifier.yaml.d/*.yaml are read after this "
		 "one, in order of their names, and win key by key.",
	.keys = keys,
	.count = ATT_COUNT(keys),
	.size = sizeof(struct att_verifier_config),
	.check = check,
};

int
att_verifier_config_load(const char *path, struct att_verifier_config *ret,
    struct att_err *err)
{
	return att_config_load(&att_verifier_schema, path, ret, err);
}

int
att_verifier_config_parse(const char *name, struct att_slice text,
    struct att_verifier_config *ret, struct att_err *err)
{
	return att_config_parse(&att_verifier_schema, name, text, ret, err);
}

void
att_verifier_config_done(struct att_verifier_config *c)
{
	att_config_done(&att_verifier_schema, c);
	*c = (struct att_verifier_config){ 0 };
}
