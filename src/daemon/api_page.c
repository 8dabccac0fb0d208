/*
 * api_page.c: the dashboard's files, compiled in from src/daemon/page/, and the login form.
 *
 * Nothing of an article is ever written into a page here: the script fills it in as text. So there
 * is nothing to escape, and the Content-Security-Policy of api.c forbids all inline script anyway.
 */
#include <stdio.h>

#include "daemon/api_server.h"
#include "dupd/error.h"

extern const char page_index[], page_script[], page_style[], page_icon[], page_login[];
extern const size_t page_index_len, page_script_len, page_style_len, page_icon_len, page_login_len;

static void send_file(struct http_exchange *x, const char *type, const char *bytes, size_t len)
{
    struct http_answer answer = {.status = 200, .type = type, .fixed = {bytes, len}};
    http_reply(x, &answer);
}

void api_page(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)a;
    (void)argument;
    send_file(x, "text/html; charset=utf-8", page_index, page_index_len);
}

void api_script(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)a;
    (void)argument;
    send_file(x, "text/javascript; charset=utf-8", page_script, page_script_len);
}

void api_style(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)a;
    (void)argument;
    send_file(x, "text/css; charset=utf-8", page_style, page_style_len);
}

void api_icon(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)a;
    (void)argument;
    send_file(x, "image/svg+xml", page_icon, page_icon_len);
}

void api_login_page(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)argument;
    if (a->options.token[0] == 0 || api_is_allowed(a, http_request(x))) {
        struct http_answer answer = {.status = 303, .headers = "Location: /\r\n"};
        http_reply(x, &answer);
        return;
    }
    api_show_login(x, 200, "");
}

/* The file has one place, between two marks, for a sentence of ours. */
void api_show_login(struct http_exchange *x, unsigned status, const char *problem)
{
    static const char mark[] = "<!--problem-->";
    struct dupd_buf body = {0};
    const char *at = memmem(page_login, page_login_len, mark, sizeof mark - 1);
    size_t before = at ? (size_t)(at - page_login) : page_login_len;
    int rc = dupd_buf_add(&body, page_login, before);
    rc = rc ? rc : dupd_buf_add_str(&body, problem);
    rc = rc ? rc : dupd_buf_add(&body, page_login + before, page_login_len - before);
    if (rc) {
        dupd_buf_close(&body);
        http_refuse(x, 503, NULL, NULL);
        return;
    }
    struct http_answer answer = {
        .status = status, .type = "text/html; charset=utf-8", .body = &body};
    http_reply(x, &answer);
}

void api_index(struct api *a, struct http_exchange *x, struct dupd_view argument)
{
    (void)a;
    (void)argument;
    static const char text[] =
        "{\"verdicts\":\"/api/v1/verdicts\",\"stories\":\"/api/v1/stories\","
        "\"story\":\"/api/v1/stories/{story}\",\"article\":\"/api/v1/articles/{id}\","
        "\"compare\":\"/api/v1/compare?a={id}&b={id}\",\"alerts\":\"/api/v1/alerts\","
        "\"agencies\":\"/api/v1/agencies\",\"outlets\":\"/api/v1/outlets\","
        "\"stats\":\"/api/v1/stats\",\"events\":\"/api/v1/events\","
        "\"check\":\"POST /api/v1/check\",\"add\":\"POST /api/v1/articles\","
        "\"metrics\":\"/metrics\"}\n";
    struct http_answer answer = {.status = 200, .type = API_JSON, .fixed = {text, sizeof text - 1}};
    http_reply(x, &answer);
}
