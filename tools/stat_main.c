/* ocpp-stat: counters and connections in a terminal, once or as a live screen */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "tools/stat_print.h"
#include "tools/terminal.h"

/* Terminal control (ECMA-48; the alternate screen is xterm's, and everybody's since) */
#define SCREEN_BEGIN "\033[?1049h\033[?25l"
#define SCREEN_END   "\033[?25h\033[?1049l"
#define SCREEN_HOME  "\033[H"
#define LINE_END     "\033[K\n"
#define SCREEN_REST  "\033[J"

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static struct segment_reader *open_reader(const struct config *config)
{
    char error[512];
    struct segment_reader *reader =
        segment_reader_open(config->shm_dir, config->shm_instance, -1, error, sizeof error);

    if (reader == NULL)
        fprintf(stderr, "%s: %s\n", stat_program.name, error);
    return reader;
}

static void print(FILE *out, const struct stat_sample *sample, const struct stat_sample *earlier,
                  const struct stat_options *options)
{
    if (options->json)
        stat_print_json(out, sample, options);
    else if (options->counters)
        stat_print_counters(out, sample);
    else
        stat_print(out, sample, earlier, options);
}

/* The screen is made elsewhere first, cut to its size, and then written at once: it does not
 * flicker. */
static void show_screen(const char *text)
{
    unsigned width = terminal_width(STDOUT_FILENO), height = terminal_height(STDOUT_FILENO);

    fputs(SCREEN_HOME, stdout);
    for (unsigned row = 0; row + 1 < height && *text != '\0'; row++) {
        size_t length = strcspn(text, "\n");
        fwrite(text, 1, terminal_cut(text, length, width), stdout);
        fputs(LINE_END, stdout);
        text += length + (text[length] == '\n');
    }
    fputs(SCREEN_REST, stdout);
}

static bool show(const struct stat_sample *sample, const struct stat_sample *earlier,
                 const struct stat_options *options, bool screen)
{
    char *text = NULL;
    size_t size = 0;

    if (!screen) {
        print(stdout, sample, earlier, options);
        return fflush(stdout) == 0;
    }
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return false;
    print(out, sample, earlier, options);
    if (fclose(out) == 0)
        show_screen(text);
    free(text);
    return fflush(stdout) == 0;
}

static void wait_seconds(double seconds)
{
    struct timespec wait = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

    nanosleep(&wait, NULL); /* a signal ends it */
}

/* A gateway that is started again may have made a new segment. */
static bool reopen(struct segment_reader **reader, const struct config *config)
{
    char error[512];
    struct segment_reader *opened =
        segment_reader_open(config->shm_dir, config->shm_instance, -1, error, sizeof error);

    if (opened == NULL)
        return false;
    segment_reader_close(*reader);
    *reader = opened;
    return true;
}

static bool run_live(struct segment_reader **reader, const struct config *config,
                     const struct stat_options *options)
{
    static struct stat_sample samples[2];
    struct sigaction action = {.sa_handler = on_signal};
    bool screen = !options->json && isatty(STDOUT_FILENO), well = true;
    unsigned turn = 0;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (screen)
        fputs(SCREEN_BEGIN, stdout);
    while (well && !stopped) {
        struct stat_sample *now = &samples[turn % 2], *earlier = &samples[(turn + 1) % 2];
        well = stat_sample_take(now, *reader, options) &&
               show(now, turn > 0 ? earlier : NULL, options, screen);
        if (now->health == SEGMENT_REPLACED)
            reopen(reader, config);
        turn++;
        if (well && !stopped)
            wait_seconds(options->interval);
    }
    if (screen) {
        fputs(SCREEN_END, stdout);
        fflush(stdout);
    }
    stat_sample_free(&samples[0]);
    stat_sample_free(&samples[1]);
    return well;
}

static bool run_once(struct segment_reader *reader, const struct stat_options *options)
{
    static struct stat_sample sample;
    bool well = stat_sample_take(&sample, reader, options) && show(&sample, NULL, options, false);

    stat_sample_free(&sample);
    return well;
}

int main(int argc, char **argv)
{
    struct stat_options options;
    struct config config;

    stat_options_parse(&options, argc, argv);
    log_open(stat_program.name, LOG_TO_STDERR, LOG_LEVEL_INFO);
    tool_config_load(&options.config, &config);
    struct segment_reader *reader = open_reader(&config);
    bool well = reader != NULL;
    if (well)
        well = options.live ? run_live(&reader, &config, &options) : run_once(reader, &options);
    segment_reader_close(reader);
    config_free(&config);
    return well ? 0 : 1;
}
