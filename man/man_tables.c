/*
 * man_tables page.in: copies an mdoc source to stdout and fills in what the code's own tables know.
 * A line of the form
 * @WORD argument@ is replaced:
 *
 *   @VERSION@                "ocpp-board 0.1.0", for .Os
 *   @SYNOPSIS program@       .Nm and all its options
 *   @OPTIONS program@        list items: every option with its help
 *   @CONFIG_KEYS section@    list items: every key with default, range and help
 *   @COLLECTIONS@            list items: every collection
 *   @EVENTS collection@      list items: every event of that collection
 *   @COUNTERS@               list items: every counter and gauge
 *   @FILTER_FIELDS@          list items: every field of the filter language
 *   @ROUTES@                 list items: every route of the dashboard's API
 *   @FIELD struct.member@    a list item: a field of the segment, its offset and size
 *   @LAYOUT_HASH@            the hash of all fields, as this build computes it
 *
 * and @PATH name@ anywhere in a line by a directory of the installation.
 */
#include <config.h>

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/boardd_options.h"
#include "common/config_value.h"
#include "common/options.h"
#include "forward/forward_options.h"
#include "gateway/gateway_options.h"
#include "shm/filter.h"
#include "shm/segment_layout.h"
#include "tools/ctl_options.h"
#include "tools/log_options.h"
#include "tools/sim_options.h"
#include "tools/stat_options.h"

static const struct program *const programs[] = {&boardd_program,  &forward_program, &ctl_program,
                                                 &gateway_program, &log_program,     &sim_program,
                                                 &stat_program};

struct place {
    const char *file;
    unsigned line;
};

static _Noreturn void fail(const struct place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static _Noreturn void fail(const struct place *place, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fprintf(stderr, "%s:%u: ", place->file, place->line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

/* Text of ours as a text line of mdoc. */
static void put_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '"')
            fputs("\\(dq", stdout);
        else if (*text == '\'')
            fputs("\\(aq", stdout);
        else
            putchar(*text);
    }
}

static void put_sentence(const char *text)
{
    put_text(text);
    puts(".");
}

/* As a macro's argument: words that mdoc would take for macros or punctuation are kept from that.
 */
static void put_argument(const char *text)
{
    fputs(" \"\\&", stdout);
    put_text(text);
    putchar('"');
}

static const struct program *find_program(const struct place *place, const char *name)
{
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (strcmp(programs[i]->name, name) == 0)
            return programs[i];
    }
    fail(place, "unknown program \"%s\"", name);
}

/* "station ...", or "[station ...]" where it may be left out */
static void put_operands(const char *operands)
{
    if (operands == NULL)
        return;
    if (operands[0] == '[')
        printf(".Op Ar %.*s\n", (int)strlen(operands) - 2, operands + 1);
    else
        printf(".Ar %s\n", operands);
}

static void put_synopsis(const struct place *place, const char *name)
{
    const struct program *program = find_program(place, name);
    bool any = false;

    puts(".Nm");
    for (size_t i = 0; i < program->option_count; i++) {
        if (program->options[i].argument != NULL)
            continue;
        printf(any ? "%c" : ".Op Fl %c", program->options[i].letter);
        any = true;
    }
    if (any)
        putchar('\n');
    for (size_t i = 0; i < program->option_count; i++) {
        if (program->options[i].argument != NULL)
            printf(".Op Fl %c Ar %s\n", program->options[i].letter, program->options[i].argument);
    }
    put_operands(program->operands);
}

static void put_options(const struct place *place, const char *name)
{
    const struct program *program = find_program(place, name);

    for (size_t i = 0; i < program->option_count; i++) {
        const struct option_row *row = &program->options[i];
        printf(".It Fl %c", row->letter);
        if (row->argument != NULL)
            printf(" Ar %s", row->argument);
        putchar('\n');
        put_sentence(row->help);
    }
}

static void put_key(const struct config_row *row)
{
    static const char *const types[] = {
        [CONFIG_TYPE_STRING] = "text",  [CONFIG_TYPE_SIZE] = "size",
        [CONFIG_TYPE_COUNT] = "number", [CONFIG_TYPE_DURATION] = "duration",
        [CONFIG_TYPE_BOOL] = "yes|no",  [CONFIG_TYPE_LIST] = "list",
    };
    char low[32], high[32];

    printf(".It Cm %s No = Ar %s\n", row->name,
           row->type == CONFIG_TYPE_CHOICE ? row->choices : types[row->type]);
    put_sentence(row->help);
    if (row->type == CONFIG_TYPE_SIZE || row->type == CONFIG_TYPE_COUNT ||
        row->type == CONFIG_TYPE_DURATION) {
        config_format_quantity(row->type, row->min, low, sizeof low);
        config_format_quantity(row->type, row->max, high, sizeof high);
        printf("From %s to %s.\n", low, high);
    }
    if (row->fallback[0] == '\0') {
        puts("Default: empty.");
        return;
    }
    fputs("Default:\n.Ql", stdout);
    put_argument(row->fallback);
    puts(" .");
}

