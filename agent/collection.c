#include "agent/collection.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "agent/devices.h"
#include "base/cur.h"
#include "base/file.h"
#include "base/text.h"
#include "eventlog/tcg.h"
#include "evidence/posture.h"

/* bytes of IMA's list that are read again, to see that it only grew */
#define LIST_OVERLAP ((size_t)4096)

#define RECORD_SEPARATOR 0x1e	/* RFC 7464 */

void
att_collection_done(struct att_collection *c)
{
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		att_buf_done(&c->item[i]);
	att_tpm_signed_done(&c->quote);
	att_source_close(&c->source);
	*c = (struct att_collection){ 0 };
}

/* -- one log ------------------------------------------------------------ */

/* The protocol carries whole lines of a JSON string. */
static int
check_list(const char *path, struct att_slice list, struct att_err *err)
{
	if (list.len == 0)
		return 0;
	if (memchr(list.data, '\0', list.len) != NULL ||
	    !att_text_is_utf8(list))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "%.100s: is no text in UTF-8, or a path in it is none",
		    path);
	if (list.data[list.len - 1] != '\n')
		return att_err_set(err, ATT_E_SHORT,
		    "%.100s: its last line is cut off", path);
	return 0;
}

/* A document that this user's own processes leave. */
static int
read_document(const struct att_agent_config *config, enum att_item item,
    struct att_buf *ret, struct att_err *err)
{
	AUTO(free) char *made = NULL;

	*ret = ATT_BUF(ATT_MIN((size_t)ATT_ITEM_MAX,
	    (size_t)config->max_log_size));
	if (item != ATT_ITEM_SPDM_MEASUREMENTS)
		return att_file_read_kept(config->firmware_claims, ret, err);
	made = att_path_join(config->run_dir, ATT_DEVICES_FILE);
	return made == NULL ? att_err_nomem(err) :
			      att_file_read_kept(made, ret, err);
}

/* `which` is the log of `item`. */
static int
read_log(struct att_collection *c, const struct att_agent_config *config,
    enum att_logfile which, struct att_buf *ret, struct att_err *err)
{
	bool cut = false;
	int r;

	*ret = ATT_BUF(att_logfile_max(config, which));
	if ((r = att_source_log(&c->source, which, 0, ret, &cut, err)) < 0)
		return r;
	if (cut)
		(void)snprintf(c->warning, sizeof(c->warning),
		    "%.100s: its last append was cut off, a record may be "
		    "missing", config->userspace_log);
	return which == ATT_LOGFILE_IMA ?
	    check_list(config->ima_log, att_buf_view(ret), err) : 0;
}

static int
read_bytes(struct att_collection *c, const struct att_agent_config *config,
    enum att_item item, struct att_buf *ret, struct att_err *err)
{
	switch (item) {
	case ATT_ITEM_UEFI_LOG:
		return read_log(c, config, ATT_LOGFILE_UEFI, ret, err);
	case ATT_ITEM_USERSPACE_LOG:
		return read_log(c, config, ATT_LOGFILE_USERSPACE, ret, err);
	case ATT_ITEM_IMA_LOG:
		return read_log(c, config, ATT_LOGFILE_IMA, ret, err);
	default:
		return read_document(config, item, ret, err);
	}
}

/* Replaces what `item` holds, and only if it could be read. */
static int
read_item(struct att_collection *c, const struct att_agent_config *config,
    enum att_item item, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(0);
	int r = read_bytes(c, config, item, &b, err);

	if (r < 0)
		return r;
	att_collection_put(c, item, &b);
	return 0;
}

/* -- all of them -------------------------------------------------------- */

/* Those that can be read; what is behind broken framing is not counted. */
static int64_t
count_events(struct att_slice log)
{
	struct att_tcglog l;
	struct att_tcg_iter it;
	struct att_event ev;
	int64_t n = 0;

	if (att_tcglog_open(log, ATT_TCG_TPM, &l, NULL) < 0)
		return 0;
	it = att_tcg_begin(&l);
	while (att_tcg_next(&it, &ev, NULL) > 0)
		n++;
	return n;
}

