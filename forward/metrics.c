#include "forward/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "ocpp_forward_"

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name, help, name, type);
}

static void per_collection(FILE *out, const char *name, const struct feed_numbers *numbers,
                           unsigned count, size_t offset)
{
    for (unsigned i = 0; i < count; i++) {
        const uint64_t *values =
            (const uint64_t *)(const void *)((const char *)&numbers[i] + offset);
        for (int c = 0; c < COLLECTION_COUNT; c++)
            fprintf(out, PREFIX "%s{gateway=\"%s\",collection=\"%s\"} %" PRIu64 "\n", name,
                    numbers[i].instance, collection_label((enum collection)c), values[c]);
    }
}

static void per_gateway(FILE *out, const char *name, const struct feed_numbers *numbers,
                        unsigned count, size_t offset)
{
    for (unsigned i = 0; i < count; i++) {
        const uint64_t *value =
            (const uint64_t *)(const void *)((const char *)&numbers[i] + offset);
        fprintf(out, PREFIX "%s{gateway=\"%s\"} %" PRIu64 "\n", name, numbers[i].instance, *value);
    }
}

#define COLLECTIONS(field, name, help)                                                             \
    head(out, name, "counter", help);                                                              \
    per_collection(out, name, numbers, count, offsetof(struct feed_numbers, field))
#define GATEWAYS(field, type, name, help)                                                          \
    head(out, name, type, help);                                                                   \
    per_gateway(out, name, numbers, count, offsetof(struct feed_numbers, field))

void metrics_print(FILE *out, const struct feed_numbers *numbers, unsigned count)
{
    COLLECTIONS(events, "events_total", "Events written to the store");
    COLLECTIONS(lost, "lost_total", "Events that were overwritten before they could be written");
    GATEWAYS(behind, "gauge", "waiting", "Events that wait in the segment");
    GATEWAYS(batches, "counter", "batches_total", "Transactions that went through");
    GATEWAYS(already, "counter", "already_total", "Events that the store had already");
    GATEWAYS(refused, "counter", "refusals_total", "Times that the store refused to write");
    GATEWAYS(connects, "counter", "connects_total", "Connections to the store");
    GATEWAYS(commands, "counter", "commands_total", "Commands that were carried out");
    head(out, "writing", "gauge", "1 while the store takes what is written");
    for (unsigned i = 0; i < count; i++)
        fprintf(out, PREFIX "writing{gateway=\"%s\"} %d\n", numbers[i].instance,
                numbers[i].writing);
    head(out, "memory_bytes", "gauge", "Resident memory");
    fprintf(out, PREFIX "memory_bytes %" PRIu64 "\n", metrics_memory());
}

static bool complain(char *error, size_t size, const char *path)
{
    snprintf(error, size, "%s: %s", path, strerror(errno));
    return false;
}

bool metrics_write(const char *path, struct feed *const *feeds, unsigned count, char *error,
                   size_t error_size)
{
    char fresh[4096];
    snprintf(fresh, sizeof(fresh), "%.*s.new", (int)sizeof(fresh) - 8, path);
    struct feed_numbers *numbers = calloc(count, sizeof(*numbers));
    FILE *out = numbers != NULL ? fopen(fresh, "we") : NULL;
    if (out == NULL) {
        free(numbers);
        return complain(error, error_size, fresh);
    }
    for (unsigned i = 0; i < count; i++)
        feed_numbers(feeds[i], &numbers[i]);
    metrics_print(out, numbers, count);
    free(numbers);
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    return !failed && rename(fresh, path) == 0 ? true : complain(error, error_size, path);
}

uint64_t metrics_memory(void)
{
    uint64_t resident = 0, shared = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %" SCNu64 " %" SCNu64, &resident, &shared) != 2 || shared > resident)
        resident = shared = 0;
    fclose(file);
    return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}
