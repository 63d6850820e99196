# pcie.sh - PCI Express, generation 3 x8, MPS 256, MRRS 512, RCB 64: the bridge of a card between two buses that are faster
# than its link, saturated by the suite of its model, which tells its figures here.
part="PCI Express"
. tests/validate/lib.sh

table="Neugebauer and others, SIGCOMM 2018 (pcie-bench/pcie-model)"
POLYNIC_FIGURES=1 quietly "$suites/models/test_bridge_pcie"
grep '^figure' "$said" | sort -t '|' -k 2,2V >"$work/figures"
[ "$(wc -l <"$work/figures")" = 17 ] || {
    echo "validate: $part: the suite tells other figures than these 17" >&2
    exit 1
}
while IFS='|' read -r _ what published ours; do
    case $what in
    *tags*) source="the least of the table's value and tags x size / round trip" ;;
    *) source=$table ;;
    esac
    line "$what" "$source" "$published" "$ours" "2 %"
done <"$work/figures"
