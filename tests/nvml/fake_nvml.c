/*
 * A library that has the ABI of NVIDIA's libnvidia-ml.so.1 and no GPU: what it
 * does, FAKE_NVML says. A report is the nonce and then its name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct report {
	unsigned has_cec, size, cec_size;
	unsigned char nonce[0x20], report[0x2000], cec_report[0x1000];
};
struct certificates {
	unsigned size, attestation_size;
	unsigned char chain[0x1000], attestation_chain[0x1400];
};

int nvmlInitWithFlags(unsigned flags);
int nvmlShutdown(void);
int nvmlDeviceGetCount_v2(unsigned *ret);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **ret);
int nvmlDeviceGetUUID(void *gpu, char *ret, unsigned size);
int nvmlDeviceGetConfComputeGpuCertificate(void *gpu,
    struct certificates *ret);
int nvmlDeviceGetConfComputeGpuAttestationReport(void *gpu,
    struct report *ret);

static char gpus[100];
static int running;

static int
is(const char *mode)
{
	const char *now = getenv("FAKE_NVML");

	return now != NULL && strcmp(now, mode) == 0;
}

int
nvmlInitWithFlags(unsigned flags)
{
	if (is("no-driver"))
		return 9;
	if (is("no-start") || flags != 2)
		return 999;
	if (is("dies"))
		abort();
	while (is("hangs"))
		(void)pause();
	running = 1;
	return 0;
}

int
nvmlShutdown(void)
{
	running = 0;
	return 0;
}

int
nvmlDeviceGetCount_v2(unsigned *ret)
{
	*ret = is("many") ? 65 : is("none") ? 0 : 2;
	return running && !is("no-count") ? 0 : 999;
}

int
nvmlDeviceGetHandleByIndex_v2(unsigned index, void **ret)
{
	*ret = &gpus[index];
	return index < 2 && !is("no-handle") ? 0 : 2;
}

int
nvmlDeviceGetUUID(void *gpu, char *ret, unsigned size)
{
	if (is("no-uuid"))
		return 999;
	if (is("long-uuid"))
		(void)memset(ret, '\n', size);
	else
		(void)snprintf(ret, size, "GPU-00%d",
		    (int)((char *)gpu - gpus));
	return 0;
}

int
nvmlDeviceGetConfComputeGpuCertificate(void *gpu, struct certificates *ret)
{
	static const char pem[] = "-----BEGIN CERTIFICATE-----\n";

	(void)gpu;
	ret->attestation_size = is("long-chain") ? 0x1401 : sizeof(pem);
	memcpy(ret->attestation_chain, pem, sizeof(pem));
	if (is("nonsense"))
		ret->attestation_chain[3] = 0xff;
	return is("unsupported") ? 3 : 0;
}

int
nvmlDeviceGetConfComputeGpuAttestationReport(void *gpu, struct report *ret)
{
	memcpy(ret->report, ret->nonce, 32);
	ret->report[32] = (unsigned char)('0' + ((char *)gpu - gpus));
	ret->size = is("long") ? 0x2001 : is("empty") ? 0 : 33;
	return is("denied") ? 4 : is("lost") && gpu == &gpus[1] ? 15 : 0;
}
