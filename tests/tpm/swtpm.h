/*
 * A software TPM for one test: its own process, directory and sockets, made
 * from a state that swtpm_setup manufactured once for the program. Every
 * function ends the test on failure.
 */
#ifndef ATT_TESTS_TPM_SWTPM_H
#define ATT_TESTS_TPM_SWTPM_H

#include <sys/types.h>

#include "tpm/link.h"

struct swtpm {
	pid_t pid;
	char dir[64];
	char sock[80];		/* data; control at sock.ctrl */
	char tcti[96];		/* for att_tpm_open */
};

/*
 * An unchecked fixture of the test case: swtpm_setup with a CA of its own; RSA
 * 2048 (L-1) and P-384 (H-3) EKs, persistent, with certificates. Done once; all
 * is removed when the program ends.
 */
void swtpm_manufacture(void);
/* PEM of the CA: root, and the issuer of EK certificates. */
const char *swtpm_ca_root(void);
const char *swtpm_ca_issuer(void);

/* A TPM after reset, with the manufactured state; or as it left the factory. */
void swtpm_start(struct swtpm *s);
void swtpm_start_blank(struct swtpm *s);
/* With TPM2_Shutdown first, so that it does not count as a failed try. */
void swtpm_stop(struct swtpm *s);
void swtpm_reboot(struct swtpm *s);
/* SIGKILL, SIGSTOP, SIGCONT to this process only. */
void swtpm_signal(struct swtpm *s, int sig);

/*
 * Power cycle of a running swtpm (CMD_INIT on the control socket): the TPM
 * waits for TPM2_Startup then.
 */
void swtpm_init(struct swtpm *s);

/* A link for raw commands; caller frees. */
struct att_tpm_link *swtpm_link(const struct swtpm *s);
/* Transient objects and loaded sessions that the TPM holds. */
size_t swtpm_objects(const struct swtpm *s);
/* SHA-256 extend of PCR `pcr` with the digest of `text`. */
void swtpm_extend(const struct swtpm *s, uint32_t pcr, const char *text);
void swtpm_clear(const struct swtpm *s);
/* The auth value of endorsement or owner hierarchy, which was empty. */
void swtpm_set_auth(const struct swtpm *s, bool owner, const char *value);

#endif
