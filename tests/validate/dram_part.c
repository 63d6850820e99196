/* dram_part.c - the timings of a DRAM part as the simulator has them, in clocks, in the order of dram.sh.
 * Argument: a part. */
#include "models/sdram_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct sdram_config part;

    for (unsigned i = 0; argc == 2 && sdram_part_names[i]; i++) {
        if (strcmp(sdram_part_names[i], argv[1]))
            continue;
        sdram_config_preset(&part, i);
        if (!sdram_config_finish(&part, NULL, NULL))
            return 1;
        printf("%" PRIu64 " %" PRIu64 "-%" PRIu64 "/%" PRIu64 "-%" PRIu64, part.tck_ps, part.cl, part.trcdrd,
               part.trcdwr, part.trp);
        printf(" %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, part.cwl, part.tras, part.trfc,
               part.trefi, part.tfaw);
        printf(" %" PRIu64 "/%" PRIu64 " %" PRIu64 "/%" PRIu64, part.trrd_s, part.trrd_l, part.tccd_s, part.tccd_l);
        printf(" %" PRIu64 " %" PRIu64 "\n", part.twr, part.trtp);
        return 0;
    }
    fprintf(stderr, "usage: dram_part PART\n");
    return 2;
}
