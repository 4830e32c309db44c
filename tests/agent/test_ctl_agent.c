/* attestctl on a node and at an operator's desk, against the real verifier. */
#include "tests/agent/fleet.h"

#include "agent/result.h"
#include "crypto/jws.h"
#include "evidence/bundle.h"
#include "eventlog/ima.h"
#include "tests/agent/run_ctl.h"
#include "tests/eventlog/imamaker.h"
#include "tests/tpm/raw.h"

static struct run run;
static char *config_path;

static void
start(void)
{
	fleet_start();
	config_path = in_node("attestd.yaml");
}

static void
stop(void)
{
	run_done(&run);
	free(config_path);
	fleet_stop();
}

#define CTL(want, ...)                                                       \
	do {                                                                 \
		RUN(&run, __VA_ARGS__);                                      \
		ck_assert_msg(run.status == (want),                          \
		    "status %d, wanted %d\n%.*s%.*s", run.status, (want),    \
		    (int)run.out.len, (char *)run.out.data,                  \
		    (int)run.err.len, (char *)run.err.data);                 \
	} while (0)
#define SAYS(text)                                                           \
	ck_assert_msg(run_has(&run.out, text), "lacks \"%s\":\n%.*s", text,  \
	    (int)run.out.len, (char *)run.out.data)
#define NODE                                                                 \
	"--url", server_url, "--ca", server_ca, "--token", operator_token

static json_t *
json_said(void)
{
	json_t *j = NULL;

	ok(att_json_parse(att_buf_view(&run.out), 64 << 20, &j, err));
	return j;
}

/* -- one node, from nothing to trusted, and not any more ---------------- */

START_TEST(a_node_from_nothing_to_trusted)
{
	AUTO(free) char *keys = in_node("keys.json");

	CTL(1, "status", "-c", config_path);
	SAYS("UNDECIDED");
	/* enrolled by its EK certificate; nobody said what is good yet */
	CTL(1, "attest", "-c", config_path);
	SAYS("no-reference");
	CTL(1, "status", "-c", config_path);
	fleet_put_reference();
	(void)usleep(1100000);		/* quote_interval */
	CTL(0, "attest", "-c", config_path);
	SAYS("TRUSTED");
	SAYS("signed by the enrolled key");
	CTL(0, "status", "-c", config_path);
	SAYS("TRUSTED  " FLEET_NODE);
	SAYS("valid until");
	/* and the signature is the verifier's */
	CTL(0, "node", "keys", NODE, "-o", keys);
	CTL(0, "status", "-c", config_path, "--keys", keys);
	SAYS("good: the verifier signed this result");
	CTL(0, "node", "list", NODE);
	SAYS("last_seen\n" FLEET_NODE "  ");
	SAYS("trusted");
	CTL(0, "node", "show", NODE, FLEET_NODE);
	SAYS("endorsement  ca");
	SAYS("TRUSTED");
	CTL(0, "node", "facts", NODE, FLEET_NODE);
	SAYS("  queue-began          1  reason there was none\n");
	CTL(0, "node", "facts", "--json", NODE, FLEET_NODE);
	SAYS("\"kind\": \"queue-began\"");
	CTL(3, "node", "facts", NODE, "nobody");
	CTL(0, "node", "devices", NODE, FLEET_NODE);
	CTL(0, "node", "devices", "--json", NODE, FLEET_NODE);
	SAYS("\"devices\": []");
	CTL(3, "node", "devices", NODE, "nobody");
	CTL(3, "node", "devices", "--accept", "GPU_0", NODE, FLEET_NODE);
	CTL(3, "node", "devices", "--forget", "GPU_0", NODE, FLEET_NODE);
	CTL(2, "node", "devices", "--forget", "GPU_0", "--accept", "GPU_0",
	    NODE, FLEET_NODE);
	CTL(2, "node", "show", "--accept", "GPU_0", NODE, FLEET_NODE);
	CTL(3, "node", "firmware", NODE, FLEET_NODE);
	CTL(3, "node", "firmware", "--known", NODE, FLEET_NODE);
	CTL(3, "node", "firmware", "--relearn", NODE, FLEET_NODE);
	CTL(2, "node", "show", "--relearn", NODE, FLEET_NODE);

	/* somebody extends a PCR: the sentence names it */
	swtpm_extend(&tpm, 7, "later");
	(void)usleep(1100000);
	CTL(1, "attest", "-c", config_path);
	SAYS("UNTRUSTED");
	SAYS("PCR 7");
	CTL(1, "status", "-c", config_path, "--keys", keys);
	SAYS("UNTRUSTED");
	CTL(0, "node", "list", NODE);
	SAYS("untrusted");
	CTL(0, "node", "history", NODE, FLEET_NODE);
	SAYS("fail");
	SAYS("pass");
}
END_TEST

