#include "boardd/sources/sources.h"

#include <stdio.h>
#include <string.h>

#include "boardd/sources/file_source.h"
#include "boardd/sources/own_events.h"
#include "common/log.h"
#include "common/timestamp.h"

static bool open_file(const struct config *config, struct source **sources, unsigned *count,
                      char *error, size_t error_size)
{
    struct file_source_options options = {
        .path = config->board_source + strlen("file:"),
        .memory = config->board_source_memory,
        .stations = (uint32_t)config->shm_stations,
        .window_ns = config->board_telemetry_interval * NS_PER_MS,
    };
    char reason[256];
    sources[0] = file_source_new(&options, reason, sizeof(reason));
    if (sources[0] == NULL) {
        snprintf(error, error_size, "board.source: %s", reason);
        return false;
    }
    *count = 1;
    return true;
}

/* One segment per instance, in the order of the configuration. */
static void open_segments(const struct config *config, struct source **sources, unsigned *count)
{
    const char *names =
        *config->board_instances != '\0' ? config->board_instances : config->shm_instance;
    while (*names != '\0' && *count < SOURCES_MAX) {
        char name[SOURCE_NAME_SIZE];
        names += strspn(names, ", \t");
        size_t span = strcspn(names, ", \t");
        snprintf(name, sizeof(name), "%.*s", (int)span, names);
        names += span;
        if (strcmp(name, OWN_EVENTS_NAME) == 0) {
            log_warnx("config", "a gateway named " OWN_EVENTS_NAME
                                " is not shown: the name stands for the dashboard");
            continue;
        }
        if (span > 0 && (sources[*count] = segment_source_new(config->shm_dir, name)) != NULL)
            (*count)++;
    }
}

bool sources_open(const struct config *config, struct source **sources, unsigned *count,
                  char *error, size_t error_size)
{
    *count = 0;
    if (strncmp(config->board_source, "file:", 5) == 0)
        return open_file(config, sources, count, error, error_size);
    if (strcmp(config->board_source, "shm") != 0)
        return true; /* the gateways of a store are found later */
    open_segments(config, sources, count);
    return true;
}
