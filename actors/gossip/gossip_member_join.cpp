#include "actors/gossip/gossip_member_join.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "actors/gossip/endpoint.hpp"
#include "messages/limits.hpp"

namespace troupe::actors::gossip {

namespace limits = messages::limits;
using messages::errc;
using messages::failure;
using messages::result;

result<join_address> parse_join_address(std::string_view text, std::uint16_t port) {
  join_address made{std::string{text}, {}, port};
  const failure bad{errc::bad_request, fmt::format("\"{}\" is no address to join", text)};
  if (const auto slash = text.find('/'); slash != std::string_view::npos)
    text.remove_prefix(slash + 1);
  std::string_view host = text;
  std::string_view digits;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos)
      return bad;
    host = text.substr(1, end - 1);
    digits = text.substr(end + 1);
    if (!digits.empty() && !digits.starts_with(':'))
      return bad;
  } else if (const auto colon = text.find(':');
             colon != std::string_view::npos && colon == text.rfind(':')) {
    host = text.substr(0, colon);
    digits = text.substr(colon);
  }
  if (!digits.empty()) {
    digits.remove_prefix(1);
    const auto* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, made.port);
    if (read.ec != std::errc{} || read.ptr != end)
      return bad;
  }
  if (host.empty() || made.port == 0)
    return bad;
  made.host = host;
  return made;
}

join_round::join_round(const messages::JoinPool& request, std::uint16_t default_port)
    : ignores_old_events_(!request.replay_old_events()) {
  for (const auto& text : request.addresses()) {
    auto address = parse_join_address(text, default_port);
    if (!address)
      result_.add_errors(address.error().detail);
    else if (waiting_.size() >= limits::pool_join_addresses_max)
      result_.add_errors(fmt::format("Failed to join {}: too many addresses at once", text));
    else
      waiting_.push_back(std::move(*address));
  }
}

std::vector<join_address> join_round::take_next() {
  std::vector<join_address> next;
  while (!waiting_.empty() && under_way_ < limits::pool_join_parallel_max) {
    ++under_way_;
    next.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return next;
}

void join_round::on_joined(const join_address&) {
  --under_way_;
  result_.set_joined(result_.joined() + 1);
}

void join_round::on_failed(const join_address& at, const std::string& why) {
  --under_way_;
  result_.add_errors(fmt::format("Failed to join {}: {}", at.text, why));
}

void join_round::on_resolved(std::size_t addresses) {
  under_way_ = under_way_ - 1 + addresses;
}

}  // namespace troupe::actors::gossip
