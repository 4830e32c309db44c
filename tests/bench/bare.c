/*
 * bare - the least that a program costs which uses the libraries of attestd:
 * they are linked, as attestd's are, and one request is made over TLS.
 *
 * usage: bare URL CA_FILE
 */
#include <curl/curl.h>
#include <jansson.h>
#include <jose/jws.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <tss2/tss2_sys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>
#include <yaml.h>

static size_t
drop(char *bytes, size_t size, size_t count, void *ctx)
{
	(void)bytes;
	(void)ctx;
	return size * count;
}

static int
request(const char *url, const char *ca_file)
{
	CURL *easy;
	int r = 1;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (easy = curl_easy_init()) == NULL)
		return 1;
	if (curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
	    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file) == CURLE_OK &&
	    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop) == CURLE_OK &&
	    curl_easy_perform(easy) == CURLE_OK)
		r = 0;
	curl_easy_cleanup(easy);
	curl_global_cleanup();
	return r;
}

/* A call into each of the others, so that the linker keeps them. */
static int
touch(void)
{
	TPM2B_DIGEST none = { 0 };
	TSS2_TCTI_CONTEXT *tcti = NULL;
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned len = sizeof(md);
	size_t at = 0;

	Tss2_Sys_Finalize(NULL);
	Tss2_TctiLdr_Finalize(&tcti);
	json_decref(json_object());
	(void)yaml_get_version_string();
	(void)sd_notify(0, "READY=1");
	(void)jose_jws_hdr(NULL);
	return EVP_Digest("", 0, md, &len, EVP_sha256(), NULL) != 1 ||
	    Tss2_RC_Decode(0) == NULL ||
	    Tss2_MU_TPM2B_DIGEST_Marshal(&none, md, len, &at) != 0;
}

int
main(int argc, char **argv)
{
	if (argc != 3) {
		(void)fputs("usage: bare URL CA_FILE\n", stderr);
		return 2;
	}
	return touch() != 0 || request(argv[1], argv[2]) != 0;
}
