/* attest-measure as a program, and attestd's side of it. */
#include "tests/agent/reading.h"

#include "agent/bmc.h"
#include "agent/boot.h"
#include "agent/collection.h"
#include "agent/components.h"
#include "agent/dmi.h"
#include "agent/doctor.h"
#include "agent/packet.h"
#include "evidence/posture.h"
#include "tests/fakesys.h"

static void
setup(void)
{
	measuring_node("", "");
	node_put("uefi", S("a boot log"));
	node_put("user", S("\x1e{}\n"));
	node_put("ima", S("10 aa ima-ng sha256:bb /x\n"));
}

static void
teardown(void)
{
	reader_stop();
	node_remove();
}

static struct fake
machine(void)
{
	struct fake f = { "" };

	snprintf(f.root, sizeof(f.root), "%s", node_dir);
	return f;
}

static void
log_is(enum att_logfile which, uint64_t from, const char *want)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	bool cut = true;

	ok(ask_log(which, from, &b, &cut, err));
	ck_assert_msg(att_slice_is(att_buf_view(&b), want), "%.*s",
	    (int)b.len, (const char *)b.data);
	ck_assert(!cut);
}

static void
log_fails(enum att_logfile which, uint64_t from, int code, const char *word)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	bool cut = false;

	fails(ask_log(which, from, &b, &cut, err), code, word);
	ck_assert_uint_eq(b.len, 0);
}

/* -- what it reads --------------------------------------------------------- */

START_TEST(logs)
{
	/* the same with it and without */
	for (int i = 0; i < 2; i++) {
		ck_assert(att_source_is_remote(&config) == (i == 1));
		log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
		log_is(ATT_LOGFILE_USERSPACE, 0, "\x1e{}\n");
		log_is(ATT_LOGFILE_IMA, 0, "10 aa ima-ng sha256:bb /x\n");
		log_is(ATT_LOGFILE_IMA, 6, "ima-ng sha256:bb /x\n");
		log_is(ATT_LOGFILE_IMA, 1000, "");
		log_is(ATT_LOGFILE_BOOT_ID, 0, BOOT "\n");
		if (i == 0)
			reader_start();
	}
}
END_TEST

/* It reads them itself: this process could not. */
START_TEST(without_rights)
{
	static const char *const files[] = { "uefi", "ima", "user" };

	ck_assert_int_eq(chmod(node_dir, 0755), 0);
	for (size_t i = 0; i < ATT_COUNT(files); i++) {
		AUTO(free) char *path = in_node(files[i]);

		ck_assert_int_eq(chmod(path, 0400), 0);
	}
	if (geteuid() != 0)
		return;
	reader_start();
	{
		AUTO(free) char *at = in_node("reader");

		ck_assert_int_eq(chmod(at, 0666), 0);
	}
	ck_assert_int_eq(seteuid(65534), 0);
	/* another user may connect here, and is sent away all the same */
	log_fails(ATT_LOGFILE_UEFI, 0, ATT_E_SHORT, "attest-measure");
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert(has_logged("user 65534, process "));
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
}
END_TEST