/* The newest evidence that the verifier keeps, as it came. */
static size_t
came(void)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = { 0 };

	ok(att_store_attestation_kept(verifier->store, FLEET_NODE, &a, err));
	return a.evidence.len;
}

/* By a node with a TPM: its logs go once, and everybody has all of them. */
START_TEST(logs_travel_once_a_boot)
{
	AUTO(free) char *own = in_node("state/evidence.json");
	AUTO(free) char *theirs = in_node("theirs.cmw");
	AUTO(free) char *good = in_node("ref.json");
	AUTO(att_json_decref) json_t *ref = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	size_t first;

	CTL(1, "attest", "-c", config_path);
	first = came();
	fleet_put_reference();
	(void)usleep(1100000);		/* quote_interval */
	CTL(0, "attest", "-c", config_path);
	SAYS("TRUSTED");
	ck_assert_uint_gt(first, 10000);
	ck_assert_uint_lt(came(), 5000);
	/* the node's own file, and what an operator fetches, are whole */
	ref = fleet_reference();
	ok(att_json_write(ref, &b, err));
	node_put("ref.json", att_buf_view(&b));
	CTL(0, "verify", "--reference", good, "--trust-bundle-ak", own);
	CTL(0, "node", "evidence", NODE, "-o", theirs, FLEET_NODE);
	CTL(0, "verify", "--reference", good, "--trust-bundle-ak", theirs);
}
END_TEST

/* -- reference values --------------------------------------------------- */

START_TEST(reference_values_from_a_good_node_to_the_verifier)
{
	AUTO_DONE(att_buf_done) struct att_buf made = ATT_BUF(8 << 20);
	AUTO(free) char *good = in_node("good.cmw");
	AUTO(free) char *file = in_node("ref.json");

	CTL(0, "evidence", "-c", config_path, "-o", good);
	CTL(3, "reference", "create", "--id", "r/1", good);
	CTL(0, "reference", "create", "--id", "r-1", "--version", "7", "-o",
	    file, good);
	CTL(0, "reference", "list", NODE);
	ck_assert_uint_eq(run.out.len, 0);
	CTL(0, "reference", "put", NODE, file);
	CTL(0, "reference", "list", NODE);
	SAYS("r-1  boot  version 7\n");
	CTL(0, "reference", "list", "--json", NODE);
	SAYS("\"valid\": true");
	CTL(0, "reference", "get", NODE, "r-1");
	ok(att_file_read(file, &made, err));
	ck_assert(att_slice_equal(att_buf_view(&made),
	    att_buf_view(&run.out)));
	CTL(0, "attest", "-c", config_path);
	SAYS("r-1, version 7");
	CTL(0, "reference", "delete", NODE, "r-1");
	CTL(3, "reference", "get", NODE, "r-1");
	CTL(0, "reference", "list", NODE);
	ck_assert_uint_eq(run.out.len, 0);
	/* what is no document never leaves the desk */
	CTL(3, "reference", "put", NODE, good);
	CTL(4, "reference", "put", NODE, "/nonexistent");
	CTL(4, "reference", "list", "--url", server_url, "--ca", server_ca,
	    "--token", "/nonexistent");
	CTL(2, "reference", "put", NODE);
	CTL(2, "reference", "list", NODE, "word");
	CTL(2, "reference", "get", "--no-such", "r-1");
}
END_TEST

/* -- runtime policies --------------------------------------------------- */

static void
put_any_boot(const char *path)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *j = NULL;

	ok(att_file_read(path, &b, err));
	ok(att_json_parse(att_buf_view(&b), 1 << 20, &j, err));
	ok(att_json_put(j, "boot_aggregate", json_string("any"), err));
	ok(att_json_write(j, &out, err));
	node_write("runtime.json", att_buf_view(&out));
}

