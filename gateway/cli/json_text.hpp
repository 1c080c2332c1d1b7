// Taking apart the JSON of an agent's answers, and what several commands share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "gateway/cli/command.hpp"
#include "messages/result.hpp"

namespace troupe::gateway::cli {

// The elements of an array; none if the text is anything else.
std::vector<boost::json::value> elements(std::string_view text);
// An object; empty if the text is anything else.
boost::json::object object_of(std::string_view text);

// A text field; "" if it is absent, null or no text.
std::string text_at(const boost::json::object& object, std::string_view name);
// A whole number as text; "0" if it is absent.
std::string number_at(const boost::json::object& object, std::string_view name);
boost::json::object object_at(const boost::json::object& object, std::string_view name);
// "a=1,b=2", sorted by name.
std::string pairs_of(const boost::json::object& object);

// DATA of a command: the text, @file, or - for standard input.
messages::result<std::string> data_argument(const std::string& argument, const terminal& with);

// Says "<doing what>: <why>" on standard error; the exit code.
int failed_request(const terminal& with, std::string_view doing, const messages::failure& why);

}  // namespace troupe::gateway::cli
