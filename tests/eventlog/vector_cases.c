#include "tests/eventlog/vectors.h"

void
check_cases(void)
{
}
