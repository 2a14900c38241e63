/* Who may use the control socket: the socket's own file, and the peers that connect to it. */
#ifndef GATEWAY_CONTROL_PEER_H
#define GATEWAY_CONTROL_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/control_socket.h"

#define CONTROL_MAX_USERS 32

struct control_peer {
    uid_t uid;
    pid_t pid;
};

struct control_file {
    int descriptor; /* listening */
    dev_t device;
    ino_t inode;
    gid_t group;
    char path[CONTROL_PATH_SIZE];
};

/*
 * Listens at gateway.control, mode 0660, group shm.group where set. What a dead gateway left there
 * is replaced; a socket that somebody listens on, and anything that is no socket, is an error.
 */
bool control_file_open(struct control_file *file, const struct config *config, char *error,
                       size_t error_size);
/* Closes and removes it, unless another one stands there by now. */
void control_file_close(struct control_file *file);

/* gateway.control_users as numbers. */
struct control_users {
    size_t count;
    uid_t uids[CONTROL_MAX_USERS];
};
bool control_users_read(struct control_users *users, const struct config *config, char *error,
                        size_t error_size);

/*
 * Root, the gateway's own user, and the users that are listed; where none are, members of the
 * file's group. `peer` is filled in any case.
 */
bool control_peer_allowed(int descriptor, const struct control_file *file,
                          const struct control_users *users, struct control_peer *peer);

#endif
