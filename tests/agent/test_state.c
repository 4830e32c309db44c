#include "testlib.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/challenges.h"
#include "agent/state.h"
#include "base/file.h"

static char dir[] = "/tmp/att-state-XXXXXX";

static void
setup(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	ck_assert(mkdtemp(dir) != NULL);
}

static void
teardown(void)
{
	static const char *const names[] = { "lock", "attestd.lock", "x",
		"x.bad" };

	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		AUTO(free) char *p = att_path_join(dir, names[i]);

		(void)unlink(p);
	}
	ck_assert(rmdir(dir) == 0);
}

START_TEST(one_process_at_a_time)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	struct att_state *other = NULL;
	pid_t pid;
	int status;

	ok(att_state_open(dir, 0, &s, err));
	fails(att_state_open(dir, 60, &other, err), ATT_E_BUSY, dir);
	/* a process that dies gives its lock back */
	att_state_close(take(&s));
	pid = forked();
	if (pid == 0)
		_exit(att_state_open(dir, 0, &other, NULL) == 0 ? 0 : 1);
	ck_assert(waitpid(pid, &status, 0) == pid && status == 0);
	ok(att_state_open(dir, 0, &s, err));
}
END_TEST

START_TEST(one_that_stays_beside_those_who_work)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	AUTO_DONE(att_fd_done) int fd = -1;
	int other = -7;

	ok(att_state_stay(dir, &fd, err));
	fails(att_state_stay(dir, &other, err), ATT_E_BUSY, dir);
	ck_assert_int_eq(other, -7);
	ok(att_state_open(dir, 0, &s, err));
	att_fd_done(&fd);
	ok(att_state_stay(dir, &fd, err));
	fails(att_state_stay("/nowhere/x", &other, err), ATT_E_SYS,
	    "/nowhere/x");
}
END_TEST

START_TEST(files_come_and_go)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9);

	ok(att_state_open(dir, 0, &s, err));
	fails(att_state_read(s, "x", &b, err), ATT_E_NOT_FOUND, "/x");
	ok(att_state_write(s, "x", S("1"), err));
	ok(att_state_read(s, "x", &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "1"));
	ok(att_state_set_aside(s, "x", err));
	fails(att_state_read(s, "x", &b, err), ATT_E_NOT_FOUND, "/x");
	ok(att_state_read(s, "x.bad", &b, err));
}
END_TEST

/* Root reads them, too, and waits for nobody who can make a pipe there. */
START_TEST(through_no_link_and_from_no_pipe)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16);
	AUTO(free) char *x = att_path_join(dir, "x");
	AUTO(free) char *bad = att_path_join(dir, "x.bad");

	ok(att_state_open(dir, 0, &s, err));
	ok(att_state_write(s, "x.bad", S("one"), err));
	ck_assert(symlink(bad, x) == 0);
	fails(att_state_read(s, "x", &b, err), ATT_E_DENIED, "a link");
	ck_assert(unlink(x) == 0 && mkfifo(x, 0600) == 0);
	fails(att_state_read(s, "x", &b, err), ATT_E_DENIED,
	    "not a regular file");
	ck_assert(b.len == 0 && unlink(x) == 0 && rename(bad, x) == 0);
	ok(att_state_read(s, "x", &b, err));
}
END_TEST

START_TEST(half_written_files_go_and_others_stay)
{
	static const char *const names[] = { "challenges.new-abcdef",
		"firmware.json.new-aB3dEf", "ak.bad", "ak.backup" };
	const struct timespec old[2] = { { .tv_sec = 1000 },
		{ .tv_sec = 1000 } };
	AUTO(att_state_close) struct att_state *s = NULL;

	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		AUTO(free) char *p = att_path_join(dir, names[i]);

		ok(att_file_write(p, S("half"), 0600, err));
		ck_assert(utimensat(AT_FDCWD, p, old, 0) == 0);
	}
	ok(att_state_open(dir, 0, &s, err));
	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		AUTO(free) char *p = att_path_join(dir, names[i]);

		ck_assert_int_eq(unlink(p), i < 2 ? -1 : 0);
	}
}
END_TEST