static int64_t
count_bytes(struct att_slice log, uint8_t value)
{
	int64_t n = 0;

	for (size_t i = 0; i < log.len; i++)
		n += log.data[i] == value;
	return n;
}

static void
note_failure(struct att_collection *c, enum att_item item,
    const struct att_err *err)
{
	memcpy(c->reason[item], err->text, sizeof(c->reason[item]));
	c->evidence.item[item] = (struct att_evidence_item){
		.state = err->code == ATT_E_NOT_FOUND ? ATT_ITEM_ABSENT :
							ATT_ITEM_UNREADABLE,
		.reason = c->reason[item] };
}

static void
read_or_note(struct att_collection *c, const struct att_agent_config *config,
    enum att_item item)
{
	struct att_err why = { 0 };

	if (read_item(c, config, item, &why) < 0)
		note_failure(c, item, &why);
}

/* How this machine is set up, now. */
static void
read_posture(struct att_collection *c, const struct att_agent_config *config)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_POSTURE_MAX);
	struct att_err why = { 0 };

	if (!config->posture)
		return;
	if (att_source_posture(&c->source, &b, &why) < 0)
		note_failure(c, ATT_ITEM_PLATFORM_POSTURE, &why);
	else
		att_collection_put(c, ATT_ITEM_PLATFORM_POSTURE, &b);
}

/* Where devices are to be asked, that none has answered is worth telling. */
static void
read_devices(struct att_collection *c, const struct att_agent_config *config)
{
	const enum att_item item = ATT_ITEM_SPDM_MEASUREMENTS;
	struct att_err none = { .code = ATT_E_SYS,
		.text = "no device has signed so far" };

	if (!config->spdm)
		return;
	read_or_note(c, config, item);
	if (c->evidence.item[item].state == ATT_ITEM_ABSENT)
		note_failure(c, item, &none);
}

int
att_collection_read(const struct att_agent_config *config,
    struct att_collection *ret, struct att_err *err)
{
	struct att_collection *c = ret;
	int r;

	att_collection_done(c);
	if ((r = att_boot_read(config, &c->boot, err)) < 0)
		return r;
	c->source = (struct att_source)ATT_SOURCE(config);
	c->quote = ATT_TPM_SIGNED;
	att_source_hold(&c->source);
	read_or_note(c, config, ATT_ITEM_UEFI_LOG);
	read_or_note(c, config, ATT_ITEM_USERSPACE_LOG);
	read_or_note(c, config, ATT_ITEM_IMA_LOG);
	read_or_note(c, config, ATT_ITEM_FIRMWARE_CLAIMS);
	read_posture(c, config);
	read_devices(c, config);
	att_source_release(&c->source);
	c->entries[ATT_ITEM_UEFI_LOG] =
	    count_events(att_buf_view(&c->item[ATT_ITEM_UEFI_LOG]));
	c->entries[ATT_ITEM_USERSPACE_LOG] =
	    count_bytes(att_buf_view(&c->item[ATT_ITEM_USERSPACE_LOG]),
		RECORD_SEPARATOR);
	c->entries[ATT_ITEM_IMA_LOG] =
	    count_bytes(att_buf_view(&c->item[ATT_ITEM_IMA_LOG]), '\n');
	c->entries[ATT_ITEM_FIRMWARE_CLAIMS] =
	    c->evidence.item[ATT_ITEM_FIRMWARE_CLAIMS].state ==
	    ATT_ITEM_PRESENT;
	c->entries[ATT_ITEM_PLATFORM_POSTURE] =
	    c->evidence.item[ATT_ITEM_PLATFORM_POSTURE].state ==
	    ATT_ITEM_PRESENT;
	c->entries[ATT_ITEM_SPDM_MEASUREMENTS] =
	    c->evidence.item[ATT_ITEM_SPDM_MEASUREMENTS].state ==
	    ATT_ITEM_PRESENT;
	c->evidence.boot_id = c->boot.id;
	c->evidence.hint_vendor = c->boot.vendor;
	c->evidence.hint_product = c->boot.product;
	return 0;
}

void
att_collection_put(struct att_collection *c, enum att_item item,
    struct att_buf *bytes)
{
	att_buf_done(&c->item[item]);
	c->item[item] = *bytes;
	*bytes = ATT_BUF(0);
	c->evidence.item[item] = (struct att_evidence_item){
		.state = ATT_ITEM_PRESENT,
		.bytes = att_buf_view(&c->item[item]) };
}

