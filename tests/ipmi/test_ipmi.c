/* BMCs: by the kernel's files, and by an answer that may be late or wrong. */
#include "tests/fakesys.h"

#include "ipmi/bmc.h"
#include "tests/inventory/listed.h"

/* QEMU's ipmi-bmc-sim with fwrev1=2, fwrev2=0x13, mfg_id, product_id. */
static const uint8_t whole[16] = { 0, 0x20, 0x81, 0x02, 0x13, 0x02, 0x0f,
	0xa2, 0x02, 0x00, 0x00, 0x01, 4, 3, 2, 1 };

static struct att_slice
first(size_t n)
{
	return (struct att_slice){ whole, n };
}

/* -- the answer ------------------------------------------------------------ */

START_TEST(parses)
{
	struct att_ipmi_device_id d = { 0 };

	ok(att_ipmi_device_id_parse(first(16), &d, err));
	ck_assert(d.device == 0x20 && d.revision == 1 && !d.updating &&
	    d.major == 2 && d.minor == 0x13 && d.ipmi == 2 &&
	    d.manufacturer == 0x0002a2 && d.product == 0x0100);
	ck_assert(d.has_aux && d.aux[0] == 4 && d.aux[3] == 1);
	ok(att_ipmi_device_id_parse(first(12), &d, err));
	ck_assert(!d.has_aux && d.aux[0] == 0);
}
END_TEST

START_TEST(wrong_lengths)
{
	struct att_ipmi_device_id d = { .device = 9 };
	uint8_t longer[17] = { 0 };

	for (size_t n = 0; n < 16; n++) {
		if (n == 12)
			continue;
		fails(att_ipmi_device_id_parse(first(n), &d, err),
		    ATT_E_SHORT, "20.1");
	}
	fails(att_ipmi_device_id_parse((struct att_slice){ longer, 17 }, &d,
	    err), ATT_E_TRAILING, "17 bytes");
	ck_assert_uint_eq(d.device, 9);
}
END_TEST

START_TEST(completion_codes)
{
	for (unsigned code = 1; code < 256; code++) {
		struct att_ipmi_device_id d;
		struct att_err err = { 0 };
		uint8_t b[16];
		bool again = code == 0xc0 || code == 0xc3;

		memcpy(b, whole, sizeof(b));
		b[0] = (uint8_t)code;
		/* with the rest of an answer, and without */
		for (size_t n = 1; n <= 16; n += 15) {
			ck_assert_int_eq(att_ipmi_device_id_parse(
			    (struct att_slice){ b, n }, &d, &err),
			    again ? ATT_E_BUSY : ATT_E_DENIED);
			ck_assert_uint_eq(err.sub, code);
		}
	}
}
END_TEST

START_TEST(every_bit)
{
	for (size_t i = 0; i < sizeof(whole) * 8; i++) {
		AUTO_DONE(att_components_done)
		struct att_components list = { 0 };
		struct att_ipmi_device_id d;
		struct att_component *c;
		uint8_t b[16];

		memcpy(b, whole, sizeof(b));
		b[i / 8] ^= (uint8_t)(1 << i % 8);
		if (i < 8) {
			ck_assert_int_lt(att_ipmi_device_id_parse(
			    (struct att_slice){ b, 16 }, &d, NULL), 0);
			continue;
		}
		ok(att_ipmi_device_id_parse((struct att_slice){ b, 16 }, &d,
		    err));
		ok(att_components_add(&list, "bmc", ATT_COMPONENT_BMC,
		    ATT_PATH_IPMI, &c, err));
		ok(att_bmc_describe(&d, c, err));
		ck_assert((c->result == ATT_MEASURED_OK) == !d.updating);
	}
}
END_TEST

/* -- the way to it --------------------------------------------------------- */

/* One step of what a BMC does. */
enum act {
	ANSWERS,
	ANSWERS_SHORT,
	IS_BUSY,
	REFUSES,
	SENDS_EVENT,
	ANSWERS_ANOTHER,	/* question */
	ANSWERS_OTHER_COMMAND,
	ANSWERS_OTHER_NETFN,
	SENDS_TOO_MUCH,
	SAYS_NOTHING,
	BREAKS,			/* the device does */
	WAKES_FOR_NOTHING,
};

