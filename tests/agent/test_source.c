/* attestd's side where the one that it asks lies, hangs, or is nobody. */
#include "tests/agent/reading.h"

#include <errno.h>
#include <sys/mman.h>

#include "agent/boot.h"
#include "agent/collection.h"
#include "agent/packet.h"
#include "agent/remote_pass.h"
#include "agent/sealed.h"
#include "base/sysfs.h"
#include "evidence/posture.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static void
setup(void)
{
	measuring_node("", "");
	node_put("uefi", S("not what is asked for"));
}

static void
teardown(void)
{
	liar_stop();
	node_remove();
}

/* -- what it says ---------------------------------------------------------- */

/* Until a request is there. */
static void
listen_to(int fd)
{
	uint8_t b[512];

	if (recv(fd, b, sizeof(b), 0) <= 0)
		_exit(1);
}

static void
say(int fd, const struct att_wire_reply *r, int pass)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

	att_wire_reply_encode(r, &b);
	(void)!att_packet_send(fd, att_buf_view(&b), pass,
	    att_steady_now() + PATIENCE_MS, NULL);
}

/* An answer with these seals, or none, over `size` bytes. */
static void
answer(int fd, unsigned seals, uint64_t size, uint64_t told)
{
	const struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER,
		.data = true, .length = told };
	int m = memfd_create("x", MFD_ALLOW_SEALING);

	if (m < 0 || ftruncate(m, (off_t)size) < 0 ||
	    (seals != 0 && fcntl(m, F_ADD_SEALS, seals) < 0))
		_exit(1);
	listen_to(fd);
	say(fd, &r, m);
	(void)close(m);
}

/* One that is as it should be, with these bytes. */
static void
answer_with(int fd, struct att_slice bytes)
{
	struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER, .data = true };
	int m = -1;

	if (att_sealed_new(&m, NULL) < 0 ||
	    att_sealed_put(m, bytes, NULL) < 0 ||
	    att_sealed_close(m, &r.length, NULL) < 0)
		_exit(1);
	say(fd, &r, m);
	(void)close(m);
}

static void
honest(int fd)
{
	listen_to(fd);
	answer_with(fd, S("what is asked for"));
}

static void
unsealed(int fd)
{
	answer(fd, 0, 16, 16);
}

static void
writable(int fd)
{
	answer(fd, SEALS & ~(unsigned)F_SEAL_WRITE, 16, 16);
}

static void
may_shrink(int fd)
{
	answer(fd, SEALS & ~(unsigned)F_SEAL_SHRINK, 16, 16);
}

static void
not_for_good(int fd)
{
	answer(fd, SEALS & ~(unsigned)F_SEAL_SEAL, 16, 16);
}

static void
shorter(int fd)
{
	answer(fd, SEALS, 15, 16);
}

static void
longer(int fd)
{
	answer(fd, SEALS, 17, 16);
}

static void
giant(int fd)
{
	answer(fd, SEALS, (uint64_t)1 << 40, (uint64_t)1 << 40);
}

static void
of_a_file(int fd, const char *path)
{
	const struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER,
		.data = true, .length = 16 };
	int m = open(path, O_RDONLY);

	listen_to(fd);
	say(fd, &r, m);
	(void)close(m);
}

static void
a_file(int fd)
{
	AUTO(free) char *path = in_node("uefi");

	of_a_file(fd, path);
}

static void
a_device(int fd)
{
	of_a_file(fd, "/dev/zero");
}

static void
a_directory(int fd)
{
	of_a_file(fd, "/");
}

static void
missing(int fd)
{
	const struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER,
		.data = true, .length = 16 };

	listen_to(fd);
	say(fd, &r, -1);
}

static void
unasked(int fd)
{
	const struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER };

	listen_to(fd);
	say(fd, &r, fd);
}

static void
empty_handed(int fd)
{
	const struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER };

	listen_to(fd);
	say(fd, &r, -1);
}

/* With `count` descriptors at once. */
static void
with_many(int fd, size_t count)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	const struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER,
		.data = true, .length = 16 };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(64 * sizeof(int))];
	} control = { .bytes = { 0 } };
	struct msghdr m = { .msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct iovec io;

	att_wire_reply_encode(&r, &b);
	io = (struct iovec){ b.data, b.len };
	m.msg_iov = &io;
	m.msg_iovlen = 1;
	CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(count * sizeof(int));
	for (size_t i = 0; i < count; i++)
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)) + i * sizeof(int), &fd,
		    sizeof(int));
	listen_to(fd);
	(void)!sendmsg(fd, &m, MSG_NOSIGNAL);
}

