#include "boardd/sandbox/confine.h"

#include <config.h>
#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boardd/sandbox/sandbox.h"
#include "common/config.h"
#include "common/host_lookup.h"
#include "common/log.h"
#include "common/redis_url.h"

/* A directory that holds much besides our files: there the file alone may be read, so that one that
 * is put in its place takes a restart. */
static bool is_shared(const char *directory)
{
    static const char *const shared[] = {"/",        "/etc",     "/home",       "/opt", "/root",
                                         "/run",     "/srv",     "/tmp",        "/usr", "/var",
                                         "/var/tmp", "/dev/shm", "/run/secrets"};
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
        if (strcmp(directory, shared[i]) == 0)
            return true;
    }
    return false;
}

static void allow_around(struct sandbox_rules *rules, const char *path, unsigned rights)
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof(copy), "%s", path);
    const char *directory = dirname(copy);
    sandbox_allow(rules, is_shared(directory) && rights == SANDBOX_READ ? path : directory, rights);
}

/* A file that is read again on SIGHUP may then be another one of that name, also where the name is
 * a symbolic link. */
static void allow_file(struct sandbox_rules *rules, const char *path)
{
    char real[PATH_MAX];
    if (*path == '\0')
        return;
    allow_around(rules, path, SANDBOX_READ);
    if (realpath(path, real) != NULL)
        allow_around(rules, real, SANDBOX_READ);
}

static bool names_a_file(const struct config_row *row)
{
    size_t length = strlen(row->name);
    bool is_file = length > 5 && strcmp(row->name + length - 5, "_file") == 0;
    bool is_accounts = strcmp(row->name, "users") == 0 || strcmp(row->name, "api_tokens") == 0;
    bool is_ours = strcmp(row->section, "board") == 0 || strcmp(row->section, "redis") == 0;
    return is_ours && row->type == CONFIG_TYPE_STRING && strcmp(row->name, "pid_file") != 0 &&
           (is_file || is_accounts || strncmp(row->name, "tls_", 4) == 0);
}

static void allow_configured_files(struct sandbox_rules *rules, const struct config *config)
{
    for (size_t i = 0; i < config_row_count; i++) {
        if (names_a_file(&config_rows[i]))
            allow_file(rules, *(char *const *)((const char *)config + config_rows[i].offset));
    }
}

/* Where events come from, when not from segments. */
static void allow_source(struct sandbox_rules *rules, const char *source)
{
    static const char *const resolver[] = {"/etc/hosts",       "/etc/host.conf",
                                           "/etc/resolv.conf", "/etc/nsswitch.conf",
                                           "/etc/gai.conf",    "/run/systemd/resolve"};
    struct redis_url url;
    if (strncmp(source, "file:", 5) == 0)
        allow_file(rules, source + 5);
    if (!redis_url_parse(source, &url))
        return;
    rules->internet = true;
    rules->connect_port = url.port;
    if (host_is_address(url.host))
        return;
    for (size_t i = 0; i < sizeof(resolver) / sizeof(resolver[0]); i++)
        sandbox_allow(rules, resolver[i], SANDBOX_READ);
}

static void make_rules(struct sandbox_rules *rules, const struct config *config)
{
    sandbox_allow(rules, *config->board_webui != '\0' ? config->board_webui : PKGDATADIR "/webui",
                  SANDBOX_READ);
    sandbox_allow(rules, config->shm_dir, SANDBOX_READ); /* segments of gateways that start again */
    sandbox_allow(rules,
                  *config->board_state_dir != '\0' ? config->board_state_dir : config->shm_dir,
                  SANDBOX_READ | SANDBOX_CHANGE);
    if (*config->board_pid_file != '\0')
        allow_around(rules, config->board_pid_file, SANDBOX_REMOVE);
    if (*config->board_statsd != '\0')
        allow_around(rules, config->board_statsd, SANDBOX_REMOVE);
    allow_configured_files(rules, config);
    allow_source(rules, config->board_source);
    sandbox_allow(rules, "/proc", SANDBOX_READ); /* what we and the gateways use */
    sandbox_allow(rules, "/dev/null", SANDBOX_READ | SANDBOX_CHANGE);
    sandbox_allow(rules, "/etc/localtime", SANDBOX_READ);
}

static bool has_other_threads(void)
{
    unsigned count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *entry; tasks != NULL && (entry = readdir(tasks)) != NULL;)
        count += entry->d_name[0] != '.';
    if (tasks != NULL)
        closedir(tasks);
    return count > 1;
}

static void log_level_in_force(struct sandbox_level level)
{
    char files[64] = "no limits on files (no Landlock)";
    if (level.landlock_abi > 0)
        snprintf(files, sizeof(files), "files%s limited (Landlock %d)",
                 level.landlock_abi >= 4 ? " and connections" : "", level.landlock_abi);
    if (level.landlock_abi == 0 && !level.seccomp)
        log_warnx("sandbox", "none: neither Landlock nor seccomp is available here");
    else
        log_info("sandbox", "%s; %s", files,
                 level.seccomp ? "system calls limited (seccomp)"
                               : "no limits on system calls (no seccomp)");
}

bool confine_board(const struct config *config, char *error, size_t error_size)
{
    bool required = config->board_sandbox == SANDBOX_REQUIRE;
    struct sandbox_level level = sandbox_available();
    if (config->board_sandbox == SANDBOX_OFF) {
        log_info("sandbox", "off (board.sandbox)");
        return true;
    }
    struct sandbox_rules *rules = calloc(1, sizeof(*rules));
    snprintf(error, error_size, "board.sandbox = require: Landlock %s, seccomp %s",
             level.landlock_abi > 0 ? "is there" : "is missing",
             level.seccomp ? "is there" : "is missing");
    if (rules == NULL || (required && (level.landlock_abi == 0 || !level.seccomp))) {
        free(rules);
        return false;
    }
    if (level.landlock_abi > 0 && has_other_threads())
        log_warnx("sandbox", "a thread began too early: Landlock does not bind it");
    make_rules(rules, config);
    level = sandbox_enter(rules);
    free(rules);
    log_level_in_force(level);
    snprintf(error, error_size, "board.sandbox = require: it could not be put in force");
    return !required || (level.landlock_abi > 0 && level.seccomp);
}
