// The tables and figures of the Markdown files below home() that show the ledger and the
// benchmarks.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "zoo/apps/zoo/ledger_check.h"

namespace zoo {

struct TablesReport {
  size_t tables = 0;                  ///< blocks that were looked at
  size_t figures = 0;                 ///< likewise
  std::vector<std::string> problems;  ///< "README.md:31: …"
  std::vector<std::string> written;   ///< files that were changed
};

/// Compares every block and every figure's file with the ledger, and looks for rows outside of
/// blocks that give a number for an experiment: such a number is nobody's.
TablesReport check_tables(const std::vector<LedgerEntry>& ledger);

/// Fills every block and draws every figure anew, and reports those for which that cannot be done.
TablesReport write_tables(const std::vector<LedgerEntry>& ledger);

}  // namespace zoo