struct bmc {
	const enum act *act;
	int64_t now;
	long asked;
	unsigned slept, received;
	int send_error;
	int delay;		/* ms until each message */
};

static int
bmc_send(void *arg, long id)
{
	struct bmc *b = arg;

	/* another number for each question */
	ck_assert_int_eq(id, b->asked + 1);
	b->asked = id;
	return b->send_error;
}

static int
bmc_wait(void *arg, int ms)
{
	struct bmc *b = arg;

	ck_assert_int_gt(ms, 0);
	if (*b->act == SAYS_NOTHING || b->delay >= ms) {
		b->now += ms;
		return 0;
	}
	b->now += b->delay;
	return *b->act == BREAKS ? -EIO : 1;
}

static int
bmc_recv(void *arg, struct att_ipmi_reply *ret)
{
	struct bmc *b = arg;
	enum act a = *b->act++;

	b->received++;
	*ret = (struct att_ipmi_reply){ .response = true, .id = b->asked,
		.netfn = 7, .command = 1, .len = sizeof(whole) };
	memcpy(ret->data, whole, sizeof(whole));
	switch (a) {
	case ANSWERS_SHORT:
		ret->len = 11;
		break;
	case IS_BUSY:
		ret->data[0] = 0xc0;
		ret->len = 1;
		break;
	case REFUSES:
		ret->data[0] = 0xc1;
		ret->len = 1;
		break;
	case SENDS_EVENT:
		ret->response = false;
		break;
	case ANSWERS_ANOTHER:
		ret->id--;
		break;
	case ANSWERS_OTHER_COMMAND:
		ret->command = 2;
		break;
	case ANSWERS_OTHER_NETFN:
		ret->netfn = 6;
		break;
	case SENDS_TOO_MUCH:
		return -EMSGSIZE;
	case WAKES_FOR_NOTHING:
		return -EAGAIN;
	case ANSWERS:
	case SAYS_NOTHING:
	case BREAKS:
		break;
	}
	return 0;
}

static int64_t
bmc_now(void *arg)
{
	return ((struct bmc *)arg)->now;
}

static void
bmc_sleep(void *arg, int ms)
{
	struct bmc *b = arg;

	b->now += ms;
	b->slept++;
}

static int
ask(struct bmc *b, unsigned timeout, struct att_err *err)
{
	struct att_ipmi_io io = { bmc_send, bmc_wait, bmc_recv, bmc_now,
		bmc_sleep, b };
	struct att_ipmi_device_id d = { .device = 9 };
	int r = att_ipmi_ask(&io, timeout, &d, err);

	ck_assert_uint_eq(d.device, r == 0 ? 0x20 : 9);
	return r;
}

START_TEST(answers)
{
	static const enum act at_once[] = { ANSWERS };
	static const enum act after_others[] = { SENDS_EVENT, ANSWERS_ANOTHER,
		ANSWERS_OTHER_COMMAND, WAKES_FOR_NOTHING,
		ANSWERS_OTHER_NETFN, ANSWERS };
	static const enum act when_free[] = { IS_BUSY, IS_BUSY, ANSWERS };
	struct bmc b = { .act = at_once };

	ok(ask(&b, 1000, err));
	ck_assert(b.asked == 1 && b.received == 1);
	b = (struct bmc){ .act = after_others };
	ok(ask(&b, 1000, err));
	ck_assert(b.asked == 1 && b.received == 6);
	b = (struct bmc){ .act = when_free, .delay = 10 };
	ok(ask(&b, 1000, err));
	ck_assert(b.asked == 3 && b.slept == 2 && b.now == 230);
}
END_TEST

