/* Variables of EFI in a tree that stands for a root. */
#ifndef ATT_TESTS_POSTURE_FAKETREE_H
#define ATT_TESTS_POSTURE_FAKETREE_H

#include "fakesys.h"

#include "tests/posture/amipk.h"

#define EFIVARS "sys/firmware/efi/efivars/"
#define GLOBAL "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define IMAGE_SECURITY "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
#define SHIM "605dab50-e046-4300-abb6-3dd810dd8b23"

static struct fake tree;

/* -- variables ------------------------------------------------------------- */

/* Attributes, as efivarfs gives them, and the value. */
static inline void
tree_variable(const char *name, struct att_slice value)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	char path[256];

	(void)snprintf(path, sizeof(path), EFIVARS "%s", name);
	att_buf_le32(&b, 0x27);
	att_buf_slice(&b, value);
	fake_write(&tree, path, att_buf_view(&b));
}

static inline ATT_UNUSED void
tree_flag(const char *name, uint8_t value)
{
	tree_variable(name, (struct att_slice){ &value, 1 });
}

/* EFI_SIGNATURE_LIST with one entry. */
static inline void
put_siglist(struct att_buf *b, const char *type, struct att_slice data)
{
	AUTO_DONE(att_buf_done) struct att_buf guid = ATT_BUF(16);

	ok(att_hex_decode(S(type), &guid, err));
	att_buf_slice(b, att_buf_view(&guid));
	att_buf_le32(b, (uint32_t)(28 + 16 + data.len));
	att_buf_le32(b, 0);
	att_buf_le32(b, (uint32_t)(16 + data.len));
	att_buf_fill(b, 0x11, 16);
	att_buf_slice(b, data);
}

#define CERT_X509 "a159c0a5e494a74a87b5ab155c2bf072"
#define CERT_SHA256 "2616c4c14c509240aca941f936934328"

static inline ATT_UNUSED void
put_ami_pk(struct att_buf *b)
{
	AUTO_DONE(att_buf_done) struct att_buf der = ATT_BUF(4096);

	ok(att_hex_decode(S(ami_pk_hex), &der, err));
	put_siglist(b, CERT_X509, att_buf_view(&der));
}

#endif
