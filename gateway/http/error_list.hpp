// Several failures as one text, in the words of Go's multierror, which Consul's clients take apart.
#pragma once

#include <string>
#include <vector>

namespace troupe::gateway {

// "2 errors occurred:\n\t* one\n\t* other\n\n"
std::string error_list(const std::vector<std::string>& errors);

}  // namespace troupe::gateway
