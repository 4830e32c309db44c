/*
 * devlink and ethtool: answers as drivers give them, answers that are cut,
 * mixed up or late, and kernels that have neither.
 */
#include "tests/fakesys.h"

#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "inventory/devlink.h"
#include "inventory/ethtool.h"
#include "tests/inventory/listed.h"

#define FAMILY 0x15
#define BUF ATT_BUF(1 << 20)

/* -- messages -------------------------------------------------------------- */

static void
put_attr(struct att_buf *b, uint16_t type, const void *data, size_t len)
{
	uint16_t head[] = { (uint16_t)(4 + len), type };

	att_buf_bytes(b, head, sizeof(head));
	att_buf_bytes(b, data, len);
	att_buf_fill(b, 0, (4 - len % 4) % 4);
}

static void
put_version(struct att_buf *b, uint16_t role, const char *name,
    const char *value)
{
	AUTO_DONE(att_buf_done) struct att_buf nest = ATT_BUF(65000);

	att_nl_put_string(&nest, DEVLINK_ATTR_INFO_VERSION_NAME, name);
	att_nl_put_string(&nest, DEVLINK_ATTR_INFO_VERSION_VALUE, value);
	ck_assert(!nest.failed);
	put_attr(b, role | NLA_F_NESTED, nest.data, nest.len);
}

/* Begins DEVLINK_CMD_INFO_GET of a device; att_nl_end ends it. */
static size_t
begin_info(struct att_buf *b, uint32_t seq, const char *bus, const char *name)
{
	size_t mark = att_nl_begin(b, FAMILY, NLM_F_MULTI, seq,
	    DEVLINK_CMD_INFO_GET, 1);

	att_nl_put_string(b, DEVLINK_ATTR_BUS_NAME, bus);
	att_nl_put_string(b, DEVLINK_ATTR_DEV_NAME, name);
	return mark;
}

/* As mlx5 tells it: flashed, and waiting for a reset. */
static void
put_mlx5(struct att_buf *b, uint32_t seq, const char *name,
    const char *stored)
{
	size_t mark = begin_info(b, seq, "pci", name);

	att_nl_put_string(b, DEVLINK_ATTR_INFO_DRIVER_NAME, "mlx5_core");
	att_nl_put_string(b, DEVLINK_ATTR_INFO_SERIAL_NUMBER, "MT2243X00812");
	att_nl_put_string(b, DEVLINK_ATTR_INFO_BOARD_SERIAL_NUMBER, "BS1");
	put_version(b, DEVLINK_ATTR_INFO_VERSION_FIXED, "fw.psid",
	    "MT_0000000838");
	put_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw.version",
	    "28.36.1010");
	put_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw", "28.36.1010");
	put_version(b, DEVLINK_ATTR_INFO_VERSION_STORED, "fw", stored);
	att_nl_end(b, mark);
}

static void
put_number(struct att_buf *b, uint16_t type, uint32_t seq, int32_t number)
{
	uint32_t len = 20, zero = 0;
	uint16_t flags = 0;

	att_buf_bytes(b, &len, 4);
	att_buf_bytes(b, &type, 2);
	att_buf_bytes(b, &flags, 2);
	att_buf_bytes(b, &seq, 4);
	att_buf_bytes(b, &zero, 4);
	att_buf_bytes(b, &number, 4);
}

/* -- a kernel -------------------------------------------------------------- */

/* What it sends, a datagram at a time; -errno where there is none. */
struct kernel {
	struct att_buf datagram[8];
	size_t count, next;
	int send_error, recv_error;
	unsigned sent;
	uint16_t asked[8];	/* types of requests */
	ssize_t extra;		/* bytes that the next datagram is longer */
};

static int
kernel_send(void *arg, struct att_slice message)
{
	struct att_cur c = att_cur_of(message);
	struct kernel *k = arg;
	struct att_nl_message m;

	ok(att_nl_next(&c, &m, err));
	ck_assert(att_cur_empty(&c) && (m.flags & NLM_F_REQUEST) != 0);
	ck_assert(k->sent < ATT_COUNT(k->asked));
	k->asked[k->sent++] = m.type;
	return k->send_error;
}