static void
two(int fd)
{
	with_many(fd, 2);
}

static void
many(int fd)
{
	with_many(fd, 60);
}

static void
garbage(int fd)
{
	listen_to(fd);
	(void)!send(fd, "what?", 5, MSG_NOSIGNAL);
}

static void
too_long(int fd)
{
	static const uint8_t b[513] = { 1 };

	listen_to(fd);
	(void)!send(fd, b, sizeof(b), MSG_NOSIGNAL);
}

static void
another_version(int fd)
{
	static const uint8_t b[] = { 2, 0, 1, 0, 0, 0, 0, 0 };

	listen_to(fd);
	(void)!send(fd, b, sizeof(b), MSG_NOSIGNAL);
}

static void
a_question(int fd)
{
	const struct att_wire_reply r = { .kind = ATT_WIRE_ASK_CLOCK };

	listen_to(fd);
	say(fd, &r, -1);
}

static void
silence(int fd)
{
	listen_to(fd);
	(void)sleep(60);
}

static void
gone(int fd)
{
}

static void
refuses(int fd)
{
	const struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER,
		.status = { ATT_E_SYS, EACCES, 0, "\033[2J no" } };

	listen_to(fd);
	say(fd, &r, -1);
}

static void
has_none(int fd)
{
	const struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER,
		.status = { ATT_E_NOT_FOUND, 0, 0, "/x: no such file" } };

	listen_to(fd);
	say(fd, &r, -1);
}

static size_t
count_fds(void)
{
	AUTO_DONE(att_names_done) struct att_names n = { 0 };

	ok(att_sysfs_list("/proc/self/fd", &n, err));
	return n.count;
}

/* Nothing of what it says is taken, and no descriptor stays. */
static void
is_refused(void (*script)(int fd), int code, const char *word)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	size_t before;
	bool cut;

	serve(script);
	before = count_fds();
	fails(ask_log(ATT_LOGFILE_UEFI, 0, &b, &cut, err),
	    code, word);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_uint_eq(count_fds(), before);
}

START_TEST(lies)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	bool cut;

	/* what the others are held against */
	serve(honest);
	ok(ask_log(ATT_LOGFILE_UEFI, 0, &b, &cut, err));
	ck_assert(att_slice_is(att_buf_view(&b), "what is asked for"));

	is_refused(unsealed, ATT_E_UNTRUSTED, "attest-measure: ");
	is_refused(writable, ATT_E_UNTRUSTED, "not sealed");
	is_refused(may_shrink, ATT_E_UNTRUSTED, "not sealed");
	is_refused(not_for_good, ATT_E_UNTRUSTED, "not sealed");
	is_refused(shorter, ATT_E_MISMATCH, "15 bytes were passed, 16");
	is_refused(longer, ATT_E_MISMATCH, "17 bytes were passed, 16");
	is_refused(giant, ATT_E_LIMIT, "at most 1048576");
	is_refused(a_file, ATT_E_UNTRUSTED, "not sealed");
	is_refused(a_device, ATT_E_UNTRUSTED, "not sealed");
	is_refused(a_directory, ATT_E_UNTRUSTED, "not sealed");
	is_refused(missing, ATT_E_SHORT, "missing");
	is_refused(unasked, ATT_E_FORMAT, "nobody asked");
	is_refused(empty_handed, ATT_E_FORMAT, "no answer");
	is_refused(two, ATT_E_FORMAT, "more descriptors");
	is_refused(many, ATT_E_FORMAT, "more descriptors");
	is_refused(garbage, ATT_E_UNSUPPORTED, "version");
	is_refused(too_long, ATT_E_LIMIT, "more than 512");
	is_refused(another_version, ATT_E_UNSUPPORTED, "version 2");
	is_refused(a_question, ATT_E_FORMAT, "no answer");
	is_refused(gone, ATT_E_SHORT, "ended");
	is_refused(refuses, ATT_E_SYS, "?[2J no");
	is_refused(has_none, ATT_E_NOT_FOUND, "/x");
}
END_TEST

/* 5 seconds are what it has, and as many are waited for more. */
START_TEST(hangs)
{
	AUTO(free) char *path = in_node("boot_id");
	char id[ATT_BOOT_ID_LEN + 1];
	uint64_t began = att_steady_now();

	ck_assert_int_eq(unlink(path), 0);
	serve(silence);
	fails(att_boot_id_read(&config, id, err), ATT_E_TIMEOUT,
	    "attest-measure: no answer in time");
	ck_assert_uint_lt(att_steady_now() - began, PATIENCE_MS);
}
END_TEST

