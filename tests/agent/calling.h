/* What tests share that call attestd, by the local interface. */
#ifndef ATT_TESTS_AGENT_CALLING_H
#define ATT_TESTS_AGENT_CALLING_H

#include "tests/agent/program.h"

#include <poll.h>

#include "agent/io_attestd.h"
#include "varlink/client.h"

#define CALL_MS 60000u
#define SOCKET "run/" ATT_LOCAL_SOCKET

/* -- calling -------------------------------------------------------------- */

static inline ATT_UNUSED struct att_varlink_client *
dial(const char *name)
{
	AUTO(free) char *path = in_node(name);
	struct att_varlink_client *c = NULL;
	uint64_t end = att_steady_now() + PATIENCE_MS;
	struct att_err e = { 0 };

	/* it may be about to make it */
	while (att_varlink_connect(path, 1000, &c, &e) < 0) {
		ck_assert_msg(att_steady_now() < end, "%s", e.text);
		(void)usleep(10000);
	}
	return c;
}

/* The reply is the caller's. */
static inline ATT_UNUSED struct att_varlink_reply
call_on(struct att_varlink_client *c, const char *method, json_t *parameters)
{
	AUTO(att_json_decref) json_t *p = parameters;
	struct att_varlink_reply r = { 0 };

	ok(att_varlink_call(c, method, p, CALL_MS, &r, err));
	return r;
}

/* One on a connection of its own. */
static inline ATT_UNUSED struct att_varlink_reply
call(const char *method, json_t *parameters)
{
	AUTO(att_varlink_client_free) struct att_varlink_client *c =
	    dial(SOCKET);

	return call_on(c, method, parameters);
}

/* A call that must be refused so. */
static inline ATT_UNUSED void
refused_on(struct att_varlink_client *c, const char *method,
    json_t *parameters, const char *error, const char *word)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
	    call_on(c, method, parameters);
	AUTO(free) char *text = json_dumps(r.parameters, 0);

	ck_assert_msg(r.error != NULL, "%s", text);
	ck_assert_str_eq(r.error, error);
	ck_assert_msg(strstr(text, word) != NULL, "%s", text);
}

static inline ATT_UNUSED void
refused(const char *method, json_t *parameters, const char *error,
    const char *word)
{
	AUTO(att_varlink_client_free) struct att_varlink_client *c =
	    dial(SOCKET);

	refused_on(c, method, parameters, error, word);
}

/* Attest; its verdict has this status and this outcome. */
static inline ATT_UNUSED void
attest_gives(json_t *parameters, const char *status, const char *outcome)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
	    call(ATT_LOCAL_ATTEST, parameters);
	const char *got_status = NULL, *got_outcome = NULL;
	AUTO(free) char *text = json_dumps(r.parameters, 0);

	ck_assert_msg(r.error == NULL, "%s: %s", r.error, text);
	ck_assert(json_unpack(r.parameters, "{s:{s:s,s:{s:s}}}", "verdict",
	    "status", &got_status, "attempt", "outcome", &got_outcome) == 0);
	ck_assert_str_eq(got_status, status);
	ck_assert_str_eq(got_outcome, outcome);
}

static inline ATT_UNUSED json_t *
aged(int64_t seconds)
{
	return json_pack("{s:I}", "max_age", (json_int_t)seconds);
}

static inline ATT_UNUSED unsigned
evidences(void)
{
	return fake.seen[ATT_STEP_EVIDENCE];
}

static inline ATT_UNUSED void
end_it(pid_t pid)
{
	ck_assert_int_eq(ended_by(pid, SIGTERM), 0);
}

/* More keys, which win. */
static inline ATT_UNUSED void
set_keys(const char *text)
{
	AUTO(free) char *dropins = in_node("attestd.yaml.d");

	(void)mkdir(dropins, 0700);
	node_put("attestd.yaml.d/keys.yaml", S(text));
}

/* Attests only when it is asked to. */
static inline ATT_UNUSED pid_t
launch_quiet(void)
{
	AUTO(free) char *file = config_file();
	pid_t pid;

	set_keys("interval: 600s\n");
	fake.next = second.next = 600;
	pid = LAUNCH("-c", file);
	until_verdict(ATT_PASS);
	return pid;
}

