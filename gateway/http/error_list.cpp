#include "gateway/http/error_list.hpp"

namespace troupe::gateway {

std::string error_list(const std::vector<std::string>& errors) {
  std::string text = std::to_string(errors.size());
  text += errors.size() == 1 ? " error occurred:\n" : " errors occurred:\n";
  for (const auto& each : errors)
    text.append("\t* ").append(each).append("\n");
  text += "\n";
  return text;
}

}  // namespace troupe::gateway