/* The kernel's part: the TPM is extended, and the list says so. */
static void
run_files(struct imamaker *m, const char *const *path)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *l = swtpm_link(&tpm);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_ima_list list;
	struct att_ima_entry e;
	struct att_digest d;
	size_t before = m->count;

	for (; *path != NULL; path++)
		im_file(m, 10, *path);
	ok(att_ima_open(att_buf_view(&m->bin), ATT_ALG_SHA1, &list, err));
	{
		AUTO_DONE(att_ima_done)
		struct att_ima_iter it = att_ima_begin(&list, h);

		while (att_ima_next(&it, &e, NULL) > 0) {
			if (e.number < before)
				continue;
			ok(att_ima_hash(h, ATT_ALG_SHA256, &e, &d, err));
			ok(raw_extend(l, 10, &d, 1, err));
		}
	}
	node_write("ima", att_buf_view(&m->text));
}

START_TEST(a_policy_of_keylime_from_desk_to_verdict)
{
	static const char keylime[] = "{\"digests\":{\"boot_aggregate\":["
	    "\"0000000000000000000000000000000000000000000000000000000000000000"
	    "\"]},\"excludes\":[\"/usr/.*\"],\"ima\":{\"dm_policy\":{}}}";
	static const char *const boot[] = { "boot_aggregate", "/usr/a",
		"/usr/b", NULL };
	static const char *const later[] = { "/usr/c", NULL };
	static const char *const evil[] = { "/tmp/evil", NULL };
	AUTO(free) char *theirs = in_node("keylime.json");
	AUTO(free) char *ours = in_node("runtime.json");
	struct imamaker m = im_new(ATT_ALG_SHA1, false);

	/* boot_aggregate is what im_file makes of any path */
	run_files(&m, boot);
	fleet_put_reference();
	CTL(0, "attest", "-c", config_path);
	node_write("keylime.json", S(keylime));
	CTL(2, "runtime", "import", theirs);
	CTL(2, "runtime", "import", "--id", "k", "--version", "x", theirs);
	CTL(3, "runtime", "import", "--id", "k", config_path);
	CTL(0, "runtime", "import", "--id", "k", "--version", "3", "-o",
	    ours, theirs);
	ck_assert(run_has(&run.err, "not taken: \"dm_policy\""));
	CTL(0, "runtime", "check", ours);
	SAYS("k version 3, 1 files");
	CTL(3, "runtime", "put", NODE, theirs);
	CTL(0, "runtime", "put", NODE, ours);
	CTL(0, "runtime", "list", NODE);
	SAYS("k  version 3\n");
	/* it is tied to no boot, and that is told */
	CTL(1, "attest", "-c", config_path);
	SAYS("ima-other-boot");
	CTL(0, "runtime", "get", NODE, "k", "-o", ours);
	put_any_boot(ours);
	CTL(0, "runtime", "put", NODE, ours);
	CTL(0, "attest", "-c", config_path);
	run_files(&m, later);
	CTL(0, "attest", "-c", config_path);
	run_files(&m, evil);
	CTL(1, "attest", "-c", config_path);
	SAYS("line 5 (ima-ng /tmp/evil)");
	CTL(0, "runtime", "delete", NODE, "k");
	CTL(3, "runtime", "get", NODE, "k");
	CTL(0, "attest", "-c", config_path);
	im_done(&m);
}
END_TEST

START_TEST(a_reference_state_of_keylime)
{
	static const char theirs[] = "tests/vectors/keylime/mb-shim.json";
	AUTO(free) char *ours = in_node("shim.json");
	AUTO(free) char *more = in_node("more.json");

	CTL(2, "reference", "import", theirs);
	CTL(2, "reference", "import", "--id", "shim", "--kernel", "0",
	    theirs);
	CTL(2, "reference", "import", "--id", "shim", theirs, theirs);
	CTL(3, "reference", "import", "--id", "shim", config_path);
	CTL(4, "reference", "import", "--id", "shim", more);
	CTL(0, "reference", "import", "--id", "shim", "--version", "4",
	    "--vendor", "QEMU", "-o", ours, theirs);
	ck_assert_uint_eq(run.err.len, 0);
	CTL(0, "reference", "check", ours);
	SAYS("shim, version 4");
	SAYS("Secure Boot  required");
	SAYS("by events    0-9, 11-14\n");
	CTL(0, "reference", "put", NODE, ours);
	CTL(0, "reference", "get", NODE, "shim");
	SAYS("from a measured boot reference state of Keylime: firmware 1, "
	    "kernel 1");
	/* what it is not is said */
	node_write("more.json", S("{\"a\":1}"));
	CTL(3, "reference", "import", "--id", "shim", more);
	ck_assert(run_has(&run.err, "more.json: "));
	CTL(2, "reference", "import", "--id", "shim", "--kernel", "2",
	    theirs);
	ck_assert(run_has(&run.err, "choose with --kernel 1 to 1"));
}
END_TEST

