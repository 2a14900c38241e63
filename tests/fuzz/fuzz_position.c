/* Last-Event-ID: where an event stream goes on. */
#include <string.h>

#include "boardd/state/position.h"
#include "tests/fuzz/fuzz_tail.h"

/* An id that is read and written again means the same. */
static void check_position(const char *text, const struct tail *tail)
{
    static struct position position, again;
    static char written[POSITION_MAX_TEXT + 1];
    if (!position_parse(text, tail, &position))
        return;
    MUST(position_text(&position, tail, ALL_COLLECTIONS, written, sizeof(written)));
    if (written[0] == '\0')
        return;
    MUST(position_parse(written, tail, &again));
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        if ((again.sources[0].known >> i & 1) != 0)
            MUST(again.sources[0].next[i] == position.sources[0].next[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1); /* its own, so that a read past the end is seen */
    MUST(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    check_position(text, fuzz_tail());
    free(text);
    return 0;
}
