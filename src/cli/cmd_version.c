/* cmd_version.c: `dupd version`. */
#include "cli/cli.h"
#include "dupd/record.h"
#include "dupd/sketch.h"

int command_version(struct cli *cli)
{
    if (cli->settings.json) /* none of the names needs escaping */
        fprintf(cli->out, "{\"version\":\"%s\",\"sketch\":\"%s\",\"record_format\":%u}\n",
                DUPD_VERSION, DUPD_SKETCH_NAME, DUPD_RECORD_VERSION);
    else
        fprintf(cli->out, "dupd %s\nsketch %s\nrecord format %u\n", DUPD_VERSION, DUPD_SKETCH_NAME,
                DUPD_RECORD_VERSION);
    return CLI_OK;
}
