/*
 * Where the control socket of a gateway is (gateway.control), and how to reach it. The protocol is
 * described in ocpp-board-control(5).
 */
#ifndef COMMON_CONTROL_SOCKET_H
#define COMMON_CONTROL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config.h"

#define CONTROL_PATH_SIZE 108   /* of sockaddr_un */
#define CONTROL_MAX_LINE  32768 /* longest request, without its newline */

bool control_is_off(const struct config *config);
/*
 * The path of `instance`: an explicit path is that of shm.instance, every other instance has its
 * socket in shm.dir. False: it does not fit a socket's address.
 */
bool control_path(const struct config *config, const char *instance, char path[CONTROL_PATH_SIZE]);
/* A connected, non-blocking socket; -1 with errno: nobody is there, or nobody may. */
int control_connect(const char *path);
/*
 * The same, for those who give commands: who listens must be root or the owner of the instance's
 * segment, or we ourselves while there is no segment. Others can put a socket of that name into
 * shm.dir while no gateway has one there. Such a one is -1 with EPERM.
 */
int control_connect_gateway(const struct config *config, const char *instance, const char *path);

#endif
