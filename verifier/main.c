/*
 * attest-verifier: enrols nodes, asks them for evidence, judges it and signs
 * what it found.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "base/file.h"
#include "base/log.h"
#include "verifier/api.h"

/* Exit statuses; attest-verifier(8) promises them. */
enum status {
	STATUS_GOOD = 0,
	STATUS_USAGE = 2,
	STATUS_INPUT = 3,
	STATUS_SYSTEM = 4,
	/*
	 * --configured alone. Not 1: what a unit calls a success
	 * (SuccessExitStatus=) is one for its ExecCondition=, too.
	 */
	STATUS_NOT_YET = 5,
	STATUS_BROKEN = 255,
};

enum job {
	JOB_SERVE,
	JOB_CHECK,		/* --check-config */
	JOB_CONFIGURED,		/* --configured */
};

#define SWEEP_INTERVAL 60	/* seconds */
#define PEM_MAX ((size_t)1 << 20)	/* bytes of certificate or key */
#define SERVE_THREADS_MAX 256

static int
usage(FILE *to, int status)
{
	(void)fputs("usage: attest-verifier [-c FILE] "
		    "[--check-config | --configured]\n"
		    "       attest-verifier --help | --version\n", to);
	return status;
}

static int
report(const char *what, const struct att_err *err)
{
	(void)att_log_err(ATT_LOG_ERR, what, err);
	return att_code_blames_input(err->code) ? STATUS_INPUT : STATUS_SYSTEM;
}

/* A PEM file as a string; wiped by its owner. */
static int
read_pem(const char *path, bool secret, struct att_buf *ret,
    struct att_err *err)
{
	int r;

	*ret = ATT_BUF(PEM_MAX);
	if ((r = (secret ? att_file_read_secret : att_file_read)(path, ret,
		 err)) < 0)
		return r;
	att_buf_u8(ret, 0);
	return att_buf_ok(ret, path, err);
}

static unsigned
thread_count(const struct att_verifier_config *c)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->threads != 0)
		return (unsigned)c->threads;
	return cpus < 1 ? 1 : (unsigned)ATT_MIN(cpus, SERVE_THREADS_MAX);
}

static int
serve(struct att_verifier *v, const struct att_verifier_config *c,
    struct att_server **ret, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf cert = { 0 };
	AUTO_DONE(att_buf_wipe) struct att_buf key = { 0 };
	struct att_server_options opt = { .address = c->listen_address,
		.port = (uint16_t)c->listen_port,
		.threads = thread_count(c),
		.connections = (unsigned)c->max_connections,
		.connections_per_address =
		    (unsigned)c->max_connections_per_address,
		.idle_timeout = (unsigned)c->idle_timeout,
		.request_timeout = (unsigned)c->request_timeout,
		.body_max = (size_t)c->max_body_size };
	int r;

	if ((r = read_pem(c->tls_cert, false, &cert, err)) < 0 ||
	    (r = read_pem(c->tls_key, true, &key, err)) < 0)
		return r;
	opt.tls_cert = (const char *)cert.data;
	opt.tls_key = (const char *)key.data;
	return att_server_start(&opt,
	    (struct att_server_handler){ .handle = att_api_handle,
		.body_max = att_api_body_max, .ctx = v }, ret, err);
}

/* Blocked before any thread is made, so that the loop below gets them. */
static void
block_signals(sigset_t *ret)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(ret);
	(void)sigaddset(ret, SIGTERM);
	(void)sigaddset(ret, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, ret, NULL);
}

/* Sweeps now and then, until it is told to end. */
static void
wait_for_end(struct att_verifier *v, const sigset_t *signals)
{
	const struct timespec period = { .tv_sec = SWEEP_INTERVAL };
	struct att_err err = { 0 };

	while (sigtimedwait(signals, NULL, &period) < 0)
		if (errno == EAGAIN &&
		    att_store_sweep(v->store, (int64_t)time(NULL), &err) < 0)
			(void)att_log_err(ATT_LOG_ERR, "sweep", &err);
}

static int
run(const struct att_verifier_config *c)
{
	AUTO(att_verifier_free) struct att_verifier *v = NULL;
	AUTO(att_server_stop) struct att_server *s = NULL;
	struct att_err err = { 0 };
	sigset_t signals;

	block_signals(&signals);
	if (att_verifier_new(c, &v, &err) < 0)
		return report("start", &err);
	if (serve(v, c, &s, &err) < 0)
		return report("server", &err);
	att_log(ATT_LOG_NOTICE, "serving on %s port %u", c->listen_address,
	    (unsigned)att_server_port(s));
	(void)sd_notify(0, "READY=1");
	wait_for_end(v, &signals);
	(void)sd_notify(0, "STOPPING=1");
	att_log(ATT_LOG_NOTICE, "told to end");
	return STATUS_GOOD;
}

/*
 * Whether anybody has set this up: no verifier serves without a certificate,
 * and none comes with the package.
 */
static int
configured(const struct att_verifier_config *c)
{
	if (access(c->tls_cert, F_OK) < 0 &&
	    (errno == ENOENT || errno == ENOTDIR)) {
		att_log(ATT_LOG_INFO, "not configured yet: no %s",
		    c->tls_cert);
		return STATUS_NOT_YET;
	}
	return STATUS_GOOD;
}

static int
start(const char *path, enum job job)
{
	AUTO_DONE(att_verifier_config_done)
	struct att_verifier_config config = { 0 };
	struct att_err err = { 0 };

	if (att_verifier_config_load(path, &config, &err) < 0) {
		int status = report("configuration", &err);

		if (job != JOB_CONFIGURED)
			return status;
		return err.code == ATT_E_NOT_FOUND ? STATUS_NOT_YET :
						     STATUS_BROKEN;
	}
	if (job == JOB_CONFIGURED)
		return configured(&config);
	if (job == JOB_CHECK)
		return att_verifier_check(&config) == 0 ? STATUS_GOOD :
							  STATUS_INPUT;
	att_log_open("attest-verifier",
	    (enum att_log_level)(ATT_LOG_ERR + config.log_level));
	return run(&config);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 'k' },
		{ "configured", no_argument, NULL, 'C' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const char *config = ATT_VERIFIER_CONFIG_PATH;
	enum job job = JOB_SERVE;
	int c;

	att_log_open("attest-verifier", ATT_LOG_INFO);
	while ((c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			config = optarg;
			break;
		case 'k':
			job = JOB_CHECK;
			break;
		case 'C':
			job = JOB_CONFIGURED;
			break;
		case 'h':
			return usage(stdout, STATUS_GOOD);
		case 'V':
			(void)puts("attest-verifier " ATT_VERSION);
			return STATUS_GOOD;
		default:
			return usage(stderr, STATUS_USAGE);
		}
	}
	if (optind != argc)
		return usage(stderr, STATUS_USAGE);
	(void)umask(077);
	return start(config, job);
}
