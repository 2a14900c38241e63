#include "forward/position.h"

static void raise_to(uint64_t *value, uint64_t other)
{
    if (*value < other)
        *value = other;
}

/* The highest history that the store has; 0 when it knows nothing of the gateway. */
static uint64_t top_history(const struct stored_position *stored)
{
    uint64_t top = stored->has_created ? stored->history : 0;

    for (int i = 0; i < COLLECTION_COUNT; i++) {
        if (stored->cursor[i].known)
            raise_to(&top, stored->cursor[i].history);
        if (stored->stream[i].known)
            raise_to(&top, stored->stream[i].history);
    }
    return top;
}

static void take_last(uint64_t *next, const struct position_id *id, uint64_t history)
{
    if (id->known && id->history == history)
        raise_to(next, id->seq + 1);
}

/* False when the store has numbers that the segment has not given yet. */
static bool go_on(const struct stored_position *stored, const struct segment_bounds *segment,
                  struct position *position)
{
    for (int i = 0; i < COLLECTION_COUNT; i++) {
        uint64_t next = 0;
        take_last(&next, &stored->cursor[i], position->history);
        take_last(&next, &stored->stream[i], position->history);
        if (next > segment->head[i] && next > 1)
            return false;
        position->next[i] = next > 0 ? next : segment->oldest[i];
    }
    return true;
}

static void begin(const struct segment_bounds *segment, uint64_t top, bool with_first,
                  struct position *position)
{
    position->history = segment->created > top ? segment->created : top + 1;
    for (int i = 0; i < COLLECTION_COUNT; i++)
        position->next[i] = with_first ? 1 : segment->oldest[i];
}

enum position_kind position_resolve(const struct stored_position *stored,
                                    const struct segment_bounds *segment, struct position *position)
{
    uint64_t top = top_history(stored);

    if (top == 0) {
        begin(segment, top, false, position);
        return POSITION_FIRST;
    }
    bool same = stored->has_created ? stored->created == segment->created && stored->history == top
                                    : segment->created == top;
    if (!same) {
        begin(segment, top, true, position);
        return POSITION_NEW;
    }
    position->history = top;
    if (go_on(stored, segment, position))
        return POSITION_SAME;
    begin(segment, top, false, position);
    return POSITION_AHEAD;
}
