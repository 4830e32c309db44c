/*
 * A captured boot with the list of what it ran, and a runtime policy, for
 * tests that judge lists.
 */
#ifndef ATT_TESTS_RUNNER_H
#define ATT_TESTS_RUNNER_H

#include "node.h"

#include "tests/eventlog/imamaker.h"

static struct signer signer;

static const enum att_item runner_items[] = { ATT_ITEM_UEFI_LOG,
	ATT_ITEM_USERSPACE_LOG, ATT_ITEM_IMA_LOG };

struct runner {
	struct node n;
	struct att_buf list;
	struct att_runtime *policy;
	struct att_runtime_set set;
	struct att_ima_known known;
};

/* Parses each line of the text: register, digest, template, digest, path. */
static inline ATT_UNUSED json_t *
policy_of(struct att_slice text)
{
	json_t *digests = json_object(), *doc;
	AUTO(free) char *copy = strndup((const char *)text.data, text.len);
	char *save = NULL;

	for (char *l = strtok_r(copy, "\n", &save); l != NULL;
	    l = strtok_r(NULL, "\n", &save)) {
		char *at = l, *digest, *path;
		bool sig = strstr(l, " ima-sig ") != NULL;
		json_t *list;

		for (int i = 0; i < 3; i++)
			at = strchr(at, ' ') + 1;
		digest = at;
		path = strchr(at, ' ');
		*path++ = '\0';
		/* the signature, or nothing, follows after a space */
		if (sig)
			*strrchr(path, ' ') = '\0';
		if (strcmp(path, "boot_aggregate") == 0)
			continue;
		if ((list = json_object_get(digests, path)) == NULL) {
			list = json_array();
			ok(att_json_put(digests, path, list, err));
		}
		ok(att_json_add(list, json_string(digest), err));
	}
	doc = json_pack("{s:s, s:s, s:i, s:{}, s:o}", "format",
	    ATT_RUNTIME_FORMAT, "id", "run", "version", 1, "match", "digests",
	    digests);
	ck_assert_ptr_nonnull(doc);
	return doc;
}

/* Takes the document. */
static inline ATT_UNUSED void
set_policy(struct runner *r, json_t *doc)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(8u << 20);

	att_runtime_free(r->policy);
	ok(att_json_write(doc, &b, err));
	json_decref(doc);
	ok(att_runtime_parse(att_buf_view(&b), &r->policy, err));
	r->set = (struct att_runtime_set){ 1, { r->policy } };
	r->n.a.runtime = &r->set;
}

static inline ATT_UNUSED void
give_list(struct runner *r, struct att_slice list)
{
	r->n.e.item[ATT_ITEM_IMA_LOG] = (struct att_evidence_item){
		.state = ATT_ITEM_PRESENT, .bytes = list };
}

static inline ATT_UNUSED void
runner_init(struct runner *r, const char *boot, const char *file)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(0);

	*r = (struct runner){ .set.count = 0 };
	node_init(&r->n, &signer, boot);
	node_ref_from(&r->n, boot);
	ck_assert(node_read(boot, file, &r->list));
	ck_assert(node_read(boot, "ima.txt", &text));
	give_list(r, att_buf_view(&r->list));
	r->n.a.item = runner_items;
	r->n.a.item_count = ATT_COUNT(runner_items);
	r->n.policy.claims |= ATT_CLAIM_RUNTIME;
	set_policy(r, policy_of(att_buf_view(&text)));
}

static inline ATT_UNUSED void
runner_done(struct runner *r)
{
	att_runtime_free(r->policy);
	att_buf_done(&r->list);
	node_done(&r->n);
}

#endif