/* -- status ------------------------------------------------------------- */

/* This node's configuration under another id. */
static void
put_config_of(const char *id, const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf from = ATT_BUF(1 << 16);
	AUTO_DONE(att_buf_done) struct att_buf to = ATT_BUF(1 << 16);
	AUTO(free) char *text = NULL;
	char *at, *end;

	ok(att_file_read(config_path, &from, err));
	ck_assert_ptr_nonnull(text = att_buf_take_str(&from));
	ck_assert_ptr_nonnull(at = strstr(text, "agent_id: "));
	ck_assert_ptr_nonnull(end = strchr(at, '\n'));
	*at = '\0';
	att_buf_printf(&to, "%sagent_id: %s%s", text, id, end);
	node_put(name, att_buf_view(&to));
}

START_TEST(status_as_json_and_with_other_keys)
{
	AUTO_DONE(att_buf_done) struct att_buf set = ATT_BUF(1 << 16);
	AUTO(free) char *other = in_node("other.json");
	AUTO(free) char *keys = in_node("keys.json");
	AUTO(free) char *b_config = in_node("b.yaml");
	AUTO(free) char *run_dir = in_node("run");
	AUTO(att_jws_key_free) struct att_jws_key *key = NULL;
	const struct att_jws_key *one;
	AUTO(att_json_decref) json_t *jwks = NULL;
	AUTO(att_json_decref) json_t *said = NULL;

	fleet_put_reference();
	CTL(0, "attest", "-c", config_path, "--json");
	said = json_said();
	ck_assert_str_eq(json_string_value(json_object_get(said, "status")),
	    "pass");
	ok(att_jws_key_make(&key, err));
	one = key;
	ok(att_jws_set_make(&one, 1, &jwks, err));
	ok(att_json_write(jwks, &set, err));
	node_put("other.json", att_buf_view(&set));
	CTL(1, "status", "-c", config_path, "--keys", other);
	SAYS("UNDECIDED");
	SAYS("NOT PROVEN");
	CTL(1, "status", "-c", config_path, "--keys", other, "--json");
	SAYS("\"signature\": \"bad\"");
	/* another node's good pass, put here with its name */
	CTL(0, "node", "keys", NODE, "-o", keys);
	put_config_of("node-b", "b.yaml");
	CTL(1, "status", "-c", b_config, "--keys", keys);
	SAYS("NOT PROVEN");
	/* where anybody may write, nothing is proven */
	ck_assert(chmod(run_dir, 0777) == 0);
	CTL(3, "status", "-c", config_path);
	ck_assert(run_has(&run.err, "others may write"));
	ck_assert(chmod(run_dir, 0755) == 0);
	/* a pass that somebody wrote by hand */
	json_object_del(said, "result");
	att_buf_reset(&set);
	ok(att_json_write(said, &set, err));
	node_put("run/verdict.json", att_buf_view(&set));
	CTL(0, "status", "-c", config_path);
	CTL(1, "status", "-c", config_path, "--keys", keys);
	/* files that are none */
	node_put("run/verdict.json", S("{"));
	CTL(3, "status", "-c", config_path);
	CTL(3, "status", "-c", config_path, "--keys", config_path);
	CTL(4, "status", "-c", config_path, "--keys", "/nonexistent");
	CTL(4, "status", "-c", "/nonexistent");
	CTL(2, "status", "word");
	CTL(2, "status", "--no-such");
	CTL(0, "status", "--help");
}
END_TEST

