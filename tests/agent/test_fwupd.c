/* fwupd's answer, from a service of our own that may be anything but fwupd. */
#include "testlib.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "agent/fwupd.h"
#include "inventory/inventory.h"
#include "tests/inventory/listed.h"

#define NAME "org.freedesktop.fwupd"

/* -- the service ----------------------------------------------------------- */

enum mode {
	GOOD,
	EMPTY,
	OTHER_SIGNATURE,
	WRONG_TYPES,
	HOSTILE,
	TOO_MANY,
	TOO_MANY_MEMBERS,
	TWICE,
	REFUSES,
	UNKNOWN,
	CLOSES,
	SAYS_NOTHING,
};

static void
must(int r)
{
	if (r < 0)
		_exit(9);
}

static void
put_text(sd_bus_message *m, const char *name, const char *text)
{
	must(sd_bus_message_append(m, "{sv}", name, "s", text));
}

static void
begin_device(sd_bus_message *m, const char *id, const char *version)
{
	must(sd_bus_message_open_container(m, 'a', "{sv}"));
	put_text(m, "DeviceId", id);
	put_text(m, "Version", version);
}

static void
end_device(sd_bus_message *m)
{
	must(sd_bus_message_close_container(m));
}

/* As fwupd 2.0 describes an SSD, and a device that has no firmware. */
static void
put_good(sd_bus_message *m)
{
	begin_device(m, "fcc2f7d2", "2.0.4");
	put_text(m, "Name", "SSD 980 PRO");
	put_text(m, "Vendor", "Samsung");
	put_text(m, "VersionLowest", "2.0.1");
	put_text(m, "VersionBootloader", "1.1");
	put_text(m, "Plugin", "nvme");
	must(sd_bus_message_append(m, "{sv}", "Guid", "as", 2, "a", "b"));
	must(sd_bus_message_append(m, "{sv}", "Flags", "t",
	    (uint64_t)0x1ff));
	must(sd_bus_message_append(m, "{sv}", "Created", "t",
	    (uint64_t)1795000000));
	end_device(m);
	must(sd_bus_message_open_container(m, 'a', "{sv}"));
	put_text(m, "DeviceId", "0123");
	put_text(m, "Name", "a display");
	end_device(m);
}

static void
put_wrong_types(sd_bus_message *m)
{
	begin_device(m, "77", "1");
	must(sd_bus_message_append(m, "{sv}", "Vendor", "u", 7));
	must(sd_bus_message_append(m, "{sv}", "Name", "v", "s", "x"));
	must(sd_bus_message_append(m, "{sv}", "Flags", "s", "x"));
	must(sd_bus_message_append(m, "{sv}", "VersionLowest", "as", 1,
	    "1"));
	end_device(m);
}

static void
put_hostile(sd_bus_message *m)
{
	char longer[300];

	memset(longer, 'v', sizeof(longer));
	longer[299] = '\0';
	begin_device(m, "", "1");
	end_device(m);
	begin_device(m, "../\033[2J", longer);
	put_text(m, "Name", "\n\n");
	put_text(m, "Vendor", "\342\200\256x");
	end_device(m);
	begin_device(m, longer, "");
	end_device(m);
}

static void
put_devices(sd_bus_message *m, enum mode mode)
{
	char id[16];

	must(sd_bus_message_open_container(m, 'a', "a{sv}"));
	if (mode == GOOD)
		put_good(m);
	if (mode == WRONG_TYPES)
		put_wrong_types(m);
	if (mode == HOSTILE)
		put_hostile(m);
	for (int i = 0; i < (mode == TOO_MANY ? 513 : 0); i++) {
		snprintf(id, sizeof(id), "%d", i);
		begin_device(m, id, "1");
		end_device(m);
	}
	for (int i = 0; i < (mode == TWICE ? 2 : 0); i++) {
		begin_device(m, "same", i == 0 ? "1" : "2");
		end_device(m);
	}
	if (mode == TOO_MANY_MEMBERS) {
		begin_device(m, "1", "1");
		for (int i = 0; i < 300; i++)
			put_text(m, "Other", "x");
		end_device(m);
	}
	must(sd_bus_message_close_container(m));
}

static int
handle(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	enum mode mode = *(const enum mode *)arg;
	sd_bus_message *reply = NULL;

	if (!sd_bus_message_is_method_call(m, NAME, "GetDevices"))
		return 0;
	if (mode == SAYS_NOTHING)
		return 1;
	if (mode == CLOSES)
		_exit(0);
	if (mode == REFUSES)
		return sd_bus_reply_method_errorf(m,
		    "org.freedesktop.fwupd.AuthFailed", "no");
	if (mode == UNKNOWN)
		return sd_bus_reply_method_errorf(m,
		    "org.freedesktop.DBus.Error.ServiceUnknown", "no");
	if (mode == OTHER_SIGNATURE)
		return sd_bus_reply_method_return(m, "as", 1, "x");
	must(sd_bus_message_new_method_return(m, &reply));
	put_devices(reply, mode);
	return sd_bus_send(NULL, reply, NULL);
}

