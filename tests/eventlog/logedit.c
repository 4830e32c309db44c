#include "tests/eventlog/logedit.h"

#include <string.h>

bool
log_find(const struct att_buf *raw, uint32_t from, uint32_t pcr,
    uint32_t type, struct att_event *ret)
{
	struct att_tcglog log;
	struct att_tcg_iter it;

	if (att_tcglog_open(att_buf_view(raw), ATT_TCG_TPM, &log, NULL) < 0)
		return false;
	it = att_tcg_begin(&log);
	while (att_tcg_next(&it, ret, NULL) == 1)
		if (ret->number >= from && ret->pcr == pcr &&
		    ret->type == type)
			return true;
	return false;
}

uint8_t *
log_at(struct att_buf *raw, struct att_slice s, size_t i)
{
	return raw->data + (s.data - raw->data) + i;
}

bool
log_remove(struct att_buf *raw, log_pred *gone)
{
	struct att_buf kept = ATT_BUF(raw->max);
	struct att_tcglog log;
	struct att_tcg_iter it;
	struct att_event ev;
	uint64_t from = 0;

	if (att_tcglog_open(att_buf_view(raw), ATT_TCG_TPM, &log, NULL) < 0)
		return false;
	it = att_tcg_begin(&log);
	while (att_tcg_next(&it, &ev, NULL) == 1) {
		if (!gone(&ev))
			att_buf_bytes(&kept, raw->data + from,
			    it.cur.off - from);
		from = it.cur.off;
	}
	att_buf_done(raw);
	*raw = kept;
	return !kept.failed;
}

bool
log_is_behind_header(const struct att_event *ev)
{
	return ev->number > 0;
}

bool
log_is_locality(const struct att_event *ev)
{
	return ev->type == ATT_EV_NO_ACTION && ev->data.len == 17 &&
	    memcmp(ev->data.data, "StartupLocality", 16) == 0;
}

bool
log_is_of_pcr4(const struct att_event *ev)
{
	return ev->pcr == 4 && ev->type != ATT_EV_NO_ACTION;
}

bool
log_is_separator_of_pcr7(const struct att_event *ev)
{
	return ev->pcr == 7 && ev->type == ATT_EV_SEPARATOR;
}

bool
log_is_trailer(const struct att_event *ev)
{
	return ev->pcr == ATT_TCG_NO_PCR;
}