START_TEST(attest_without_a_verifier)
{
	att_server_stop(take(&server));
	CTL(4, "attest", "-c", config_path);
	SAYS("UNDECIDED");
	SAYS("retry-later");
	SAYS("see that the verifier runs");
	CTL(2, "attest", "word");
	CTL(0, "attest", "--help");
}
END_TEST

/* -- quote and evidence ------------------------------------------------- */

#define NONCE "000102030405060708090a0b0c0d0e0f"

static struct att_bundle *
bundle_said(struct att_slice text)
{
	struct att_bundle *b = NULL;

	ok(att_bundle_parse(text, &b, err));
	return b;
}

START_TEST(quotes)
{
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	const struct att_evidence *e;

	CTL(0, "quote", "-c", config_path, "--nonce", NONCE);
	SAYS("nonce         " NONCE);
	SAYS("sha256 0 ");
	CTL(0, "quote", "-c", config_path, "--nonce", NONCE, "--pcrs",
	    "sha256:0,7+sha384:1-2", "--json");
	b = bundle_said(att_buf_view(&run.out));
	e = att_bundle_evidence(b);
	ck_assert(e->item[ATT_ITEM_UEFI_LOG].state == ATT_ITEM_ABSENT);
	ck_assert(!e->bound && e->challenge.len == 16);
	ck_assert_uint_eq(att_pcrs_bank(&e->pcrs, ATT_ALG_SHA256)->mask,
	    0x81);
	ck_assert_uint_eq(att_pcrs_bank(&e->pcrs, ATT_ALG_SHA384)->mask, 6);
	CTL(2, "quote", "-c", config_path, "--nonce", "0001");
	CTL(2, "quote", "-c", config_path, "--nonce", "zz");
	CTL(2, "quote", "-c", config_path, "--pcrs", "0-7");
	CTL(2, "quote", "-c", config_path, "--pcrs", "sha256:24");
	CTL(2, "quote", "-c", config_path, "--pcrs", "md9:1");
	CTL(3, "quote", "-c", config_path, "--pcrs", "sha512:1");
	CTL(2, "quote", "--json", "-o", "x");
	swtpm_signal(&tpm, SIGKILL);
	CTL(4, "quote", "-c", config_path);
	ck_assert(run_has(&run.err, tpm.tcti));
}
END_TEST

/* The state of one check, in the JSON that was said. */
static const char *
doctor_said(json_t *j, const char *id)
{
	json_t *checks = json_object_get(j, "checks");

	for (size_t i = 0; i < json_array_size(checks); i++) {
		json_t *c = json_array_get(checks, i);

		if (strcmp(json_string_value(json_object_get(c, "id")), id) ==
		    0)
			return json_string_value(json_object_get(c, "state"));
	}
	ck_abort_msg("no check %s", id);
	return NULL;
}

/* Of the TPM, the log and the verifier; the machine is any. */
START_TEST(doctor)
{
	static const char *const good[] = { "config", "tpm", "tpm-lockout",
		"tpm-ek-certificate", "boot-log", "verifier" };
	AUTO(att_json_decref) json_t *fine = NULL;
	AUTO(att_json_decref) json_t *worse = NULL;
	AUTO_DONE(att_buf_done) struct att_buf ca = ATT_BUF(65536);

	CTL(1, "doctor", "-c", config_path, "--json", "--root", node_dir);
	fine = json_said();
	for (size_t i = 0; i < ATT_COUNT(good); i++)
		ck_assert_msg(strcmp(doctor_said(fine, good[i]), "good") == 0,
		    "%s is %s", good[i], doctor_said(fine, good[i]));
	/* the register is not what the log gives any more */
	swtpm_extend(&tpm, 4, "later");
	ok(att_file_read("tests/vectors/ca/root.pem", &ca, err));
	node_write("ca.pem", att_buf_view(&ca));
	CTL(1, "doctor", "-c", config_path, "--json", "--root", node_dir);
	worse = json_said();
	ck_assert_str_eq(doctor_said(worse, "boot-log"), "bad");
	ck_assert_str_eq(doctor_said(worse, "verifier"), "bad");
	SAYS("PCR 4 is not what the log gives");
	swtpm_signal(&tpm, SIGKILL);
	CTL(1, "doctor", "-c", config_path, "--root", node_dir);
	SAYS("bad        tpm ");
	SAYS("unknown    tpm-banks ");
	CTL(2, "doctor", "word");
	CTL(1, "doctor", "-c", "/does/not/exist");
	SAYS("bad        config ");
}
END_TEST

