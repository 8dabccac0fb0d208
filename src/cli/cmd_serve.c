/* cmd_serve.c: `dupd serve`: the daemon, which reads its settings again when it is told to. */
#include <stdlib.h>

#include "cli/cli.h"
#include "daemon/app.h"
#include "dupd/error.h"
#include "settings/flags.h"

/* Flags, environment and file, as main.c reads them at the start. */
static int reload(void *data, struct settings *fresh, struct dupd_buf *problems)
{
    const struct cli *cli = data;
    size_t count = 0;
    const char **operands = calloc(cli->word_count + 1, sizeof *operands);
    settings_init(fresh);
    enum flags_result flags = operands ? flags_read(fresh, cli->command->groups, cli->words,
                                                    cli->word_count, operands, &count, problems)
                                       : FLAGS_NOMEM;
    free(operands);
    int rc = flags == FLAGS_OK ? cli_read_sources(cli, fresh, problems) : DUPD_ENOMEM;
    if (rc)
        settings_close(fresh);
    return rc;
}

int command_serve(struct cli *cli)
{
    return app_run(&(struct app_options){.settings = &cli->settings,
                                         .environment = cli->environment,
                                         .err = cli->err,
                                         .version = DUPD_VERSION,
                                         .reload = reload,
                                         .data = cli});
}
