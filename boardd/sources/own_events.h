/*
 * boardd's own events: its log lines, wrong logins, records it could not read in time. They are a
 * source like a gateway's segment, with the newest OWN_EVENTS_KEPT of each collection in memory.
 */
#ifndef BOARDD_OWN_EVENTS_H
#define BOARDD_OWN_EVENTS_H

#include "boardd/sources/source.h"
#include "common/log.h"
#include "shm/event_json.h"

#define OWN_EVENTS_KEPT 512 /* a power of two */
#define OWN_EVENTS_NAME EVENT_BOARDD
#define OWN_EVENTS_TEXT 512 /* longer texts are cut */

struct own_events;

struct own_events *own_events_new(void);
/* The source lives as long as the events; source->operations->free frees both. */
struct source *own_events_source(struct own_events *own);

/* log_sink: the context is the struct own_events. */
void own_events_log(enum log_level level, const char *topic, const char *text, void *context);
void own_events_security(struct own_events *own, enum event_type type, enum severity severity,
                         const char *address, const char *text);
/* As own_events_security, for `count` of them at once. */
void own_events_security_count(struct own_events *own, enum event_type type, enum severity severity,
                               const char *address, uint64_t count, const char *text);
void own_events_system(struct own_events *own, enum event_type type, uint64_t count,
                       const char *text);

#endif
