#include "gateway/control_peer.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG    16
#define MAX_GROUPS 256

static bool complain(char *error, size_t error_size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool complain(char *error, size_t error_size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error, error_size, format, args);
    va_end(args);
    return false;
}

/* ---- the file ---- */

/* Makes room for ours: takes away what nobody listens on. */
static bool remove_stale(const char *path, char *error, size_t error_size)
{
    struct stat status;
    if (lstat(path, &status) != 0)
        return errno == ENOENT ||
               complain(error, error_size, "gateway.control: %s: %s", path, strerror(errno));
    if (!S_ISSOCK(status.st_mode))
        return complain(error, error_size,
                        "gateway.control: %s is no socket: remove it or set another path", path);
    int living = control_connect(path);
    if (living >= 0)
        close(living);
    if (living >= 0 || errno == EAGAIN)
        return complain(
            error, error_size,
            "gateway.control: another program listens on %s: stop it or set another path", path);
    if (errno != ECONNREFUSED)
        return complain(error, error_size, "gateway.control: %s: %s", path, strerror(errno));
    return unlink(path) == 0 || errno == ENOENT ||
           complain(error, error_size, "gateway.control: can't remove the old %s: %s", path,
                    strerror(errno));
}

static bool note_file(struct control_file *file)
{
    struct stat status;
    if (lstat(file->path, &status) != 0)
        return false;
    file->device = status.st_dev;
    file->inode = status.st_ino;
    file->group = status.st_gid;
    return true;
}

/* Nobody but its owner may connect until the group is right: the mode of the descriptor is that of
 * the file to be. */
static bool bind_file(struct control_file *file, char *error, size_t error_size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", file->path);
    file->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file->descriptor < 0 || fchmod(file->descriptor, 0600) != 0 ||
        bind(file->descriptor, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        !note_file(file))
        return complain(error, error_size, "gateway.control: %s: %s", file->path, strerror(errno));
    return true;
}

static bool give_to_group(struct control_file *file, const char *name, char *error,
                          size_t error_size)
{
    if (name[0] != '\0') {
        const struct group *group = getgrnam(name);
        if (group == NULL)
            return complain(error, error_size, "shm.group: there is no group \"%s\"", name);
        if (chown(file->path, (uid_t)-1, group->gr_gid) != 0)
            return complain(
                error, error_size,
                "can't give %s to shm.group %s: %s; the gateway's user must be a member",
                file->path, name, strerror(errno));
    }
    if (chmod(file->path, 0660) != 0 || !note_file(file))
        return complain(error, error_size, "gateway.control: %s: %s", file->path, strerror(errno));
    return true;
}

bool control_file_open(struct control_file *file, const struct config *config, char *error,
                       size_t error_size)
{
    *file = (struct control_file){.descriptor = -1};
    if (!control_path(config, config->shm_instance, file->path))
        return complain(error, error_size, "gateway.control: the socket's path is too long");
    if (!remove_stale(file->path, error, error_size))
        return false;
    if (bind_file(file, error, error_size) &&
        give_to_group(file, config->shm_group, error, error_size)) {
        if (listen(file->descriptor, BACKLOG) == 0)
            return true;
        complain(error, error_size, "gateway.control: %s: %s", file->path, strerror(errno));
    }
    control_file_close(file);
    return false;
}

void control_file_close(struct control_file *file)
{
    struct stat status;
    if (file->descriptor < 0)
        return;
    close(file->descriptor);
    file->descriptor = -1;
    if (file->inode != 0 && lstat(file->path, &status) == 0 && status.st_dev == file->device &&
        status.st_ino == file->inode)
        unlink(file->path);
}

/* ---- the users ---- */

static bool find_user(const char *name, uid_t *uid)
{
    char *end;
    const struct passwd *account = getpwnam(name);
    if (account != NULL) {
        *uid = account->pw_uid;
        return true;
    }
    errno = 0;
    unsigned long number = strtoul(name, &end, 10);
    *uid = (uid_t)number;
    return name[0] >= '0' && name[0] <= '9' && *end == '\0' && errno == 0 && number == *uid;
}

bool control_users_read(struct control_users *users, const struct config *config, char *error,
                        size_t error_size)
{
    const char *list = config->gateway_control_users;
    users->count = 0;
    while (*(list += strspn(list, ", ")) != '\0') {
        char name[64];
        size_t length = strcspn(list, ", ");
        snprintf(name, sizeof(name), "%.*s", (int)length, list);
        list += length;
        if (users->count == CONTROL_MAX_USERS)
            return complain(error, error_size, "gateway.control_users: more than %d users",
                            CONTROL_MAX_USERS);
        if (length >= sizeof(name) || !find_user(name, &users->uids[users->count++]))
            return complain(error, error_size, "gateway.control_users: there is no user \"%s\"",
                            name);
    }
    return true;
}

/* ---- the peers ---- */

static bool is_listed(const struct control_users *users, uid_t uid)
{
    for (size_t i = 0; i < users->count; i++) {
        if (users->uids[i] == uid)
            return true;
    }
    return false;
}

static bool is_member(int descriptor, gid_t peer_group, gid_t group)
{
    gid_t groups[MAX_GROUPS];
    socklen_t length = sizeof(groups);
    if (peer_group == group)
        return true;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups, &length) != 0)
        return false;
    for (size_t i = 0; i < length / sizeof(groups[0]); i++) {
        if (groups[i] == group)
            return true;
    }
    return false;
}

bool control_peer_allowed(int descriptor, const struct control_file *file,
                          const struct control_users *users, struct control_peer *peer)
{
    struct ucred credentials;
    socklen_t length = sizeof(credentials);
    *peer = (struct control_peer){.uid = (uid_t)-1};
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0)
        return false;
    *peer = (struct control_peer){credentials.uid, credentials.pid};
    if (credentials.uid == 0 || credentials.uid == geteuid())
        return true;
    if (users->count > 0)
        return is_listed(users, credentials.uid);
    return is_member(descriptor, credentials.gid, file->group);
}
