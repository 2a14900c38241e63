/*
 * Log lines of every program of ocpp-board.
 *
 * Six verbs, after the BSD err(3) family: fatal and warn append ": strerror(errno)", the x forms do
 * not. errno is preserved by all of them. A topic is a short constant word ("http", "ocppj", "shm")
 * that tells which part of the program speaks; it stands before the text.
 *
 * A line goes to stderr (LOG_TO_STDERR: "2026-01-31T12:00:00.123Z ocpp-boardd: warning: http:
 * text") or to syslog, and to the sink, where one is set. Text is escaped before it goes anywhere:
 * control characters (C1, line separators and bidirectional controls too), DEL and bytes that are
 * not UTF-8 become \xNN, a backslash becomes \\, so that nothing a station or a browser sends can
 * forge a line. Lines are cut at LOG_LINE_MAX bytes.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>

#define LOG_LINE_MAX 2048

enum log_level {
    LOG_LEVEL_ERROR = 0,
    LOG_LEVEL_WARNING = 1,
    LOG_LEVEL_INFO = 2,
    LOG_LEVEL_DEBUG = 3,
};

enum log_target {
    LOG_TO_STDERR,
    LOG_TO_SYSLOG,
};

/* Receives every line at or below the level, escaped, NUL-terminated, without newline. Must not
 * log. */
typedef void log_sink(enum log_level level, const char *topic, const char *text, void *context);

/* `program` is kept, not copied. May be called again (a daemon moves from stderr to syslog). */
void log_open(const char *program, enum log_target target, enum log_level level);
void log_set_level(enum log_level level);
void log_set_sink(log_sink *sink, void *context);
const char *log_level_name(enum log_level level); /* "error", "warning", "info", "debug" */

_Noreturn void fatal(const char *topic, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
_Noreturn void fatalx(const char *topic, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_warn(const char *topic, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warnx(const char *topic, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *topic, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const char *topic, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Escapes `length` bytes of `text` as above into `out` (always NUL-terminated, never more than
 * `size` bytes, never half an escape). Returns the length written, without the NUL.
 */
size_t log_escape(const char *text, size_t length, char *out, size_t size);

#endif
