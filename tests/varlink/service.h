/*
 * A service and its connections for tests of lib/varlink/server.h. Included
 * once by a test program.
 */
#ifndef ATT_TESTS_VARLINK_SERVICE_H
#define ATT_TESTS_VARLINK_SERVICE_H

#include "testlib.h"

#include "varlink/server.h"

/* -- a service ------------------------------------------------------------- */

#define KEPT_MAX 80

/* Echo answers at once, Keep when the test does, Big with much. */
static struct {
	struct att_varlink_call *kept[KEPT_MAX];
	size_t count;
	unsigned ran;
	size_t big;
} world;

static inline ATT_UNUSED void
echo(struct att_varlink_call *c, void *arg)
{
	ck_assert_ptr_eq(arg, &world);
	world.ran++;
	att_varlink_call_reply(c, json_incref(att_varlink_call_parameters(c)));
}

static inline ATT_UNUSED void
keep(struct att_varlink_call *c, void *arg)
{
	(void)arg;
	world.ran++;
	ck_assert_uint_lt(world.count, KEPT_MAX);
	world.kept[world.count++] = c;
}

static inline ATT_UNUSED json_t *
text_of(size_t len)
{
	AUTO(free) char *text = malloc(len + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	text[len] = '\0';
	return json_pack("{s:s}", "text", text);
}

static inline ATT_UNUSED void
big(struct att_varlink_call *c, void *arg)
{
	(void)arg;
	world.ran++;
	att_varlink_call_reply(c, text_of(world.big));
}

static const char *const echo_parameters[] = { "a", "b", NULL };
static const struct att_varlink_method methods[] = {
	{ .name = "Echo", .parameters = echo_parameters, .run = echo },
	{ .name = "Keep", .run = keep },
	{ .name = "Big", .run = big },
};
static const struct att_varlink_interface interface = {
	.name = "io.test",
	.description = "interface io.test\nmethod Keep() -> ()\n",
	.methods = methods,
	.method_count = ATT_COUNT(methods),
};
static const struct att_varlink_service service = {
	.vendor = "V", .product = "P", .version = "1", .url = "U",
	.interfaces = &interface, .interface_count = 1, .arg = &world,
};

/* -- a connection ---------------------------------------------------------- */

#define STRANGERS 60001	/* a group that no test runs in */

static struct att_varlink_server *server;
static unsigned woken;

static inline ATT_UNUSED void
wake(struct att_varlink_conn *c, void *arg)
{
	ck_assert_ptr_eq(arg, &woken);
	ck_assert((att_varlink_conn_wants(c) & ATT_VARLINK_WRITE) != 0);
	woken++;
}

static inline ATT_UNUSED void
set_up(void)
{
	memset(&world, 0, sizeof(world));
	woken = 0;
	ok(att_varlink_server_new(&service, &server, err));
}

static inline ATT_UNUSED void
tear_down(void)
{
	ck_assert_uint_eq(att_varlink_server_conns(server), 0);
	att_varlink_server_free(server);
}

static inline ATT_UNUSED struct att_varlink_conn *
connection_of(uid_t uid, gid_t gid)
{
	struct att_varlink_conn *c = NULL;
	struct att_varlink_peer peer = { .uid = uid, .gid = gid };

	ok(att_varlink_conn_new(server, &peer, 0, wake, &woken, &c, err));
	return c;
}

static inline ATT_UNUSED struct att_varlink_conn *
connection(void)
{
	return connection_of(1000, STRANGERS);
}

/* `|` stands for the NUL. */
static inline ATT_UNUSED void
feed(struct att_varlink_conn *c, const char *text)
{
	AUTO(free) char *bytes = strdup(text);

	ck_assert_ptr_nonnull(bytes);
	for (char *p = bytes; *p != '\0'; p++)
		if (*p == '|')
			*p = '\0';
	ck_assert_uint_eq(att_varlink_conn_feed(c,
	    (struct att_slice){ (const uint8_t *)bytes, strlen(text) }),
	    strlen(text));
}

/* It goes on, and what is to go is this, of which `|` is the NUL. */
static inline ATT_UNUSED void
says(struct att_varlink_conn *c, uint64_t now, const char *text)
{
	struct att_slice s;

	ok(att_varlink_conn_run(c, now, err));
	s = att_varlink_conn_output(c);
	ck_assert_msg(s.len == strlen(text), "%zu bytes: %.*s", s.len,
	    (int)s.len, (const char *)s.data);
	for (size_t i = 0; i < s.len; i++)
		ck_assert_msg(s.data[i] == (text[i] == '|' ? 0 : text[i]),
		    "%.*s, wanted %s", (int)s.len, (const char *)s.data, text);
	att_varlink_conn_sent(c, s.len);
}

static inline ATT_UNUSED void
ends(struct att_varlink_conn *c, uint64_t now, int code, const char *word)
{
	fails(att_varlink_conn_run(c, now, err), code, word);
	ck_assert_uint_eq(att_varlink_conn_output(c).len, 0);
	ck_assert_uint_eq(att_varlink_conn_feed(c, S("more")), 0);
	att_varlink_conn_free(c);
}

#define ECHO "{\"method\":\"io.test.Echo\"}|"
#define KEEP "{\"method\":\"io.test.Keep\"}|"
#define KEEP_MORE "{\"method\":\"io.test.Keep\",\"more\":true}|"
#define EMPTY "{\"parameters\":{}}|"

#endif
