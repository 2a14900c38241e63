#include "common/options.h"

#include <config.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_OPTIONS 32
#define HELP_COLUMN 24

/* "c:o:tVh", and a leading ':' so that messages are ours and a missing argument is told from an
 * unknown letter */
static void getopt_string(const struct program *program, char *out)
{
    size_t used = 0;
    out[used++] = ':';
    for (size_t i = 0; i < program->option_count && i < MAX_OPTIONS; i++) {
        out[used++] = program->options[i].letter;
        if (program->options[i].argument != NULL)
            out[used++] = ':';
    }
    out[used] = '\0';
}

void options_usage(const struct program *program, FILE *out)
{
    fprintf(out, "usage: %s", program->name);
    const char *separator = " [-";
    for (size_t i = 0; i < program->option_count; i++) {
        if (program->options[i].argument != NULL)
            continue;
        fprintf(out, "%s%c", separator, program->options[i].letter);
        separator = "";
    }
    if (separator[0] == '\0')
        fputc(']', out);
    for (size_t i = 0; i < program->option_count; i++)
        if (program->options[i].argument != NULL)
            fprintf(out, " [-%c %s]", program->options[i].letter, program->options[i].argument);
    fprintf(out, "%s%s\n", program->operands != NULL ? " " : "",
            program->operands != NULL ? program->operands : "");
    for (size_t i = 0; i < program->option_count; i++) {
        const struct option_row *row = &program->options[i];
        int width =
            fprintf(out, "  -%c %s", row->letter, row->argument != NULL ? row->argument : "");
        fprintf(out, "%*s  %s\n", width < HELP_COLUMN ? HELP_COLUMN - width : 0, "", row->help);
    }
}

static _Noreturn void wrong_usage(const struct program *program)
{
    options_usage(program, stderr);
    exit(2);
}

/* For what was asked for on stdout: a full disk is an error there, too. */
static _Noreturn void exit_after_output(void)
{
    exit(fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1);
}

static _Noreturn void complain(const struct program *program, const char *what, int letter)
{
    if (isprint(letter))
        fprintf(stderr, "%s: option -%c %s\n", program->name, letter, what);
    else
        fprintf(stderr, "%s: option \\x%02X %s\n", program->name, (unsigned char)letter, what);
    wrong_usage(program);
}

static void handle(const struct program *program, int letter, option_handler *handler,
                   void *context)
{
    switch (letter) {
    case 'h':
        options_usage(program, stdout);
        exit_after_output();
    case 'V':
        printf("%s %s\n", program->name, PACKAGE_VERSION);
        exit_after_output();
    case ':':
        complain(program, "needs an argument", optopt);
    case '?':
        complain(program, "is unknown", optopt);
    default:
        if (!handler((char)letter, optarg, context))
            wrong_usage(program);
    }
}

int options_parse(const struct program *program, int argc, char **argv, option_handler *handler,
                  void *context)
{
    char letters[2 * MAX_OPTIONS + 2];
    int letter;
    getopt_string(program, letters);
    opterr = 0;
    optind = 0; /* glibc: start afresh, also after an earlier call */
    while ((letter = getopt(argc, argv, letters)) != -1)
        handle(program, letter, handler, context);
    if (program->operands == NULL && optind < argc) {
        fprintf(stderr, "%s: takes no operands\n", program->name);
        wrong_usage(program);
    }
    return optind;
}