static void put_config_keys(const struct place *place, const char *section)
{
    unsigned count = 0;

    for (size_t i = 0; i < config_row_count; i++) {
        if (strcmp(config_rows[i].section, section) == 0) {
            put_key(&config_rows[i]);
            count++;
        }
    }
    if (count == 0)
        fail(place, "unknown section \"%s\"", section);
}

static void put_collections(void)
{
    static const struct {
        const char *label, *size_key, *help;
        unsigned number;
    } rows[] = {
#define COLLECTION(name, number, label, size_key, help) {label, #size_key, help, number},
#include "shm/event_types.def"
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        printf(".It Cm %s Pq %u\n", rows[i].label, rows[i].number);
        put_sentence(rows[i].help);
        printf("Size:\n.Cm shm.%s .\n", rows[i].size_key);
    }
}

static void put_events(const struct place *place, const char *collection)
{
    static const struct {
        unsigned number;
        const char *collection, *label, *help;
    } rows[] = {
#define EVENT(name, number, collection, label, help) {number, #collection, label, help},
#include "shm/event_types.def"
    };
    unsigned count = 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcasecmp(rows[i].collection, collection) != 0)
            continue;
        printf(".It Cm %s Pq %u\n", rows[i].label, rows[i].number);
        put_sentence(rows[i].help);
        count++;
    }
    if (count == 0)
        fail(place, "unknown collection \"%s\"", collection);
}

static void put_counters(void)
{
    static const struct {
        const char *name, *kind, *help;
    } rows[] = {
#define COUNTER(name, help) {#name, "counter", help},
#define GAUGE(name, help)   {#name, "gauge", help},
#include "shm/counters.def"
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        printf(".It Cm %s Pq %s\n", rows[i].name, rows[i].kind);
        put_sentence(rows[i].help);
    }
}

/* "status protocol q" as a list of names. */
static void put_names(const char *names)
{
    fputs("Parameters:\n.Cm", stdout);
    while (*names != '\0') {
        size_t length = strcspn(names, " ");
        printf(" %.*s", (int)length, names);
        names += length;
        names += strspn(names, " ");
        fputs(*names != '\0' ? " ," : " .\n", stdout);
    }
}