/* A socket where nobody takes a connection, until no more fit. */
START_TEST(never_accepts)
{
	AUTO(free) char *path = in_node("boot_id");
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), full[8];
	char id[ATT_BOOT_ID_LEN + 1];
	size_t n = 0;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/reader", node_dir);
	ck_assert(bind(s, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(s, 0) == 0);
	for (; n < ATT_COUNT(full); n++) {
		full[n] = socket(AF_UNIX,
		    SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (connect(full[n], (const struct sockaddr *)&at,
		    sizeof(at)) < 0)
			break;
	}
	ck_assert_uint_lt(n, ATT_COUNT(full));
	ck_assert_int_eq(unlink(path), 0);
	fails(att_boot_id_read(&config, id, err), ATT_E_TIMEOUT,
	    "attest-measure");
	(void)close(s);
}
END_TEST

/* What stands there is no socket, or may not be looked at. */
START_TEST(no_socket)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	bool cut;

	ck_assert(!att_source_is_remote(&config));
	node_put("reader", S(""));
	ck_assert(att_source_is_remote(&config));
	fails(ask_log(ATT_LOGFILE_UEFI, 0, &b, &cut, err),
	    ATT_E_SYS, "attest-measure");
	free(take(&config.measure_socket));
	ck_assert(!att_source_is_remote(&config));
	ok(ask_log(ATT_LOGFILE_UEFI, 0, &b, &cut, err));
}
END_TEST

/* Of a boot that this process is not shown; and no more. */
static void
only_the_boot(int fd)
{
	const struct att_wire_reply no = { .kind = ATT_WIRE_ANSWER,
		.status = { ATT_E_SYS, EACCES, 0, "not today" } };
	uint8_t b[512];

	while (recv(fd, b, sizeof(b), 0) > 0)
		if (b[2] == ATT_WIRE_BOOT_ID)
			answer_with(fd, S(BOOT "\n"));
		else
			say(fd, &no, -1);
}

/* Each item of evidence says why it is not there. */
START_TEST(unreadable)
{
	static const enum att_item items[] = { ATT_ITEM_UEFI_LOG,
		ATT_ITEM_USERSPACE_LOG, ATT_ITEM_IMA_LOG,
		ATT_ITEM_PLATFORM_POSTURE };
	AUTO_DONE(att_collection_done) struct att_collection c = { 0 };
	AUTO(free) char *boot_id = in_node("boot_id");
	struct att_err why = { 0 };

	ck_assert_int_eq(unlink(boot_id), 0);
	serve(only_the_boot);
	ok(att_collection_read(&config, &c, err));
	for (size_t i = 0; i < ATT_COUNT(items); i++) {
		ck_assert_int_eq(c.evidence.item[items[i]].state,
		    ATT_ITEM_UNREADABLE);
		ck_assert_str_eq(c.evidence.item[items[i]].reason,
		    "not today");
	}
	ck_assert_str_eq(c.evidence.boot_id, BOOT);
	/* where not even the boot is known, nothing can be said */
	serve(gone);
	ck_assert_int_eq(att_collection_read(&config, &c, &why), ATT_E_SHORT);
	ck_assert_ptr_nonnull(strstr(why.text, "attest-measure"));
}
END_TEST

/* Which question of which connection it is; there is no list of IMA's. */
static void
count_all(int fd)
{
	const struct att_wire_reply none = { .kind = ATT_WIRE_ANSWER,
		.status = { ATT_E_NOT_FOUND, 0, 0, "none" } };
	static unsigned connections;
	uint8_t b[512];
	char text[32];

	connections++;
	for (unsigned n = 1; recv(fd, b, sizeof(b), 0) > 0; n++) {
		(void)snprintf(text, sizeof(text), "%u of %u", n, connections);
		if (b[2] == ATT_WIRE_IMA_LOG)
			say(fd, &none, -1);
		else
			answer_with(fd, S(text));
	}
}

static void
is_told(struct att_source *s, const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	bool cut;

	ok(att_source_log(s, ATT_LOGFILE_UEFI, 0, &b, &cut, err));
	ck_assert_msg(att_slice_is(att_buf_view(&b), text), "%.*s, not %s",
	    (int)b.len, (const char *)b.data, text);
}

/* What is held is kept over an answer that there is nothing. */
START_TEST(held)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	bool cut;

	serve(count_all);
	is_told(&s, "1 of 1");
	is_told(&s, "1 of 2");
	att_source_hold(&s);
	is_told(&s, "1 of 3");
	fails(att_source_log(&s, ATT_LOGFILE_IMA, 0, &b, &cut, err),
	    ATT_E_NOT_FOUND, "none");
	is_told(&s, "3 of 3");
	att_source_release(&s);
	ck_assert_int_eq(s.fd, -1);
	is_told(&s, "1 of 4");
}
END_TEST