START_TEST(a_directory_of_everybody_is_refused)
{
	struct att_state *s = NULL;

	ck_assert(chmod(dir, 0777) == 0);
	fails(att_state_open(dir, 0, &s, err), ATT_E_DENIED, "0777");
	fails(att_state_open("/dev/null", 0, &s, err), ATT_E_SYS,
	    "/dev/null");
	fails(att_state_open("/nowhere/x", 0, &s, err), ATT_E_SYS,
	    "/nowhere/x");
}
END_TEST

static struct att_slice
numbered(unsigned n, uint8_t bytes[static 16])
{
	for (size_t i = 0; i < 16; i++)
		bytes[i] = (uint8_t)(n >> (8 * (i % 2)) ^ i);
	return (struct att_slice){ bytes, 16 };
}

/* K11 of the attack cases. */
START_TEST(k11_repeated_challenges_are_refused)
{
	struct att_challenges c = { 0 };
	uint8_t raw[16];

	for (unsigned n = 0; n < ATT_CHALLENGES_MAX + 3; n++)
		ok(att_challenges_take(&c, numbered(n, raw), err));
	fails(att_challenges_take(&c, numbered(3, raw), err), ATT_E_DENIED,
	    "used before");
	/* these three made room */
	ok(att_challenges_take(&c, numbered(2, raw), err));
	ck_assert(c.count == ATT_CHALLENGES_MAX && c.next == 4);
}
END_TEST

START_TEST(k15_unusable_challenges_are_refused)
{
	struct att_challenges c = { 0 };
	uint8_t raw[65];

	for (size_t i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)i;
	fails(att_challenges_take(&c, (struct att_slice){ raw, 0 }, err),
	    ATT_E_FORMAT, "16 to 64");
	fails(att_challenges_take(&c, (struct att_slice){ raw, 15 }, err),
	    ATT_E_FORMAT, "16 to 64");
	fails(att_challenges_take(&c, (struct att_slice){ raw, 65 }, err),
	    ATT_E_FORMAT, "16 to 64");
	ok(att_challenges_take(&c, (struct att_slice){ raw, 64 }, err));
	memset(raw, 7, 16);
	fails(att_challenges_take(&c, (struct att_slice){ raw, 16 }, err),
	    ATT_E_FORMAT, "repeated");
	ck_assert(c.count == 1);
}
END_TEST

START_TEST(the_ring_survives_as_a_file)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
	struct att_challenges c = { 0 }, back;
	uint8_t raw[16];

	for (unsigned n = 0; n < 3; n++)
		ok(att_challenges_take(&c, numbered(n, raw), err));
	att_challenges_encode(&c, &b);
	ok(att_challenges_parse(att_buf_view(&b), &back, err));
	ck_assert(memcmp(&c, &back, sizeof(c)) == 0);
	for (size_t n = 0; n < b.len; n++)
		ck_assert(att_challenges_parse(
			      (struct att_slice){ b.data, n }, &back,
			      NULL) < 0);
	for (size_t bit = 0; bit < 12 * 8; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert(att_challenges_parse(att_buf_view(&b), &back,
			      NULL) < 0);
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	att_buf_u8(&b, 0);
	fails(att_challenges_parse(att_buf_view(&b), &back, err),
	    ATT_E_TRAILING, "1 bytes");
}
END_TEST

/* -- root, on what is somebody's ------------------------------------------- */

#define SOMEBODY 65534u

static uid_t
owner_of(const char *name)
{
	AUTO(free) char *path = att_path_join(dir, name);
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, st.st_gid);
	return st.st_uid;
}

static bool
is_root(void)
{
	if (geteuid() != 0)
		(void)fprintf(stderr, "skipped: not root\n");
	return geteuid() == 0;
}