START_TEST(the_user_that_it_serves)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	AUTO(free) char *state = in_node("reader-state");

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(node_dir, 0755), 0);
	reader = LAUNCH("-c", file, "--socket", config.measure_socket,
	    "--state", state, "--root", node_dir, "--user", "daemon");
	until_it_listens();
	{
		AUTO(free) char *at = in_node("reader");
		AUTO(free) char *log = in_node("uefi");

		ck_assert_int_eq(chmod(at, 0666), 0);
		ck_assert_int_eq(chmod(log, 0400), 0);
	}
	ck_assert_int_eq(seteuid(1), 0);
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(what_cannot_be_read)
{
	AUTO(free) char *uefi = in_node("uefi");
	AUTO(free) char *user = in_node("user");
	struct fake f = machine();
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(64);
	bool cut = false;

	reader_start();
	ck_assert_int_eq(unlink(uefi), 0);
	log_fails(ATT_LOGFILE_UEFI, 0, ATT_E_NOT_FOUND, uefi);
	fake_unreadable(&f, "uefi");
	log_fails(ATT_LOGFILE_UEFI, 0, ATT_E_SYS, uefi);
	ck_assert_int_eq(unlink(uefi), 0);
	ck_assert_int_eq(mkdir(uefi, 0700), 0);
	log_fails(ATT_LOGFILE_UEFI, 0, ATT_E_SYS, "directory");
	fake_endless(&f, "ima");
	log_fails(ATT_LOGFILE_IMA, 0, ATT_E_LIMIT, "more than 33554432");
	log_fails(ATT_LOGFILE_IMA, 33554433, ATT_E_LIMIT, "33554432");
	log_fails(ATT_LOGFILE_IMA, UINT64_MAX, ATT_E_SHORT, "ended");
	/* a last append that was cut off */
	ck_assert_int_eq(chmod(user, 01600), 0);
	ok(ask_log(ATT_LOGFILE_USERSPACE, 0, &b, &cut, err));
	ck_assert(cut);
}
END_TEST

START_TEST(a_log_that_is_locked)
{
	AUTO(free) char *user = in_node("user");
	AUTO_DONE(att_fd_done) int fd = open(user, O_RDONLY | O_CLOEXEC);

	reader_start();
	ck_assert(fd >= 0 && flock(fd, LOCK_EX) == 0);
	log_fails(ATT_LOGFILE_USERSPACE, 0, ATT_E_BUSY, "locked by who");
	ck_assert_int_eq(flock(fd, LOCK_UN), 0);
	log_is(ATT_LOGFILE_USERSPACE, 0, "\x1e{}\n");
}
END_TEST

START_TEST(posture)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_POSTURE_MAX);
	AUTO(att_posture_free) struct att_posture *p = NULL;
	struct fake f = machine();
	const struct att_posture_claim *c;

	fake_put(&f, "sys/kernel/security/lockdown",
	    "none integrity [confidentiality]\n");
	reader_start();
	ok(ask_posture(&b, err));
	ok(att_posture_parse(att_buf_view(&b), &p, err));
	c = att_posture_find(p, "kernel.lockdown");
	ck_assert(c != NULL && c->result == ATT_POSTURE_OK);
	ck_assert_str_eq(json_string_value(c->value), "confidentiality");
}
END_TEST

START_TEST(hardware)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct fake f = machine();

	fake_put(&f, "sys/class/dmi/id/bios_version", "U46 v2.22\n");
	fake_put(&f, "sys/class/dmi/id/bios_vendor", "HPE\n");
	reader_start();
	ok(ask_hardware(&list, err));
	ck_assert_str_eq(att_component_version(att_components_find(&list,
	    "bios"), "bios", ATT_VERSION_RUNNING), "U46 v2.22");
	ck_assert_ptr_null(att_components_find(&list, "tpm"));
}
END_TEST

START_TEST(smbios)
{
	static const char one[] = "\x2a\x04\x01\x00\x00\x00";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_DMI_MAX);
	struct fake f = machine();
	struct att_slice s;
	struct att_cur c;

	reader_start();
	fails(ask_smbios(42, &b, err), ATT_E_NOT_FOUND, "dmi/entries");
	fake_write(&f, "sys/firmware/dmi/entries/42-0/raw",
	    (struct att_slice){ (const uint8_t *)one, 6 });
	fake_put(&f, "sys/firmware/dmi/entries/1-0/raw", "a serial number");
	ok(ask_smbios(42, &b, err));
	c = att_cur_of(att_buf_view(&b));
	ck_assert_int_eq(att_dmi_next(&c, &s, NULL), 1);
	ck_assert(s.len == 6 && memcmp(s.data, one, 6) == 0);
	ck_assert_int_eq(att_dmi_next(&c, &s, NULL), 0);
	fails(ask_smbios(1, &b, err), ATT_E_DENIED,
	    "type 1 is given to nobody");
}
END_TEST