/* -- firmware -------------------------------------------------------------- */

/* A chip of one MiB, and `more` keys. */
static inline ATT_UNUSED void
use_chip(const char *more)
{
	static char image[16 * 65536];
	AUTO(free) char *keys = NULL;

	memset(image, 0xff, sizeof(image));
	image[0] = 1;
	node_put("chip", (struct att_slice){ (uint8_t *)image,
	    sizeof(image) });
	ck_assert(asprintf(&keys, "interval: 600s\n"
	    "firmware_devices: [%s/chip]\nfirmware_spool: %s\n"
	    "firmware_duty: 100\n%s", node_dir, node_dir, more) > 0);
	set_keys(keys);
}

static inline ATT_UNUSED void
measure_firmware(void)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
	    call(ATT_LOCAL_MEASURE, NULL);

	ck_assert_msg(r.error == NULL, "%s", r.error);
}

static inline ATT_UNUSED void
until_evidences(unsigned n)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;

	while (evidences() < n) {
		ck_assert_msg(att_steady_now() < end, "%u", evidences());
		(void)usleep(20000);
	}
	ck_assert_uint_eq(evidences(), n);
}

/* -- many at once --------------------------------------------------------- */

static atomic_bool held;	/* the verifier answers no offer */

static inline ATT_UNUSED void
hold(struct fake *f, enum att_step step)
{
	while (step == ATT_STEP_OFFER && atomic_load(&held))
		(void)usleep(5000);
}

struct one {
	pthread_t thread;
	int64_t max_age;	/* 0: none */
};

static inline ATT_UNUSED void *
attest_one(void *arg)
{
	const struct one *o = arg;

	attest_gives(o->max_age > 0 ? aged(o->max_age) : NULL, "pass",
	    "accepted");
	return NULL;
}

static inline ATT_UNUSED void
begin_all(struct one *o, size_t n, int64_t max_age)
{
	for (size_t i = 0; i < n; i++) {
		o[i].max_age = max_age;
		ck_assert(pthread_create(&o[i].thread, NULL, attest_one,
		    &o[i]) == 0);
	}
}

static inline ATT_UNUSED void
join_all(struct one *o, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert(pthread_join(o[i].thread, NULL) == 0);
}

static inline ATT_UNUSED void
until_offered(unsigned n)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;

	while (fake.seen[ATT_STEP_OFFER] < n) {
		ck_assert_msg(att_steady_now() < end, "no offer");
		(void)usleep(5000);
	}
}

static inline ATT_UNUSED bool
is_busy(void)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r =
	    call(ATT_LOCAL_STATUS, NULL);

	return json_is_true(json_object_get(r.parameters, "busy"));
}

/* -- the service manager -------------------------------------------------- */

struct manager {
	int fd;
	struct att_buf heard;	/* each with '|' */
};

static inline ATT_UNUSED void
manager_start(struct manager *m)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	m->heard = ATT_BUF(1 << 20);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/notify", node_dir);
	ck_assert(bind(m->fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	ck_assert(setenv("NOTIFY_SOCKET", un.sun_path, 1) == 0);
}

static inline ATT_UNUSED void
manager_done(struct manager *m)
{
	close(m->fd);
	att_buf_done(&m->heard);
	(void)unsetenv("NOTIFY_SOCKET");
}

/* Until it hears this; it is forgotten with all before. */
static inline ATT_UNUSED void
hears(struct manager *m, const char *text)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;
	char message[4096];

	for (;;) {
		struct pollfd p = { .fd = m->fd, .events = POLLIN };
		ssize_t n;
		const char *at = m->heard.len == 0 ? NULL : memmem(
		    m->heard.data, m->heard.len, text, strlen(text));

		if (at != NULL)
			break;
		ck_assert_msg(att_steady_now() < end, "\"%s\" is not in "
		    "\"%.*s\"", text, (int)m->heard.len,
		    (char *)m->heard.data);
		if (poll(&p, 1, 100) <= 0)
			continue;
		n = recv(m->fd, message, sizeof(message), 0);
		ck_assert_int_gt(n, 0);
		att_buf_bytes(&m->heard, message, (size_t)n);
		att_buf_u8(&m->heard, '|');
	}
	att_buf_reset(&m->heard);
}

#endif
