/*
 * login.c: what is said first on a connection, in one pipeline: AUTH, SELECT, CLIENT SETNAME, HELLO
 * (asked without arguments, which changes nothing: who and what version are you?), ROLE where
 * Sentinel sent us, PING.
 *
 * Happy path: no error, and the client is ready. Failure: a refused password or database means to
 * wait and come again on a new connection, since passwords are changed while daemons run; a server
 * that loads its data or is busy with a script answers PING so, and is asked again on this
 * connection; one that Sentinel wrongly called the master is left. A user whose rights are few may
 * be refused CLIENT, ROLE or PING: none of them is needed (HELLO always is allowed). MISCONF as the
 * answer to PING means that writes are refused: each will say so by itself.
 */
#include <stdio.h>
#include <stdlib.h>

#include "redis/client.h"

static bool begins(const redisReply *reply, const char *prefix)
{
    return strncmp(reply->str, prefix, strlen(prefix)) == 0;
}

static const redisReply *field(const redisReply *array, const char *name)
{
    for (size_t i = 0; i + 1 < array->elements; i += 2)
        if (array->element[i]->type == REDIS_REPLY_STRING && !strcmp(array->element[i]->str, name))
            return array->element[i + 1];
    return NULL;
}

/* "7.0.15"; what is not a number ends it. */
static unsigned version_of(const char *text)
{
    unsigned part[3] = {0};
    for (unsigned i = 0; i < 3; i++) {
        while (*text >= '0' && *text <= '9' && part[i] < 100)
            part[i] = part[i] * 10 + (unsigned)(*text++ - '0');
        if (part[i] > 99)
            part[i] = 99;
        if (*text++ != '.')
            break;
    }
    return part[0] * 10000 + part[1] * 100 + part[2];
}

static bool is_master(const redisReply *role)
{
    return role && role->type == REDIS_REPLY_STRING && !strcmp(role->str, "master");
}

static void on_hello(struct redis *r, const redisReply *reply)
{
    const redisReply *version = field(reply, "version");
    if (version && version->type == REDIS_REPLY_STRING)
        r->version = version_of(version->str);
    if (r->url.scheme == REDIS_SENTINEL && !is_master(field(reply, "role")))
        r->login.no_master = true;
}

static void on_error(struct redis *r, enum login_step step, const redisReply *reply)
{
    struct login *l = &r->login;
    enum redis_class c = redis_class_of((struct dupd_view){reply->str, reply->len});
    if (step == LOGIN_AUTH && strstr(reply->str, "without any password configured"))
        return; /* the server wants none: so be it */
    if (strstr(reply->str, "max number of clients"))
        l->leave = true; /* it closes the connection anyhow */
    else if (step == LOGIN_AUTH || step == LOGIN_SELECT || begins(reply, "NOAUTH") ||
             begins(reply, "DENIED"))
        l->refused = true;
    else if (step == LOGIN_PING && c == REDIS_WAIT && !begins(reply, "MISCONF"))
        l->wait = true;
    else
        return;
    if (!l->said[0])
        redis_quote(r, reply, l->said);
}

static void on_reply(struct redis_batch *b, unsigned index, const redisReply *reply)
{
    struct redis *r = b->data;
    enum login_step step = r->login.step[index];
    if (reply->type == REDIS_REPLY_ERROR)
        on_error(r, step, reply);
    else if (step == LOGIN_HELLO)
        on_hello(r, reply);
    else if (step == LOGIN_ROLE)
        r->login.no_master = reply->elements == 0 || !is_master(reply->element[0]);
}

static void on_done(struct redis_batch *b, int status)
{
    struct redis *r = b->data;
    const struct login *l = &r->login;
    if (status)
        return; /* the link is gone, and whoever ended it goes on */
    if (l->leave)
        redis_drop(r, REDIS_DOWN, REDIS_WAIT, l->said);
    else if (l->refused)
        redis_drop(r, REDIS_WAITING, REDIS_DENIED, l->said);
    else if (l->no_master)
        redis_drop(r, REDIS_DOWN, REDIS_MOVED, "Sentinel sent us here, but this is no master");
    else if (l->wait)
        redis_not_now(r, l->said);
    else
        redis_ready(r);
}

/* Of the command that was added last; without memory there is none. */
static void note(struct redis *r, enum login_step step)
{
    if (!r->talk.status)
        r->login.step[r->talk.commands - 1] = step;
}

static void compose(struct redis *r)
{
    struct redis_batch *b = &r->talk;
    const struct redis_url *u = &r->url;
    if (u->user[0]) {
        redis_batch_addf(b, "AUTH %s %s", u->user, u->password);
        note(r, LOGIN_AUTH);
    } else if (u->password[0]) {
        redis_batch_addf(b, "AUTH %s", u->password);
        note(r, LOGIN_AUTH);
    }
    if (u->db) {
        redis_batch_addf(b, "SELECT %u", (uint64_t)u->db);
        note(r, LOGIN_SELECT);
    }
    if (r->options.client_name) {
        redis_batch_addf(b, "CLIENT SETNAME %s", r->options.client_name);
        note(r, LOGIN_SETNAME);
    }
    redis_batch_addf(b, "HELLO");
    note(r, LOGIN_HELLO);
    if (u->scheme == REDIS_SENTINEL) {
        redis_batch_addf(b, "ROLE");
        note(r, LOGIN_ROLE);
    }
    redis_batch_addf(b, "PING");
    note(r, LOGIN_PING);
}

void login_start(struct redis *r)
{
    r->stage = STAGE_LOGIN;
    r->login = (struct login){0};
    redis_batch_begin(&r->talk);
    r->talk.data = r;
    r->talk.on_reply = on_reply;
    r->talk.on_done = on_done;
    r->talk.deadline_ms = 0;
    compose(r);
    if (r->talk.status)
        redis_drop(r, REDIS_DOWN, REDIS_NETWORK, dupd_error_text(r->talk.status));
    else
        pipeline_send(r, &r->talk);
}
