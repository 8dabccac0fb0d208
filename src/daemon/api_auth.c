/*
 * api_auth.c: who may ask. A token in the Authorization field for programs; for people a form that
 * turns it into a cookie, since a browser sends no such field with EventSource.
 *
 * The cookie is a random number that stands in a table of bounded size, HttpOnly and
 * SameSite=Strict; restarting the daemon ends all logins. Guessing is slowed to one attempt a
 * second and address, so that who guesses keeps nobody else out, and secrets are compared in
 * constant time. (Behind a proxy all have its address.) The addresses are the last 256: who has
 * more networks than that to guess from is slowed by the length of the token.
 */
#include <stdio.h>
#include <sys/random.h>

#include "daemon/api_server.h"
#include "dupd/error.h"
#include "http/http_text.h"

#define COOKIE "dupd_session"
#define LOGINS_AT_ONCE 5

bool api_is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strncmp(address, "unix:", 5) == 0;
}

static struct session_slot *find_session(struct api *a, struct dupd_view id)
{
    uint64_t now = uv_now(a->loop);
    if (id.len != 2 * (size_t)SESSION_BYTES)
        return NULL;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session_slot *s = &a->session[i];
        if (s->id[0] && s->until_ms > now && http_equal_secret(dupd_view_of(s->id), id))
            return s;
    }
    return NULL;
}

static struct dupd_view bearer(const struct http_request *r)
{
    struct dupd_view field = http_field(r, "authorization");
    if (field.len < 7 || strncasecmp(field.ptr, "Bearer ", 7) != 0)
        return (struct dupd_view){0};
    return (struct dupd_view){field.ptr + 7, field.len - 7};
}

bool api_is_allowed(struct api *a, const struct http_request *r)
{
    struct dupd_view token = dupd_view_of(a->options.token);
    if (token.len == 0 || http_equal_secret(bearer(r), token))
        return true;
    return find_session(a, http_cookie(http_field(r, "cookie"), COOKIE)) != NULL;
}

/* A free slot, else that of the oldest login. */
static struct session_slot *new_slot(struct api *a)
{
    struct session_slot *oldest = &a->session[0];
    uint64_t now = uv_now(a->loop);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session_slot *s = &a->session[i];
        if (!s->id[0] || s->until_ms <= now)
            return s;
        if (s->until_ms < oldest->until_ms)
            oldest = s;
    }
    return oldest;
}

/* That of the address; else one that nobody has, or nobody has used for the longest time. */
static struct login_brake *find_brake(struct api *a, const char from[48])
{
    struct login_brake *oldest = &a->brake[0];
    for (size_t i = 0; i < BRAKES_MAX; i++) {
        struct login_brake *b = &a->brake[i];
        if (b->at_ms && strcmp(b->from, from) == 0)
            return b;
        if (b->at_ms < oldest->at_ms)
            oldest = b;
    }
    *oldest = (struct login_brake){.credit = LOGINS_AT_ONCE};
    snprintf(oldest->from, sizeof oldest->from, "%s", from);
    return oldest;
}

static bool may_try(struct api *a, const struct http_exchange *x)
{
    char from[48];
    uint64_t now = uv_now(a->loop) + 1;
    http_peer(x, from);
    struct login_brake *b = find_brake(a, from);
    if (b->at_ms)
        b->credit += (double)(now - b->at_ms) / 1000;
    b->at_ms = now;
    if (b->credit > LOGINS_AT_ONCE)
        b->credit = LOGINS_AT_ONCE;
    if (b->credit < 1)
        return false;
    b->credit -= 1;
    return true;
}

static void welcome(struct api *a, struct http_exchange *x)
{
    unsigned char random[SESSION_BYTES];
    char headers[256];
    struct session_slot *s = new_slot(a);
    if (getrandom(random, sizeof random, 0) != sizeof random) {
        http_refuse(x, 500, "no random numbers to be had", NULL);
        return;
    }
    for (size_t i = 0; i < SESSION_BYTES; i++)
        snprintf(s->id + 2 * i, 3, "%02x", random[i]);
    s->until_ms = uv_now(a->loop) + (uint64_t)a->options.session_hours * 3600000;
    snprintf(headers, sizeof headers,
             "Set-Cookie: " COOKIE "=%s; HttpOnly; SameSite=Strict; Path=/; Max-Age=%u\r\n"
             "Location: /\r\n",
             s->id, a->options.session_hours * 3600);
    struct http_answer answer = {.status = 303, .headers = headers};
    http_reply(x, &answer);
}

void api_login(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    struct dupd_buf given = {0};
    (void)argument;
    if (!may_try(a, x)) {
        api_show_login(x, 429, "Too many attempts. Wait a moment and try again.");
        return;
    }
    int rc = http_parameter(http_request(x)->body, "token", &given);
    bool right =
        rc == 1 && http_equal_secret(dupd_buf_view(&given), dupd_view_of(a->options.token));
    dupd_buf_close(&given);
    if (right) {
        welcome(a, x);
        return;
    }
    if (a->options.log)
        a->options.log(a->options.log_data, "http: a login was refused: wrong token");
    api_show_login(x, 403,
                   "That is not the token. It stands in the file that --http-token-file names.");
}

void api_logout(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)argument;
    struct session_slot *s =
        find_session(a, http_cookie(http_field(http_request(x), "cookie"), COOKIE));
    if (s)
        s->id[0] = 0;
    struct http_answer answer = {.status = 303,
                                 .headers = "Set-Cookie: " COOKIE
                                            "=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0\r\n"
                                            "Location: /login\r\n"};
    http_reply(x, &answer);
}