static ssize_t
kernel_recv(void *arg, void *buf, size_t size)
{
	struct kernel *k = arg;
	const struct att_buf *b;

	if (k->next == k->count)
		return k->recv_error != 0 ? k->recv_error : -EAGAIN;
	b = &k->datagram[k->next++];
	ck_assert(!b->failed);
	if (b->len > 0)
		memcpy(buf, b->data, ATT_MIN(size, b->len));
	return (ssize_t)b->len + k->extra;
}

static void
kernel_done(struct kernel *k)
{
	for (size_t i = 0; i < k->count; i++)
		att_buf_done(&k->datagram[i]);
}

static struct att_buf *
next(struct kernel *k)
{
	ck_assert(k->count < ATT_COUNT(k->datagram));
	k->datagram[k->count] = BUF;
	return &k->datagram[k->count++];
}

/* One that knows devlink: the answer about the family. */
static struct kernel
kernel_new(void)
{
	struct kernel k = { .count = 0 };
	struct att_buf *b = next(&k);
	size_t mark = att_nl_begin(b, GENL_ID_CTRL, 0, 1,
	    CTRL_CMD_NEWFAMILY, 2);
	uint16_t id = FAMILY;

	att_nl_put_string(b, CTRL_ATTR_FAMILY_NAME, "devlink");
	put_attr(b, CTRL_ATTR_FAMILY_ID, &id, sizeof(id));
	att_nl_end(b, mark);
	put_number(b, NLMSG_ERROR, 1, 0);
	return k;
}

static int
ask(struct kernel *k, const char *root, struct att_components *to,
    struct att_err *err)
{
	struct att_nl_io io = { kernel_send, kernel_recv, k };

	return att_devlink_collect(&io, root, to, err);
}

/* -- devlink --------------------------------------------------------------- */

START_TEST(devices)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(kernel_done) struct kernel k = kernel_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_buf *b = next(&k);
	size_t mark;

	fake_put(&f, "sys/bus/pci/devices/0000:17:00.0/vendor", "0x15b3\n");
	fake_put(&f, "sys/bus/pci/devices/0000:17:00.0/device", "0x1021\n");
	fake_link(&f, "sys/bus/pci/devices/0000:17:00.2/physfn",
	    "../0000:17:00.0");
	put_mlx5(b, 2, "0000:17:00.0", "28.39.1002");
	/* a virtual function, a function beside it, another answer */
	put_mlx5(b, 2, "0000:17:00.2", "28.39.1002");
	mark = begin_info(b, 2, "auxiliary", "mlx5_core.sf.4");
	att_nl_end(b, mark);
	put_mlx5(b, 1, "0000:99:00.0", "28.39.1002");
	b = next(&k);
	mark = begin_info(b, 2, "pci", "0000:31:00.0");
	att_nl_end(b, mark);
	mark = begin_info(b, 2, "netdevsim", "netdevsim1");
	put_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw.mgmt",
	    "10.20.30");
	att_nl_end(b, mark);
	put_number(b, NLMSG_DONE, 2, 0);
	ok(ask(&k, f.root, &list, err));
	ck_assert(k.sent == 2 && k.asked[0] == GENL_ID_CTRL &&
	    k.asked[1] == FAMILY && k.next == k.count);
	listed(&list,
	    "nic/0000:17:00.0 nic netlink 0x15b3|0x1021|MT2243X00812 "
	    "fw=28.36.1010 fw+=28.39.1002 fw.psid#=MT_0000000838 "
	    "fw.version=28.36.1010 [board_serial=BS1] [driver=mlx5_core]\n"
	    "nic/0000:31:00.0 nic netlink not-available("
	    "its driver tells no version) ||\n"
	    "nic/netdevsim/netdevsim1 nic netlink || fw.mgmt=10.20.30\n");
}
END_TEST

