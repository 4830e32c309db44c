/*
 * What events say: a whole log, of a TPM and of a confidential guest, and the
 * input as the data of one event of each type. Nothing that comes out may
 * carry a control character, and no label may be longer than it is to be.
 */
#include "eventlog/describe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(struct att_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] < 0x20 || s.data[i] == 0x7f)
			abort();
}

/* A control character would be written as \u00NN. */
static void
check_json(struct att_slice s)
{
	check_text(s);
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] == '\\' && s.data[++i] == 'u')
			abort();
}

static void
check_event(const struct att_event *ev, enum att_tcg_kind kind)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF((size_t)1 << 28);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_err err;

	att_event_label(ev, kind, &b);
	if (b.failed || b.len > ATT_EVENT_LABEL_MAX)
		abort();
	check_text(att_buf_view(&b));
	att_buf_reset(&b);
	if (att_event_to_json(ev, kind, &j, &err) < 0 ||
	    att_json_write(j, &b, &err) < 0)
		abort();
	check_json(att_buf_view(&b));
}

static void
check_log(struct att_slice raw, enum att_tcg_kind kind)
{
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;

	if (att_tcglog_open(raw, kind, &log, NULL) < 0)
		return;
	it = att_tcg_begin(&log);
	while (att_tcg_next(&it, &ev, NULL) == 1)
		check_event(&ev, kind);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* the first byte picks the type: 0x00 to 0x1f, or with bit 7 of EFI */
	struct att_event ev = { 0 };

	check_log((struct att_slice){ data, size }, ATT_TCG_TPM);
	check_log((struct att_slice){ data, size }, ATT_TCG_CC);
	if (size < 2)
		return 0;
	ev.type = data[0] & 0x1f;
	if ((data[0] & 0x80) != 0)
		ev.type |= 0x80000000 | ((data[0] & 0x40) != 0 ? 0xe0u : 0);
	ev.pcr = (data[0] & 0x20) != 0 ? ATT_TCG_NO_PCR : data[1] % 24;
	ev.data = (struct att_slice){ data + 2, size - 2 };
	check_event(&ev, ATT_TCG_TPM);
	return 0;
}
