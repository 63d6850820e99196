# table.awk - lines of the validation (lib.sh) to a table in Markdown: deviation and verdict of each. Ends with status 1
# if one fails, or there is none.
function is_number(text) {
    return text ~ /^-?[0-9]+(\.[0-9]+)?$/
}
function percent(value) {
    return sprintf("%+.2f %%", value)
}
function judge(published, ours, tolerance,    share) {
    deviation = "-"
    if (tolerance ~ /^not reproduced: ./ && ours == "")
        return tolerance
    if (is_number(published) && is_number(ours))
        deviation = ours == published ? "0" : published + 0 == 0 ? ours : percent(100 * (ours / published - 1))
    if (ours == "")
        return "FAIL"
    if (tolerance == "exact")
        return ours "" == published "" ? "pass" : "FAIL" # as texts: hashes of digits are no numbers
    if (!is_number(published) || !is_number(ours))
        return "FAIL"
    if (tolerance == "at most")
        return ours + 0 <= published + 0 ? "pass" : "FAIL"
    if (tolerance ~ /^[0-9.]+ %$/ && published + 0 != 0) {
        share = ours / published - 1
        return 100 * (share < 0 ? -share : share) <= (tolerance + 0) * (1 + 1e-9) ? "pass" : "FAIL" # 102 of 100: 2 %
    }
    return "FAIL"
}
BEGIN {
    FS = "\t"
}
NF != 6 {
    printf "validate: line %d is no line of the table: %s\n", NR, $0 >"/dev/stderr"
    failed++
    next
}
{
    if ($1 != part) {
        part = $1
        printf "%s## %s\n\n", (NR > 1 ? "\n" : ""), part
        print "| reference figure | source | published | ours | deviation | tolerance | verdict |"
        print "| --- | --- | ---: | ---: | ---: | --- | --- |"
    }
    verdict = judge($4, $5, $6)
    if (verdict ~ /^not/) {
        missing++
        $6 = "-"
        $5 = "-"
    } else if (verdict == "pass") {
        passed++
    } else {
        failed++
    }
    printf "| %s | %s | %s | %s | %s | %s | ", $2, $3, $4, $5, deviation, $6
    printf "%s |\n", (verdict == "FAIL" ? "**FAIL**" : verdict)
}
END {
    printf "\n%d figures pass, %d fail, %d are not reproduced.\n", passed, failed, missing
    exit !(passed > 0 && failed == 0)
}