START_TEST(hostile_texts)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(kernel_done) struct kernel k = kernel_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	char longer[300];
	struct att_buf *b = next(&k);
	size_t mark = begin_info(b, 2, "pci", "../../../../etc");

	put_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, "\033[2J\377",
	    "1\n2");
	att_nl_end(b, mark);
	mark = begin_info(b, 2, "pci", "");
	memset(longer, 'v', sizeof(longer));
	longer[299] = '\0';
	put_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, "fw", longer);
	put_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, "", "1");
	att_nl_end(b, mark);
	mark = begin_info(b, 2, "pci", "many");
	for (int i = 0; i <= ATT_COMPONENT_VERSIONS_MAX; i++) {
		snprintf(longer, sizeof(longer), "fw%d", i);
		put_version(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, longer,
		    "1");
	}
	att_nl_end(b, mark);
	put_number(b, NLMSG_DONE, 2, 0);
	ok(ask(&k, f.root, &list, err));
	ck_assert_uint_eq(list.count, 3);
	ck_assert_str_eq(list.item[0].id, "nic/");
	ck_assert_str_eq(list.item[0].reason, "versions: malformed");
	ck_assert_uint_eq(strlen(att_component_version(&list.item[0], "fw",
	    ATT_VERSION_RUNNING)), ATT_COMPONENT_TEXT_MAX);
	ck_assert_str_eq(list.item[1].id, "nic/../../../../etc");
	ck_assert_str_eq(list.item[1].version[0].name, "?[2J?");
	ck_assert_str_eq(list.item[2].reason,
	    "versions: larger than is taken");
	ck_assert_uint_eq(list.item[2].versions, ATT_COMPONENT_VERSIONS_MAX);
}
END_TEST

/* A kernel without devlink; one that refuses; answers without an end. */
START_TEST(no_answer)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(kernel_done) struct kernel none = { .count = 0 };
	AUTO_DONE(kernel_done) struct kernel refuses = kernel_new();
	AUTO_DONE(kernel_done) struct kernel silent = kernel_new();
	AUTO_DONE(kernel_done) struct kernel gone = kernel_new();
	struct kernel deaf = { .send_error = -EPERM };

	put_number(next(&none), NLMSG_ERROR, 1, -ENOENT);
	ok(ask(&none, "", &list, err));
	put_number(next(&refuses), NLMSG_ERROR, 2, -EPERM);
	fails(ask(&refuses, "", &list, err), ATT_E_SYS, "not permitted");
	put_mlx5(next(&silent), 2, "0000:17:00.0", "1");
	fails(ask(&silent, "", &list, err), ATT_E_TIMEOUT, "in time");
	gone.recv_error = -ENOBUFS;
	fails(ask(&gone, "", &list, err), ATT_E_SYS, "buffer");
	fails(ask(&deaf, "", &list, err), ATT_E_SYS, "not permitted");
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

/* Devices came or went: asked again, some times, and no more. */
START_TEST(does_not_hold_still)
{
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(kernel_done) struct kernel k = kernel_new();
	AUTO_DONE(kernel_done) struct kernel never = kernel_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_buf *b = next(&k);

	put_mlx5(b, 2, "0000:17:00.0", "1");
	b->data[6] |= NLM_F_DUMP_INTR;
	b = next(&k);
	put_mlx5(b, 3, "0000:18:00.0", "1");
	put_number(b, NLMSG_DONE, 3, 0);
	ok(ask(&k, f.root, &list, err));
	ck_assert(list.count == 1 &&
	    strcmp(list.item[0].id, "nic/0000:18:00.0") == 0);
	for (uint32_t i = 0; i < 4; i++) {
		b = next(&never);
		put_mlx5(b, 2 + i, "0000:17:00.0", "1");
		b->data[6] |= NLM_F_DUMP_INTR;
	}
	fails(ask(&never, f.root, &list, err), ATT_E_BUSY, "meanwhile");
	ck_assert(never.sent == 4 && list.count == 1);
}
END_TEST

START_TEST(limits)
{
	AUTO_DONE(kernel_done) struct kernel k = kernel_new();
	AUTO_DONE(kernel_done) struct kernel exact = kernel_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_buf *b = next(&exact);

	k.extra = ATT_NL_DATAGRAM_MAX;
	fails(ask(&k, "", &list, err), ATT_E_LIMIT, "65536");
	/* as long as is taken: padded by a message of nobody's */
	put_number(b, NLMSG_DONE, 2, 0);
	att_buf_fill(b, 0, ATT_NL_DATAGRAM_MAX - b->len);
	ok(ask(&exact, "", &list, err));
}
END_TEST

static int
drop(void *arg, const struct att_nl_message *m, struct att_err *err)
{
	return 0;
}

static ssize_t
endless(void *arg, void *buf, size_t size)
{
	++*(unsigned *)arg;
	return 0;
}

static int
swallow(void *arg, struct att_slice message)
{
	return 0;
}

