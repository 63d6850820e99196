# cards.sh - whole cards and systems of the literature: what there is no scenario for is told with the reason.
part="Whole cards"
. tests/validate/lib.sh

willmann="Willmann and others, HPCA 2005"
firmware="needs that card's firmware without TCP, and a core that fetches from scratchpad banks: not in the tree"
not_reproduced "six cores at 166 MHz, 1518-byte frames both ways: Gbit/s each way" "$willmann" 10 "$firmware"
not_reproduced "the same: frame memory bandwidth, Gbit/s" "$willmann" 39.5 "$firmware"
not_reproduced "the same: core cycles a frame" "$willmann" 613 "$firmware"
kim="Kim, Pai, Rixner, PPoPP 2003"
tigon="needs a model of the Tigon-2 card and its parallel firmware: not in the tree"
not_reproduced "two Tigon-2 processors for one, UDP both ways, largest frames: per cent more" "$kim" 65 "$tigon"
not_reproduced "the same, smallest frames: per cent more" "$kim" 157 "$tigon"
not_reproduced "TCP packet without checksum and copying: instructions, below" "Clark and others, LCN 1988" 200 \
    "is of a hand-made path through BSD's TCP; lwIP's own cost is what the simulator measures (README.md, instr/fr)"
rss="Barbette and others, RSS++, CoNEXT 2019"
balance="table entries move at times that the scenario gives, not by load"
not_reproduced "95th percentile of latency: up to so many times below static RSS" "$rss" 14 "$balance"
not_reproduced "the same: cores saved, per cent" "$rss" 25 "$balance"
