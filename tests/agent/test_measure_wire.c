/* Packets of attest-measure: what is taken, and everything that is not. */
#include "testlib.h"

#include "agent/measure_wire.h"
#include "base/file.h"

static struct att_buf packet;

static void
setup(void)
{
	packet = ATT_BUF(ATT_WIRE_MAX);
}

static void
teardown(void)
{
	att_buf_done(&packet);
}

static const struct att_wire_request requests[] = {
	{ .code = ATT_WIRE_BOOT_ID },
	{ .code = ATT_WIRE_BOOT_LOG },
	{ .code = ATT_WIRE_USERSPACE_LOG },
	{ .code = ATT_WIRE_IMA_LOG, .argument = 123456789 },
	{ .code = ATT_WIRE_POSTURE },
	{ .code = ATT_WIRE_SMBIOS, .argument = 42 },
	{ .code = ATT_WIRE_INVENTORY },
	{ .code = ATT_WIRE_FIRMWARE },
	{ .code = ATT_WIRE_KEPT },
	{ .code = ATT_WIRE_CLOCK, .has_clock = true,
	    .clock = { UINT64_MAX, 7, 8, true } },
	{ .code = ATT_WIRE_CLOCK },
};

static const struct att_wire_reply replies[] = {
	{ .kind = ATT_WIRE_ANSWER, .data = true, .cut = true, .length = 77 },
	{ .kind = ATT_WIRE_ANSWER },
	{ .kind = ATT_WIRE_ANSWER, .data = true, .failed = 16,
	    .left_out = UINT32_MAX },
	{ .kind = ATT_WIRE_ANSWER, .status = { ATT_E_SYS, 13, ATT_NO_OFFSET,
	    "/x: Permission denied" } },
	{ .kind = ATT_WIRE_PROGRESS, .of = "flash/BIOS", .done = 5,
	    .size = 16777216 },
	{ .kind = ATT_WIRE_ASK_CLOCK },
	{ .kind = ATT_WIRE_CHANGE, .change = { "BIOS", "added",
	    { .offset = 4096, .length = 65536, .class = ATT_RANGE_STATIC,
		.fill = -1, .name = "code" } } },
	{ .kind = ATT_WIRE_CHANGE, .change = { "BIOS", "gone",
	    { .fill = -1 } } },
};

static bool
same_request(const struct att_wire_request *a,
    const struct att_wire_request *b)
{
	return a->code == b->code && a->argument == b->argument &&
	    a->has_clock == b->has_clock && a->clock.clock == b->clock.clock &&
	    a->clock.reset_count == b->clock.reset_count &&
	    a->clock.restart_count == b->clock.restart_count &&
	    a->clock.safe == b->clock.safe;
}

static bool
same_change(const struct att_measure_change *a,
    const struct att_measure_change *b)
{
	return strcmp(a->chip, b->chip) == 0 && strcmp(a->how, b->how) == 0 &&
	    a->range.offset == b->range.offset &&
	    a->range.length == b->range.length &&
	    a->range.class == b->range.class &&
	    strcmp(a->range.name, b->range.name) == 0;
}

static bool
same_reply(const struct att_wire_reply *a, const struct att_wire_reply *b)
{
	return a->kind == b->kind && a->status.code == b->status.code &&
	    a->status.sub == b->status.sub &&
	    strcmp(a->status.text, b->status.text) == 0 &&
	    a->data == b->data && a->cut == b->cut &&
	    a->length == b->length && a->failed == b->failed &&
	    a->left_out == b->left_out && strcmp(a->of, b->of) == 0 &&
	    a->done == b->done && a->size == b->size &&
	    (a->kind != ATT_WIRE_CHANGE ||
		same_change(&a->change, &b->change));
}

START_TEST(round_trips)
{
	for (size_t i = 0; i < ATT_COUNT(requests); i++) {
		struct att_wire_request q;

		att_buf_reset(&packet);
		att_wire_request_encode(&requests[i], &packet);
		ok(att_wire_request_parse(att_buf_view(&packet), &q, err));
		ck_assert(same_request(&requests[i], &q));
	}
	for (size_t i = 0; i < ATT_COUNT(replies); i++) {
		struct att_wire_reply r;

		att_buf_reset(&packet);
		att_wire_reply_encode(&replies[i], &packet);
		ok(att_wire_reply_parse(att_buf_view(&packet), &r, err));
		ck_assert_msg(same_reply(&replies[i], &r), "reply %zu", i);
	}
}
END_TEST

