#include "nvml/nvml.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "evidence/binding.h"

/*
 * Of NVIDIA's nvml.h, which is not free to be shipped, what is called here:
 * numbers and layouts are its ABI, "_v2" part of the names.
 */
#define NVML_SUCCESS 0
#define NVML_ERROR_NOT_SUPPORTED 3
#define NVML_ERROR_NO_PERMISSION 4
#define NVML_ERROR_DRIVER_NOT_LOADED 9
#define NVML_INIT_NO_ATTACH 2u	/* leaves GPUs alone that nobody uses */
#define NVML_UUID_SIZE 96

struct nvml_report {
	unsigned has_cec;
	unsigned size, cec_size;
	unsigned char nonce[0x20];
	unsigned char report[0x2000];
	unsigned char cec_report[0x1000];
};

struct nvml_certificates {
	unsigned size, attestation_size;
	unsigned char chain[0x1000];
	unsigned char attestation_chain[0x1400];
};

struct nvml {
	void *library;
	int (*init)(unsigned flags);
	int (*shutdown)(void);
	int (*count)(unsigned *ret);
	int (*handle)(unsigned index, void **ret);
	int (*uuid)(void *gpu, char *ret, unsigned size);
	int (*certificates)(void *gpu, struct nvml_certificates *ret);
	int (*report)(void *gpu, struct nvml_report *ret);
};

static void
nvml_done(struct nvml *n)
{
	if (n->library != NULL)
		(void)dlclose(n->library);
	n->library = NULL;
}

/* POSIX says that a function's address fits; C does not, hence the copy. */
static bool
find(void *library, const char *name, void *ret, size_t size)
{
	void *at = dlsym(library, name);

	if (at == NULL || size != sizeof(at))
		return false;
	memcpy(ret, &at, size);
	return true;
}

#define FIND(n, member, name)                                                \
	find((n)->library, "nvml" name, &(n)->member, sizeof((n)->member))

static bool
find_all(struct nvml *n)
{
	return FIND(n, init, "InitWithFlags") &&
	    FIND(n, shutdown, "Shutdown") &&
	    FIND(n, count, "DeviceGetCount_v2") &&
	    FIND(n, handle, "DeviceGetHandleByIndex_v2") &&
	    FIND(n, uuid, "DeviceGetUUID") &&
	    FIND(n, certificates, "DeviceGetConfComputeGpuCertificate") &&
	    FIND(n, report, "DeviceGetConfComputeGpuAttestationReport");
}

/* -- one GPU -------------------------------------------------------------- */

static int
name_of(const struct nvml *n, void *gpu, struct att_nvml_report *r,
    struct att_err *err)
{
	char uuid[NVML_UUID_SIZE + 1] = { 0 };

	if (n->uuid(gpu, uuid, NVML_UUID_SIZE) != NVML_SUCCESS ||
	    uuid[0] == '\0')
		return att_err_set(err, ATT_E_SYS,
		    "NVML does not tell the UUID of a GPU");
	att_text_mask(uuid);
	(void)snprintf(r->name, sizeof(r->name), "nvml/%s", uuid);
	return 0;
}

static void
failed(struct att_nvml_report *r, int code)
{
	bool unable = code == NVML_ERROR_NOT_SUPPORTED;

	r->result = unable ? ATT_MEASURED_NOT_AVAILABLE : ATT_MEASURED_FAILED;
	r->reason = unable ? "it does not sign: confidential computing is "
			     "off, or it cannot" :
	    code == NVML_ERROR_NO_PERMISSION ?
			     "the driver does not permit it" :
			     "the driver could not have it signed";
}

/* The sizes are the library's word, and no more than what it was given. */
static void
take_report(struct att_nvml_report *r, const struct nvml_report *report,
    const struct nvml_certificates *certs)
{
	if (report->size == 0 || report->size > sizeof(report->report) ||
	    certs->attestation_size == 0 ||
	    certs->attestation_size > sizeof(certs->attestation_chain)) {
		r->result = ATT_MEASURED_FAILED;
		r->reason = "the driver gave a report of no valid size";
		return;
	}
	r->result = ATT_MEASURED_OK;
	r->transcript = (struct att_slice){ report->report, report->size };
	r->chain = (struct att_slice){ certs->attestation_chain,
		/* some end it with a NUL */
		strnlen((const char *)certs->attestation_chain,
		    certs->attestation_size) };
}

static int
ask(const struct nvml *n, void *gpu, struct att_slice challenge,
    struct att_hasher *h, att_nvml_fn *each, void *arg, struct att_err *err)
{
	struct nvml_report report = { 0 };
	struct nvml_certificates certs = { 0 };
	struct att_nvml_report r = { 0 };
	struct att_digest nonce;
	int code, rc;

	if ((rc = name_of(n, gpu, &r, err)) < 0 ||
	    (rc = att_binding_spdm_nonce(h, challenge,
		 att_slice_of(r.name), &nonce, err)) < 0)
		return rc;
	memcpy(report.nonce, nonce.bytes, sizeof(report.nonce));
	if ((code = n->certificates(gpu, &certs)) != NVML_SUCCESS ||
	    (code = n->report(gpu, &report)) != NVML_SUCCESS)
		failed(&r, code);
	else
		take_report(&r, &report, &certs);
	return each(arg, &r, err);
}

/* -- all ------------------------------------------------------------------ */

static int
ask_all(const struct nvml *n, struct att_slice challenge,
    struct att_hasher *h, att_nvml_fn *each, void *arg, struct att_err *err)
{
	unsigned count = 0;
	int code, r;

	if ((code = n->count(&count)) != NVML_SUCCESS)
		return att_err_set(err, ATT_E_SYS,
		    "NVML does not count GPUs (error %d)", code);
	if (count > ATT_NVML_GPUS_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%u GPUs, at most %d are asked", count,
		    ATT_NVML_GPUS_MAX);
	for (unsigned i = 0; i < count; i++) {
		void *gpu = NULL;

		if ((code = n->handle(i, &gpu)) != NVML_SUCCESS)
			return att_err_set(err, ATT_E_SYS,
			    "NVML does not give GPU %u (error %d)", i, code);
		if ((r = ask(n, gpu, challenge, h, each, arg, err)) < 0)
			return r;
	}
	return 0;
}

int
att_nvml_ask(const char *library, struct att_slice challenge,
    struct att_hasher *h, att_nvml_fn *each, void *arg, struct att_err *err)
{
	AUTO_DONE(nvml_done) struct nvml n = {
		.library = dlopen(library, RTLD_NOW | RTLD_LOCAL) };
	int code, r;

	if (n.library == NULL)
		return 0;
	if (!find_all(&n))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "%.60s has no reports of GPUs: it is too old, or none of "
		    "NVIDIA's", library);
	code = n.init(NVML_INIT_NO_ATTACH);
	if (code == NVML_ERROR_DRIVER_NOT_LOADED)
		return 0;
	if (code != NVML_SUCCESS)
		return att_err_set(err, ATT_E_SYS,
		    "NVML does not begin (error %d)", code);
	r = ask_all(&n, challenge, h, each, arg, err);
	(void)n.shutdown();
	return r;
}
