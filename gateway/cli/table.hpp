// Columns of text, padded with blanks: how the commands print lists.
#pragma once

#include <string>
#include <vector>

namespace troupe::gateway::cli {

// Every row ends with a line feed; the last cell of a row is not padded.
std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t gap = 2);

}  // namespace troupe::gateway::cli
