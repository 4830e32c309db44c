#include "testlib.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <systemd/sd-event.h>

#include "agent/door.h"
#include "agent/listener.h"
#include "base/file.h"
#include "base/log.h"
#include "varlink/client.h"


static char dir[] = "/tmp/att-listener-XXXXXX", path[64];

/* As attestd makes its own. */
static int
made(const char *at, int *ret, struct att_err *err)
{
	return att_door_bind(at, SOCK_STREAM, 0666, ATT_DOOR_NO_GROUP, ret,
	    err);
}

/* What a link leads to that comes in the place of a socket, or NULL. */
static const char *led_to;

/* As in libc, and then the owner of the directory has his way. */
int
bind(int fd, __CONST_SOCKADDR_ARG at, socklen_t len)
{
	long r = syscall(SYS_bind, fd, at.__sockaddr__, len);

	if (r == 0 && led_to != NULL) {
		const char *name = at.__sockaddr_un__->sun_path;

		ck_assert(unlink(name) == 0 && symlink(led_to, name) == 0);
	}
	return (int)r;
}

/* -- a service in a loop of its own thread --------------------------------- */

static struct {
	sd_event *event;
	struct att_listener *listener;
	struct att_varlink_call *kept[8];
	size_t count;
	unsigned gone;		/* calls that nobody waited for in the end */
	int stop;
	pthread_t thread;
} world;

static void
echo(struct att_varlink_call *c, void *arg)
{
	ck_assert_ptr_eq(arg, &world);
	att_varlink_call_reply(c, json_pack("{s:I,s:I,s:I}",
	    "uid", (json_int_t)att_varlink_call_peer(c)->uid,
	    "conns", (json_int_t)att_listener_conns(world.listener),
	    "gone", (json_int_t)world.gone));
}

/* The first of three replies; the others come from the loop, by `on`. */
static void
begin(struct att_varlink_call *c, uint64_t usec, sd_event_time_handler_t on)
{
	sd_event_source *timer = NULL;

	att_varlink_call_notify(c, json_pack("{s:i}", "n", 1));
	ck_assert_int_ge(sd_event_add_time_relative(world.event, &timer,
	    CLOCK_MONOTONIC, usec, 1, on, c), 0);
}

static int
finish(sd_event_source *source, struct att_varlink_call *c)
{
	(void)sd_event_source_unref(source);
	att_varlink_call_notify(c, json_pack("{s:i}", "n", 2));
	att_varlink_call_reply(c, json_pack("{s:i}", "n", 3));
	return 0;
}

static int
on_later(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)usec;
	return finish(source, arg);
}

static void
later(struct att_varlink_call *c, void *arg)
{
	(void)arg;
	begin(c, 50000, on_later);
}

/* Looks again until the caller has hung up. */
static int
on_kept(sd_event_source *source, uint64_t usec, void *arg)
{
	struct att_varlink_call *c = arg;

	(void)usec;
	if (!att_varlink_call_gone(c))
		return sd_event_source_set_time_relative(source, 5000) < 0 ?
		    -1 : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	world.gone++;
	return finish(source, c);
}

static void
keep(struct att_varlink_call *c, void *arg)
{
	(void)arg;
	begin(c, 5000, on_kept);
}

/* Answered when as many have come as there is room for. */
static void
together(struct att_varlink_call *c, void *arg)
{
	(void)arg;
	world.kept[world.count++] = c;
	if (world.count < ATT_COUNT(world.kept))
		return;
	while (world.count > 0)
		att_varlink_call_reply(world.kept[--world.count],
		    json_object());
}

static const struct att_varlink_method methods[] = {
	{ .name = "Echo", .run = echo },
	{ .name = "Keep", .run = keep },
	{ .name = "Later", .run = later },
	{ .name = "Together", .run = together },
};
static const struct att_varlink_interface interface = {
	.name = "io.test", .description = "interface io.test\n",
	.methods = methods, .method_count = ATT_COUNT(methods),
};
static const struct att_varlink_service service = {
	.vendor = "V", .product = "P", .version = "1", .url = "U",
	.interfaces = &interface, .interface_count = 1, .arg = &world,
};

static int
on_stop(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	(void)source, (void)fd, (void)events, (void)arg;
	return sd_event_exit(world.event, 0);
}

static void *
run(void *arg)
{
	(void)arg;
	ck_assert_int_eq(sd_event_loop(world.event), 0);
	return NULL;
}

static void
start(void)
{
	int fd = -1;

	memset(&world, 0, sizeof(world));
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	ck_assert_int_ge(sd_event_new(&world.event), 0);
	ok(made(path, &fd, err));
	ok(att_listener_new(world.event, fd, &service, &world.listener, err));
	world.stop = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(sd_event_add_io(world.event, NULL, world.stop,
	    EPOLLIN, on_stop, NULL), 0);
	ck_assert_int_eq(pthread_create(&world.thread, NULL, run, NULL), 0);
}

