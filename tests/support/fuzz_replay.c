/*
 * fuzz_replay.c: main of a fuzz target that is built without libFuzzer: runs it on every file of
 * the folders named, as it is, cut off at some lengths, and with bytes changed by a generator of
 * fixed seed. The same inputs each time, so that what a fuzzer once found stays found and everyone
 * sees it; new inputs are the fuzzer's work (tests/fuzz/run.sh).
 *
 * Exit 0 when all ran; 2 when a folder or a file cannot be read, or there is none (a replay of
 * nothing proves nothing). A failed check or a sanitizer's report ends the process by itself; the
 * last line printed names the file. Each input is copied to memory of its exact size, so that
 * AddressSanitizer sees one byte too many.
 */
#include <dirent.h>
#include <string.h>

#include "support/fuzz.h"

#define CUTS 32u
#define CHANGES 200u
#define INPUT_MAX (1u << 20)

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13; /* xorshift64, G. Marsaglia, 2003 */
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Runs the target on an exact-size copy, so that AddressSanitizer sees the end. */
static void run_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_changed(const uint8_t *data, size_t size, uint64_t *random)
{
    static const uint8_t telling[] = {0, 0x7f, 0x80, 0xff, '"', '<', '{', '\n', 0xe2, 0xc0};
    uint8_t *copy = malloc(size);
    if (!copy)
        abort();
    for (unsigned i = 0; i < CHANGES; i++) {
        memcpy(copy, data, size);
        size_t changes = 1 + next_random(random) % 8;
        for (size_t c = 0; c < changes; c++) {
            uint64_t r = next_random(random);
            copy[(r >> 8) % size] =
                r & 1 ? (uint8_t)(r >> 40) : telling[(r >> 40) % sizeof telling];
        }
        LLVMFuzzerTestOneInput(copy, size);
    }
    free(copy);
}

static int run_file(const char *path, uint64_t *random)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(INPUT_MAX);
    if (!f || !data) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        free(data);
        if (f)
            fclose(f);
        return -1;
    }
    size_t size = fread(data, 1, INPUT_MAX, f);
    fclose(f);
    printf("%s (%zu bytes)\n", path, size);
    fflush(stdout);
    run_copy(data, size);
    for (size_t i = 0; i < CUTS && i < size; i++)
        run_copy(data, i * size / CUTS);
    if (size)
        run_changed(data, size, random);
    free(data);
    return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int run_folder(const char *folder, uint64_t *random)
{
    struct dirent **entry;
    int count = scandir(folder, &entry, NULL, by_name), files = 0, status = 0;
    if (count < 0) {
        fprintf(stderr, "replay: cannot read %s\n", folder);
        return -1;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        int n = snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        if (entry[i]->d_name[0] != '.' && n > 0 && (size_t)n < sizeof path) {
            files++;
            status |= run_file(path, random);
        }
        free(entry[i]);
    }
    free(entry);
    if (files == 0)
        fprintf(stderr, "replay: no file in %s\n", folder);
    return files == 0 ? -1 : status;
}

int main(int argc, char **argv)
{
    uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
    int status = argc > 1 ? 0 : -1;
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        status |= run_folder(argv[i], &random);
    return status ? 2 : 0;
}