START_TEST(faults)
{
	static const struct {
		enum act act;
		int code;
		const char *text;
	} one[] = {
		{ ANSWERS_SHORT, ATT_E_SHORT, "11 bytes" },
		{ REFUSES, ATT_E_DENIED, "0xc1" },
		{ SENDS_TOO_MUCH, ATT_E_LIMIT, "64 bytes" },
		{ SAYS_NOTHING, ATT_E_TIMEOUT, "in time" },
		{ BREAKS, ATT_E_SYS, "Input/output" },
	};

	for (size_t i = 0; i < ATT_COUNT(one); i++) {
		enum act act[] = { one[i].act, ANSWERS };
		struct bmc b = { .act = act };

		fails(ask(&b, 1000, err), one[i].code, one[i].text);
		ck_assert_int_eq(b.asked, 1);
	}
	{
		enum act act[] = { ANSWERS };
		struct bmc b = { .act = act, .send_error = -EACCES };

		fails(ask(&b, 1000, err), ATT_E_SYS, "denied");
		ck_assert_uint_eq(b.received, 0);
	}
}
END_TEST

/* However it delays: no longer than it may take, and no longer than that. */
START_TEST(deadline)
{
	enum act events[300], busy[300], now_and_then[] = { ANSWERS };
	struct bmc b = { .act = now_and_then, .delay = 999 };

	for (size_t i = 0; i < 300; i++) {
		events[i] = SENDS_EVENT;
		busy[i] = IS_BUSY;
	}
	ok(ask(&b, 1000, err));
	b = (struct bmc){ .act = now_and_then, .delay = 1000 };
	fails(ask(&b, 1000, err), ATT_E_TIMEOUT, "in time");
	ck_assert_int_eq(b.now, 1000);
	b = (struct bmc){ .act = busy, .delay = 1 };
	fails(ask(&b, 1000, err), ATT_E_BUSY, "0xc0");
	ck_assert(b.now <= 1000 && b.asked == 10);
	b = (struct bmc){ .act = events, .delay = 300 };
	fails(ask(&b, 1000, err), ATT_E_TIMEOUT, "in time");
	ck_assert(b.now == 1000 && b.received == 3);
	/* a flood of them at once has a limit, too */
	b = (struct bmc){ .act = events };
	fails(ask(&b, 1000, err), ATT_E_LIMIT, "256 messages");
	ck_assert_uint_eq(b.received, 256);
	b = (struct bmc){ .act = now_and_then };
	fails(ask(&b, 0, err), ATT_E_TIMEOUT, "in time");
}
END_TEST

START_TEST(device)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	struct att_ipmi_io io = { .arg = NULL };
	char path[512];
	int fd = -1;

	fails(att_ipmi_open("/nonexistent/ipmi0", &fd, &io, err),
	    ATT_E_NOT_FOUND, "/nonexistent/ipmi0");
	fake_put(&f, "ipmi0", "");
	fake_path(&f, "ipmi0", path);
	fails(att_ipmi_open(path, &fd, &io, err), ATT_E_UNSUPPORTED,
	    "not a device");
	ck_assert_int_eq(fd, -1);
	/* a device of another kind knows none of this */
	ok(att_ipmi_open("/dev/null", &fd, &io, err));
	{
		struct att_ipmi_device_id d;

		fails(att_ipmi_ask(&io, 100, &d, err), ATT_E_SYS, "ioctl");
	}
	(void)close(fd);
}
END_TEST

/* -- files, and both ------------------------------------------------------- */

#define BMC "sys/devices/platform/ipmi_bmc.0/"

static void
put_bmc(const struct fake *f)
{
	fake_put(f, BMC "device_id", "32\n");
	fake_put(f, BMC "provides_device_sdrs", "1\n");
	fake_put(f, BMC "revision", "1\n");
	fake_put(f, BMC "firmware_revision", "2.13\n");
	fake_put(f, BMC "ipmi_version", "2.0\n");
	fake_put(f, BMC "manufacturer_id", "0x0002a2\n");
	fake_put(f, BMC "product_id", "0x0100\n");
	fake_put(f, BMC "aux_firmware_revision", "0x01 0x02 0x03 0x04\n");
}

static void
finds(const struct fake *f, const char *want)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	ok(att_bmc_collect(f->root, &list, err));
	listed(&list, want);
}

