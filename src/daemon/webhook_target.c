/*
 * webhook_target.c: what the options say about the receivers, checked before the first alert: the
 * addresses of --webhook, and the authorities of --webhook-ca.
 *
 * A path and a user's password are secrets (Slack's addresses are nothing else), so that what is
 * said about an address, here and in the log, is its number, and scheme, host and port at most.
 */
#include <curl/curl.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>

#include "daemon/webhook.h"
#include "dupd/error.h"

/* "webhook 2 (https://hooks.example:8443)" */
static void set_name(struct webhook_target *t, unsigned number, CURLU *url)
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0);
    curl_url_get(url, CURLUPART_HOST, &host, 0);
    curl_url_get(url, CURLUPART_PORT, &port, 0);
    snprintf(t->name, sizeof t->name, "webhook %u (%s://%.200s%s%s)", number, scheme ? scheme : "",
             host ? host : "", port ? ":" : "", port ? port : "");
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
}

static int read_one(struct webhook_target *t, unsigned number, char problem[512])
{
    if (strncasecmp(t->url, "https://", 8) && strncasecmp(t->url, "http://", 7)) {
        snprintf(problem, 512, "--webhook: address %u does not begin with https:// or http://",
                 number);
        return DUPD_EINVAL;
    }
    if (strncmp(strchr(t->url, ':'), ":///", 4) == 0) { /* libcurl takes the path for a host */
        snprintf(problem, 512, "--webhook: address %u has no host", number);
        return DUPD_EINVAL;
    }
    CURLU *url = curl_url();
    if (!url)
        return DUPD_ENOMEM;
    CURLUcode rc = curl_url_set(url, CURLUPART_URL, t->url, 0);
    if (rc == CURLUE_OK)
        set_name(t, number, url);
    else
        snprintf(problem, 512, "--webhook: address %u cannot be called: %s", number,
                 curl_url_strerror(rc));
    curl_url_cleanup(url);
    return rc == CURLUE_OK ? DUPD_OK : rc == CURLUE_OUT_OF_MEMORY ? DUPD_ENOMEM : DUPD_EINVAL;
}

int webhook_targets_read(struct webhook_targets *out, const char *urls, char problem[512])
{
    *out = (struct webhook_targets){.strings = strdup(urls)};
    if (!out->strings)
        return DUPD_ENOMEM;
    char *rest = out->strings;
    for (char *url; (url = strsep(&rest, "\n, "));) {
        if (!*url)
            continue;
        struct webhook_target *more = realloc(out->target, (out->count + 1) * sizeof *out->target);
        if (!more)
            return DUPD_ENOMEM;
        out->target = more;
        more += out->count++;
        *more = (struct webhook_target){.url = url};
        int rc = read_one(more, (unsigned)out->count, problem);
        if (rc)
            return rc;
    }
    if (out->count)
        return DUPD_OK;
    snprintf(problem, 512, "--webhook names no address");
    return DUPD_EINVAL;
}

void webhook_targets_close(struct webhook_targets *t)
{
    free(t->target);
    free(t->strings);
    *t = (struct webhook_targets){0};
}

/* As libcurl will read it, by which a handshake would fail much later, and again and again. */
int webhook_ca_check(const char *path, char problem[512])
{
    struct stat st;
    FILE *f = fopen(path, "re");
    if (!f || fstat(fileno(f), &st) || S_ISDIR(st.st_mode)) {
        snprintf(problem, 512, "--webhook-ca: %.300s cannot be read: %s", path,
                 strerror(f && S_ISDIR(st.st_mode) ? EISDIR : errno));
        if (f)
            fclose(f);
        return DUPD_EINVAL;
    }
    fclose(f);
    X509_STORE *store = X509_STORE_new();
    if (!store)
        return DUPD_ENOMEM;
    bool good = X509_STORE_load_locations(store, path, NULL) == 1;
    X509_STORE_free(store);
    ERR_clear_error();
    if (!good)
        snprintf(problem, 512, "--webhook-ca: %.300s has no certificate (PEM) that can be read",
                 path);
    return good ? DUPD_OK : DUPD_EINVAL;
}