/* -- as a program ---------------------------------------------------------- */

START_TEST(options_and_their_statuses)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	AUTO(free) char *bad = in_node("bad.yaml");
	AUTO(free) char *none = in_node("none.yaml");
	AUTO(free) char *socket = in_node("reader");
	AUTO(free) char *nowhere = in_node("no/such");
	char deep[256];

	node_put("bad.yaml", S("nonsense: 1\n"));
	ck_assert_int_eq(status_of(LAUNCH("--help")), 0);
	ck_assert_int_eq(status_of(LAUNCH("--version")), 0);
	ck_assert(has_logged("attest-measure " ATT_VERSION));
	ck_assert_int_eq(status_of(LAUNCH("--nonsense")), 2);
	ck_assert_int_eq(status_of(LAUNCH("more")), 2);
	ck_assert_int_eq(status_of(LAUNCH("--idle", "-1")), 2);
	ck_assert_int_eq(status_of(LAUNCH("--idle", "86401")), 2);
	ck_assert_int_eq(status_of(LAUNCH("-c", bad, "--socket", socket)),
	    3);
	ck_assert_int_eq(status_of(LAUNCH("-c", none, "--socket", socket)),
	    4);
	ck_assert_int_eq(status_of(LAUNCH("-c", file)), 4);
	ck_assert(has_logged("0 sockets were passed"));
	ck_assert_int_eq(status_of(LAUNCH("-c", file, "--socket", nowhere)),
	    4);
	ck_assert_int_eq(status_of(LAUNCH("-c", file, "--socket", socket,
	    "--user", "nobody-at-all")), 4);
	ck_assert(has_logged("no user nobody-at-all"));
	memset(deep, 'x', sizeof(deep) - 1);
	deep[0] = '/';
	deep[sizeof(deep) - 1] = '\0';
	ck_assert_int_eq(status_of(LAUNCH("-c", file, "--socket", deep)), 3);
}
END_TEST

/* One that was killed leaves its socket; one that lives keeps it. */
START_TEST(two_at_one_socket)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	AUTO(free) char *state = in_node("reader-state");
	uint64_t end;
	int fd;

	reader_start();
	ck_assert_int_eq(status_of(LAUNCH("-c", file, "--socket",
	    config.measure_socket, "--state", state)), 4);
	ck_assert(has_logged("another process takes connections there"));
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
	ck_assert_int_eq(kill(reader, SIGKILL), 0);
	ck_assert_int_eq(waitpid(reader, NULL, 0), reader);
	/* children that had just begun have it too, and end a moment later */
	for (end = att_steady_now() + PATIENCE_MS; (fd = knock()) >= 0;) {
		(void)close(fd);
		ck_assert_uint_lt(att_steady_now(), end);
	}
	reader_start();
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
}
END_TEST

START_TEST(leaves_when_idle)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	AUTO(free) char *state = in_node("reader-state");
	uint64_t began = att_steady_now();
	pid_t pid = LAUNCH("-c", file, "--socket", config.measure_socket,
	    "--state", state, "--root", node_dir, "--idle", "1");

	until_it_listens();
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
	ck_assert_int_eq(status_of(pid), 0);
	ck_assert_uint_ge(att_steady_now() - began, 1000);
	/* a socket where nobody is: nothing is read here instead */
	log_fails(ATT_LOGFILE_UEFI, 0, ATT_E_SYS, "attest-measure");
}
END_TEST

static pid_t
pass_socket(int listener, const char *file, const char *state)
{
	return launch_with(listener, (const char *const[]){ "-c", file,
	    "--state", state, "--idle", "1", NULL });
}

