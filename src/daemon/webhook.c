/*
 * webhook.c: the queue of messages, and libcurl's multi interface on the loop.
 *
 * libcurl says which sockets it waits for (a uv_poll each) and for how long (one timer); both end
 * in curl_multi_socket_action. Everything of a message is freed in one place, end_message.
 *
 * Failure: an attempt that may succeed later (network, 408, 429, 5xx) waits and is repeated, up to
 * WEBHOOK_ATTEMPTS; any other answer but 2xx is final. Both are counted, and the last is logged,
 * with the receiver's number and host.
 */
#include "daemon/webhook.h"

#include <curl/curl.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dupd/error.h"

#define RETRY_MAX_MS 300000u
#define TICK_MS 250

struct message {
    struct message *next;
    struct webhook *owner;
    const struct webhook_target *target; /* the owner's */
    struct dupd_buf body;
    unsigned attempts;
    uint64_t due_ms; /* of the loop's clock; 0: at once */
    CURL *easy;      /* under way */
    struct curl_slist *fields;
    size_t answer; /* bytes of it so far */
};

struct watched {
    uv_poll_t poll;
    curl_socket_t socket;
    struct webhook *owner;
};

struct webhook {
    uv_loop_t *loop;
    struct webhook_options options;
    char *strings; /* of the options */
    struct webhook_targets targets;
    CURLM *multi;
    uv_timer_t timer;      /* libcurl's */
    uv_timer_t tick;       /* ours: what is due, and digests */
    unsigned handles;      /* open ones */
    struct message *first; /* waiting and under way */
    unsigned count, under_way;
    struct dupd_buf digest; /* lines */
    unsigned digest_count;
    uint64_t left_out, digest_since_ms;
    bool closing;
    void (*closed)(void *data);
    void *closed_data;
};

void webhook_options_default(struct webhook_options *o)
{
    *o = (struct webhook_options){.urls = "",
                                  .secret = "",
                                  .ca = "",
                                  .queue_max = 1000,
                                  .timeout_ms = 10000,
                                  .retry_ms = 1000};
}

static void count_result(struct webhook *w, enum metric_delivery result)
{
    if (w->options.metrics) {
        metrics_add(w->options.metrics, METRIC_WEBHOOKS, result, 1);
        metrics_set(w->options.metrics, METRIC_WEBHOOK_QUEUE, 0, w->count);
    }
}

static void settle(struct webhook *w)
{
    if (!w->closing || w->handles)
        return;
    void (*closed)(void *) = w->closed;
    void *data = w->closed_data;
    if (w->multi)
        curl_multi_cleanup(w->multi);
    dupd_buf_close(&w->digest);
    webhook_targets_close(&w->targets);
    free(w->strings);
    free(w);
    if (closed)
        closed(data);
}

/* ---- libcurl and the loop ---- */

static void finish_transfers(struct webhook *w);

static void on_poll_closed(uv_handle_t *handle)
{
    struct watched *s = handle->data;
    struct webhook *w = s->owner;
    free(s);
    w->handles--;
    settle(w);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watched *s = poll->data;
    struct webhook *w = s->owner;
    int running, flags = 0;
    if (status < 0)
        flags = CURL_CSELECT_ERR;
    else
        flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(w->multi, s->socket, flags, &running);
    finish_transfers(w);
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *data, void *attached)
{
    struct webhook *w = data;
    struct watched *s = attached;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (s) {
            curl_multi_assign(w->multi, socket, NULL);
            uv_close((uv_handle_t *)&s->poll, on_poll_closed);
        }
        return 0;
    }
    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s || uv_poll_init_socket(w->loop, &s->poll, socket)) {
            free(s);
            return -1;
        }
        s->poll.data = s;
        s->socket = socket;
        s->owner = w;
        w->handles++;
        curl_multi_assign(w->multi, socket, s);
    }
    int events =
        (what != CURL_POLL_OUT ? UV_READABLE : 0) | (what != CURL_POLL_IN ? UV_WRITABLE : 0);
    uv_poll_start(&s->poll, events, on_poll);
    return 0;
}

