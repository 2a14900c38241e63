/* Feeds each file named on the command line to the fuzz target once: seeds and old findings as a
 * regression test. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t capacity = 1 << 20;
    uint8_t *data = malloc(capacity);
    if (data == NULL) {
        fclose(file);
        return 1;
    }
    size_t size = fread(data, 1, capacity, file);
    fclose(file);
    /* an exact copy on the heap, so that a sanitizer sees a read past the end */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) {
        free(data);
        return 1;
    }
    for (size_t i = 0; i < size; i++)
        exact[i] = data[i];
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int failures = 0;
    for (int i = 1; i < argc; i++)
        failures += replay(argv[i]);
    printf("%d inputs replayed\n", argc - 1 - failures);
    return failures > 0 || argc < 2;
}
