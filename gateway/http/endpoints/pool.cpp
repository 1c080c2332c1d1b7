#include "gateway/http/endpoints/pool.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include "gateway/http/error_list.hpp"
#include "messages/go_quote.hpp"
#include "messages/limits.hpp"

namespace troupe::gateway {

using m::errc;
using m::failure;
using m::result;

namespace {

// As strconv.Atoi takes it, with its error's text.
result<int> parse_int(std::string_view text) {
  int number = 0;
  auto digits = text;
  if (digits.starts_with('+') && digits.size() > 1 && digits[1] != '-')
    digits.remove_prefix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = end == digits.data() + digits.size();
  if (error == std::errc{} && whole)
    return number;
  const bool large = error == std::errc::result_out_of_range && whole;
  return failure{errc::bad_request, "strconv.Atoi: parsing " + m::go_quote(text) +
                                        (large ? ": value out of range" : ": invalid syntax")};
}

result<void> parse_relay_factor(const api_request& http, m::OperateKeyrings& operation) {
  const auto text = http.value("relay-factor");
  if (text.empty())
    return {};
  const auto factor = parse_int(text);
  if (!factor)
    return failure{errc::bad_request, "Error parsing relay factor: " + factor.error().detail};
  constexpr int most = m::limits::query_relay_factor_max;
  if (*factor < 0 || *factor > most)
    return failure{errc::bad_request, "Invalid relay-factor: Relay factor must be in range: [0, " +
                                          std::to_string(most) + "]"};
  operation.set_relay_factor(static_cast<std::uint32_t>(*factor));
  return {};
}

result<void> parse_local_only(const api_request& http, m::OperateKeyrings& operation) {
  const auto text = http.value("local-only");
  if (text.empty())
    return {};
  const auto local_only = parse_bool(text);
  if (!local_only)
    return failure{errc::bad_request, "Error parsing local-only: strconv.ParseBool: parsing " +
                                          m::go_quote(text) + ": invalid syntax"};
  if (*local_only && operation.operation() != m::KeyringRequest::LIST)
    return failure{errc::bad_request,
                   "Invalid use of local-only: local-only can only be set for list requests"};
  operation.set_local_only(*local_only);
  return {};
}

result<m::OperateKeyrings> parse_keyrings(const api_request& http,
                                          m::KeyringRequest::Operation wanted) {
  m::OperateKeyrings operation;
  operation.set_operation(wanted);
  operation.set_token(token_of(http));
  if (auto bad = parse_relay_factor(http, operation); !bad)
    return bad.error();
  if (auto bad = parse_local_only(http, operation); !bad)
    return bad.error();
  return operation;
}

std::vector<std::string> errors_of(const m::Keyrings& answer) {
  std::vector<std::string> errors;
  for (const auto& pool : answer.pools()) {
    if (pool.error().empty())
      continue;
    const std::string name = pool.wan() ? "WAN" : pool.datacenter() + " (LAN)";
    errors.push_back(name + " error: " + pool.error());
    const std::map<std::string, std::string> by_member(pool.messages().begin(),
                                                       pool.messages().end());
    for (const auto& [member, why] : by_member)
      errors.push_back(member + ": " + why);
  }
  return errors;
}

}  // namespace

// -- members -------------------------------------------------------------------

result<m::JoinPool> agent_join::parse(api_request& http) {
  m::JoinPool join;
  join.set_token(token_of(http));
  join.add_addresses(std::string(http.path_tail()));
  join.set_wan(http.has("wan"));
  return join;
}

// One member that answered is enough.
api_response agent_join::render(m::PoolJoined& answer, const api_request& /*http*/) {
  if (answer.joined() > 0 || answer.errors().empty())
    return empty_response();
  return text_response(500, error_list({answer.errors().begin(), answer.errors().end()}));
}

result<m::ForceLeave> agent_force_leave::parse(api_request& http) {
  m::ForceLeave order;
  order.set_token(token_of(http));
  order.set_node(std::string(http.path_tail()));
  order.set_prune(http.has("prune"));
  order.set_wan(http.has("wan"));
  return order;
}

api_response agent_force_leave::render(m::Done& /*answer*/, const api_request& /*http*/) {
  return empty_response();
}

// -- keyrings ------------------------------------------------------------------

result<m::OperateKeyrings> keyring_list::parse(api_request& http) {
  return parse_keyrings(http, m::KeyringRequest::LIST);
}

api_response keyring_list::render(m::Keyrings& answer, const api_request& http) {
  if (const auto errors = errors_of(answer); !errors.empty())
    return text_response(500, error_list(errors));
  return array_response(answer.pools(), http);
}

template <m::KeyringRequest::Operation operation>
result<m::OperateKeyrings> keyring_change<operation>::parse(api_request& http) {
  m::KeyringBody body;
  if (auto bad = decode_body(http, body); !bad)
    return bad.error();
  auto wanted = parse_keyrings(http, operation);
  if (wanted)
    wanted->set_key(std::move(*body.mutable_key()));
  return wanted;
}

template <m::KeyringRequest::Operation operation>
api_response keyring_change<operation>::render(m::Keyrings& answer, const api_request& /*http*/) {
  if (const auto errors = errors_of(answer); !errors.empty())
    return text_response(500, error_list(errors));
  return empty_response();
}

template struct keyring_change<m::KeyringRequest::INSTALL>;
template struct keyring_change<m::KeyringRequest::USE>;
template struct keyring_change<m::KeyringRequest::REMOVE>;

}  // namespace troupe::gateway