static void on_curl_timer(uv_timer_t *timer)
{
    struct webhook *w = timer->data;
    int running;
    curl_multi_socket_action(w->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_transfers(w);
}

static int on_timeout(CURLM *multi, long ms, void *data)
{
    struct webhook *w = data;
    (void)multi;
    if (w->closing)
        return 0;
    if (ms < 0)
        uv_timer_stop(&w->timer);
    else
        uv_timer_start(&w->timer, on_curl_timer, (uint64_t)ms, 0);
    return 0;
}

static size_t on_answer(char *bytes, size_t one, size_t n, void *data)
{
    struct message *m = data;
    (void)bytes;
    m->answer += one * n;
    return m->answer > WEBHOOK_ANSWER_MAX ? 0 : one * n;
}

/* ---- messages ---- */

/* Takes the transfer apart; the message stays. */
static void stop_transfer(struct message *m)
{
    if (!m->easy)
        return;
    curl_multi_remove_handle(m->owner->multi, m->easy);
    curl_easy_cleanup(m->easy);
    curl_slist_free_all(m->fields);
    m->easy = NULL;
    m->fields = NULL;
    m->owner->under_way--;
}

static void end_message(struct message *m)
{
    struct webhook *w = m->owner;
    struct message **at = &w->first;
    stop_transfer(m);
    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    w->count--;
    dupd_buf_close(&m->body);
    free(m);
}

static bool add_field(struct message *m, const char *text)
{
    struct curl_slist *more = curl_slist_append(m->fields, text);
    if (more)
        m->fields = more;
    return more != NULL;
}

static bool add_signature(struct message *m)
{
    const struct webhook_options *o = &m->owner->options;
    char stamp[32], line[160];
    unsigned char mac[32];
    unsigned len = sizeof mac;
    struct dupd_buf signed_text = {0};
    if (!o->secret[0])
        return true;
    snprintf(stamp, sizeof stamp, "%lld", (long long)time(NULL));
    bool done = !dupd_buf_addf(&signed_text, "%s.", stamp) &&
                !dupd_buf_add_view(&signed_text, dupd_buf_view(&m->body)) &&
                HMAC(EVP_sha256(), o->secret, (int)strlen(o->secret),
                     (const unsigned char *)signed_text.ptr, signed_text.len, mac, &len);
    dupd_buf_close(&signed_text);
    if (!done)
        return false;
    snprintf(line, sizeof line, "X-Dupd-Timestamp: %s", stamp);
    done = add_field(m, line);
    int at = snprintf(line, sizeof line, "X-Dupd-Signature: sha256=");
    for (unsigned i = 0; i < len; i++)
        at += snprintf(line + at, sizeof line - (size_t)at, "%02x", mac[i]);
    return done && add_field(m, line);
}

static bool set_up(struct message *m)
{
    const struct webhook_options *o = &m->owner->options;
    CURL *c = m->easy = curl_easy_init();
    if (!c)
        return false;
    m->owner->under_way++;
    m->answer = 0;
    bool fine = add_field(m, "Content-Type: application/json") && add_field(m, "Expect:") &&
                add_signature(m);
    fine = fine && !curl_easy_setopt(c, CURLOPT_URL, m->target->url);
    fine = fine && !curl_easy_setopt(c, CURLOPT_HTTPHEADER, m->fields);
    fine = fine && !curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)m->body.len);
    fine = fine && !curl_easy_setopt(c, CURLOPT_POSTFIELDS, m->body.ptr);
    fine = fine && !curl_easy_setopt(c, CURLOPT_USERAGENT, "dupd");
    fine = fine && !curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    fine = fine && !curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    fine = fine && !curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    fine = fine && !curl_easy_setopt(c, CURLOPT_PROXY, ""); /* only what is configured is called */
    fine = fine && !curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
    fine = fine && !curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_answer);
    fine = fine && !curl_easy_setopt(c, CURLOPT_WRITEDATA, m);
    fine = fine && !curl_easy_setopt(c, CURLOPT_PRIVATE, m);
    if (o->ca[0])
        fine = fine && !curl_easy_setopt(c, CURLOPT_CAINFO, o->ca);
    return fine && !curl_multi_add_handle(m->owner->multi, c);
}