static void
stop(void)
{
	ck_assert_int_eq(eventfd_write(world.stop, 1), 0);
	ck_assert_int_eq(pthread_join(world.thread, NULL), 0);
	att_listener_free(world.listener);
	(void)sd_event_unref(world.event);
	(void)close(world.stop);
	(void)unlink(path);
	(void)rmdir(dir);
}

static struct att_varlink_client *
client(void)
{
	struct att_varlink_client *c = NULL;

	ok(att_varlink_connect(path, PATIENCE_MS, &c, err));
	return c;
}

static json_int_t
ask(struct att_varlink_client *c, const char *method, const char *member)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };

	ok(att_varlink_call(c, method, NULL, PATIENCE_MS, &r, err));
	ck_assert_ptr_null(r.error);
	return json_integer_value(json_object_get(r.parameters, member));
}

/* -- tests ----------------------------------------------------------------- */

START_TEST(callers_are_answered)
{
	AUTO(att_varlink_client_free) struct att_varlink_client *a = client();
	AUTO(att_varlink_client_free) struct att_varlink_client *b = client();

	ck_assert_int_eq(ask(a, "io.test.Echo", "uid"), geteuid());
	ck_assert_int_eq(ask(b, "io.test.Echo", "conns"), 2);
	ck_assert_int_eq(ask(a, "io.test.Later", "n"), 3);
	att_varlink_client_free(take(&b));
	/* which the loop sees by and by */
	while (ask(a, "io.test.Echo", "conns") != 1)
		;
}
END_TEST

static bool
next(void *arg, const json_t *parameters)
{
	int *n = arg;

	ck_assert_int_eq(json_integer_value(json_object_get(parameters, "n")),
	    ++*n);
	return true;
}

START_TEST(several_replies_come_when_they_are_made)
{
	AUTO(att_varlink_client_free) struct att_varlink_client *c = client();
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };
	int n = 0;

	ok(att_varlink_call_each(c, "io.test.Later", NULL, PATIENCE_MS,
	    PATIENCE_MS, next, &n, &r, err));
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(json_integer_value(json_object_get(r.parameters,
	    "n")), 3);
}
END_TEST

static bool
stop_here(void *arg, const json_t *parameters)
{
	(void)arg, (void)parameters;
	return false;
}

START_TEST(hangs_up_between_replies)
{
	AUTO(att_varlink_client_free) struct att_varlink_client *c = client();
	AUTO(att_varlink_client_free) struct att_varlink_client *d = client();
	struct att_varlink_reply r = { 0 };
	int tries = PATIENCE_MS / 10;

	fails(att_varlink_call_each(c, "io.test.Keep", NULL, PATIENCE_MS,
	    PATIENCE_MS, stop_here, NULL, &r, err), ATT_E_EXPIRED, "");
	ck_assert_int_eq(ask(d, "io.test.Echo", "gone"), 0);
	att_varlink_client_free(take(&c));
	while (ask(d, "io.test.Echo", "gone") == 0 && tries-- > 0)
		(void)usleep(10000);
	ck_assert_int_eq(ask(d, "io.test.Echo", "gone"), 1);
	ck_assert_int_eq(ask(d, "io.test.Later", "n"), 3);
}
END_TEST

static void *
call_together(void *arg)
{
	AUTO(att_varlink_client_free) struct att_varlink_client *c = client();

	(void)arg;
	(void)ask(c, "io.test.Together", "none");
	return NULL;
}

START_TEST(many_at_once)
{
	pthread_t thread[ATT_COUNT(world.kept)];

	for (size_t i = 0; i < ATT_COUNT(thread); i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL,
		    call_together, NULL), 0);
	for (size_t i = 0; i < ATT_COUNT(thread); i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
}
END_TEST

/* Who is one too many hears so by being hung up on; who leaves makes room. */
START_TEST(too_many)
{
	size_t most = geteuid() == 0 ? ATT_VARLINK_CONNS_MAX :
				       ATT_VARLINK_CONNS_UID_MAX;
	struct att_varlink_client *c[ATT_VARLINK_CONNS_MAX];
	struct att_varlink_client *more;
	struct att_varlink_reply r = { 0 };

	for (size_t i = 0; i < most; i++) {
		c[i] = client();
		ck_assert_int_eq(ask(c[i], "io.test.Echo", "conns"), i + 1);
	}
	more = client();
	fails(att_varlink_call(more, "io.test.Echo", NULL, PATIENCE_MS, &r,
	    err), ATT_E_NET, "");
	att_varlink_client_free(more);
	att_varlink_client_free(c[0]);
	c[0] = NULL;
	while (ask(c[1], "io.test.Echo", "conns") == (json_int_t)most)
		;
	c[0] = client();
	ck_assert_int_eq(ask(c[0], "io.test.Echo", "conns"), most);
	for (size_t i = 0; i < most; i++)
		att_varlink_client_free(c[i]);
}
END_TEST

