/* attestctl firmware: what claims about the firmware are good for. */
#include "agent/ctl_firmware.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "agent/ctl_option.h"
#include "evidence/bundle.h"
#include "evidence/firmware_pcr.h"

/* -- pcr ------------------------------------------------------------------- */

static int
add_value(struct att_slice stable, uint16_t bank, json_t *list,
    struct att_err *err)
{
	struct att_digest extend, value;
	int r = att_firmware_pcr(stable, bank, &extend, &value, err);

	return r < 0 ? r :
		       att_json_add(list,
			   att_json_hex_of(att_digest_view(&value)), err);
}

static int
add_file(const struct att_ctl_firmware *o, const char *file, json_t *list,
    struct att_err *err)
{
	static const uint16_t banks[] = { ATT_ALG_SHA256, ATT_ALG_SHA384,
		ATT_ALG_SHA512 };
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(ATT_ITEM_MAX);
	AUTO_DONE(att_buf_done) struct att_buf stable = ATT_BUF(ATT_ITEM_MAX);
	int r;

	if ((r = att_ctl_read(file, &text, err)) < 0)
		return r;
	r = att_firmware_stable(att_buf_view(&text), &stable, err);
	if (r < 0) {
		att_err_prefix(err, "%s", att_ctl_file_name(file));
		return r;
	}
	if (o->bank != 0)
		return add_value(att_buf_view(&stable), o->bank, list, err);
	for (size_t i = 0; i < ATT_COUNT(banks); i++)
		if ((r = add_value(att_buf_view(&stable), banks[i], list,
			 err)) < 0)
			return r;
	return 0;
}

/* One line, as Keylime's tpm_policy is written: {"23":["<hex>",...]}. */
static int
put_policy(json_t *list, struct att_buf *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *policy = json_object();
	char pcr[8];
	int r;

	(void)snprintf(pcr, sizeof(pcr), "%d", ATT_FIRMWARE_PCR);
	if ((r = att_json_put(policy, pcr, json_incref(list), err)) < 0 ||
	    (r = att_json_write(policy, ret, err)) < 0)
		return r;
	att_buf_u8(ret, '\n');
	return att_buf_ok(ret, "policy", err);
}

static int
pcr(const struct att_ctl_firmware *o)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(1u << 20);
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_err err = { 0 };

	for (int i = 0; i < o->files; i++)
		if (add_file(o, o->file[i], list, &err) < 0)
			return att_ctl_fail(NULL, &err);
	if (put_policy(list, &out, &err) < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&out);
	return ATT_CTL_GOOD;
}

/* -- the command ----------------------------------------------------------- */

/* Options beside --help, as a set: what a verb takes, what was given. */
enum {
	TAKES_BANK = 1 << 0,
	TAKES_HASH = 1 << 1,
	TAKES_JSON = 1 << 2,
	TAKES_LAYOUT = 1 << 3,
	TAKES_FILES = 1 << 4,
	TAKES_RATE = 1 << 5,
	TAKES_DUTY = 1 << 6,
	TAKES_CLAIMS = 1 << 7,
	TAKES_CONFIG = 1 << 8,
	TAKES_DIRECT = 1 << 9,
	TAKES_IMAGE = TAKES_HASH | TAKES_JSON | TAKES_LAYOUT,
	/* where the configuration speaks of all devices, or nobody does */
	TAKES_ALL = TAKES_CLAIMS | TAKES_CONFIG | TAKES_DIRECT,
	TAKES_ONE = TAKES_HASH | TAKES_LAYOUT,
};

#define ANY INT_MAX

static const struct verb {
	const char *name;
	const char *wants;
	int least, most;	/* files; most ANY: no limit */
	unsigned takes;
	int (*run)(const struct att_ctl_firmware *o);
} verbs[] = {
	{ "diff", "two images are", 2, 2, TAKES_IMAGE,
	    att_ctl_firmware_diff },
	{ "inventory", "no file is", 0, 0, TAKES_JSON | TAKES_CONFIG,
	    att_ctl_firmware_inventory },
	{ "map", "an image is", 1, 1, TAKES_IMAGE | TAKES_FILES,
	    att_ctl_firmware_map },
	{ "measure", "at most one device or image is", 0, 1,
	    TAKES_IMAGE | TAKES_RATE | TAKES_DUTY | TAKES_ALL,
	    att_ctl_firmware_measure },
	{ "pcr", "a document of claims is", 1, ANY, TAKES_BANK, pcr },
	{ "show", "at most one document of claims is", 0, 1,
	    TAKES_JSON | TAKES_CONFIG, att_ctl_firmware_show },
};

