/* Canonical event logs in TLV: what is replayed must match itself. */
#include <stdlib.h>

#include "eventlog/cel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_slice raw = { data, size };
	struct att_replay r;
	struct att_pcrs p;
	struct att_err err;

	if (h == NULL || att_cel_replay(raw, h, &r, &err) < 0)
		return 0;
	if (att_replay_values(&r, &p, NULL) < 0)
		abort();
	for (size_t b = 0; b < p.count; b++)
		for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
			struct att_slice v;
			enum att_match m;

			if (att_pcrs_get(&p, p.bank[b].alg, pcr, &v) &&
			    (att_replay_match(&r, p.bank[b].alg, pcr, v, 0,
				 &m, NULL, NULL) < 0 || m != ATT_MATCH))
				abort();
		}
	return 0;
}
