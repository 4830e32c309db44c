/* Packets that attest-measure and attestd take from each other. */
#include <string.h>

#include "agent/dmi.h"
#include "agent/measure_wire.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is in its bounds, and encodes to what it was. */
static void
read_request(struct att_slice s)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	struct att_wire_request q;

	if (att_wire_request_parse(s, &q, NULL) < 0)
		return;
	att_wire_request_encode(&q, &b);
	if (att_wire_kind_of(q.code) == NULL || b.failed ||
	    q.argument > att_wire_kind_of(q.code)->argument_max ||
	    !att_slice_equal(att_buf_view(&b), s))
		__builtin_trap();
}

static bool
is_clean(const char *text)
{
	return att_text_is_clean((struct att_slice){ (const uint8_t *)text,
		strlen(text) });
}

static void
read_reply(struct att_slice s)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_WIRE_MAX);
	struct att_wire_reply r;

	if (att_wire_reply_parse(s, &r, NULL) < 0)
		return;
	att_wire_reply_encode(&r, &b);
	if (b.failed || !is_clean(r.of) || !is_clean(r.change.chip) ||
	    !is_clean(r.change.range.name))
		__builtin_trap();
	/* of the text of an error bytes are masked */
	if (r.status.text[0] == '\0' && !att_slice_equal(att_buf_view(&b), s))
		__builtin_trap();
}

static void
read_smbios(struct att_slice s)
{
	struct att_cur c = att_cur_of(s);
	struct att_slice one;
	size_t all = 0;

	while (att_dmi_next(&c, &one, NULL) > 0)
		all += one.len + 4;
	if (all > s.len)
		__builtin_trap();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice s = { data, size };

	read_request(s);
	read_reply(s);
	read_smbios(s);
	return 0;
}