static void put_routes(void)
{
    static const struct {
        const char *method, *path, *role, *parameters, *help;
    } rows[] = {
#define ROUTE(method, path, role, handler, parameters, help)                                       \
    {#method, path, #role, parameters, help},
#include "boardd/api/routes.def"
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        printf(".It Cm %s %s\n", rows[i].method, rows[i].path);
        put_sentence(rows[i].help);
        if (strcmp(rows[i].role, "NONE") == 0)
            puts("Needs no login.");
        else if (strcmp(rows[i].role, "OPERATOR") == 0)
            puts("Needs the role operator, or an API token with the scope operate.");
        else if (strcmp(rows[i].role, "METRICS") == 0)
            puts("An API token with the scope metrics will do.");
        if (rows[i].parameters[0] != '\0')
            put_names(rows[i].parameters);
    }
}

static void put_choices(const struct filter_choice *choice)
{
    fputs("One of", stdout);
    for (const char *before = "\n.Cm"; choice->name != NULL; choice++, before = " ,") {
        fputs(before, stdout);
        put_argument(choice->name);
    }
    puts(" .");
}

static void put_filter_fields(void)
{
    static const char *const values[] = {
        [FILTER_NAME] = "name",     [FILTER_CHOICE] = "word",       [FILTER_RANK] = "rank",
        [FILTER_NUMBER] = "number", [FILTER_DURATION] = "duration", [FILTER_SIZE] = "size",
        [FILTER_SINCE] = "time",    [FILTER_UNTIL] = "time",        [FILTER_TEXT] = "text",
    };

    for (size_t i = 0; i < filter_field_count; i++) {
        const struct filter_field *field = &filter_fields[i];
        printf(".It Cm %s Pq Ar %s\n", field->name, values[field->kind]);
        put_sentence(field->help);
        if (field->choices != NULL)
            put_choices(field->choices);
        if (field->kind == FILTER_RANK)
            puts("They ascend.");
        if (field->alias[0] != '\0')
            printf("Also\n.Cm %s .\n", field->alias);
    }
}

/* A page that describes one field has to describe all of them, in the table's order. */
static size_t fields_described;

static void put_field(const struct place *place, const char *name)
{
    size_t count;
    const struct segment_field *field = segment_fields(&count) + fields_described;

    if (fields_described == count)
        fail(place, "\"%s\" is one field too many", name);
    if (strcmp(field->name, name) != 0)
        fail(place, "field \"%s\" where \"%s\" comes next", name, field->name);
    fields_described++;
    printf(".It Cm %s No (offset %zu, %zu %s)\n", strchr(name, '.') + 1, field->offset, field->size,
           field->size == 1 ? "byte" : "bytes");
}

static void check_fields(const struct place *place)
{
    size_t count;
    const struct segment_field *fields = segment_fields(&count);

    if (fields_described > 0 && fields_described < count)
        fail(place, "field \"%s\" is not described", fields[fields_described].name);
}

/* "@WORD argument@" into its parts; false when the line is none. */
static bool split(char *line, char **word, char **argument)
{
    size_t length = strlen(line);
    static char none[] = "";

    if (length < 3 || line[0] != '@' || line[length - 1] != '@' || !isupper((unsigned char)line[1]))
        return false;
    line[length - 1] = '\0';
    *word = line + 1;
    *argument = strchr(*word, ' ');
    if (*argument == NULL)
        *argument = none;
    else
        *(*argument)++ = '\0';
    return true;
}

static void put_table(const struct place *place, const char *word, const char *argument)
{
    if (strcmp(word, "VERSION") == 0)
        puts(".Os " PACKAGE_NAME " " PACKAGE_VERSION);
    else if (strcmp(word, "SYNOPSIS") == 0)
        put_synopsis(place, argument);
    else if (strcmp(word, "OPTIONS") == 0)
        put_options(place, argument);
    else if (strcmp(word, "CONFIG_KEYS") == 0)
        put_config_keys(place, argument);
    else if (strcmp(word, "COLLECTIONS") == 0)
        put_collections();
    else if (strcmp(word, "EVENTS") == 0)
        put_events(place, argument);
    else if (strcmp(word, "COUNTERS") == 0)
        put_counters();
    else if (strcmp(word, "FILTER_FIELDS") == 0)
        put_filter_fields();
    else if (strcmp(word, "ROUTES") == 0)
        put_routes();
    else if (strcmp(word, "FIELD") == 0)
        put_field(place, argument);
    else if (strcmp(word, "LAYOUT_HASH") == 0)
        printf("0x%016" PRIx64 ".\n", segment_layout_hash());
    else
        fail(place, "unknown table \"%s\"", word);
}

static void put_path(const struct place *place, const char *name)
{
    static const struct {
        const char *name, *path;
    } paths[] = {
        {"sysconfdir", SYSCONFDIR}, {"pkgdatadir", PKGDATADIR}, {"localstatedir", LOCALSTATEDIR}};

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (strcmp(paths[i].name, name) == 0) {
            fputs(paths[i].path, stdout);
            return;
        }
    }
    fail(place, "unknown path \"%s\"", name);
}

static void put_line(const struct place *place, char *line)
{
    static const char mark[] = "@PATH ";
    char *start;

    while ((start = strstr(line, mark)) != NULL) {
        char *name = start + sizeof mark - 1;
        char *end = strchr(name, '@');
        if (end == NULL)
            fail(place, "@PATH without an end");
        fwrite(line, 1, (size_t)(start - line), stdout);
        *end = '\0';
        put_path(place, name);
        line = end + 1;
    }
    puts(line);
}

int main(int argc, char **argv)
{
    struct place place = {argc == 2 ? argv[1] : "", 0};
    char line[1024];

    if (argc != 2) {
        fputs("usage: man_tables page.in\n", stderr);
        return 2;
    }
    FILE *in = fopen(argv[1], "r");
    if (in == NULL) {
        perror(argv[1]);
        return 1;
    }
    while (fgets(line, sizeof line, in) != NULL) {
        char *word, *argument;
        place.line++;
        line[strcspn(line, "\n")] = '\0';
        if (split(line, &word, &argument))
            put_table(&place, word, argument);
        else
            put_line(&place, line);
    }
    check_fields(&place);
    bool well = !ferror(in) && fflush(stdout) == 0 && !ferror(stdout);
    fclose(in);
    return well ? 0 : 1;
}