/* One connection, without a bus in between. */
static _Noreturn void
serve(int listener, enum mode mode)
{
	int fd = accept(listener, NULL, NULL);
	sd_bus *bus = NULL;
	sd_id128_t id;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(fd);
	must(sd_id128_randomize(&id));
	must(sd_bus_new(&bus));
	must(sd_bus_set_fd(bus, fd, fd));
	must(sd_bus_set_server(bus, 1, id));
	must(sd_bus_set_anonymous(bus, 1));
	must(sd_bus_add_filter(bus, NULL, handle, &mode));
	must(sd_bus_start(bus));
	for (;;) {
		int r = sd_bus_process(bus, NULL);

		must(r);
		if (r == 0)
			must(sd_bus_wait(bus, UINT64_MAX));
	}
}

/* -- asking it ------------------------------------------------------------- */

struct service {
	char dir[64];
	struct sockaddr_un at;
	char address[128];
	pid_t pid;
};

static void
service_done(struct service *s)
{
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
	(void)unlink(s->at.sun_path);
	(void)rmdir(s->dir);
}

static struct service
service_new(enum mode mode)
{
	struct service s = { .dir = "/tmp/att-fwupd-XXXXXX",
		.at = { .sun_family = AF_UNIX } };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert(mkdtemp(s.dir) != NULL && fd >= 0);
	snprintf(s.at.sun_path, sizeof(s.at.sun_path), "%s/bus", s.dir);
	snprintf(s.address, sizeof(s.address), "unix:path=%s/bus", s.dir);
	ck_assert(bind(fd, (const struct sockaddr *)&s.at, sizeof(s.at)) == 0);
	ck_assert(listen(fd, 1) == 0);
	s.pid = forked();
	if (s.pid == 0)
		serve(fd, mode);
	(void)close(fd);
	return s;
}

static int
ask(enum mode mode, struct att_components *to, struct att_err *err)
{
	AUTO_DONE(service_done) struct service s = service_new(mode);

	return att_fwupd_ask(s.address, to, err);
}

static void
finds(enum mode mode, const char *want)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	ok(ask(mode, &list, err));
	listed(&list, want);
}

START_TEST(devices)
{
	finds(GOOD, "fwupd/fcc2f7d2 other fwupd Samsung|SSD 980 PRO| "
	    "bootloader=1.1 fw=2.0.4 fw>=2.0.1 [needs_reboot=1] "
	    "[plugin=nvme]\n");
	finds(EMPTY, "");
	finds(WRONG_TYPES, "fwupd/77 other fwupd || fw=1\n");
	finds(TWICE, "fwupd/same other fwupd "
	    "failed(two devices of this name differ) || fw=1\n");
}
END_TEST

START_TEST(hostile)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	ok(ask(HOSTILE, &list, err));
	ck_assert_uint_eq(list.count, 2);
	ck_assert_str_eq(list.item[0].id, "fwupd/");
	ck_assert_str_eq(list.item[1].id, "fwupd/../?[2J");
	ck_assert_str_eq(list.item[1].vendor, "???x");
	ck_assert_ptr_null(list.item[1].model);
	ck_assert_uint_eq(strlen(list.item[1].version[0].text[0]),
	    ATT_COMPONENT_TEXT_MAX);
}
END_TEST

START_TEST(faults)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	fails(ask(OTHER_SIGNATURE, &list, err), ATT_E_FORMAT, "not a list");
	fails(ask(TOO_MANY_MEMBERS, &list, err), ATT_E_FORMAT, "not a list");
	fails(ask(REFUSES, &list, err), ATT_E_SYS, "fwupd");
	fails(ask(UNKNOWN, &list, err), ATT_E_NOT_FOUND, "reached");
	fails(ask(CLOSES, &list, err), ATT_E_SYS, "fwupd");
	ck_assert_uint_eq(list.count, 0);
	fails(ask(TOO_MANY, &list, err), ATT_E_LIMIT, "512");
	fails(att_fwupd_ask("unix:path=/nonexistent/bus", &list, err),
	    ATT_E_NOT_FOUND, "reached");
}
END_TEST

static char address[128];

static int
by_address(const char *root, struct att_components *to, struct att_err *err)
{
	return att_fwupd_ask(address, to, err);
}

/* As one source of many it is given up before its own time is over. */
START_TEST(says_nothing)
{
	AUTO_DONE(service_done) struct service s = service_new(SAYS_NOTHING);
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	const struct att_inventory_source source = { "fwupd",
		ATT_COMPONENT_OTHER, ATT_PATH_FWUPD, by_address, 300 };
	const struct att_inventory_options o = { .root = s.dir,
		.more = &source, .more_count = 1 };

	memcpy(address, s.address, sizeof(address));
	ok(att_inventory_collect(&o, &list, err));
	listed(&list, "fwupd other fwupd failed(no answer in time) ||\n");
}
END_TEST

/* Of a root that is not this machine nobody is asked. */
START_TEST(another_root)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	ok(att_fwupd_collect("/nonexistent", &list, err));
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fwupd");
	TCase *t = tcase_create("fwupd");

	tcase_add_test(t, devices);
	tcase_add_test(t, hostile);
	tcase_add_test(t, faults);
	tcase_add_test(t, says_nothing);
	tcase_add_test(t, another_root);
	suite_add_tcase(s, t);
	return run_suite(s);
}
