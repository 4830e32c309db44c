/* attestctl result: checks a signed attestation result, as who relies on it. */
#include <getopt.h>
#include <string.h>
#include <time.h>

#include "agent/ctl_agent.h"
#include "agent/result.h"
#include "agent/show.h"
#include "crypto/jws.h"

struct options {
	const struct att_ctl_command *cmd;
	const char *file;
	const char *keys;
	const char *node;	/* whose it must be, or NULL */
	const char *nonce;	/* hex of its challenge, or NULL */
	bool json;
};

static void
trim(struct att_buf *b)
{
	while (b->len > 0 && strchr(" \t\r\n", b->data[b->len - 1]) != NULL)
		b->len--;
}

/* Signed, and still no ground to rely on: why, or NULL. */
static const char *
objection(const struct options *o, const struct att_result *res,
    struct att_slice nonce)
{
	if (o->node != NULL && strcmp(res->ear.node, o->node) != 0)
		return "it is about another node";
	if (nonce.len > 0 && !att_result_is_for(res, nonce))
		return "it is for another challenge";
	if (res->ear.status != ATT_TIER_AFFIRMING &&
	    res->ear.status != ATT_TIER_WARNING)
		return "it is no pass";
	return NULL;
}

static char *
when_of(const struct att_ear *ear)
{
	AUTO(att_json_decref) json_t *from = att_json_time_of(ear->issued);
	AUTO(att_json_decref) json_t *until = att_json_time_of(ear->expires);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);

	if (from == NULL || until == NULL)
		return NULL;
	att_buf_printf(&b, "by %s %s, %s, valid until %s", ear->developer,
	    ear->build, json_string_value(from), json_string_value(until));
	return att_buf_take_str(&b);
}

static int
put(const struct options *o, const struct att_result *res,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4u << 20);
	AUTO(free) char *when = when_of(&res->ear);
	const struct att_show how = { .node = res->ear.node, .when = when,
		.colour = att_ctl_colour() };
	int r;

	if (when == NULL)
		return att_err_nomem(err);
	if (o->json)
		r = att_json_write_pretty(res->claims, &b, err);
	else if (res->verdict != NULL)
		r = att_show_verdict(res->verdict, &how, &b, err);
	else
		r = att_err_set(err, ATT_E_UNSUPPORTED,
		    "a result without attestd_verdict: see it with --json");
	if (r == 0)
		att_ctl_put(&b);
	return r;
}

static int
check(const struct options *o, const json_t *keys, struct att_slice jwt,
    struct att_slice nonce)
{
	AUTO_DONE(att_result_done) struct att_result res = { 0 };
	struct att_err err = { 0 };
	const char *why;
	int r = att_result_read(jwt, keys, (int64_t)time(NULL), &res, &err);

	if (r == ATT_E_EXPIRED) {
		att_ctl_note(o->file, "%s", err.text);
		return ATT_CTL_VERDICT;
	}
	if (r < 0 || put(o, &res, &err) < 0)
		return att_ctl_fail(o->file, &err);
	if ((why = objection(o, &res, nonce)) == NULL)
		return ATT_CTL_GOOD;
	att_ctl_note(o->file, "%s", why);
	return ATT_CTL_VERDICT;
}

static int
run(const struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf jwt = ATT_BUF(ATT_JWS_MAX);
	AUTO_DONE(att_buf_done) struct att_buf nonce =
	    ATT_BUF(ATT_CHALLENGE_MAX);
	AUTO(att_json_decref) json_t *keys = NULL;
	struct att_err err = { 0 };
	int status;

	if ((o->nonce != NULL &&
		(status = att_ctl_nonce(o->cmd, o->nonce, &nonce)) !=
		    ATT_CTL_GOOD) ||
	    (status = att_ctl_keys(o->keys, &keys)) != ATT_CTL_GOOD)
		return status;
	if (att_ctl_read(o->file, &jwt, &err) < 0)
		return att_ctl_fail(NULL, &err);
	trim(&jwt);
	return check(o, keys, att_buf_view(&jwt), att_buf_view(&nonce));
}

int
att_ctl_result(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd };
	const struct att_ctl_option table[] = {
		{ "json", .flag = &o.json },
		{ "keys", .text = &o.keys },
		{ "node", .text = &o.node },
		{ "nonce", .text = &o.nonce },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (argc - optind != 1 || o.keys == NULL)
		return att_ctl_misused(cmd,
		    "one file and --keys FILE are wanted");
	o.file = argv[optind];
	return run(&o);
}
