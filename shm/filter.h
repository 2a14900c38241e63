/*
 * The filter language of ocpp-boardd's interface, ocpp-log and the web UI, ocpp-board-filter(7):
 *
 *     station:CP0* type:CALLERROR latency>500 since:10m not (action:Heartbeat or "some text")
 *
 * An expression is compiled once into one allocation; matching allocates nothing and takes time
 * linear in the event's length.
 */
#ifndef SHM_FILTER_H
#define SHM_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm/event.h"

#define FILTER_MAX_LENGTH 1024 /* bytes of an expression */
#define FILTER_MAX_DEPTH  16   /* parentheses within parentheses */
#define FILTER_MAX_NODES  64   /* values, and the operators that join them */
#define FILTER_MAX_TEXTS  8    /* texts to search for */

struct filter;

struct filter_error {
    size_t offset;  /* in bytes, where it went wrong; at most the expression's length */
    char text[240]; /* one line, what was expected; what it quotes is escaped as in the log */
};

/*
 * Compiles `length` bytes. A time such as "10m" is so long before `now_ns` (CLOCK_REALTIME). An
 * empty expression matches everything. NULL with `error` filled in when it is wrong or there is no
 * memory.
 */
struct filter *filter_new(const char *expression, size_t length, uint64_t now_ns,
                          struct filter_error *error);
struct filter *filter_copy(const struct filter *filter); /* NULL without memory */
void filter_free(struct filter *filter);                 /* NULL is fine */

/* Matches the same events: both were compiled from the same terms, with the same points in time. */
bool filter_equal(const struct filter *a, const struct filter *b);

/* Values and operators, at most FILTER_MAX_NODES: what a match takes grows with them. */
unsigned filter_size(const struct filter *filter);

/* What it takes to tell whether an event matches: some of these. */
#define FILTER_ASKS_NAMES  1u /* struct filter_meta's identity or action */
#define FILTER_ASKS_RECORD 2u /* more than struct filter_meta has */
#define FILTER_ASKS_TIME   4u
unsigned filter_asks(const struct filter *filter);

/* `gateway` is the name of the event's gateway. */
bool filter_match(const struct filter *filter, const struct event *event, const char *gateway);

/* What an index knows of an event. */
struct filter_meta {
    enum event_type type;
    unsigned message_type;
    enum direction direction;
    unsigned severity;
    uint32_t latency_us;
    uint64_t time_ns;
    const char *gateway;
    struct text_span
        identity; /* start NULL: not known. An event without one has length 0 and another start. */
    struct text_span action; /* likewise */
};

enum filter_verdict {
    FILTER_NO,
    FILTER_YES,
    FILTER_UNSURE, /* only filter_match can tell */
};
/* Never contradicts filter_match. */
enum filter_verdict filter_match_meta(const struct filter *filter, const struct filter_meta *meta);

/* What every match has in common, for looking at fewer events. The spans live as long as the
 * filter. */
struct filter_bounds {
    struct text_span
        station; /* the one identity, upper and lower case being the same; start NULL: any */
    struct text_span action; /* likewise */
    uint64_t since_ns;       /* this time or later; 0: any */
    uint64_t until_ns;       /* before this; UINT64_MAX: any */
    uint64_t min_latency_us; /* this or more */
    uint64_t max_latency_us; /* this or less; UINT64_MAX: any, or none */
    uint64_t event_types;    /* bit n: enum event_type n; UINT64_MAX: any */
    uint64_t message_types;  /* likewise */
    uint64_t directions;     /* likewise */
    bool is_exact;           /* whatever is so, matches */
};
void filter_bounds(const struct filter *filter, struct filter_bounds *bounds);

/*
 * Writes the filter as an expression that compiles to an equal one, never longer than the first,
 * with cheap terms before costly ones. NUL-terminated; `out` has FILTER_MAX_LENGTH + 1 bytes.
 * Returns the length.
 */
size_t filter_print(const struct filter *filter, char *out);

/* The language's fields, for man pages and completion. */
enum filter_kind {
    FILTER_NAME,     /* with * and ?, or in quotes to the letter */
    FILTER_CHOICE,   /* one of `choices` */
    FILTER_RANK,     /* one of `choices`, which ascend */
    FILTER_NUMBER,   /* a whole number */
    FILTER_DURATION, /* milliseconds, or with us, ms, s, m, h */
    FILTER_SIZE,     /* bytes, or with K, M */
    FILTER_SINCE,    /* a time */
    FILTER_UNTIL,    /* a time */
    FILTER_TEXT,
};
struct filter_choice {
    const char *name;
    uint64_t value;
};
struct filter_field {
    const char *name;
    const char *alias; /* "" none */
    enum filter_kind kind;
    const struct filter_choice *choices; /* ends with a name of NULL; NULL: there are none */
    bool indexed;                        /* struct filter_meta is enough to tell */
    const char *help;                    /* one sentence, no final full stop */
};
extern const struct filter_field filter_fields[];
extern const size_t filter_field_count;

#endif
