#include "actors/gossip/serf/query_filter.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

#include "actors/gossip/wire/serf_messages.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip::serf {

namespace {

using namespace messages;

RE2::Options regexp_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(limits::query_regexp_bytes_max);
  return options;
}

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

bool passes_nodes(std::string_view body, std::string_view node_name) {
  const auto filter = wire::decode_node_filter(body);
  return filter &&
         std::find(filter->nodes.begin(), filter->nodes.end(), node_name) != filter->nodes.end();
}

bool passes_tag(std::string_view body, const tag_map& tags) {
  const auto filter = wire::decode_tag_filter(body);
  if (!filter)
    return false;
  const RE2 expression{piece(filter->expression), regexp_options()};
  const auto tag = tags.find(filter->tag);
  const std::string_view value = tag == tags.end() ? std::string_view{} : tag->second;
  return expression.ok() && RE2::PartialMatch(piece(value), expression);
}

}  // namespace

bool passes(const std::vector<std::string_view>& filters, std::string_view node_name,
            const tag_map& tags) {
  return std::all_of(filters.begin(), filters.end(), [&](std::string_view filter) {
    if (filter.empty())
      return false;
    const auto type = static_cast<wire::filter_type>(filter.front());
    filter.remove_prefix(1);
    if (type == wire::filter_type::node)
      return passes_nodes(filter, node_name);
    return type == wire::filter_type::tag && passes_tag(filter, tags);
  });
}

result<std::vector<std::string>> encode_filters(const query_filter& filter) {
  if (filter.tag_regexps.size() + 1 > limits::query_filters_max)
    return failure{errc::bad_request,
                   fmt::format("a query may have {} filters", limits::query_filters_max)};
  std::vector<std::string> encoded;
  if (!filter.nodes.empty())
    encoded.push_back(wire::encode(wire::node_filter{{filter.nodes.begin(), filter.nodes.end()}}));
  for (const auto& [tag, expression] : filter.tag_regexps) {
    const RE2 compiled{expression, regexp_options()};
    if (!compiled.ok())
      return failure{errc::bad_request,
                     fmt::format("tag filter \"{}\": {}", tag, compiled.error())};
    encoded.push_back(wire::encode(wire::tag_filter{tag, expression}));
  }
  return encoded;
}

}  // namespace troupe::actors::gossip::serf
