/* The YAML subset, and both configurations that stand on it. */
#include "config/agent_config.h"
#include "config/verifier_config.h"
#include "config/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice text = { data, size };
	AUTO(att_yaml_free) struct att_yaml *y = NULL;
	struct att_agent_config a;
	struct att_verifier_config v;
	struct att_err err;

	if (att_yaml_parse(text, "fuzz", &y, &err) < 0)
		return 0;
	if (att_agent_config_parse("fuzz", text, &a, &err) == 0)
		att_agent_config_done(&a);
	if (att_verifier_config_parse("fuzz", text, &v, &err) == 0)
		att_verifier_config_done(&v);
	return 0;
}