START_TEST(answer_without_end)
{
	unsigned count = 0;
	struct att_nl_io io = { swallow, endless, &count };

	fails(att_nl_ask(&io, S("x"), 1, drop, NULL, err), ATT_E_LIMIT,
	    "4096 parts");
	ck_assert_uint_eq(count, ATT_NL_DATAGRAMS_MAX);
}
END_TEST

/* Cut anywhere, with any bit changed: an error or a list, nothing else. */
START_TEST(cut_and_changed)
{
	AUTO_DONE(att_buf_done) struct att_buf whole = BUF;
	AUTO_DONE(att_buf_done) struct att_buf b = BUF;
	struct att_cur c;
	struct att_nl_message m;
	size_t taken = 0;

	put_mlx5(&whole, 2, "0000:17:00.0", "28.39.1002");
	c = att_cur_of(att_buf_view(&whole));
	ck_assert_int_eq(att_nl_next(&c, &m, NULL), 1);
	for (size_t n = 0; n < whole.len; n++) {
		struct att_slice part = { whole.data, n };
		struct att_cur cut = att_cur_of(part);
		struct att_nl_message short_one;

		ck_assert_int_eq(att_nl_next(&cut, &short_one, NULL),
		    n == 0 ? 0 : ATT_E_SHORT);
	}
	for (size_t i = 0; i < m.payload.len * 8; i++) {
		AUTO_DONE(att_components_done)
		struct att_components list = { 0 };
		AUTO(att_json_decref) json_t *j = NULL;

		att_buf_reset(&b);
		att_buf_slice(&b, m.payload);
		b.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (att_devlink_add(att_buf_view(&b), "/nonexistent", &list,
			NULL) < 0)
			continue;
		taken++;
		ck_assert_uint_le(list.count, 1);
		ok(att_components_to_json(&list, &j, err));
	}
	ck_assert_uint_gt(taken, 100);
	for (size_t n = 0; n < m.payload.len; n++) {
		AUTO_DONE(att_components_done)
		struct att_components list = { 0 };

		(void)!att_devlink_add((struct att_slice){ m.payload.data,
		    n }, "/nonexistent", &list, NULL);
		ck_assert_uint_le(list.count, 1);
	}
}
END_TEST

START_TEST(broken_messages)
{
	AUTO_DONE(kernel_done) struct kernel k = kernel_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_buf *b = next(&k);
	size_t mark = att_nl_begin(b, FAMILY, 0, 2, DEVLINK_CMD_INFO_GET, 1);

	att_nl_put_string(b, DEVLINK_ATTR_BUS_NAME, "pci");
	att_nl_end(b, mark);
	fails(ask(&k, "", &list, err), ATT_E_FORMAT, "without bus or name");
	{
		AUTO_DONE(kernel_done) struct kernel other = kernel_new();

		b = next(&other);
		mark = begin_info(b, 2, "pci", "0000:17:00.0");
		put_attr(b, DEVLINK_ATTR_INFO_VERSION_RUNNING, NULL, 0);
		att_nl_end(b, mark);
		fails(ask(&other, "", &list, err), ATT_E_FORMAT,
		    "without name or value");
	}
	{
		AUTO_DONE(kernel_done) struct kernel other = { .count = 0 };

		put_number(next(&other), NLMSG_ERROR, 1, 0);
		fails(ask(&other, "", &list, err), ATT_E_FORMAT,
		    "without a number");
	}
	{
		AUTO_DONE(kernel_done) struct kernel other = kernel_new();

		put_number(next(&other), NLMSG_ERROR, 2, INT32_MIN);
		fails(ask(&other, "", &list, err), ATT_E_FORMAT,
		    "no error");
	}
}
END_TEST

/* -- ethtool --------------------------------------------------------------- */

static const struct driver {
	const char *interface;
	int error;
	struct att_drvinfo info;
} drivers[] = {
	{ "eno1", 0, { "ixgbe", "0x80000960, 19.5.12", "1.2.3" } },
	{ "eno2", 0, { "virtio_net", "", "" } },
	{ "eno3", 0, { "e1000e", "N/A", "" } },
	{ "eno4", -ENODEV, { "", "", "" } },
	{ "eno5", 0, { "evil", "1\n\033[2J", "" } },
	{ "eno6", 0, { "ixgbe", "other", "" } },
};

