/* What every fuzz target begins with. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The target: whatever the bytes, returns 0. They lie in memory of their exact size. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A finding: what holds for every input does not. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

#endif
