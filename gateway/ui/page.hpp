// The web page, built into the program from index.html.
#pragma once

#include <string_view>

namespace troupe::gateway::ui {

std::string_view page();

}  // namespace troupe::gateway::ui
