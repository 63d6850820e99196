_start: ebreak
