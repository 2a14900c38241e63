#include "common/control_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

bool control_is_off(const struct config *config)
{
    return strcmp(config->gateway_control, "off") == 0;
}

bool control_path(const struct config *config, const char *instance, char path[CONTROL_PATH_SIZE])
{
    int length;
    if (strcmp(config->gateway_control, "auto") != 0 && strcmp(instance, config->shm_instance) == 0)
        length = snprintf(path, CONTROL_PATH_SIZE, "%s", config->gateway_control);
    else
        length = snprintf(path, CONTROL_PATH_SIZE, "%s/ocpp-board.%s.control", config->shm_dir,
                          instance);
    return length > 0 && length < CONTROL_PATH_SIZE;
}

int control_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof(address)) == 0)
        return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

static bool is_gateways(int descriptor, const struct config *config, const char *instance)
{
    char segment[CONTROL_PATH_SIZE];
    struct stat status;
    struct ucred peer;
    socklen_t length = sizeof(peer);
    int written = snprintf(segment, sizeof(segment), "%s/ocpp-board.%s", config->shm_dir, instance);
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || written < 0 ||
        (size_t)written >= sizeof(segment))
        return false;
    if (peer.uid == 0)
        return true;
    return peer.uid == (lstat(segment, &status) == 0 ? status.st_uid : geteuid());
}

int control_connect_gateway(const struct config *config, const char *instance, const char *path)
{
    int descriptor = control_connect(path);
    if (descriptor < 0 || is_gateways(descriptor, config, instance))
        return descriptor;
    close(descriptor);
    errno = EPERM;
    return -1;
}
