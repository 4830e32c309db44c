/* What root reads and attestd wrote; and what root's own memory may become. */
#include <string.h>

#include "agent/followed.h"
#include "agent/gate.h"
#include "base/cur.h"

#define BOOT "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11"
#define NOW 1795334871

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Open means: a pass that is of this boot and goes on for some time. */
static void
weigh(struct att_slice text)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	const struct att_gate_by by = { .now = { .boot_id = BOOT,
		.now = NOW, .uptime = 1000 } };
	struct att_gate g;

	if (att_verdict_file_parse(text, &by.now, &f, NULL) < 0)
		return;
	att_gate_weigh(&f, &by, &g);
	if ((g.state == ATT_GATE_OPEN) !=
		(f.status == ATT_PASS && !f.over && !f.other_boot) ||
	    (g.state == ATT_GATE_OPEN) != (g.reason[0] == '\0') ||
	    (g.state == ATT_GATE_OPEN && g.good_for <= 0) || g.due_in < -1)
		__builtin_trap();
}

static void
read_memory(struct att_slice text)
{
	struct att_followed f;

	if (att_followed_parse(text, BOOT, &f, NULL) < 0)
		return;
	if (f.count > ATT_UNITS_MAX || strcmp(f.boot_id, BOOT) != 0 ||
	    (f.ek_id[0] == '\0') != (f.ek_type == ATT_TPM_EK_AUTO))
		__builtin_trap();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice s = { data, size };

	weigh(s);
	read_memory(s);
	return 0;
}
