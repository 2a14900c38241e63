/* What the files of the fold share; no one else includes it. */
#ifndef BOARDD_FOLD_INTERNAL_H
#define BOARDD_FOLD_INTERNAL_H

#include "boardd/state/fold.h"
#include "boardd/state/vocabulary.h"
#include "common/json_scan.h"

#define FOLD_MAX_SAMPLES 512 /* sampled values of one message that are looked at */
#define FOLD_MAX_EVENTS  512 /* parts of one NotifyEvent */

struct fold {
    struct fold_options options;
    struct state_memory memory;
    struct vocabulary *words;
    uint16_t faulted;  /* the word */
    uint64_t versions; /* that states have had */
    struct {
        uint32_t slots; /* room in `stations` */
        struct station_state **stations;
        uint32_t *action_errors; /* by word; NULL before the first */
    } sources[TAIL_MAX_SOURCES];
};

/* One message on its way into a station's state. */
struct folding {
    struct fold *fold;
    struct station_state *state;
    const struct event *event;
    struct json_span payload; /* an object that was scanned */
};

typedef void fold_handler(struct folding *folding);

struct fold_action {
    const char *action;
    enum direction direction;
    unsigned message_type;
    fold_handler *handle;
};
#define FOLD_CALL(action, handler)                                                                 \
    {                                                                                              \
        action, DIRECTION_IN, MESSAGE_CALL, handler                                                \
    }
#define FOLD_RESULT(action, handler)                                                               \
    {                                                                                              \
        action, DIRECTION_OUT, MESSAGE_CALLRESULT, handler                                         \
    }

/* Tables; the last one's action is NULL. */
extern const struct fold_action fold_actions_v16[];
extern const struct fold_action fold_actions_v2[];

/* Members of an object; what is absent or of the wrong type leaves the result empty. */
struct json_span fold_member(struct json_span object, const char *key); /* type JSON_NULL */
/* The same for several keys in one pass; of a key that comes twice, the first. */
void fold_members(struct json_span object, const char *const *keys, size_t count,
                  struct json_span *values);
bool fold_text(struct json_span object, const char *key, char *out, size_t size); /* cut to size */
bool fold_string(struct json_span string, char *out, size_t size);
uint16_t fold_word(struct folding *folding, struct json_span object, const char *key);
uint16_t fold_word_of(struct folding *folding, struct json_span string);
/* 0 to INT32_MAX, else STATE_NONE */
int32_t fold_number(struct json_span object, const char *key);
/* The station's own time, or that of the event. */
uint64_t fold_time(const struct folding *folding, struct json_span object);
/* A JSON number, or a string that holds one: finite. */
bool fold_value(struct json_span span, double *out);
uint64_t fold_message_hash(struct text_span message_id);

/* BootNotification of any version: a first one on its connection means that the station began
 * anew. */
void fold_boot(struct folding *folding, struct json_span station, const char *const keys[4],
               bool restarted);
void fold_firmware(struct folding *folding);
void fold_connector(struct folding *folding, int32_t evse, int32_t connector, uint16_t status,
                    uint16_t error, uint64_t time_ns);
/* The array `meterValue` of any version, into the transaction. With `begins`, the register is what
 * the transaction starts from, where that isn't known. */
void fold_meter_values(struct folding *folding, struct json_span meter_values,
                       struct state_transaction *transaction, bool begins);
/* Energy that flowed, from the register: NaN where it isn't known. */
double fold_register_wh(const struct fold *fold, const struct state_transaction *transaction);

#endif
