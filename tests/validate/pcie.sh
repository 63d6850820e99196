# pcie.sh - PCI Express: the model is not in the tree yet. Its figures take the place of these lines.
part="PCI Express"
. tests/validate/lib.sh

source="Neugebauer and others, SIGCOMM 2018 (pcie-bench/pcie-model)"
reason="the host bus is a plain bus so far"
not_reproduced "generation 3 x8, MPS 256: raw Gbit/s" "$source" 63.015 "$reason"
not_reproduced "generation 3 x8, MPS 256: Gbit/s for TLPs" "$source" 57.885 "$reason"
while read -r bytes write read both; do
    not_reproduced "generation 3 x8, payload $bytes bytes: write Gbit/s" "$source" "$write" "$reason"
    not_reproduced "generation 3 x8, payload $bytes bytes: read Gbit/s" "$source" "$read" "$reason"
    not_reproduced "generation 3 x8, payload $bytes bytes: both ways Gbit/s" "$source" "$both" "$reason"
done <<END
64 42.10 44.10 33.08
256 52.92 53.69 48.75
1024 52.92 53.69 50.75
1518 52.87 53.64 50.67
END
