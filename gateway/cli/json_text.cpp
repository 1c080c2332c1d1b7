#include "gateway/cli/json_text.hpp"

#include <fstream>
#include <iterator>
#include <map>

#include <fmt/format.h>

namespace troupe::gateway::cli {

namespace json = boost::json;

std::vector<json::value> elements(std::string_view text) {
  json::error_code malformed;
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()), malformed);
  if (malformed || !parsed.is_array())
    return {};
  return {parsed.as_array().begin(), parsed.as_array().end()};
}

json::object object_of(std::string_view text) {
  json::error_code malformed;
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()), malformed);
  return malformed || !parsed.is_object() ? json::object{} : parsed.as_object();
}

std::string text_at(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains({name.data(), name.size()});
  if (found == nullptr || !found->is_string())
    return {};
  return {found->as_string().data(), found->as_string().size()};
}

std::string number_at(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains({name.data(), name.size()});
  return found == nullptr || !found->is_number() ? "0" : json::serialize(*found);
}

json::object object_at(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains({name.data(), name.size()});
  return found == nullptr || !found->is_object() ? json::object{} : found->as_object();
}

std::string pairs_of(const json::object& object) {
  std::map<std::string, std::string> sorted;
  for (const auto& pair : object)
    sorted[std::string(pair.key())] = text_at(object, {pair.key().data(), pair.key().size()});
  std::string out;
  for (const auto& [name, value] : sorted)
    out += (out.empty() ? "" : ",") + name + "=" + value;
  return out;
}

messages::result<std::string> data_argument(const std::string& argument, const terminal& with) {
  if (argument == "-")
    return with.read_input();
  if (!argument.starts_with('@'))
    return argument;
  std::ifstream file(argument.substr(1), std::ios::binary);
  if (!file)
    return messages::failure{messages::errc::io,
                             fmt::format("Failed to read file: {}", argument.substr(1))};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int failed_request(const terminal& with, std::string_view doing, const messages::failure& why) {
  with.err(fmt::format("{}: {}\n", doing, why.detail));
  return 1;
}

}  // namespace troupe::gateway::cli