static int
set_layout(void *arg, const char *name)
{
	struct att_ctl_firmware *o = arg;

	if (strcmp(name, "openbmc") != 0)
		return att_ctl_misused(o->cmd,
		    "--layout must be openbmc, not %.32s", name);
	o->layout = ATT_LAYOUT_OPENBMC;
	return ATT_CTL_GOOD;
}

static int
set_bank(void *arg, const char *name)
{
	struct att_ctl_firmware *o = arg;

	if ((o->bank = att_alg_by_name(name)) == 0)
		return att_ctl_misused(o->cmd, "--bank %s: no such bank",
		    name);
	return ATT_CTL_GOOD;
}

static int
set_hash(void *arg, const char *name)
{
	struct att_ctl_firmware *o = arg;

	o->alg = att_alg_by_name(name);
	if (att_alg_size(o->alg) < att_alg_size(ATT_ALG_SHA256))
		return att_ctl_misused(o->cmd, "--hash must be sha256 or "
		    "stronger, not %.32s", name);
	return ATT_CTL_GOOD;
}

/* What is not as it was before. */
static unsigned
given(const struct att_ctl_firmware *o)
{
	return (o->bank != 0 ? TAKES_BANK : 0) |
	    (o->claims != NULL ? TAKES_CLAIMS : 0) |
	    (o->config != NULL ? TAKES_CONFIG : 0) |
	    (o->direct ? TAKES_DIRECT : 0) |
	    (o->pace.duty != 0 ? TAKES_DUTY : 0) |
	    (o->list_files ? TAKES_FILES : 0) |
	    (o->alg != 0 ? TAKES_HASH : 0) |
	    (o->json ? TAKES_JSON : 0) |
	    (o->layout != ATT_LAYOUT_FOUND ? TAKES_LAYOUT : 0) |
	    (o->pace.rate != 0 ? TAKES_RATE : 0);
}

static int
run_verb(struct att_ctl_firmware *o, const char *name)
{
	const unsigned all = given(o);

	if (o->alg == 0)
		o->alg = ATT_ALG_SHA256;
	for (size_t i = 0; i < ATT_COUNT(verbs); i++) {
		const struct verb *v = &verbs[i];

		if (strcmp(name, v->name) != 0)
			continue;
		if ((all & ~v->takes) != 0)
			return att_ctl_misused(o->cmd,
			    "%s does not take one of these options", name);
		if (o->files < v->least || o->files > v->most)
			return att_ctl_misused(o->cmd, "%s: %s wanted", name,
			    v->wants);
		if (v->least == 0 &&
		    (all & (o->files == 0 ? TAKES_ONE : TAKES_ALL)) != 0)
			return att_ctl_misused(o->cmd, "%s does not take one "
			    "of these options %s a file", name,
			    o->files == 0 ? "without" : "with");
		return v->run(o);
	}
	return att_ctl_misused(o->cmd, "%s: no such verb", name);
}

int
att_ctl_firmware(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct att_ctl_firmware o = { .cmd = cmd };
	int64_t rate = 0, duty = 0;
	const struct att_ctl_option table[] = {
		{ "bank", .set = set_bank },
		{ "claims", .text = &o.claims },
		{ "config", 'c', .text = &o.config },
		{ "direct", .flag = &o.direct },
		{ "duty", .number = &duty, .min = 1,
		    .max = ATT_PACE_DUTY_MAX },
		{ "files", .flag = &o.list_files },
		{ "hash", .set = set_hash },
		{ "json", .flag = &o.json },
		{ "layout", .set = set_layout },
		{ "rate", .number = &rate, .min = ATT_PACE_RATE_MIN,
		    .max = ATT_PACE_RATE_MAX },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (optind == argc)
		return att_ctl_misused(cmd, "a verb is wanted");
	o.pace = (struct att_pace){ (uint64_t)rate, (unsigned)duty };
	o.files = argc - optind - 1;
	o.file = argv + optind + 1;
	return run_verb(&o, argv[optind]);
}
