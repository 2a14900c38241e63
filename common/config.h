/*
 * The configuration of all programs: one table (config_keys.def) gives each key its section, name,
 * type, range, default and help. From it come struct config, the checks, and the key list of
 * ocpp-board.conf(5).
 *
 * The file is INI, read with libinih. An unknown section or key is an error that names the nearest
 * known one. Every error names file and line (or the -o argument). All errors of a file are
 * reported, not only the first.
 */
#ifndef COMMON_CONFIG_H
#define COMMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Order as in config_keys.def's choices. */
enum config_accept_unknown { ACCEPT_UNKNOWN_AUTO, ACCEPT_UNKNOWN_YES, ACCEPT_UNKNOWN_NO };
enum config_duplicate { DUPLICATE_NEWEST, DUPLICATE_PROBE };
enum config_no_common_protocol { NO_COMMON_PROTOCOL_REFUSE, NO_COMMON_PROTOCOL_CLOSE };
enum config_board_auth {
    BOARD_AUTH_NONE,
    BOARD_AUTH_TOKEN,
    BOARD_AUTH_CREDENTIALS,
    BOARD_AUTH_CUSTOM
};
enum config_board_sandbox { SANDBOX_AUTO, SANDBOX_OFF, SANDBOX_REQUIRE };
enum config_log_level { CONFIG_LOG_ERROR, CONFIG_LOG_WARNING, CONFIG_LOG_INFO, CONFIG_LOG_DEBUG };

enum config_type {
    CONFIG_TYPE_STRING,   /* char *, never NULL; "" is unset */
    CONFIG_TYPE_SIZE,     /* uint64_t bytes; "64K", "32M", "1G" */
    CONFIG_TYPE_COUNT,    /* uint64_t */
    CONFIG_TYPE_DURATION, /* uint64_t milliseconds; "500ms", "30s", "5m", "12h"; "30" is 30 s */
    CONFIG_TYPE_BOOL,     /* bool; yes/no, true/false, on/off, 1/0 */
    CONFIG_TYPE_LIST, /* char *, as STRING; elements are separated by commas. In a file the key may
                       * be repeated, the elements add up */
    CONFIG_TYPE_CHOICE, /* unsigned, index into the choices */
};

struct config {
#define CONFIG_STRING(section, name, fallback, help)             char *section##_##name;
#define CONFIG_SIZE(section, name, fallback, min, max, help)     uint64_t section##_##name;
#define CONFIG_COUNT(section, name, fallback, min, max, help)    uint64_t section##_##name;
#define CONFIG_DURATION(section, name, fallback, min, max, help) uint64_t section##_##name;
#define CONFIG_BOOL(section, name, fallback, help)               bool section##_##name;
#define CONFIG_CHOICE(section, name, fallback, choices, help)    unsigned section##_##name;
#include "common/config_keys.def"
};

struct config_row {
    const char *section;
    const char *name;
    enum config_type type;
    const char *fallback; /* the default as a user would write it */
    uint64_t min, max;    /* SIZE, COUNT, DURATION */
    const char *choices;  /* CHOICE: "a|b|c" */
    const char *help;     /* one or two sentences, no final full stop */
    size_t offset;        /* into struct config */
};

extern const struct config_row config_rows[];
extern const size_t config_row_count;

/* Receives one complete line of text per error, no newline. */
typedef void config_complaint(const char *text, void *context);

void config_init(struct config *config); /* all defaults; strings are heap copies */
void config_free(struct config *config);

/*
 * Reads `path` over what is there. Returns the number of errors, each given to `complain`; a file
 * that can't be opened is one, unless `optional` and it doesn't exist. On errors `config` holds a
 * mixture: throw it away.
 */
unsigned config_read_file(struct config *config, const char *path, bool optional,
                          config_complaint *complain, void *context);
/* `assignment` is "section.key=value". Returns the number of errors (0 or 1). */
unsigned config_set(struct config *config, const char *assignment, config_complaint *complain,
                    void *context);

/* Cross-key checks (sizes that fit each other, insecure combinations). Returns the number of
 * errors. */
unsigned config_check(const struct config *config, config_complaint *complain, void *context);

/* Where stations connect plainly; "" where the security profile has them all use TLS. */
const char *config_plain_listen(const struct config *config);
/* "address:port" or "[v6]:port" into the parts; false when it is neither. `address` may be empty:
 * any address. */
bool config_split_listen(const char *listen, char *address, size_t address_size, uint16_t *port);
/* True for 127.0.0.0/8, ::1 and "localhost". */
bool config_is_loopback(const char *address);

/*
 * Reads a secret from a file: first line, without the newline. Refuses (false, with a reason in
 * `error`) a file that group or others can read, that belongs to somebody else than us or root,
 * that is empty or longer than `size` - 1.
 */
bool config_read_secret(const char *path, char *out, size_t size, char *error, size_t error_size);
/* Why an open file is not fit to hold a secret by those rules ("belongs to another user"); NULL
 * when it is. */
const char *config_unfit_secret(int file);
/* Opens such a file for reading; NULL, with a reason, when it is not fit to hold a secret. */
FILE *config_open_secret(const char *path, char *error, size_t error_size);

#endif