START_TEST(evidence_as_a_file)
{
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(32 << 20);
	AUTO(free) char *out = in_node("e.json");
	AUTO(free) char *uefi = in_node("uefi");
	AUTO(free) char *user = in_node("user");
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	AUTO(att_bundle_free) struct att_bundle *less = NULL;
	const struct att_evidence *e;

	CTL(0, "evidence", "-c", config_path, "-o", out);
	ck_assert(node_read("e.json", &file));
	b = bundle_said(att_buf_view(&file));
	e = att_bundle_evidence(b);
	ck_assert(e->bound && e->bound_count == 3);
	ck_assert(e->item[ATT_ITEM_PLATFORM_POSTURE].bytes.len > 1000);
	ck_assert(e->item[ATT_ITEM_UEFI_LOG].bytes.len > 1000);
	ck_assert(e->item[ATT_ITEM_USERSPACE_LOG].bytes.len > 100);
	ck_assert(e->ek_cert.len > 500);
	ck_assert_str_eq(e->agent_id, FLEET_NODE);
	/* what cannot be read is said to be so, here and in the file */
	ck_assert(unlink(user) == 0 && mkdir(user, 0700) == 0);
	CTL(0, "evidence", "-c", config_path, "--json");
	ck_assert(run_has(&run.err, "userspace_log is left out"));
	ck_assert(!run_has(&run.err, "uefi_log"));
	less = bundle_said(att_buf_view(&run.out));
	e = att_bundle_evidence(less);
	ck_assert(e->item[ATT_ITEM_USERSPACE_LOG].state ==
	    ATT_ITEM_UNREADABLE);
	ck_assert(e->bound_count == 2);
	/* and that there is no boot log is said here */
	ck_assert(unlink(uefi) == 0);
	CTL(0, "evidence", "-c", config_path, "-o", out);
	ck_assert(run_has(&run.err, "uefi_log is left out"));
	CTL(2, "evidence", "-c", config_path);
	CTL(4, "evidence", "-c", config_path, "-o", "/nonexistent/x");
}
END_TEST

/* -- results ------------------------------------------------------------ */

START_TEST(results_are_checked)
{
	AUTO_DONE(att_buf_done) struct att_buf jwt = ATT_BUF(1 << 20);
	AUTO(free) char *keys = in_node("keys.json");
	AUTO(free) char *file = in_node("r.jwt");

	fleet_put_reference();
	CTL(0, "attest", "-c", config_path);
	CTL(0, "node", "keys", NODE, "-o", keys);
	CTL(0, "node", "result", NODE, FLEET_NODE, "-o", file);
	CTL(0, "result", "--keys", keys, file);
	SAYS("TRUSTED  " FLEET_NODE);
	CTL(0, "result", "--keys", keys, "--node", FLEET_NODE, file);
	CTL(0, "result", "--keys", keys, "--json", file);
	SAYS("\"ear_status\": \"affirming\"");
	CTL(1, "result", "--keys", keys, "--node", "node-8", file);
	CTL(1, "result", "--keys", keys, "--nonce", NONCE, file);
	CTL(2, "result", "--keys", keys);
	CTL(2, "result", file);
	CTL(4, "result", "--keys", keys, "/nonexistent");
	ck_assert(node_read("r.jwt", &jwt));
	/* any changed byte of it */
	for (size_t i = 0; i + 1 < jwt.len; i += jwt.len / 20) {
		jwt.data[i] ^= 1;
		node_put("r.jwt", att_buf_view(&jwt));
		CTL(3, "result", "--keys", keys, file);
		jwt.data[i] ^= 1;
	}
	/* a failed one is signed, and is no pass */
	swtpm_extend(&tpm, 4, "x");
	(void)usleep(1100000);
	CTL(1, "attest", "-c", config_path);
	CTL(0, "node", "result", NODE, FLEET_NODE, "-o", file);
	CTL(1, "result", "--keys", keys, file);
	SAYS("UNTRUSTED");
	ck_assert(run_has(&run.err, "no pass"));
}
END_TEST

