/*
 * api_auth.c: who may ask. A token in the Authorization field for programs; for people a form that
 * turns it into a cookie, since a browser sends no such field with EventSource.
 *
 * The cookie is a random number that stands in a table of bounded size, HttpOnly and
 * SameSite=Strict; restarting the daemon ends all logins. Guessing is slowed to one attempt a
 * second, and secrets are compared in constant time.
 */
#include <stdio.h>
#include <sys/random.h>

#include "daemon/api_server.h"
#include "dupd/error.h"
#include "http/http_text.h"

#define COOKIE "dupd_session"

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

/* One attempt a second, five at once. */
static bool may_try(struct api *a)
{
    uint64_t now = uv_now(a->loop);
    a->login_credit += (double)(now - a->login_at_ms) / 1000;
    a->login_at_ms = now;
    if (a->login_credit > 5)
        a->login_credit = 5;
    if (a->login_credit < 1)
        return false;
    a->login_credit -= 1;
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
    if (!may_try(a)) {
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