/* Who fills all there is, lets go and comes again does not fill the log. */
START_TEST(too_many_again_and_again)
{
	size_t most = geteuid() == 0 ? ATT_VARLINK_CONNS_MAX :
				       ATT_VARLINK_CONNS_UID_MAX;
	struct att_varlink_client *c[ATT_VARLINK_CONNS_MAX];
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	struct att_varlink_reply r = { 0 };
	char log[80];
	FILE *err_was = stderr;

	(void)snprintf(log, sizeof(log), "%s/log", dir);
	ck_assert((stderr = fopen(log, "w")) != NULL);
	att_log_open("test", ATT_LOG_WARNING);
	for (size_t i = 0; i < most; i++)
		c[i] = client();
	for (unsigned n = 0; n < 5; n++) {
		struct att_varlink_client *more = client();

		fails(att_varlink_call(more, "io.test.Echo", NULL, PATIENCE_MS,
		    &r, err), ATT_E_NET, "");
		att_varlink_client_free(more);
		att_varlink_client_free(c[0]);
		while (ask(c[1], "io.test.Echo", "conns") == (json_int_t)most)
			;
		c[0] = client();
		ck_assert_int_eq(ask(c[0], "io.test.Echo", "conns"), most);
	}
	ck_assert(fclose(stderr) == 0);
	stderr = err_was;
	att_log_open("test", ATT_LOG_ERR);
	ok(att_file_read(log, &b, err));
	att_buf_u8(&b, '\0');
	ck_assert_str_eq(strchr((char *)b.data, '\n'), "\n");
	for (size_t i = 0; i < most; i++)
		att_varlink_client_free(c[i]);
	ck_assert(unlink(log) == 0);
}
END_TEST

/*
 * Who connects as fast as he can does not keep others in the queue behind him:
 * he is refused as fast.
 */
START_TEST(a_queue_of_callers)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	AUTO(att_listener_free) struct att_listener *l = NULL;
	char other[80], byte;
	sd_event *event = NULL;
	int fd = -1, caller[100];

	(void)snprintf(other, sizeof(other), "%s/other", dir);
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", other);
	ck_assert_int_ge(sd_event_new(&event), 0);
	ok(made(other, &fd, err));
	ok(att_listener_new(event, fd, &service, &l, err));
	for (size_t i = 0; i < ATT_COUNT(caller); i++) {
		caller[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ck_assert_int_eq(connect(caller[i],
		    (const struct sockaddr *)&to, sizeof(to)), 0);
	}
	ck_assert_int_gt(sd_event_run(event, 0), 0);
	ck_assert_int_eq(recv(caller[ATT_COUNT(caller) - 1], &byte, 1,
	    MSG_DONTWAIT), 0);
	for (size_t i = 0; i < ATT_COUNT(caller); i++)
		(void)close(caller[i]);
	(void)sd_event_unref(event);
	ck_assert(unlink(other) == 0);
}
END_TEST


START_TEST(a_socket_takes_the_place_of_an_old_one)
{
	struct stat st;
	char other[80];
	int fd = -1;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0666);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	ok(made(other, &fd, err));
	(void)close(fd);
	ok(made(other, &fd, err));
	(void)close(fd);
	ck_assert_int_eq(unlink(other), 0);
	/* nobody's file is removed for it, nor what a link leads to */
	ck_assert_int_eq(symlink(path, other), 0);
	fails(made(other, &fd, err), ATT_E_DENIED, "no socket");
	ck_assert_int_eq(unlink(other), 0);
	fd = open(other, O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	(void)close(fd);
	fails(made(other, &fd, err), ATT_E_DENIED, "no socket");
	ck_assert_int_eq(unlink(other), 0);
}
END_TEST

/* Root makes one where somebody else may put what he likes. */
START_TEST(a_socket_that_becomes_a_link)
{
	gid_t group = geteuid() == 0 ? 1 : ATT_DOOR_NO_GROUP;
	char file[80], other[80];
	struct stat st;
	int fd;

	(void)snprintf(file, sizeof(file), "%s/file", dir);
	(void)snprintf(other, sizeof(other), "%s/other", dir);
	fd = open(file, O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert(fd >= 0 && close(fd) == 0);
	led_to = file;
	if (att_door_bind(other, SOCK_STREAM, 0666, group, &fd, NULL) == 0)
		(void)close(fd);
	led_to = NULL;
	ck_assert(stat(file, &st) == 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(st.st_gid, getegid());
	ck_assert(unlink(other) == 0 && unlink(file) == 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("agent/listener");
	TCase *t = tcase_create("listener");

	att_log_open("test", ATT_LOG_ERR);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, callers_are_answered);
	tcase_add_test(t, several_replies_come_when_they_are_made);
	tcase_add_test(t, hangs_up_between_replies);
	tcase_add_test(t, many_at_once);
	tcase_add_test(t, too_many);
	tcase_add_test(t, too_many_again_and_again);
	tcase_add_test(t, a_queue_of_callers);
	tcase_add_test(t, a_socket_takes_the_place_of_an_old_one);
	tcase_add_test(t, a_socket_that_becomes_a_link);
	suite_add_tcase(s, t);
	return run_suite(s);
}
