#include "actors/link/peer_links_actor.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <unistd.h>

#include "actors/link/greeting.hpp"

namespace troupe::actors::link {

using messages::result;

peer_links::peer_links(caf::actor_config& config, io_thread& home, peer_links_needs needs)
    : io_actor(config, home), needs_(std::move(needs)), random_(needs_.random_seed) {
  needs_.own.set_protocol(link_protocol);
  needs_.own.set_process(needs_.own.node_id() + "/" + std::to_string(::getpid()) + "/" +
                         std::to_string(random_()));
}

peer_links::behavior_type peer_links::make_behavior() {
  set_exit_handler([this](const caf::exit_msg& why) { end(why.reason); });
  set_down_handler([this](const caf::down_msg&) {
    if (--children_ == 0 && closed_)
      quit(end_reason_);
  });
  return {
      [this](const m::KnownServers& known) { on_known_servers(known); },
      [this](const m::LinkStatusQuery&) { return statuses(); },
  };
}

result<std::optional<std::uint16_t>> peer_links::open() {
  make_porters();
  if (needs_.listen.address.empty())
    return std::optional<std::uint16_t>();
  listener_needs listening;
  listening.judge = [this](const m::LinkGreeting& greeting, const std::string& address) {
    return judge(greeting, address);
  };
  listening.on_connected = [this](connected made) { on_connected(std::move(made)); };
  listening.on_refused = [this] { ++inbound_refused_; };
  listening.greeting_timeout = needs_.options.greeting_timeout;
  listener_ = std::make_unique<listener>(home().context(), std::move(listening));
  auto port = listener_->open(needs_.listen);
  if (!port)
    return port.error();
  return std::optional(*port);
}

void peer_links::make_porters() {
  for (auto& one : std::exchange(needs_.routers, {})) {
    link_porter_needs needs;
    needs.options = needs_.options;
    needs.router = std::move(one.router);
    needs.raft_peer = needs_.raft_peer;
    needs.on_end = [this, &thread = home(),
                    keep = caf::strong_actor_ptr(ctrl())](inbound_number number) {
      thread.post([this, keep, number] { inbound_.erase(number); });
    };
    porter made;
    made.actor = system().spawn<link_porter>(std::ref(*one.home), std::move(needs));
    made.direct = static_cast<link_porter*>(caf::actor_cast<caf::abstract_actor*>(made.actor));
    monitor(made.actor);
    ++children_;
    porters_.push_back(std::move(made));
  }
}

// Ends once its links and porters have ended: their threads may stop after that.
void peer_links::end(const caf::error& why) {
  if (std::exchange(closed_, true))
    return;
  end_reason_ = why;
  listener_.reset();
  needs_.directory->replace({});
  for (auto& [id, one] : links_)
    end_link(one);
  links_.clear();
  inbound_.clear();
  for (const auto& one : std::exchange(porters_, {}))
    send_exit(one.actor, why);
  if (children_ == 0)
    quit(why);
}

void peer_links::end_link(const linked& one) {
  one.direct->close();
  send_exit(one.link, caf::exit_reason::user_shutdown);
  send_exit(one.raft_front, caf::exit_reason::user_shutdown);
}

void peer_links::on_exit() {
  needs_.raft_peer = nullptr;
  needs_.directory = nullptr;
}

// -- which servers there are ---------------------------------------------------------------

void peer_links::on_known_servers(const m::KnownServers& known) {
  if (closed_)
    return;
  known_[known.source()] = known;
  update_links();
}

void peer_links::update_links() {
  std::map<messages::server_id, m::KnownServer> wanted;
  for (const auto& [source, known] : known_)
    for (const auto& server : known.servers())
      if (server.id() != needs_.own.node_id() &&
          wanted.size() < messages::limits::link_known_servers_max)
        wanted.try_emplace({server.id()}, server);
  std::erase_if(links_, [&](const auto& one) {
    if (wanted.contains(one.first))
      return false;
    end_link(one.second);
    return true;
  });
  server_links shown;
  for (const auto& [id, server] : wanted) {
    auto [found, added] = links_.try_emplace(id);
    if (added)
      found->second = make_link(server);
    found->second.direct->move_to(server);
    shown[id] = {server, caf::actor_cast<router_actor>(found->second.link),
                 found->second.raft_front};
  }
  needs_.directory->replace(std::move(shown));
}

peer_links::linked peer_links::make_link(const m::KnownServer& server) {
  peer_link_needs link;
  link.options = needs_.options;
  link.server = server;
  link.own = needs_.own;
  link.own_address = needs_.dial_from;
  link.random_seed = random_();
  const caf::actor actor = system().spawn<peer_link>(std::ref(home()), std::move(link));
  linked made;
  made.link = actor;
  made.direct = static_cast<peer_link*>(caf::actor_cast<caf::abstract_actor*>(actor));
  made.raft_front = caf::actor_cast<raft_peer_actor>(spawn_raft_front(system(), actor));
  made.server = server;
  monitor(made.link);
  monitor(made.raft_front);
  children_ += 2;
  return made;
}

m::LinkStatuses peer_links::statuses() const {
  m::LinkStatuses all;
  for (const auto& [id, one] : links_)
    *all.add_links() = one.direct->status();
  all.set_inbound(inbound_.size());
  all.set_inbound_accepted(inbound_accepted_);
  all.set_inbound_refused(inbound_refused_);
  return all;
}

// -- connections of other nodes -----------------------------------------------------------

m::LinkVerdict peer_links::judge(const m::LinkGreeting& greeting,
                                 const std::string& address) const {
  m::LinkVerdict verdict;
  *verdict.mutable_from() = needs_.own;
  const auto from_there = static_cast<std::size_t>(std::ranges::count_if(
      inbound_, [&](const auto& one) { return one.second.address == address; }));
  if (closed_ || porters_.empty())
    verdict.set_reason("this node is about to end");
  else if (greeting.protocol() != link_protocol)
    verdict.set_reason("another version of the protocol between nodes");
  else if (greeting.node_id() == needs_.own.node_id())
    verdict.set_reason("this node has the same id");
  else if (inbound_.size() >= needs_.options.inbound_max ||
           from_there >= needs_.options.inbound_per_address_max)
    verdict.set_reason("too many connections");
  else
    verdict.set_accepted(true);
  return verdict;
}

// A node has one link to this one and connects only if it believes to have no connection: an older
// one of the same process is dead.
void peer_links::on_connected(connected&& made) {
  if (closed_)
    return;
  for (const auto& [number, one] : inbound_)
    if (one.process == made.peer.process())
      one.by->hang_up(number);
  const inbound_number number{++last_inbound_.value};
  auto* by = porters_[number.value % porters_.size()].direct;
  ++inbound_accepted_;
  inbound_[number] = {made.peer_address, made.peer.process(), by};
  by->serve(number, std::move(made.stream));
}

result<node_links> spawn_peer_links(caf::actor_system& system, io_thread& home,
                                    peer_links_needs needs) {
  node_links made;
  made.actor = system.spawn<peer_links>(std::ref(home), std::move(needs));
  auto* direct = static_cast<peer_links*>(caf::actor_cast<caf::abstract_actor*>(made.actor));
  // The listener's state belongs to the thread.
  std::promise<result<std::optional<std::uint16_t>>> opened;
  home.post([&] { opened.set_value(direct->open()); });
  auto port = opened.get_future().get();
  if (!port) {
    caf::anon_send_exit(made.actor, caf::exit_reason::user_shutdown);
    return port.error();
  }
  made.port = *port;
  return made;
}

}  // namespace troupe::actors::link
