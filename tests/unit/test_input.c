/* test_input.c: files are cut into items; whatever is wrong costs one item and no more. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dupd/error.h"
#include "input/input.h"
#include "support/fault.h"

static const struct article_limits limits = {.max_message = 100, .max_article = 80};
static char dir[64];

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/dupd-input-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void drop_dir(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    ck_assert_int_eq(system(command), 0);
}

/* Writes a file and returns its path, which the caller frees. */
static char *file_of(const char *name, struct dupd_view content)
{
    char *path = NULL;
    ck_assert_int_gt(asprintf(&path, "%s/%s", dir, name), 0);
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(content.ptr, 1, content.len, f), content.len);
    ck_assert_int_eq(fclose(f), 0);
    return path;
}

/* Items of the files, one a line: "line:content" or "line!problem". */
static void items(const char *const *files, size_t count, struct dupd_buf *out)
{
    struct input *in;
    struct input_item item;
    int rc;
    ck_assert_int_eq(input_new(&in, files, count, &limits), 0);
    input_item_init(&item);
    while ((rc = input_next(in, &item)) == 1)
        ck_assert_int_eq(dupd_buf_addf(out, "%d%c%.*s\n", (int)item.line, item.status ? '!' : ':',
                                       (int)item.bytes.len, item.bytes.ptr),
                         0);
    ck_assert_int_eq(rc, 0);
    input_item_close(&item);
    input_free(in);
}

static void expect(struct dupd_view content, const char *expected)
{
    char *path = file_of("file", content);
    struct dupd_buf out = {0};
    items((const char *const *)&path, 1, &out);
    ck_assert_int_eq(dupd_buf_add_char(&out, '\0'), 0);
    ck_assert_str_eq(out.ptr, expected);
    dupd_buf_close(&out);
    free(path);
}

START_TEST(content_decides)
{
    expect(DUPD_VIEW("Plain words.\n"), "0:Plain words.\n\n");
    expect(DUPD_VIEW("[Updated] Plain words."), "0:[Updated] Plain words.\n");
    expect(DUPD_VIEW("{curly} words"), "0:{curly} words\n");
    expect(DUPD_VIEW("<!doctype html><p>x"), "0:<!doctype html><p>x\n");
    expect(DUPD_VIEW("{\"id\":1}\n{\"id\":2}"), "1:{\"id\":1}\n2:{\"id\":2}\n");
    expect(DUPD_VIEW("\xEF\xBB\xBF{\"id\":1}\n"), "1:{\"id\":1}\n");
    expect(DUPD_VIEW("\n\n{\"id\":1}\n\r\n \n{\"id\":2}\n\n"), "3:{\"id\":1}\n6:{\"id\":2}\n");
}
END_TEST

START_TEST(objects_may_be_tall)
{
    expect(DUPD_VIEW("{\n \"id\": {\"x\":\"}\\\"\"},\n \"b\": [1]\n}\n\n{\n\"id\":2}"),
           "1:{\n \"id\": {\"x\":\"}\\\"\"},\n \"b\": [1]\n}\n6:{\n\"id\":2}\n");
    expect(DUPD_VIEW("{\n\"a\":\"cut"), "1:{\n\"a\":\"cut\n");
}
END_TEST

START_TEST(arrays_are_taken_apart)
{
    expect(DUPD_VIEW("[{\"a\":1},{\"b\":[2,{}]}]"), "1:{\"a\":1}\n1:{\"b\":[2,{}]}\n");
    expect(DUPD_VIEW("[\n{\"a\":1},\n7,\n\"s,]\",\n{\"b\":2}\n]\n"),
           "2:{\"a\":1}\n3:7\n4:\"s,]\"\n5:{\"b\":2}\n");
    expect(DUPD_VIEW("[]"), "0!there are no articles in it\n");
    expect(DUPD_VIEW("[{\"a\":1}]\n{\"b\":2}"), "1:{\"a\":1}\n2:{\"b\":2}\n");
    expect(DUPD_VIEW("[{\"a\":1}] tail"),
           "1:{\"a\":1}\n1!more text behind the JSON array; it was not read\n");
    expect(DUPD_VIEW("[{\"a\":1},{\"b\":"), "1:{\"a\":1}\n1:{\"b\":\n");
}
END_TEST

/* What is whole in it is read, and what is wrong is said. */
START_TEST(broken_arrays_are_said)
{
    const char no_end[] = "!not valid JSON: the array has no end; was the file cut off?\n";
    char want[400];
    snprintf(want, sizeof want, "1:{\"a\":1}\n2:{\"b\":2}\n3%s", no_end);
    expect(DUPD_VIEW("[{\"a\":1},\n{\"b\":2}\n"), want);
    snprintf(want, sizeof want, "1:{\"a\":1}\n1%s", no_end);
    expect(DUPD_VIEW("[{\"a\":1},"), want);
    expect(DUPD_VIEW("[{\"a\":1}\n{\"b\":2}]"),
           "1:{\"a\":1}\n2!not valid JSON: no comma between two elements of the array\n"
           "2:{\"b\":2}\n");
    expect(DUPD_VIEW("[{\"a\":1},\n]"),
           "1:{\"a\":1}\n2!not valid JSON: a comma before the end of the array; is one missing?\n");
    expect(DUPD_VIEW("[{\"a\":1},,{\"b\":2}]"),
           "1:{\"a\":1}\n1!not valid JSON: a comma with no article before it\n1:{\"b\":2}\n");
    expect(DUPD_VIEW("[{\"a\":1},] tail"),
           "1:{\"a\":1}\n1!not valid JSON: a comma before the end of the array; is one missing?\n"
           "1!more text behind the JSON array; it was not read\n");
}
END_TEST

