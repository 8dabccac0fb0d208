/*
 * fuzz_redis_url.c: any text as the URL of a Redis. What is taken can be written and is read again
 * as the same place; what is refused says why in one line; and neither what is written nor the
 * reason holds a password.
 */
#include "dupd/error.h"
#include "redis/url.h"
#include "support/fuzz.h"

static void check_ended(const char *text, size_t size)
{
    FUZZ_CHECK(memchr(text, 0, size) != NULL);
}

static void check_taken(const struct redis_url *u)
{
    struct dupd_buf once = {0}, twice = {0};
    struct redis_url again;
    char problem[256];
    check_ended(u->user, sizeof u->user);
    check_ended(u->password, sizeof u->password);
    check_ended(u->path, sizeof u->path);
    check_ended(u->master, sizeof u->master);
    FUZZ_CHECK(u->host_count <= REDIS_HOSTS_MAX);
    FUZZ_CHECK((u->host_count > 0) == (u->scheme != REDIS_UNIX));
    FUZZ_CHECK(redis_url_format(u, &once) == 0 && dupd_buf_add_char(&once, 0) == 0);
    FUZZ_CHECK(redis_url_parse(&again, once.ptr, problem) == 0);
    FUZZ_CHECK(!again.user[0] && !again.password[0] && !again.sentinel_password[0]);
    FUZZ_CHECK(again.scheme == u->scheme && again.tls == u->tls && again.db == u->db);
    FUZZ_CHECK(!strcmp(again.path, u->path) && !strcmp(again.master, u->master));
    FUZZ_CHECK(again.host_count == u->host_count);
    for (unsigned i = 0; i < u->host_count; i++)
        FUZZ_CHECK(!strcmp(again.host[i].name, u->host[i].name) &&
                   again.host[i].port == u->host[i].port);
    FUZZ_CHECK(redis_url_format(&again, &twice) == 0 && dupd_buf_add_char(&twice, 0) == 0);
    FUZZ_CHECK(!strcmp(once.ptr, twice.ptr));
    dupd_buf_close(&once);
    dupd_buf_close(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct redis_url u;
    char problem[256];
    char *text = malloc(size + 1);
    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    int rc = redis_url_parse(&u, text, problem);
    FUZZ_CHECK(rc == 0 || rc == DUPD_EINVAL);
    FUZZ_CHECK(!rc || redis_url_is_one(text) || strstr(problem, "begins with none"));
    check_ended(problem, sizeof problem);
    FUZZ_CHECK((rc == 0) == (problem[0] == 0));
    FUZZ_CHECK(!strchr(problem, '\n'));
    /* short ones may be part of the message by chance */
    FUZZ_CHECK(strlen(u.password) < 24 || !strstr(problem, u.password));
    if (rc == 0)
        check_taken(&u);
    free(text);
    return 0;
}
