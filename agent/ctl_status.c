/* attestctl status: what is proven about this node, when, and by whom. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "agent/ctl_agent.h"
#include "agent/result.h"
#include "base/file.h"

struct options {
	const struct att_ctl_command *cmd;
	const char *config;
	const char *keys;	/* a key set, or NULL */
	bool json;
	bool help;
};

/* Nobody attested in this boot, which is as good as no pass. */
static int
put_nothing(const struct options *o, const char *path)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8192);
	struct att_err err = { 0 };

	if (!o->json) {
		att_buf_printf(&b, "UNDECIDED\n  reason       no attestation "
		    "since this node was started (%s)\n", path);
	} else {
		AUTO(att_json_decref) json_t *j = json_pack("{s:s,s:b}",
		    "status", "undecided", "over", 0);

		if (att_json_write_pretty(j, &b, &err) < 0)
			return att_ctl_fail(NULL, &err);
	}
	att_ctl_put(&b);
	return ATT_CTL_VERDICT;
}

/*
 * Is the result that lies beside the verdict the verifier's, and of us? Which
 * id hash_ek stands for only the TPM could tell.
 */
static enum att_ctl_signature
check_signature(const struct att_verdict_file *f, const json_t *keys,
    const struct att_verdict_now *now, const char *id)
{
	AUTO_DONE(att_result_done) struct att_result res = { 0 };
	struct att_err err = { 0 };
	struct att_slice jwt;

	if (f->result == NULL) {
		att_ctl_note(NULL, "the verifier gave no signed result");
		return ATT_CTL_UNSIGNED;
	}
	jwt = (struct att_slice){ (const uint8_t *)f->result,
		strlen(f->result) };
	if (att_result_read(jwt, keys, now->now, &res, &err) < 0) {
		att_ctl_note(NULL, "result: %s", err.text);
		return ATT_CTL_UNSIGNED;
	}
	if (strcmp(id, ATT_AGENT_ID_HASH_EK) == 0)
		id = f->agent_id;
	if (strcmp(res.ear.node, id) != 0) {
		att_ctl_note(NULL, "result: it is about another node, \"%s\"",
		    res.ear.node);
		return ATT_CTL_UNSIGNED;
	}
	/* the file may say what it will; only what was signed counts */
	if (f->status == ATT_PASS && res.ear.status != ATT_TIER_AFFIRMING &&
	    res.ear.status != ATT_TIER_WARNING) {
		att_ctl_note(NULL, "result: what was signed is no pass");
		return ATT_CTL_UNSIGNED;
	}
	return ATT_CTL_SIGNED;
}

/* NULL: nothing is known that is of this boot. */
static const struct att_measured_status *
read_firmware(const struct att_agent_config *config, const char *boot_id,
    struct att_measured_status *ret)
{
	return att_measured_status_read(config, ret, NULL) == 0 &&
	    strcmp(ret->boot_id, boot_id) == 0 ? ret : NULL;
}

static int
status(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	AUTO(att_json_decref) json_t *keys = NULL;
	AUTO(free) char *path = NULL;
	struct att_measured_status firmware;
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	struct att_err err = { 0 };
	int s, r;

	if ((s = att_ctl_config(o->config, &config)) != ATT_CTL_GOOD ||
	    (o->keys != NULL &&
		(s = att_ctl_keys(o->keys, &keys)) != ATT_CTL_GOOD))
		return s;
	path = att_path_join(config.run_dir, ATT_VERDICT_FILE);
	r = path == NULL ? att_err_nomem(&err) :
			   att_verdict_now(&config, id, &now, &err);
	if (r < 0)
		return att_ctl_fail(NULL, &err);
	/* anybody could have put a pass there, and a boot_id into it */
	r = att_dir_check(config.run_dir, &err);
	if (r == 0)
		r = att_verdict_file_read(path, &now, &f, &err);
	else if (err.sub == ENOENT)
		r = ATT_E_NOT_FOUND;
	if (r == ATT_E_NOT_FOUND)
		return put_nothing(o, path);
	if (r < 0)
		return att_ctl_fail(NULL, &err);
	return att_ctl_put_verdict(&f, keys == NULL ? ATT_CTL_UNCHECKED :
	    check_signature(&f, keys, &now, config.agent_id),
	    read_firmware(&config, id, &firmware), o->json);
}

enum { OPT_HELP = 256, OPT_JSON, OPT_KEYS };

int
att_ctl_status(const struct att_ctl_command *cmd, int argc, char **argv)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, OPT_HELP },
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "keys", required_argument, NULL, OPT_KEYS },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .cmd = cmd };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:h", names, NULL)) != -1)
		switch (c) {
		case 'h':
		case OPT_HELP:
			o.help = true;
			break;
		case 'c':
			o.config = optarg;
			break;
		case OPT_JSON:
			o.json = true;
			break;
		case OPT_KEYS:
			o.keys = optarg;
			break;
		default:
			return att_ctl_bad_option(cmd, argv[optind - 1]);
		}
	if (o.help)
		return att_ctl_help(cmd);
	if (optind != argc)
		return att_ctl_misused(cmd, "no word is wanted");
	return status(&o);
}