static void
a_poor_document(int fd)
{
	listen_to(fd);
	answer_with(fd, S("{\"format\":\"attestd-posture/9\"}"));
}

/* What goes into evidence is looked at before. */
START_TEST(documents)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_POSTURE_MAX);

	serve(a_poor_document);
	ck_assert_int_lt(ask_posture(&b, NULL), 0);
	ck_assert_int_lt(ask_hardware(&list, NULL), 0);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

/* Which components it told of, by which way. */
static void
of_a_tpm(int fd)
{
	listen_to(fd);
	answer_with(fd, S("[{\"id\":\"tpm\",\"kind\":\"tpm\","
	    "\"path\":\"tpm\",\"result\":\"ok\"}]"));
}

static void
of_a_nic(int fd)
{
	listen_to(fd);
	answer_with(fd, S("[{\"id\":\"nic/1\",\"kind\":\"nic\","
	    "\"path\":\"netlink\",\"result\":\"ok\"}]"));
}

START_TEST(what_it_cannot_know)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };

	serve(of_a_nic);
	ok(ask_hardware(&list, err));
	ck_assert_ptr_nonnull(att_components_find(&list, "nic/1"));
	serve(of_a_tpm);
	fails(ask_hardware(&list, err), ATT_E_MISMATCH,
	    "tpm by way of tpm, which it does not ask");
	ck_assert_uint_eq(list.count, 1);
}
END_TEST

/* -- a pass ---------------------------------------------------------------- */

static char doc[4096];
static unsigned clocks;

static int
clock_of(void *arg, struct att_pass_clock *ret, struct att_err *err)
{
	*ret = (struct att_pass_clock){ .clock = 1000 + clocks++,
		.reset_count = 3, .restart_count = 4, .safe = true };
	return 0;
}

static int
no_clock(void *arg, struct att_pass_clock *ret, struct att_err *err)
{
	return att_err_set(err, ATT_E_TPM_ABSENT, "none");
}

static int
tell_of_bmc(void *arg, struct att_components *list, struct att_err *err)
{
	struct att_component *c;

	return att_components_add(list, "redfish", ATT_COMPONENT_BMC,
	    ATT_PATH_REDFISH, &c, err);
}

static struct att_remote_pass
options(struct att_source *s)
{
	*s = (struct att_source)ATT_SOURCE(&config);
	return (struct att_remote_pass){ .source = s, .boot_id = BOOT,
		.limit_ms = 10000, .more = tell_of_bmc,
		.clock = clock_of };
}

static void
pass_fails(void (*script)(int fd), int code, const char *word)
{
	struct att_source s;
	struct att_remote_pass o = options(&s);
	struct att_measure m = { 0 };
	size_t before;

	serve(script);
	before = count_fds();
	fails(att_remote_pass_run(&o, &m, err), code, word);
	ck_assert_ptr_null(m.claims);
	att_source_close(&s);
	ck_assert_uint_eq(count_fds(), before);
}

/* A document of this boot, or another. */
static void
make_doc(const char *boot, enum att_path path)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(sizeof(doc) - 1);
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c =
	    calloc(1, sizeof(*c));
	struct att_component *one;
	struct att_pass *p;

	ck_assert_ptr_nonnull(c);
	snprintf(c->boot_id, sizeof(c->boot_id), "%s", boot);
	ok(att_components_add(&c->components, "bmc", ATT_COMPONENT_BMC, path,
	    &one, err));
	ok(att_firmware_claims_add_pass(c, "components", &p, err));
	p->at = 5;
	p->seconds = 7;
	p->has_clock = true;
	p->begin = (struct att_pass_clock){ 1001, 3, 4, true };
	p->end = (struct att_pass_clock){ 1002, 3, 4, true };
	ok(att_firmware_claims_encode(c, &b, err));
	memcpy(doc, b.data, b.len);
	doc[b.len] = '\0';
}

static void
a_pass(int fd)
{
	const struct att_wire_reply ask = { .kind = ATT_WIRE_ASK_CLOCK };
	const struct att_wire_reply change = { .kind = ATT_WIRE_CHANGE,
		.change = { "BIOS", "gone", { .fill = -1 } } };

	listen_to(fd);
	for (int i = 0; i < 2; i++) {
		say(fd, &ask, -1);
		listen_to(fd);
	}
	say(fd, &change, -1);
	answer_with(fd, S(doc));
	listen_to(fd);
	say(fd, &(struct att_wire_reply){ .kind = ATT_WIRE_ANSWER }, -1);
}