/* Each is refused, and nothing is written. */
static void
refuses_all_but(struct att_slice whole, bool request)
{
	struct att_wire_request q = { .argument = 99 };
	struct att_wire_reply r = { .length = 99 };

	for (size_t n = 0; n < whole.len; n++) {
		struct att_slice cut = { whole.data, n };

		ck_assert_int_lt(request ?
			att_wire_request_parse(cut, &q, NULL) :
			att_wire_reply_parse(cut, &r, NULL), 0);
	}
	att_buf_u8(&packet, 0);
	ck_assert_int_eq(request ?
		att_wire_request_parse(att_buf_view(&packet), &q, NULL) :
		att_wire_reply_parse(att_buf_view(&packet), &r, NULL),
	    ATT_E_TRAILING);
	ck_assert(q.argument == 99 && r.length == 99);
}

START_TEST(truncations)
{
	for (size_t i = 0; i < ATT_COUNT(requests); i++) {
		att_buf_reset(&packet);
		att_wire_request_encode(&requests[i], &packet);
		refuses_all_but(att_buf_view(&packet), true);
	}
	for (size_t i = 0; i < ATT_COUNT(replies); i++) {
		att_buf_reset(&packet);
		att_wire_reply_encode(&replies[i], &packet);
		refuses_all_but(att_buf_view(&packet), false);
	}
}
END_TEST

