// The web page: the one inside the program, or the files of a folder.
#pragma once

#include <string_view>

#include "gateway/http/api_response.hpp"
#include "gateway/http/gateway_options.hpp"

namespace troupe::gateway {

// `path` starts with options.ui_content_path. A file that is not there is answered with index.html,
// because the page keeps its own paths. Nothing outside the folder is ever given out.
api_response ui_file(std::string_view path, const gateway_options& options);

}  // namespace troupe::gateway
