#include "crypto/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "crypto/ossl.h"

struct att_pem {
	BIO *bio;
};

int
att_pem_open(struct att_slice text, struct att_pem **ret, struct att_err *err)
{
	AUTO(att_pem_free) struct att_pem *p = calloc(1, sizeof(*p));

	if (text.len > ATT_PEM_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "PEM text of %zu bytes, at most %u are taken", text.len,
		    ATT_PEM_MAX);
	if (p == NULL ||
	    (p->bio = BIO_new_mem_buf(text.data, (int)text.len)) == NULL)
		return att_err_nomem(err);
	*ret = take(&p);
	return 0;
}

void
att_pem_free(struct att_pem *p)
{
	if (p == NULL)
		return;
	BIO_free_all(p->bio);
	free(p);
}

/* One object of whatever label: 1, 0 at the end. */
static int
read_one(struct att_pem *p, const char *label, bool *ret_match,
    struct att_buf *ret, struct att_err *err)
{
	char *name = NULL, *header = NULL;
	uint8_t *data = NULL;
	bool encrypted;
	long len = 0;

	/* the queue is the thread's: what stands there is not of this call */
	ERR_clear_error();
	if (PEM_read_bio(p->bio, &name, &header, &data, &len) != 1) {
		bool end = ERR_GET_REASON(ERR_peek_last_error()) ==
		    PEM_R_NO_START_LINE;

		if (att_ossl_no_memory())
			return att_err_nomem(err);
		return end ? 0 : att_err_set(err, ATT_E_FORMAT,
		    "PEM object is malformed (RFC 7468)");
	}
	*ret_match = strcmp(name, label) == 0;
	encrypted = header[0] != '\0';
	if (*ret_match)
		att_buf_bytes(ret, data, (size_t)len);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, (size_t)len);
	if (*ret_match && encrypted)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "PEM object has headers, or is encrypted");
	return 1;
}

int
att_pem_next(struct att_pem *p, const char *label, struct att_buf *ret,
    struct att_err *err)
{
	bool match = false;
	int r;

	att_buf_reset(ret);
	while (!match)
		if ((r = read_one(p, label, &match, ret, err)) <= 0)
			return r;
	return (r = att_buf_ok(ret, label, err)) < 0 ? r : 1;
}
