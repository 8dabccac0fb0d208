/* http_status.c: texts of statuses, and the body of a refusal. */
#include "http/http_status.h"

#include "http/http.h"
#include "http/http_text.h"

struct row {
    unsigned status;
    const char *reason, *error, *what;
};

static const struct row rows[] = {
#define STATUS_ROW(status, reason, error, what) {status, reason, error, what},
    HTTP_STATUSES(STATUS_ROW)
#undef STATUS_ROW
};

static const struct row *find(unsigned status)
{
    static const struct row unknown = {0, "Unknown", "refused", "see the documentation"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status)
            return &rows[i];
    return &unknown;
}

const char *http_status_text(unsigned status)
{
    return find(status)->reason;
}

int http_status_body(unsigned status, const char *error, const char *what, struct dupd_buf *out)
{
    const struct row *row = find(status);
    int rc = dupd_buf_add_str(out, "{\"error\":");
    rc = rc ? rc : http_json_string(out, error ? error : row->error);
    rc = rc ? rc : dupd_buf_add_str(out, ",\"what_to_do\":");
    rc = rc ? rc : http_json_string(out, what ? what : row->what);
    return rc ? rc : dupd_buf_add_str(out, "}\n");
}
