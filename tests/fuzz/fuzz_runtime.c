/*
 * Runtime policies, ours and Keylime's, and signatures of files. What a policy
 * takes stands in it; what is imported can be read; and no signature is good
 * but for the digest that it was made for.
 *
 * The input is a policy if it begins with a brace, else a signature.
 */
#include <stdlib.h>
#include <string.h>

#include "appraise/runtime.h"
#include "appraise/runtime_keylime.h"
#include "base/encoding.h"
#include "tests/eventlog/ima_sig_vectors.h"

#define HEX                                                                  \
	"5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct att_hasher *h;
static struct att_ima_keys *keys;
static struct att_buf signed_digest;

static void
must(bool good)
{
	if (!good)
		abort();
}

static struct att_slice
text_slice(const char *text)
{
	return (struct att_slice){ (const uint8_t *)text, strlen(text) };
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	AUTO(att_json_decref) json_t *list = json_pack("[{s:s},{s:s},{s:s}]",
	    "pem", P256_PUBLIC, "pem", RSA_PUBLIC, "pem", OWN_ID_CERT);

	(void)argc;
	(void)argv;
	signed_digest = ATT_BUF(64);
	must((h = att_hasher_new()) != NULL);
	must(att_ima_keys_parse(list, &keys, NULL) == 0);
	must(att_hex_decode(text_slice(P256_DIGEST), &signed_digest, NULL) ==
	    0);
	return 0;
}

/* -- policies -------------------------------------------------------------- */

static bool
has(struct att_slice text, const char *word)
{
	return memmem(text.data, text.len, word, strlen(word)) != NULL;
}

static bool
is_taken(const struct att_runtime *r, const struct att_runtime_entry *e)
{
	struct att_digest expected;
	enum att_runtime_word word;

	must(att_runtime_look(r, e, &word, &expected, NULL) == 0);
	return word == ATT_RUNTIME_TAKEN;
}

/* A file and a buffer of this digest, which are taken for a reason. */
static void
look(const struct att_runtime *r, struct att_slice text)
{
	uint8_t digest[32];
	struct att_runtime_entry e = { .template = text_slice("ima-sig"),
		.readable = true, .subject = { .has_path = true,
		    .has_digest = true, .path = text_slice("/fuzz"),
		    .digest = { .alg = ATT_ALG_SHA256,
			.digest = { digest, sizeof(digest) } } } };
	struct att_ima_vouch v;
	bool listed = has(text, HEX) || has(text, "\\");

	memset(digest, 0x5a, sizeof(digest));
	if (is_taken(r, &e))
		must(listed || has(text, "\"excludes\""));
	must(att_runtime_verify(r, &e, h, &v, NULL) == 0);
	must(v.worth == ATT_IMA_UNSIGNED);
	e.buffer = true;
	if (is_taken(r, &e))
		must(listed || has(text, "\"any\""));
	e.violation = true;
	must(!is_taken(r, &e));
}

static void
read_policy(struct att_slice in)
{
	AUTO(att_runtime_free) struct att_runtime *r = NULL;
	struct att_err err = { 0 };
	int e = att_runtime_parse(in, &r, &err);

	must((e == 0) == (r != NULL));
	must(e == 0 || (err.code == e && err.text[0] != '\0' &&
	    att_code_kind(e) != ATT_KIND_SYSTEM));
	if (r != NULL)
		look(r, in);
}

static void
import_policy(struct att_slice in)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_RUNTIME_FILE_MAX);
	AUTO(att_json_decref) json_t *doc = NULL;
	struct att_runtime_notes notes;
	struct att_err err = { 0 };

	if (att_runtime_from_keylime(in, "fuzz", 1, &doc, &notes, &err) < 0) {
		must(doc == NULL && att_code_kind((int)err.code) !=
		    ATT_KIND_SYSTEM);
		return;
	}
	for (size_t i = 0; i < notes.count; i++)
		must(strncmp(notes.note[i], "not taken: ", 11) == 0);
	must(att_json_write(doc, &b, NULL) == 0);
	read_policy(att_buf_view(&b));
}

/* -- signatures ------------------------------------------------------------ */

static void
verify(struct att_slice in)
{
	struct att_ima_digest file = { .alg = ATT_ALG_SHA256,
		.digest = att_buf_view(&signed_digest) };
	struct att_ima_vouch v;
	uint8_t other[32];

	must(att_ima_keys_verify(keys, in, &file, h, &v, NULL) == 0);
	if (v.worth != ATT_IMA_SIGNED_GOOD)
		return;
	/* the header is not signed: only these two are of this key */
	must(in.data[0] == ATT_IMA_SIG_FILE && in.data[1] == 2 &&
	    in.data[2] == 4 && in.data[3] == 0xbf);
	memcpy(other, signed_digest.data, sizeof(other));
	other[in.data[in.len - 1] % sizeof(other)] ^= 1;
	file.digest.data = other;
	must(att_ima_keys_verify(keys, in, &file, h, &v, NULL) == 0);
	must(v.worth == ATT_IMA_SIGNED_BAD);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice in = { data, size };

	if (size > 0 && data[0] != '{') {
		verify(in);
		return 0;
	}
	read_policy(in);
	import_policy(in);
	return 0;
}