START_TEST(is_passed_its_socket)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	AUTO(free) char *state = in_node("reader-state");
	/* one of another type is none of its own, nor one that is deaf */
	int other = socket(AF_UNIX, SOCK_STREAM, 0);
	int deaf = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	int s;
	pid_t pid;

	ck_assert_int_eq(status_of(pass_socket(other, file, state)), 4);
	ck_assert_int_eq(status_of(pass_socket(deaf, file, state)), 4);
	s = make_listener();
	/* who comes before it is started waits, and is served */
	pid = pass_socket(s, file, state);
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
	ck_assert_int_eq(status_of(pid), 0);
	/* and the next one starts it again */
	pid = pass_socket(s, file, state);
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
	ck_assert_int_eq(status_of(pid), 0);
	(void)close(s);
	(void)close(deaf);
	(void)close(other);
}
END_TEST

/* All that it told the manager so far, each with a bar behind it. */
static char *
told(int fd)
{
	AUTO_DONE(att_buf_done) struct att_buf got = ATT_BUF(1 << 16);
	char text[1024];
	ssize_t n;

	while ((n = recv(fd, text, sizeof(text), MSG_DONTWAIT)) > 0) {
		att_buf_bytes(&got, text, (size_t)n);
		att_buf_u8(&got, '|');
	}
	return att_buf_take_str(&got);
}

START_TEST(systemd_is_told)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	AUTO(free) char *none = in_node("none.yaml");
	AUTO(free) char *first = NULL;
	AUTO(free) char *last = NULL;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/notify", node_dir);
	ck_assert(bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	ck_assert(setenv("NOTIFY_SOCKET", un.sun_path, 1) == 0);
	ck_assert_int_eq(status_of(LAUNCH("-c", none)), 4);
	first = told(fd);
	ck_assert_msg(strncmp(first, "STATUS=configuration: ", 22) == 0 &&
	    strstr(first, "none.yaml") != NULL, "%s", first);
	reader_start();
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
	reader_stop();
	last = told(fd);
	ck_assert_msg(strncmp(last, "READY=1|STATUS=0 of 6 connections",
	    33) == 0 && strstr(last, "STOPPING=1|") != NULL, "%s", last);
	(void)close(fd);
}
END_TEST

START_TEST(ends_when_asked)
{
	int fd;

	reader_start();
	/* with somebody who only holds a connection */
	ck_assert((fd = knock()) >= 0);
	ck_assert_int_eq(kill(reader, SIGTERM), 0);
	ck_assert_int_eq(status_of(reader), 0);
	reader = 0;
	(void)close(fd);
}
END_TEST

/* What it is built for is that it cannot do more. */
START_TEST(what_it_is_linked_with)
{
	static const char *const never[] = { "libcurl", "libtss2", "libjose",
		"libsqlite3", "libmicrohttpd" };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	char path[64];

	reader_start();
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)reader);
	ok(att_file_read(path, &b, err));
	ck_assert_ptr_nonnull(memmem(b.data, b.len, "libcrypto", 9));
	for (size_t i = 0; i < ATT_COUNT(never); i++)
		ck_assert_msg(memmem(b.data, b.len, never[i],
		    strlen(never[i])) == NULL, "%s", never[i]);
}
END_TEST

/* -- who is no client of it ------------------------------------------------ */

/* It ends the connection, and goes on serving others. */
static void
is_sent_away(int fd)
{
	uint8_t b[512];

	ck_assert_int_le(recv(fd, b, sizeof(b), 0), 0);
	(void)close(fd);
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
}

static void
put(int fd, const void *bytes, size_t len)
{
	ck_assert(send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len);
}

static void
ask(int fd, enum att_wire_code code)
{
	const struct att_wire_request q = { .code = code };
	struct att_source s = { .fd = fd };

	ok(att_source_send(&s, &q, att_steady_now() + 5000, err));
}