/* What root leaves is the user's, who goes on with it. */
START_TEST(root_leaves_nothing_of_his)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	AUTO_DONE(att_fd_done) int fd = -1;
	AUTO(free) char *other = att_path_join(dir, "x.bad");
	pid_t pid;
	int status;

	if (!is_root())
		return;
	ck_assert_int_eq(chown(dir, SOMEBODY, SOMEBODY), 0);
	ok(att_state_open(dir, 0, &s, err));
	ok(att_state_stay(dir, &fd, err));
	ok(att_state_write(s, "x", S("1"), err));
	ck_assert_uint_eq(owner_of("lock"), SOMEBODY);
	ck_assert_uint_eq(owner_of("attestd.lock"), SOMEBODY);
	ck_assert_uint_eq(owner_of("x"), SOMEBODY);
	/* a file that a person names is his who writes */
	ok(att_file_put(other, S("1"), 0600, err));
	ck_assert_uint_eq(owner_of("x.bad"), 0);
	att_state_close(take(&s));
	pid = forked();
	if (pid == 0)
		_exit(setgid(SOMEBODY) == 0 && setuid(SOMEBODY) == 0 &&
			    att_state_open(dir, 0, &s, NULL) == 0 &&
			    att_state_write(s, "x", S("2"), NULL) == 0 ?
		    0 : 1);
	ck_assert(waitpid(pid, &status, 0) == pid && status == 0);
}
END_TEST

/* He who owns the directory gets no file of root's by a name for it. */
START_TEST(root_gives_nothing_else_away)
{
	AUTO(free) char *lock = att_path_join(dir, "lock");
	AUTO(free) char *x = att_path_join(dir, "x");
	char mine[] = "/tmp/att-root-XXXXXX";
	struct att_state *s = NULL;
	struct stat st;
	int fd;

	if (!is_root())
		return;
	ck_assert_int_ge(fd = mkstemp(mine), 0);
	ck_assert_int_eq(write(fd, "secret", 6), 6);
	(void)close(fd);
	ck_assert_int_eq(chown(dir, SOMEBODY, SOMEBODY), 0);
	/* as another name: it locks, and is left as it is */
	ck_assert_int_eq(link(mine, lock), 0);
	ck_assert_int_eq(link(mine, x), 0);
	ok(att_state_open(dir, 0, &s, err));
	ok(att_state_write(s, "x", S("1"), err));
	att_state_close(s);
	ck_assert_int_eq(stat(mine, &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_int_eq(st.st_size, 6);
	ck_assert_uint_eq(owner_of("lock"), 0);
	ck_assert_uint_eq(owner_of("x"), SOMEBODY);
	/* as a link: refused */
	ck_assert_int_eq(unlink(lock), 0);
	ck_assert_int_eq(symlink(mine, lock), 0);
	fails(att_state_open(dir, 0, &s, err), ATT_E_SYS, "lock");
	ck_assert_int_eq(unlink(x), 0);
	ck_assert_int_eq(symlink(mine, x), 0);
	fails(att_file_write(x, S("1"), 0600, err), ATT_E_DENIED, "regular");
	ck_assert_int_eq(stat(mine, &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_int_eq(st.st_size, 6);
	(void)unlink(mine);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("state");
	TCase *t = tcase_create("state");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, one_process_at_a_time);
	tcase_add_test(t, one_that_stays_beside_those_who_work);
	tcase_add_test(t, files_come_and_go);
	tcase_add_test(t, through_no_link_and_from_no_pipe);
	tcase_add_test(t, half_written_files_go_and_others_stay);
	tcase_add_test(t, a_directory_of_everybody_is_refused);
	tcase_add_test(t, k11_repeated_challenges_are_refused);
	tcase_add_test(t, k15_unusable_challenges_are_refused);
	tcase_add_test(t, the_ring_survives_as_a_file);
	tcase_add_test(t, root_leaves_nothing_of_his);
	tcase_add_test(t, root_gives_nothing_else_away);
	suite_add_tcase(s, t);
	return run_suite(s);
}