static void retry(struct message *m)
{
    struct webhook *w = m->owner;
    unsigned shift = m->attempts - 1 < 16 ? m->attempts - 1 : 16;
    uint64_t pause = (uint64_t)w->options.retry_ms << shift;
    if (pause > RETRY_MAX_MS)
        pause = RETRY_MAX_MS;
    m->due_ms = uv_now(w->loop) + pause / 2 + uv_hrtime() % (pause / 2 + 1);
    count_result(w, METRIC_DELIVERY_RETRIED);
}

/* Whose message it was, and why it did not arrive. */
static void complain(struct webhook *w, const struct webhook_target *t, const char *what)
{
    char line[512];
    snprintf(line, sizeof line, "%s: %s", t->name, what);
    if (w->options.log)
        w->options.log(w->options.log_data, line);
}

static void give_up(struct message *m, CURLcode how, long status)
{
    struct webhook *w = m->owner;
    char what[200];
    int n =
        snprintf(what, sizeof what, "an alert was not delivered, in %u attempt%s: ", m->attempts,
                 m->attempts == 1 ? "" : "s");
    if (how) /* libcurl's own words, of its longer message nobody knows what it quotes */
        snprintf(what + n, sizeof what - (size_t)n, "%s", curl_easy_strerror(how));
    else
        snprintf(what + n, sizeof what - (size_t)n, "the answer was HTTP %ld", status);
    complain(w, m->target, what);
    end_message(m);
    count_result(w, METRIC_DELIVERY_FAILED);
}

static void finish(struct message *m, CURLcode how)
{
    struct webhook *w = m->owner;
    long status = 0;
    curl_easy_getinfo(m->easy, CURLINFO_RESPONSE_CODE, &status);
    stop_transfer(m);
    m->attempts++;
    bool there = how == CURLE_OK || (how == CURLE_WRITE_ERROR && status);
    bool later = !there || status == 408 || status == 429 || status >= 500;
    if (there && status >= 200 && status < 300) {
        end_message(m);
        count_result(w, METRIC_DELIVERY_DELIVERED);
    } else if (later && m->attempts < WEBHOOK_ATTEMPTS) {
        retry(m);
    } else {
        give_up(m, there ? CURLE_OK : how, status);
    }
}

static void start_due(struct webhook *w)
{
    uint64_t now = uv_now(w->loop);
    for (struct message *m = w->first; m && w->under_way < WEBHOOK_AT_ONCE; m = m->next) {
        if (m->easy || m->due_ms > now)
            continue;
        if (!set_up(m)) {
            stop_transfer(m);
            m->attempts++;
            retry(m);
        }
    }
}

