#include "common/log.h"

#include "common/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

static struct {
    const char *program;
    enum log_target target;
    enum log_level level;
    log_sink *sink;
    void *sink_context;
} state = {.program = "ocpp-board", .target = LOG_TO_STDERR, .level = LOG_LEVEL_INFO};

void log_open(const char *program, enum log_target target, enum log_level level)
{
    state.program = program;
    state.target = target;
    state.level = level;
    closelog();
    if (target == LOG_TO_SYSLOG)
        openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_set_level(enum log_level level)
{
    state.level = level;
}

void log_set_sink(log_sink *sink, void *context)
{
    state.sink = sink;
    state.sink_context = context;
}

const char *log_level_name(enum log_level level)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    return (unsigned)level < sizeof(names) / sizeof(names[0]) ? names[level] : "unknown";
}

/* Code points that move the cursor, break a line or turn the direction of text, besides C0. */
static bool is_hostile_character(const unsigned char *bytes, size_t length)
{
    if (length == 2)
        return bytes[0] == 0xc2 && bytes[1] < 0xa0; /* U+0080 to U+009F */
    if (length != 3 || bytes[0] != 0xe2)
        return false;
    if (bytes[1] == 0x80)
        return bytes[2] >= 0xa8 && bytes[2] <= 0xae;                 /* U+2028 to U+202E */
    return bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9; /* U+2066 to U+2069 */
}

/* Writes the escaped form of the first character of `text` into `piece`; returns how many bytes of
 * `text` that was. */
static size_t escape_character(const char *text, size_t length, char piece[8], size_t *piece_length)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned char first = (unsigned char)text[0];
    size_t taken = text_utf8_length(text, length);
    bool plain = taken > 1 ? !is_hostile_character((const unsigned char *)text, taken)
                           : taken == 1 && first >= 0x20 && first != 0x7f;
    if (plain && first != '\\') {
        memcpy(piece, text, taken);
        *piece_length = taken;
        return taken;
    }
    piece[0] = '\\';
    if (first == '\\') {
        piece[1] = '\\';
        *piece_length = 2;
    } else {
        piece[1] = 'x';
        piece[2] = hex[first >> 4];
        piece[3] = hex[first & 15];
        *piece_length = 4;
    }
    return 1;
}

size_t log_escape(const char *text, size_t length, char *out, size_t size)
{
    size_t used = 0;
    if (size == 0)
        return 0;
    for (size_t i = 0; i < length;) {
        char piece[8];
        size_t piece_length;
        i += escape_character(text + i, length - i, piece, &piece_length);
        if (used + piece_length >= size)
            break;
        memcpy(out + used, piece, piece_length);
        used += piece_length;
    }
    out[used] = '\0';
    return used;
}

static void write_stderr(enum log_level level, const char *topic, const char *text)
{
    char line[LOG_LINE_MAX];
    char time_text[TEXT_TIME_SIZE];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    text_time((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, time_text);
    int prefix = snprintf(line, LOG_LINE_MAX / 2, "%s %s: %s: %s: ", time_text, state.program,
                          log_level_name(level), topic);
    if (prefix < 0)
        return;
    size_t used = strlen(line);
    size_t room = LOG_LINE_MAX - 1 - used;
    size_t length = text_cut_utf8(text, strlen(text), room);
    memcpy(line + used, text, length);
    used += length;
    line[used++] = '\n';
    /* one write, so that lines of two processes never mix; a log that can't be written must not
     * stop anybody */
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written;
}

static void write_syslog(enum log_level level, const char *topic, const char *text)
{
    static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
    syslog(priorities[level], "%s: %s", topic, text);
}

/* The message, then ": strerror" when `error` is given; a long message is cut, never the error. */
static size_t compose(char *raw, size_t size, const char *error, const char *format, va_list args)
{
    size_t tail = error != NULL ? strlen(error) + 2 : 0;
    if (tail >= size)
        return 0;
    if (vsnprintf(raw, size - tail, format, args) < 0)
        return 0;
    size_t length = strlen(raw);
    if (error != NULL) {
        memcpy(raw + length, ": ", 2);
        memcpy(raw + length + 2, error, tail - 2);
    }
    return length + tail;
}

static void emit(enum log_level level, const char *error, const char *topic, const char *format,
                 va_list args)
{
    char raw[LOG_LINE_MAX];
    char text[LOG_LINE_MAX];
    size_t length = compose(raw, sizeof(raw), error, format, args);
    log_escape(raw, length, text, sizeof(text));
    if (state.target == LOG_TO_SYSLOG)
        write_syslog(level, topic, text);
    else
        write_stderr(level, topic, text);
    if (state.sink != NULL)
        state.sink(level, topic, text, state.sink_context);
}

static void log_at(enum log_level level, bool with_errno, const char *topic, const char *format,
                   va_list args)
{
    int saved = errno;
    if (level <= state.level)
        emit(level, with_errno ? strerror(saved) : NULL, topic, format, args);
    errno = saved;
}

#define LOG_VERB(level, with_errno)                                                                \
    va_list args;                                                                                  \
    va_start(args, format);                                                                        \
    log_at(level, with_errno, topic, format, args);                                                \
    va_end(args)

void fatal(const char *topic, const char *format, ...)
{
    LOG_VERB(LOG_LEVEL_ERROR, true);
    exit(1);
}

void fatalx(const char *topic, const char *format, ...)
{
    LOG_VERB(LOG_LEVEL_ERROR, false);
    exit(1);
}

void log_warn(const char *topic, const char *format, ...)
{
    LOG_VERB(LOG_LEVEL_WARNING, true);
}

void log_warnx(const char *topic, const char *format, ...)
{
    LOG_VERB(LOG_LEVEL_WARNING, false);
}

void log_info(const char *topic, const char *format, ...)
{
    LOG_VERB(LOG_LEVEL_INFO, false);
}

void log_debug(const char *topic, const char *format, ...)
{
    LOG_VERB(LOG_LEVEL_DEBUG, false);
}