/* What is added here, and that the pass began with it. */
START_TEST(a_pass_of_both)
{
	AUTO_DONE(att_measure_done) struct att_measure m = { 0 };
	AUTO_DONE(att_source_close) struct att_source s;
	struct att_remote_pass o = options(&s);
	const struct att_pass *p;

	make_doc(BOOT, ATT_PATH_IPMI);
	serve(a_pass);
	ok(att_remote_pass_run(&o, &m, err));
	ck_assert_uint_eq(clocks, 3);
	ck_assert_ptr_nonnull(att_components_find(&m.claims->components,
	    "bmc"));
	ck_assert_ptr_nonnull(att_components_find(&m.claims->components,
	    "redfish"));
	p = att_firmware_claims_pass(m.claims, "components");
	ck_assert(p->has_clock && p->begin.clock == 1000 &&
	    p->end.clock == 1002 && p->at > 1700000000);
	ck_assert(m.changes == 1 && strcmp(m.change[0].how, "gone") == 0);
	ok(att_remote_pass_kept(&s, err));
	/* a TPM that does not tell is none */
	att_measure_done(&m);
	att_source_close(&s);
	o.clock = no_clock;
	ok(att_remote_pass_run(&o, &m, err));
	ck_assert(!att_firmware_claims_pass(m.claims,
	    "components")->has_clock);
}
END_TEST

static void
too_many_changes(int fd)
{
	const struct att_wire_reply change = { .kind = ATT_WIRE_CHANGE,
		.change = { "BIOS", "gone", { .fill = -1 } } };

	listen_to(fd);
	for (int i = 0; i < 65; i++)
		say(fd, &change, -1);
	answer_with(fd, S(doc));
}

static void
only_a_doc(int fd)
{
	listen_to(fd);
	answer_with(fd, S(doc));
}

START_TEST(a_pass_that_lies)
{
	make_doc(BOOT, ATT_PATH_IPMI);
	pass_fails(too_many_changes, ATT_E_LIMIT, "more than 64 changes");
	make_doc("5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d99", ATT_PATH_IPMI);
	pass_fails(only_a_doc, ATT_E_MISMATCH, "another boot");
	make_doc(BOOT, ATT_PATH_REDFISH);
	pass_fails(only_a_doc, ATT_E_MISMATCH, "bmc by way of redfish");
	snprintf(doc, sizeof(doc), "nonsense");
	pass_fails(only_a_doc, ATT_E_FORMAT, "attest-measure");
	pass_fails(unsealed, ATT_E_UNTRUSTED, "not sealed");
	pass_fails(empty_handed, ATT_E_SHORT, "no document");
	pass_fails(gone, ATT_E_SHORT, "ended");
	pass_fails(refuses, ATT_E_SYS, "attest-measure: ");
}
END_TEST

static bool
look_some(void *arg, const char *of, uint64_t done, uint64_t size)
{
	unsigned *left = arg;

	return (*left)-- > 0;
}

static void
no_end(int fd)
{
	const struct att_wire_reply p = { .kind = ATT_WIRE_PROGRESS,
		.of = "flash/BIOS", .done = 1, .size = 2 };

	listen_to(fd);
	for (;;) {
		say(fd, &p, -1);
		(void)usleep(1000);
	}
}

/* Whoever waits can end it, whatever the other side does. */
START_TEST(a_pass_without_end)
{
	AUTO_DONE(att_source_close) struct att_source s;
	struct att_remote_pass o = options(&s);
	struct att_measure m = { 0 };
	unsigned left = 5;

	o.progress = look_some;
	o.arg = &left;
	serve(no_end);
	fails(att_remote_pass_run(&o, &m, err), ATT_E_BUSY, "stopped");
	att_source_close(&s);
	left = 5;
	serve(silence);
	fails(att_remote_pass_run(&o, &m, err), ATT_E_BUSY, "stopped");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("source");
	TCase *t = tcase_create("liars");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, lies);
	tcase_add_test(t, hangs);
	tcase_add_test(t, never_accepts);
	tcase_add_test(t, no_socket);
	tcase_add_test(t, unreadable);
	tcase_add_test(t, held);
	tcase_add_test(t, documents);
	tcase_add_test(t, what_it_cannot_know);
	tcase_add_test(t, a_pass_of_both);
	tcase_add_test(t, a_pass_that_lies);
	tcase_add_test(t, a_pass_without_end);
	suite_add_tcase(s, t);
	return run_suite(s);
}
