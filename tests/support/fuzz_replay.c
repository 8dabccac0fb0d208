/*
 * fuzz_replay.c: main of a fuzz target that is built without libFuzzer: runs it once on every file
 * of the directories named, in order of name, so that what a fuzzer once found stays found.
 *
 * Exit 0 when all ran; 2 when a directory or a file cannot be read, or there is none (a test that
 * replays nothing proves nothing). A crash or a sanitizer's report ends the process by itself; the
 * last line printed names the file. Each input is copied to memory of its exact size, so that
 * AddressSanitizer sees one byte too many.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        goto failed;
    long size = ftell(f);
    if (size < 0)
        goto failed;
    rewind(f);
    uint8_t *data = malloc(size ? (size_t)size : 1);
    if (!data || fread(data, 1, (size_t)size, f) != (size_t)size) {
        free(data);
        goto failed;
    }
    fclose(f);
    printf("%s (%ld bytes)\n", path, size);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    return 0;
failed:
    perror(path);
    if (f)
        fclose(f);
    return -1;
}

/* Number of files replayed, or -1. */
static int replay_directory(const char *directory)
{
    struct dirent **entry = NULL;
    int count = scandir(directory, &entry, NULL, alphasort), replayed = 0;
    if (count < 0) {
        perror(directory);
        return -1;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        bool hidden = entry[i]->d_name[0] == '.';
        snprintf(path, sizeof path, "%s/%s", directory, entry[i]->d_name);
        free(entry[i]);
        if (hidden || replayed < 0)
            continue;
        replayed = replay_file(path) == 0 ? replayed + 1 : -1;
    }
    free(entry);
    return replayed;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int replayed = replay_directory(argv[i]);
        if (replayed < 0)
            return 2;
        total += replayed;
    }
    printf("%d inputs replayed\n", total);
    return total ? 0 : 2;
}
