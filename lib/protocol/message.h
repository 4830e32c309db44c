/*
 * The frame of JSON:API that messages to and from the verifier (v3.0) share,
 * and the memory behind a message that was parsed.
 *
 * Each message is a struct with slices and texts. To send one, fill it with
 * your own and call _encode, which appends JSON to a buffer. One that _parse
 * filled owns what its members point to: start from zero ({ 0 }) and free with
 * the _done function beside it. A parse that fails leaves *ret as it was.
 *
 * What comes from an agent is read strictly outside of `attributes`; members
 * that are not known inside of it are passed over, as upstream does. Parsers
 * of the verifier's side take a struct att_pointer (may be NULL) that says
 * where an error stands.
 */
#ifndef ATT_PROTOCOL_MESSAGE_H
#define ATT_PROTOCOL_MESSAGE_H

#include "base/json.h"
#include "protocol/pointer.h"

/* Bytes of a message that carries no evidence; more is refused. */
#define ATT_MESSAGE_MAX (1u << 20)

#define ATT_TYPE_JSON "application/json"
/* On every request with a body to /v3.0; a GET must not carry it. */
#define ATT_TYPE_JSONAPI "application/vnd.api+json"

/* What a parsed message owns. */
#define ATT_KEEP_MAX 8
struct att_keep {
	json_t *json;
	size_t count;
	struct att_buf buf[ATT_KEEP_MAX];
};
void att_keep_done(struct att_keep *k);
/* Member `name`, base64 of 1 to `max` bytes, decoded into `k`. */
int att_keep_base64(struct att_keep *k, const json_t *obj, const char *name,
    size_t max, struct att_slice *ret, struct att_pointer *where,
    struct att_err *err) ATT_MUST;

/* Parses plain JSON, an object, and keeps it in `k`; *ret is borrowed. */
int att_keep_object(struct att_keep *k, struct att_slice body, json_t **ret,
    struct att_err *err) ATT_MUST;

/*
 * Parses a message from an agent and keeps it in `k`; *ret_data is its `data`,
 * *ret_attributes the attributes in it. At the top stand only data, errors,
 * meta, links and jsonapi, in `data` only type, id, attributes, links and meta
 * (JSON:API 1.1, 7.1 and 7.2), and `type` is as given.
 */
int att_message_parse(struct att_slice body, size_t max, const char *type,
    struct att_keep *k, json_t **ret_data, json_t **ret_attributes,
    struct att_err *err) ATT_MUST;
/* The same for an answer of a verifier: what else stands there is not asked. */
int att_answer_parse(struct att_slice body, const char *type,
    struct att_keep *k, json_t **ret_data, json_t **ret_attributes,
    struct att_err *err) ATT_MUST;
/* Around the reading of attributes: names them if that failed. */
int att_message_at(int r, struct att_pointer *where) ATT_MUST;

/* The parts of a message that is written; owned by the call that takes it. */
struct att_frame {
	const char *type;
	const char *id;		/* NULL: none */
	const char *self;	/* path of the resource; NULL: none */
	json_t *attributes;
	json_t *meta;		/* NULL: none */
};
/* Appends it. Takes attributes and meta, also when it fails. */
int att_message_write(const struct att_frame *f, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
/* Appends plain JSON and takes it; NULL is ATT_E_NOMEM. */
int att_message_write_plain(json_t *j, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

/* Longest text that a message carries for people. */
#define ATT_MESSAGE_TEXT_MAX 255	/* bytes */
/*
 * A text for such a member: what is not clean keeps its printable ASCII, what
 * is too long is cut. NULL reads as "".
 */
json_t *att_message_text(const char *text) ATT_MUST;
/*
 * Such a member, or one that is missing: then *ret stays as it was. One that is
 * too long or not clean is ATT_E_FORMAT.
 */
int att_message_text_opt(const json_t *obj, const char *name,
    const char **ret, struct att_pointer *where, struct att_err *err)
    ATT_MUST;
/* A SHA-256 in lower-case hex; missing or null: *ret stays as it was. */
int att_message_sha256_opt(const json_t *obj, const char *name,
    struct att_digest *ret, struct att_pointer *where, struct att_err *err)
    ATT_MUST;
/* Seconds since 1970 of an RFC 3339 member; 0 if there is none that reads. */
int64_t att_message_time(const json_t *obj, const char *name) ATT_MUST;

#endif
