#include "protocol/subjects.h"

const char *
att_subjects_bank(uint16_t alg)
{
	return alg == ATT_ALG_SM3 ? "sm3_256" : att_alg_name(alg);
}

json_t *
att_subjects_of(uint32_t mask)
{
	AUTO(att_json_decref) json_t *list = json_array();

	for (unsigned i = 0; i < ATT_PCR_COUNT; i++)
		if ((mask >> i & 1) != 0 &&
		    att_json_add(list, json_integer(i), NULL) < 0)
			return NULL;
	return take(&list);
}

int
att_subjects_read(const json_t *list, uint32_t *ret_mask,
    struct att_err *err)
{
	uint32_t mask = 0;

	if (!json_is_array(list))
		return att_err_set(err, ATT_E_FORMAT,
		    "PCRs must be an array of numbers");
	if (json_array_size(list) > ATT_PCR_COUNT)
		return att_err_set(err, ATT_E_FORMAT,
		    "%zu PCRs, there are %d", json_array_size(list),
		    ATT_PCR_COUNT);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *v = json_array_get(list, i);
		json_int_t n = json_integer_value(v);

		if (!json_is_integer(v) || n < 0 || n >= ATT_PCR_COUNT)
			return att_err_set(err, ATT_E_FORMAT,
			    "a PCR must be an integer from 0 to %d",
			    ATT_PCR_COUNT - 1);
		if ((mask >> n & 1) != 0)
			return att_err_set(err, ATT_E_FORMAT,
			    "PCR %d stands there twice", (int)n);
		mask |= 1u << n;
	}
	*ret_mask = mask;
	return 0;
}
