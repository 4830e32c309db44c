/*
 * Bytes of a caller and of a service. A caller's first byte says in which
 * pieces they come and how they are read; whatever comes, the bounds hold, and
 * what goes out is replies, each whole.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"
#include "varlink/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool b)
{
	if (!b)
		abort();
}

/* -- the service ----------------------------------------------------------- */

static struct att_varlink_call *kept;

static void
echo(struct att_varlink_call *c, void *arg)
{
	(void)arg;
	att_varlink_call_reply(c, json_incref(att_varlink_call_parameters(c)));
}

/* One at a time: the connection sees to that. */
static void
keep(struct att_varlink_call *c, void *arg)
{
	(void)arg;
	must(kept == NULL);
	kept = c;
	att_varlink_call_notify(c, json_pack("{s:i}", "n", 1));
}

static const char *const parameters[] = { "a", NULL };
static const struct att_varlink_method methods[] = {
	{ .name = "E", .parameters = parameters, .run = echo },
	{ .name = "K", .run = keep },
};
static const struct att_varlink_interface interface = {
	.name = "a.b", .description = "interface a.b\n", .methods = methods,
	.method_count = ATT_COUNT(methods),
};
static const struct att_varlink_service service = {
	.vendor = "v", .product = "p", .version = "1", .url = "u",
	.interfaces = &interface, .interface_count = 1,
};

/* -- a caller -------------------------------------------------------------- */

static void
check_replies(const struct att_buf *b)
{
	struct att_cur c = att_cur_of(att_buf_view(b));

	while (!att_cur_empty(&c)) {
		AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = {
			0 };
		struct att_slice rest = att_cur_rest(&c), text = { 0 };
		const uint8_t *nul = memchr(rest.data, '\0', rest.len);

		must(nul != NULL &&
		    att_cur_bytes(&c, (size_t)(nul - rest.data), &text) &&
		    att_cur_skip(&c, 1));
		must(att_varlink_reply_parse(text, &r, NULL) == 0);
	}
}

static void
answer_kept(void)
{
	if (kept != NULL)
		att_varlink_call_error(take(&kept), "a.b.No", json_object());
}

static void
try_server(uint8_t how, struct att_cur c)
{
	AUTO(att_varlink_server_free) struct att_varlink_server *s = NULL;
	AUTO(att_varlink_conn_free) struct att_varlink_conn *conn = NULL;
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(64u << 20);
	struct att_varlink_peer peer = { 0 };
	size_t piece = 1 + (how & 0x3f) * 7;
	uint64_t now = 0;
	int r = 0;

	must(att_varlink_server_new(&service, &s, NULL) == 0);
	must(att_varlink_conn_new(s, &peer, 0, NULL, NULL, &conn, NULL) == 0);
	while (r == 0 && now++ < 4096) {
		struct att_slice rest = att_cur_rest(&c), o;
		size_t n = ATT_MIN(rest.len, piece);

		n = att_varlink_conn_feed(conn,
		    (struct att_slice){ rest.data, n });
		must(att_cur_skip(&c, n));
		if (att_cur_empty(&c))
			att_varlink_conn_eof(conn);
		r = att_varlink_conn_run(conn, now, NULL);
		o = att_varlink_conn_output(conn);
		n = (how & 0x40) != 0 ? ATT_MIN(o.len, piece) : o.len;
		att_buf_bytes(&out, o.data, n);
		att_varlink_conn_sent(conn, n);
		if ((how & 0x80) == 0 || now % 3 == 0)
			answer_kept();
	}
	/* of a connection that breaks, the last may not be whole */
	if (r == 1)
		check_replies(&out);
	att_varlink_conn_free(take(&conn));
	answer_kept();
}

/* -- a service ------------------------------------------------------------- */

static void
try_reply(struct att_slice in)
{
	AUTO_DONE(att_varlink_reply_done)
	struct att_varlink_reply r = { 0 }, same = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4u << 20);

	if (att_varlink_reply_parse(in, &r, NULL) < 0)
		return;
	must(att_varlink_reply_put(r.error, r.parameters, r.continues, &b,
		 NULL) == 0);
	b.len--;
	must(att_varlink_reply_parse(att_buf_view(&b), &same, NULL) == 0);
	must(json_equal(r.parameters, same.parameters) &&
	    r.continues == same.continues);
}

static void
try_message(struct att_slice in)
{
	AUTO_DONE(att_varlink_message_done)
	struct att_varlink_message m = { 0 }, same = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4u << 20);

	if (att_varlink_message_parse(in, &m, NULL) < 0)
		return;
	/* what was escaped less may be too large now */
	if (att_varlink_message_put(m.method, m.parameters, m.flags, &b,
		NULL) < 0)
		return;
	b.len--;
	must(att_varlink_message_parse(att_buf_view(&b), &same, NULL) == 0);
	must(strcmp(m.method, same.method) == 0 && m.flags == same.flags &&
	    json_equal(m.parameters, same.parameters));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_cur c = att_cur_from(data, size);
	uint8_t how;

	if (!att_cur_u8(&c, &how))
		return 0;
	try_message(att_cur_rest(&c));
	try_reply(att_cur_rest(&c));
	try_server(how, c);
	return 0;
}
