/*
 * All that can be asked of the verifier: one table of routes, in which who may
 * ask stands beside what runs.
 */
#ifndef ATT_VERIFIER_API_H
#define ATT_VERIFIER_API_H

#include "verifier/verifier.h"

const struct att_route *att_api_routes(size_t *ret_count) ATT_MUST;

/* One request at one time, seconds since 1970. */
int att_api_call(struct att_verifier *v, const struct att_request *req,
    int64_t now, struct att_response *resp) ATT_MUST;

/* The same now, for att_server_start; ctx of both is the verifier. */
int att_api_handle(void *ctx, const struct att_request *req,
    struct att_response *resp) ATT_MUST;
size_t att_api_body_max(void *ctx, const struct att_request *req,
    char ret_who[ATT_SERVER_WHO_MAX + 1]) ATT_MUST;

#endif
