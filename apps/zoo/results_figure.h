// The chart of one generated figure.
#pragma once

#include <string>
#include <vector>

#include "zoo/apps/report/line_chart.h"
#include "zoo/apps/zoo/ledger_check.h"

namespace zoo {

/// The chart that a block describes, all after the name of its file:
///
///     bahdanau/deu_eng luong/deu_eng: x = source words; y = BLEU; 1-5 = bleu_1_5, 6-10 = bleu_6_10
///     lstm/copy: x = length; y = wrong bits %; 20 = wrong_bits, 50 = length_50.wrong_bits
///     benchmarks/results/step.json: x = symbols = length; y = ms = milliseconds; lines = model
///
/// Of the ledger each experiment is a line of the medians over its seeds, with bars from the lowest
/// to the highest, and each point is `place = source`, sources as in tables; places that all are
/// numbers lie where these do. Of a record x and y name fields with numbers, and there is a line
/// for each value of the field `lines`; fields like y's that end in `_lowest` and `_highest` are
/// bars.
/// `%` after the name of y shows shares as percentages. Throws `BlockError`, `StorageError`.
LineChart results_figure(const std::string& text, const std::vector<LedgerEntry>& ledger);

}  // namespace zoo