START_TEST(packets_that_are_none)
{
	static const uint8_t version[16] = { 2, 0, 1 }, code[16] = { 1, 0, 99 },
			     argument[16] = { 1, 0, 1, 0, 0, 0, 0, 0, 1 },
			     large[513] = { 1, 0, 1 };
	int fd;

	reader_start();
	put(fd = knock(), "?", 1);
	is_sent_away(fd);
	put(fd = knock(), version, sizeof(version));
	is_sent_away(fd);
	put(fd = knock(), code, sizeof(code));
	is_sent_away(fd);
	put(fd = knock(), argument, sizeof(argument));
	is_sent_away(fd);
	put(fd = knock(), large, sizeof(large));
	is_sent_away(fd);
	/* half closed */
	fd = knock();
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	is_sent_away(fd);
	/* a descriptor that nobody wants */
	fd = knock();
	ok(att_packet_send(fd, (struct att_slice){ version, 16 }, fd,
	    att_steady_now() + 5000, err));
	is_sent_away(fd);
	/* out of turn */
	ask(fd = knock(), ATT_WIRE_KEPT);
	is_sent_away(fd);
	ask(fd = knock(), ATT_WIRE_CLOCK);
	is_sent_away(fd);
	ck_assert(has_logged("kept out of turn"));
	ck_assert(has_logged("clock out of turn"));
}
END_TEST

START_TEST(one_after_the_other)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);
	struct att_wire_reply reply;

	reader_start();
	s.fd = knock();
	for (int i = 0; i < 3; i++) {
		att_buf_reset(&b);
		ask(s.fd, ATT_WIRE_BOOT_LOG);
		ok(att_source_receive(&s, att_steady_now() + 5000, &b,
		    &reply, err));
		ck_assert(att_slice_is(att_buf_view(&b), "a boot log"));
	}
}
END_TEST

/* Each answer can be as large as a log: they are not piled up. */
START_TEST(never_reads)
{
	int fd;

	reader_start();
	fd = knock();
	ask(fd, ATT_WIRE_BOOT_LOG);
	ask(fd, ATT_WIRE_BOOT_LOG);
	/* the first of them is answered */
	for (uint64_t end = att_steady_now() + PATIENCE_MS;
	     !has_logged("boot-log out of turn");) {
		ck_assert_msg(att_steady_now() < end, "it goes on");
		(void)usleep(10000);
	}
	(void)close(fd);
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
}
END_TEST

/* More than are served at a time, and all silent: others have to wait. */
START_TEST(crowd)
{
	int fd[9];

	reader_start();
	for (size_t i = 0; i < ATT_COUNT(fd); i++)
		ck_assert((fd[i] = knock()) >= 0);
	{
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		bool cut;

		/* 10 seconds are what a silent one has */
		ok(ask_log(ATT_LOGFILE_UEFI, 0, &b, &cut, err));
	}
	for (size_t i = 0; i < ATT_COUNT(fd); i++)
		(void)close(fd[i]);
}
END_TEST

/* Comes and goes as fast as it can. */
START_TEST(flood)
{
	reader_start();
	for (int i = 0; i < 500; i++) {
		int fd = knock();

		ck_assert_int_ge(fd, 0);
		if (i % 2 == 0)
			ask(fd, ATT_WIRE_BOOT_LOG);
		(void)close(fd);
	}
	log_is(ATT_LOGFILE_UEFI, 0, "a boot log");
}
END_TEST

/* -- started by who asks --------------------------------------------------- */

/* Its status with this as its connection, which it does not take. */
static int
connected_by(int fd)
{
	AUTO(free) char *file = in_node("attestd.yaml");

	return status_of(launch_connected(fd, (const char *const[]){
	    "--connected", "-c", file, NULL }));
}

START_TEST(no_connection)
{
	AUTO(free) char *file = in_node("attestd.yaml");
	int pair[2];

	ck_assert_int_eq(connected_by(STDIN_FILENO), 4);
	ck_assert(has_logged("descriptor 3 is no connection"));
	/* one that listens, and one that is a stream */
	ck_assert_int_eq(connected_by(make_listener()), 4);
	ck_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ==
	    0);
	ck_assert_int_eq(connected_by(pair[0]), 4);
	ck_assert_int_eq(status_of(LAUNCH("--connected", "--socket", "x",
	    "-c", file)), 2);
}
END_TEST

