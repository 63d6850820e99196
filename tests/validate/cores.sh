# cores.sh - cycles of instructions on the cores: cores.S measures them, by `polynic exec`; what each is to cost is
# written here. And random programs, whose every cycle the same rules foretell (core_rules.c).
part="Cores"
. tests/validate/lib.sh

# word of cores.S | what | cycles: ibex-small, ibex-maxperf, cv32e40p (-: its manual doesn't say)
cat >"$work/costs" <<'END'
add|add|1|1|1
sub|sub|1|1|1
addi|addi|1|1|1
slt|slt|1|1|1
sll|sll|1|1|1
srai|srai|1|1|1
lui|lui|1|1|1
auipc|auipc|1|1|1
c_addi|two c.addi|2|2|2
c_mv|two c.mv|2|2|2
fence|fence|1|1|-
csr_read|read of mscratch|1|1|1
csr_read_misa|read of misa|1|1|1
csr_read_mtval|read of mtval|1|1|1
csr_read_mhartid|read of mhartid|1|1|1
csr_read_mtvec|read of mtvec|1|1|4
csr_read_minstret|read of minstret|1|1|4
csr_read_mcycleh|read of mcycleh|1|1|4
csr_read_mhpmcounter3|read of mhpmcounter3|1|1|4
csr_read_mhpmevent3|read of mhpmevent3|1|1|4
csr_read_mcountinhibit|read of mcountinhibit|1|1|4
csr_set_nothing|csrrs of mie with x0|1|1|1
write_mscratch|write of mscratch|1|1|1
set_mscratch|set in mscratch|1|1|1
write_mepc|write of mepc|1|1|4
write_mie|write of mie|3|3|1
set_mie|set in mie|3|3|1
clear_mie|clear in mie|3|3|1
write_mtval|write of mtval|3|3|1
write_mcause|write of mcause|3|3|4
write_mstatus|write of mstatus|3|3|4
write_mtvec|write of mtvec|3|3|4
lw|lw, aligned|2|1|1
lb|lb, last byte of a word|2|1|1
lhu|lhu, aligned|2|1|1
lh_inside|lh at 1 modulo 4|2|1|1
sw|sw, aligned|2|1|1
sb|sb, last byte of a word|2|1|1
sh_inside|sh at 1 modulo 4|2|1|1
c_lw|two c.lw|4|2|2
c_sw|two c.sw|4|2|2
lw_crossing_1|lw at 1 modulo 4|3|2|2
lw_crossing_2|lw at 2 modulo 4|3|2|2
lw_crossing_3|lw at 3 modulo 4|3|2|2
lh_crossing|lh at 3 modulo 4|3|2|2
sw_crossing|sw at 2 modulo 4|3|2|2
sh_crossing|sh at 3 modulo 4|3|2|2
mul|mul|3|1|1
mulh|mulh|4|2|5
mulhu|mulhu|4|2|5
mulhsu|mulhsu|4|2|5
div|div|37|37|-
divu|divu|37|37|-
rem|rem|37|37|-
remu|remu|37|37|-
divu_least|divu by 2^31|37|37|3
divu_by_1|divu by 1|37|37|34
div_zero|div by 0|2|2|35
divu_zero|divu by 0|2|2|35
rem_zero|rem by 0|2|2|35
remu_zero|remu by 0|2|2|35
branch_not_taken|branch not taken|1|1|1
branch_taken|branch taken|3|2|3
branch_next|branch taken, to the next instruction|3|2|3
loop_of_two|addi and bnez back, twice round|6|5|6
c_bnez|c.bnez taken|3|2|3
branch_unaligned|branch taken to a four-byte instruction at 2 modulo 4|4|3|4
branch_unaligned_compressed|branch taken to a compressed one at 2 modulo 4, and that|4|3|4
jal|jal|2|2|2
jalr|jalr|2|2|2
jalr_after_addi|addi of its base, then jalr|3|3|4
c_j|c.j|2|2|2
c_jr|c.jr|2|2|2
jal_unaligned|jal to a four-byte instruction at 2 modulo 4|3|3|3
jalr_unaligned|jalr to a four-byte instruction at 2 modulo 4|3|3|3
jal_unaligned_compressed|jal to a compressed one at 2 modulo 4, and that|3|3|3
jalr_unaligned_compressed|jalr to a compressed one at 2 modulo 4, and that|3|3|3
fence_i|fence.i|2|2|2
fence_i_unaligned|fence.i before a four-byte instruction at 2 modulo 4, that and two c.nop|6|6|6
use_first|lw, then add of what was loaded|3|3|3
use_second|lb, then sub of what was loaded|3|3|3
use_stored|lw, then sw of what was loaded|4|3|3
use_crossing|lw crossing a word, then add of what was loaded|4|4|4
use_none|lw, then add of others|3|2|2
use_overwritten|lw, then addi into the same register|3|2|2
use_x0|lw to x0, then add of x0|3|2|2
use_later|lw, nop, then add of what was loaded|4|3|3
ecall|ecall to the handler|3|3|-
ebreak|ebreak to the handler|3|3|-
illegal|illegal instruction to the handler|3|3|-
mret|mret|3|3|-
mret_unaligned|mret to a four-byte instruction at 2 modulo 4|4|4|-
mret_unaligned_compressed|mret to a compressed one at 2 modulo 4, and that|4|4|-
END
# The same for words that are what a program reads, as they are.
cat >"$work/readings" <<'END'
mcycle_at_start|mcycle read by the first instruction|0|0|-
mcycle_twice|mcycle read twice, difference|1|1|4
minstret_at_start|minstret read by the second instruction|1|1|-
minstret_of_four|minstret read, nop, lw, div, read: difference|4|4|-
minstret_of_jump|minstret read, j, read: difference|2|2|-
ecall_retired|minstret read, csrr, ecall, csrr in the handler, read: difference|3|3|-
ebreak_retired|the same with ebreak|3|3|-
illegal_retired|the same with an illegal instruction|3|3|-
END

core() { # PRESET SOURCE
    names=$(cut -d'|' -f1 "$work/costs" "$work/readings" | paste -sd,)
    quietly "$POLYNIC" exec "$programs/cores.elf" --preset "$1" --symbols "empty,$names"
    empty=$(awk '$1 == "empty" { print $2 }' "$said")
    for kind in costs readings; do
        while IFS='|' read -r name what small maxperf cv32e40p; do
            case $1 in
            ibex-small) published=$small ;;
            ibex-maxperf) published=$maxperf ;;
            *) published=$cv32e40p ;;
            esac
            [ "$published" = - ] && continue
            # mcycle before and after: the first reading is in the difference, and in that of nothing
            ours=$(awk -v name="$name" -v less="$([ $kind = costs ] && echo "$empty" || echo 0)" \
                '$1 == name { print $2 - less }' "$said")
            line "$1, $what" "$2" "$published" "$ours" exact
        done <"$work/$kind"
    done
}
random_programs() { # PRESET SOURCE
    counts=$("$programs/core_rules" "$1" 1000)
    line "$1, ${counts% *} instructions of 1000 random programs: other cycles, mcycle or minstret than by these rules" \
        "$2" 0 "${counts#* }" exact
}
ibex="lowRISC Ibex, RTL of 2026"
for preset in ibex-small ibex-maxperf; do
    core $preset "$ibex"
    random_programs $preset "$ibex"
done
core cv32e40p "OpenHW CV32E40P manual, Pipeline"
