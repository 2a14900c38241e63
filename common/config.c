#include "common/config.h"

#include "common/config_value.h"
#include "common/log.h"
#include "common/text.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEY  64
#define MAX_TEXT 1024

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

const struct config_row config_rows[] = {
#define ROW(section, name, type, fallback, min, max, choices, help)                                \
    {#section, #name, type,                                                                        \
     fallback, min,   max,                                                                         \
     choices,  help,  offsetof(struct config, section##_##name)},
#define CONFIG_STRING(section, name, fallback, help)                                               \
    ROW(section, name, CONFIG_TYPE_STRING, fallback, 0, 0, NULL, help)
#define CONFIG_LIST(section, name, fallback, help)                                                 \
    ROW(section, name, CONFIG_TYPE_LIST, fallback, 0, 0, NULL, help)
#define CONFIG_SIZE(section, name, fallback, min, max, help)                                       \
    ROW(section, name, CONFIG_TYPE_SIZE, fallback, min, max, NULL, help)
#define CONFIG_COUNT(section, name, fallback, min, max, help)                                      \
    ROW(section, name, CONFIG_TYPE_COUNT, fallback, min, max, NULL, help)
#define CONFIG_DURATION(section, name, fallback, min, max, help)                                   \
    ROW(section, name, CONFIG_TYPE_DURATION, fallback, min, max, NULL, help)
#define CONFIG_BOOL(section, name, fallback, help)                                                 \
    ROW(section, name, CONFIG_TYPE_BOOL, fallback, 0, 0, NULL, help)
#define CONFIG_CHOICE(section, name, fallback, choices, help)                                      \
    ROW(section, name, CONFIG_TYPE_CHOICE, fallback, 0, 0, choices, help)
#include "common/config_keys.def"
#undef ROW
};

const size_t config_row_count = sizeof(config_rows) / sizeof(config_rows[0]);

/* Where complaints go, and what stands before each of them. */
struct reporter {
    config_complaint *complain;
    void *context;
    const char *file; /* NULL: -o */
    unsigned line;
    unsigned errors;
};

static void report(struct reporter *reporter, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void report(struct reporter *reporter, const char *format, ...)
{
    char text[MAX_TEXT];
    int prefix = 0;
    if (reporter->file == NULL)
        prefix = snprintf(text, sizeof(text), "-o ");
    else if (reporter->line > 0)
        prefix = snprintf(text, sizeof(text), "%.512s:%u: ", reporter->file, reporter->line);
    else
        prefix = snprintf(text, sizeof(text), "%.512s: ", reporter->file);
    size_t used = prefix > 0 ? (size_t)prefix : 0;
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, sizeof(text) - used, format, args);
    va_end(args);
    reporter->errors++;
    reporter->complain(text, reporter->context);
}

static bool is_clean_text(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        size_t character = text_utf8_length(text + i, length - i);
        if (character == 0 || (unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
        i += character;
    }
    return true;
}

static void assign_string(struct reporter *reporter, char **field, const char *value)
{
    char *copy = strdup(value);
    if (copy == NULL) {
        report(reporter, "out of memory");
        return;
    }
    free(*field);
    *field = copy;
}

static void assign_quantity(struct reporter *reporter, const struct config_row *row,
                            uint64_t *field, const char *value)
{
    uint64_t parsed;
    if (!config_parse_quantity(row->type, value, &parsed)) {
        report(reporter, "%s.%s: \"%s\" is not %s", row->section, row->name, value,
               config_quantity_example(row->type));
    } else if (parsed < row->min || parsed > row->max) {
        char min[32], max[32];
        config_format_quantity(row->type, row->min, min, sizeof(min));
        config_format_quantity(row->type, row->max, max, sizeof(max));
        report(reporter, "%s.%s: %s is out of range (%s to %s)", row->section, row->name, value,
               min, max);
    } else {
        *field = parsed;
    }
}

static void assign_row(struct reporter *reporter, struct config *config,
                       const struct config_row *row, const char *value)
{
    void *field = (char *)config + row->offset;
    switch (row->type) {
    case CONFIG_TYPE_STRING:
    case CONFIG_TYPE_LIST:
        assign_string(reporter, field, value);
        break;
    case CONFIG_TYPE_SIZE:
    case CONFIG_TYPE_COUNT:
    case CONFIG_TYPE_DURATION:
        assign_quantity(reporter, row, field, value);
        break;
    case CONFIG_TYPE_BOOL:
        if (!config_parse_bool(value, field))
            report(reporter, "%s.%s: \"%s\" is neither yes nor no", row->section, row->name, value);
        break;
    case CONFIG_TYPE_CHOICE:
        if (!config_parse_choice(row->choices, value, field))
            report(reporter, "%s.%s: \"%s\" is none of %s", row->section, row->name, value,
                   row->choices);
        break;
    }
}

static const struct config_row *find_row(const char *section, const char *name)
{
    for (size_t i = 0; i < config_row_count; i++)
        if (strcmp(config_rows[i].section, section) == 0 && strcmp(config_rows[i].name, name) == 0)
            return &config_rows[i];
    return NULL;
}

static void report_unknown(struct reporter *reporter, const char *section, const char *name)
{
    char wanted[MAX_KEY], known[MAX_KEY];
    const struct config_row *nearest = &config_rows[0];
    size_t least = SIZE_MAX;
    snprintf(wanted, sizeof(wanted), "%s.%s", section, name);
    for (size_t i = 0; i < config_row_count; i++) {
        snprintf(known, sizeof(known), "%s.%s", config_rows[i].section, config_rows[i].name);
        size_t distance = text_distance(wanted, known);
        if (distance < least) {
            least = distance;
            nearest = &config_rows[i];
        }
    }
    if (section[0] == '\0')
        report(reporter, "%s stands before any [section]; did you mean [%s] %s?", name,
               nearest->section, nearest->name);
    else
        report(reporter, "%s.%s is unknown; did you mean %s.%s?", section, name, nearest->section,
               nearest->name);
}

static void assign(struct reporter *reporter, struct config *config, const char *section,
                   const char *name, const char *value)
{
    const struct config_row *row = find_row(section, name);
    if (row != NULL)
        assign_row(reporter, config, row, value);
    else
        report_unknown(reporter, section, name);
}

static void default_is_wrong(const char *text, void *context)
{
    (void)context;
    fatalx("config", "default: %s", text);
}

void config_init(struct config *config)
{
    struct reporter reporter = {.complain = default_is_wrong, .file = "defaults"};
    *config = (struct config){0};
    for (size_t i = 0; i < config_row_count; i++)
        assign_row(&reporter, config, &config_rows[i], config_rows[i].fallback);
}

void config_free(struct config *config)
{
    for (size_t i = 0; i < config_row_count; i++) {
        if (config_rows[i].type != CONFIG_TYPE_STRING && config_rows[i].type != CONFIG_TYPE_LIST)
            continue;
        char **field = (char **)((char *)config + config_rows[i].offset);
        free(*field);
        *field = NULL;
    }
}

unsigned config_set(struct config *config, const char *assignment, config_complaint *complain,
                    void *context)
{
    struct reporter reporter = {.complain = complain, .context = context};
    char section[MAX_KEY], name[MAX_KEY];
    size_t dot = strcspn(assignment, ".=");
    size_t equals = strcspn(assignment, "=");
    if (!is_clean_text(assignment))
        report(&reporter, "control character, or not UTF-8");
    else if (assignment[dot] != '.' || assignment[equals] != '=')
        report(&reporter, "\"%s\" is not section.key=value", assignment);
    else if (equals >= MAX_KEY)
        report(&reporter, "\"%s\" is longer than any key", assignment);
    else {
        snprintf(section, sizeof(section), "%.*s", (int)dot, assignment);
        snprintf(name, sizeof(name), "%.*s", (int)(equals - dot - 1), assignment + dot + 1);
        assign(&reporter, config, section, name, assignment + equals + 1);
    }
    return reporter.errors;
}

struct file_reader {
    struct reporter reporter;
    struct config *config;
    FILE *file;
    char *line; /* getline's */
    size_t line_size;
    unsigned
        set_on[sizeof(config_rows) / sizeof(config_rows[0])]; /* line of each key, 0: not yet */
};

/* What libinih would report for the first such line of a file only. */
static const char *malformed(const char *line)
{
    if (line[0] == '\0' || line[0] == ';' || line[0] == '#')
        return NULL;
    if (line[0] == '[')
        return strchr(line, ']') != NULL ? NULL : "\"]\" is missing";
    return strpbrk(line, "=:") != NULL ? NULL : "neither \"[section]\" nor \"key = value\"";
}

/* Reports what is wrong with the form of a line. `room` is libinih's, for the line, CR, LF and NUL.
 */
static bool check_line(struct reporter *reporter, const char *line, size_t length, size_t room)
{
    const char *wrong = malformed(line);
    if (strlen(line) != length || !is_clean_text(line))
        report(reporter, "control character, or not UTF-8");
    else if (length + 3 > room)
        report(reporter, "line is longer than %zu bytes", room - 3);
    else if (wrong != NULL)
        report(reporter, "%s", wrong);
    else
        return true;
    return false;
}

/* A line for libinih. Lines that it must not see are reported and given to it as empty ones. */
static char *next_line(char *out, int size, void *stream)
{
    struct file_reader *reader = stream;
    ssize_t got = getline(&reader->line, &reader->line_size, reader->file);
    if (got < 0)
        return NULL;
    reader->reporter.line++;
    char *line = reader->line;
    size_t length = (size_t)got;
    while (length > 0 && memchr(" \t\r\n", line[length - 1], 4) != NULL)
        line[--length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (line[i] == '\t')
            line[i] = ' ';
    size_t skip = reader->reporter.line == 1 && strncmp(line, BYTE_ORDER_MARK, 3) == 0 ? 3 : 0;
    /* libinih would take an indented line as a continuation */
    skip += strspn(line + skip, " ");
    bool fine = check_line(&reader->reporter, line + skip, length - skip, (size_t)size);
    snprintf(out, (size_t)size, "%s\n", fine ? line + skip : "");
    return out;
}

/* A list goes on over several lines, because libinih's lines are short. */
static void append(struct reporter *reporter, struct config *config, const struct config_row *row,
                   const char *value)
{
    char **field = (char **)((char *)config + row->offset);
    char *longer;
    if (asprintf(&longer, "%s, %s", *field, value) < 0) {
        report(reporter, "out of memory");
        return;
    }
    free(*field);
    *field = longer;
}

static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct file_reader *reader = user;
    const struct config_row *row = find_row(section, name);
    unsigned *set_on = row != NULL ? &reader->set_on[row - config_rows] : NULL;
    if (set_on != NULL && *set_on != 0 && row->type == CONFIG_TYPE_LIST) {
        append(&reader->reporter, reader->config, row, value);
        return 1;
    }
    if (set_on != NULL && *set_on != 0)
        report(&reader->reporter, "%s.%s was already set on line %u", section, name, *set_on);
    if (set_on != NULL)
        *set_on = reader->reporter.line;
    assign(&reader->reporter, reader->config, section, name, value);
    return 1;
}

unsigned config_read_file(struct config *config, const char *path, bool optional,
                          config_complaint *complain, void *context)
{
    struct file_reader reader = {
        .reporter = {.complain = complain, .context = context, .file = path},
        .config = config,
        .file = fopen(path, "re"),
    };
    if (reader.file == NULL) {
        if (!optional || errno != ENOENT)
            report(&reader.reporter, "%s", strerror(errno));
        return reader.reporter.errors;
    }
    errno = 0;
    int result = ini_parse_stream(next_line, &reader, on_key, &reader);
    if (ferror(reader.file))
        report(&reader.reporter, "%s", strerror(errno));
    else if (result < 0)
        report(&reader.reporter, "out of memory");
    else if (result > 0 && reader.reporter.errors == 0) {
        reader.reporter.line = (unsigned)result;
        report(&reader.reporter, "syntax error");
    }
    free(reader.line);
    fclose(reader.file);
    return reader.reporter.errors;
}