static void finish_transfers(struct webhook *w)
{
    CURLMsg *done;
    int left;
    while (!w->closing && (done = curl_multi_info_read(w->multi, &left))) {
        struct message *m = NULL;
        CURLcode how = done->data.result;
        if (done->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(done->easy_handle, CURLINFO_PRIVATE, &m);
        finish(m, how);
    }
    if (!w->closing)
        start_due(w);
}

/* One message of `lines` to every address. */
static void send_lines(struct webhook *w, struct dupd_view lines, uint64_t left_out)
{
    for (size_t i = 0; i < w->targets.count; i++) {
        bool full = w->count >= w->options.queue_max;
        struct message *m = full ? NULL : calloc(1, sizeof *m);
        if (m && webhook_write(w->options.format, lines, left_out, &m->body)) {
            dupd_buf_close(&m->body);
            free(m);
            m = NULL;
        }
        if (!m) {
            complain(w, &w->targets.target[i],
                     full ? "an alert was dropped: too many wait to be sent"
                          : "an alert was dropped: no memory");
            count_result(w, METRIC_DELIVERY_DROPPED);
            continue;
        }
        m->owner = w;
        m->target = &w->targets.target[i];
        struct message **at = &w->first;
        while (*at)
            at = &(*at)->next;
        *at = m;
        w->count++;
    }
    start_due(w);
}

static void flush_digest(struct webhook *w)
{
    if (w->digest.len)
        send_lines(w, dupd_buf_view(&w->digest), w->left_out);
    dupd_buf_clear(&w->digest);
    w->digest_count = 0;
    w->left_out = 0;
}

void webhook_alert(struct webhook *w, struct dupd_view json)
{
    if (w->closing || (w->options.uncredited_only && !webhook_is_uncredited(json)))
        return;
    if (w->options.digest_s == 0) {
        send_lines(w, json, 0);
        return;
    }
    if (w->digest_count == 0)
        w->digest_since_ms = uv_now(w->loop);
    size_t before = w->digest.len;
    if (w->digest_count < WEBHOOK_DIGEST_MAX && !(before && dupd_buf_add_char(&w->digest, '\n')) &&
        !dupd_buf_add_view(&w->digest, json)) {
        w->digest_count++;
    } else {
        w->digest.len = before;
        w->left_out++;
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct webhook *w = timer->data;
    if (w->digest_count &&
        uv_now(w->loop) - w->digest_since_ms >= (uint64_t)w->options.digest_s * 1000)
        flush_digest(w);
    start_due(w);
}

/* ---- life ---- */

static int copy_options(struct webhook *w, const struct webhook_options *o, char problem[512])
{
    size_t secret = strlen(o->secret) + 1, ca = strlen(o->ca) + 1;
    w->options = *o;
    w->options.urls = NULL; /* read into the targets */
    w->strings = malloc(secret + ca);
    if (!w->strings)
        return DUPD_ENOMEM;
    w->options.secret = memcpy(w->strings, o->secret, secret);
    w->options.ca = memcpy(w->strings + secret, o->ca, ca);
    int rc = webhook_targets_read(&w->targets, o->urls, problem);
    return rc || !o->ca[0] ? rc : webhook_ca_check(o->ca, problem);
}

int webhook_open(struct webhook **out, uv_loop_t *loop, const struct webhook_options *o,
                 char problem[512])
{
    struct webhook *w = calloc(1, sizeof *w);
    int rc =
        w && !curl_global_init(CURL_GLOBAL_DEFAULT) ? copy_options(w, o, problem) : DUPD_ENOMEM;
    if (!rc && !(w->multi = curl_multi_init()))
        rc = DUPD_ENOMEM;
    if (rc) {
        if (rc == DUPD_ENOMEM)
            snprintf(problem, 512, "%s", dupd_error_text(rc));
        if (w) {
            webhook_targets_close(&w->targets);
            free(w->strings);
        }
        free(w);
        return rc;
    }
    w->loop = loop;
    uv_timer_init(loop, &w->timer);
    uv_timer_init(loop, &w->tick);
    w->timer.data = w->tick.data = w;
    w->handles = 2;
    uv_timer_start(&w->tick, on_tick, TICK_MS, TICK_MS);
    curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
    curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
    curl_multi_setopt(w->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)WEBHOOK_AT_ONCE);
    *out = w;
    return DUPD_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct webhook *w = handle->data;
    w->handles--;
    settle(w);
}

void webhook_close(struct webhook *w, void (*closed)(void *data), void *data)
{
    w->closing = true;
    w->closed = closed;
    w->closed_data = data;
    w->handles++; /* until everything below is closed */
    while (w->first)
        end_message(w->first);
    curl_multi_cleanup(w->multi); /* closes what it keeps open, through on_socket */
    w->multi = NULL;
    uv_close((uv_handle_t *)&w->timer, on_timer_closed);
    uv_close((uv_handle_t *)&w->tick, on_timer_closed);
    w->handles--;
}
