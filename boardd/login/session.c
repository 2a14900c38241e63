#include "boardd/login/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"

#define STATE_HEADING "ocpp-boardd sessions 2"
#define BOOT_ID_SIZE  40

struct sessions {
    struct sessions_options options;
    char *state_path;
    uint64_t last_number;
    bool changed;
    struct session *slots; /* options.max_count */
};

/* Monotonic time means nothing after a reboot. */
static void read_boot_id(char out[BOOT_ID_SIZE])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file == NULL || fgets(out, BOOT_ID_SIZE, file) == NULL)
        snprintf(out, BOOT_ID_SIZE, "unknown");
    if (file != NULL)
        fclose(file);
    out[strcspn(out, "\n")] = '\0';
}

uint64_t sessions_expiry_ms(const struct sessions *sessions, const struct session *session)
{
    uint64_t idle = session->seen_ms + sessions->options.idle_ms;
    uint64_t absolute = session->begun_ms + sessions->options.max_ms;
    return idle < absolute ? idle : absolute;
}

static bool stands(const struct sessions *sessions, const struct session *session, uint64_t now_ms)
{
    return session->number != 0 && now_ms < sessions_expiry_ms(sessions, session);
}

static void clear(struct sessions *sessions, struct session *session)
{
    memset(session, 0, sizeof(*session));
    sessions->changed = true;
}

static struct session *free_slot(struct sessions *sessions, uint64_t now_ms)
{
    struct session *oldest = &sessions->slots[0];
    for (size_t i = 0; i < sessions->options.max_count; i++) {
        struct session *slot = &sessions->slots[i];
        if (!stands(sessions, slot, now_ms))
            return slot;
        if (slot->seen_ms < oldest->seen_ms)
            oldest = slot;
    }
    return oldest;
}

const struct session *sessions_begin(struct sessions *sessions, const char *name, enum role role,
                                     uint64_t account, uint64_t now_ms, char id[SESSION_ID_SIZE])
{
    struct session *session = free_slot(sessions, now_ms);
    clear(sessions, session);
    digest_random_hex(id);
    digest_sha256(id, strlen(id), session->id_digest);
    session->number = ++sessions->last_number;
    session->role = role;
    session->account = account;
    session->begun_ms = session->seen_ms = now_ms;
    snprintf(session->name, sizeof(session->name), "%s", name);
    return session;
}

const struct session *sessions_find(struct sessions *sessions, const char *id, uint64_t now_ms)
{
    unsigned char digest[DIGEST_SIZE];
    if (strlen(id) != DIGEST_HEX)
        return NULL;
    digest_sha256(id, DIGEST_HEX, digest);
    for (size_t i = 0; i < sessions->options.max_count; i++) {
        struct session *session = &sessions->slots[i];
        if (session->number == 0 || memcmp(session->id_digest, digest, DIGEST_SIZE) != 0)
            continue;
        if (!stands(sessions, session, now_ms)) {
            clear(sessions, session);
            return NULL;
        }
        session->seen_ms = now_ms;
        sessions->changed = true;
        return session;
    }
    return NULL;
}

static struct session *by_number(const struct sessions *sessions, uint64_t number)
{
    for (size_t i = 0; i < sessions->options.max_count && number != 0; i++) {
        if (sessions->slots[i].number == number)
            return &sessions->slots[i];
    }
    return NULL;
}

void sessions_end(struct sessions *sessions, uint64_t number)
{
    struct session *session = by_number(sessions, number);
    if (session != NULL)
        clear(sessions, session);
}

void sessions_use(struct sessions *sessions, uint64_t number, uint64_t now_ms)
{
    struct session *session = by_number(sessions, number);
    if (session == NULL || !stands(sessions, session, now_ms))
        return;
    session->seen_ms = now_ms;
    sessions->changed = true;
}

size_t sessions_end_unless(struct sessions *sessions,
                           bool (*stays)(const struct session *session, void *context),
                           void *context)
{
    size_t count = 0;
    for (size_t i = 0; i < sessions->options.max_count; i++) {
        if (sessions->slots[i].number == 0 || stays(&sessions->slots[i], context))
            continue;
        clear(sessions, &sessions->slots[i]);
        count++;
    }
    return count;
}

static bool is_somebody_else(const struct session *session, void *context)
{
    return strcmp(session->name, context) != 0;
}

size_t sessions_end_user(struct sessions *sessions, const char *name)
{
    char copy[SESSION_NAME_SIZE];
    snprintf(copy, sizeof(copy), "%s", name); /* it may be a session's own */
    return sessions_end_unless(sessions, is_somebody_else, copy);
}

bool sessions_stands(const struct sessions *sessions, uint64_t number, uint64_t now_ms)
{
    const struct session *session = by_number(sessions, number);
    return session != NULL && stands(sessions, session, now_ms);
}