static int
drvinfo(void *arg, const char *interface, struct att_drvinfo *ret)
{
	for (size_t i = 0; i < ATT_COUNT(drivers); i++) {
		if (strcmp(drivers[i].interface, interface) != 0)
			continue;
		*ret = drivers[i].info;
		return drivers[i].error;
	}
	ck_abort_msg("%s was asked", interface);
	return 0;
}

static void
put_interface(const struct fake *f, const char *name, const char *device)
{
	char path[96], to[96];

	snprintf(path, sizeof(path), "sys/class/net/%s/mtu", name);
	fake_put(f, path, "1500\n");
	if (device == NULL)
		return;
	snprintf(path, sizeof(path), "sys/class/net/%s/device", name);
	snprintf(to, sizeof(to), "../../../devices/%s", device);
	fake_link(f, path, to);
	snprintf(path, sizeof(path), "sys/devices/%s/vendor", device);
	fake_put(f, path, "0x8086\n");
}

START_TEST(interfaces)
{
	static const struct att_ethtool_io io = { drvinfo, NULL };
	AUTO_DONE(fake_done) struct fake f = fake_new();
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_component *c;

	put_interface(&f, "lo", NULL);
	put_interface(&f, "docker0", NULL);
	put_interface(&f, "eno1", "0000:01:00.0");
	put_interface(&f, "eno2", "virtio1");
	put_interface(&f, "eno3", "0000:00:1f.6");
	put_interface(&f, "eno4", "0000:05:00.0");
	put_interface(&f, "eno5", "0000:06:00.0");
	/* a second interface of a device; one that devlink knows; virtual */
	put_interface(&f, "eno6", "0000:01:00.0");
	put_interface(&f, "eno7", "0000:17:00.0");
	put_interface(&f, "eno8", "0000:01:10.0");
	fake_link(&f, "sys/devices/0000:01:10.0/physfn", "../0000:01:00.0");
	ok(att_components_add(&list, "nic/0000:17:00.0", ATT_COMPONENT_NIC,
	    ATT_PATH_NETLINK, &c, err));
	ok(att_ethtool_collect(&io, f.root, &list, err));
	listed(&list,
	    "nic/0000:00:1f.6 nic ethtool not-available("
	    "its driver tells no version) 0x8086|| [driver=e1000e]\n"
	    "nic/0000:01:00.0 nic ethtool 0x8086|| fw=0x80000960, 19.5.12 "
	    "rom+=1.2.3 [driver=ixgbe]\n"
	    "nic/0000:05:00.0 nic ethtool failed(driver: no such device) "
	    "0x8086||\n"
	    "nic/0000:06:00.0 nic ethtool 0x8086|| fw=1??[2J "
	    "[driver=evil]\n"
	    "nic/0000:17:00.0 nic netlink ||\n"
	    "nic/virtio1 nic ethtool not-available("
	    "its driver tells no version) 0x8086|| [driver=virtio_net]\n");
}
END_TEST

/* The kernel that this test runs on: whatever it has, it can be asked. */
START_TEST(this_kernel)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_nl_io nl = { 0 };
	struct att_ethtool_io et = { 0 };
	struct att_drvinfo info = { .driver = "" };
	int fd = -1;

	ok(att_nl_open(&fd, &nl, err));
	ok(att_devlink_collect(&nl, "", &list, err));
	(void)close(fd);
	fd = -1;
	ok(att_ethtool_open(&fd, &et, err));
	ck_assert_int_lt(et.drvinfo(et.arg, "no-such-nic0", &info), 0);
	ck_assert_int_eq(et.drvinfo(et.arg, "a-name-that-no-interface-has",
	    &info), -ENODEV);
	ok(att_ethtool_collect(&et, "", &list, err));
	(void)close(fd);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("network adapters");
	TCase *t = tcase_create("nic");

	tcase_add_test(t, devices);
	tcase_add_test(t, hostile_texts);
	tcase_add_test(t, no_answer);
	tcase_add_test(t, does_not_hold_still);
	tcase_add_test(t, limits);
	tcase_add_test(t, answer_without_end);
	tcase_add_test(t, cut_and_changed);
	tcase_add_test(t, broken_messages);
	tcase_add_test(t, interfaces);
	tcase_add_test(t, this_kernel);
	suite_add_tcase(s, t);
	return run_suite(s);
}