/* Nobody lends the rights of this process to another user, not even root. */
START_TEST(a_connection_of_somebody_else)
{
	int pair[2];

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(seteuid(65534), 0);
	ck_assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    pair) == 0);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(connected_by(pair[0]), 4);
	/* and root's is none for a user that may do less */
	ck_assert(chmod(node_dir, 0777) == 0 &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	{
		AUTO(free) char *file = in_node("attestd.yaml");
		AUTO(free) char *log = in_node("log");

		ck_assert(chmod(file, 0644) == 0 && chmod(log, 0666) == 0);
	}
	become_user = 65534;
	ck_assert_int_eq(connected_by(pair[0]), 4);
	become_user = 0;
}
END_TEST

static void
source_log_is(struct att_source *s, const char *want)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	bool cut;

	ok(att_source_log(s, ATT_LOGFILE_UEFI, 0, &b, &cut, err));
	ck_assert(att_slice_is(att_buf_view(&b), want));
}

/* One for all that is asked, and none once it is closed. */
START_TEST(one_for_a_round)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	pid_t first;
	bool cut;

	for (int i = 0; i < 2; i++) {
		source_log_is(&s, "a boot log");
		first = s.child.pid;
		ck_assert_int_gt(first, 0);
		source_log_is(&s, "a boot log");
		/* longer than a server has patience with somebody silent */
		if (i == 0)
			(void)sleep(11);
		source_log_is(&s, "a boot log");
		ck_assert_int_eq(s.child.pid, first);
		att_source_close(&s);
		ck_assert(kill(first, 0) < 0 && errno == ESRCH);
	}
	ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	/* one that dies is an error, and followed by another */
	source_log_is(&s, "a boot log");
	first = s.child.pid;
	ck_assert_int_eq(kill(first, SIGKILL), 0);
	fails(att_source_log(&s, ATT_LOGFILE_UEFI, 0, &b, &cut, err),
	    ATT_E_SHORT, "attest-measure: ");
	source_log_is(&s, "a boot log");
	ck_assert_int_ne(s.child.pid, first);
}
END_TEST

/* A starter that is killed takes it along, even one that it forgot. */
START_TEST(ends_with_its_starter)
{
	int pair[2], status;
	pid_t middle, pid = 0;

	ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
	middle = forked();
	if (middle == 0) {
		struct att_source s = ATT_SOURCE(&config);

		source_log_is(&s, "a boot log");
		(void)!write(pair[1], &s.child.pid, sizeof(pid));
		for (;;)
			(void)pause();
	}
	ck_assert_int_eq(read(pair[0], &pid, sizeof(pid)), sizeof(pid));
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	ck_assert(kill(middle, SIGKILL) == 0 && waitpid(middle, &status, 0) ==
	    middle);
	/* it was ours to bury, or is gone without */
	for (uint64_t end = att_steady_now() + PATIENCE_MS;
	     waitpid(pid, &status, WNOHANG) != pid && kill(pid, 0) == 0;) {
		ck_assert_msg(att_steady_now() < end, "it stays");
		(void)usleep(10000);
	}
}
END_TEST

/* What this process goes by counts, whatever the file says by now. */
START_TEST(has_the_configuration_in_use)
{
	node_put("attestd.yaml", S("nonsense"));
	free(config.uefi_log);
	config.uefi_log = in_node("it's another: #1");
	node_put("it's another: #1", S("another boot log"));
	log_is(ATT_LOGFILE_UEFI, 0, "another boot log");
	/* and one that is none is no answer */
	free(config.uefi_log);
	config.uefi_log = strdup("no path");
	log_fails(ATT_LOGFILE_BOOT_ID, 0, ATT_E_SHORT,
	    "attest-measure: the other side ended");
}
END_TEST

/* -- as evidence ----------------------------------------------------------- */

