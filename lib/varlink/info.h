/* org.varlink.service: what a service says of itself. Of this library only. */
#ifndef ATT_VARLINK_INFO_H
#define ATT_VARLINK_INFO_H

#include "varlink/server.h"

/* Its methods; `arg` of these is a struct att_varlink_service. */
extern const struct att_varlink_interface att_varlink_info;

/* That of the service which has this name, or att_varlink_info; or NULL. */
const struct att_varlink_interface *att_varlink_interface_of(
    const struct att_varlink_service *s, struct att_slice name) ATT_MUST;

#endif
