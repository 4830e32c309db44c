#include "appraise/finding.h"

#include <string.h>

#include "base/cur.h"

/* Enough digits to tell digests apart by eye; JSON has them all. */
#define SHOWN_DIGITS 16

static void
put_digest(struct att_buf *b, const struct att_digest *d, bool with_alg)
{
	char hex[ATT_DIGEST_HEX_MAX];

	if (att_alg_name(d->alg) == NULL) {
		att_buf_str(b, "nothing");
		return;
	}
	att_digest_hex(d, hex);
	att_buf_printf(b, "%s%s%.*s...", with_alg ? att_alg_name(d->alg) : "",
	    with_alg ? " " : "", SHOWN_DIGITS, hex);
}

/* An event may be known by what it says instead. */
static void
put_expected(struct att_buf *b, const struct att_finding *f)
{
	if (f->expected.alg == 0 && (f->code == ATT_F_EVENT_CHANGED ||
		f->code == ATT_F_EVENT_MISSING))
		att_buf_str(b, "what the reference values ask for");
	else
		put_digest(b, &f->expected, true);
}

static void
put_text(struct att_buf *b, const char *text, bool space)
{
	if (space && text[0] != '\0')
		att_buf_u8(b, ' ');
	att_buf_str(b, text);
}

static void
put_part(struct att_buf *b, const struct att_finding *f, const char *name,
    size_t len)
{
	bool space = len > 0 && name[0] == ' ';
	struct att_slice s = { (const uint8_t *)name + space, len - space };

	if (att_slice_is(s, "pcr"))
		att_buf_printf(b, "%d", f->pcr);
	else if (att_slice_is(s, "bank"))
		put_text(b, att_alg_name(f->bank) == NULL ?
		    "unknown" : att_alg_name(f->bank), space);
	else if (att_slice_is(s, "event"))
		att_buf_printf(b, "%lld", (long long)f->event);
	else if (att_slice_is(s, "type"))
		put_text(b, f->type_name, space);
	else if (att_slice_is(s, "label"))
		put_text(b, f->label, space);
	else if (att_slice_is(s, "what"))
		put_text(b, f->what, space);
	else if (att_slice_is(s, "expected"))
		put_expected(b, f);
	else if (att_slice_is(s, "found"))
		put_digest(b, &f->found, false);
	else if (att_slice_is(s, "n0"))
		att_buf_printf(b, "%llu", (unsigned long long)f->number[0]);
	else if (att_slice_is(s, "n1"))
		att_buf_printf(b, "%llu", (unsigned long long)f->number[1]);
}

static void
expand(struct att_buf *b, const char *text, const struct att_finding *f)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "{");
		const char *end;

		att_buf_bytes(b, text, len);
		text += len;
		if (*text == '\0' || (end = strchr(text, '}')) == NULL)
			break;
		put_part(b, f, text + 1, (size_t)(end - text) - 1);
		text = end + 1;
	}
}

char *
att_finding_text(const struct att_finding *f,
    char ret[static ATT_FINDING_TEXT_MAX + 1])
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

	expand(&b, att_finding_wording(f->code), f);
	att_finding_copy(ret, ATT_FINDING_TEXT_MAX + 1, att_buf_view(&b));
	return ret;
}

static int
put_members(json_t *j, const struct att_finding *f)
{
	int bad = 0;

	if (f->pcr != ATT_NO_PCR)
		bad |= att_json_put(j, "pcr", json_integer(f->pcr), NULL);
	if (att_alg_name(f->bank) != NULL)
		bad |= att_json_put(j, "bank",
		    json_string(att_alg_name(f->bank)), NULL);
	if (f->event != ATT_NO_EVENT)
		bad |= att_json_put(j, "event", json_integer(f->event), NULL);
	if (f->type_name[0] != '\0')
		bad |= att_json_put(j, "type", json_string(f->type_name),
		    NULL);
	if (f->label[0] != '\0')
		bad |= att_json_put(j, "label", json_string(f->label), NULL);
	if (f->expected.alg != 0)
		bad |= att_json_put(j, "expected",
		    att_json_hex_of(att_digest_view(&f->expected)), NULL);
	if (f->found.alg != 0)
		bad |= att_json_put(j, "found",
		    att_json_hex_of(att_digest_view(&f->found)), NULL);
	return bad;
}

json_t *
att_finding_to_json(const struct att_finding *f)
{
	AUTO(att_json_decref) json_t *j = json_object();
	char text[ATT_FINDING_TEXT_MAX + 1];

	if (j == NULL ||
	    att_json_put(j, "code", json_string(att_finding_name(f->code)),
		NULL) < 0 ||
	    att_json_put(j, "severity",
		json_string(att_severity_name(f->severity)), NULL) < 0 ||
	    att_json_put(j, "text", json_string(att_finding_text(f, text)),
		NULL) < 0 ||
	    att_json_put(j, "advice",
		json_string(att_finding_advice(f->code)), NULL) < 0 ||
	    put_members(j, f) < 0)
		return NULL;
	return take(&j);
}
