/*
 * The registrar's messages (v2.6): GET /version, POST and PUT of
 * /v2.6/agents/{id}. Plain JSON, Content-Type ATT_TYPE_JSON both ways; errors
 * are protocol/problem.h's.
 */
#ifndef ATT_PROTOCOL_REGISTRATION_H
#define ATT_PROTOCOL_REGISTRATION_H

#include "protocol/credential_blob.h"
#include "protocol/message.h"

/* Versions 2.1 to 2.6 are spoken; 3.0 of the registrar is unusable. */
#define ATT_REGISTRAR_MINOR_MIN 1
#define ATT_REGISTRAR_MINOR_MAX 6

/*
 * The answer to GET /version: *ret_minor is the highest of 2.1 to 2.6 that is
 * listed; ATT_E_UNSUPPORTED if none is.
 */
int att_registrar_versions_parse(struct att_slice body, unsigned *ret_minor,
    struct att_err *err) ATT_MUST;
/* Lists 2.`first` to 2.6, and types of AKs: see below. */
int att_registrar_versions_encode(unsigned first, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

/*
 * The same answer of a verifier: does it list this type ("p256") among those of
 * the AKs that it takes? Keylime's verifiers do not answer, and take RSA.
 */
int att_versions_take_ak(struct att_slice body, const char *type, bool *ret,
    struct att_err *err) ATT_MUST;

#define ATT_REGISTER_PUBLIC_MAX 1024	/* bytes of a TPM2B_PUBLIC */
#define ATT_REGISTER_CERT_MAX 65536	/* bytes of certificate and chain */

struct att_register_request {
	struct att_slice ek_public;	/* TPM2B_PUBLIC with its size bytes */
	struct att_slice ek_cert;	/* att_cert_parse takes it; or empty */
	struct att_slice ak_public;	/* TPM2B_PUBLIC with its size bytes */
	struct att_keep keep;
};
int att_register_request_encode(const struct att_register_request *r,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/*
 * `ek_cert` is DER, sent as base64, or PEM, sent as it is: the certificate and
 * candidates for its chain. What certificate and keys are is not looked at.
 */
int att_register_request_parse(struct att_slice body,
    struct att_register_request *ret, struct att_pointer *where,
    struct att_err *err) ATT_MUST;
void att_register_request_done(struct att_register_request *r);

/* 200: `blob` is a credential_blob.h file. */
struct att_register_answer {
	struct att_slice blob;
	struct att_keep keep;
};
int att_register_answer_encode(const struct att_register_answer *a,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
int att_register_answer_parse(struct att_slice body,
    struct att_register_answer *ret, struct att_err *err) ATT_MUST;
void att_register_answer_done(struct att_register_answer *a);

/*
 * PUT: the tag, exactly ATT_AUTH_TAG_LEN digits; upper-case hex is refused, as
 * upstream does.
 */
int att_activate_request_encode(const char *auth_tag, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
int att_activate_request_parse(struct att_slice body,
    char ret[static ATT_AUTH_TAG_LEN + 1], struct att_pointer *where,
    struct att_err *err) ATT_MUST;
/* 200: {"code": 200, "status": "Success", "results": {}}. */
int att_activate_answer_encode(struct att_buf *ret, struct att_err *err)
    ATT_MUST;

#endif
