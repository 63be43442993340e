// The rows of one generated table.
#pragma once

#include <string>
#include <vector>

#include "zoo/apps/zoo/ledger_check.h"

namespace zoo {

/// The table that the head of a block describes, a line each, first the titles:
///
///     lstm/copy other/experiment: sequences = examples, wrong bits = wrong_bits %
///     benchmarks/results/copy_step.json: experiment, ours = ours_milliseconds ms
///
/// A column is `title = source`, or the source alone. Of the ledger a source is a metric (its
/// median), `examples`, `steps`, `seconds`, `seeds` or `paper METRIC`, perhaps with `%`; of a
/// record, whose rows are a field `rows`, it is a field and perhaps a unit. Throws `BlockError`,
/// `StorageError`.
std::vector<std::string> results_table(const std::string& head,
                                       const std::vector<LedgerEntry>& ledger);

}  // namespace zoo
