/* attestctl firmware: what claims about the firmware are good for. */
#include "agent/ctl.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "evidence/bundle.h"
#include "evidence/firmware_pcr.h"

struct options {
	const struct att_ctl_command *cmd;
	uint16_t bank;		/* 0: all that a verifier should take */
	int files;
	char **file;
};

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
add_file(const struct options *o, const char *file, json_t *list,
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
pcr(const struct options *o)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(1u << 20);
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_err err = { 0 };

	if (o->files == 0)
		return att_ctl_misused(o->cmd,
		    "pcr: a document of claims is wanted");
	for (int i = 0; i < o->files; i++)
		if (add_file(o, o->file[i], list, &err) < 0)
			return att_ctl_fail(NULL, &err);
	if (put_policy(list, &out, &err) < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&out);
	return ATT_CTL_GOOD;
}

/* -- the command ----------------------------------------------------------- */

enum {
	OPT_HELP = 256,
	OPT_BANK,
};

static const struct option names[] = {
	{ "bank", required_argument, NULL, OPT_BANK },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

int
att_ctl_firmware(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { .cmd = cmd };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "h", names, NULL)) != -1)
		switch (c) {
		case 'h':
		case OPT_HELP:
			return att_ctl_help(cmd);
		case OPT_BANK:
			o.bank = att_alg_by_name(optarg);
			if (o.bank == 0)
				return att_ctl_misused(cmd,
				    "--bank %s: no such bank", optarg);
			break;
		default:
			return att_ctl_bad_option(cmd, argv[optind - 1]);
		}
	if (optind == argc)
		return att_ctl_misused(cmd, "a verb is wanted");
	o.files = argc - optind - 1;
	o.file = argv + optind + 1;
	if (strcmp(argv[optind], "pcr") == 0)
		return pcr(&o);
	return att_ctl_misused(cmd, "%s: no such verb", argv[optind]);
}
