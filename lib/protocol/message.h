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
/* Member `name`, base64 of at most `max` bytes, decoded into `k`. */
int att_keep_base64(struct att_keep *k, const json_t *obj, const char *name,
    size_t max, struct att_slice *ret, struct att_err *err) ATT_MUST;

/*
 * Parses a message from an agent, keeps it in `k`, and gives its attributes:
 * at the top only data, errors, meta, links and jsonapi, in `data` only type,
 * id, attributes, links and meta (JSON:API 1.1, 7), and `type` as given. An
 * error here leaves *where "", an error in a member names it.
 */
int att_message_parse(struct att_slice body, size_t max, const char *type,
    struct att_keep *k, json_t **ret_data, json_t **ret_attributes,
    struct att_pointer *where, struct att_err *err) ATT_MUST;
/*
 * Parses an answer of a verifier: the same without asking what else stands in
 * the frame.
 */
int att_answer_parse(struct att_slice body, size_t max, const char *type,
    struct att_keep *k, json_t **ret_root, json_t **ret_attributes,
    struct att_err *err) ATT_MUST;
/*
 * Appends {"data": {"type", "id", "attributes"}}, without an id if NULL, and
 * takes `attributes`. `links` and `meta` go beside `data`; NULL: none, else
 * taken too.
 */
int att_message_write(const char *type, const char *id, json_t *attributes,
    json_t *links, json_t *meta, struct att_buf *ret, struct att_err *err)
    ATT_MUST;

#endif