START_TEST(evidence)
{
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	struct fake f = machine();
	AUTO(free) char *ima = in_node("ima");

	reader_start();
	ck_assert_int_eq(unlink(ima), 0);
	fake_unreadable(&f, "user");
	ok(att_collection_read(&config, &c, err));
	ck_assert_str_eq(c.boot.id, BOOT);
	ck_assert(att_slice_is(c.evidence.item[ATT_ITEM_UEFI_LOG].bytes,
	    "a boot log"));
	ck_assert_int_eq(c.evidence.item[ATT_ITEM_IMA_LOG].state,
	    ATT_ITEM_ABSENT);
	ck_assert_int_eq(c.evidence.item[ATT_ITEM_USERSPACE_LOG].state,
	    ATT_ITEM_UNREADABLE);
	ck_assert_int_eq(c.evidence.item[ATT_ITEM_PLATFORM_POSTURE].state,
	    ATT_ITEM_PRESENT);
}
END_TEST

/* The kernel tells everybody; who is not shown that asks. */
START_TEST(the_boot)
{
	char id[ATT_BOOT_ID_LEN + 1];

	reader_start();
	free(config.boot_id);
	config.boot_id = in_node("not-shown");
	ok(att_boot_id_read(&config, id, err));
	ck_assert_str_eq(id, BOOT);
	node_put("boot_id", S("nonsense\n"));
	fails(att_boot_id_read(&config, id, err), ATT_E_FORMAT, "UUID");
	node_put("not-shown", S("5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d22\n"));
	ok(att_boot_id_read(&config, id, err));
	ck_assert_str_eq(id, "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d22");
}
END_TEST

static void
doctor_says(enum att_doctor_state state, const char *words)
{
	const struct att_doctor d = { .root = "", .config = &config };
	struct att_doctor_line l = { .advice = NULL };

	att_doctor_reader(&d, &l);
	ck_assert_msg(l.state == state && strstr(l.seen, words) != NULL,
	    "%s: %s", att_doctor_state_name(l.state), l.seen);
	ck_assert((state == ATT_DOCTOR_BAD) == (l.advice[0] != '\0'));
}

START_TEST(for_the_doctor)
{
	doctor_says(ATT_DOCTOR_GOOD, "so attestd starts it");
	reader_start();
	doctor_says(ATT_DOCTOR_GOOD, "answers");
	(void)kill(reader, SIGKILL);
	(void)status_of(reader);
	reader = 0;
	doctor_says(ATT_DOCTOR_BAD, "attest-measure: ");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attest-measure");
	TCase *t = tcase_create("reader");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, logs);
	tcase_add_test(t, without_rights);
	tcase_add_test(t, the_user_that_it_serves);
	tcase_add_test(t, what_cannot_be_read);
	tcase_add_test(t, a_log_that_is_locked);
	tcase_add_test(t, posture);
	tcase_add_test(t, hardware);
	tcase_add_test(t, smbios);
	tcase_add_test(t, options_and_their_statuses);
	tcase_add_test(t, two_at_one_socket);
	tcase_add_test(t, leaves_when_idle);
	tcase_add_test(t, is_passed_its_socket);
	tcase_add_test(t, systemd_is_told);
	tcase_add_test(t, ends_when_asked);
	tcase_add_test(t, what_it_is_linked_with);
	tcase_add_test(t, packets_that_are_none);
	tcase_add_test(t, one_after_the_other);
	tcase_add_test(t, never_reads);
	tcase_add_test(t, crowd);
	tcase_add_test(t, flood);
	tcase_add_test(t, no_connection);
	tcase_add_test(t, a_connection_of_somebody_else);
	tcase_add_test(t, one_for_a_round);
	tcase_add_test(t, ends_with_its_starter);
	tcase_add_test(t, has_the_configuration_in_use);
	tcase_add_test(t, evidence);
	tcase_add_test(t, the_boot);
	tcase_add_test(t, for_the_doctor);
	suite_add_tcase(s, t);
	return run_suite(s);
}
