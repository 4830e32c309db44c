/* What the tests of Redfish share: a mock, and options that reach it. */
#ifndef ATT_TESTS_REDFISH_FIXTURE_H
#define ATT_TESTS_REDFISH_FIXTURE_H

#include <signal.h>
#include <time.h>

#include "mock.h"
#include "redfish/client.h"

#define DEADLINE_MS 15000u

struct bmc {
	struct mock m;
	char origin[64];
	char pin[PIN_MAX];
	struct att_redfish_options o;
};

/* The mock is large, and one is enough for a test. */
static struct bmc bmc;

static ATT_UNUSED void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	memset(&bmc, 0, sizeof(bmc));
}

/* What a test wants of the mock is set before. */
static ATT_UNUSED void
start(void)
{
	mock_start(&bmc.m);
	snprintf(bmc.origin, sizeof(bmc.origin), "https://127.0.0.1:%u",
	    bmc.m.peer.port);
	bmc.o = (struct att_redfish_options){ .origin = bmc.origin,
		.pin = pin_of(&bmc.m.cert, bmc.pin), .user = MOCK_USER,
		.password = MOCK_PASSWORD, .deadline_ms = DEADLINE_MS,
		.poll_ms = 5 };
}

static ATT_UNUSED void
stop(void)
{
	mock_stop(&bmc.m);
}

static ATT_UNUSED TCase *
add_case(Suite *s, const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, setup, NULL);
	suite_add_tcase(s, t);
	return t;
}

#endif
