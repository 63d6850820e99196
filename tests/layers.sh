#!/bin/sh
# layers.sh - fails on an #include that the layers forbid (README.md has the table of layers).
#
#   sim/       sim/ only; sim/command_* and sim/kinds.c may include from everywhere
#   models/    sim/, models/, traces/, stacks/hardware.h, stacks/hash_unit.h
#   stacks/    stacks/ only (beside lwIP and the C library); stacks/firmware/ knows the hardware header
#   traces/    traces/, sim/diagnostic.h, sim/check.h, sim/random.h
#   analysis/  analysis/, sim/diagnostic.h
set -u
failed=0

forbid() { # files, pattern of allowed includes
    for file in $1; do
        bad=$(grep -nE '^#include "' "$file" | grep -vE "#include \"($2)")
        if [ -n "$bad" ]; then
            printf '%s: include not allowed here:\n%s\n' "$file" "$bad"
            failed=1
        fi
    done
}

sim=$(ls sim/*.[ch] | grep -vE 'sim/(command_[a-z_]*\.[ch]|kinds\.c)')
forbid "$sim" 'sim/'
forbid "$(ls models/*.[ch])" 'sim/|models/|traces/|stacks/(hardware|hash_unit)\.h'
forbid "$(ls traces/*.[ch])" 'traces/|sim/(diagnostic|check|random)\.h'
forbid "$(ls analysis/*.[ch] 2>/dev/null)" 'analysis/|sim/diagnostic\.h'
for file in models/*.[ch] analysis/*.[ch] traces/*.[ch] stacks/*.[ch] stacks/*/*.[ch]; do
    [ -e "$file" ] || continue
    if grep -qE '#include "sim/(command|kinds)' "$file"; then
        printf '%s: includes the command line\n' "$file"
        failed=1
    fi
done
for file in $(ls stacks/*.[ch] stacks/*/*.[ch] 2>/dev/null); do
    if grep -nE '#include "(sim|models|traces|analysis)/' "$file"; then
        printf '%s: firmware knows only stacks/\n' "$file"
        failed=1
    fi
done
[ $failed = 0 ] && echo "layers: every include is allowed"
exit $failed