#define SAYS "0x0002a2|0x0100| fw=2.13 fw.aux=0x01 0x02 0x03 0x04 "           \
	"[device_id=32] [ipmi_version=2.0] [revision=1]\n"

START_TEST(both_say_the_same)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_ipmi_device_id d;
	struct att_component *c;

	put_bmc(&f);
	finds(&f, "bmc bmc sysfs " SAYS);
	ok(att_ipmi_device_id_parse(first(16), &d, err));
	ok(att_components_add(&list, "bmc", ATT_COMPONENT_BMC, ATT_PATH_IPMI,
	    &c, err));
	ok(att_bmc_describe(&d, c, err));
	listed(&list, "bmc bmc ipmi " SAYS);
}
END_TEST

START_TEST(files)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();

	finds(&f, "");
	fake_put(&f, "sys/devices/platform/ipmi_bmc/x", "");
	fake_put(&f, "sys/devices/platform/ipmi_bmc./x", "");
	fake_put(&f, "sys/devices/platform/ipmi_bmc.1x/x", "");
	fake_put(&f, "sys/devices/platform/ipmi_bmc.123456789/x", "");
	fake_put(&f, "sys/devices/platform/serial8250/x", "");
	finds(&f, "");
	put_bmc(&f);
	fake_put(&f, "sys/devices/platform/ipmi_bmc.1/firmware_revision",
	    "6.0\n");
	fake_put(&f, "sys/devices/platform/ipmi_bmc.10/product_id",
	    "0x0001\n");
	finds(&f, "bmc bmc sysfs " SAYS
	    "bmc/1 bmc sysfs || fw=6.0\n"
	    "bmc/10 bmc sysfs failed(firmware_revision: absent) "
	    "|0x0001|\n");
	fake_unreadable(&f, BMC "firmware_revision");
	fake_put(&f, BMC "product_id", "\033[2J");
	fake_endless(&f,
	    "sys/devices/platform/ipmi_bmc.1/firmware_revision");
	fake_link(&f, "sys/devices/platform/ipmi_bmc.10/firmware_revision",
	    "firmware_revision");
	finds(&f, "bmc bmc sysfs failed(firmware_revision: read error) "
	    "0x0002a2|?[2J| fw.aux=0x01 0x02 0x03 0x04 "
	    "[device_id=32] [ipmi_version=2.0] [revision=1]\n"
	    "bmc/1 bmc sysfs failed(firmware_revision: malformed) ||\n"
	    "bmc/10 bmc sysfs failed(firmware_revision: read error) "
	    "|0x0001|\n");
}
END_TEST

/* Bit 7 of the first byte: its version is no word to go by. */
START_TEST(updating)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_ipmi_device_id d;
	struct att_component *c;

	fake_put(&f, BMC "firmware_revision", "127.13\n");
	finds(&f, "bmc bmc sysfs || fw=127.13\n");
	fake_put(&f, BMC "firmware_revision", "130.13\n");
	finds(&f, "bmc bmc sysfs failed(its firmware is being updated, or "
	    "starts) ||\n");
	ok(att_ipmi_device_id_parse(first(12), &d, err));
	d.updating = true;
	ok(att_components_add(&list, "bmc", ATT_COMPONENT_BMC, ATT_PATH_IPMI,
	    &c, err));
	ok(att_bmc_describe(&d, c, err));
	listed(&list, "bmc bmc ipmi failed(its firmware is being updated, or "
	    "starts) 0x0002a2|0x0100| [device_id=32] [ipmi_version=2.0] "
	    "[revision=1]\n");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ipmi");
	TCase *t = tcase_create("ipmi");

	tcase_add_test(t, parses);
	tcase_add_test(t, wrong_lengths);
	tcase_add_test(t, completion_codes);
	tcase_add_test(t, every_bit);
	tcase_add_test(t, answers);
	tcase_add_test(t, faults);
	tcase_add_test(t, deadline);
	tcase_add_test(t, device);
	tcase_add_test(t, both_say_the_same);
	tcase_add_test(t, files);
	tcase_add_test(t, updating);
	suite_add_tcase(s, t);
	return run_suite(s);
}