size_t sessions_count(const struct sessions *sessions, uint64_t now_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < sessions->options.max_count; i++)
        count += stands(sessions, &sessions->slots[i], now_ms);
    return count;
}

void session_csrf_token(const char *id, char out[DIGEST_HEX + 1])
{
    char text[SESSION_ID_SIZE + 8];
    unsigned char digest[DIGEST_SIZE];
    int length = snprintf(text, sizeof(text), "csrf:%s", id);
    digest_sha256(text, length > 0 ? strnlen(text, sizeof(text)) : 0, digest);
    digest_hex(digest, DIGEST_SIZE, out);
}

static void write_sessions(const struct sessions *sessions, FILE *file)
{
    char boot_id[BOOT_ID_SIZE];
    read_boot_id(boot_id);
    fprintf(file, "%s %s\n", STATE_HEADING, boot_id);
    for (size_t i = 0; i < sessions->options.max_count; i++) {
        const struct session *session = &sessions->slots[i];
        char digest[DIGEST_HEX + 1];
        if (session->number == 0)
            continue;
        digest_hex(session->id_digest, DIGEST_SIZE, digest);
        fprintf(file, "%s %s %" PRIx64 " %" PRIu64 " %" PRIu64 " %s\n", digest,
                role_name(session->role), session->account, session->begun_ms, session->seen_ms,
                session->name);
    }
}

bool sessions_save(struct sessions *sessions)
{
    char temporary[4096];
    if (!sessions->changed || *sessions->state_path == '\0')
        return true;
    int length = snprintf(temporary, sizeof(temporary), "%s.new", sessions->state_path);
    if (length < 0 || (size_t)length >= sizeof(temporary))
        return false;
    unlink(temporary);
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (file == NULL) {
        log_warn("session", "cannot write %s", temporary);
        if (descriptor >= 0)
            close(descriptor);
        return false;
    }
    write_sessions(sessions, file);
    bool good = fflush(file) == 0 && ferror(file) == 0;
    good = fclose(file) == 0 && good;
    if (!good || rename(temporary, sessions->state_path) != 0) {
        log_warn("session", "cannot write %s", sessions->state_path);
        unlink(temporary);
        return false;
    }
    sessions->changed = false;
    return true;
}

static void read_session(struct sessions *sessions, const char *line, uint64_t now_ms)
{
    char digest[DIGEST_HEX + 1], role[16];
    struct session session = {0};
    int name_at = 0;
    if (sscanf(line, "%64s %15s %" SCNx64 " %" SCNu64 " %" SCNu64 " %n", digest, role,
               &session.account, &session.begun_ms, &session.seen_ms, &name_at) < 5 ||
        name_at == 0 || !digest_from_hex(digest, session.id_digest))
        return;
    if (!role_parse(role, &session.role) || session.begun_ms > session.seen_ms ||
        session.seen_ms > now_ms)
        return;
    session.number = ++sessions->last_number;
    snprintf(session.name, sizeof(session.name), "%s", line + name_at);
    if (stands(sessions, &session, now_ms))
        *free_slot(sessions, now_ms) = session;
}

/* Somebody else's file must not make sessions. */
static bool is_ours(FILE *file)
{
    struct stat status;
    return fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_uid == geteuid() && (status.st_mode & 077) == 0;
}

static void read_state(struct sessions *sessions, uint64_t now_ms)
{
    char line[512], heading[512], boot_id[BOOT_ID_SIZE];
    int descriptor = open(sessions->state_path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "r") : NULL;
    if (file == NULL) {
        if (descriptor >= 0)
            close(descriptor);
        return;
    }
    read_boot_id(boot_id);
    snprintf(heading, sizeof(heading), "%s %s\n", STATE_HEADING, boot_id);
    if (!is_ours(file))
        log_warnx("session", "%s: not ours alone, ignored", sessions->state_path);
    else if (fgets(line, sizeof(line), file) != NULL && strcmp(line, heading) == 0) {
        while (fgets(line, sizeof(line), file) != NULL) {
            line[strcspn(line, "\n")] = '\0';
            read_session(sessions, line, now_ms);
        }
    }
    fclose(file);
}

struct sessions *sessions_new(const struct sessions_options *options, uint64_t now_ms)
{
    struct sessions *sessions = calloc(1, sizeof(*sessions));
    if (sessions == NULL)
        return NULL;
    sessions->options = *options;
    if (sessions->options.max_count == 0)
        sessions->options.max_count = 1;
    sessions->slots = calloc(sessions->options.max_count, sizeof(*sessions->slots));
    sessions->state_path = strdup(options->state_path);
    if (sessions->slots == NULL || sessions->state_path == NULL) {
        sessions_free(sessions);
        return NULL;
    }
    if (*sessions->state_path != '\0')
        read_state(sessions, now_ms);
    return sessions;
}

void sessions_free(struct sessions *sessions)
{
    if (sessions == NULL)
        return;
    free(sessions->slots);
    free(sessions->state_path);
    free(sessions);
}
