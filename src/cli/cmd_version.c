/* cmd_version.c: `dupd version`. */
#include "cli/cli.h"
#include "dupd/record.h"
#include "dupd/sketch.h"
#include "store/redis_store.h"

int command_version(struct cli *cli)
{
    if (cli->settings.json) /* none of the names needs escaping */
        fprintf(cli->out,
                "{\"version\":\"%s\",\"sketch\":\"%s\",\"record_format\":%u,"
                "\"redis_index_format\":%s}\n",
                DUPD_VERSION, DUPD_SKETCH_NAME, DUPD_RECORD_VERSION, STORE_REDIS_FORMAT);
    else
        fprintf(cli->out, "dupd %s\nsketch %s\nrecord format %u\nindex format in Redis %s\n",
                DUPD_VERSION, DUPD_SKETCH_NAME, DUPD_RECORD_VERSION, STORE_REDIS_FORMAT);
    return CLI_OK;
}