/* -- the quote ---------------------------------------------------------- */

static int
take_order(struct att_collection *c, const struct att_quote_order *o,
    struct att_err *err)
{
	struct att_evidence *e = &c->evidence;

	if (o->challenge.len > sizeof(c->challenge) ||
	    o->item_count > ATT_ITEM_COUNT)
		return att_err_set(err, ATT_E_LIMIT,
		    "a challenge of %zu bytes or %zu items cannot be quoted "
		    "over", o->challenge.len, o->item_count);
	if (o->challenge.len > 0)
		memcpy(c->challenge, o->challenge.data, o->challenge.len);
	e->challenge = (struct att_slice){ c->challenge, o->challenge.len };
	e->bound = o->bound;
	e->bound_count = o->bound ? o->item_count : 0;
	for (size_t i = 0; i < e->bound_count; i++)
		e->bound_item[i] = o->item[i];
	return 0;
}

static int
quote_once(struct att_collection *c, struct att_tpm_ak *ak,
    const struct att_quote_order *o, struct att_hasher *h,
    struct att_err *err)
{
	struct att_slice qualifying = c->evidence.challenge;
	struct att_digest bound;
	int r;

	if (o->bound) {
		if ((r = att_evidence_binding(&c->evidence, h,
			 c->evidence.challenge, o->item, o->item_count,
			 &bound, err)) < 0)
			return r;
		qualifying = att_digest_view(&bound);
	}
	return att_tpm_quote(ak, qualifying, o->select, o->select_count,
	    &c->quote, &c->evidence.pcrs, err);
}

static bool
begins_with(struct att_slice whole, struct att_slice with)
{
	return whole.len >= with.len && (with.len == 0 ||
	    memcmp(whole.data, with.data, with.len) == 0);
}

/* Behind the first `lines` lines, which are there. */
static struct att_slice
lines_from(struct att_slice list, int64_t lines)
{
	size_t at = 0;

	while (lines > 0 && at < list.len)
		lines -= list.data[at++] == '\n';
	return list.len == 0 ? list :
	    (struct att_slice){ list.data + at, list.len - at };
}

/*
 * The list is as long as the machine is up, so of it only what is behind its
 * last known bytes is read again. These bytes, at the same place, hold whole
 * entries, of which IMA lists none twice: who trimmed the list moved them. Even
 * where that went unseen, as with entries of violations, PCR 10 is not what the
 * list then gives.
 */
static int
reread_list(struct att_collection *c, const struct att_agent_config *config,
    struct att_err *err)
{
	struct att_buf *list = &c->item[ATT_ITEM_IMA_LOG];
	const size_t known = ATT_MIN(list->len, LIST_OVERLAP);
	const size_t from = list->len - known;
	AUTO_DONE(att_buf_done) struct att_buf tail = ATT_BUF(list->max -
	    from);
	struct att_slice more;
	bool cut;
	int r;

	if ((r = att_source_log(&c->source, ATT_LOGFILE_IMA, from, &tail,
		 &cut, err)) < 0)
		return r;
	if (!begins_with(att_buf_view(&tail), (struct att_slice){
		known == 0 ? NULL : list->data + from, known }))
		return att_err_set(err, ATT_E_BUSY,
		    "IMA's list was trimmed while it was read");
	more = (struct att_slice){ tail.data == NULL ? NULL :
		    tail.data + known, tail.len - known };
	if ((r = check_list(config->ima_log, more, err)) < 0)
		return r;
	att_buf_slice(list, more);
	return att_buf_ok(list, config->ima_log, err);
}

static int
reread_whole(struct att_collection *c, const struct att_agent_config *config,
    enum att_item item, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf old = c->item[item];
	int r;

	c->item[item] = ATT_BUF(0);
	if ((r = read_item(c, config, item, err)) < 0)
		return r;
	return att_slice_equal(att_buf_view(&old),
	    att_buf_view(&c->item[item]));
}

/*
 * 1 if what it is now may go along with the quote, 0 if that has to be made
 * again. One that cannot be read any more is not PRESENT.
 */
