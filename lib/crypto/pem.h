/* PEM (RFC 7468): the DER of each object in a text, one after the other. */
#ifndef ATT_CRYPTO_PEM_H
#define ATT_CRYPTO_PEM_H

#include "base/buf.h"

#define ATT_PEM_MAX (8u << 20)	/* bytes of text */

struct att_pem;
/* Borrows the text. */
int att_pem_open(struct att_slice text, struct att_pem **ret,
    struct att_err *err) ATT_MUST;
void att_pem_free(struct att_pem *p);
ATT_DEFINE_AUTO(struct att_pem, att_pem_free)

/*
 * Empties `ret` and puts the DER of the next object with this label into it;
 * objects with another label and text between objects are passed over. 1, or
 * 0 at the end. Encrypted objects are refused, never asked a password for.
 */
int att_pem_next(struct att_pem *p, const char *label, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
