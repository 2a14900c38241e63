#include "tools/sim_options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row rows[] = {
    {'n', "stations", "Number of stations (default: as many as the password file lists, else 10)"},
    {'u', "url",
     "Where stations connect to, such as ws://127.0.0.1:9220/ocpp or wss://... (default: what the "
     "configuration says)"},
    {'C', "file",
     "For wss: CA certificates that the gateway's must come from (default: the system's)"},
    {'E', "file", "For wss: certificate that all stations show (security profile 3)"},
    {'K', "file", "Its key, mode 0600"},
    {'p', "mix",
     "OCPP versions and their shares, or one version alone (default: "
     "1.6:50,2.0.1:30,2.1:20)"},
    {'i', "prefix", "What identities begin with (default: CP-, which gives CP-0001, CP-0002 ...)"},
    {'P', "file", "Passwords: lines of identity:password; the stations are those of the file"},
    {'w', "percent", "Share of connections that are tried with a wrong password (default: 0)"},
    {'r', "rate", "How much faster than real time the stations live (default: 1)"},
    {'d', "duration",
     "End after this long, such as 90s, 5m or 12h (default: at a signal); with -m "
     "it counts from the first of these messages"},
    {'R', "duration", "Spread the connections over this long; 0s connects all at once"},
    {'e', "incidents",
     "Faults, disconnects, updates and the like, for each station in an hour of "
     "its time (default: 0.5)"},
    {'m', "messages",
     "Instead of days, send this many MeterValues a second over all stations, at "
     "fixed times"},
    {'T', "duration", "Time for the answer to a CALL (default: 30s)"},
    {'s', "seed",
     "Seed of all that is random (default: 1); the same seed gives the same stations "
     "and plans"},
    {'z', NULL, "Compress messages (permessage-deflate)"},
    {'j', NULL, "Print the summary as JSON on standard output"},
    {'q', NULL, "Print no lines of progress"},
    OPTION_ROWS_COMMON,
};

const struct program sim_program = {
    .name = "ocpp-sim",
    .purpose = "simulate a fleet of charging stations",
    .operands = NULL,
    .options = rows,
    .option_count = sizeof rows / sizeof rows[0],
};

static bool parse_number(const char *text, double low, double high, double *out)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(value) || value < low || value > high)
        return false;
    *out = value;
    return true;
}

static bool parse_whole(const char *text, unsigned long long low, unsigned long long high,
                        unsigned long long *out)
{
    char *end;

    if (*text < '0' || *text > '9')
        return false;
    *out = strtoull(text, &end, 10);
    return *end == '\0' && *out >= low && *out <= high;
}

bool sim_parse_duration(const char *text, double *seconds)
{
    static const struct {
        const char *suffix;
        double factor;
    } units[] = {{"", 1}, {"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    char *end;
    double value = strtod(text, &end);

    if (end == text || !isfinite(value) || value < 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].suffix) == 0) {
            *seconds = value * units[i].factor;
            return *seconds <= 1e8;
        }
    }
    return false;
}

static enum ocpp_version version_named(const char *text, size_t length)
{
    for (unsigned version = OCPP_16; version <= OCPP_21; version++) {
        static const char *const names[] = {"", "1.6", "2.0.1", "2.1"};

        if (strlen(names[version]) == length && memcmp(names[version], text, length) == 0)
            return (enum ocpp_version)version;
    }
    return OCPP_UNKNOWN;
}

bool sim_parse_mix(const char *text, struct sim_mix *mix)
{
    unsigned total = 0;

    memset(mix, 0, sizeof *mix);
    for (;;) {
        size_t name = strcspn(text, ":,");
        enum ocpp_version version = version_named(text, name);
        unsigned weight = 1;

        if (version == OCPP_UNKNOWN)
            return false;
        text += name;
        if (*text == ':') {
            char *end;
            unsigned long value = strtoul(text + 1, &end, 10);
            if (end == text + 1 || text[1] < '0' || text[1] > '9' || value > 1000000)
                return false;
            weight = (unsigned)value;
            text = end;
        }
        mix->weight[version] += weight;
        total += weight;
        if (*text == '\0')
            return total > 0;
        if (*text++ != ',')
            return false;
    }
}

static bool set_fleet(struct sim_options *options, char letter, const char *argument)
{
    unsigned long long whole = 0;
    bool fine = true;

    switch (letter) {
    case 'n':
        fine = parse_whole(argument, 1, 1000000, &whole);
        options->stations = (unsigned)whole;
        break;
    case 'u':
        options->url = argument;
        break;
    case 'C':
        options->ca = argument;
        break;
    case 'E':
        options->certificate = argument;
        break;
    case 'K':
        options->key = argument;
        break;
    case 'p':
        fine = sim_parse_mix(argument, &options->mix);
        break;
    case 'i':
        options->prefix = argument;
        fine = strlen(argument) <= 40;
        break;
    case 'P':
        options->password_file = argument;
        break;
    default:
        fine = parse_whole(argument, 0, UINT64_MAX, &whole);
        options->seed = whole;
        break;
    }
    return fine;
}

static bool set_behaviour(struct sim_options *options, char letter, const char *argument)
{
    switch (letter) {
    case 'w':
        if (!parse_number(argument, 0, 100, &options->wrong_passwords))
            return false;
        options->wrong_passwords /= 100;
        return true;
    case 'r':
        return parse_number(argument, 0.001, 100000, &options->rate);
    case 'd':
        return sim_parse_duration(argument, &options->duration) && options->duration > 0;
    case 'R':
        return sim_parse_duration(argument, &options->ramp);
    case 'T':
        return sim_parse_duration(argument, &options->timeout) && options->timeout > 0;
    case 'e':
        return parse_number(argument, 0, 10000, &options->incidents);
    case 'm':
        return parse_number(argument, 0.001, 1000000, &options->load);
    case 'z':
        options->compress = true;
        return true;
    case 'j':
        options->json = true;
        return true;
    default:
        options->quiet = true;
        return true;
    }
}

static bool handle(char letter, const char *argument, void *context)
{
    struct sim_options *options = context;
    bool fine;

    if (strchr("cot", letter) != NULL)
        fine = command_line_option(letter, argument, &options->config);
    else if (strchr("nuCEKpiPs", letter) != NULL)
        fine = set_fleet(options, letter, argument);
    else
        fine = set_behaviour(options, letter, argument);
    if (!fine)
        fprintf(stderr, "%s: -%c: bad value \"%s\"\n", sim_program.name, letter, argument);
    return fine;
}

void sim_options_parse(struct sim_options *options, int argc, char **argv)
{
    memset(options, 0, sizeof *options);
    options->prefix = "CP-";
    options->ca = options->certificate = options->key = "";
    options->rate = 1;
    options->ramp = -1;
    options->timeout = 30;
    options->incidents = 0.5;
    options->seed = 1;
    sim_parse_mix("1.6:50,2.0.1:30,2.1:20", &options->mix);
    options_parse(&sim_program, argc, argv, handle, options);
}