static int
reread_one(struct att_collection *c, const struct att_agent_config *config,
    const struct att_quote_order *o, enum att_item item, struct att_err *err)
{
	const bool list = item == ATT_ITEM_IMA_LOG;
	struct att_err why = { 0 };
	int r = list ? reread_list(c, config, &why) :
		       reread_whole(c, config, item, &why);

	if (r < 0) {
		note_failure(c, item, &why);
		return att_err_set(err, why.code, "%s", why.text);
	}
	if (!list)
		return r;
	c->evidence.item[item].bytes = lines_from(att_buf_view(&c->item[item]),
	    o->ima_offset);
	return 1;
}

/*
 * Those that others write. 1: they are what they were; 0: at least one grew.
 * What devices signed is dated by itself: if other answers came meanwhile, the
 * quote over these is none the worse.
 */
static int
reread(struct att_collection *c, const struct att_agent_config *config,
    const struct att_quote_order *o, struct att_err *err)
{
	int same = 1, r;

	att_source_hold(&c->source);
	for (size_t i = 0; i < o->item_count; i++) {
		/* two are this process's own word, the third may change */
		if (o->item[i] == ATT_ITEM_NODE_FACTS ||
		    o->item[i] == ATT_ITEM_PLATFORM_POSTURE ||
		    o->item[i] == ATT_ITEM_SPDM_MEASUREMENTS)
			continue;
		if ((r = reread_one(c, config, o, o->item[i], err)) < 0)
			return r;
		same = same && r == 1;
	}
	att_source_release(&c->source);
	return same;
}

/* TPMT_PUBLIC, which follows two size bytes. */
static struct att_slice
ak_public(const struct att_tpm_ak *ak)
{
	struct att_cur c = att_cur_of(att_tpm_ak_public(ak));
	struct att_slice inner = { 0 };

	return att_cur_tpm2b(&c, &inner) ? inner : (struct att_slice){ 0 };
}

static int
quote_until_stable(struct att_collection *c,
    const struct att_agent_config *config, struct att_tpm_ak *ak,
    const struct att_quote_order *o, struct att_hasher *h,
    struct att_err *err)
{
	int r;

	for (unsigned i = 0; i < ATT_COLLECT_TRIES; i++) {
		if ((r = quote_once(c, ak, o, h, err)) < 0 ||
		    (r = reread(c, config, o, err)) < 0)
			return r;
		if (r == 1 || !o->bound)
			return 0;
	}
	return att_err_set(err, ATT_E_BUSY,
	    "the logs grew during each of %d quotes", ATT_COLLECT_TRIES);
}

/* What nobody asked for of it is not kept, as it can be large. */
static void
drop_list(struct att_collection *c, const struct att_quote_order *o)
{
	for (size_t i = 0; i < o->item_count; i++)
		if (o->item[i] == ATT_ITEM_IMA_LOG)
			return;
	if (c->evidence.item[ATT_ITEM_IMA_LOG].state != ATT_ITEM_PRESENT)
		return;
	c->evidence.item[ATT_ITEM_IMA_LOG] = (struct att_evidence_item){ 0 };
	att_buf_done(&c->item[ATT_ITEM_IMA_LOG]);
}

int
att_collection_quote(struct att_collection *c,
    const struct att_agent_config *config, struct att_tpm_ak *ak,
    const struct att_quote_order *order, struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	int r;

	if (h == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < order->item_count; i++)
		if (c->evidence.item[order->item[i]].state !=
		    ATT_ITEM_PRESENT)
			return att_err_set(err, ATT_E_NOT_FOUND,
			    "%s was not read: nothing can be quoted over it",
			    att_item_name(order->item[i]));
	drop_list(c, order);
	if ((r = take_order(c, order, err)) == 0)
		r = quote_until_stable(c, config, ak, order, h, err);
	att_source_close(&c->source);
	if (r < 0)
		return r;
	c->evidence.attest = att_buf_view(&c->quote.attest);
	c->evidence.signature = att_buf_view(&c->quote.signature);
	c->evidence.ak_public = ak_public(ak);
	c->evidence.collected_at = (int64_t)time(NULL);
	return 0;
}