/* -- the operator ------------------------------------------------------- */

START_TEST(nodes_are_admitted_and_deleted)
{
	AUTO(free) char *bad = in_node("bad.token");
	AUTO(att_json_decref) json_t *said = NULL;
	const char *ek;

	/* no CA that this TPM's maker signs with */
	att_cert_store_free(take(&verifier->ek_cas));
	ok(att_cert_store_new(&verifier->ek_cas, err));
	CTL(1, "attest", "-c", config_path);
	CTL(0, "node", "waiting", NODE);
	SAYS(FLEET_NODE);
	CTL(0, "node", "waiting", NODE, "--json");
	said = json_said();
	ek = json_string_value(json_object_get(json_array_get(
	    json_object_get(said, "waiting"), 0), "ek_sha256"));
	ck_assert(ek != NULL);
	CTL(0, "node", "admit", NODE, FLEET_NODE, "--ek", ek, "--vendor",
	    "ACME", "--group", "gpu");
	fleet_put_reference();
	CTL(0, "attest", "-c", config_path);
	CTL(0, "node", "show", NODE, FLEET_NODE);
	SAYS("ACME");
	SAYS("endorsement  operator");
	CTL(0, "node", "audit", NODE);
	SAYS("operator-admitted");
	CTL(0, "node", "audit", NODE, "--kind", "verdict");
	SAYS("verdict");
	ck_assert(!run_has(&run.out, "operator-admitted"));
	CTL(0, "node", "audit", NODE, FLEET_NODE, "--kind",
	    "operator-admitted");
	SAYS("operator-admitted");
	ck_assert(!run_has(&run.out, "verdict"));
	/* what is mistyped is no empty list */
	CTL(3, "node", "audit", NODE, "--kind", "verdicts");
	CTL(2, "node", "list", NODE, "--kind", "verdict");
	CTL(0, "node", "audit", NODE, FLEET_NODE, "--json");
	CTL(0, "node", "evidence", NODE, FLEET_NODE);
	{
		AUTO(att_bundle_free) struct att_bundle *b =
		    bundle_said(att_buf_view(&run.out));

		ck_assert(att_bundle_evidence(b)->attest.len > 0);
	}
	CTL(0, "node", "delete", NODE, FLEET_NODE);
	CTL(3, "node", "show", NODE, FLEET_NODE);
	ck_assert(run_has(&run.err, "404"));

	node_write("bad.token", S("ffffffffffffffffffffffffffffffff"));
	CTL(3, "node", "list", "--url", server_url, "--ca", server_ca,
	    "--token", bad);
	ck_assert(run_has(&run.err, "401"));
	ck_assert(chmod(bad, 0644) == 0);
	CTL(3, "node", "list", "--url", server_url, "--ca", server_ca,
	    "--token", bad);
	ck_assert(run_has(&run.err, "0644"));
	CTL(4, "node", "list", "--url", "https://127.0.0.1:1", "--ca",
	    server_ca, "--token", operator_token);
	CTL(3, "node", "show", NODE, "../etc");
	CTL(2, "node", "show", NODE);
	CTL(2, "node", "list", NODE, "word");
	CTL(2, "node", "list", NODE, "--vendor", "x");
	CTL(2, "node", "frobnicate", NODE);
	CTL(2, "node");
	CTL(0, "node", "--help");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attestctl on a node");
	TCase *t = tcase_create("attestctl");

	tcase_add_unchecked_fixture(t, fleet_once, fleet_over);
	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, a_node_from_nothing_to_trusted);
	tcase_add_test(t, logs_travel_once_a_boot);
	tcase_add_test(t, a_policy_of_keylime_from_desk_to_verdict);
	tcase_add_test(t, a_reference_state_of_keylime);
	tcase_add_test(t,
	    reference_values_from_a_good_node_to_the_verifier);
	tcase_add_test(t, status_as_json_and_with_other_keys);
	tcase_add_test(t, attest_without_a_verifier);
	tcase_add_test(t, quotes);
	tcase_add_test(t, doctor);
	tcase_add_test(t, evidence_as_a_file);
	tcase_add_test(t, results_are_checked);
	tcase_add_test(t, nodes_are_admitted_and_deleted);
	suite_add_tcase(s, t);
	return run_suite(s);
}
