/*
 * Sessions of users. The id is 256 random bits and known to the browser alone: here, and in the
 * state file, is its SHA-256. Times are CLOCK_MONOTONIC milliseconds, so that a changed wall clock
 * ends nothing and prolongs nothing.
 */
#ifndef BOARDD_SESSION_H
#define BOARDD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "boardd/login/role.h"
#include "common/digest.h"

#define SESSION_ID_SIZE   (DIGEST_HEX + 1)
#define SESSION_NAME_SIZE 64

struct session {
    uint64_t number; /* never given again in this process; 0: free */
    enum role role;
    uint64_t account; /* what the login stood for, see login_account() */
    uint64_t begun_ms;
    uint64_t seen_ms;
    char name[SESSION_NAME_SIZE];
    unsigned char id_digest[DIGEST_SIZE];
};

struct sessions_options {
    uint64_t idle_ms;
    uint64_t max_ms;
    size_t max_count;
    const char *state_path; /* "" keeps nothing over a restart */
};

struct sessions;

struct sessions *sessions_new(const struct sessions_options *options, uint64_t now_ms);
void sessions_free(struct sessions *sessions);

/* A new session; where there are too many, the one that was seen longest ago ends. `id` is for the
 * cookie. */
const struct session *sessions_begin(struct sessions *sessions, const char *name, enum role role,
                                     uint64_t account, uint64_t now_ms, char id[SESSION_ID_SIZE]);
/* The session of that id, seen now; NULL when there is none or it has expired. */
const struct session *sessions_find(struct sessions *sessions, const char *id, uint64_t now_ms);
/* As if it had been asked for: an open event stream counts as use. */
void sessions_use(struct sessions *sessions, uint64_t number, uint64_t now_ms);
void sessions_end(struct sessions *sessions, uint64_t number);
/* All sessions of users of that name. Returns how many. */
size_t sessions_end_user(struct sessions *sessions, const char *name);
/* Ends those that `stays` says no to. Returns how many. */
size_t sessions_end_unless(struct sessions *sessions,
                           bool (*stays)(const struct session *session, void *context),
                           void *context);
/* Whether a session still stands; being asked is not being seen. */
bool sessions_stands(const struct sessions *sessions, uint64_t number, uint64_t now_ms);
/* When it ends if nothing more is heard of it. */
uint64_t sessions_expiry_ms(const struct sessions *sessions, const struct session *session);
size_t sessions_count(const struct sessions *sessions, uint64_t now_ms);

/* The value that a page sends as X-CSRF-Token: derived from the id, so that another site can't know
 * it. */
void session_csrf_token(const char *id, char out[DIGEST_HEX + 1]);

/*
 * Writes the state file (0600, a new file renamed over the old one) where something has changed.
 * Called after begin and end, every few seconds, and at the end. sessions_new reads it, and ignores
 * one of another boot or owner, or a broken one.
 */
bool sessions_save(struct sessions *sessions);

#endif
