// Whose an address is: a node's, or else that of services. The catalog has no index by address, so
// nodes are filtered where they are, and then the instances of one service after the other, a few
// at a time; a search ends at the first service that has it, and at dns_pointer_services_max of
// them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/runtime/errors.hpp"
#include "gateway/dns/findings.hpp"
#include "gateway/dns/names.hpp"
#include "messages/limits.hpp"

namespace troupe::gateway::dns {

// Self: the actor that asks. It outlives the search, for its continuations end with it.
template <class Self>
class pointer_search : public std::enable_shared_from_this<pointer_search<Self>> {
 public:
  using done = std::function<void(messages::result<findings>)>;

  pointer_search(Self& self, actors::router_actor router, messages::ReadOptions options,
                 const named_address& address)
      : self_(self), router_(std::move(router)), options_(std::move(options)), address_(address) {}

  // `tell` is called once, unless the actor ends before.
  void run(done tell) {
    tell_ = std::move(tell);
    ask<messages::NodesQuery, messages::Nodes>(
        make<messages::NodesQuery>("Address"),
        [](pointer_search& it, const messages::Nodes& rows) { it.on_nodes(rows); });
  }

 private:
  static constexpr std::size_t asked_at_once = 16;

  // IPv6 addresses have several spellings: rows with these are compared here.
  template <class Query>
  Query make(const std::string& field) const {
    Query query;
    *query.mutable_options() = options_;
    if (address_.length == 4)
      query.mutable_options()->set_filter(field + " == \"" + address_text(address_) + "\"");
    return query;
  }

  template <class Query, class Reply, class Take>
  void ask(Query query, Take take) {
    self_.request(router_, caf::infinite, std::move(query))
        .then([it = this->shared_from_this(), take](const Reply& rows) { take(*it, rows); },
              [it = this->shared_from_this()](const caf::error& why) {
                it->end(actors::from_caf(why));
              });
  }

  bool is_at(const std::string& address) const { return parse_address(address) == address_; }

  void on_nodes(const messages::Nodes& rows) {
    findings found;
    for (const auto& node : rows.nodes()) {
      if (!is_at(node.address()))
        continue;
      if (auto name = pointer_to(node); !name.empty())
        found.pointers.push_back(std::move(name));
    }
    if (!found.pointers.empty())
      return end(std::move(found));
    messages::ServicesQuery query;
    *query.mutable_options() = options_;
    ask<messages::ServicesQuery, messages::Services>(
        std::move(query),
        [](pointer_search& it, const messages::Services& names) { it.on_services(names); });
  }

  void on_services(const messages::Services& rows) {
    for (const auto& [name, tags] : rows.services())
      if (services_.size() < messages::limits::dns_pointer_services_max)
        services_.push_back(name);
    for (std::size_t i = 0; i < asked_at_once; ++i)
      ask_next();
    end_if_nothing_is_left();
  }

  void ask_next() {
    if (next_ >= services_.size())
      return;
    auto query = make<messages::ServiceNodesQuery>("ServiceAddress");
    query.mutable_selection()->set_service(services_[next_++]);
    ++under_way_;
    ask<messages::ServiceNodesQuery, messages::ServiceNodes>(
        std::move(query),
        [](pointer_search& it, const messages::ServiceNodes& rows) { it.on_instances(rows); });
  }

  void on_instances(const messages::ServiceNodes& rows) {
    --under_way_;
    for (const auto& row : rows.nodes()) {
      if (!is_at(row.service_address()))
        continue;
      findings found;
      found.pointers.push_back(pointer_to_service(row.service_name(), row.datacenter()));
      if (!found.pointers.front().empty())
        return end(std::move(found));
    }
    if (tell_)
      ask_next();
    end_if_nothing_is_left();
  }

  void end_if_nothing_is_left() {
    if (under_way_ == 0)
      end(findings{});
  }

  void end(messages::result<findings> outcome) {
    if (auto tell = std::exchange(tell_, nullptr))
      tell(std::move(outcome));
  }

  Self& self_;
  actors::router_actor router_;
  messages::ReadOptions options_;
  named_address address_;
  done tell_;
  std::vector<std::string> services_;
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace troupe::gateway::dns
