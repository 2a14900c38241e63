/* The subcommands that write the users file and the file of API tokens. */
#ifndef BOARDD_ACCOUNTS_H
#define BOARDD_ACCOUNTS_H

/* ocpp-boardd passwd [-r role] [-D] file name. argv[0] is the subcommand. Returns the exit status.
 */
int accounts_passwd(int argc, char **argv);
/* ocpp-boardd token [-s scopes] [-D] file name */
int accounts_token(int argc, char **argv);

#endif
