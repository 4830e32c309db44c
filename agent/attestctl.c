/* attestctl: asks attestd and the verifier, or works offline on files. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "agent/ctl.h"

static const struct att_ctl_command commands[] = {
	{ "attest",
	    "[-c FILE] [--direct] [--json]",
	    "One attestation of this node, now.",
	    att_ctl_attest },
	{ "doctor",
	    "[-c FILE] [--json] [--root DIR]",
	    "What this machine lacks to be a trustworthy node.",
	    att_ctl_doctor },
	{ "eventlog",
	    "replay [--ccel | --cel] [--json] [--userspace LOG] FILE\n"
	    "show [--ccel | --cel] [--json] FILE",
	    "Event logs: the registers they account for, what they say.",
	    att_ctl_eventlog },
	{ "evidence",
	    "[-c FILE] [--direct] [--nonce HEX] [--pcrs BANK:LIST] -o FILE\n"
	    "[-c FILE] [--direct] [--nonce HEX] [--pcrs BANK:LIST] --json",
	    "What this node can prove, as a file: quote and logs.",
	    att_ctl_evidence },
	{ "firmware",
	    "map [--files] [--hash ALG] [--json] [--layout openbmc] IMAGE\n"
	    "diff [--hash ALG] [--json] [--layout openbmc] IMAGE IMAGE\n"
	    "inventory [-c FILE] [--json]\n"
	    "measure [-c FILE] [--claims FILE] [--direct] [--duty PERCENT] "
	    "[--json] [--rate BYTES]\n"
	    "measure [--duty PERCENT] [--hash ALG] [--json] "
	    "[--layout openbmc] [--rate BYTES] DEVICE|IMAGE\n"
	    "pcr [--bank BANK] FILE...\n"
	    "show [-c FILE] [--json] [FILE]",
	    "Flash chips, by what a change means; versions of components.",
	    att_ctl_firmware },
	{ "follow",
	    "[-c FILE]",
	    "Makes targets, timers and gated units follow the verdict.",
	    att_ctl_follow },
	{ "gate",
	    "[-c FILE] [--max-age SECONDS] [--timeout SECONDS] [--unit NAME]\n"
	    "--cached [-c FILE]",
	    "May what waits for this node to be trusted start?",
	    att_ctl_gate },
	{ "ima",
	    "replay [--hash ALG] [--json] [--padded] FILE\n"
	    "show [--hash ALG] [--json] FILE",
	    "IMA lists: the registers they account for, their entries.",
	    att_ctl_ima },
	{ "node",
	    "list | waiting | keys | audit [ID] [--kind KIND] | show ID | "
	    "history ID | facts ID | evidence ID | result ID | delete ID "
	    "[--url URL] "
	    "[--ca FILE] [--token FILE] [-c FILE] [-o FILE] [--json]\n"
	    "devices ID [--accept COMPONENT | --forget COMPONENT] ...\n"
	    "firmware ID [--known | --relearn] ...\n"
	    "admit ID [--vendor TEXT] [--product TEXT] [--group TEXT] "
	    "[--ek HEX | --any-ek] ...",
	    "The nodes of a verifier, for its operator.",
	    att_ctl_node },
	{ "posture",
	    "check --reference FILE... [--group GROUP]... [--json] "
	    "[--product PRODUCT] [--root DIR] [--vendor VENDOR] [FILE]\n"
	    "show [--json] [--root DIR] [FILE]",
	    "How this machine is set up, and whether rules are kept.",
	    att_ctl_posture },
	{ "quote",
	    "[-c FILE] [--direct] [--nonce HEX] [--pcrs BANK:LIST] [-o FILE]\n"
	    "[-c FILE] [--direct] [--nonce HEX] [--pcrs BANK:LIST] --json",
	    "PCR values, signed by this node's TPM.",
	    att_ctl_quote },
	{ "reference",
	    "create --id ID [--version N] [--comment TEXT] [--vendor GLOB] "
	    "[--product GLOB] [--group NAME] [--valid-from TIME] "
	    "[--valid-until TIME] [--secure-boot required|any] [--pcrs LIST] "
	    "[--exact LIST] [--vary CLASS,...|none] [--ordered] [--bank BANK] "
	    "[-o FILE] EVIDENCE\n"
	    "diff [--bank BANK] [--pcrs LIST] [--json] [-o FILE] EVIDENCE "
	    "EVIDENCE\n"
	    "check FILE...\n"
	    "firmware create --id ID [--version N] [--comment TEXT] "
	    "[--vendor GLOB] [--product GLOB] [--group NAME] "
	    "[--valid-from TIME] [--valid-until TIME] [--chip NAME] "
	    "[--layout openbmc] [-o FILE] CLAIMS|IMAGE...\n"
	    "firmware check [--known FILE] [--vendor TEXT] [--product TEXT] "
	    "[--group NAME] [--at TIME] [--chip NAME] [--layout openbmc] "
	    "[--json] [-o FILE] VALUES... CLAIMS|IMAGE\n"
	    "import --id ID [--firmware N] [--kernel N] [--version N] "
	    "[--comment TEXT] [--vendor GLOB] [--product GLOB] "
	    "[--group NAME] [--valid-from TIME] [--valid-until TIME] "
	    "[-o FILE] FILE\n"
	    "put FILE | list | get ID | delete ID [--url URL] [--ca FILE] "
	    "[--token FILE] [-c FILE] [-o FILE] [--json]",
	    "Reference values: from a good node, between two, at a verifier.",
	    att_ctl_reference },
	{ "result",
	    "--keys FILE [--node ID] [--nonce HEX] [--json] FILE",
	    "Checks a signed attestation result.",
	    att_ctl_result },
	{ "runtime",
	    "check FILE...\n"
	    "import --id ID [--version N] [--list FILE] [-o FILE] FILE\n"
	    "put FILE | list | get ID | delete ID [--url URL] [--ca FILE] "
	    "[--token FILE] [-c FILE] [-o FILE] [--json]",
	    "Runtime policies: imported from Keylime, at a verifier.",
	    att_ctl_runtime },
	{ "spdm",
	    "check FILE...\n"
	    "create --id ID --component GLOB --root HEX ... [--version N] "
	    "[--vendor GLOB] [--product GLOB] [--group NAME] [-o FILE] "
	    "REPORT\n"
	    "show [--json] REPORT\n"
	    "verify --chain FILE --nonce HEX|--challenge HEX "
	    "[--component NAME] [--root HEX] [--reference FILE] ... "
	    "[--scheme NAME] [--hash ALG] [--issuer TEXT] [--serial HEX] "
	    "[--security-version N] [--vendor TEXT] [--product TEXT] "
	    "[--group NAME] [--at TIME] [--json] REPORT",
	    "What devices signed of their own firmware.",
	    att_ctl_spdm },
	{ "status",
	    "[-c FILE] [--json] [--keys FILE] [-v] [--watch]",
	    "What is proven about this node, when, and by whom.",
	    att_ctl_status },
	{ "verify",
	    "--reference FILE... --ak FILE|--trust-bundle-ak [--challenge HEX] "
	    "[--devices-challenge HEX] [--known FILE] [--runtime FILE...] "
	    "[--vendor TEXT] [--product TEXT] [--group NAME] [--pcrs LIST] "
	    "[--at TIME] [--max-age SECONDS] "
	    "[--allow-guessed] [--allow-incomplete] [--allow-sha1] "
	    "[--require-safe-clock] [--json] EVIDENCE",
	    "Appraises evidence without a verifier, by the same code.",
	    att_ctl_verify },
};

static int
usage(FILE *to, int status)
{
	(void)fputs("usage: attestctl COMMAND [ARGUMENT...]\n"
		    "       attestctl COMMAND --help\n"
		    "       attestctl --help | --version\n\n",
	    to);
	for (size_t i = 0; i < ATT_COUNT(commands); i++)
		(void)fprintf(to, "  %-10s %s\n", commands[i].name,
		    commands[i].summary);
	return status;
}

static int
run(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, ATT_CTL_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(stdout, ATT_CTL_GOOD);
	if (strcmp(argv[1], "--version") == 0 ||
	    strcmp(argv[1], "-V") == 0) {
		(void)puts("attestctl " ATT_VERSION);
		return ATT_CTL_GOOD;
	}
	for (size_t i = 0; i < ATT_COUNT(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(&commands[i], argc - 1,
			    argv + 1);
	att_ctl_note(argv[1], "no such command");
	return usage(stderr, ATT_CTL_USAGE);
}

/* A full disk is found out here at the latest. */
static int
close_output(int status)
{
	bool failed = ferror(stdout) != 0;

	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return status;
	att_ctl_note(NULL, "standard output: %s",
	    errno == 0 ? "cannot be written" : strerror(errno));
	return ATT_CTL_SYSTEM;
}

int
main(int argc, char **argv)
{
	return close_output(run(argc, argv));
}