/* What a flipped bit leaves is refused, or encodes to the same bytes. */
START_TEST(bit_flips)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	size_t taken = 0;

	for (size_t i = 0; i < ATT_COUNT(replies); i++) {
		att_buf_reset(&packet);
		att_wire_reply_encode(&replies[i], &packet);
		for (size_t bit = 0; bit < 8 * packet.len; bit++) {
			struct att_wire_reply r;

			packet.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (att_wire_reply_parse(att_buf_view(&packet), &r,
			    NULL) == 0) {
				att_buf_reset(&b);
				att_wire_reply_encode(&r, &b);
				/* of an error's text some bytes are masked */
				ck_assert(r.status.text[0] != '\0' ||
				    att_slice_equal(att_buf_view(&b),
					att_buf_view(&packet)));
				taken++;
			}
			packet.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
	ck_assert_uint_gt(taken, 100);
}
END_TEST

static void
refuses_request(const struct att_wire_request *q, size_t at, uint8_t value,
    int code, const char *word)
{
	struct att_wire_request got;

	att_buf_reset(&packet);
	att_wire_request_encode(q, &packet);
	packet.data[at] = value;
	fails(att_wire_request_parse(att_buf_view(&packet), &got, err), code,
	    word);
}

START_TEST(requests_that_are_none)
{
	refuses_request(&requests[0], 0, 2, ATT_E_UNSUPPORTED, "version 2");
	refuses_request(&requests[0], 1, 1, ATT_E_UNSUPPORTED, "version 257");
	refuses_request(&requests[0], 2, 0, ATT_E_UNSUPPORTED, "request 0");
	refuses_request(&requests[0], 2, ATT_WIRE_CODES, ATT_E_UNSUPPORTED,
	    "no request 11");
	refuses_request(&requests[0], 4, 1, ATT_E_FORMAT, "rule");
	refuses_request(&requests[0], 8, 1, ATT_E_LIMIT,
	    "boot-id does not take 1");
	refuses_request(&requests[5], 9, 1, ATT_E_LIMIT, "smbios");
	refuses_request(&requests[9], 4, 4, ATT_E_FORMAT, "rule");
}
END_TEST

static void
refuses_reply(const struct att_wire_reply *r)
{
	struct att_wire_reply got;

	att_buf_reset(&packet);
	att_wire_reply_encode(r, &packet);
	fails(att_wire_reply_parse(att_buf_view(&packet), &got, err),
	    ATT_E_FORMAT, "rule");
}

START_TEST(replies_that_are_none)
{
	static const struct att_wire_reply bad[] = {
		/* bytes that are not there, or that fail */
		{ .kind = ATT_WIRE_ANSWER, .length = 1 },
		{ .kind = ATT_WIRE_ANSWER, .cut = true },
		{ .kind = ATT_WIRE_ANSWER, .data = true,
		    .status = { ATT_E_SYS, 1, 0, "x" } },
		/* a failure without a word, a word without a failure */
		{ .kind = ATT_WIRE_ANSWER, .status = { ATT_E_SYS, 1, 0, "" } },
		{ .kind = ATT_WIRE_ANSWER, .status = { ATT_OK, 0, 0, "x" } },
		{ .kind = ATT_WIRE_ANSWER, .status = { ATT_OK, 1, 0, "" } },
		/* codes that are none */
		{ .kind = ATT_WIRE_ANSWER,
		    .status = { (enum att_code)1, 0, 0, "x" } },
		{ .kind = ATT_WIRE_ANSWER,
		    .status = { (enum att_code)-99, 0, 0, "x" } },
		{ .kind = ATT_WIRE_ANSWER, .data = true, .failed = 17 },
		{ .kind = ATT_WIRE_ANSWER, .data = true,
		    .left_out = 1ull << 32 },
		{ .kind = ATT_WIRE_PROGRESS, .done = 2, .size = 1 },
		{ .kind = ATT_WIRE_PROGRESS, .size = UINT64_MAX },
		{ .kind = ATT_WIRE_PROGRESS, .size = 1, .of = "\033[2J" },
		{ .kind = ATT_WIRE_CHANGE, .change = { "", "gone",
		    { .fill = -1 } } },
		{ .kind = ATT_WIRE_CHANGE, .change = { "a\nb", "gone",
		    { .fill = -1 } } },
		{ .kind = ATT_WIRE_CHANGE, .change = { "a", "gone",
		    { .fill = -1, .name = "\033c" } } },
		{ .kind = ATT_WIRE_CHANGE, .change = { "a", "gone",
		    { .offset = UINT64_MAX } } },
		{ .kind = ATT_WIRE_CHANGE, .change = { "a", "gone",
		    { .class = (enum att_range_class)5 } } },
	};
	struct att_wire_reply got;

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		refuses_reply(&bad[i]);
	att_buf_reset(&packet);
	att_wire_reply_encode(&replies[5], &packet);
	packet.data[2] = 5;
	fails(att_wire_reply_parse(att_buf_view(&packet), &got, err),
	    ATT_E_UNSUPPORTED, "no reply 5");
}
END_TEST

/* Who reads it sees no control character; a NUL is none of a text. */
START_TEST(texts)
{
	static const struct att_wire_reply hostile = {
		.kind = ATT_WIRE_ANSWER,
		.status = { ATT_E_SYS, 0, 0, "a\033[2Jb" } };
	struct att_wire_reply got;

	att_wire_reply_encode(&hostile, &packet);
	ok(att_wire_reply_parse(att_buf_view(&packet), &got, err));
	ck_assert_str_eq(got.status.text, "a?[2Jb");
	packet.data[packet.len - 1] = '\0';
	fails(att_wire_reply_parse(att_buf_view(&packet), &got, err),
	    ATT_E_FORMAT, "rule");
}
END_TEST

/* The longest of all fits into a packet. */
START_TEST(limits)
{
	struct att_wire_reply r = { .kind = ATT_WIRE_ANSWER,
		.status = { .code = ATT_E_SYS } }, got;

	memset(r.status.text, 'x', ATT_ERR_TEXT_MAX);
	att_wire_reply_encode(&r, &packet);
	ok(att_buf_ok(&packet, "packet", err));
	ok(att_wire_reply_parse(att_buf_view(&packet), &got, err));
	ck_assert(same_reply(&r, &got));
	r = (struct att_wire_reply){ .kind = ATT_WIRE_CHANGE,
		.change = { .how = "content" } };
	memset(r.change.chip, 'c', ATT_FLASH_NAME_MAX);
	memset(r.change.range.name, 'n', ATT_RANGE_NAME_MAX);
	att_buf_reset(&packet);
	att_wire_reply_encode(&r, &packet);
	ok(att_buf_ok(&packet, "packet", err));
	ok(att_wire_reply_parse(att_buf_view(&packet), &got, err));
	ck_assert(same_reply(&r, &got));
	/* one more */
	packet.data[4 + 18]++;
	ck_assert_int_lt(att_wire_reply_parse(att_buf_view(&packet), &got,
	    NULL), 0);
}
END_TEST

/* The document has each request by its number, and what it may take. */
START_TEST(as_it_is_written_down)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	AUTO(free) char *doc = NULL;

	ok(att_file_read("docs/PROTOCOL-measure.txt", &b, err));
	doc = att_buf_take_str(&b);
	ck_assert_ptr_nonnull(doc);
	for (unsigned code = 1; code < ATT_WIRE_CODES; code++) {
		const struct att_wire_kind *k = att_wire_kind_of(code);
		char time[16] = "-", row[64];

		ck_assert_ptr_nonnull(k);
		if (k->seconds != 0)
			snprintf(time, sizeof(time), "%u", k->seconds);
		snprintf(row, sizeof(row), "\n    %4u  %-13s  %4s  ", code,
		    k->name, time);
		ck_assert_msg(strstr(doc, row) != NULL, "no row%s", row);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("measure_wire");
	TCase *t = tcase_create("packets");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, round_trips);
	tcase_add_test(t, truncations);
	tcase_add_test(t, bit_flips);
	tcase_add_test(t, requests_that_are_none);
	tcase_add_test(t, replies_that_are_none);
	tcase_add_test(t, texts);
	tcase_add_test(t, limits);
	tcase_add_test(t, as_it_is_written_down);
	suite_add_tcase(s, t);
	return run_suite(s);
}