START_TEST(a_broken_line_costs_one_line)
{
    expect(DUPD_VIEW("{\"a\":\"cut\n{\"b\":2}\n"), "1:{\"a\":\"cut\n2:{\"b\":2}\n");
    expect(DUPD_VIEW("{\"a\":{\n{\"b\":2}\n"), "1:{\"a\":{\n2:{\"b\":2}\n");
    expect(DUPD_VIEW("{\"a\":1}\ngarbage\n{\"b\":2}\n"), "1:{\"a\":1}\n2:garbage\n3:{\"b\":2}\n");
}
END_TEST

START_TEST(limits_hold)
{
    char text[400];
    int n = snprintf(text, sizeof text, "{\"a\":\"%0100d\"}\n{\"b\":2}\n{\"c\":\"%0100d", 0, 0);
    expect((struct dupd_view){text, (size_t)n},
           "1!longer than the limit of 100 bytes; raise --max-message if that is meant\n"
           "2:{\"b\":2}\n"
           "3!longer than the limit of 100 bytes; raise --max-message if that is meant\n");
    n = snprintf(text, sizeof text, "[{\"a\":\"%0100d\"},\n{\"b\":2}]", 0);
    expect((struct dupd_view){text, (size_t)n},
           "1!longer than the limit of 100 bytes; raise --max-message if that is meant\n"
           "2:{\"b\":2}\n");
    n = snprintf(text, sizeof text, "%081d", 0);
    expect(
        (struct dupd_view){text, (size_t)n},
        "0!larger than the limit of 80 bytes for a text; raise --max-article if that is meant\n");
    text[80] = '\0';
    char expected[100];
    snprintf(expected, sizeof expected, "0:%080d\n", 0);
    expect((struct dupd_view){text, 80}, expected);
}
END_TEST

START_TEST(binary_and_empty_are_refused)
{
    expect(DUPD_VIEW(""), "0!the file is empty\n");
    expect(DUPD_VIEW("abc\0def"), "0!looks like binary: not text\n");
    expect(DUPD_VIEW("\x01\x02\x03 text"), "0!looks like binary: not text\n");
    expect(DUPD_VIEW("\x1F\x8B\x08\0\0"), "0!looks like binary: gzip data; unpack it first\n");
    expect(DUPD_VIEW("caf\xE9 in an old encoding"), "0:caf\xE9 in an old encoding\n");
}
END_TEST

START_TEST(other_files_are_still_read)
{
    char *good = file_of("good", DUPD_VIEW("words"));
    char *link = NULL;
    ck_assert_int_gt(asprintf(&link, "%s/none", dir), 0);
    const char *files[] = {link, good, dir, good};
    struct dupd_buf out = {0};
    items(files, 4, &out);
    ck_assert_int_eq(dupd_buf_add_char(&out, '\0'), 0);
    ck_assert_str_eq(out.ptr, "0!no such file; check the name\n0:words\n"
                              "0!is a directory; name the files in it\n0:words\n");
    dupd_buf_close(&out);
    free(good);
    free(link);
}
END_TEST

START_TEST(a_long_stream_takes_little_memory)
{
    /* 3 MB of lines through a window of 256 KiB: the item never holds more than a line. */
    struct dupd_buf text = {0}, out = {0};
    for (int i = 0; i < 100000; i++)
        ck_assert_int_eq(dupd_buf_addf(&text, "{\"id\":\"%d\",\"body\":\"words\"}\n", i), 0);
    char *path = file_of("long", dupd_buf_view(&text));
    struct input *in;
    struct input_item item;
    uint64_t count = 0;
    ck_assert_int_eq(input_new(&in, (const char *const *)&path, 1, &limits), 0);
    ck_assert_uint_eq(input_bytes_total(in), text.len);
    input_item_init(&item);
    while (input_next(in, &item) == 1) {
        dupd_buf_clear(&out);
        ck_assert_int_eq(dupd_buf_addf(&out, "{\"id\":\"%d\",\"body\":\"words\"}", (int)count), 0);
        ck_assert(dupd_view_equal(dupd_buf_view(&item.bytes), dupd_buf_view(&out)));
        ck_assert_uint_eq(item.line, ++count);
    }
    ck_assert_uint_eq(count, 100000);
    ck_assert_uint_eq(input_bytes_read(in), text.len);
    ck_assert_uint_le(item.bytes.cap, 128);
    input_item_close(&item);
    input_free(in);
    dupd_buf_close(&text);
    dupd_buf_close(&out);
    free(path);
}
END_TEST

static int read_all(void *data)
{
    struct input *in;
    struct input_item item;
    int rc = input_new(&in, (const char *const *)data, 1, &limits);
    if (rc)
        return rc;
    input_item_init(&item);
    while ((rc = input_next(in, &item)) == 1) {
    }
    input_item_close(&item);
    input_free(in);
    return rc;
}

START_TEST(memory_may_run_out)
{
    char *path = file_of("lines", DUPD_VIEW("{\"a\":1}\n\n{\"b\":\"2\"}\n"));
    ck_assert_uint_gt(fault_each(read_all, &path, DUPD_ENOMEM), 0);
    free(path);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("input");
    TCase *t = tcase_create("input");
    tcase_add_checked_fixture(t, make_dir, drop_dir);
    tcase_add_test(t, content_decides);
    tcase_add_test(t, objects_may_be_tall);
    tcase_add_test(t, arrays_are_taken_apart);
    tcase_add_test(t, broken_arrays_are_said);
    tcase_add_test(t, a_broken_line_costs_one_line);
    tcase_add_test(t, limits_hold);
    tcase_add_test(t, binary_and_empty_are_refused);
    tcase_add_test(t, other_files_are_still_read);
    tcase_add_test(t, a_long_stream_takes_little_memory);
    tcase_add_test(t, memory_may_run_out);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
