/*
 * verdict_samples.c: prints verdicts and alerts of many kinds, one a line, each after the word
 * "verdict" or "alert", for tests/integration/schema.py to hold against their schemas.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/model_store.h"
#include "support/newsroom.h"
#include "support/prose.h"

static void print(const char *kind, struct dupd_view json)
{
    printf("%s %.*s\n", kind, (int)json.len, json.ptr);
}

static void add(struct newsroom *room, struct copy c, struct dupd_buf *text)
{
    c.text = prose_text(text);
    const struct judgement *j = newsroom_add(room, c);
    if (j->status)
        abort();
    print("verdict", dupd_buf_view(&j->json));
}

/* Alternating words of two texts in runs: more passages than are written. */
static void interleave(struct dupd_buf *out, struct dupd_view text)
{
    size_t run = 60;
    for (size_t at = 0; at + run < text.len; at += run) {
        while (at > 0 && text.ptr[at] != ' ')
            at++;
        if (dupd_buf_add(out, text.ptr + at, run))
            abort();
        prose_add(out, at + 1, 20);
    }
}

static void print_world(bool stable)
{
    struct store_options options = {
        .window_s = 30 * 86400, .owners_max = 12, .furniture_stories = 3};
    struct newsroom room;
    struct dupd_buf text = {0}, spun = {0}, other = {0}, brief = {0}, wire = {0}, box = {0};
    newsroom_open(&room, model_store_new(&options, 0));
    room.options.stable_output = stable;
    prose_add(&text, 1, 3000);
    prose_spin(&spun, dupd_buf_view(&text), 2, 6);
    prose_add(&other, 3, 300);
    prose_add(&brief, 4, 30);
    prose_paragraph(&wire, "PARIS (Reuters) - The council met on Monday to speak of bridges.");
    prose_take(&wire, dupd_buf_view(&other), 0, 99);
    interleave(&box, dupd_buf_view(&text));
    add(&room,
        (struct copy){.id = "b\xff\"\\", .source = "two.example", .title = "Spun \"copy\"\n\x01"},
        &spun);
    add(&room,
        (struct copy){.id = "a",
                      .source = "one.example",
                      .url = "https://one.example/a",
                      .published = "2022-01-27T17:20:00Z"},
        &text);
    add(&room, (struct copy){.id = "c", .source = "three.example"}, &text);
    add(&room, (struct copy){.id = "c", .source = "three.example"}, &text);
    add(&room, (struct copy){.id = "d", .source = "four.example", .collection = "x"}, &text);
    add(&room, (struct copy){.source = "Reuters", .published = "2022-01-27"}, &other);
    add(&room, (struct copy){.source = "five.example"}, &wire);
    add(&room, (struct copy){.url = "https://www.six.example/a?b"}, &other);
    add(&room, (struct copy){.id = "e"}, &brief);
    add(&room, (struct copy){.id = "f", .source = "six.example"}, &brief);
    add(&room, (struct copy){.id = "g", .source = "seven.example"}, &box);
    const struct judgement *j =
        newsroom_check(&room, (struct copy){.text = "Nothing is known of this."});
    print("verdict", dupd_buf_view(&j->json));
    for (unsigned i = 0; i < model_store_alerts(room.store); i++)
        print("alert", model_store_alert(room.store, i));
    newsroom_close(&room);
    dupd_buf_close(&text);
    dupd_buf_close(&spun);
    dupd_buf_close(&other);
    dupd_buf_close(&brief);
    dupd_buf_close(&wire);
    dupd_buf_close(&box);
}

int main(void)
{
    print_world(false);
    print_world(true);
    return 0;
}
